"""A digest of this package's sources: what was made by other sources is not taken for made by these."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import cache
from pathlib import Path

SURFACES = frozenset({"cli", "service", "reports", "reproduce", "figures"})
"""Rooms that show answers: none is made in them."""


@cache
def digest_of_sources(kinds: Collection[str], without: Collection[str] = SURFACES) -> str:
    """Digest every file of these kinds (".py" ...), and where it stands, but those of some rooms. Both are frozen sets."""
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        place = file.relative_to(package)
        if file.suffix in kinds and place.parts[0] not in without:
            digest.update(place.as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()

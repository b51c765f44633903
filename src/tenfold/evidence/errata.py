"""Mistakes that were found in released definitions: what was answered, what is answered now, and whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tenfold.evidence.library import data_file


@dataclass(frozen=True)
class Erratum:
    """A mended mistake; `mended_in` is the first version that answers rightly."""

    definition: str
    edition: str
    mended_in: str
    date: str
    was: str
    now: str
    concerns: str


@cache
def errata() -> tuple[Erratum, ...]:
    """All of them, the oldest first."""
    rows = data_file("errata.toml").get("erratum", [])
    return tuple(Erratum(**{("now" if key == "is" else key): value for key, value in row.items()}) for row in rows)

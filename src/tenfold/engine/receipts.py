"""What is left of a bucket's work: a receipt with what its answers were made from, or why it was set apart.

A bucket is finished when its receipt carries the same fingerprint: the same records, settings, day, sources of Tenfold and
version of Polars. Anything else is done again.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl

from tenfold.logic.sources import SURFACES, digest_of_sources
from tenfold.settings import Settings

RECEIPTS, QUARANTINE = "_receipts", "_quarantine"
KINDS = frozenset({".py", ".toml", ".csv", ".json"})
"""Code and data."""
READERS = SURFACES | {"cohort"}
"""Rooms that read answers and that no answer reads."""


@dataclass(frozen=True)
class Receipt:
    """One bucket's work. `rows` by table of answers; `faults` in its records and `set_aside` of their rows; `peak_mib`:
    the most memory its process held meanwhile (None where the system does not tell); `quarantined`: why there are no
    answers. `again` is False where an earlier run had finished it.
    """

    bucket: str
    fingerprint: str
    patients: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    faults: int = 0
    set_aside: int = 0
    batches: int = 0
    seconds: float = 0.0
    peak_mib: int | None = None
    simulated: bool = False
    quarantined: str | None = None
    again: bool = True

    def as_json(self) -> str:
        """The receipt as text, to be kept or sent."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Receipt:
        """The receipt that `as_json` wrote. ValueError or TypeError for anything else."""
        return cls(**json.loads(text))


def keep(receipt: Receipt, out: Path) -> None:
    """Write a receipt, whole or not at all; a bucket set apart is told from a finished one by its folder."""
    wanted, other = (RECEIPTS, QUARANTINE) if receipt.quarantined is None else (QUARANTINE, RECEIPTS)
    forget(receipt.bucket, out, other)
    file = out / wanted / f"{receipt.bucket}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    begun = file.with_name(f".{file.name}.{os.getpid()}")
    begun.write_text(receipt.as_json(), "utf-8")
    begun.replace(file)


def forget(bucket: str, out: Path, which: str = RECEIPTS) -> None:
    """Take away what an earlier run said of a bucket."""
    (out / which / f"{bucket}.json").unlink(missing_ok=True)


def kept(bucket: str, out: Path) -> Receipt | None:
    """The receipt of a finished bucket; None if there is none that can be read."""
    try:
        return Receipt.from_json((out / RECEIPTS / f"{bucket}.json").read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        return None


def held(out: Path) -> set[str]:
    """The buckets of which a folder holds answers."""
    return {file.stem for file in (out / RECEIPTS).glob("[!.]*.json")}


def asked_of(settings: Settings, on: int | None) -> str:
    """A digest of everything but the records that answers depend on."""
    said = {
        "settings": {name: repr(entry.value) for name, entry in sorted(settings.entries.items())},
        "alignments": [repr(one) for one in settings.alignments],
        "on": on,
        "sources": digest_of_sources(KINDS, READERS),
        "polars": pl.__version__,
    }
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()

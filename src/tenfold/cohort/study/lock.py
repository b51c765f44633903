"""What a study's result rests on: every input file by its hash, the version, the settings changed, and the seed."""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any

from tenfold.settings import DEFAULTS, Settings

LIBRARIES = ("polars", "numpy", "survival", "altair", "vl-convert-python")
"""The libraries that figures and numbers rest on."""


def lock(
    records: Path,
    study_file: Path,
    settings: Settings,
    seed: int,
    on: str | None,
    *,
    simulated: bool = False,
    external: Path | None = None,
) -> dict[str, Any]:
    """Return the lock of a study as plain data: the same inputs and versions give the same bytes.

    `external`: the records of another cohort that the study names. OSError if an input cannot be read.
    """
    return {
        "tenfold": metadata.version("tenfold"),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "study": _hash(study_file),
        "records": _hashes(records),
        **({} if external is None else {"external": _hashes(external)}),
        "settings_changed": {
            name: entry.value for name, entry in sorted(settings.entries.items()) if entry.value != DEFAULTS[name]
        },
        "seed": seed,
        "as_of": on,
        "simulated": simulated,
    }


def _hashes(records: Path) -> dict[str, str]:
    files = sorted(path for path in records.rglob("*") if path.is_file()) if records.is_dir() else [records]
    return {str(path.relative_to(records) if records.is_dir() else path.name): _hash(path) for path in files}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_lock(content: dict[str, Any], path: Path) -> None:
    """Write a lock, its keys in order."""
    path.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")

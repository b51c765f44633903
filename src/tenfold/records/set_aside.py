"""The faults of records that were taken from elsewhere, in a table beside them: what was set aside is not lost with its file.

The rows themselves are not copied: a line of another system's file may hold names. Each is named by file, line and patient.
"""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl

from tenfold.records.csv_out import write_csv
from tenfold.records.faults import FAULT_SCHEMA, Used
from tenfold.records.registry import Registry

FAULTS_FILE = "faults.csv"
"""In a folder of our own tables; the reading of records passes it over."""


def write_faults(registry: Registry, file: Path) -> Path | None:
    """Write every fault into a file and return it; None, and no file, where there is none. OSError."""
    faults = registry.check()
    if faults.is_empty():
        return None
    torn = pl.col("column").is_null() & pl.col("line").is_not_null()  # its value is the whole row
    write_csv(faults.with_columns(value=pl.when(~torn).then("value")), file)
    return file


def set_aside_before(folder: Path) -> int:
    """How many faults kept something out when the records of a folder were made; 0 where it holds no such table."""
    file = folder / FAULTS_FILE
    if not file.is_file():
        return 0
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        rows = csv.DictReader(text)
        if list(rows.fieldnames or ()) != list(FAULT_SCHEMA):
            return 0
        return sum(row["used"] != str(Used.KEPT) for row in rows)

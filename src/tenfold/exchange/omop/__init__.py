"""OMOP CDM 5.4: read from DuckDB, PostgreSQL or a folder of CSV or Parquet through an editable concept map, and written.

See docs/how-to/omop.md for what is mapped, guessed and left.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tenfold.exchange.converted import Converted, Written
from tenfold.exchange.omop.files import write_tables
from tenfold.exchange.omop.reading import read_cdm
from tenfold.exchange.omop.sources import DuckSource, is_duckdb, is_url, separator_of, settings_of
from tenfold.exchange.omop.writing import cdm_of
from tenfold.records.registry import Registry

__all__ = ["read_records", "recognises", "write_records"]


def recognises(path: Path) -> bool:
    """Whether a path is a CDM: a DuckDB file or folder whose table person has gender_concept_id, or a file *.omop.toml."""
    try:
        if path.name.endswith(".omop.toml") or is_url(settings_of(path).database):
            return path.suffix != ".toml" or path.is_file()
        if path.is_dir():
            return any(_is_person(entry) for entry in path.iterdir() if entry.stem.lower() == "person")
        return path.is_file() and is_duckdb(path) and _holds_cdm(path)
    except (OSError, ValueError, pl.exceptions.PolarsError):
        return False


def read_records(path: str | Path) -> Converted:
    """Read a CDM as records. FileNotFoundError, ValueError with what to do where it cannot be read at all."""
    return read_cdm(path)


def write_records(registry: Registry, path: str | Path) -> Written:
    """Write records as a CDM: a DuckDB file where the path ends in .duckdb, else a folder of CSV.

    ValueError if there is something at the path already, or a day has no place in a calendar.
    """
    tables, left = cdm_of(registry)
    return Written(write_tables(tables, Path(path)), left)


def _is_person(file: Path) -> bool:
    if file.suffix.lower() == ".parquet" and file.is_file():
        names = list(pl.read_parquet_schema(file))
    elif file.suffix.lower() in (".csv", ".tsv") and file.is_file():
        with file.open("rb") as opened:
            head = opened.readline(65_536).decode("utf-8-sig")
        names = [name.strip().strip('"') for name in head.strip().split(separator_of(file))]
    else:
        return False
    return {"person_id", "gender_concept_id"} <= {name.lower() for name in names}


def _holds_cdm(path: Path) -> bool:
    try:
        DuckSource(path).close()
    except ValueError as error:
        # Without the library it cannot be looked into, and reading it will say what to install; several schemas are asked about.
        return "needs the library" in str(error) or "name one as schema" in str(error)
    return True

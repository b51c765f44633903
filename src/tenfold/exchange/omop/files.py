"""Writing the tables of a CDM: into a new DuckDB file, or as a folder of CSV files."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tenfold.exchange.omop.cdm import CdmColumn, cdm_tables
from tenfold.exchange.omop.sources import NEEDS, quoted

DUCKDB_SUFFIXES = (".duckdb", ".ddb", ".db")
DUCKDB_TYPES = {"numeric": "DOUBLE"}
"""The CDM's NUMERIC is unbounded; DuckDB's keeps three decimals, and would make nothing of 0.0004 % of ABL1."""


def write_tables(tables: Mapping[str, pl.DataFrame], path: Path) -> tuple[Path, ...]:
    """Write a CDM. ValueError if there is something at the path already, or duckdb is needed and not there."""
    if path.suffix.lower() in DUCKDB_SUFFIXES:
        if path.exists():
            raise ValueError(f"there is a {path} already: name a new file")
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_duckdb(tables, path)
        return (path,)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ValueError(f"{path} holds something already: write into an empty folder, or name a new file *.duckdb")
    path.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.write_csv(path / f"{name}.csv", quote_style="necessary", datetime_format="%Y-%m-%d %H:%M:%S")
    return tuple(sorted(path.iterdir()))


def _write_duckdb(tables: Mapping[str, pl.DataFrame], path: Path) -> None:
    try:
        import duckdb
    except ImportError:
        raise ValueError(f"writing {path.name} needs the library duckdb: {NEEDS}; or name a folder, for CSV") from None
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(str(path)) as connection:
        for name, columns in cdm_tables().items():
            connection.execute(f"CREATE TABLE {quoted(name)} ({', '.join(_definition(column) for column in columns)})")
            if tables[name].height:
                part = Path(folder) / f"{name}.parquet"
                tables[name].write_parquet(part)
                connection.execute(f"INSERT INTO {quoted(name)} SELECT * FROM read_parquet(?)", [str(part)])


def _definition(column: CdmColumn) -> str:
    kind = DUCKDB_TYPES.get(column.type, column.type.upper())
    return f"{quoted(column.name)} {kind} {'NOT NULL' if column.required else 'NULL'}"

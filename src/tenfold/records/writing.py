"""Writing a registry into a folder, to be read back exactly as it is."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from tenfold.records.completeness import statements_to_keep
from tenfold.records.csv_out import write_csv
from tenfold.records.shape import Kind, Table
from tenfold.records.tables import TABLES

if TYPE_CHECKING:
    from tenfold.records.registry import Registry


def write_registry(registry: "Registry", folder: Path, format: Literal["csv", "parquet"]) -> None:
    """One file for each table that is present, and ``registry.toml``.

    The folder is made if need be. ValueError for another format, or if the folder already holds a table:
    two registries must not mix. Only admitted rows are written; that others were set aside is kept as
    completeness. Columns that are empty throughout are left out, dates and required columns excepted.
    """
    if format not in ("csv", "parquet"):
        raise ValueError(f"a registry is written as csv or parquet, not as {format}")
    folder.mkdir(parents=True, exist_ok=True)
    held = sorted(entry.name for entry in folder.iterdir() if entry.stem in TABLES)
    if held:
        raise ValueError(f"{folder} already holds {', '.join(held)}: write into an empty folder")
    tables = dict(registry.tables)
    statements = statements_to_keep(registry)
    if statements is not None:
        tables["completeness"] = statements
    for name, frame in tables.items():
        wanted = _filled(frame, TABLES[name])
        if format == "parquet":
            wanted.write_parquet(folder / f"{name}.parquet")
        else:
            write_csv(_in_words(wanted), folder / f"{name}.csv")
    (folder / "registry.toml").write_text(_about(registry), "utf-8")


def _in_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Yes and no in those words."""
    return frame.with_columns(
        pl.col(name).replace_strict({True: "yes", False: "no"}, return_dtype=pl.String)
        for name, dtype in frame.schema.items()
        if dtype == pl.Boolean
    )


def _filled(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    return frame.select(
        name
        for column, name in zip(table.columns, frame.columns, strict=True)
        if column.required or column.kind is Kind.DATE or frame[name].null_count() < frame.height
    )


def _about(registry: "Registry") -> str:
    lines = [] if registry.title is None else [f"title = {_quoted(registry.title)}"]
    lines += [f"simulated = {'true' if registry.simulated else 'false'}", f'axis = "{registry.axis}"']
    if registry.sources:
        lines += [
            "",
            "[sources]",
            *(f"{table} = {_quoted(citation)}" for table, citation in registry.sources.items()),
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON writes the same escapes, except for the delete character, which TOML wants
    escaped.
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

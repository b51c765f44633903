"""Rows of records as the store holds them, and back: JSON without empty cells, dates as 2024-05-03."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from tenfold.records.shape import Axis, Kind
from tenfold.records.tables import TABLES


def stored(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table of records, as they are stored."""
    dates = [name for name, dtype in frame.schema.items() if dtype == pl.Date]
    plain = frame.with_columns(pl.col(dates).dt.to_string("iso"))
    return [{name: value for name, value in row.items() if value is not None} for row in plain.iter_rows(named=True)]


def restored(kind: str, rows: Iterable[Mapping[str, Any]], axis: Axis) -> pl.DataFrame:
    """A table of records from rows as they are stored. A column that this version does not know is left."""
    table = TABLES[kind]
    schema = table.schema(axis)
    dates = [column.named(axis) for column in table.columns if column.kind is Kind.DATE and axis == "calendar"]
    as_written = {name: pl.String() if name in dates else dtype for name, dtype in schema.items()}
    frame = pl.DataFrame(list(rows), schema=as_written, orient="row")
    return frame.with_columns(pl.col(dates).str.to_date("%Y-%m-%d"))

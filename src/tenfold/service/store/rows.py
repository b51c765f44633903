"""Rows of records as the store holds them, and back: JSON without empty cells, dates as 2024-05-03."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from tenfold.records.shape import Axis, Kind
from tenfold.records.tables import TABLES


def stored(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table of records, as they are stored."""
    dates = [name for name, dtype in frame.schema.items() if dtype == pl.Date]
    # Columns that are empty throughout need not be looked at in each row.
    filled = [name for name in frame.columns if frame[name].null_count() < frame.height]
    plain = frame.with_columns(pl.col(dates).dt.to_string("iso")).select(filled)
    return [
        {name: value for name, value in zip(filled, row, strict=True) if value is not None} for row in plain.iter_rows()
    ]


def restored(kind: str, rows: Iterable[Mapping[str, Any]], axis: Axis) -> pl.DataFrame:
    """A table of records from rows as they are stored. A column that this version does not know is left."""
    schema, dates = _as_written(kind, axis)
    frame = pl.DataFrame(list(rows), schema=schema, orient="row")
    return frame.with_columns(pl.col(dates).str.to_date("%Y-%m-%d"))


def parsed(kind: str, texts: Sequence[str], axis: Axis) -> pl.DataFrame:
    """A table of records from rows as the database holds them: the same as `restored`, for many rows at once."""
    schema, dates = _as_written(kind, axis)
    return in_lines(texts, schema).with_columns(pl.col(dates).str.to_date("%Y-%m-%d"))


def in_lines(texts: Sequence[str], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Objects in JSON, one a line, as a frame of a schema: what an object does not say is null, what it says more is left."""
    if not texts:
        return pl.DataFrame(schema=schema)
    return pl.read_ndjson(io.BytesIO("\n".join(texts).encode()), schema=schema)


def _as_written(kind: str, axis: Axis) -> tuple[dict[str, pl.DataType], list[str]]:
    table = TABLES[kind]
    dates = [column.named(axis) for column in table.columns if column.kind is Kind.DATE and axis == "calendar"]
    return {name: pl.String() if name in dates else dtype for name, dtype in table.schema(axis).items()}, dates

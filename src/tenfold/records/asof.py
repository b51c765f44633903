"""What was known on a day: rows not yet known go, and so does every value that came later.

A row is known from its ``reported_date``, else from the date it is dated by. A column with its own
``known_from`` (the outcome of a treatment, from its end) is blank until that date, and stays blank where
that date is not recorded: when it became known cannot be told. A row without any date is known once the latest day
that its place in the sequence allows has come; until then it is dropped, and the table is not complete for its patient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tenfold.records.shape import Axis, Table, day_name
from tenfold.records.tables import TABLES

if TYPE_CHECKING:
    from tenfold.records.registry import Registry


def known_by(
    frame: pl.DataFrame, bounds: pl.DataFrame | None, table: Table, axis: Axis, on: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows and values of a table that were known by day ``on``, and those of which that cannot be told.

    ``frame`` is the table as read; ``bounds`` holds the ``latest_day`` of its rows, None for a table without dates;
    ``on`` is a day of the axis (calendar: days since 1970-01-01). Row order is kept. Idempotent, and monotone: twice,
    on two days, is the same as once on the earlier. The second frame has patient_id.
    """
    if bounds is None:
        # A completeness statement is about the record, not a fact in time; an undated outcome is never known "by".
        return (frame if table.name == "completeness" else frame.clear()), _nobody()
    known = known_day(table, axis)
    placed = frame.with_columns(bounds["latest_day"].alias(_LATEST))
    by_place = pl.lit(table.known_if_undated) | (pl.col(_LATEST) <= on).fill_null(False)
    is_known = pl.when(known.is_not_null()).then(known <= on).otherwise(by_place)
    in_doubt = placed.filter(~is_known & known.is_null())
    kept = placed.filter(is_known).drop(_LATEST)
    return _blanked(kept, table, axis, on), in_doubt.select("patient_id")


_LATEST = "_latest"


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema={"patient_id": pl.String})


def known_day(table: Table, axis: Axis) -> pl.Expr:
    """From which day a row of a dated table is known; null where neither its date nor its report's is recorded."""
    if table.dated_by is None:
        return pl.lit(None, pl.Int32)
    own = _day(table, axis, table.dated_by)
    return pl.coalesce(_day(table, axis, "reported_date"), own) if "reported_date" in table else own


def _blanked(kept: pl.DataFrame, table: Table, axis: Axis, on: int) -> pl.DataFrame:
    return kept.with_columns(
        pl.when(_day(table, axis, column.known_from) <= on).then(pl.col(column.named(axis))).alias(column.named(axis))
        for column in table.columns
        if column.known_from is not None
    )


def _day(table: Table, axis: Axis, name: str) -> pl.Expr:
    """A date column as a day number of the axis."""
    column = table[name].named(axis)
    return pl.col(column) if axis == "relative" else pl.col(column).cast(pl.Int32)


def to_days(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Every date column of a calendar frame as days since 1970-01-01 (Int32), named ``*_day``."""
    dates = {column.name for column in table.dates}
    return frame.select(
        pl.col(name).cast(pl.Int32).alias(day_name(name)) if name in dates else pl.col(name) for name in frame.columns
    )


def days_of_change(registry: Registry) -> list[int]:
    """Every day on which something of a registry became known, in order: between two of them no answer as of a day changes,
    but for what passing time alone changes.
    """
    found: set[int] = set()
    for name, frame in registry.tables.items():
        table = TABLES[name]
        asked = [known_day(table, registry.axis)]
        asked += [_day(table, registry.axis, one.known_from) for one in table.columns if one.known_from is not None]
        for day in asked:
            found |= set(frame.select(day.alias("day"))["day"].drop_nulls().cast(pl.Int64))
    return sorted(found)

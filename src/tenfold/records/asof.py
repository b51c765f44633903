"""What was known on a day: rows not yet known go, and so does every value that came later.

A row is known from its ``reported_date``, else from the date it is dated by. A column with its own
``known_from`` (the outcome of a treatment, from its end) is blank until that date, and stays blank where
that date is not recorded: when it became known cannot be told. A row without any date is dropped, because
it cannot be shown to have been known.
"""

import polars as pl

from tenfold.records.shape import Axis, Table, day_name


def known_by(frame: pl.DataFrame, table: Table, axis: Axis, on: int) -> pl.DataFrame:
    """The rows and values of a table that were known by day ``on``.

    ``frame`` is the table as read; ``on`` a day of the axis (calendar: days since 1970-01-01). Row order is
    kept. Idempotent, and monotone: twice, on two days, is the same as once on the earlier.
    """
    if table.dated_by is None:
        # A completeness statement is about the record, not a fact in time; an undated outcome is never known "by".
        return frame if table.name == "completeness" else frame.clear()
    own = _day(table, axis, table.dated_by)
    known = pl.coalesce(_day(table, axis, "reported_date"), own) if "reported_date" in table else own
    kept = frame.filter((known <= on).fill_null(table.known_if_undated))
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
    names = [column.name for column in table.dates]
    return frame.with_columns(pl.col(names).cast(pl.Int32)).rename({name: day_name(name) for name in names})

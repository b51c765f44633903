"""Placing facts in order: days where they are known, the recorded sequence and bounds on the day where they are not."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

import polars as pl

from tenfold.records.registry import Registry
from tenfold.records.schema import TABLES

DAYS_PER_MONTH = 30.4375
FAR = 10**9
"""A day beyond every record: the bound of a day on which nothing is known."""


_MADE: WeakKeyDictionary[Registry, dict[str, pl.DataFrame]] = WeakKeyDictionary()


def once(registry: Registry, what: str, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Return the frame that `make` reads off a registry, made the first time: a registry never changes."""
    made = _MADE.setdefault(registry, {})
    if what not in made:
        made[what] = make()
    return made[what]


def placed(registry: Registry, name: str) -> pl.DataFrame:
    """Return a table with the place of each row: `order`, `earliest_day`, `latest_day` (Int64; order null when
    undated).

    Where a patient's facts have a `sequence`, it is the order, and an unknown day lies between the known days before
    and after it. ValueError for a table whose rows have no date of their own.
    """
    return once(registry, name, lambda: _place(registry, name))


def _place(registry: Registry, name: str) -> pl.DataFrame:
    frame = registry.days(name)
    day = day_column(name)
    if day is None:
        raise ValueError(f"{name} has no date that could place its rows")
    on = pl.col(day).cast(pl.Int64)
    if "sequence" not in frame.columns or frame["sequence"].null_count() == frame.height:
        return frame.with_columns(on, order=on, earliest_day=on, latest_day=on)
    frame = frame.with_columns(on)
    bounds = once(registry, "bounds", lambda: _bounds(registry))
    return (
        frame.join(bounds, on=["patient_id", "sequence"], how="left", maintain_order="left")
        .with_columns(
            order=pl.coalesce("sequence", day),
            earliest_day=pl.coalesce(day, "after", pl.lit(-FAR)),
            latest_day=pl.coalesce(day, "before", pl.lit(FAR)),
        )
        .drop("after", "before")
    )


def day_column(name: str) -> str | None:
    """The day column that dates a table's rows, as `Registry.days` names it."""
    dated_by = TABLES[name].dated_by
    return None if dated_by is None else dated_by.removesuffix("_date") + "_day"


def _bounds(registry: Registry) -> pl.DataFrame:
    """For each patient and sequence: the last known day up to it (`after`) and the first from it on (`before`)."""
    facts = []
    for name, table in registry.tables.items():
        day = day_column(name)
        if day is not None and "sequence" in table.columns:
            frame = registry.days(name).filter(pl.col("sequence").is_not_null())
            facts.append(frame.select("patient_id", "sequence", pl.col(day).cast(pl.Int64).alias("day")))
    per_place = (
        pl.concat(facts).group_by("patient_id", "sequence").agg(pl.col("day").max()).sort("patient_id", "sequence")
    )
    return per_place.select(
        "patient_id",
        "sequence",
        after=pl.col("day").forward_fill().over("patient_id"),
        before=pl.col("day").backward_fill().over("patient_id"),
    )


def exact_day() -> pl.Expr:
    """The day of a placed row; null where only bounds on it are known."""
    return pl.when(pl.col("earliest_day") == pl.col("latest_day")).then("earliest_day")


def complete_from_the_beginning(registry: Registry, table: str) -> pl.Expr:
    """Whether `table` holds everything of the row's patient from the very beginning."""
    complete = once(
        registry,
        f"complete from the beginning {table}",
        lambda: (
            registry.complete(table)
            .filter(pl.col("complete_from_day").is_null())
            .select(pl.col("patient_id").implode())
        ),
    )
    return pl.col("patient_id").is_in(complete["patient_id"])


def known_on(registry: Registry, frame: pl.DataFrame, table: str, into: str) -> pl.DataFrame:
    """Add a Boolean column: whether `table` is recorded completely for the patient from the row's day on."""
    complete = registry.complete(table)
    if complete["complete_from_day"].null_count() == complete.height:
        return frame.with_columns(complete_from_the_beginning(registry, table).fill_null(False).alias(into))
    complete = complete.with_columns(_recorded=pl.lit(True))
    return (
        frame.join(complete, on="patient_id", how="left", maintain_order="left")
        .with_columns(
            (
                pl.col("_recorded").fill_null(False)
                & (pl.col("complete_from_day").is_null() | (pl.col("complete_from_day") <= pl.col("earliest_day")))
            ).alias(into)
        )
        .drop("_recorded", "complete_from_day")
    )

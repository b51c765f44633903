"""Times that a centre or a paper reports without dates: used where the clock's start is not on record, and nowhere else.

Traps: a reported time is on the reporter's own clock and never shares a curve with one from dates; what the records deny
is not used; of several reported times none is chosen.
"""

from __future__ import annotations

import polars as pl

from tenfold.endpoints.definitions import EndpointRule
from tenfold.endpoints.reasons import OF_THE_START
from tenfold.records.registry import Registry
from tenfold.vocabulary import Happening


def with_reported(registry: Registry, derived: pl.DataFrame, rule: EndpointRule, *, replace: bool) -> pl.DataFrame:
    """Return the rows of `times` with reported ones in place; with `replace` where the clock's start is not on record.

    Never against a record: where the two disagree the patient is left out.
    """
    known = pl.col("time_months").is_not_null() & pl.col("event").is_not_null()
    reported = (
        registry.table("reported_outcomes")
        .filter((pl.col("endpoint") == str(rule.name)) & known)
        .select(
            "patient_id",
            clock_reported=pl.coalesce("clock_start", pl.lit("not stated")),
            months_reported="time_months",
            event_reported="event",
            kind_reported="event_kind",
        )
        .unique(maintain_order=True)
        .with_columns(several=pl.len().over("patient_id") > 1)
        .unique("patient_id", keep="first", maintain_order=True)
    )
    frame = derived.join(reported, on="patient_id", how="left", maintain_order="left")
    answered = pl.col("left_out_because").is_null()
    event = pl.col("event_reported")
    # A reported event that the dates deny, or a denied one that they hold.
    on_record = pl.col("event_kind").is_in([kind.value for kind in rule.events]).fill_null(False)
    if Happening.DEATH in rule.events:
        on_record |= pl.col("death_latest").is_not_null()
    if rule.horizon_days is not None:  # what came after the horizon denies nothing
        on_record = answered & pl.col("event").fill_null(False)
    against = (answered & (pl.col("event") != event)) | (on_record & ~event)
    several = pl.col("several").fill_null(False)
    use = (
        pl.lit(replace)
        & pl.col(OF_THE_START).is_not_null()
        & event.is_not_null()
        & ~several
        & ~against.fill_null(False)
    )
    why = (
        pl.when(against.fill_null(False) & (answered | pl.lit(replace)))
        .then(pl.lit("the reported outcome and the records disagree"))
        .when(pl.lit(replace) & several & pl.col(OF_THE_START).is_not_null())
        .then(pl.lit("more than one time is reported"))
        .otherwise("left_out_because")
    )
    frame = frame.with_columns(left_out_because=pl.when(~use).then(why))
    kept = frame["left_out_because"].is_null()
    nothing = pl.lit(None)
    taken = {
        "clock": "clock_reported",
        "time_months": "months_reported",
        "event": "event_reported",
        "event_kind": "kind_reported",
    }
    return frame.with_columns(
        *(pl.when(use).then(new).when(kept).then(old).alias(old) for old, new in taken.items() if old != "clock"),
        pl.when(use).then("clock_reported").otherwise("clock").alias("clock"),
        source=pl.when(use).then(pl.lit("reported")).when(kept).then("source"),
        time_days=pl.when(use).then(nothing).when(kept).then("time_days"),
        start_day=pl.when(~use).then("start_day"),
        end_day=pl.when(~use & kept).then("end_day"),
    )

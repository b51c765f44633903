"""When a sample was taken, relative to treatment: before, during, at its end, or in follow-up.

Only lines that had begun by the sample count, so the answer never depends on what came later. After induction alone the
patient is still under treatment; after consolidation, or any other line, the end-of-treatment window opens.
"""

from __future__ import annotations

import polars as pl

from tenfold.records.registry import Registry
from tenfold.records.timeline import known_on, placed
from tenfold.settings import Settings
from tenfold.vocabulary import Intent, TimePoint

NOT_ANTILEUKAEMIC = (Intent.PRIOR_DISORDER, Intent.CYTOREDUCTION)


def with_time_point(registry: Registry, frame: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Add `time_point` to rows that hold patient_id, order, earliest_day and latest_day; null where it is not known."""
    lines = placed(registry, "treatments").filter(
        pl.col("order").is_not_null() & ~pl.col("intent").is_in(NOT_ANTILEUKAEMIC).fill_null(False)
    )
    lines = lines.sort("order", "end_day", nulls_last=True).select(
        "patient_id",
        "order",
        line_order="order",
        line_end=pl.col("end_day").cast(pl.Int64),
        line_intent="intent",
    )
    known = known_on(registry, frame, "treatments", "_treatments_known")
    joined = known.sort("order", nulls_last=True).join_asof(lines, on="order", by="patient_id", check_sortedness=False)
    soonest, latest = pl.col("earliest_day") - pl.col("line_end"), pl.col("latest_day") - pl.col("line_end")
    window = settings["mrd.end_of_treatment_window"]
    within = (
        pl.when(pl.col("line_intent") == Intent.INDUCTION)
        .then(pl.lit(TimePoint.ON_TREATMENT.value))
        .when(pl.col("line_intent").is_not_null())
        .then(pl.lit(TimePoint.END_OF_TREATMENT.value))
    )
    return joined.with_columns(
        time_point=pl.when(pl.col("line_order").is_null())
        .then(pl.when("_treatments_known").then(pl.lit(TimePoint.BEFORE_TREATMENT.value)))
        .when(latest <= 0)
        .then(pl.lit(TimePoint.ON_TREATMENT.value))
        .when((soonest > 0) & (latest <= window))
        .then(within)
        .when(soonest > window)
        .then(pl.lit(TimePoint.FOLLOW_UP.value))
    ).drop("line_order", "line_end", "line_intent", "_treatments_known")

"""When a sample was taken, relative to treatment: before, during, at its end, or in follow-up.

Only lines that had begun by the sample count, so the answer never depends on what came later. After induction alone the
patient is still under treatment; after consolidation, or any other line, the end-of-treatment window opens.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.mrd.samples import STREAM
from tenfold.records.registry import Registry
from tenfold.records.therapy import NOT_ANTILEUKAEMIC, antileukaemic
from tenfold.records.timeline import known_on, placed
from tenfold.settings import Settings
from tenfold.vocabulary import Intent, TimePoint

FIRST_LINE = (Intent.INDUCTION, Intent.CONSOLIDATION, *NOT_ANTILEUKAEMIC)


def with_time_point(registry: Registry, frame: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Add `time_point` to rows that hold patient_id, order, earliest_day and latest_day; null where it is not known.

    A line of unrecorded intent may or may not be against the leukaemia: where that matters the time point is not known.
    """
    lines = antileukaemic(registry).filter(pl.col("order").is_not_null())
    rows = known_on(registry, frame, "treatments", "_treatments_known").with_row_index("_row")
    window = settings["mrd.end_of_treatment_window"]
    every, certain = (
        _time_points(rows, chosen, window) for chosen in (lines, lines.filter(pl.col("intent").is_not_null()))
    )
    both = every.join(certain, on="_row", suffix="_certain")
    agreed = both.select(
        "_row", time_point=pl.when(pl.col("time_point") == pl.col("time_point_certain")).then("time_point")
    )
    return rows.join(agreed, on="_row", how="left", maintain_order="left").drop("_row", "_treatments_known")


def with_first_line(registry: Registry, molecular: pl.DataFrame) -> pl.DataFrame:
    """Add `first_line_code` to the rows of streams: before any relapse, molecular or haematological, and its treatment.

    Unknown where a line of unrecorded intent came before, or treatments are not recorded.
    """
    lines = placed(registry, "treatments").filter(pl.col("order").is_not_null())
    later = lines.filter(~pl.col("intent").is_in(FIRST_LINE).fill_null(True))
    unsaid = lines.filter(pl.col("intent").is_null())
    firsts = [
        part.group_by("patient_id").agg(pl.col("order").min().alias(name))
        for part, name in ((later, "_later"), (unsaid, "_unsaid"))
    ]
    frame = molecular
    for first in firsts:
        frame = frame.join(first, on="patient_id", how="left", maintain_order="left")
    relapsed = (
        (pl.col("relapse_number").is_not_null() | (pl.col("row") == "haematological relapse")).cum_max().over(STREAM)
    )
    over = relapsed | (pl.col("_later") < pl.col("order")).fill_null(False)
    doubt = (pl.col("_unsaid") < pl.col("order")).fill_null(False) | (pl.col("treatments_known") != YES)
    code = pl.when(over).then(NO).when(doubt).then(UNKNOWN).otherwise(YES)
    return frame.with_columns(first_line_code=code.cast(pl.Int8)).drop("_later", "_unsaid")


def _time_points(rows: pl.DataFrame, lines: pl.DataFrame, window: int) -> pl.DataFrame:
    """`_row` and `time_point` by the last line that had begun."""
    lines = lines.sort("order", "end_day", nulls_last=True).select(
        "patient_id", "order", line_order="order", line_end=pl.col("end_day").cast(pl.Int64), line_intent="intent"
    )
    joined = rows.sort("order", nulls_last=True).join_asof(lines, on="order", by="patient_id", check_sortedness=False)
    soonest, latest = pl.col("earliest_day") - pl.col("line_end"), pl.col("latest_day") - pl.col("line_end")
    within = (
        pl.when(pl.col("line_intent") == Intent.INDUCTION)
        .then(pl.lit(TimePoint.ON_TREATMENT.value))
        .when(pl.col("line_intent").is_not_null())
        .then(pl.lit(TimePoint.END_OF_TREATMENT.value))
    )
    # Another line may have followed that is not recorded: only "during treatment" stands without complete records.
    over = pl.when("_treatments_known").then(
        pl.when((soonest > 0) & (latest <= window))
        .then(within)
        .when(soonest > window)
        .then(pl.lit(TimePoint.FOLLOW_UP.value))
    )
    return joined.select(
        "_row",
        time_point=pl.when(pl.col("line_order").is_null())
        .then(pl.when("_treatments_known").then(pl.lit(TimePoint.BEFORE_TREATMENT.value)))
        .when(latest <= 0)
        .then(pl.lit(TimePoint.ON_TREATMENT.value))
        .otherwise(over),
    )

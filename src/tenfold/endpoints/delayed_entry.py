"""Delayed entry: from when a patient could have been seen to have the event.

A registry of patients treated with venetoclax for an MRD relapse holds nobody who died, or relapsed, between the two: the
time between is not survival, and the patient is at risk only from the first dose on. Traps: the entry looked for is the
first of its kind from the start on, not the first ever; who never got there was never in the registry's sight.
"""

from __future__ import annotations

import polars as pl

from tenfold.endpoints.reasons import OF_THE_START
from tenfold.endpoints.starts import starts
from tenfold.records.registry import Registry
from tenfold.vocabulary import Clock

NEVER_ENTERED = "never known to enter observation"
ENTERED_TOO_LATE = "came under observation"
"""How the reasons begin of those who were never at risk."""


def never_at_risk(why: str) -> bool:
    """Whether a reason to have no time is one of those given here."""
    return why.startswith((NEVER_ENTERED, ENTERED_TOO_LATE))


def with_entry(
    registry: Registry,
    history: pl.DataFrame,
    molecular: pl.DataFrame,
    derived: pl.DataFrame,
    waits_for: Clock | None,
) -> pl.DataFrame:
    """Add `entry_day`, `entry_days` and `entry_months` to times, and leave out who did not enter before the end.

    `derived` holds `start_order`, `start_day`, `end_day`, `time_days`, `event`, `competing`, `left_out_because`. Without
    `waits_for` everybody enters at the start.
    """
    told = pl.col("left_out_because").is_null()
    if waits_for is None:
        return derived.with_columns(
            entry_day=pl.when(told).then("start_day"),
            entry_days=pl.when(told & pl.col("time_days").is_not_null()).then(0.0),
            entry_months=pl.when(told).then(0.0),
            competing=pl.when(told).then(pl.col("competing").fill_null(False)),
        )
    begins = derived.filter(pl.col("start_order").is_not_null()).select("patient_id", from_order="start_order")
    entered = starts(registry, history, molecular, waits_for, not_before=begins).select(
        "patient_id", entry_day="start_day", no_entry_because=OF_THE_START
    )
    frame = derived.join(entered, on="patient_id", how="left", maintain_order="left")
    late = pl.col("entry_day") >= pl.col("end_day")
    why = pl.coalesce(
        "left_out_because",
        pl.when(pl.col("no_entry_because").is_not_null()).then(pl.format(NEVER_ENTERED + ": {}", "no_entry_because")),
        pl.when(late).then(pl.lit(f"{ENTERED_TOO_LATE} ({waits_for.value}) only when the time was over")),
    )
    frame = frame.with_columns(left_out_because=why)
    emptied = ("end_day", "time_days", "time_months", "event", "competing", "event_kind", "source")
    return frame.with_columns(
        *(pl.when(told).then(name).alias(name) for name in emptied),
        entry_day=pl.when(told).then("entry_day"),
        entry_days=pl.when(told).then((pl.col("entry_day") - pl.col("start_day")).cast(pl.Float64)),
        entry_months=pl.lit(None, pl.Float64),
    )

"""From records to the plain frame a development works on: one row a patient, times from dates, candidates at time zero.

Everything but the outcome is read as known on the patient's own time zero, never later. A column that several places have
is named with its place, and becomes a column without the dot (`diagnosis.TP53` becomes `diagnosis_TP53`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.analysis import times_of
from tenfold.cohort.known_at_start import KnownAtStart, as_recorded, index_days, known_at_start
from tenfold.endpoints import EndpointRule
from tenfold.vocabulary import Clock


@dataclass(frozen=True)
class FromRecords:
    """The frame (`patient_id`, `time_months`, `event`, `entry_months`, the columns asked for), and who has no time, why.

    `missing`: columns that are nowhere in these records (left out of the frame, if that was allowed). `delayed`: whether
    anybody came under observation after time zero.
    """

    frame: pl.DataFrame
    left_out: pl.DataFrame
    missing: tuple[str, ...]
    delayed: bool
    clock: str
    notes: tuple[str, ...]


def from_records(
    assessment: Assessment,
    columns: Sequence[str],
    rule: EndpointRule,
    clock: Clock | None = None,
    *,
    absent: bool = False,
) -> FromRecords:
    """Read times and columns from an assessment. `absent`: a column that is nowhere is no error, but not known.

    LookupError for a column that means nothing, ValueError if nobody has a time.
    """
    on = rule.clock if clock is None else clock
    rows = times_of(assessment, rule, clock)
    timed = rows.filter(pl.col("left_out_because").is_null())
    told = rows.filter(pl.col("left_out_because").is_not_null())["left_out_because"].value_counts(sort=True)
    if not timed.height:
        raise ValueError(f"nobody has a time to {rule.name} from {on.value}")
    notes = []
    if (timed["source"] == "dates").any():
        undated = timed.filter(pl.col("source") != "dates").height
        timed = timed.filter(pl.col("source") == "dates")
        if undated:
            why = "the time is reported without dates: what was known at its start cannot be told"
            told = pl.concat([told, pl.DataFrame({"left_out_because": [why], "count": [undated]}, told.schema)])
        known = known_at_start(assessment, index_days(assessment, timed, on))
    else:
        known = as_recorded(assessment)
        notes.append("Times are reported without dates; candidates are read from all that is on record.")
    frame = timed.select("patient_id", "time_months", "event", pl.col("entry_months").fill_null(0.0))
    frame, missing = with_known(frame, known, columns, absent=absent)
    if (frame["event"].cast(pl.Int8) > 1).any():
        raise ValueError(f"{rule.name} has competing events: a Cox score is made for an endpoint without them")
    delayed = bool((frame["entry_months"] > 0).any())
    return FromRecords(
        frame.with_columns(pl.col("event").cast(pl.Boolean)), told, missing, delayed, on.value, tuple(notes)
    )


def with_known(
    frame: pl.DataFrame, known: KnownAtStart, columns: Sequence[str], *, absent: bool = False
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the frame with columns as known at time zero, and those that are nowhere (LookupError unless `absent`)."""
    missing = []
    for name in columns:
        try:
            values = known.value(name)
        except LookupError:
            if not absent:
                raise
            missing.append(name)
            continue
        values = values.rename({"value": name.replace(".", "_")})
        frame = frame.join(values, on="patient_id", how="left", maintain_order="left")
    return frame, tuple(missing)

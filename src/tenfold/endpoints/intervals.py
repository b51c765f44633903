"""Rows of a patient's time from a day to a day (counting process), checked as R's `survcheck` does, in plain words.

Time-dependent covariates and delayed entry cut a patient's time into rows. Traps: a patient must not be at risk twice at
one time; a gap is allowed but takes the patient out of every risk set in it; nobody returns after the event.
"""

from __future__ import annotations

import polars as pl

SCHEMA = {"patient_id": pl.String, "what": pl.String, "explanation": pl.String}


def check_intervals(
    frame: pl.DataFrame, start: str = "start", stop: str = "stop", event: str = "event"
) -> pl.DataFrame:
    """Return what is wrong with the rows of each patient: patient_id, `what`, `explanation`, in patient order.

    `what`: "unknown" (a start, stop or event is missing), "no time" (it ends when or before it starts), "overlap",
    "gap", "after the event". `event` is yes or no. ValueError for a column that is not there.
    """
    missing = [name for name in ("patient_id", start, stop, event) if name not in frame.columns]
    if missing:
        raise ValueError(f"the rows have no column {', '.join(missing)}; there are {', '.join(frame.columns)}")
    rows = frame.select(
        "patient_id",
        start=pl.col(start).cast(pl.Float64),
        stop=pl.col(stop).cast(pl.Float64),
        event=pl.col(event).cast(pl.Boolean),
    ).with_columns(row=pl.int_range(1, pl.len() + 1))
    known = pl.all_horizontal(pl.col("start", "stop", "event").is_not_null())
    whole = rows.filter(known).sort("patient_id", "start", "stop", "row")
    # A row is held against everything before it: one long row may overlap several later ones.
    whole = whole.with_columns(
        until=pl.col("stop").cum_max().shift(1).over("patient_id"),
        happened=pl.when("event").then("stop").cum_min().forward_fill().shift(1).over("patient_id"),
    )
    here = pl.format("row {}, from {} to {}", "row", "start", "stop")
    rules = [
        ("unknown", rows, ~known, pl.format("row {} lacks its start, its end or whether the event happened", "row")),
        ("no time", whole, pl.col("stop") <= pl.col("start"), pl.format("{}: it ends no later than it starts", here)),
        (
            "overlap",
            whole,
            pl.col("start") < pl.col("until"),
            pl.format("{}: the patient is at risk twice, as an earlier row lasts until {}", here, "until"),
        ),
        (
            "gap",
            whole,
            pl.col("start") > pl.col("until"),
            pl.format("{}: nothing is said of the time since {}", here, "until"),
        ),
        (
            "after the event",
            whole,
            pl.col("start") >= pl.col("happened"),
            pl.format("{}: the event happened at {} already", here, "happened"),
        ),
    ]
    found = [
        of.filter(broken.fill_null(False)).select(
            pl.col("patient_id").cast(pl.String), what=pl.lit(what), explanation=text
        )
        for what, of, broken, text in rules
    ]
    return pl.concat(found).cast(SCHEMA).sort("patient_id", "explanation", "what")  # type: ignore[arg-type]

"""How closely residual disease was looked for: between which days an MRD event lies, and how densely samples were taken.

An MRD relapse is dated by its first sample and happened at some time since the sample before. Traps: the group that is
sampled more often is found to relapse earlier (visits are denser on treatment); who was never sampled after the start
cannot have an MRD relapse, and is not thereby free of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tenfold.mrd.samples import STREAM, counts
from tenfold.records.timeline import DAYS_PER_MONTH
from tenfold.vocabulary import Happening, MolecularState

EVERYBODY = "all patients"


def interval_bounds(rows: pl.DataFrame, molecular: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id, `after_day`, `by_day`: an interval-censored reading of each time from dates, in patient order.

    The end lies after `after_day`, up to and on `by_day`. For an MRD event these are the last sample of that stream
    before it (else the start) and its first sample; both are the same day for other ends; of a censored time `after_day` is the
    last MRD sample (else the start) and `by_day` null. `rows` is the result of `times`, `molecular` an assessment's.
    """
    timed = rows.filter((pl.col("left_out_because").is_null()) & (pl.col("source") == "dates"))
    asked = timed.select("patient_id", "start_day", "end_day", "event_kind")
    samples = molecular.filter(counts() & pl.col("latest_day").is_not_null())
    first = molecular.filter(pl.col("state") == MolecularState.RELAPSE_CONFIRMED).select(
        *STREAM, end_day="relapse_earliest_day"
    )
    relapses = asked.filter(pl.col("event_kind") == Happening.MRD_RELAPSE).join(first, on=["patient_id", "end_day"])
    before_relapse = _last_before(relapses.unique([*STREAM, "end_day"]), samples, [*STREAM])
    negative = asked.filter(pl.col("event_kind") == Happening.MRD_NEGATIVITY)
    before_negativity = _last_before(negative, samples, ["patient_id"])
    lower = pl.concat([before_relapse, before_negativity]).group_by("patient_id").agg(pl.col("sampled").max())
    sampled = samples.select("patient_id", sampled="latest_day")
    last = asked.filter(pl.col("event_kind").is_null()).join(sampled, on="patient_id")
    last = last.filter(pl.col("sampled") <= pl.col("end_day")).group_by("patient_id").agg(pl.col("sampled").max())
    found = asked.join(pl.concat([lower, last]), on="patient_id", how="left", maintain_order="left")
    molecular_end = pl.col("event_kind").is_in([Happening.MRD_RELAPSE.value, Happening.MRD_NEGATIVITY.value])
    since = pl.max_horizontal("sampled", "start_day")
    exact = pl.col("event_kind").is_not_null() & ~molecular_end.fill_null(False)
    return found.select(
        "patient_id",
        after_day=pl.when(exact).then("end_day").otherwise(since),
        by_day=pl.when(pl.col("event_kind").is_not_null()).then("end_day"),
    )


def _last_before(events: pl.DataFrame, samples: pl.DataFrame, within: list[str]) -> pl.DataFrame:
    """The last sample before each event: patient_id, `sampled`."""
    earlier = samples.select(*within, sampled="latest_day")
    joined = events.join(earlier, on=within, nulls_equal=True).filter(pl.col("sampled") < pl.col("end_day"))
    return joined.group_by("patient_id").agg(pl.col("sampled").max())


def sampling_density(
    rows: pl.DataFrame, history: pl.DataFrame, groups: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """Return, for each group, how densely MRD was sampled after the start and up to the end of each time from dates.

    `group`, `patients`, `never_sampled` (patients), `sampled_days`, `patient_years`, `samples_a_year`,
    `median_months_between` (between a patient's consecutive days of sampling, the start the first). `groups` gives a group to
    each patient; without it all are one.
    """
    timed = rows.filter(pl.col("left_out_because").is_null() & (pl.col("source") == "dates")).with_columns(
        group=pl.lit(EVERYBODY)
        if groups is None
        else pl.col("patient_id").replace_strict(dict(groups), default=None, return_dtype=pl.String)
    )
    timed = timed.filter(pl.col("group").is_not_null())
    exact = (pl.col("kind") == Happening.MRD_SAMPLE) & (pl.col("earliest_day") == pl.col("latest_day"))
    days = history.filter(exact).select("patient_id", day="earliest_day").unique()
    seen = timed.select("patient_id", "group", "start_day", "end_day").join(days, on="patient_id")
    seen = seen.filter((pl.col("day") > pl.col("start_day")) & (pl.col("day") <= pl.col("end_day")))
    seen = seen.sort("patient_id", "day").with_columns(
        between=pl.col("day") - pl.col("day").shift(1).over("patient_id").fill_null(pl.col("start_day"))
    )
    taken = seen.group_by("group").agg(
        sampled_days=pl.len(), sampled=pl.col("patient_id").n_unique(), between=pl.col("between").median()
    )
    people = timed.group_by("group").agg(patients=pl.len(), observed=pl.col("time_days").sum())
    years = pl.col("observed") / (12 * DAYS_PER_MONTH)
    return (
        people.join(taken, on="group", how="left")
        .sort("group")
        .select(
            "group",
            pl.col("patients").cast(pl.Int64),
            never_sampled=(pl.col("patients") - pl.col("sampled").fill_null(0)).cast(pl.Int64),
            sampled_days=pl.col("sampled_days").fill_null(0).cast(pl.Int64),
            patient_years=years,
            samples_a_year=pl.when(years > 0).then(pl.col("sampled_days").fill_null(0) / years),
            median_months_between=pl.col("between") / DAYS_PER_MONTH,
        )
    )

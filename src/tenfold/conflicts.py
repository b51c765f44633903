"""Where the records say one thing and what is derived from them another: both are kept, and the difference is shown.

Traps: a relapse written down weeks after the marrow that shows it is one relapse, dated twice; a difference in days is a
conflict only where both days are known. Two days of death are a fault of the records, found when they are read.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.fold import NO
from tenfold.mrd.samples import counts
from tenfold.records.registry import Registry
from tenfold.records.timeline import exact_day, placed
from tenfold.response.course import IN_REMISSION
from tenfold.vocabulary import MolecularState, ReportedMRD

SCHEMA = {
    "patient_id": pl.String,
    "what": pl.String,
    "recorded": pl.String,
    "recorded_day": pl.Int64,
    "derived": pl.String,
    "derived_day": pl.Int64,
}
RELAPSE_STATES = (
    MolecularState.RELAPSE_UNCONFIRMED,
    MolecularState.RELAPSE_UNCONFIRMED_TREATED,
    MolecularState.RELAPSE_CONFIRMED,
    MolecularState.IN_RELAPSE,
    MolecularState.RELAPSE_SUPERSEDED,
)
MEANS: dict[ReportedMRD, tuple[MolecularState, ...]] = {
    ReportedMRD.NEGATIVE: (MolecularState.NEGATIVE,),
    ReportedMRD.LOW_LEVEL: (MolecularState.DETECTABLE,),
    ReportedMRD.POSITIVE: (MolecularState.DETECTABLE, MolecularState.PROGRESSION, *RELAPSE_STATES),
    ReportedMRD.PERSISTENCE: (MolecularState.DETECTABLE, MolecularState.PROGRESSION),
    ReportedMRD.PROGRESSION: (MolecularState.PROGRESSION, *RELAPSE_STATES),
    ReportedMRD.RELAPSE: RELAPSE_STATES,
}
"""The derived states that a centre's own word is compatible with."""


def conflicts(registry: Registry, course: pl.DataFrame, marrows: pl.DataFrame, molecular: pl.DataFrame) -> pl.DataFrame:
    """Return each conflict of recorded and derived facts (`SCHEMA`), by patient.

    `course`, `marrows` and `molecular` are the results of `response.course` and `mrd.streams`.
    """
    found = [
        _relapses(course),
        _remissions(registry, marrows),
        _reported_mrd(registry, molecular),
    ]
    return pl.concat([frame.select(*SCHEMA).cast(SCHEMA) for frame in found]).sort(  # type: ignore[arg-type]
        "patient_id", "recorded_day", "what", nulls_last=True
    )


def _relapses(course: pl.DataFrame) -> pl.DataFrame:
    """A relapse reported on one day and shown on another, after the same remission."""
    turns = course.with_columns(epoch=(pl.col("kind") == "remission").cum_sum().over("patient_id"), day=exact_day())
    relapses = turns.filter((pl.col("kind") == "relapse") & pl.col("day").is_not_null())
    reported = pl.col("source").str.starts_with("reported")
    epoch = ["patient_id", "epoch"]
    first = [pl.col("source").first(), pl.col("day").first()]
    said = relapses.filter(reported).group_by(epoch, maintain_order=True).agg(first)
    shown = relapses.filter(~reported).group_by(epoch, maintain_order=True).agg(first)
    return (
        said.join(shown, on=epoch, suffix="_shown")
        .filter(pl.col("day") != pl.col("day_shown"))
        .select(
            "patient_id",
            what=pl.lit("day of the relapse"),
            recorded="source",
            recorded_day="day",
            derived="source_shown",
            derived_day="day_shown",
        )
    )


def _remissions(registry: Registry, marrows: pl.DataFrame) -> pl.DataFrame:
    """A remission reported on the day of a marrow with 5 % blasts or more."""
    disease = (pl.col("blasts_pct") >= 5) & pl.col("evaluable").fill_null(True)
    blasts = marrows.filter(disease).select("patient_id", "order", "blasts_pct", day=exact_day())
    reported = placed(registry, "responses").filter(pl.col("reported_response").is_in(IN_REMISSION))
    same_day = reported.select("patient_id", "order", "reported_response").join(blasts, on=["patient_id", "order"])
    return same_day.select(
        "patient_id",
        what=pl.lit("remission"),
        recorded=pl.lit("reported ") + pl.col("reported_response"),
        recorded_day="day",
        derived=pl.format("marrow with {} % blasts", "blasts_pct"),
        derived_day="day",
    )


def _reported_mrd(registry: Registry, molecular: pl.DataFrame) -> pl.DataFrame:
    """The centre's own molecular word on the day of a sample whose state cannot mean it."""
    reported = placed(registry, "responses").filter(
        pl.col("reported_mrd").is_not_null() & pl.col("order").is_not_null()
    )
    told = (pl.col("detected_code") != NO) | (pl.col("adequate_code") != NO)
    states = molecular.filter(counts() & told).select("patient_id", "order", "tissue", "state_possible")
    paired = reported.select("patient_id", "order", "reported_mrd", day=exact_day()).join(
        states, on=["patient_id", "order"]
    )
    means = pl.col("reported_mrd").replace_strict(
        {word.value: [state.value for state in states] for word, states in MEANS.items()},
        default=None,
        return_dtype=pl.List(pl.String),
    )
    fits = means.list.set_intersection("state_possible").list.len() > 0
    word = ["patient_id", "order", "reported_mrd"]
    # "Negative" speaks of every tissue of that day, any other word of at least one.
    against = (
        paired.with_columns(fits=fits)
        .group_by(word, maintain_order=True)
        .agg(
            pl.col("day").first(),
            against=pl.when(pl.col("reported_mrd").first() == ReportedMRD.NEGATIVE)
            .then(~pl.col("fits").all())
            .otherwise(~pl.col("fits").any()),
            derived=pl.format("{} in {}", pl.col("state_possible").list.join(" or "), "tissue").filter(~pl.col("fits")),
        )
        .filter("against")
    )
    return against.select(
        "patient_id",
        what=pl.lit("molecular state"),
        recorded=pl.lit("reported ") + pl.col("reported_mrd"),
        recorded_day="day",
        derived=pl.col("derived").list.join("; "),
        derived_day="day",
    )

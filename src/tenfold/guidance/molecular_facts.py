"""What the streams of residual disease mean for a decision: relapse, persistence, and how high NPM1 stands.

Traps: residual disease by sequencing alone leads to no option (`Thol`: no clinical decision rests on it); a relapse that was
treated before its second sample can be confirmed no more; a level counts only after the end of treatment, on the ABL1
scale; of several tissues the highest counts, and which one it was is kept.

Thol, Döhner, Ganser, Blood 2024;143:11-20; Krönke et al., J Clin Oncol 2011;29:2709-2716 (200 NPM1 per 10^4 ABL1).
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.fold import UNKNOWN, YES
from tenfold.mrd.levels import ABL1
from tenfold.mrd.samples import STREAM, counts
from tenfold.records.registry import Registry
from tenfold.records.timeline import complete_from_the_beginning
from tenfold.vocabulary import LevelBand, Method, MolecularState, TimePoint

PER_1E4_OF_A_PERCENT = 100.0
RELAPSING = (
    MolecularState.RELAPSE_UNCONFIRMED,
    MolecularState.RELAPSE_UNCONFIRMED_TREATED,
    MolecularState.RELAPSE_CONFIRMED,
    MolecularState.IN_RELAPSE,
)
CONFIRMED = (MolecularState.RELAPSE_CONFIRMED, MolecularState.IN_RELAPSE)
OVER = (TimePoint.END_OF_TREATMENT, TimePoint.FOLLOW_UP)
FACTS = (
    "mrd_relapse",
    "mrd_relapse_confirmed",
    "confirmation_open",
    "molecular_progression",
    "molecular_persistence",
    "persistence_below_2",
    "npm1_followed",
    "level_confirmed",
    "mrd_positive_now",
)
"""The yes/no facts of `molecular_facts`."""


def molecular_facts(registry: Registry, molecular: pl.DataFrame) -> pl.DataFrame:
    """Return one row per patient: `FACTS`, `npm1_per_1e4_low`, `npm1_per_1e4_high`, `npm1_tissue`; null is not known.

    `molecular` is an assessment's. A fact holds if it does in any stream that decisions may rest on; a patient whose
    samples are recorded and who has no such stream has none of them.
    """
    clinical = molecular.filter(pl.col("method").ne_missing(pl.lit(Method.NGS.value)))
    last = clinical.group_by(STREAM, maintain_order=True).last()
    samples = clinical.filter(counts())
    of_stream = last.join(_after_treatment(samples), on=STREAM, how="left", maintain_order="left").with_columns(
        mrd_relapse=_among(RELAPSING),
        mrd_relapse_confirmed=_among(CONFIRMED),
        confirmation_open=_among((MolecularState.RELAPSE_UNCONFIRMED,)),
        molecular_progression=_among((MolecularState.PROGRESSION,)),
        _detectable=_among((MolecularState.DETECTABLE,)),
    )
    of_stream = of_stream.with_columns(
        molecular_persistence=pl.col("_detectable") & pl.col("_over"),
        persistence_below_2=pl.col("_detectable") & pl.col("_over") & pl.col("_low_band"),
        npm1_followed=(pl.col("marker") == "NPM1") & pl.any_horizontal(*RELAPSE_OR_WORSE, pl.col("_detectable")),
        level_confirmed=pl.col("mrd_relapse_confirmed") | pl.col("_twice_detected"),
        mrd_positive_now=pl.col("_positive"),
    )
    facts = of_stream.group_by("patient_id", maintain_order=True).agg(
        *(pl.col(name).any(ignore_nulls=False) for name in FACTS)
    )
    people = registry.patient_ids()
    for frame in (facts, _level(of_stream)):
        people = people.join(frame, on="patient_id", how="left", maintain_order="left")
    nothing = pl.col("_streams").is_null() & complete_from_the_beginning(registry, "mrd_samples")
    streams = last.group_by("patient_id").agg(_streams=pl.len())
    people = people.join(streams, on="patient_id", how="left", maintain_order="left")
    return people.with_columns(pl.when(nothing).then(False).otherwise(pl.col(name)).alias(name) for name in FACTS).drop(
        "_streams"
    )


RELAPSE_OR_WORSE = ("mrd_relapse", "molecular_progression")


def _among(states: tuple[MolecularState, ...]) -> pl.Expr:
    """Whether the state of a row is one of these; null where it may or may not be."""
    possible = pl.col("state_possible")
    within = possible.list.eval(pl.element().is_in([state.value for state in states]))
    return pl.when(within.list.all()).then(True).when(~within.list.any()).then(False)


def _after_treatment(samples: pl.DataFrame) -> pl.DataFrame:
    """Of each stream: whether the last sample came after treatment, its level, band and call, and that before it."""
    positive = pl.when(pl.col("detected_code") != UNKNOWN).then(pl.col("detected_code") == YES)
    over = pl.col("time_point").is_in([point.value for point in OVER])
    on_abl1 = pl.col("family") == ABL1
    bands = pl.col("mrd_level_band_possible")
    low_band = (
        pl.when(bands.list.len() == 1)
        .then(bands.list.first() == LevelBand.LOW)
        .when(~bands.list.contains(LevelBand.LOW.value))
        .then(False)
    )
    per_1e4 = [
        pl.when(on_abl1).then(PER_1E4_OF_A_PERCENT * pl.lit(10.0) ** pl.col(bound)).round(9)
        for bound in ("low", "high")
    ]
    exact = pl.when(on_abl1 & (pl.col("low") == pl.col("high"))).then(PER_1E4_OF_A_PERCENT * pl.col("level"))
    told = samples.with_columns(
        _positive=positive,
        _over=over,
        _low_band=low_band,
        _low=pl.coalesce(exact, per_1e4[0]),
        _high=pl.coalesce(exact, per_1e4[1]),
    )
    return told.group_by(STREAM, maintain_order=True).agg(
        pl.col("_positive", "_over", "_low_band", "_low", "_high").last(),
        _twice_detected=pl.when(pl.len() > 1)
        .then((pl.col("_positive") & pl.col("_over")).tail(2).all(ignore_nulls=False))
        .otherwise(False),
    )


def _level(of_stream: pl.DataFrame) -> pl.DataFrame:
    """The bounds of the highest last NPM1 level in copies per 10^4 ABL1, after treatment, and its tissue."""
    npm1 = of_stream.filter((pl.col("marker") == "NPM1") & pl.col("_over").fill_null(True))
    called = pl.col("_positive")
    bounded = npm1.with_columns(
        _low=pl.when(called).then("_low").when(~called).then(0.0),
        _high=pl.when(called).then("_high").when(~called).then(0.0),
    )
    top = bounded.sort("patient_id", "_low", "tissue", descending=[False, True, False], nulls_last=True)
    return top.group_by("patient_id", maintain_order=True).agg(
        npm1_per_1e4_low=pl.col("_low").max(),
        # A stream of which nothing is known may be the highest.
        npm1_per_1e4_high=pl.when(pl.col("_high").is_not_null().all()).then(pl.col("_high").max()),
        npm1_tissue=pl.col("tissue").first(),
    )

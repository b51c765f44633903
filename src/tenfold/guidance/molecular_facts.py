"""What the streams of residual disease mean for a decision: relapse, persistence, and how high NPM1 stands.

Traps: residual disease by sequencing alone leads to no option (Thol: no clinical decision rests on it); a relapse that was
treated before its second sample can be confirmed no more; a level counts only after the end of treatment, on the ABL1
scale, and is confirmed only by another sample of the same marker, tissue and method; a stream that was not sampled since the
last turn of the disease, or not for long, says nothing of now.

Thol, Döhner, Ganser, Blood 2024;143:11-20; Krönke et al., J Clin Oncol 2011;29:2709-2716 (200 NPM1 per 10^4 ABL1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tenfold.guidance.trigger import at_trigger, copies_per_1e4
from tenfold.logic.fold import NO
from tenfold.mrd.markers import suitable
from tenfold.mrd.samples import STREAM, counts, shows_disease
from tenfold.records.registry import Registry
from tenfold.records.timeline import complete_from_the_beginning
from tenfold.settings import Settings
from tenfold.vocabulary import LevelBand, Method, MolecularState, TimePoint, Tissue

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
    "failure_confirmed",
    "mrd_positive_now",
    "level_confirmed",
    "blood_only_at_trigger",
)
"""The yes/no facts of `molecular_facts`."""
ANY_STREAM = ("level_confirmed", "blood_only_at_trigger")
"""Those that are read off the stream with the highest level, not off any."""


def molecular_facts(
    registry: Registry, settings: Settings, molecular: pl.DataFrame, on: int | None = None
) -> pl.DataFrame:
    """Return one row per patient: `FACTS`, `npm1_per_1e4_low`, `npm1_per_1e4_high`, `npm1_tissue`; null is not known.

    `molecular` is an assessment's. A fact holds if it does in any stream that decisions may rest on; a patient whose
    samples are recorded and who has no such stream has none of them. The level is that of the stream that stands highest,
    and `level_confirmed` asks for another sample of that stream.
    """
    clinical = molecular.filter(pl.col("method").ne_missing(pl.lit(Method.NGS.value)))
    last = clinical.group_by(STREAM, maintain_order=True).last()
    samples = _after_treatment(clinical.filter(counts()))
    of_stream = last.join(samples, on=STREAM, how="left", nulls_equal=True, maintain_order="left")
    old = pl.lit(on, pl.Int64) - pl.col("_day") > settings["guidance.sample_window"]
    unsampled = pl.col("state_possible").list.contains(MolecularState.NOT_SAMPLED.value)
    silent = unsampled | old.fill_null(False)

    # A confirmed relapse after which no sample and no treatment is on record is not over because it grew old: only its level
    # is not known. One that was treated since may be over.
    lasts = ~unsampled & _among((MolecularState.RELAPSE_CONFIRMED,)).fill_null(False)

    def now(fact: pl.Expr) -> pl.Expr:
        """A fact of a stream that says something of now, else not known."""
        return pl.when(~silent).then(fact)

    def stands(states: tuple[MolecularState, ...]) -> pl.Expr:
        """Whether a stream is now in one of these states."""
        return pl.when(~silent | lasts).then(_among(states))

    of_stream = of_stream.with_columns(
        mrd_relapse=stands(RELAPSING),
        mrd_relapse_confirmed=stands(CONFIRMED),
        confirmation_open=stands((MolecularState.RELAPSE_UNCONFIRMED,)),
        molecular_progression=stands((MolecularState.PROGRESSION,)),
        _detectable=stands((MolecularState.DETECTABLE,)),
        _low=now(pl.col("_low")),
        _high=now(pl.col("_high")),
    )
    persistent = pl.col("_detectable") & pl.col("_over")
    of_stream = of_stream.with_columns(
        molecular_persistence=persistent,
        persistence_below_2=persistent & pl.col("_low_band"),
        npm1_followed=(pl.col("marker") == "NPM1") & pl.any_horizontal(*RELAPSE_OR_WORSE, pl.col("_detectable")),
        mrd_positive_now=now(pl.col("_positive")),
        failure_confirmed=pl.col("mrd_relapse_confirmed") | now(pl.col("_twice")),
    )
    each = [name for name in FACTS if name not in ANY_STREAM]
    facts = of_stream.group_by("patient_id", maintain_order=True).agg(
        *(pl.col(name).any(ignore_nulls=False) for name in each)
    )
    streams = last.group_by("patient_id").agg(_streams=pl.len())
    people = registry.patient_ids()
    for frame in (facts, _level(of_stream, settings), streams):
        people = people.join(frame, on="patient_id", how="left", maintain_order="left")
    # A sample whose tissue nobody recorded is in no stream, and denies nothing, unless its marker has streams: those it leaves open.
    unread = registry.table("mrd_samples").filter(suitable() & pl.col("tissue").is_null())
    untold = unread.join(last, on=["patient_id", "marker"], how="anti")["patient_id"].unique()
    told = ~pl.col("patient_id").is_in(untold.implode())
    nothing = pl.col("_streams").is_null() & complete_from_the_beginning(registry, "mrd_samples")

    def fact(name: str) -> pl.Expr:
        found = pl.when(nothing).then(False).otherwise(pl.col(name))
        return pl.when(found | told).then(found).alias(name)

    return people.with_columns(map(fact, FACTS)).drop("_streams")


RELAPSE_OR_WORSE = ("mrd_relapse", "molecular_progression")


def _among(states: tuple[MolecularState, ...]) -> pl.Expr:
    """Whether the state of a row is one of these; null where it may or may not be."""
    possible = pl.col("state_possible")
    within = possible.list.eval(pl.element().is_in([state.value for state in states]))
    return pl.when(within.list.all()).then(True).when(~within.list.any()).then(False)


def _after_treatment(samples: pl.DataFrame) -> pl.DataFrame:
    """Of each stream: whether its last sample came after treatment, its day, level, band and call, and those before it."""
    positive = shows_disease()
    over = pl.col("time_point").is_in([point.value for point in OVER])
    bands = pl.col("mrd_level_band_possible")
    low_band = (
        # A marker without a rule for low levels has none.
        pl.when(pl.col("low_level_rule") == NO)
        .then(False)
        .when(bands.list.len() == 1)
        .then(bands.list.first() == LevelBand.LOW)
        .when(~bands.list.contains(LevelBand.LOW.value))
        .then(False)
    )
    low, high = (pl.when(positive).then(bound).when(~positive).then(0.0) for bound in copies_per_1e4())
    told = samples.with_columns(_positive=positive, _over=over, _low_band=low_band, _low=low, _high=high)
    previous = {f"_{name}_before": pl.col(f"_{name}").slice(-2, 1).first() for name in ("low", "high")}
    several = pl.len() > 1
    return told.group_by(STREAM, maintain_order=True).agg(
        pl.col("_positive", "_over", "_low_band", "_low", "_high").last(),
        *(pl.when(several).then(value).otherwise(0.0).alias(name) for name, value in previous.items()),
        _day=pl.col("latest_day").last(),
        _order=pl.col("order").last(),
        _twice=pl.when(several)
        .then((pl.col("_positive") & pl.col("_over")).tail(2).all(ignore_nulls=False))
        .otherwise(False),
    )


def _level(of_stream: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The last level of NPM1 after treatment in the stream that stands highest, its tissue, and whether it is confirmed.

    Confirmed: a confirmed relapse of that stream, or its sample before stood at the trigger, too. `blood_only_at_trigger`:
    it is blood, and no marrow was sampled since.
    """
    npm1 = of_stream.filter((pl.col("marker") == "NPM1") & pl.col("_over").fill_null(True))
    surely, perhaps = (at_trigger(pl.col(bound), settings) for bound in ("_low_before", "_high_before"))
    twice = pl.when(surely).then(True).when(~perhaps).then(False)
    told = npm1.with_columns(_confirmed=pl.col("mrd_relapse_confirmed") | twice)
    top = told.sort(
        "patient_id", "_low", "_confirmed", "tissue", descending=[False, True, True, False], nulls_last=True
    )
    marrow = pl.col("_order").filter(pl.col("tissue") == Tissue.MARROW).max()
    found = top.group_by("patient_id", maintain_order=True).agg(
        npm1_per_1e4_low=pl.col("_low").max(),
        # A stream of which nothing is known may be the highest.
        npm1_per_1e4_high=pl.when(pl.col("_high").is_not_null().all()).then(pl.col("_high").max()),
        npm1_tissue=pl.col("tissue").first(),
        level_confirmed=pl.col("_confirmed").first(),
        _marrow_since=(marrow >= pl.col("_order").first()).fill_null(False),
    )
    high = at_trigger(pl.col("npm1_per_1e4_low"), settings)
    blood = pl.col("npm1_tissue") == Tissue.BLOOD
    return found.with_columns(blood_only_at_trigger=high & blood & ~pl.col("_marrow_since")).drop("_marrow_since")


def surely_failing(now: Mapping[str, Any]) -> bool:
    """Whether a row of the guidance picture is surely of molecular failure: relapse, progression, or persistence of 2 % of
    ABL1 or more.
    """
    lasting = now["molecular_persistence"] and now["persistence_below_2"] is False
    return bool(now["mrd_relapse"] or now["molecular_progression"] or lasting)

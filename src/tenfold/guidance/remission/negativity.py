"""How long and how surely NPM1 has been negative: the run of negative marrows of each patient, as bounds.

A run is the negative marrows in order since the last positive one, in this remission; a haematological relapse or an
allograft begins anew. NPM1 by RT-qPCR or digital PCR alone counts. A sample that may be positive, may be negative or may be
too poor belongs to the run in one reading and not in another: every fact comes as the least and the most that is possible.
Traps: a sample too poor to be called is skipped, never a negative; blood and marrow are never taken for one another; where
samples are not recorded completely a positive one may be missing, so there was "no positive" only where they are.

What sustained means is Tenfold's reading of Molica et al., Cancers 2025;17:3733, which gives no rule (``stopping.toml``).
"""

from __future__ import annotations

import math

import polars as pl

from tenfold.logic.criterion import certain
from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.mrd.levels import ABL1
from tenfold.mrd.samples import counts
from tenfold.mrd.streams import TOLERANCE
from tenfold.records.registry import Registry
from tenfold.records.timeline import DAYS_PER_MONTH, FAR, complete_from_the_beginning, placed
from tenfold.settings import Settings
from tenfold.vocabulary import Method, MolecularState, ReportedMRD, Tissue

BY_PCR = (Method.RT_QPCR, Method.DIGITAL_PCR)
BEGINS_ANEW = ("haematological relapse", "transplant")
CONFIRMED = (MolecularState.RELAPSE_CONFIRMED, MolecularState.IN_RELAPSE)
PERHAPS = (MolecularState.RELAPSE_UNCONFIRMED_TREATED, MolecularState.RELAPSE_SUPERSEDED, *CONFIRMED)
"""States of a stream after a molecular relapse that was confirmed, or that nothing refuted; one that still awaits its second
sample is only perhaps one until that comes.
"""
MARROW, BLOOD = pl.col("tissue") == Tissue.MARROW, pl.col("tissue") == Tissue.BLOOD


def called_samples(molecular: pl.DataFrame, on: int | None, marker: str = "NPM1") -> pl.DataFrame:
    """Return one marker's PCR samples of the present remission with four readings of each, in order.

    `molecular` is the assessment's. Added: `sure_positive`, `may_be_positive`, `sure_negative`, `may_be_negative` (a
    negative is an adequate one). A day that is not known lies by `on` at the latest.
    """
    rows = molecular.filter(pl.col("marker") == marker)
    last = rows.filter(pl.col("row").is_in(BEGINS_ANEW)).group_by("patient_id").agg(_began=pl.col("order").max())
    by_pcr = pl.col("method").is_in(BY_PCR)
    samples = rows.filter(counts() & (by_pcr | pl.col("method").is_null())).join(last, on="patient_id", how="left")
    outside = pl.col("state_possible").list.contains(MolecularState.OUTSIDE_REMISSION)
    samples = samples.filter(
        (pl.col("order") > pl.col("_began").fill_null(-FAR - 1))
        & (pl.col("state") != MolecularState.OUTSIDE_REMISSION).fill_null(True)
    )
    method_known, called = by_pcr.fill_null(False), pl.col("no_call") != YES
    detected, adequate = pl.col("detected_code"), pl.col("adequate_code")
    latest = pl.col("latest_day") if on is None else pl.min_horizontal("latest_day", pl.lit(on, pl.Int64))
    return samples.with_columns(
        latest_day=latest,
        sure_positive=(detected == YES) & method_known,
        may_be_positive=(detected == YES) | ((detected == UNKNOWN) & called),
        sure_negative=(detected == NO) & (adequate == YES) & method_known & ~outside.fill_null(True),
        may_be_negative=((detected == NO) | ((detected == UNKNOWN) & called)) & (adequate != NO),
    ).sort("patient_id", "order", "tissue", "method", "sample_id", nulls_last=True)


def negativity(registry: Registry, settings: Settings, molecular: pl.DataFrame, on: int | None = None) -> pl.DataFrame:
    """Return one row per patient: the run of negative marrows and what speaks against it; null where not known.

    `negative_marrows_low`, `_high` (adequate ones in the run); `negative_months_low`, `_high` (first to last of them, to one decimal);
    `negative_gap_months_low`, `_high` (the longest time between two); `last_marrow_days_low`, `_high` (age of the last on
    the day `on`); `positive_in_the_run` and `blood_positive_after_marrow`; `fluctuating`: positive between negatives of
    one tissue, but for a confirmed relapse; `earlier_molecular_relapse`: confirmed, ever; `molecular_relapse_ever`: also one that was treated or
    superseded unconfirmed, awaits its second sample, or was said by the centre; `mrd_positive` and `mrd_low_level`: the last results; below the
    limit of low level on the scale of ABL1. An upper bound of null is no bound.
    """
    samples = called_samples(molecular, on)
    known = registry.patient_ids().join(_samples_known(registry, samples), on="patient_id", how="left")
    facts = known.with_columns(pl.col("_known").fill_null(False))
    for frame in (_runs(samples, on), _fluctuating(samples), _last_results(samples, settings)):
        facts = facts.join(frame, on="patient_id", how="left", maintain_order="left")
    facts = facts.join(_relapsed(registry, molecular), on="patient_id", how="left", maintain_order="left")

    def told(name: str, *, known: pl.Expr) -> pl.Expr:
        surely, possibly = pl.col(f"_{name}").fill_null(False), pl.col(f"_{name}_perhaps").fill_null(False)
        return certain(surely, possibly | ~known).alias(name)

    samples_known = pl.col("_known")
    from_the_start = samples_known & complete_from_the_beginning(registry, "mrd_samples")
    return facts.with_columns(
        pl.col("negative_marrows_low").fill_null(0.0),
        # Without records an unseen marrow may have been negative; without a row there is none where they are complete.
        negative_marrows_high=pl.coalesce("negative_marrows_high", pl.when(samples_known).then(0.0)),
        **{name: told(name, known=samples_known) for name in ("positive_in_the_run", "blood_positive_after_marrow")},
        fluctuating=told("fluctuating", known=samples_known),
        **{name: told(name, known=from_the_start) for name in ("earlier_molecular_relapse", "molecular_relapse_ever")},
    ).select("patient_id", *NEGATIVITY)


NEGATIVITY = (
    "negative_marrows_low",
    "negative_marrows_high",
    "negative_months_low",
    "negative_months_high",
    "negative_gap_months_low",
    "negative_gap_months_high",
    "last_marrow_days_low",
    "last_marrow_days_high",
    "positive_in_the_run",
    "blood_positive_after_marrow",
    "fluctuating",
    "earlier_molecular_relapse",
    "molecular_relapse_ever",
    "mrd_positive",
    "mrd_low_level",
)
"""The facts of a run, as `negativity` names them."""


def _samples_known(registry: Registry, samples: pl.DataFrame) -> pl.DataFrame:
    """Whether every NPM1 sample of a patient is recorded and placed: else a positive one may be missing."""
    complete = registry.complete("mrd_samples").select("patient_id", _recorded=pl.lit(True))
    within = samples.group_by("patient_id").agg(_each=(pl.col("history_known") == YES).all())
    stray = placed(registry, "mrd_samples").filter(
        (pl.col("marker") == "NPM1") & (pl.col("order").is_null() | pl.col("tissue").is_null())
    )
    joined = (
        registry.patient_ids().join(complete, on="patient_id", how="left").join(within, on="patient_id", how="left")
    )
    elsewhere = pl.col("patient_id").is_in(stray["patient_id"].unique().implode())
    return joined.select(
        "patient_id", _known=pl.col("_recorded").fill_null(False) & pl.col("_each").fill_null(True) & ~elsewhere
    )


def _runs(samples: pl.DataFrame, on: int | None) -> pl.DataFrame:
    """The bounds of each patient's run and the positive samples within and after it."""
    before_all = -FAR - 1
    mine = samples.with_columns(
        last_sure=pl.col("order")
        .filter(MARROW & pl.col("sure_positive"))
        .max()
        .over("patient_id")
        .fill_null(before_all),
        last_may=pl.col("order")
        .filter(MARROW & pl.col("may_be_positive"))
        .max()
        .over("patient_id")
        .fill_null(before_all),
    ).with_columns(
        sure=MARROW & pl.col("sure_negative") & (pl.col("order") > pl.col("last_may")),
        may=MARROW & pl.col("may_be_negative") & (pl.col("order") > pl.col("last_sure")),
    )
    sure, may = pl.col("sure"), pl.col("may")
    order, earliest, latest = pl.col("order"), pl.col("earliest_day"), pl.col("latest_day")
    mine = mine.with_columns(
        first_sure_at=order.filter(sure).min().over("patient_id"),
        last_sure_at=order.filter(sure).max().over("patient_id"),
        first_may_at=order.filter(may).min().over("patient_id"),
        last_may_at=order.filter(may).max().over("patient_id"),
    )
    within_sure = order >= pl.col("first_sure_at")
    within_may = order >= pl.col("first_may_at").fill_null(before_all)
    after_sure = order > pl.col("last_sure_at").fill_null(before_all)
    after_may = order > pl.col("last_may_at").fill_null(before_all)
    no_run = pl.col("first_may_at").is_null()
    positive, perhaps = pl.col("sure_positive"), pl.col("may_be_positive")
    age = pl.lit(None, pl.Int64) if on is None else pl.lit(on, pl.Int64)
    ends = mine.group_by("patient_id").agg(
        negative_marrows_low=sure.sum().cast(pl.Float64),
        negative_marrows_high=may.sum().cast(pl.Float64),
        negative_months_low=_months((earliest.filter(sure).max() - latest.filter(sure).min()).clip(0).fill_null(0)),
        negative_months_high=_months(
            pl.when(may.any()).then(latest.filter(may).max() - earliest.filter(may).min()).otherwise(0)
        ),
        last_marrow_days_low=_days(age - latest.filter(may).max()),
        last_marrow_days_high=_days(age - earliest.filter(sure).max()),
        _positive_in_the_run=(positive & (within_sure | no_run)).any(),
        _positive_in_the_run_perhaps=(perhaps & within_may).any(),
        _blood_positive_after_marrow=(positive & BLOOD & after_may).any(),
        _blood_positive_after_marrow_perhaps=(perhaps & BLOOD & after_sure).any(),
    )
    edge = (order == pl.col("first_may_at")) | (order == pl.col("last_may_at"))
    between_sure = (order >= pl.col("first_sure_at")) & (order <= pl.col("last_sure_at"))
    widest = _longest(mine.filter(may & (sure | edge)), latest - earliest.shift(1), "negative_gap_months_high")
    narrowest = _longest(mine.filter(may & between_sure), earliest - latest.shift(1), "negative_gap_months_low")
    for gaps in (widest, narrowest):
        ends = ends.join(gaps, on="patient_id", how="left")
    return ends.with_columns(
        # One marrow leaves no gap; with an unbounded day there is no bound.
        pl.col("negative_gap_months_low").fill_null(0.0),
        negative_gap_months_high=pl.when(pl.col("negative_marrows_high") < 2)
        .then(0.0)
        .otherwise("negative_gap_months_high"),
    )


def _longest(chosen: pl.DataFrame, gap: pl.Expr, name: str) -> pl.DataFrame:
    """The longest gap in months between one sample and the next; null where it has no bound."""
    gaps = chosen.sort("patient_id", "order").with_columns(_gap=gap.over("patient_id").clip(0))
    return gaps.group_by("patient_id").agg(_months(pl.col("_gap").max()).alias(name))


def _months(days: pl.Expr) -> pl.Expr:
    """Days as months to one decimal, so that a year of 365 days is 12; null where an unknown day leaves no bound."""
    return pl.when(days < FAR // 2).then((days / DAYS_PER_MONTH).round(1))


def _days(days: pl.Expr) -> pl.Expr:
    return pl.when(days < FAR // 2).then(days.clip(0).cast(pl.Float64))


def _fluctuating(samples: pl.DataFrame) -> pl.DataFrame:
    """Positive between two negatives of the same tissue: surely, and perhaps. A confirmed relapse is none, nor its first sample."""
    possible = pl.col("state_possible")
    by_stream = ["patient_id", "tissue", "method"]
    dated = [
        samples.filter(of_relapse & pl.col("relapse_sample_id").is_not_null())
        .select(*by_stream, sample_id="relapse_sample_id", **{name: pl.lit(True)})
        .unique()
        for name, of_relapse in (
            ("_first", pl.col("state").is_in(CONFIRMED)),
            ("_first_perhaps", possible.list.eval(pl.element().is_in(PERHAPS)).list.any()),
        )
    ]
    for first in dated:
        samples = samples.join(first, on=[*by_stream, "sample_id"], how="left", nulls_equal=True, maintain_order="left")
    relapse = pl.col("_first").fill_null(False) | pl.col("state").is_in(CONFIRMED).fill_null(False)
    perhaps = pl.col("_first_perhaps").fill_null(False) | possible.list.eval(pl.element().is_in(PERHAPS)).list.any()
    by = ["patient_id", "tissue"]
    told = []
    for negative, positive, left_out in (
        ("sure_negative", "sure_positive", perhaps),
        ("may_be_negative", "may_be_positive", relapse),
    ):
        order = pl.col("order")
        first, last = (getattr(order.filter(pl.col(negative)), end)().over(by) for end in ("min", "max"))
        told.append((pl.col(positive) & ~left_out & (order > first) & (order < last)).fill_null(False))
    return (
        samples.with_columns(_fluctuating=told[0], _fluctuating_perhaps=told[1])
        .group_by("patient_id")
        .agg(pl.col("_fluctuating", "_fluctuating_perhaps").any())
    )


def _last_results(samples: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Whether the last result of a tissue is positive, negative in marrow, and below the limit of low level.

    Negative needs a marrow; a blood sample alone never says so. A later blood negative does not undo a positive marrow.
    """
    result = pl.col("sure_positive") | pl.col("sure_negative")
    perhaps = pl.col("may_be_positive") | pl.col("may_be_negative")
    limit = math.log10(settings["mrd.low_level_below"]) - TOLERANCE
    on_abl1 = pl.col("family") == ABL1
    last = (
        samples.filter(perhaps)
        .group_by("patient_id", "tissue", "order")
        .agg(
            positive=pl.col("sure_positive").any(),
            negative=(pl.col("sure_negative") & result).all(),
            below=(pl.col("sure_positive") & on_abl1 & (pl.col("high") < limit)).all(),
            above=(pl.col("sure_positive") & on_abl1 & (pl.col("low") >= limit)).any(),
        )
        .sort("patient_id", "tissue", "order")
        .group_by("patient_id", "tissue", maintain_order=True)
        .last()
    )
    told = last.group_by("patient_id").agg(
        positive=pl.col("positive").any(),
        negative=pl.col("negative").all() & MARROW.any(),
        below=pl.col("below").filter("positive").all(),
        above=pl.col("above").any(),
        unsure=(~pl.col("positive") & ~pl.col("negative")).any(),
    )
    return told.select(
        "patient_id",
        mrd_positive=certain(pl.col("positive"), ~pl.col("negative")),
        mrd_low_level=pl.when(pl.col("above"))
        .then(False)
        .when(pl.col("positive") & pl.col("below") & ~pl.col("unsure"))
        .then(True)
        .when(pl.col("negative"))
        .then(False),
    )


def _relapsed(registry: Registry, molecular: pl.DataFrame) -> pl.DataFrame:
    """Whether a molecular relapse of NPM1 was ever confirmed, or may have been: suspected, treated, or said by the centre."""
    rows = molecular.filter(pl.col("marker") == "NPM1")
    possible = pl.col("state_possible")
    awaits = rows.group_by("patient_id", "tissue", "method", maintain_order=True).last()
    unconfirmed = MolecularState.RELAPSE_UNCONFIRMED
    waiting = awaits.filter(possible.list.contains(unconfirmed))
    waiting = waiting.group_by("patient_id").agg(
        _waiting=pl.lit(True), _surely=possible.list.eval(pl.element().is_in([unconfirmed, *PERHAPS])).list.all().any()
    )
    by_rows = rows.group_by("patient_id").agg(
        _earlier_molecular_relapse=pl.col("state").is_in(CONFIRMED).any(),
        _treated=possible.list.eval(pl.element().is_in(PERHAPS)).list.all().any(),
        _may=possible.list.eval(pl.element().is_in(PERHAPS)).list.any().any(),
    )
    said = registry.table("responses").filter(pl.col("reported_mrd") == ReportedMRD.RELAPSE)
    reported = said.select("patient_id", _said=pl.lit(True)).unique()
    joined = by_rows.join(waiting, on="patient_id", how="left").join(
        reported, on="patient_id", how="full", coalesce=True
    )
    perhaps = pl.any_horizontal(pl.col("_may", "_waiting", "_said").fill_null(False))
    return joined.select(
        "patient_id",
        "_earlier_molecular_relapse",
        _earlier_molecular_relapse_perhaps=perhaps,
        _molecular_relapse_ever=pl.any_horizontal(pl.col("_treated", "_surely", "_said").fill_null(False)),
        _molecular_relapse_ever_perhaps=perhaps,
    )

"""The MRD samples that count: suitable markers, placed in time, with their levels, the highest of each day."""

from __future__ import annotations

import math

import polars as pl

from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.mrd.levels import ABL1, UNSCALED, with_levels
from tenfold.mrd.markers import MARKERS, suitable
from tenfold.mrd.molecular_memory import LABORATORY_UNKNOWN
from tenfold.mrd.sample_names import with_names
from tenfold.records.registry import Registry
from tenfold.records.timeline import placed
from tenfold.settings import Settings

LOWS, HIGHS = ("low", "aligned_low"), ("high", "aligned_high")
STREAM = ["patient_id", "marker", "tissue", "method"]
"""Samples of one marker, in one tissue, by one method of one patient are compared with each other."""


def counts() -> pl.Expr:
    """Whether a row of a stream is a sample, and the one that counts of its day."""
    return (pl.col("row") == "sample") & (pl.col("superseded") == NO)


def shows_disease() -> pl.Expr:
    """Whether a sample shows residual disease: no only where an adequate one detected nothing; null where it cannot be told."""
    detected, adequate = pl.col("detected_code"), pl.col("adequate_code")
    return pl.when(detected == YES).then(True).when((detected == NO) & (adequate == YES)).then(False)


def counting_samples(registry: Registry, settings: Settings) -> pl.DataFrame:
    """Return the placed samples of suitable markers and known tissue with their levels and `superseded`.

    `measured_by` and `laboratory_code` tell laboratories apart; `aligned_low`, `aligned_high` are the bounds on the scale
    that they are read on, `shift` what moved them there (log10).
    """
    samples = with_names(registry, placed(registry, "mrd_samples")).filter(
        suitable() & pl.col("order").is_not_null() & pl.col("tissue").is_not_null()
    )
    return _counting_once_a_day(_aligned(with_levels(samples, settings), settings))


def _aligned(samples: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Say who measured each sample, and move its bounds if the centre supplies an alignment.

    Without one, two laboratories never compare. A sample whose laboratory is not recorded, though that of an earlier one
    is, may have come from any.
    """
    recorded = pl.col("laboratory").is_not_null().cum_max().over(STREAM, order_by="order")
    # Another assay in the same laboratory breaks the line like another laboratory.
    with_assay = pl.concat_str("laboratory", "assay", separator=": ", ignore_nulls=True)
    measured_by: pl.Expr = pl.when(pl.col("laboratory").is_not_null()).then(with_assay).when(~recorded).then("assay")
    shift: pl.Expr = pl.lit(0.0)
    for alignment in settings.alignments:
        here = pl.col("family").is_in([ABL1, UNSCALED]) & (pl.col("laboratory") == alignment.laboratory)
        here &= pl.lit(True) if alignment.assay is None else pl.col("assay") == alignment.assay
        if alignment.marker is not None:
            here &= pl.col("marker") == alignment.marker
        measured_by = pl.when(here).then(pl.lit(alignment.aligned_to)).otherwise(measured_by)
        shift = pl.when(here).then(math.log10(alignment.factor)).otherwise(shift)
    told = samples.with_columns(measured_by=measured_by, shift=shift, _recorded=recorded)
    unknown = pl.when("_recorded").then(LABORATORY_UNKNOWN).otherwise(0)
    return told.with_columns(
        aligned_low=pl.col("low") + pl.col("shift"),
        aligned_high=pl.col("high") + pl.col("shift"),
        laboratory_code=pl.when(pl.col("measured_by").is_not_null())
        .then(pl.col("measured_by").rank("dense").over(STREAM))
        .otherwise(unknown),
    ).drop("_recorded")


def _counting_once_a_day(samples: pl.DataFrame) -> pl.DataFrame:
    """Add `superseded`, stream by stream and day by day: nearly every sample is alone on its day, and counts."""
    day = [*STREAM, "order"]
    alone = ~pl.struct(day).is_duplicated()
    several = samples.filter(~alone)
    marked = samples.with_columns(superseded=pl.lit(False))
    if several.height:
        marked = pl.concat([marked.filter(alone), _counting_of_several(several, day)])
    return marked.sort(*day, nulls_last=True, maintain_order=True)


def _counting_of_several(samples: pl.DataFrame, day: list[str]) -> pl.DataFrame:
    """Mark all but the highest result of each stream, scale and day, and keep in it what the others leave open.

    A positive result stands against a negative one of that day on any scale; levels on different scales, or of different
    laboratories, both count.
    """
    positive, uncalled = pl.col("detected_code") == YES, pl.col("detected_code") == UNKNOWN
    adequate_negative = (pl.col("detected_code") == NO) & (pl.col("adequate_code") == YES)
    rank = (
        pl.when(positive)
        .then(4)
        .when(uncalled & ~pl.col("no_call"))
        .then(3)
        .when(adequate_negative)
        .then(2)
        .when((pl.col("detected_code") == NO) & (pl.col("adequate_code") == UNKNOWN))
        .then(1)
        .otherwise(0)
    )
    ranked = samples.with_columns(rank=rank).with_columns(
        scale_of_the_day=pl.when(positive).then("family").otherwise(pl.lit(UNSCALED, pl.Int8)),
        laboratory_of_the_day=pl.when(positive).then("laboratory_code"),
        best=pl.col("rank").max().over(day),
        negative_that_day=adequate_negative.any().over(day),
        uncalled_that_day=(pl.col("rank") == 3).any().over(day),
    )
    each = [*day, "scale_of_the_day", "laboratory_of_the_day"]
    ordered = ranked.sort(*each, "rank", "aligned_high", "aligned_low", "adequate_code", "sample_id", nulls_last=True)
    last = pl.int_range(pl.len()).over(each) == pl.len().over(each) - 1
    lows = (pl.when(positive).then(pl.col(low).max().over(each)).otherwise(low).alias(low) for low in LOWS)
    highs = (
        pl.when(positive & pl.col("uncalled_that_day"))
        .then(float("inf"))
        .when(positive)
        .then(pl.col(high).max().over(each))
        .otherwise(high)
        .alias(high)
        for high in HIGHS
    )
    return ordered.with_columns(
        *lows,
        *highs,
        superseded=~last | (pl.col("rank") < pl.col("best")),
        adequate_code=pl.when(uncalled & pl.col("negative_that_day")).then(YES).otherwise("adequate_code"),
    ).drop("rank", "best", "negative_that_day", "uncalled_that_day", "scale_of_the_day", "laboratory_of_the_day")


def refused(registry: Registry) -> pl.DataFrame:
    """Samples that are not read as MRD, with the reason: markers that must not be followed, unrecorded tissue."""
    why = pl.DataFrame(
        [(marker, rule.why, rule.citation) for marker, rule in MARKERS.items() if not rule.suitable],
        {"marker": pl.String, "why": pl.String, "citation": pl.String},
        orient="row",
    )
    samples = with_names(registry, registry.days("mrd_samples"))
    samples = samples.filter(~suitable() | pl.col("tissue").is_null())
    refused = samples.select("patient_id", "sample_id", "marker").join(
        why, on="marker", how="left", maintain_order="left"
    )
    return refused.with_columns(
        pl.col("why").fill_null("its tissue is not recorded: it cannot be compared with any other")
    )

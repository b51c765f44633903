"""The MRD samples that count: suitable markers, placed in time, with their levels, the highest of each day."""

from __future__ import annotations

import math

import polars as pl

from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.mrd.levels import ABL1, UNSCALED, with_levels
from tenfold.mrd.markers import suitable
from tenfold.records.registry import Registry
from tenfold.records.timeline import placed
from tenfold.settings import Settings

STREAM = ["patient_id", "marker", "tissue", "method"]
"""Samples of one marker, in one tissue, by one method of one patient are compared with each other."""


def counting_samples(registry: Registry, settings: Settings) -> pl.DataFrame:
    """Return the placed samples of suitable markers and known tissue with their levels and `superseded`."""
    samples = placed(registry, "mrd_samples").filter(
        suitable() & pl.col("order").is_not_null() & pl.col("tissue").is_not_null()
    )
    return _aligned(_counting_once_a_day(with_levels(samples, settings)), settings)


def _aligned(samples: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Add `measured_by` and `aligned_low`, `aligned_high`: the bounds on the scale of the laboratory they are read on.

    Only an alignment that the centre supplies moves a level; without one, two laboratories never compare.
    """
    # Another assay in the same laboratory breaks the line like another laboratory.
    measured_by, shift = pl.concat_str("laboratory", "assay", separator=": ", ignore_nulls=True), pl.lit(0.0)
    measured_by = pl.when(measured_by != "").then(measured_by)
    for alignment in settings.alignments:
        here = (pl.col("family") == ABL1) & (pl.col("laboratory") == alignment.laboratory)
        here &= pl.lit(True) if alignment.assay is None else pl.col("assay") == alignment.assay
        if alignment.marker is not None:
            here &= pl.col("marker") == alignment.marker
        measured_by = pl.when(here).then(pl.lit(alignment.aligned_to)).otherwise(measured_by)
        shift = pl.when(here).then(math.log10(alignment.factor)).otherwise(shift)
    return samples.with_columns(
        measured_by=measured_by, aligned_low=pl.col("low") + shift, aligned_high=pl.col("high") + shift
    )


def _counting_once_a_day(samples: pl.DataFrame) -> pl.DataFrame:
    """Mark all but the highest result of each stream, scale and day, and keep in it what the others leave open.

    A positive result stands against a negative one of that day on any scale; levels on different scales both count.
    """
    day = [*STREAM, "order"]
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
        best=pl.col("rank").max().over(day),
        negative_that_day=adequate_negative.any().over(day),
        uncalled_that_day=(pl.col("rank") == 3).any().over(day),
    )
    each = [*day, "scale_of_the_day"]
    ordered = ranked.sort(*each, "rank", "high", "low", "adequate_code", "sample_id", nulls_last=True)
    last = pl.int_range(pl.len()).over(each) == pl.len().over(each) - 1
    return ordered.with_columns(
        superseded=~last | (pl.col("rank") < pl.col("best")),
        low=pl.when(positive).then(pl.col("low").max().over(each)).otherwise("low"),
        high=pl.when(positive & pl.col("uncalled_that_day"))
        .then(float("inf"))
        .when(positive)
        .then(pl.col("high").max().over(each))
        .otherwise("high"),
        adequate_code=pl.when(uncalled & pl.col("negative_that_day")).then(YES).otherwise("adequate_code"),
    ).drop("rank", "best", "negative_that_day", "uncalled_that_day", "scale_of_the_day")

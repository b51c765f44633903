"""Levels and their scales: what a sample says about the amount of residual disease, as bounds.

Traps: 2 % of ABL1 is 200 per 10^4 and 2,000 per 10^5; a percentage of the diagnostic level is another scale altogether;
a result below quantification has no value, only an upper bound; nothing detected is never zero.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.settings import Settings
from tenfold.vocabulary import ControlGene, Detection, Scale

ABL1, OTHER, UNSCALED = 0, 1, 2
"""Families of scales: levels compare within the ABL1 family and within the other, never across."""

PERCENT_OF_ABL1 = {Scale.PERCENT_ABL1: 1.0, Scale.PER_1E4_ABL1: 100.0, Scale.PER_1E5_ABL1: 1000.0}
"""What a value on each scale of the ABL1 family is divided by to be a percentage of ABL1."""


def with_levels(samples: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Add to MRD samples: `family`, `level` (percent on that family's scale), `low` and `high` (log10 bounds of it),
    `detected_code` and `adequate_code` (no, yes or unknown).

    A value's own scale leads; without a value, copies of target and ABL1 give one. A sample is adequate to be called
    negative if the laboratory says so, else by its control copies, else by its sensitivity.
    """
    on_abl1 = pl.col("scale").is_in(list(PERCENT_OF_ABL1))
    divisor = pl.col("scale").replace_strict(PERCENT_OF_ABL1, default=1.0, return_dtype=pl.Float64)
    by_abl1 = (pl.col("control_gene") == ControlGene.ABL1) & (pl.col("control_copies") > 0)
    ratio = pl.when(by_abl1).then(100 * pl.col("target_copies") / pl.col("control_copies"))
    limit = settings["mrd.quantification_copies"]
    samples = samples.with_columns(
        level=pl.coalesce(pl.col("value") / divisor, pl.when(pl.col("scale").is_null()).then(ratio)),
        family=pl.when(on_abl1)
        .then(ABL1)
        .when(pl.col("scale").is_not_null())
        .then(OTHER)
        # Without a scale, copies of ABL1 put the result on its scale; a bare call may have been on any.
        .when(ratio.is_not_null() | (by_abl1 & (pl.col("detected") == Detection.BELOW_QUANTIFICATION)))
        .then(ABL1)
        .otherwise(UNSCALED),
        limit=pl.when(by_abl1).then(100 * limit / pl.col("control_copies")),
    )
    of_three = pl.col("replicates_run") == 3
    any_copies = pl.coalesce(pl.col("value"), pl.col("target_copies")) > 0
    detected = (
        pl.when(pl.col("detected").is_not_null())
        .then(pl.col("detected") != Detection.NO)
        .when(of_three & pl.col("replicates_positive").is_not_null())
        .then(pl.col("replicates_positive") >= 2)
        .otherwise(any_copies)
    )
    unquantified = (pl.col("detected") == Detection.BELOW_QUANTIFICATION) | (
        detected & (pl.col("target_copies") < limit) & (pl.col("family") != OTHER)
    )
    enough_copies = pl.when(pl.col("control_gene").fill_null(ControlGene.ABL1) == ControlGene.ABL1).then(
        pl.col("control_copies") >= settings["mrd.control_copies_for_negative"]
    )
    adequate = pl.coalesce("adequate", enough_copies, pl.col("sensitivity") <= settings["mrd.sensitivity_for_negative"])
    # Below quantification: anything up to the larger of the printed value and the assay's limit; on the scale of other
    # families the limit in copies says nothing.
    upper = pl.max_horizontal("level", pl.when(pl.col("family") != OTHER).then("limit"))
    return samples.with_columns(
        detected_code=code(detected),
        adequate_code=code(adequate),
        low=pl.when(unquantified.fill_null(False) | pl.col("level").is_null() | ~detected.fill_null(False))
        .then(float("-inf"))
        .otherwise(pl.col("level").log10()),
        high=pl.when(unquantified.fill_null(False))
        .then(upper.log10())
        .when(detected)
        .then(pl.col("level").log10())
        .fill_null(float("inf")),
    ).drop("limit")


def code(truth: pl.Expr) -> pl.Expr:
    """Return a Boolean as a fold's no, yes or unknown."""
    return pl.when(truth).then(YES).when(~truth).then(NO).otherwise(UNKNOWN).cast(pl.Int8)

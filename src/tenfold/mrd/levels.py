"""Levels and their scales: what a sample says about the amount of residual disease, as bounds.

Traps: 2 % of ABL1 is 200 per 10^4 and 2,000 per 10^5; a percentage of the diagnostic level is another scale altogether;
a result below quantification has no value, only an upper bound; nothing detected is never zero; flow and sequencing
are negative below a share that the edition names, though something was seen; WT1 is expressed by normal marrow and blood.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.mrd.editions import edition
from tenfold.mrd.markers import has_background, normal_limits
from tenfold.settings import Settings
from tenfold.vocabulary import ControlGene, Detection, Method, Qualifier, Scale

ABL1, DIAGNOSIS, VAF, CD45, UNSCALED = range(5)
"""Families of scales: levels compare within a family, never across. A bare call has no scale."""

PERCENT_OF_ABL1 = {Scale.PERCENT_ABL1: 1.0, Scale.PER_1E4_ABL1: 100.0, Scale.PER_1E5_ABL1: 1000.0}
"""What a value on each scale of the ABL1 family is divided by to be a percentage of ABL1."""


FAMILIES = {
    **dict.fromkeys(PERCENT_OF_ABL1, ABL1),
    Scale.PERCENT_OF_DIAGNOSIS: DIAGNOSIS,
    Scale.PERCENT_VAF: VAF,
    Scale.PERCENT_CD45: CD45,
}
ROUNDING = 1.05
"""A printed value and the one from copies may differ by this factor; beyond it they contradict each other."""


def with_levels(samples: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Add to MRD samples what they say: `family`, `level`, `low`, `high`, `detected_code`, `adequate_code`, `no_call`.

    `level` is in percent on the family's scale, null where there is none; `low` and `high` are log10 bounds of what it
    can be; the codes are no, yes or unknown; `no_call` marks a sample that the laboratory found too poor to call.
    Without a printed value, copies of target and ABL1 give the level. Where the recorded facts of one sample
    contradict each other the call is unknown, or the bounds take in both.
    """
    value = pl.when(pl.col("value") > 0).then("value")
    divisor = pl.col("scale").replace_strict(PERCENT_OF_ABL1, default=1.0, return_dtype=pl.Float64)
    by_abl1 = (pl.col("control_gene") == ControlGene.ABL1) & (pl.col("control_copies") > 0)
    limit = settings["mrd.quantification_copies"]
    unquantified = pl.col("detected") == Detection.BELOW_QUANTIFICATION
    family = (
        pl.when(pl.col("scale").is_not_null())
        .then(pl.col("scale").replace_strict(FAMILIES, default=None, return_dtype=pl.Int8))
        .when(by_abl1 & ((pl.col("target_copies") > 0) | unquantified))
        .then(ABL1)
        .otherwise(UNSCALED)
    )
    samples = samples.with_columns(family=family, printed=value / divisor).with_columns(
        counted=pl.when(by_abl1 & (pl.col("family") == ABL1) & (pl.col("target_copies") > 0)).then(
            100 * pl.col("target_copies") / pl.col("control_copies")
        ),
        limit=pl.when(by_abl1 & (pl.col("family") == ABL1)).then(100 * limit / pl.col("control_copies")),
    )
    detected = _detected(limit)
    # Flow and sequencing are positive from a share on; what lies below it is negative, whatever was seen.
    below_share = _below_share(settings)
    unread = edition(settings["mrd.edition"]).rise_known == UNKNOWN
    detected = pl.when(below_share).then(pl.lit(None, pl.Boolean) if unread else pl.lit(False)).otherwise(detected)
    samples = samples.with_columns(detected_code=code(detected))
    few = (pl.col("detected_code") == YES) & (pl.col("target_copies") < limit) & (pl.col("family") == ABL1)
    unquantified = (unquantified | few).fill_null(False)
    samples = samples.with_columns(
        level=pl.coalesce("printed", "counted"),
        adequate_code=code(_adequate(settings)),
        no_call=(~pl.col("adequate")).fill_null(False)
        & pl.all_horizontal(pl.col("detected", "value", "target_copies", "replicates_positive").is_null()),
    )
    lower, upper = pl.min_horizontal("printed", "counted"), pl.max_horizontal("printed", "counted")
    contradict = (upper > lower * ROUNDING).fill_null(False)
    low = pl.when(contradict).then(lower).otherwise("level")
    high = pl.when(contradict).then(upper).otherwise("level")
    above, below = pl.col("qualifier") == Qualifier.ABOVE, pl.col("qualifier") == Qualifier.BELOW
    quantified = (pl.col("detected_code") == YES) & ~unquantified
    bounded = samples.with_columns(
        low=pl.when(quantified & ~below.fill_null(False)).then(low.log10()).fill_null(float("-inf")),
        # Below quantification it can be anything up to the larger of the printed value and the assay's limit.
        high=pl.when(unquantified)
        .then(pl.max_horizontal("level", "limit").log10())
        .when(quantified & ~above.fill_null(False))
        .then(high.log10())
        .fill_null(float("inf")),
    ).drop("limit", "printed", "counted")
    return _above_background(bounded, settings)


def _above_background(samples: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Call a marker that normal tissue expresses too positive only above its background: negative within it, else unknown."""
    background = pl.col("tissue").replace_strict(normal_limits(settings), default=None, return_dtype=pl.Float64).log10()
    share = pl.col("family").is_in([VAF, CD45]) | (pl.col("method") == Method.NGS).fill_null(False)
    asked = has_background() & (pl.col("detected_code") == YES) & ~share
    measured = pl.col("family") == ABL1
    above = asked & measured & (pl.col("low") > background).fill_null(False)
    within = asked & measured & (pl.col("high") <= background).fill_null(False)
    call = pl.when(within).then(NO).when(asked & ~above).then(UNKNOWN).otherwise("detected_code").cast(pl.Int8)
    seen = asked & ~above
    return samples.with_columns(
        detected_code=call,
        low=pl.when(seen).then(float("-inf")).otherwise("low"),
        high=pl.when(seen).then(float("inf")).otherwise("high"),
    )


def _below_share(settings: Settings) -> pl.Expr:
    """Whether a share of cells or alleles lies below the one from which its method is called positive."""
    share = (
        pl.when(pl.col("family") == CD45)
        .then(settings["mrd.flow_positive_from"])
        .when(pl.col("family") == VAF)
        .then(settings["mrd.ngs_positive_from"])
    )
    value, qualifier = pl.col("value"), pl.col("qualifier")
    less = (qualifier == Qualifier.BELOW).fill_null(False)
    more = (qualifier == Qualifier.ABOVE).fill_null(False)
    return (((value < share) & ~more) | ((value <= share) & less)).fill_null(False)


def _detected(limit: int) -> pl.Expr:
    """Whether the target was detected: by the laboratory's word, else by the replicates, else by value or copies.

    Where recorded facts contradict each other it is not known, nor where a value is only "less than", nor by a few
    copies without their replicates.
    """
    copies, value = pl.col("target_copies").fill_null(0), pl.col("value").fill_null(0)
    less_than = (pl.col("qualifier") == Qualifier.BELOW).fill_null(False)
    positive, run = pl.col("replicates_positive"), pl.col("replicates_run")
    replicates = (
        pl.when(run == 3)
        .then(positive >= 2)
        .when((positive > 0) & (positive == run))
        .then(True)
        .when((positive == 0) & (run > 0))
        .then(False)
    )
    something = ((value > 0) & ~less_than) | (copies >= limit)
    recorded = (pl.col("value").is_not_null() & ~less_than) | pl.col("target_copies").is_not_null()
    amount = pl.when(something).then(True).when(recorded & (copies == 0) & ~less_than).then(False)
    answer = pl.coalesce(pl.col("detected") != Detection.NO, replicates, amount)
    denied = something | replicates.fill_null(False)
    contradicted = pl.when(answer).then(~replicates.fill_null(True)).otherwise(denied)
    return pl.when(~contradicted).then(answer)


def _adequate(settings: Settings) -> pl.Expr:
    """Whether a sample is good enough to be called negative: the laboratory's word, its copies of ABL1, its
    sensitivity.
    """
    copies = pl.when(pl.col("control_gene") == ControlGene.ABL1).then(
        pl.col("control_copies") >= settings["mrd.control_copies_for_negative"]
    )
    return pl.coalesce("adequate", copies, pl.col("sensitivity") <= settings["mrd.sensitivity_for_negative"])


def code(truth: pl.Expr) -> pl.Expr:
    """Return a Boolean as a fold's no, yes or unknown."""
    return pl.when(truth).then(YES).when(~truth).then(NO).otherwise(UNKNOWN).cast(pl.Int8)

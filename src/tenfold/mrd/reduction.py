"""How far a level lies below that at diagnosis, in log10: an interval where either level is one.

Traps: only the diagnostic sample of the same marker, tissue, method and laboratory scale counts; what was not detected
fell by at least as much as its limit of detection says, and by nothing known where no limit is recorded; a percentage of
the diagnostic level is its own reduction.

Gabert et al., Leukemia 2003;17:2318-2357 (MRD value relative to diagnosis).
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.fold import NO, YES
from tenfold.mrd.levels import ABL1, DIAGNOSIS, UNSCALED
from tenfold.mrd.molecular_memory import LABORATORY_UNKNOWN
from tenfold.mrd.samples import STREAM
from tenfold.vocabulary import Method


def detection_limit() -> pl.Expr:
    """The log10 of the level (percent on the scale of the sample) below which it could not have seen; null if unknown.

    On the ABL1 scale one copy of the target in the copies of ABL1 that were counted; elsewhere the recorded sensitivity.
    A sensitivity is relative to diagnosis (Gabert 2003) and says nothing on the ABL1 scale by itself.
    """
    one_copy = pl.when((pl.col("control_gene") == "ABL1") & (pl.col("control_copies") > 0)).then(
        100 / pl.col("control_copies")
    )
    sensitivity = 100 * pl.when(pl.col("sensitivity") > 0).then("sensitivity")
    return pl.when(pl.col("family").is_in([ABL1, UNSCALED])).then(one_copy).otherwise(sensitivity).log10()


def with_reduction(samples: pl.DataFrame) -> pl.DataFrame:
    """Add `detection_limit`, `reduction_low` and `reduction_high` (log10 below diagnosis; null where not known).

    `samples` are counting samples with `at_diagnosis` (a code).
    """
    quantified = (pl.col("detected_code") == YES) & (pl.col("family") == ABL1) & pl.col("aligned_low").is_finite()
    diagnostic = (
        samples.filter((pl.col("at_diagnosis") == YES) & quantified & (pl.col("superseded") == NO))
        .filter(pl.col("laboratory_code") != LABORATORY_UNKNOWN)
        .sort("order")
        .group_by(*STREAM, "laboratory_code", maintain_order=True)
        .last()
        .select(*STREAM, "laboratory_code", diagnosis_low="aligned_low", diagnosis_high="aligned_high")
    )
    joined = samples.join(
        diagnostic, on=[*STREAM, "laboratory_code"], how="left", nulls_equal=True, maintain_order="left"
    )
    unseen = pl.col("detected_code") == NO
    low, high = pl.col("aligned_low"), pl.col("aligned_high")
    on_abl1, of_diagnosis = pl.col("family") == ABL1, pl.col("family") == DIAGNOSIS
    by_pcr = pl.col("method").is_in([Method.RT_QPCR, Method.DIGITAL_PCR])
    by_sensitivity = -pl.when((pl.col("sensitivity") > 0) & by_pcr).then("sensitivity").log10()
    by_one_copy = pl.when(pl.col("family").is_in([ABL1, UNSCALED])).then(
        pl.col("diagnosis_low") - detection_limit() - pl.col("shift")
    )
    fell_low = (
        pl.when(unseen & pl.col("family").is_in([ABL1, UNSCALED, DIAGNOSIS]))
        .then(pl.coalesce(by_one_copy, by_sensitivity))
        .when(on_abl1)
        .then(pl.col("diagnosis_low") - high)
        .when(of_diagnosis)
        .then(2 - high)
    )
    fell_high = (
        pl.when(unseen)
        .then(pl.when(fell_low.is_not_null()).then(float("inf")))
        .when(on_abl1)
        .then(pl.col("diagnosis_high") - low)
        .when(of_diagnosis)
        .then(2 - low)
    )
    known = pl.col("detected_code").is_in([NO, YES])
    return joined.with_columns(
        detection_limit=detection_limit(),
        reduction_low=pl.when(known).then(fell_low).fill_nan(None),
        reduction_high=pl.when(known).then(fell_high).fill_nan(None),
    ).drop("diagnosis_low", "diagnosis_high")

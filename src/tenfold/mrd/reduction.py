"""How far a level lies below that at diagnosis, in log10: an interval where either level is one.

Traps: only the diagnostic sample of the same marker, tissue, method and laboratory scale counts; what was not detected
fell by at least as much as its limit of detection says - of two limits, the stated sensitivity and one copy in the
control gene that was counted, the worse - and by nothing known where no limit is recorded; a percentage of the diagnostic
level is its own reduction.

Gabert et al., Leukemia 2003;17:2318-2357 (MRD value relative to diagnosis).
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.fold import NO, YES
from tenfold.mrd.levels import ABL1, DIAGNOSIS, UNSCALED
from tenfold.mrd.markers import has_background
from tenfold.mrd.molecular_memory import LABORATORY_UNKNOWN
from tenfold.mrd.samples import STREAM, counting_samples
from tenfold.records.registry import Registry
from tenfold.settings import Settings
from tenfold.vocabulary import Method

BY_SENSITIVITY, BY_COPIES = "the stated sensitivity", "one copy in the ABL1 counted"
"""What limits how deep a sample in which nothing was detected could see."""


def measured_samples(registry: Registry, settings: Settings) -> pl.DataFrame:
    """Return the counting samples with `at_diagnosis` (a code), their limits and how far they lie below diagnosis."""
    diagnosis = registry.days("patients").select("patient_id", "diagnosis_day")
    samples = counting_samples(registry, settings).join(diagnosis, on="patient_id", how="left", maintain_order="left")
    before = (pl.col("latest_day") <= pl.col("diagnosis_day")).fill_null(False)
    return with_reduction(samples.with_columns(at_diagnosis=before.cast(pl.Int8)))


def _one_copy() -> pl.Expr:
    """The log10 of one copy of the target in the copies of ABL1 that were counted, in percent; null if not counted."""
    counted = (pl.col("control_gene") == "ABL1") & (pl.col("control_copies") > 0)
    return pl.when(counted & _on_abl1()).then(100 / pl.col("control_copies")).log10()


def _on_abl1() -> pl.Expr:
    """Whether a limit on the ABL1 scale may be told: what is within the background of normal tissue has none."""
    return pl.col("family").is_in([ABL1, UNSCALED]) & ~has_background()


def with_reduction(samples: pl.DataFrame) -> pl.DataFrame:
    """Add `detection_limit`, `limited_by`, `reduction_low` and `reduction_high` (log10 below diagnosis; null: not known).

    `detection_limit`: the log10 of the level (percent on the scale of the sample) below which it could not have seen. A
    sensitivity is relative to diagnosis (Gabert 2003): on the ABL1 scale it needs the diagnostic level. Copies
    seen in too few wells to be positive lie no deeper than their number. `limited_by` names what limits the reduction of
    a sample in which nothing was detected. `samples` are counting samples with `at_diagnosis` (a code).
    """
    quantified = (pl.col("detected_code") == YES) & (pl.col("family") == ABL1) & pl.col("aligned_low").is_finite()
    diagnostic = (
        samples.filter((pl.col("at_diagnosis") == YES) & quantified & ~pl.col("superseded").cast(pl.Boolean))
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
    of_diagnosis = pl.col("family") == DIAGNOSIS
    sensitivity = pl.when(pl.col("sensitivity") > 0).then("sensitivity").log10()
    by_pcr = pl.col("method").is_in([Method.RT_QPCR, Method.DIGITAL_PCR])
    measured = pl.when(unseen & (pl.col("family") == ABL1) & (pl.col("level") > 0)).then("level").log10()
    at_diagnosis = pl.when(pl.col("diagnosis_high").is_finite()).then("diagnosis_high") - pl.col("shift")
    limit = (
        pl.when(_on_abl1())
        .then(pl.max_horizontal(_one_copy(), pl.when(by_pcr).then(at_diagnosis + sensitivity), measured))
        .when(~pl.col("family").is_in([ABL1, UNSCALED]))
        .then(2 + sensitivity)
    )
    by_copies = pl.col("diagnosis_low") - pl.col("shift") - pl.max_horizontal(_one_copy(), measured)
    by_sensitivity = -pl.when(by_pcr).then(sensitivity)
    fell_low = (
        pl.when(unseen)
        .then(pl.when(_on_abl1() | of_diagnosis).then(pl.min_horizontal(by_copies, by_sensitivity)))
        .when(pl.col("family") == ABL1)
        .then(pl.col("diagnosis_low") - high)
        .when(of_diagnosis)
        .then(2 - high)
    )
    fell_high = (
        pl.when(unseen)
        .then(pl.when(fell_low.is_not_null()).then(float("inf")))
        .when(pl.col("family") == ABL1)
        .then(pl.col("diagnosis_high") - low)
        .when(of_diagnosis)
        .then(2 - low)
    )
    known = pl.col("detected_code").is_in([NO, YES])
    limited_by = (
        pl.when(~unseen | measured.is_not_null())
        .then(None)
        .when(by_sensitivity <= pl.min_horizontal(by_copies, by_sensitivity))
        .then(pl.lit(BY_SENSITIVITY))
        .when(by_copies.is_not_null())
        .then(pl.lit(BY_COPIES))
    )
    return joined.with_columns(
        detection_limit=limit,
        limited_by=limited_by,
        reduction_low=pl.when(known).then(fell_low).fill_nan(None),
        reduction_high=pl.when(known).then(fell_high).fill_nan(None),
    ).drop("diagnosis_low", "diagnosis_high")

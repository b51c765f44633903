"""The sample at diagnosis that a level is compared with: one for each patient, marker, control gene and tissue.

Europe Against Cancer: MRD value = ratio at follow-up / ratio at diagnosis; sensitivity of a negative = the value if one
copy of the target had been there = 1 / (ratio at diagnosis * control copies at follow-up).
Traps: a ratio at diagnosis in blood says nothing of marrow, nor one taken later; without a diagnostic sample there is no reduction and no
sensitivity, and none is imputed.

Gabert et al., Leukemia 2003;17:2318-2357.
"""

from __future__ import annotations

import polars as pl

from tenfold.records.registry import Registry

KEYS = ["patient_id", "marker", "control_gene", "tissue"]


def baselines(registry: Registry) -> pl.DataFrame:
    """Return the diagnostic samples of a registry: the earliest measured sample for each of `KEYS`.

    Columns: `KEYS`, `baseline_date`, `baseline_target`, `baseline_control`; samples without copies of both, without a
    control gene or without a calendar date are no baseline.
    """
    samples = registry.table("mrd_samples")
    if "sample_date" not in samples.columns:
        samples = samples.with_columns(pl.lit(None, pl.Date).alias("sample_date"))
    measured = (pl.col("target_copies") > 0) & (pl.col("control_copies") > 0) & pl.col("control_gene").is_not_null()
    dated = samples.filter(measured & pl.col("sample_date").is_not_null())
    earliest = dated.sort("sample_date", "sample_id").unique(KEYS, keep="first", maintain_order=True)
    return earliest.select(
        *KEYS,
        baseline_date=pl.col("sample_date").cast(pl.String),
        baseline_target="target_copies",
        baseline_control="control_copies",
    )


def with_baseline(results: pl.DataFrame, baseline: pl.DataFrame | None) -> pl.DataFrame:
    """Add `baseline_date`, `baseline_target`, `baseline_control` to results that name a patient; null where none fits.

    A diagnostic sample of the same tissue counts; one without a tissue counts for any.
    """
    columns = ("baseline_date", "baseline_target", "baseline_control")
    if baseline is None:
        types = (pl.String, pl.Float64, pl.Float64)
        return results.with_columns(pl.lit(None, kind()).alias(name) for name, kind in zip(columns, types, strict=True))
    same = results.join(baseline, on=KEYS, how="left", maintain_order="left")
    anywhere = baseline.filter(pl.col("tissue").is_null()).drop("tissue")
    joined = same.join(anywhere, on=KEYS[:3], how="left", suffix="_anywhere", maintain_order="left")
    has = pl.col("baseline_target").is_not_null()
    found = joined.with_columns(
        pl.when(has).then(name).otherwise(f"{name}_anywhere").alias(name) for name in columns
    ).drop(f"{name}_anywhere" for name in columns)
    later = (pl.col("baseline_date") > pl.col("sample_date").cast(pl.String)).fill_null(False)
    return found.with_columns(pl.when(~later).then(name).alias(name) for name in columns)

"""The sample at diagnosis that a level is compared with: of each patient, marker, control gene, tissue and method.

Europe Against Cancer: MRD value = ratio at follow-up / ratio at diagnosis; sensitivity of a negative = the value if one
copy of the target had been there = 1 / (ratio at diagnosis * control copies at follow-up).
Traps: a ratio at diagnosis in blood says nothing of marrow, nor one taken later; without a diagnostic sample there is no
reduction and no sensitivity, and none is imputed.

Gabert et al., Leukemia 2003;17:2318-2357.
"""

from __future__ import annotations

import polars as pl

from tenfold.records.registry import Registry
from tenfold.settings import Settings
from tenfold.vocabulary import Detection, Method

KEYS = ["patient_id", "marker", "control_gene", "tissue", "method"]
FOUND = {
    "baseline_id": pl.String,
    "baseline_date": pl.String,
    "baseline_assay": pl.String,
    "baseline_target": pl.Float64,
    "baseline_control": pl.Float64,
}


def baselines(registry: Registry) -> pl.DataFrame:
    """Return the diagnostic samples of a registry: the earliest measured sample for each of `KEYS`, with `FOUND`.

    Samples without copies of both, below quantification, inadequate, or without tissue, control gene, method or a
    calendar date are no baseline.
    """
    samples = registry.table("mrd_samples")
    if "sample_date" not in samples.columns:
        samples = samples.with_columns(pl.lit(None, pl.Date).alias("sample_date"))
    measured = (pl.col("target_copies") > 0) & (pl.col("control_copies") > 0) & pl.col("adequate").fill_null(True)
    quantified = (pl.col("detected") == Detection.YES).fill_null(True)
    named = pl.all_horizontal(pl.col(name).is_not_null() for name in (*KEYS, "sample_date"))
    earliest = (
        samples.filter(measured & quantified & named)
        .sort("sample_date", "sample_id")
        .unique(KEYS, keep="first", maintain_order=True)
    )
    return earliest.select(
        *KEYS,
        baseline_id="sample_id",
        baseline_date=pl.col("sample_date").cast(pl.String),
        baseline_assay="assay",
        baseline_target="target_copies",
        baseline_control="control_copies",
    )


def with_baseline(results: pl.DataFrame, baseline: pl.DataFrame | None, settings: Settings) -> pl.DataFrame:
    """Add `FOUND` to results that name a patient, and `baseline_refused`: why a sample that fits is not used.

    A diagnostic sample of the same tissue, method and control gene counts, taken before the result's own day.
    """
    if baseline is None:
        nothing = [pl.lit(None, kind()).alias(name) for name, kind in FOUND.items()]
        return results.with_columns(
            *nothing, baseline_refused=pl.lit("no diagnostic samples were given to compare with")
        )
    method = pl.when(pl.col("partitions").is_null()).then(pl.lit(Method.RT_QPCR.value))
    joined = results.with_columns(method=method.otherwise(pl.lit(Method.DIGITAL_PCR.value))).join(
        baseline, on=KEYS, how="left", maintain_order="left"
    )
    percent = 100 * pl.col("baseline_target") / pl.col("baseline_control")
    refused = (
        pl.when(pl.col("sample_date").is_null())
        .then(pl.lit("the date of this sample is not known"))
        .when(pl.col("baseline_date") == pl.col("sample_date").cast(pl.String))
        .then(pl.lit("it is of the same day"))
        .when(pl.col("baseline_date") > pl.col("sample_date").cast(pl.String))
        .then(pl.lit("it was not taken before this one"))
        .when((pl.col("baseline_assay") != pl.col("assay")).fill_null(False))
        .then(pl.lit("it was measured with another assay"))
        .when(percent < settings["assay.baseline_percent"])
        .then(pl.lit("its level is too low for a diagnostic sample"))
    )
    joined = joined.join(
        _of_another_kind(joined, baseline), on=KEYS, how="left", nulls_equal=True, maintain_order="left"
    )
    why = pl.when(pl.col("baseline_date").is_not_null()).then(
        pl.format("the earliest sample ({}) is not used: {}", "baseline_date", refused)
    )
    return (
        joined.with_columns(baseline_refused=pl.coalesce(why, "other_kind"))
        .drop("other_kind")
        .with_columns(pl.when(pl.col("baseline_refused").is_null()).then(name).alias(name) for name in FOUND)
    )


def _of_another_kind(results: pl.DataFrame, baseline: pl.DataFrame) -> pl.DataFrame:
    """For results without a diagnostic sample of `KEYS`: the patient's earliest of the marker, and in what it differs."""
    asked = results.filter(pl.col("baseline_date").is_null()).select(KEYS).unique(maintain_order=True)
    other = asked.join(baseline, on=["patient_id", "marker"], suffix="_then").sort("baseline_date", maintain_order=True)
    said = {"tissue": "in {}", "method": "by {}", "control_gene": "against {}"}
    differs = [
        pl.when(pl.col(f"{name}_then").ne_missing(pl.col(name))).then(
            pl.format(words, pl.col(f"{name}_then").cast(pl.String))
        )
        for name, words in said.items()
    ]
    measured = pl.concat_str(differs, separator=", ", ignore_nulls=True)
    words = pl.format("the diagnostic sample of {} is not used: it was measured {}", "baseline_date", measured)
    return other.unique(KEYS, keep="first", maintain_order=True).select(*KEYS, other_kind=words)

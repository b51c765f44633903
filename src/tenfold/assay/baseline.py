"""The sample at diagnosis that a level is compared with: one for each patient, marker, control gene and tissue.

Europe Against Cancer: MRD value = ratio at follow-up / ratio at diagnosis; sensitivity of a negative = the value if one
copy of the target had been there = 1 / (ratio at diagnosis * control copies at follow-up).
Traps: a ratio at diagnosis in blood says nothing of marrow; without a diagnostic sample there is no reduction and no
sensitivity, and none is imputed.

Gabert et al., Leukemia 2003;17:2318-2357.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tenfold.records.laboratory_tables import MRD_SAMPLES

KEYS = ["patient_id", "marker", "control_gene", "tissue"]
NEEDED = ["patient_id", "marker", "control_gene", "target_copies", "control_copies"]


def read_baseline(path: str | Path) -> tuple[pl.DataFrame, list[str]]:
    """Read diagnostic samples from a table like mrd_samples: (one row for each of `KEYS`, faults in plain words).

    Needs patient_id, marker, control_gene, target_copies and control_copies; tissue and sample_date may be there. The
    earliest dated row counts. ValueError where the table cannot be used at all, OSError where it cannot be opened.
    """
    path = Path(path)
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    if missing := [name for name in NEEDED if name not in frame.columns]:
        raise ValueError(f"{path}: a table of diagnostic samples needs {', '.join(missing)}; it has {frame.columns}")
    for name in ("tissue", "sample_date"):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.String).alias(name))
    typed = frame.with_row_index("row", 2).select(
        "row",
        *(pl.col(name).cast(pl.String).str.strip_chars().replace("", None) for name in [*KEYS, "sample_date"]),
        *(pl.col(name).cast(pl.Float64, strict=False) for name in ("target_copies", "control_copies")),
    )
    usable = (
        (pl.col("target_copies") > 0)
        & (pl.col("control_copies") > 0)
        & pl.all_horizontal(pl.col(name).is_not_null() for name in KEYS[:3])
    )
    words = MRD_SAMPLES["tissue"].words or ()
    usable &= pl.col("tissue").is_null() | pl.col("tissue").is_in([str(word) for word in words])
    bad = typed.filter(~usable.fill_null(False))
    faults = [
        f"{path.name}, row {row}: not used: it needs a patient, a marker, a control gene, copies of both above 0, and"
        f" {' or '.join(words)} if a tissue is named"
        for row in bad["row"]
    ]
    good = typed.filter(usable.fill_null(False))
    # Without dates nobody can tell which of several is the diagnostic one.
    several = pl.len().over(KEYS) > 1
    undated = several & pl.col("sample_date").is_null().any().over(KEYS)
    for patient, marker in good.filter(undated).select("patient_id", "marker").unique(maintain_order=True).iter_rows():
        faults.append(f"{path.name}: {patient} has several rows of {marker} and not all are dated: none is used")
    earliest = good.filter(~undated).sort("sample_date", "row", nulls_last=True).unique(KEYS, keep="first")
    return (
        earliest.select(
            *KEYS,
            baseline_date="sample_date",
            baseline_target="target_copies",
            baseline_control="control_copies",
        ),
        faults,
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
    return joined.with_columns(
        pl.when(has).then(name).otherwise(f"{name}_anywhere").alias(name) for name in columns
    ).drop(f"{name}_anywhere" for name in columns)

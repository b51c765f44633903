"""Which treatments lie between two samples, and which drugs came before the later one.

A treatment counts as given between two samples where it began on the day of the first or after, and before the second,
or was still given on the day of the first. Without an end, an earlier treatment may have gone on; without a start, it may
lie anywhere: both are named as such, and what rests on them is said with "if".
"""

from __future__ import annotations

import polars as pl

THERAPY: dict[str, pl.DataType] = {
    "therapy": pl.List(pl.String()),
    "drugs_between": pl.List(pl.String()),
    "drugs_maybe_between": pl.List(pl.String()),
    "drugs_before": pl.List(pl.String()),
    "drugs_maybe_before": pl.List(pl.String()),
}
"""The columns that `therapies` adds: names of treatments, and lists of drugs."""
NO_END = " (end not recorded)"
NO_START = " (start not recorded)"
NOT_NAMED = "treatment not named"


def therapies(steps: pl.DataFrame, treatments: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of `THERAPY` to steps (patient_id, from_at, to_at, from_day, to_day)."""
    optional = {"end_day": pl.Int64(), "regimen": pl.String(), "drugs": pl.String()}
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in optional.items() if name not in treatments.columns]
    lines = treatments.with_columns(absent).select(
        "patient_id",
        *(pl.col(name).cast(dtype) for name, dtype in optional.items()),
        start=pl.col("at"),
    )
    lines = lines.with_columns(
        name=pl.coalesce("regimen", "drugs", pl.lit(NOT_NAMED)),
        each=pl.col("drugs").str.to_lowercase().str.split("+").list.eval(pl.element().str.strip_chars()),
    )
    numbered = steps.with_row_index("step")
    spans = numbered.select("step", "patient_id", "from_at", "to_at", "from_day", "to_day")
    met = spans.join(lines, on="patient_id").with_columns(
        between=_between(),
        started_before=pl.when(pl.col("start").is_not_null()).then(pl.col("start") < pl.col("to_at")),
    )
    between, before = pl.col("between"), pl.col("started_before")
    remark = (
        pl.when(between)
        .then(pl.lit(""))
        .when(pl.col("start").is_null())
        .then(pl.lit(NO_START))
        .otherwise(pl.lit(NO_END))
    )
    met = met.with_columns(named=pl.col("name") + remark).sort("step", "start", "name", nulls_last=True)
    told = met.group_by("step").agg(
        therapy=pl.col("named").filter(between.fill_null(True)).unique(maintain_order=True),
        drugs_between=_drugs(between.fill_null(False)),
        drugs_maybe_between=_drugs(between.is_null()),
        drugs_before=_drugs(before.fill_null(False)),
        drugs_maybe_before=_drugs(before.is_null()),
    )
    joined = numbered.join(told, on="step", how="left", maintain_order="left").drop("step")
    return joined.with_columns(pl.col(name).fill_null(pl.lit([], dtype)) for name, dtype in THERAPY.items())


def _between() -> pl.Expr:
    """Whether a treatment was given between the samples; null where that is not known."""
    start, end = pl.col("start"), pl.col("end_day")
    return (
        pl.when(start >= pl.col("to_at"))
        .then(False)
        .when(start >= pl.col("from_at"))
        .then(True)
        .when(end < pl.col("from_day"))
        .then(False)
        .when(start.is_not_null() & (end >= pl.col("from_day")))
        .then(True)
    )


def _drugs(chosen: pl.Expr) -> pl.Expr:
    return pl.col("each").filter(chosen).explode().drop_nulls().unique().sort()

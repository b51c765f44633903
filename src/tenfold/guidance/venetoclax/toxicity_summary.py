"""Toxicity of a cohort, as Tiong and FILO print it: patients with each grade, how long it lasted, and transfusions.

Traps: the denominator is the patients of whom it is known, and how many are not is printed beside it; several cycles count
a patient once, by the worst cycle and the longest duration; quartiles are interpolated (type 7).

Tiong et al., Br J Haematol 2021;192:1026-1030 (grade 4, median duration); FILO 2025 (grade 3 to 4, in cycle 1).
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from tenfold.guidance.venetoclax.toxicity import LINEAGES


def toxicity_summary(cycles: pl.DataFrame, numbers: Collection[int] | None = None) -> pl.DataFrame:
    """Return what, patients, evaluable, not_evaluable, percent, median_days, quartile_1_days and quartile_3_days.

    `cycles` is the result of `toxicity`; `numbers` the cycles that count (1 for FILO's table), None for all. Days are of
    patients whose grade 4 is seen to have ended.
    """
    wanted = cycles if numbers is None else cycles.filter(pl.col("cycle").is_in(list(numbers)))
    rows = []
    for cytopenia in LINEAGES:
        grade, days = pl.col(f"{cytopenia}_grade"), pl.col(f"{cytopenia}_grade_4_days")
        rows += [
            _row(wanted, f"grade 3 to 4 {cytopenia}", grade >= 3),
            _row(wanted, f"grade 4 {cytopenia}", grade == 4, pl.when(grade == 4).then(days)),
        ]
    named = {
        "febrile neutropenia": "febrile_neutropenia",
        "red cell transfusion": "red_cell_transfusion",
        "platelet transfusion": "platelet_transfusion",
    }
    rows += [_row(wanted, what, pl.col(column)) for what, column in named.items()]
    return pl.concat(rows)


def _row(cycles: pl.DataFrame, what: str, happened: pl.Expr, days: pl.Expr | None = None) -> pl.DataFrame:
    lasted = pl.lit(None, pl.Int64) if days is None else days
    people = cycles.group_by("patient_id").agg(
        happened=happened.any(ignore_nulls=False), days=lasted.max(), _open=(happened & lasted.is_null()).any()
    )
    known = pl.col("happened").is_not_null()
    ended = pl.col("days").filter(~pl.col("_open").fill_null(True)).cast(pl.Float64)
    row = people.select(
        what=pl.lit(what),
        patients=pl.col("happened").sum().cast(pl.Int64),
        evaluable=known.sum().cast(pl.Int64),
        not_evaluable=(~known).sum().cast(pl.Int64),
        median_days=ended.median(),
        quartile_1_days=ended.quantile(0.25, "linear"),
        quartile_3_days=ended.quantile(0.75, "linear"),
    )
    share = pl.when(pl.col("evaluable") > 0).then(100 * pl.col("patients") / pl.col("evaluable"))
    order = ("what", "patients", "evaluable", "not_evaluable", "percent")
    return row.with_columns(percent=share).select(*order, "median_days", "quartile_1_days", "quartile_3_days")

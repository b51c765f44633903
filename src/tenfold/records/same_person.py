"""Two patients of the table of patients who may be one person: rows kept, because it is a suspicion.

Of 10,000 patients about 0.3 pairs share birth date, sex and date of diagnosis by chance (25,000 days of birth, ten years of
diagnoses, two sexes). Days since day 0 are too few to tell people apart: there only the spelling of identifiers is compared.
"""

from __future__ import annotations

import polars as pl

from tenfold.records.faults import Used
from tenfold.records.rules import FILE, FOUND_SCHEMA, LINE, ROW, none_found
from tenfold.records.shape import Axis

SAME_LIFE = ("birth_date", "sex", "diagnosis_date")


def perhaps_one_person(patients: pl.DataFrame, axis: Axis) -> pl.DataFrame:
    """Faults (`FOUND_SCHEMA`) of patients under examination who share birth date, sex and date of diagnosis, or whose
    identifiers differ in nothing but case, blanks and punctuation. One fault for each but the first of them.
    """
    if "patient_id" not in patients.columns or patients.height < 2:
        return none_found()
    bare = pl.col("patient_id").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    spelt = patients.with_columns(_key=bare).filter(pl.col("_key") != "")
    found = [_alike(spelt, ["_key"], "the identifiers differ only in case, blanks or punctuation")]
    if axis == "calendar":
        known = patients.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in SAME_LIFE))
        found.append(_alike(known, list(SAME_LIFE), "birth date, sex and date of diagnosis are the same"))
    return pl.concat(found).unique(["at:row", "rule"], maintain_order=True)


def _alike(rows: pl.DataFrame, keys: list[str], why: str) -> pl.DataFrame:
    first = pl.col("patient_id").first().over(keys)
    again = rows.with_columns(_first=first, _first_line=pl.col(LINE).first().over(keys)).filter(
        pl.col("patient_id") != pl.col("_first")
    )
    return again.select(
        ROW,
        pl.col(FILE).alias("file"),
        pl.col(LINE).alias("line"),
        "patient_id",
        pl.lit("patient_id").alias("column"),
        pl.col("patient_id").alias("value"),
        pl.format(
            "{} and {} of line {} may be one person: {}", "patient_id", "_first", "_first_line", pl.lit(why)
        ).alias("rule"),
        pl.lit("if they are, give all their rows one identifier and keep one row here; if not, leave them").alias(
            "remedy"
        ),
        pl.lit(str(Used.KEPT)).alias("used"),
    ).select(*FOUND_SCHEMA)

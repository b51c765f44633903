"""Reading a cohort from a file: one row a patient, with columns for time, event and whatever may be a candidate.

A CSV file holds text only, so each column is read for what all its values are: yes/no (also true/false, and a column of only
0 and 1), numbers, else words. Empty cells, "?", "NA" and "unknown" are not known. Parquet keeps its types.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

NOT_KNOWN = ("", "?", "na", "n/a", "nan", "null", "unknown", "not known")
YES, NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")


def read_patients(path: Path) -> pl.DataFrame:
    """Return the frame of a CSV or Parquet file. FileNotFoundError, or ValueError for what is neither."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    if path.suffix.lower() == ".parquet":
        return pl.read_parquet(path)
    if path.suffix.lower() not in (".csv", ".tsv"):
        raise ValueError(f"{path}: give a CSV, TSV or Parquet file with one row a patient")
    try:
        text = pl.read_csv(path, infer_schema=False, separator="\t" if path.suffix.lower() == ".tsv" else ",")
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{path}: {error}") from None
    return text.select(typed(text[name]) for name in text.columns)


def typed(values: pl.Series) -> pl.Series:
    """Return a column of text as yes or no, as numbers, or as words, with what is not known as null."""
    if values.dtype != pl.String:
        return values
    plain = values.str.strip_chars()
    known = plain.set(plain.str.to_lowercase().is_in(NOT_KNOWN), None)
    lower = known.str.to_lowercase()
    seen = set(lower.drop_nulls())
    if seen and seen <= {*YES, *NO}:
        return lower.is_in(YES).set(lower.is_null(), None).alias(values.name)
    numbers = known.cast(pl.Float64, strict=False)
    if numbers.null_count() == known.null_count():
        return numbers.alias(values.name)
    return known.alias(values.name)

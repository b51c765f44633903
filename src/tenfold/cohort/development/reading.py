"""Reading a cohort from a file: one row a patient, with columns for time, event and whatever may be a candidate.

A CSV file holds text only, so each column is read for what all its values are: yes/no (also true/false, and a column of only
0 and 1), numbers, else words. Empty cells, "?", "NA" and "unknown" are not known. Parquet keeps its types.

Traps: "42,5" is no word: as words, every age would be a level of its own. Neither is a file of semicolons a file of one column.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

NOT_KNOWN = ("", "?", "na", "n/a", "nan", "null", "unknown", "not known")
YES, NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright strokes", ",": "commas"}
NUMBER, WITH_COMMA = r"^[+-]?\d+([.,]\d+)?$", r"^[+-]?\d+,\d+$"
TIME, OUTCOMES = "time_months", ("event", "response")
"""The columns of a file that hold times, and who had the event or responded."""
FIRST_LINE = 2
"""The line of the first patient, below the names of the columns."""


def read_patients(path: Path) -> pl.DataFrame:
    """Return the frame of a CSV or Parquet file. FileNotFoundError, or ValueError for what is neither."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    if path.suffix.lower() == ".parquet":
        frame = pl.read_parquet(path)
        _refuse_impossible_outcomes(path, frame, frame, "row", 1)
        return frame
    if path.suffix.lower() not in (".csv", ".tsv"):
        raise ValueError(f"{path}: give a CSV, TSV or Parquet file with one row a patient")
    tabs = path.suffix.lower() == ".tsv"
    _refuse_other_separators(path, "tabs" if tabs else "commas")
    try:
        text = pl.read_csv(path, infer_schema=False, separator="\t" if tabs else ",")
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{path}: {error}") from None
    _refuse_decimal_commas(path, text)
    frame = text.select(typed(text[name]) for name in text.columns)
    _refuse_impossible_outcomes(path, frame, text, "line", FIRST_LINE)
    return frame


def typed(values: pl.Series) -> pl.Series:
    """Return a column of text as yes or no, as numbers, or as words, with what is not known as null."""
    if values.dtype != pl.String:
        return values
    known = _known(values)
    lower = known.str.to_lowercase()
    seen = set(lower.drop_nulls())
    if seen and seen <= {*YES, *NO}:
        return lower.is_in(YES).set(lower.is_null(), None).alias(values.name)
    numbers = known.cast(pl.Float64, strict=False)
    if numbers.null_count() == known.null_count():
        return numbers.alias(values.name)
    return known.alias(values.name)


def _known(values: pl.Series) -> pl.Series:
    """A column of text without blanks around it, with what is not known as null."""
    plain = values.str.strip_chars()
    return plain.set(plain.str.to_lowercase().is_in(NOT_KNOWN), None)


def _refuse_other_separators(path: Path, wanted: str) -> None:
    with path.open(encoding="utf-8", errors="replace") as file:
        header = file.readline().strip()
    other = [words for sign, words in SEPARATORS.items() if sign in header]
    if other and wanted not in other:
        remedy = "save it as .tsv" if other[0] == "tabs" else f"save it with {wanted} between the columns"
        raise ValueError(f"{path}: {other[0]} separate its columns ({header[:60]}); {remedy}")


def _refuse_decimal_commas(path: Path, text: pl.DataFrame) -> None:
    for name in text.columns:
        known = _known(text[name])
        commas = known.str.contains(WITH_COMMA).fill_null(False)
        if commas.any() and known.str.contains(NUMBER).fill_null(True).all():
            row = int(commas.arg_true()[0])
            raise ValueError(
                f"{path}, line {row + FIRST_LINE}, column {name}: {known[row]!r} is a number with a comma; write all with a "
                f"decimal point, {known[row].replace(',', '.')}, and nothing between thousands"
            )


def _refuse_impossible_outcomes(path: Path, frame: pl.DataFrame, told: pl.DataFrame, place: str, first: int) -> None:
    """ValueError for the first time that is no number from 0 on, or outcome that is neither yes nor no, with its place."""
    wrong: dict[str, tuple[pl.Series, str]] = {}
    if TIME in frame.columns:
        months = frame[TIME].cast(pl.Float64, strict=False)
        possible = (months.is_finite() & (months >= 0)) | frame[TIME].is_null() | months.is_nan().fill_null(False)
        wrong[TIME] = (~possible.fill_null(False), "is no number of months from 0 on")
    for name in OUTCOMES:
        if name in frame.columns and frame[name].dtype != pl.Boolean:
            said = frame[name].cast(pl.String).str.to_lowercase().str.strip_suffix(".0")
            wrong[name] = (~said.is_in([*YES, *NO]).fill_null(True), "is neither yes nor no (true or false, 1 or 0)")
    for name, (rows, why) in wrong.items():
        if rows.any():
            row = int(rows.arg_true()[0])
            more = f" ({int(rows.sum())} such rows)" if rows.sum() > 1 else ""
            raise ValueError(
                f"{path}, {place} {row + first}, column {name}: {told[name][row]!r} {why}{more}; correct it, or leave it empty "
                "and the patient is left out"
            )

"""From cells as written to typed columns.

What cannot be understood becomes null here and a fault in ``cell_rules``.

Nothing is guessed: a date is ``2024-05-03``, a number has a decimal point, yes and no are those words (or
true and false). The blanks around the plus signs of a list of drugs are taken out, and capital letters of names that are known
without them; between the genes of a known fusion stands ``::``.
"""

import re
from functools import cache

import polars as pl

from tenfold.records.lexicon import drugs, fusion_spellings
from tenfold.records.shape import Axis, Column, Kind, Table

YES_NO = {"yes": True, "true": True, "no": False, "false": False}
LARGEST = 2.0**53
RISKY = "^[=+\\-@\t\r\n＝＋－＠](?s:.)"
"""How text begins that a spreadsheet takes for a formula: a sign and something after it."""


def without_guard(cells: pl.DataFrame) -> pl.DataFrame:
    """Text cells of a CSV file without the apostrophe that `csv_out` writes before what a spreadsheet would run.

    Any other apostrophe stays: it is taken off only before such a sign, or before another apostrophe.
    """
    text = pl.col(pl.String)
    bare = text.str.slice(1)
    guard = text.str.starts_with("'") & (bare.str.starts_with("'") | bare.str.contains(RISKY))
    return cells.with_columns(pl.when(guard).then(bare).otherwise(text)) if cells.width else cells


def as_text(cells: pl.DataFrame) -> pl.DataFrame:
    """Times of day as the text a file would hold, a midnight as its date alone; any other cell as it is."""
    for name, dtype in cells.schema.items():
        if isinstance(dtype, pl.Datetime):
            moment = pl.col(name).dt.replace_time_zone(None)
            whole_day = moment.dt.time() == pl.time(0, 0, 0)
            cells = cells.with_columns(
                pl.when(whole_day).then(moment.dt.date().cast(pl.String)).otherwise(moment.cast(pl.String))
            )
        elif dtype in (pl.Null, pl.Time, pl.Duration):
            cells = cells.with_columns(pl.col(name).cast(pl.String))
    return cells


def typed(column: Column, cell: pl.Expr, dtype: pl.DataType, axis: Axis) -> pl.Expr:
    """A column's cells in its own type, null where they cannot be understood.

    ``cell`` is the column as written, of type ``dtype``. Cells that already have the right type are taken
    as they are.
    """
    kind = column.kind
    relative = kind is Kind.DATE and axis == "relative"
    if kind is Kind.NUMBER:
        number = cell.cast(pl.Float64, strict=False)
        return (
            pl.when(number.is_finite()).then(number)
            if _is_number(dtype) or dtype == pl.String
            else _nothing(pl.Float64())
        )
    if kind is Kind.COUNT or relative:
        whole = cell if dtype.is_integer() else cell.cast(pl.Float64, strict=False)
        if not (_is_number(dtype) or dtype == pl.String):
            return _nothing(column.dtype(axis))
        if not dtype.is_integer():
            whole = pl.when((whole == whole.floor()) & (whole.abs() < LARGEST)).then(whole)
        return whole.cast(column.dtype(axis), strict=False)
    if kind is Kind.YESNO:
        if dtype == pl.Boolean:
            return cell
        return cell.cast(pl.String).str.to_lowercase().replace_strict(YES_NO, default=None, return_dtype=pl.Boolean)
    if kind is Kind.DATE:
        if dtype == pl.Date:
            return cell
        text = cell.cast(pl.String)
        # The length, because the parser would also take 2024-5-3.
        return pl.when(text.str.len_bytes() == 10).then(text.str.to_date("%Y-%m-%d", strict=False))
    text = cell.cast(pl.String)
    if kind is Kind.MARKER:
        return text.replace(fusion_spellings())
    return _drugs(text) if kind is Kind.DRUGS else text


def _drugs(text: pl.Expr) -> pl.Expr:
    joined = text.str.replace_all(r"\s*\+\s*", "+")
    small = joined.str.to_lowercase()
    return pl.when(small.str.contains(_known_drugs())).then(small).otherwise(joined)


@cache
def _known_drugs() -> str:
    """The pattern of a list of generic names."""
    one = "|".join(re.escape(drug) for drug in sorted(drugs()))
    return rf"^(?:{one})(?:\+(?:{one}))*$"


def date_text(table: Table, name: str, axis: Axis) -> pl.Expr:
    """A date column in words for a fault: ``2024-05-03`` or ``day 120``."""
    column = table[name].named(axis)
    return pl.format("day {}", column) if axis == "relative" else pl.col(column).dt.to_string("%Y-%m-%d")


def _is_number(dtype: pl.DataType) -> bool:
    return dtype.is_numeric()


def _nothing(dtype: pl.DataType) -> pl.Expr:
    return pl.lit(None, dtype)

"""One cell of another table as our table writes it: by the codes, the number's signs, the unit and the date formats of a mapping.

What cannot be understood is told, never mended: a value that is not among the codes, a date that no listed format fits or
that two fit differently, a number with a sign that was not announced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from tenfold.exchange.mapping.days import read_day
from tenfold.exchange.mapping.held import Cell, Held, How, Wrong, unusable
from tenfold.exchange.mapping.plan import ColumnRule
from tenfold.exchange.workbook.raw import DIGITS
from tenfold.records.faults import OR_IN_MAPPING
from tenfold.records.shape import Axis, Column, Kind

__all__ = ["COMPARATORS", "Cell", "Wrong", "cell_reader"]

COMPARATORS = ("<", ">", "=")
BOUNDS = ("<", ">")
OF_COMPARATORS = "<>=≤≥~≈"
"""The signs that may stand before a number; what they make together must be a comparator."""
TEXTS = (Kind.TEXT, Kind.WORD, Kind.GENE, Kind.MARKER, Kind.DRUGS)
HUNDRED = Decimal(100)


def cell_reader(
    rule: ColumnRule, column: Column, axis: Axis, beside: Iterable[Cell] = ()
) -> Callable[[Cell], str | Wrong | None]:
    """A function from cells of the source column to text for our column, null for nothing; it remembers what it has read.

    `beside`: all cells of the source column: what a number means that is not shown as a percentage depends on whether others are.
    """
    seen: dict[Cell, str | Wrong | None] = {}
    is_date = column.kind is Kind.DATE and axis == "calendar"
    is_number = column.kind in (Kind.NUMBER, Kind.COUNT)
    of_percent = rule.factor == HUNDRED and any(
        isinstance(cell, Held) and cell.how is How.PERCENTAGE for cell in beside
    )

    signed = is_number and rule.unit == "%" and any(isinstance(cell, str) and cell.endswith("%") for cell in beside)

    def read(cell: Cell) -> str | Wrong | None:
        if cell not in seen:
            text = _read(cell, rule, column, is_date=is_date, is_number=is_number, of_percent=of_percent, signed=signed)
            seen[cell] = text
        return seen[cell]

    return read


def _read(
    cell: Cell, rule: ColumnRule, column: Column, *, is_date: bool, is_number: bool, of_percent: bool, signed: bool
) -> str | Wrong | None:
    if isinstance(cell, date):
        if column.kind in TEXTS:
            remedy = "format the column as text and enter the cell again: spreadsheets turn 1-2 and MARCH1 into dates"
            return Wrong(cell.isoformat(), f"the cell is a date, and {column.name} is text", remedy)
        # The cell of a workbook that is a date says its order itself.
        return cell.isoformat()
    if cell is None or (str(cell) and str(cell) in rule.not_known):
        return None
    if isinstance(cell, Held):
        wrong = _wrong(cell, rule, column, is_number=is_number, of_percent=of_percent)
        if wrong is not None:
            return wrong
        # A number of its file has a decimal point, whatever sign the texts beside it have.
        rule = replace(rule, decimal=".", thousands="")
    text = str(cell)
    if (error := unusable(cell)) is not None and not (rule.codes and text in rule.codes):
        return error
    if of_percent and not (isinstance(cell, Held) and cell.how is How.PERCENTAGE):
        why = f"{text} is not shown as a percentage, as other cells of its column are"
        return Wrong(text, why, "format all cells of the column alike, and see that each then shows its value")
    if "\0" in text:
        return Wrong(text.replace("\0", ""), "the cell holds a NUL byte", "take the byte out")
    if rule.part:
        bare = text.lstrip(OF_COMPARATORS)
        comparator = text[: len(text) - len(bare)]
        if comparator and comparator not in COMPARATORS:
            listed = ", ".join(COMPARATORS)
            remedy = f"write one of {listed} in the file if that is meant{OR_IN_MAPPING}list it under not_known"
            return Wrong(text, f"{comparator} is none of {listed}, which is all that can be kept", remedy)
        text = bare.strip()
        if rule.part == "comparator":
            return comparator or "="
        if comparator in BOUNDS and not rule.bounded:
            return _bound_lost(cell, comparator, rule, column)
    if rule.codes is not None:
        if text in rule.codes:
            return rule.prefix + rule.codes[text]
        if rule.other == "empty":
            return None
        if rule.other == "fault":
            listed = ", ".join(rule.codes)
            remedy = f"correct it, or say what it means{OR_IN_MAPPING}add it to codes, or to not_known"
            return Wrong(text, f"{text} is none of the values that are known here ({listed})", remedy)
    if is_date:
        return _day(text, rule)
    if is_number:
        if signed and not text.endswith("%"):
            why = f"{text} has no percent sign, as other cells of its column have"
            return Wrong(text, why, "write all cells of the column alike, and see that each is a percentage")
        return _number(text.removesuffix("%").rstrip() if signed else text, rule, column)
    return rule.prefix + text


def _bound_lost(cell: Cell, comparator: str, rule: ColumnRule, column: Column) -> Wrong:
    """A bound that would be taken for a value: no column keeps its sign."""
    why = f"the {comparator} says that the number is a bound, and no column keeps it"
    here = f"list it under not_known: a bound is no value of {column.name}"
    if column.name == "value":
        here = f'add qualifier = {{ from = "{rule.source}", part = "comparator" }}'
    remedy = f"give the value itself, or leave the cell empty{OR_IN_MAPPING}{here}"
    return Wrong(str(cell), why, remedy)


def _wrong(cell: Held, rule: ColumnRule, column: Column, *, is_number: bool, of_percent: bool) -> Wrong | None:
    """Why a cell that is held as something other than text cannot be used for a column."""
    not_its_number = rule.part == "comparator" or rule.other == "empty"
    as_held = is_number and (of_percent or (column.high == 1 and rule.factor == 1))
    if cell.how is How.PERCENTAGE and not (as_held or not_its_number):
        why = "the cell is shown as a percentage, of which a workbook holds the hundredth part"
        remedy = f"format the column as a number, and see that the cell then shows it in {column.unit or 'its unit'}"
        if column.high == 1:
            here = 'write unit = "fraction" without a factor: the workbook holds fractions'
            remedy = f"format the column as a number{OR_IN_MAPPING}{here}"
        elif is_number:
            with_unit = 'unit = "fraction" and ' if column.unit else ""
            remedy += f"{OR_IN_MAPPING}if all of the column is shown so, write {with_unit}factor = 100"
        return Wrong(cell.text, why, remedy)
    if cell.how is How.LONG and column.kind in TEXTS:
        why = f"the cell holds a number of more than {DIGITS} digits, of which a spreadsheet loses the last"
        return Wrong(cell.text, why, "format the column as text and enter the whole number again")
    return unusable(cell)


def _day(text: str, rule: ColumnRule) -> str | Wrong:
    if not rule.date_formats:
        return text  # the admission of records reads year-month-day and says what is wrong with anything else
    days = read_day(text, rule.date_formats, rule.years_from)
    listed = ", ".join(rule.date_formats)
    if not days:
        remedy = f"correct the date{OR_IN_MAPPING}list its form under date_format"
        return Wrong(text, f"{text} is no date of the form {listed}", remedy)
    if len(days) > 1:
        either = " or ".join(day.isoformat() for day in days)
        remedy = f"write the day so that it can be only one{OR_IN_MAPPING}list one form"
        return Wrong(text, f"{text} can be {either}", remedy)
    return days[0].isoformat()


def _number(text: str, rule: ColumnRule, column: Column) -> str | Wrong:
    bare = _plain(text, rule.decimal, rule.thousands)
    try:
        value = Decimal(bare) if bare else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        remedy = f"correct the value{OR_IN_MAPPING}list it under not_known"
        if column.name == "value":
            remedy += '; where it holds < or >, give part = "number", and qualifier the other part'
        return Wrong(text, f"{text} is not a number with {rule.decimal!r} before its decimals", remedy)
    if rule.factor == 1:
        return bare
    return _written(value * rule.factor)


def _written(value: Decimal) -> str:
    """A product without needless noughts: 0.1 x 120 is 12."""
    text = f"{value:.12f}" if abs(value) >= Decimal("0.001") else f"{value:.24f}"
    return text.rstrip("0").rstrip(".") or "0"


def _plain(text: str, decimal: str, thousands: str) -> str:
    """A number with a decimal point; empty where its signs are not those that were announced."""
    whole, point, part = text.partition(decimal)
    if thousands and thousands in whole:
        groups = whole.lstrip("+-").split(thousands)
        if not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:]):
            return ""
        whole = whole.replace(thousands, "")
    if decimal == "," and "." in text.replace(thousands or "\0", ""):
        return ""
    if "_" in text:
        return ""
    return f"{whole}.{part}" if point else whole

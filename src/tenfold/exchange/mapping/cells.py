"""One cell of another table as our table writes it: by the codes, the number's signs, the unit and the date formats of a mapping.

What cannot be understood is told, never mended: a value that is not among the codes, a date that no listed format fits or
that two fit differently, a number with a sign that was not announced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from tenfold.exchange.mapping.days import read_day
from tenfold.exchange.mapping.plan import ColumnRule
from tenfold.records.shape import Axis, Column, Kind

Cell = str | date | None
COMPARATORS = ("<", ">", "=")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that cannot be understood: what is wrong and what to do. `value` is the cell as written."""

    value: str
    rule: str
    remedy: str


def cell_reader(rule: ColumnRule, column: Column, axis: Axis) -> Callable[[Cell], str | Wrong | None]:
    """A function from cells of the source column to text for our column, null for nothing; it remembers what it has read."""
    seen: dict[Cell, str | Wrong | None] = {}
    is_date = column.kind is Kind.DATE and axis == "calendar"
    is_number = column.kind in (Kind.NUMBER, Kind.COUNT)

    def read(cell: Cell) -> str | Wrong | None:
        if cell not in seen:
            seen[cell] = _read(cell, rule, column, is_date=is_date, is_number=is_number)
        return seen[cell]

    return read


def _read(cell: Cell, rule: ColumnRule, column: Column, *, is_date: bool, is_number: bool) -> str | Wrong | None:
    if isinstance(cell, date):
        # The cell of a workbook that is a date says its order itself.
        return cell.isoformat()
    if cell is None or cell in rule.not_known:
        return None
    if "\0" in cell:
        return Wrong(cell.replace("\0", ""), "the cell holds a NUL byte", "take the byte out")
    text = cell
    if rule.part:
        comparator = text[0] if text[0] in COMPARATORS else ""
        text = text.lstrip("".join(COMPARATORS)).strip() if comparator else text
        if rule.part == "comparator":
            return comparator or "="
    if rule.codes is not None:
        if text in rule.codes:
            return rule.prefix + rule.codes[text]
        if rule.other == "empty":
            return None
        if rule.other == "fault":
            listed = ", ".join(rule.codes)
            return Wrong(
                text, f"{text} is not among the codes of the mapping ({listed})", "add it to codes, or to not_known"
            )
    if is_date:
        return _day(text, rule)
    if is_number:
        return _number(text, rule, column)
    return rule.prefix + text


def _day(text: str, rule: ColumnRule) -> str | Wrong:
    if not rule.date_formats:
        return text  # the admission of records reads year-month-day and says what is wrong with anything else
    days = read_day(text, rule.date_formats, rule.years_from)
    listed = ", ".join(rule.date_formats)
    if not days:
        return Wrong(
            text, f"{text} is no date of the form {listed}", "correct the date, or list its form under date_format"
        )
    if len(days) > 1:
        either = " or ".join(day.isoformat() for day in days)
        return Wrong(
            text, f"{text} can be {either} by the forms listed", "write the day so that it is one, or list one form"
        )
    return days[0].isoformat()


def _number(text: str, rule: ColumnRule, column: Column) -> str | Wrong:
    bare = _plain(text, rule.decimal, rule.thousands)
    try:
        value = Decimal(bare) if bare else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        signs = f"the mapping says that {rule.decimal!r} stands before the decimals"
        remedy = 'correct the value, list it under not_known, or give part = "number" where it holds < or >'
        return Wrong(text, f"{text} is not a number ({signs})", remedy)
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

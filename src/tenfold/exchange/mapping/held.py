"""Cells that their file holds as something other than text: numbers, and what in a workbook is not what it seems to be.

Traps: a number of a workbook has a decimal point, whatever sign the texts beside it have; 60 % is held as 0.6; an error, a
formula without a result and a merged cell look empty, which would pass for "not known".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tenfold.records.faults import OR_IN_MAPPING

ERRORS = frozenset(["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"])
"""The errors of spreadsheets, which stand as text in a CSV file and in an OpenDocument."""


class How(StrEnum):
    """How a cell is held."""

    NUMBER = "number"
    """With a part behind the decimal point."""
    PERCENTAGE = "percentage"
    LONG = "number of too many digits"
    ERROR = "error"
    UNCALCULATED = "formula without a result"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Held:
    """A cell that is held in another way than as text; `text` is what it holds, or the error that it shows."""

    text: str
    how: How

    def __str__(self) -> str:
        return self.text


Cell = str | date | Held | None


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that cannot be understood: what is wrong and what to do. `value` is the cell as written."""

    value: str
    rule: str
    remedy: str


def unusable(cell: Cell) -> Wrong | None:
    """Why nothing can be made of a cell, whatever it should be; None where something can."""
    if isinstance(cell, str) and cell in ERRORS:
        cell = Held(cell, How.ERROR)
    if not isinstance(cell, Held):
        return None
    if cell.how is How.ERROR:
        remedy = f'correct its formula, or clear the cell{OR_IN_MAPPING}list "{cell}" under not_known'
        return Wrong(cell.text, f"the cell holds the error {cell}", remedy)
    if cell.how is How.UNCALCULATED:
        remedy = "open the workbook, let it calculate, and save it"
        return Wrong(cell.text, "the cell holds a formula without a result", remedy)
    if cell.how is How.MERGED:
        remedy = "unmerge it and fill every cell"
        return Wrong(cell.text, "the cell is merged with others: whose value it is cannot be told", remedy)
    return None


def of_number(value: float, text: str, digits: int) -> str | Held:
    """The cell of a number: plain text where it is whole and short."""
    if abs(value) >= 10**digits:
        return Held(text, How.LONG)
    return text if float(value).is_integer() else Held(text, How.NUMBER)

"""A sheet of a workbook as its file has it: values, merged ranges, and the marks of cells that do not hold what they seem to.

Both readers of workbooks start from here: the one of sheets that are named after our tables, and the one of a mapping.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import python_calamine

from tenfold.exchange.converted import BLANKS
from tenfold.exchange.workbook.marks import Marks, marks_of, place_name

DIGITS = 15
"""The digits of a number that a spreadsheet shows."""


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet: the values from cell A1 on, as far as anything stands in it, and what else is known of its cells."""

    name: str
    file: str
    values: list[list[Any]]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...]
    marks: Marks

    def header_row(self) -> int | None:
        """The position of the first row that holds something."""
        return next((i for i, row in enumerate(self.values) if any(filled(cell) for cell in row)), None)

    def covered(self, top: int) -> set[tuple[int, int]]:
        """The positions below the row `top` that a merged range covers."""
        height, width = len(self.values), max((len(row) for row in self.values), default=0)
        return {
            (row, column)
            for (first_row, first), (last_row, last) in self.merged
            for row in range(max(first_row, top + 1), min(last_row + 1, height))
            for column in range(first, min(last + 1, width))
        }

    def notes(self, top: int | None) -> list[str]:
        """What is worth knowing of how it was read; `top` is the position of its header."""
        said = []
        rows = len([row for row in self.marks.hidden_rows if top is not None and row > top + 1])
        if rows:
            said.append(f"sheet {self.name}: {rows} hidden rows are read like the others")
        columns = [place_name(1, one)[:-1] for one in sorted(self.marks.hidden_columns) if one <= 702]
        if columns and self.values and any(one <= len(self.values[0]) for one in self.marks.hidden_columns):
            said.append(f"sheet {self.name}: hidden columns are read like the others ({', '.join(columns[:8])})")
        if self.marks.formulas:
            said.append(
                f"sheet {self.name}: {self.marks.formulas} formulas count by the result that was saved with them"
            )
        return said


def raw_sheet(path: Path, book: python_calamine.CalamineWorkbook, name: str, member: str) -> RawSheet:
    """A sheet of an open workbook; `member` is its place in the archive, empty where it has no marks (ods).

    ValueError where it cannot be read.
    """
    try:
        sheet = book.get_sheet_by_name(name)
        values = sheet.to_python(skip_empty_area=False)
        merged = tuple((tuple(a), tuple(b)) for a, b in sheet.merged_cell_ranges or ())
    except (python_calamine.CalamineError, IndexError) as error:
        raise ValueError(f"{path.name}, sheet {name}: it cannot be read ({error}); save the workbook again") from error
    marks = marks_of(path, member) if member else Marks()
    _widen(values, marks)
    return RawSheet(name.strip(), f"{path.name}, sheet {name.strip()}", values, cast("Any", merged), marks)


def _widen(values: list[list[Any]], marks: Marks) -> None:
    """Reach as far as the marks do: a last row or column of formulas without results is left out by the reader."""
    places = [*marks.errors, *marks.uncalculated]
    if not places:
        return
    width = max(max(column for _, column in places), max((len(row) for row in values), default=0))
    values += [[] for _ in range(len(values), max(row for row, _ in places))]
    for row in values:
        row += [""] * (width - len(row))


def filled(cell: Any) -> bool:
    """Whether a cell holds more than blanks."""
    return not (cell is None or (isinstance(cell, str) and not cell.strip(BLANKS)))


def cell_text(cell: Any) -> str | None:
    """A cell as a file of text would hold it; null for nothing but blanks."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0):
        return cell.date().isoformat()
    said = cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
    return said.strip(BLANKS) or None


def _number(value: float) -> str:
    shown = float(f"{value:.{DIGITS}g}")
    return str(int(shown)) if shown.is_integer() and abs(shown) < 10**DIGITS else repr(shown)

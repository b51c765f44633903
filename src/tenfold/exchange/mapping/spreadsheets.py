"""A sheet of any workbook as cells, each with what stands in its file beside the value: errors, formulas, percentages, merging.

Traps: a reader of workbooks gives 0.6 for a cell that shows 60 %, and nothing for an error or a formula that was never
calculated. A workbook of the old kind (xls) is not looked into for these, so it is not read at all.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import python_calamine

from tenfold.exchange.mapping.held import Cell, Held, How, of_number
from tenfold.exchange.workbook.marks import open_document_sheets, sheet_members
from tenfold.exchange.workbook.raw import DIGITS, RawSheet, cell_text, raw_sheet
from tenfold.exchange.workbook_limits import checked_workbook
from tenfold.records.faults import OR_IN_MAPPING, Fault, file_fault

OPEN_DOCUMENT = ".ods"
OLD = ".xls"


@dataclass(frozen=True, slots=True)
class SheetCells:
    """The header and the rows of a sheet, the row of the sheet that each stands on, and notes on how it was read."""

    label: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[int, ...]
    notes: tuple[str, ...]


def names_of_sheets(file: Path) -> list[str] | Fault:
    """The names of a workbook's sheets; a fault where it cannot be opened."""
    book = _book(file)
    return book if isinstance(book, Fault) else list(book.sheet_names)


def sheet_of(file: Path, name: str, header_row: int) -> SheetCells | Fault:
    """A sheet; the header stands on the row `header_row`, of those that are not blank the first. The only sheet needs no name."""
    book = _book(file)
    if isinstance(book, Fault):
        return book
    names = list(book.sheet_names)
    if not name and len(names) > 1:
        return file_fault(
            file.name,
            f"it is not said which sheet: {', '.join(names)}",
            f'leave one sheet in the file{OR_IN_MAPPING}write sheet = "..."',
        )
    if name and name not in names:
        return file_fault(file.name, f"there is no sheet {name}", f"the sheets are {', '.join(names)}")
    name = name or names[0]
    label = f"{file.name}, sheet {name}"
    try:
        is_open = file.suffix.lower() == OPEN_DOCUMENT
        if is_open and open_document_sheets(file).get(name):
            rule = "cells are shown as percentages, of which a workbook holds the hundredth part"
            return file_fault(label, rule, "format them as numbers, or save the book as xlsx")
        member = "" if is_open else sheet_members(file).get(name, "")
        raw = raw_sheet(file, book, name, member)
    except (ValueError, SyntaxError, KeyError, IndexError) as error:
        return file_fault(label, f"the sheet cannot be read ({error})", "save it again, or as CSV")
    return _cells(raw, label, header_row)


def _book(file: Path) -> python_calamine.CalamineWorkbook | Fault:
    if file.suffix.lower() == OLD:
        rule = "a workbook of the old kind: which cells are percentages, errors or never calculated is not seen in it"
        return file_fault(file.name, rule, "save it as .xlsx, or its sheets as CSV")
    try:
        checked_workbook(file)
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.read_bytes()))
    except (ValueError, python_calamine.CalamineError) as error:
        return file_fault(file.name, f"the workbook cannot be opened ({error})", "save it again, or its sheets as CSV")


def _cells(raw: RawSheet, label: str, header_row: int) -> SheetCells | Fault:
    numbered = [
        (position, row)
        for position, row in enumerate(raw.values)
        if position + 1 >= header_row and any(_cell(raw, position, i, value) is not None for i, value in enumerate(row))
    ]
    if not numbered:
        return file_fault(label, "the sheet is empty", f"give it a header row{OR_IN_MAPPING}take it out")
    top, first = numbered[0]
    header = tuple(cell_text(value) or "" for value in first)
    covered = raw.covered(top)
    rows = tuple(
        tuple(
            Held(cell_text(value) or "", How.MERGED) if (position, i) in covered else _cell(raw, position, i, value)
            for i, value in enumerate(row)
        )
        for position, row in numbered[1:]
    )
    return SheetCells(label, header, rows, tuple(position + 1 for position, _ in numbered[1:]), tuple(raw.notes(top)))


def _cell(raw: RawSheet, position: int, i: int, value: Any) -> Cell:
    place = (position + 1, i + 1)
    if place in raw.marks.errors:
        return Held(raw.marks.errors[place], How.ERROR)
    if place in raw.marks.uncalculated:
        return Held("", How.UNCALCULATED)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = cell_text(value)
    if text is not None and place in raw.marks.percentages:
        return Held(text, How.PERCENTAGE)
    if text is not None and isinstance(value, float):
        return of_number(value, text, DIGITS)
    return text

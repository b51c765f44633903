"""The files of another system as plain rows: CSV and its like, workbooks, Parquet.

Cells are text as written, without the blanks around them; a cell that its file itself calls a date is a date. Line numbers are
those of the file, or of the sheet. A file that cannot be read at all is a fault with what to do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from tenfold.exchange.converted import as_text
from tenfold.exchange.limits import GB, checked_size
from tenfold.exchange.mapping.held import Cell, of_number
from tenfold.exchange.mapping.spreadsheets import names_of_sheets, sheet_of
from tenfold.exchange.workbook.marks import place_name
from tenfold.exchange.workbook.raw import DIGITS
from tenfold.records.delimited import read_delimited
from tenfold.records.faults import OR_IN_MAPPING, Fault, file_fault
from tenfold.records.reading import DELIMITED, SPREADSHEETS
from tenfold.records.sheets import LostRow

LARGEST_FILE = GB
READ = (*DELIMITED, *SPREADSHEETS, ".parquet")


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or one sheet of a workbook: its header, its rows and the line that each stands on.

    `label`: the file, with its sheet; `lost`: rows that could not be read into cells; `is_sheet`: whether its cells have
    places such as H12; `notes`: what is worth knowing of how it was read.
    """

    label: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[int, ...]
    lost: tuple[LostRow, ...] = ()
    is_sheet: bool = False
    notes: tuple[str, ...] = ()

    def position(self, name: str) -> int | None:
        """Where a column stands; None where it does not, or stands twice."""
        return self.header.index(name) if self.header.count(name) == 1 else None

    def place(self, line: int, name: str) -> str:
        """A column, with the cell of it on a line where the cells of the source have places."""
        if not self.is_sheet or name not in self.header:
            return name
        return f"{name} (cell {place_name(line, self.header.index(name) + 1)})"

    def text(self, row: int) -> str:
        """A row as it is written."""
        return ", ".join("" if cell is None else str(cell) for cell in self.rows[row])

    def filled(self, position: int) -> int:
        """How many cells of a column hold something."""
        return sum(row[position] is not None for row in self.rows)


def files_of(path: Path) -> list[Path]:
    """The files that can be read: the path itself, or those in the folder, by name."""
    if path.is_file():
        return [path]
    return sorted(
        entry
        for entry in path.iterdir()
        if entry.is_file() and entry.suffix.lower() in READ and not entry.name.startswith((".", "_", "~"))
    )


def sheets_of(file: Path) -> list[str]:
    """The names of a workbook's sheets; none for any other file. Fault-free: a workbook that cannot be opened has none."""
    if file.suffix.lower() not in SPREADSHEETS:
        return []
    names = names_of_sheets(file)
    return [] if isinstance(names, Fault) else names


def open_source(file: Path, sheet: str = "", header_row: int = 1, encoding: str = "utf-8") -> Source | Fault:
    """Read a file, or a sheet of it; the header stands on the row `header_row`, of those that are not blank the first."""
    try:
        checked_size(file, LARGEST_FILE)
        suffix = file.suffix.lower()
        if suffix in SPREADSHEETS:
            return _of_sheet(file, sheet, header_row)
        if sheet:
            return file_fault(file.name, "the file has no sheets", f"send a workbook{OR_IN_MAPPING}take sheet out")
        if suffix == ".parquet":
            return _parquet(file)
        return _delimited(file, header_row, encoding)
    except OSError as error:
        return file_fault(
            file.name, f"the file cannot be read ({error.strerror})", "check the file and its permissions"
        )


def _of_sheet(file: Path, name: str, header_row: int) -> Source | Fault:
    sheet = sheet_of(file, name, header_row)
    if isinstance(sheet, Fault):
        return sheet
    return Source(sheet.label, sheet.header, sheet.rows, sheet.lines, is_sheet=True, notes=sheet.notes)


def _delimited(file: Path, header_row: int, encoding: str) -> Source | Fault:
    data = file.read_bytes()
    if encoding != "utf-8":
        try:
            data = data.decode(encoding).encode()
        except UnicodeDecodeError as error:
            rule = f"the file is not in {encoding}: byte {error.start} cannot be read"
            return file_fault(file.name, rule, f"save the file as UTF-8{OR_IN_MAPPING}correct encoding")
    for _ in range(header_row - 1):
        _, _, data = data.partition(b"\n")
    found = read_delimited(data, "patients", file.name, frozenset())
    if isinstance(found, Fault):
        if "UTF-8" in found.rule:
            remedy = f'save the file as UTF-8{OR_IN_MAPPING}say encoding = "cp1252" (or another)'
            return file_fault(file.name, found.rule, remedy)
        return found
    lost = tuple(LostRow(one.line + header_row - 1, one.text, one.cells, one.rule, one.remedy) for one in found.lost)
    lines = tuple(line + header_row - 1 for line in found.lines)
    return Source(file.name, found.header, tuple(found.cells.iter_rows()), lines, lost)


def _parquet(file: Path) -> Source | Fault:
    try:
        frame = pl.read_parquet(file, hive_partitioning=False)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return file_fault(file.name, f"the file is not Parquet that can be read ({reason})", "write the file again")
    rows = tuple(tuple(_cell(cell) for cell in row) for row in frame.iter_rows())
    return Source(file.name, tuple(frame.columns), rows, tuple(range(1, len(rows) + 1)))


def _cell(value: Any) -> Cell:
    """A typed cell: text as a file would hold it, a day as a date, and what is held otherwise."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = as_text(value)
    if isinstance(value, (float, Decimal)) and text is not None and math.isfinite(value):
        return of_number(float(value), text, DIGITS)
    return text


def column_cells(source: Source, position: int) -> Iterator[Cell]:
    """The cells of a column, from the top."""
    return (row[position] for row in source.rows)

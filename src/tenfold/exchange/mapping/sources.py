"""The files of another system as plain rows: CSV and its like, workbooks, Parquet.

Cells are text as written, without the blanks around them; a cell that its file itself calls a date is a date. Line numbers are
those of the file, or of the sheet. A file that cannot be read at all is a fault with what to do.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import python_calamine

from tenfold.exchange.converted import as_text
from tenfold.exchange.limits import GB, checked_size
from tenfold.exchange.mapping.cells import Cell
from tenfold.exchange.workbook_limits import checked_workbook
from tenfold.records.delimited import read_delimited
from tenfold.records.faults import Fault, file_fault
from tenfold.records.reading import DELIMITED, SPREADSHEETS
from tenfold.records.sheets import LostRow

LARGEST_FILE = GB
READ = (*DELIMITED, *SPREADSHEETS, ".parquet")


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or one sheet of a workbook: its header, its rows and the line that each stands on.

    `label`: the file, with the sheet where there are several; `lost`: rows that could not be read into cells.
    """

    label: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[int, ...]
    lost: tuple[LostRow, ...] = ()

    def position(self, name: str) -> int | None:
        """Where a column stands; None where it does not, or stands twice."""
        return self.header.index(name) if self.header.count(name) == 1 else None

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
    book = _book(file)
    return [] if isinstance(book, Fault) else list(book.sheet_names)


def open_source(file: Path, sheet: str = "", header_row: int = 1, encoding: str = "utf-8") -> Source | Fault:
    """Read a file, or a sheet of it; the header stands on the row `header_row`, of those that are not blank the first."""
    try:
        checked_size(file, LARGEST_FILE)
        suffix = file.suffix.lower()
        if suffix in SPREADSHEETS:
            return _sheet(file, sheet, header_row)
        if sheet:
            return file_fault(file.name, "the file has no sheets", "take sheet out of the mapping")
        if suffix == ".parquet":
            return _parquet(file)
        return _delimited(file, header_row, encoding)
    except OSError as error:
        return file_fault(
            file.name, f"the file cannot be read ({error.strerror})", "check the file and its permissions"
        )


def _delimited(file: Path, header_row: int, encoding: str) -> Source | Fault:
    data = file.read_bytes()
    if encoding != "utf-8":
        try:
            data = data.decode(encoding).encode()
        except UnicodeDecodeError as error:
            rule = f"the file is not in {encoding}: byte {error.start} cannot be read"
            return file_fault(file.name, rule, "correct encoding in the mapping, or save the file as UTF-8")
    for _ in range(header_row - 1):
        _, _, data = data.partition(b"\n")
    found = read_delimited(data, "patients", file.name, frozenset())
    if isinstance(found, Fault):
        if "UTF-8" in found.rule:
            remedy = 'say encoding = "cp1252" (or another) in the mapping, or save the file as UTF-8'
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


def _book(file: Path) -> python_calamine.CalamineWorkbook | Fault:
    try:
        checked_workbook(file)
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.read_bytes()))
    except (ValueError, python_calamine.CalamineError) as error:
        return file_fault(file.name, f"the workbook cannot be opened ({error})", "save it again, or its sheets as CSV")


def _sheet(file: Path, sheet: str, header_row: int) -> Source | Fault:
    book = _book(file)
    if isinstance(book, Fault):
        return book
    names = list(book.sheet_names)
    if not sheet and len(names) > 1:
        return file_fault(
            file.name, f"it is not said which sheet: {', '.join(names)}", 'write sheet = "..." in the mapping'
        )
    if sheet and sheet not in names:
        return file_fault(file.name, f"there is no sheet {sheet}", f"the sheets are {', '.join(names)}")
    try:
        raw = book.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, IndexError) as error:
        return file_fault(file.name, f"the sheet cannot be read ({error})", "save it again, or as CSV")
    label = file.name if len(names) == 1 else f"{file.name}, sheet {sheet}"
    numbered = [(line, row) for line, row in enumerate(raw, 1) if any(_cell(cell) is not None for cell in row)]
    below = [(line, row) for line, row in numbered if line >= header_row]
    if not below:
        return file_fault(label, "the sheet is empty", "give it a header row, or take it out of the mapping")
    header = tuple(str(_cell(cell) or "") for cell in below[0][1])
    rows = tuple(tuple(_cell(cell) for cell in row) for _, row in below[1:])
    return Source(label, header, rows, tuple(line for line, _ in below[1:]))


def _cell(value: Any) -> Cell:
    """A typed cell: text as a file would hold it, a day as a date."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else as_text(value)


def column_cells(source: Source, position: int) -> Iterator[Cell]:
    """The cells of a column, from the top."""
    return (row[position] for row in source.rows)

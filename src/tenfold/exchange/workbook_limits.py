"""Bounds on a workbook before it is opened: two cells at opposite corners make a sheet of seventeen thousand million.

A reader of workbooks (calamine) holds a sheet as one block from its first cell to its last. A file of 1.4 kB with a cell in
A1 and one in XFD1048576 made it ask for more memory than there is, and ended the whole process. So the places of the cells
are read first, as a stream, with the XML reader that refuses entities.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import BinaryIO

from tenfold.exchange.limits import checked_archive, checked_size

MOST_CELLS = 20_000_000
"""Cells of one sheet, empty ones among them: about half a gigabyte in memory."""


def checked_workbook(path: str | Path, most_cells: int = MOST_CELLS) -> None:
    """See that a workbook (xlsx, xlsm, ods) can be opened without harm.

    ValueError where its archive is not sound (`limits.checked_zip`), it declares entities, or a sheet spans more than
    `most_cells`. An old workbook (xls) is no archive; only its size is looked at, as it cannot span more than 65,536 rows
    of 256 columns. FileNotFoundError if there is no such file.
    """
    file = Path(path)
    checked_size(file)
    with file.open("rb") as data:
        if data.read(2) == b"PK":
            checked_open_workbook(data, file.name, most_cells)


def checked_open_workbook(data: bytes | BinaryIO, name: str, most_cells: int = MOST_CELLS) -> None:
    """The same for a zipped workbook in memory or an open file, called `name` in what is said."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError

    checked_archive(data, name)
    with zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data) as archive:
        for member in archive.namelist():
            try:
                if member.startswith("xl/worksheets/") and member.endswith(".xml"):
                    cells = _cells_of_sheet(archive, member, most_cells)
                elif member == "content.xml":
                    cells = _cells_of_open_document(archive, member, most_cells)
                else:
                    continue
            except DefusedXmlException as error:
                raise ValueError(
                    f"{name}: {member} declares a document type or entities, which no workbook needs and an attack does; "
                    "it is not opened"
                ) from error
            except (ParseError, LookupError) as error:
                raise ValueError(
                    f"{name}: {member} is damaged or cut off ({error}); save the workbook again"
                ) from error
            if cells > most_cells:
                raise ValueError(
                    f"{name}: {member} spans {cells:,} cells, most of them empty, and at most {most_cells:,} are read: "
                    "a cell far below or to the right of the table holds something; clear it, or save the sheet as CSV"
                )


def _cells_of_sheet(archive: zipfile.ZipFile, member: str, most: int) -> int:
    """The cells between the first and the last that is filled; where they are too many already, no more is read."""
    from defusedxml.ElementTree import iterparse

    rows, columns = _Span(), _Span()
    row = column = 0
    with archive.open(member) as xml:
        for event, element in iterparse(xml, events=("start", "end"), forbid_dtd=True):
            kind = str(element.tag).rpartition("}")[2]
            if event == "end":
                if kind in ("c", "row"):
                    element.clear()
                continue
            if kind == "row":
                row, column = _whole(element.get("r")) or row + 1, 0
            elif kind == "c":
                letters, number = _place(element.get("r"))
                row, column = number or row, letters or column + 1
                rows.add(row)
                columns.add(column)
                if rows.length * columns.length > most:
                    break
    return rows.length * columns.length


def _cells_of_open_document(archive: zipfile.ZipFile, member: str, most: int) -> int:
    """The cells of the largest table of an OpenDocument spreadsheet, repeated ones that hold something counted as often.

    Empty rows at the foot and empty cells at the end of a row are written as one that repeats; they are not counted.
    """
    from defusedxml.ElementTree import iterparse

    largest = height = width = rows_before = cells = repeated_rows = 0
    with archive.open(member) as xml:
        for event, element in iterparse(xml, events=("start", "end"), forbid_dtd=True):
            kind = str(element.tag).rpartition("}")[2]
            if event == "start":
                if kind == "table":
                    height = width = rows_before = 0
                elif kind == "table-row":
                    cells, repeated_rows = 0, _repeats(element.attrib, "number-rows-repeated")
                continue
            if kind in ("table-cell", "covered-table-cell"):
                cells += _repeats(element.attrib, "number-columns-repeated")
                if len(element) or any(name.endswith("}value-type") for name in element.attrib):
                    width, height = max(width, cells), rows_before + repeated_rows
                element.clear()
            elif kind == "table-row":
                rows_before += repeated_rows
                element.clear()
            largest = max(largest, width * height)
            if largest > most:
                break
    return largest


class _Span:
    """From the least to the greatest of the numbers that were added."""

    def __init__(self) -> None:
        self.low: int | None = None
        self.high = 0

    def add(self, number: int) -> None:
        self.low = number if self.low is None else min(self.low, number)
        self.high = max(self.high, number)

    @property
    def length(self) -> int:
        return 0 if self.low is None else self.high - self.low + 1


def _repeats(attributes: dict[str, str], name: str) -> int:
    said = next((value for key, value in attributes.items() if key.endswith("}" + name)), None)
    return _whole(said) or 1


def _whole(said: str | None) -> int:
    return int(said) if said is not None and said.isascii() and said.isdigit() and len(said) < 10 else 0


def _place(said: str | None) -> tuple[int, int]:
    """Column and row of a place such as AB12; 0 for what is not said."""
    if said is None:
        return 0, 0
    letters = said.rstrip("0123456789")
    column = 0
    for letter in letters.upper() if len(letters) <= 3 else "":
        column = column * 26 + ord(letter) - 64 if "A" <= letter <= "Z" else 0
    return column, _whole(said[len(letters) :])

"""A CSV file read exactly: bytes in, cells and the numbers of their lines out.

Separator (comma, semicolon, tab) from the header; line ends ``\\n``, ``\\r\\n`` or ``\\r``; UTF-8 with or
without a byte-order mark; quoted cells may hold separators, doubled quotes and line breaks. A row with the
wrong number of cells is set aside by itself. A body whose quotes and encoding are in order is read as a
whole (``undamaged``), any other line by line (``damaged``).
"""

import csv
import re
from collections.abc import Callable, Sequence

from tenfold.records.cells import without_guard
from tenfold.records.damaged import damaged_rows
from tenfold.records.faults import Fault, file_fault
from tenfold.records.shape import Kind, Table, day_name
from tenfold.records.sheets import Sheet
from tenfold.records.tables import TABLES
from tenfold.records.undamaged import undamaged_rows

SEPARATORS = ",;\t"
MOST_COLUMNS = 2_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|[+-]?\d+")
BOM = b"\xef\xbb\xbf"
SAVE_AS_UTF8 = "save the file again as CSV in UTF-8"


def read_delimited(data: bytes, table: str, file: str, known: frozenset[str]) -> Sheet | Fault:
    """One delimited file as a sheet, or the fault for which it cannot be used at all.

    ``known``: the column names of the table, which settle the separator where the header alone does not.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:200].count(b"\0") > len(data[:200]) // 4:
        return file_fault(file, "the file is in UTF-16, not in UTF-8", SAVE_AS_UTF8)
    data = data.removeprefix(BOM)
    head_line, start, head = _header_line(data)
    if not head.strip():
        return file_fault(
            file,
            "the file is empty",
            "give it at least a header line with the names of the columns, or take it away",
        )
    try:
        header_text = head.decode()
    except UnicodeDecodeError:
        return file_fault(file, "the header is not in UTF-8", SAVE_AS_UTF8)
    if head.count(separator_byte := _separator(header_text, known).encode()) >= MOST_COLUMNS:
        told = f"the header has {head.count(separator_byte) + 1:,} columns, and at most {MOST_COLUMNS:,} are read"
        return file_fault(file, told, "export the columns of the table alone")
    if "\0" in header_text:
        return file_fault(file, "the header holds a NUL byte", "export the file again")
    separator = _separator(header_text, known)
    try:
        header = next(csv.reader([header_text], delimiter=separator, strict=True))
    except csv.Error:
        return file_fault(file, "a quote in the header is not closed", "close the quote, or take it out")
    names = tuple(name.strip() for name in header)
    body = data[start:]
    found = undamaged_rows(body, separator, len(names), head_line + 1)
    if found is None:
        found = damaged_rows(body, separator, len(names), head_line + 1, row_test(TABLES[table], names))
    rows = found.without_blank()
    return Sheet(table, file, names, without_guard(rows.cells), rows.lines, rows.text, tuple(rows.lost))


def _header_line(data: bytes) -> tuple[int, int, bytes]:
    """The first line that is not blank: its number, where the next line starts, and its bytes."""
    number, position = 0, 0
    while position < len(data):
        number += 1
        ends = [end for end in (data.find(b"\n", position), data.find(b"\r", position)) if end >= 0]
        end = min(ends, default=len(data))
        line = data[position:end]
        position = end + (2 if data[end : end + 2] == b"\r\n" else 1)
        if line.strip():
            return number, position, line
    return number, len(data), b""


def _separator(header: str, known: frozenset[str]) -> str:
    """The separator under which most names are columns of the table; then the one that occurs most often."""

    def fits(separator: str) -> tuple[int, int]:
        names = [name.strip().strip('"') for name in header.split(separator)]
        return sum(name in known for name in names), len(names)

    return max(SEPARATORS, key=fits)


def row_test(table: Table, header: Sequence[str]) -> Callable[[list[str]], bool]:
    """A test for cells, as many as the header has, that look like a row of the table.

    The patient is named, and every date and every word of a vocabulary is one, or empty.
    """
    columns = {name: column for column in table.columns for name in (column.name, day_name(column.name))}
    known = [(i, columns[name]) for i, name in enumerate(header) if name in columns]
    dates = [i for i, column in known if column.kind is Kind.DATE]
    words = [(i, frozenset(map(str, column.words))) for i, column in known if column.words is not None]
    needed = [i for i, column in known if column.required]

    def looks_like_row(cells: list[str]) -> bool:
        bare = [cell.strip() for cell in cells]
        return (
            all(bare[i] for i in needed)
            and all(not bare[i] or _DAY.fullmatch(bare[i]) for i in dates)
            and all(not bare[i] or bare[i] in vocabulary for i, vocabulary in words)
        )

    return looks_like_row

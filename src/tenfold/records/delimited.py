"""A CSV file read exactly: bytes in, cells and the numbers of their lines out.

Separator (comma, semicolon, tab) from the header; line ends ``\\n``, ``\\r\\n`` or ``\\r``; UTF-8 with or
without a byte-order mark; quoted cells may hold separators, doubled quotes and line breaks. A row with the
wrong number of cells is set aside by itself. A file without trouble in its quotes or its encoding goes
through Polars, which would pad a short row in silence and stop at a long one: so the separators of every
line are counted first. Any other file is read by ``damaged``, line by line.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import polars as pl

from tenfold.records.damaged import damaged_rows
from tenfold.records.faults import Fault, file_fault
from tenfold.records.shape import Kind, Table, day_name
from tenfold.records.sheets import Rows, Sheet, stripped, wrong_width
from tenfold.records.tables import TABLES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEPARATORS = ",;\t"
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
    if "\0" in header_text:
        return file_fault(file, "the header holds a NUL byte", "export the file again")
    separator = _separator(header_text, known)
    try:
        header = next(csv.reader([header_text], delimiter=separator, strict=True))
    except csv.Error:
        return file_fault(file, "a quote in the header is not closed", "close the quote, or take it out")
    names = tuple(name.strip() for name in header)
    body = data[start:]
    found = _undamaged(body, separator, len(names), head_line + 1)
    if found is None:
        found = damaged_rows(body, separator, len(names), head_line + 1, row_test(TABLES[table], names))
    rows = found.without_blank()
    return Sheet(table, file, names, rows.cells, rows.lines, rows.text, tuple(rows.lost))


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


def _undamaged(body: bytes, separator: str, width: int, first_line: int) -> Rows | None:
    """Cells, lines, text and lost rows of a body whose quotes and encoding are in order; None for any
    other.
    """
    if b"\0" in body or not _is_utf8(body):
        return None
    if b"\r" in body and body.count(b"\r\n") != body.count(b"\r"):
        if b"\n" in body:
            return None
        body = body.replace(b"\r", b"\n")
    import numpy as np  # here, because a registry in Parquet never needs it

    if body and not body.endswith(b"\n"):
        body += b"\n"
    octets = np.frombuffer(body, np.uint8)
    ends = np.flatnonzero(octets == 10)
    separators = np.flatnonzero(octets == ord(separator))
    quoted = b'"' in body
    if quoted:
        quotes = np.flatnonzero(octets == 34)
        if not _quotes_in_order(octets, quotes, ord(separator)) or (np.searchsorted(quotes, ends) % 2).any():
            return None
        separators = separators[np.searchsorted(quotes, separators) % 2 == 0]
    starts = np.concatenate([np.zeros(1, ends.dtype), ends[:-1] + 1]) if len(ends) else ends
    count = np.searchsorted(separators, ends) - np.searchsorted(separators, starts)
    length = ends - starts - ((ends > starts) & (octets[np.maximum(ends - 1, 0)] == 13))
    right = (count == width - 1) & (length > 0)

    def line_text(i: int) -> str:
        return body[starts[i] : ends[i]].decode().rstrip("\r")

    lost = []
    for i in np.flatnonzero(~right & (length > 0)).tolist():
        text_of_line = line_text(i)
        if text_of_line.strip():
            lost.append(wrong_width(first_line + i, text_of_line, int(count[i]) + 1, width, separator))
    rows = np.flatnonzero(right)
    cells = _through_polars(_only_lines(body, right, starts, ends), separator, width, quoted)
    if cells.height != len(rows):
        return None

    def text(positions: Sequence[int]) -> list[str]:
        return [line_text(int(rows[position])) for position in positions]

    return Rows(cells, pl.Series("line", rows + first_line, dtype=pl.Int64), text, lost)


def _is_utf8(body: bytes) -> bool:
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _quotes_in_order(octets: "NDArray[np.uint8]", quotes: "NDArray[np.intp]", separator: int) -> bool:
    """Whether each quote opens a cell, closes one, or is one of a doubled pair inside a quoted cell."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = octets[opening - 1]
    if opening[0] == 0:
        before[0] = 10
    after = octets[closing + 1]  # the body ends with a line end: there is always a next byte
    import numpy as np

    return bool(np.isin(before, (10, separator, 34)).all() and np.isin(after, (10, 13, separator, 34)).all())


def _only_lines(
    body: bytes, wanted: "NDArray[np.bool_]", starts: "NDArray[np.intp]", ends: "NDArray[np.intp]"
) -> bytes:
    """The wanted lines of the body, with their line ends."""
    import numpy as np

    if wanted.all():
        return body
    change = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(np.int8)))
    return b"".join(
        body[starts[first] : ends[last - 1] + 1] for first, last in zip(change[0::2], change[1::2], strict=True)
    )


def _through_polars(body: bytes, separator: str, width: int, quoted: bool) -> pl.DataFrame:
    names = [str(i) for i in range(width)]
    if not body:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    cells = pl.read_csv(
        io.BytesIO(body),
        has_header=False,
        new_columns=names,
        schema=dict.fromkeys(names, pl.String),
        separator=separator,
        quote_char='"' if quoted else None,
    )
    return stripped(cells)

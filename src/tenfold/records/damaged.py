"""A CSV body with trouble in its quotes, its encoding or its line ends, read line by line.

The rule is that one malformed row never costs another. A quote that is not closed could swallow the rest of
the file; so the whole body is first read as written, and that reading is kept only if every quote is in
order and no line taken into a cell looks like a row of the table. Otherwise a cell may run over several
lines only where none of the lines taken in even has the cells of a row; where one has, only the physical
line with the open quote is lost, and reading goes on at the next.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence

import polars as pl

from tenfold.records.sheets import LostRow, Rows, stripped, wrong_width
from tenfold.records.undamaged import is_utf8, undamaged_rows

CHUNK = 100_000
MANY = 10_000
"""Lines without trouble, one after the other, that are worth reading at once."""
LONGEST = 500
"""The most physical lines that a row of a file with broken quotes may run over."""

_QUOTED = re.compile(r'"((?:[^"]+|"")*+)"')

NOT_CLOSED = ("a quote is opened and not closed", "close the quote, or take it out")
AFTER_CLOSING = (
    "there is text after a closing quote",
    "put the whole cell in quotes, and double each quote inside it",
)
INSIDE = (
    "there is a quote inside a cell that is not in quotes",
    "put the whole cell in quotes, and double each quote inside it",
)
NUL = ("the row holds a NUL byte", "export the file again, or take the byte out")
NOT_UTF8 = (
    "the row is not in UTF-8",
    "save the file again as CSV in UTF-8; this row was written in another encoding",
)


class QuoteTroubleError(ValueError):
    """A line whose quotes are not in order; carries the rule and the remedy."""

    def __init__(self, trouble: tuple[str, str]) -> None:
        """Say the rule and keep both."""
        super().__init__(trouble[0])
        self.trouble = trouble


def split_cells(text: str, separator: str) -> list[str]:
    """The cells of one row as text. QuoteTroubleError where its quotes are not in order."""
    if '"' not in text:
        return text.split(separator)
    cells, position = [], 0
    while True:
        if text.startswith('"', position):
            cell = _QUOTED.match(text, position)
            if cell is None:
                raise QuoteTroubleError(NOT_CLOSED)
            cells.append(cell[1].replace('""', '"'))
            position = cell.end()
        else:
            end = text.find(separator, position)
            end = len(text) if end < 0 else end
            if '"' in text[position:end]:
                raise QuoteTroubleError(INSIDE)
            cells.append(text[position:end])
            position = end
        if position == len(text):
            return cells
        if text[position] != separator:
            raise QuoteTroubleError(AFTER_CLOSING)
        position += 1


def damaged_rows(
    body: bytes, separator: str, width: int, first_line: int, looks_like_row: Callable[[list[str]], bool]
) -> Rows:
    """The rows of a body, whatever its state.

    ``looks_like_row`` judges cells, as many as the header has, that stand inside a quoted cell.
    """
    physical = body.splitlines(keepends=True)
    try:
        return _Reader(physical, separator, width, first_line, looks_like_row).read()
    except QuoteTroubleError:
        return _Reader(physical, separator, width, first_line, None).read()


class _Reader:
    """One pass over the physical lines.

    With ``looks_like_row`` it trusts the quotes, and stops at the first that is not in order; without, it
    trusts none.
    """

    def __init__(
        self,
        physical: list[bytes],
        separator: str,
        width: int,
        first_line: int,
        looks_like_row: Callable[[list[str]], bool] | None,
    ) -> None:
        self.physical, self.separator, self.width = physical, separator, width
        self.first_line, self.looks_like_row = first_line, looks_like_row
        self.trusting = looks_like_row is not None
        self.troubled = [i for i, line in enumerate(physical) if b'"' in line or b"\0" in line or not is_utf8(line)]
        self.troubled.append(len(physical))
        self.rows: list[list[str]] = []
        self.chunks: list[pl.DataFrame] = []
        self.spans: list[tuple[int, int]] = []
        self.lost: list[LostRow] = []

    def read(self) -> Rows:
        i = 0
        while i < len(self.physical):
            i = self._many_rows(i) or self._row(i)
            if len(self.rows) >= CHUNK:
                self._store()
        self._store()
        lines = pl.Series("line", [self.first_line + start for start, _ in self.spans], dtype=pl.Int64)
        return Rows(stripped(pl.concat(self.chunks)), lines, self._texts, self.lost)

    def _many_rows(self, i: int) -> int | None:
        """Read a long run of lines without trouble at once; returns where it ends, None where there is
        none.
        """
        end = self.troubled[bisect_left(self.troubled, i)]
        if end - i < MANY:
            return None
        rows = undamaged_rows(b"".join(self.physical[i:end]), self.separator, self.width, self.first_line + i)
        if rows is None:  # line ends of several kinds
            return None
        self._store()
        self.chunks.append(rows.cells)
        self.spans += [(line - self.first_line, line - self.first_line + 1) for line in rows.lines.to_list()]
        self.lost += rows.lost
        return end

    def _row(self, i: int) -> int:
        """Read the row that starts on physical line ``i``; returns where the next one starts."""
        raw = self.physical[i]
        text = _decoded(raw)
        if text is None:
            self._lose(i, NUL if b"\0" in raw else NOT_UTF8)
            return i + 1
        if not text.strip():
            return i + 1
        end = i + 1
        try:
            cells = split_cells(text, self.separator)
        except QuoteTroubleError as found:
            joined = self._over_lines(i) if found.trouble is NOT_CLOSED else None
            if joined is None:
                if self.trusting:
                    raise
                self._lose(i, found.trouble)
                return i + 1
            cells, end = joined
        if len(cells) == self.width:
            self.rows.append(cells)
            self.spans.append((i, end))
        else:
            if end > i + 1 and self.trusting:
                raise QuoteTroubleError(NOT_CLOSED)
            whole = self._text(i, end)
            self.lost.append(wrong_width(self.first_line + i, whole, len(cells), self.width, self.separator))
        return end

    def _over_lines(self, i: int) -> tuple[list[str], int] | None:
        """A row that runs over several physical lines: its cells and its end; None if it cannot be one."""
        parts = [self.physical[i].decode()]
        quotes = parts[0].count('"')
        for end in range(i + 1, len(self.physical)):
            text = _decoded(self.physical[end], keep_end=True)
            if text is None or self._is_row(text) or (not self.trusting and end - i > LONGEST):
                return None
            parts.append(text)
            quotes += text.count('"')
            if quotes % 2 == 0:
                try:
                    cells = split_cells("".join(parts).rstrip("\r\n"), self.separator)
                except QuoteTroubleError:
                    return None
                return (cells, end + 1) if self.trusting or len(cells) == self.width else None
        return None

    def _is_row(self, text: str) -> bool:
        """Whether a line taken into a quoted cell is rather a row by itself."""
        try:
            cells = split_cells(text.rstrip("\r\n"), self.separator)
        except QuoteTroubleError:
            return False
        return len(cells) == self.width and (self.looks_like_row is None or self.looks_like_row(cells))

    def _lose(self, i: int, trouble: tuple[str, str]) -> None:
        text = self._text(i, i + 1)
        before = text.split('"')[0].split(self.separator)
        if '"' in text:
            before.pop()  # the cell that the quote stands in
        if text.count(self.separator) >= 2 * (self.width - 1):
            before = []  # perhaps two rows run together: whose they are cannot be told
        trusted = tuple("" if "\N{REPLACEMENT CHARACTER}" in cell or "\0" in cell else cell.strip() for cell in before)
        self.lost.append(LostRow(self.first_line + i, text, trusted, *trouble))

    def _store(self) -> None:
        columns = list(zip(*self.rows, strict=True)) if self.rows else [()] * self.width
        self.chunks.append(pl.DataFrame([pl.Series(str(c), cells, dtype=pl.String) for c, cells in enumerate(columns)]))
        self.rows = []

    def _text(self, start: int, end: int) -> str:
        return b"".join(self.physical[start:end]).decode(errors="replace").rstrip("\r\n")

    def _texts(self, positions: Sequence[int]) -> list[str]:
        return [self._text(*self.spans[position]) for position in positions]


def _decoded(raw: bytes, *, keep_end: bool = False) -> str | None:
    """A physical line as text, without its line end; None if it is not UTF-8 or holds a NUL byte."""
    if b"\0" in raw:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if keep_end else text.rstrip("\r\n")

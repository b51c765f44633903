"""A text export as rows of cells, and its numbers: encodings, line ends, separators, decimal commas.

Encodings: UTF-8 with or without a byte-order mark, UTF-16 with or without one, else Windows Latin-1. Line ends
``\\n``, ``\\r\\n`` or ``\\r``. Traps: a quote left open must not swallow the rest of the file; ``5,720`` is five thousand
in one file and 5.72 in another, so the decimal mark is settled from all numbers of a table and never from one cell.
"""

from __future__ import annotations

import codecs
import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tenfold.exchange.run import RunNotUnderstood

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes. The largest run files of laboratories are some 20 MB."""

SEPARATORS = ("\t", ";", ",")

_TWO_WAYS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_POINT_NUMBER = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|[1-9]\d{0,2}(,\d{3})+(\.\d*)?)")
_COMMA_NUMBER = re.compile(r"[+-]?(\d+,?\d*([eE][+-]?\d+)?|,\d+([eE][+-]?\d+)?|[1-9]\d{0,2}(\.\d{3})+(,\d*)?)")
_LOOKALIKES = str.maketrans({"т": "t", "Т": "T", "с": "c", "С": "C", "µ": "u", "μ": "u", "\u00a0": " "})
_SPACES = str.maketrans("", "", " \u00a0\u202f'’")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line, stripped, and the number of the line, the first being 1."""

    line: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        """Whether every cell is empty."""
        return not any(self.cells)

    def cell(self, column: int | None) -> str:
        """The cell of a column, empty where the row is too short or the column is not there."""
        return self.cells[column] if column is not None and column < len(self.cells) else ""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        RunNotUnderstood: there is no such file, it is a folder, it is empty, too large or may not be read.
    """
    if path.is_dir():
        raise RunNotUnderstood(f"{path}: expected a file of one laboratory run, found a folder; name one file in it")
    if not path.exists():
        raise RunNotUnderstood(f"{path}: expected a file of a laboratory run, found no such file; check the name")
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise RunNotUnderstood(
                f"{path.name}: the file has {size:,} bytes; at most {LARGEST_FILE:,} are read. Export one run by itself"
            )
        data = path.read_bytes()
    except OSError as error:
        raise RunNotUnderstood(f"{path}: the file cannot be read ({error.strerror}); check who may read it") from error
    if not data.strip(b"\0 \t\r\n" + codecs.BOM_UTF8 + codecs.BOM_UTF16_LE):
        raise RunNotUnderstood(f"{path.name}: expected a laboratory run, found an empty file; export the run again")
    return data


def decoded(data: bytes, file: str) -> tuple[str, str | None]:
    """The text of a file with ``\\n`` line ends, and a note where the encoding had to be guessed.

    Raises:
        RunNotUnderstood: the bytes are no text, or break off inside a character.
    """
    note = None
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else _wide_without_mark(data)
    try:
        text = data.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError as error:
        if encoding or error.reason == "unexpected end of data":
            raise RunNotUnderstood(
                f"{file}: the file breaks off or is damaged inside a character, at byte {error.start}; export it again"
            ) from error
        text = data.decode("cp1252", errors="replace")
        note = "the file is not in UTF-8; it was read as Windows Latin-1, so check names with accents"
    if "\0" in text:
        raise RunNotUnderstood(f"{file}: expected a text export of a laboratory run, found a binary file")
    return text.replace("\r\n", "\n").replace("\r", "\n"), note


def _wide_without_mark(data: bytes) -> str | None:
    """The kind of UTF-16 where every other byte is zero, as in Western text; None where it is not."""
    head = data[:400]
    half = max(len(head) // 2, 1)
    if head[1::2].count(0) > 0.8 * half and head[::2].count(0) < 0.2 * half:
        return "utf-16-le"
    if head[::2].count(0) > 0.8 * half and head[1::2].count(0) < 0.2 * half:
        return "utf-16-be"
    return None


def rows_of(text: str, separator: str) -> list[Row]:
    """Every line as a row of cells.

    Quoted cells may hold separators or line breaks, though not both: such a cell is an open quote that has swallowed
    rows. Then, or where the quotes are not in order, each line is read by itself, and costs no more than itself.
    """
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    try:
        rows, start = [], 1
        reader = csv.reader((line + "\n" for line in lines), strict=True, delimiter=separator)
        for cells in reader:
            if any("\n" in cell and separator in cell for cell in cells):
                raise csv.Error
            rows.append(_row(start, cells))
            start = reader.line_num + 1
    except csv.Error:
        return [_row(number, _split(line, separator)) for number, line in enumerate(lines, 1)]
    return rows


def _split(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return line.split(separator)


def _row(line: int, cells: Iterable[str]) -> Row:
    return Row(line, tuple(cell.strip() for cell in cells))


def folded(header: str) -> str:
    """A header for comparison: small letters, single blanks, look-alike Cyrillic and Greek letters made Latin."""
    return " ".join(header.translate(_LOOKALIKES).replace("\N{REPLACEMENT CHARACTER}", "u").lower().split())


@dataclass(frozen=True, slots=True)
class DecimalMark:
    """How the numbers of a table are written: ``mark`` is ``.`` or ``,``, or None where nothing tells."""

    mark: str | None

    def number(self, cell: str) -> float | None:
        """The number of a cell; None where it holds none, or one that could be read in two ways."""
        bare = cell.translate(_SPACES)
        if self.mark is None and _TWO_WAYS.fullmatch(bare):
            return None
        if self.mark != "," and _POINT_NUMBER.fullmatch(bare):
            return _finite(bare.replace(",", ""))
        if self.mark != "." and _COMMA_NUMBER.fullmatch(bare):
            return _finite(bare.replace(".", "").replace(",", "."))
        return None

    def cycle(self, cell: str) -> float | None:
        """The number of a cell that holds a cycle: cycles need no thousands, so the one mark in it is the decimal mark.

        Whether the number can be a cycle at all is not asked here (``plausible.not_a_cycle``).
        """
        bare = cell.translate(_SPACES)
        if bare.count(",") + bare.count(".") == 1:
            bare = bare.replace(",", ".")
            return _finite(bare) if _POINT_NUMBER.fullmatch(bare) else None
        return self.number(bare)


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def decimal_mark(numbers: Iterable[str], cycles: Iterable[str] = ()) -> DecimalMark:
    """The decimal mark on which the numbers of a table agree.

    ``numbers``: any cells; those that are no numbers say nothing. ``cycles``: cells of threshold cycles, in which a
    mark is always the decimal mark, however many digits follow. Where no cell settles it, or cells contradict each
    other, the mark is None and numbers that could be read in two ways are not read.
    """
    point = comma = False
    for cell in set(cycles):
        bare = cell.translate(_SPACES)
        if DecimalMark(None).cycle(bare) is not None:
            point, comma = point or "." in bare, comma or "," in bare
    for cell in set(numbers):
        bare = cell.translate(_SPACES)
        if "." not in bare and "," not in bare:
            continue
        as_point, as_comma = bool(_POINT_NUMBER.fullmatch(bare)), bool(_COMMA_NUMBER.fullmatch(bare))
        point, comma = point or (as_point and not as_comma), comma or (as_comma and not as_point)
    if point == comma:
        return DecimalMark(None)
    return DecimalMark("." if point else ",")

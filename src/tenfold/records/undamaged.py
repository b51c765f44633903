"""A CSV body whose quotes and encoding are in order, read as a whole.

Polars parses it, but would pad a short row in silence and stop at a long one: so the separators of every
line are counted first, and only the lines with as many cells as the header are handed over.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from tenfold.records.sheets import Rows, stripped, wrong_width

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def undamaged_rows(body: bytes, separator: str, width: int, first_line: int) -> Rows | None:
    """Cells, lines, text and lost rows of a body whose quotes and encoding are in order; None for any
    other.
    """
    if b"\0" in body or not is_utf8(body):
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


def is_utf8(body: bytes) -> bool:
    """Whether the bytes are UTF-8."""
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

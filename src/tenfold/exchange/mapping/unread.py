"""The rows of a file that could not be read into cells, as the draft of a mapping tells of them: none is passed over in silence."""

from __future__ import annotations

from tenfold.exchange.mapping.draft_columns import remark
from tenfold.exchange.mapping.sources import Source
from tenfold.records.damaged import NOT_UTF8

NOT_LOOKED_AT = "was not looked at"
MOST_NAMED = 20
"""Rows that are named; of more it is said how many."""


def in_another_encoding(source: Source) -> bool:
    """Whether every row with an accent is in another encoding than UTF-8; where only some are, each is named instead."""
    sound = (*source.header, *(str(cell) for row in source.rows for cell in row if cell is not None))
    return any(one.rule == NOT_UTF8[0] for one in source.lost) and all(text.isascii() for text in sound)


def not_looked_at(source: Source) -> str:
    """The rows that could not be read into cells, a line each."""
    told = []
    for one in source.lost[:MOST_NAMED]:
        at = one.text.find("\N{REPLACEMENT CHARACTER}") + 1
        where = f"line {one.line}, character {at}" if at else f"line {one.line}"
        told.append(f"# {where} {NOT_LOOKED_AT}: {remark(one.rule)}. To mend it: {remark(one.remedy)}.\n")
    more = len(source.lost) - len(told)
    return "".join(told) + (f"# {more} more lines, too.\n" if more else "")

"""The names of wells: ``A01`` and ``a1`` are A1; positions that are only numbers are counted along the rows of a plate.

Plates are 96 wells (A1 to H12) or 384 (A1 to P24). A rotor has no rows: its positions stay numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WELL = re.compile(r"([A-P])[ :-]?0*([1-9]\d?)", re.IGNORECASE)
_NUMBER = re.compile(r"0*([1-9]\d{0,2})(\.0+)?")

COLUMNS = {96: 12, 384: 24}
"""How many columns a plate of so many wells has."""


def well_name(written: str) -> str | None:
    """``A1`` for ``A1``, ``a01`` or ``A:1``; None for anything that is not a row letter and a column."""
    found = _WELL.fullmatch(written.strip())
    if found is None or int(found[2]) > 24:
        return None
    return found[1].upper() + found[2]


def well_number(written: str) -> int | None:
    """The position 1 to 999 of a well that is only a number."""
    found = _NUMBER.fullmatch(written.strip())
    return int(found[1]) if found else None


def plate_well(number: int, columns: int) -> str:
    """The name of a position counted along the rows from 1, on a plate of so many columns."""
    row, column = divmod(number - 1, columns)
    return f"{_letters(row)}{column + 1}"


def _letters(row: int) -> str:
    return chr(ord("A") + row) if row < 26 else chr(ord("A") + row // 26 - 1) + chr(ord("A") + row % 26)


def plate_size(numbers: Iterable[int]) -> int:
    """96 or 384, by the highest of the positions."""
    return 96 if max(numbers, default=0) <= 96 else 384


def order(well: str) -> tuple[int, str, int]:
    """A key by which wells sort as they lie on the plate; rotor positions by number."""
    letters = well.rstrip("0123456789")
    digits = well[len(letters) :]
    return len(letters), letters, int(digits) if digits else 0


def is_on_384(wells: Iterable[str]) -> bool:
    """Whether any of the wells lies outside a plate of 96."""
    return any(letters > "H" or column > COLUMNS[96] for _, letters, column in map(order, filter(well_name, wells)))

"""What became of each field of a foreign file: mapped, guessed, or left; and the records that came of it.

A reader of a format gives text to the admission of `records` wherever it can, so that what cannot be right is a fault with its
file, row and remedy there, once for every format. It guesses only what it says that it guesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl

from tenfold.records.admission import admit
from tenfold.records.faults import Fault
from tenfold.records.registry import Registry
from tenfold.records.shape import Axis
from tenfold.records.sheets import Sheet

BLANKS = "".join(chr(k) for k in range(0x3001) if chr(k).isspace() and not 0x1C <= k <= 0x1F)
"""The blanks that admission takes off a cell: the separators of files and records are not among them."""


class Fate(StrEnum):
    """What became of a field."""

    MAPPED = "mapped"
    GUESSED = "guessed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a foreign file and what became of it.

    `source`: the file, sheet or kind of resource; `field`: the column, code or path as it is called there; `into`: the
    column of the records, e.g. "mrd_samples.value" (empty where left); `note`: why it was guessed, or left; `filled`: how
    many values it holds.
    """

    source: str
    field: str
    fate: Fate
    into: str = ""
    note: str = ""
    filled: int = 0


@dataclass(frozen=True, slots=True)
class Converted:
    """The records that came of a foreign file or folder, what became of its fields, and what else is worth knowing."""

    registry: Registry
    format: str
    fields: tuple[Field, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, fate: Fate) -> tuple[Field, ...]:
        """The fields that met a fate."""
        return tuple(one for one in self.fields if one.fate is fate)

    def frame(self) -> pl.DataFrame:
        """The fields as a frame: source, field, fate, into, note, filled."""
        schema = {"source": pl.String, "field": pl.String, "fate": pl.String, "into": pl.String, "note": pl.String}
        rows = [(one.source, one.field, str(one.fate), one.into, one.note, one.filled) for one in self.fields]
        return pl.DataFrame(rows, {**schema, "filled": pl.Int64}, orient="row")


@dataclass(frozen=True, slots=True)
class Written:
    """The files that a writer made, and what of the records its format cannot hold, in words."""

    files: tuple[Path, ...]
    left: tuple[str, ...] = ()


def sheet(
    table: str,
    file: str,
    rows: Sequence[Mapping[str, Any]],
    lines: Sequence[int] | None = None,
    columns: Iterable[str] = (),
) -> Sheet:
    """Rows of one table as text for admission.

    `lines`: where each row stands in `file`, else they are numbered from 1; `columns`: those that the sheet has at least,
    so that a table without rows is present. A value that is not text is written as a file would hold it.
    """
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    cells = pl.DataFrame(
        [pl.Series(str(i), [as_text(row.get(name)) for row in rows], pl.String) for i, name in enumerate(names)]
    )
    numbers = pl.Series("line", range(1, len(rows) + 1) if lines is None else lines, dtype=pl.Int64)

    def text(wanted: Sequence[int]) -> list[str]:
        return [", ".join(f"{name}={value}" for name, value in rows[i].items() if value is not None) for i in wanted]

    return Sheet(table, file, tuple(names), cells, numbers, text)


def as_text(value: Any) -> str | None:
    """A value as a file holds it: yes and no in words, dates as 2024-05-03; null for nothing but blanks."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    said = str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
    return said.strip(BLANKS) or None


def converted(
    sheets: Iterable[Sheet],
    format: str,
    fields: Iterable[Field],
    *,
    notes: Iterable[str] = (),
    faults: Iterable[Fault] = (),
    axis: Axis = "calendar",
    title: str | None = None,
    simulated: bool = False,
    sources: Mapping[str, str] | None = None,
) -> Converted:
    """Admit what a reader made, and keep its report."""
    registry = admit(sheets, faults, axis=axis, title=title, simulated=simulated, sources=sources)
    return Converted(registry, format, tuple(fields), tuple(notes))

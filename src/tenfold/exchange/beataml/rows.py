"""Rows of tables on their way to admission, each with the line that it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from tenfold.exchange.converted import as_text, sheet
from tenfold.records.sheets import Sheet

Cells = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: the line of the file that it came from, and its cells."""

    line: int
    cells: Cells


def once(rows: Iterable[Row]) -> list[Row]:
    """The rows without those that say again what an earlier one says: two specimens of one day share their blood count."""
    seen: dict[tuple[tuple[str, str | None], ...], Row] = {}
    for row in rows:
        seen.setdefault(tuple(sorted((name, as_text(value)) for name, value in row.cells.items())), row)
    return list(seen.values())


def as_sheet(table: str, file: str, rows: Sequence[Row], columns: Iterable[str] = ()) -> Sheet:
    """Rows as a sheet of one table."""
    return sheet(table, file, [row.cells for row in rows], [row.line for row in rows], ("patient_id", *columns))


def frame_as_sheet(table: str, file: str, frame: pl.DataFrame) -> Sheet:
    """A large frame as a sheet of one table; the column `line` is the line of each row."""
    cells = frame.drop("line").cast(pl.String)
    names = cells.columns

    def text(wanted: Sequence[int]) -> list[str]:
        told = cells[list(wanted)].iter_rows(named=True)
        return [", ".join(f"{name}={value}" for name, value in row.items() if value is not None) for row in told]

    numbered = cells.rename({name: str(at) for at, name in enumerate(names)})
    return Sheet(table, file, tuple(names), numbered, frame["line"].cast(pl.Int64), text)

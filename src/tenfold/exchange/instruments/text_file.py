"""A text export in memory: its rows under one separator, and the run that its one table makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tenfold.exchange.instruments.table import (
    Head,
    Table,
    read_table,
    wells_and_partitions,
    with_copies_in_copies,
)
from tenfold.exchange.instruments.text import DecimalMark, Row, folded
from tenfold.exchange.run import Run


@dataclass(frozen=True)
class TextFile:
    """One text export: the name of its file without and with its ending, and its rows.

    ``mark``: the decimal mark, where the numbers were typed and not written (a workbook).
    """

    stem: str
    name: str
    rows: Sequence[Row]
    notes: tuple[str, ...] = ()
    mark: DecimalMark | None = None

    def properties(self, before: int) -> dict[str, str]:
        """What the lines above a line tell as ``key = value``, ``key: value`` or two cells; keys folded.

        Marks such as ``*`` and ``#`` before the key are dropped.
        """
        found: dict[str, str] = {}
        for row in self.rows:
            if row.line >= before:
                break
            filled = [cell for cell in row.cells if cell]
            if len(filled) == 1:
                key, equals, value = filled[0].partition(" = ")
                if not equals:
                    key, _, value = filled[0].partition(":")
            elif len(filled) == 2:
                key, value = filled
            else:
                continue
            found.setdefault(folded(key.strip("*# :=")), value.strip())
        return found


def table_of(file: TextFile, head: Head, plate: int | None = None) -> Table:
    """The table below a header, its copies read only where the header gives no unit other than copies."""
    usable, note = with_copies_in_copies(head)
    table = read_table(file.rows, usable, file.name, plate, file.mark)
    return Table(table.records, (*table.notes, note)) if note else table


def one_table_run(file: TextFile, found: list[Head]) -> Run:
    """The run of an export that is one table and nothing more."""
    head = found[0]
    table = table_of(file, head)
    frames = wells_and_partitions(table, head.layout.digital)
    return run(file, head, table.notes, frames)


def run(file: TextFile, head: Head, notes: Sequence[str], frames: dict[str, Any], **told: Any) -> Run:
    """A run of the layout, with what else the file told of it (name, instrument, software, started)."""
    told = {"name": file.stem, "instrument": head.layout.instrument} | {k: v for k, v in told.items() if v}
    return Run(format=head.layout.format, notes=(*file.notes, *dict.fromkeys(notes)), **told, **frames)

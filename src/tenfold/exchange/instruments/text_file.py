"""A text export in memory: its rows under one separator, and the run that its tables make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tenfold.exchange.instruments.heading import Head
from tenfold.exchange.instruments.table import Table, read_tables, wells_and_partitions, with_copies_in_copies
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


def tables_of(file: TextFile, found: Sequence[Head], plate: int | None = None) -> list[Table]:
    """The table below each header, its copies read only where the header gives no unit other than copies."""
    usable = [with_copies_in_copies(head) for head in found]
    tables = read_tables(file.rows, [head for head, _ in usable], file.name, plate, file.mark)
    return [
        Table(table.records, (*table.notes, note)) if note else table
        for table, (_, note) in zip(tables, usable, strict=True)
    ]


def tables_run(file: TextFile, found: list[Head]) -> Run:
    """The run of an export that is one table, or several of one kind, and nothing more."""
    tables = tables_of(file, found)
    records = [record for table in tables for record in table.records]
    frames, doubts = wells_and_partitions(records, found[0].layout.digital)
    return run(file, found[0], [*(note for table in tables for note in table.notes), *doubts], frames)


def run(file: TextFile, head: Head, notes: Sequence[str], frames: dict[str, Any], **told: Any) -> Run:
    """A run of the layout, with what else the file told of it (name, instrument, software, started)."""
    told = {"name": file.stem, "instrument": head.layout.instrument} | {k: v for k, v in told.items() if v}
    return Run(format=head.layout.format, notes=(*file.notes, *dict.fromkeys(notes)), **told, **frames)

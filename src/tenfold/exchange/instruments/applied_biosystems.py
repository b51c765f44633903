"""Exports of QuantStudio, ViiA 7, StepOne, 7500 and 7900 instruments (Applied Biosystems): text, CSV, workbooks.

A block of properties, then sections in brackets (in a workbook: sheets). The wells are in ``Results``, the curves in
``Amplification Data`` (Rn, before the baseline is subtracted); newer programs write the quantities of the standards
only into ``Standard Curve Result``. Traps: the header ``Cт`` is written with a Cyrillic letter; thousands are marked
(``5,720.562``); ``Quantity`` is given for standards and computed for all others; wells may be numbered; rows of empty
wells are written without content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from tenfold.exchange.instruments.heading import Head, heads, is_section, only_table
from tenfold.exchange.instruments.layout import Layout
from tenfold.exchange.instruments.table import Table, wells_and_partitions
from tenfold.exchange.instruments.text import Row, decimal_mark, folded
from tenfold.exchange.instruments.text_file import TextFile, run, tables_of
from tenfold.exchange.instruments.wells import COLUMNS, is_on_384, order, plate_well, well_name, well_number
from tenfold.exchange.run import CURVES, Run
from tenfold.vocabulary import WellRole

RESULTS = Layout(
    format="Applied Biosystems",
    fields={
        "well": ("well position", "well"),
        "sample": ("sample name", "sample"),
        "target": ("target name", "target", "detector name", "detector"),
        "dye": ("reporter",),
        "role": ("task",),
        "copies": ("quantity", "qty"),
        "ct": ("ct", "crt", "cq"),
        "left_out": ("omit",),
        "comment": ("comments",),
    },
    needed=frozenset({"well", "role", "ct"}),
    signature=frozenset({"task"}),
    lists_empty_wells=True,
)

Sections = Mapping[str, Sequence[Row]]
"""The rows of each section or sheet, by its folded name."""


@dataclass(frozen=True)
class _Columns:
    """The rows of a section below the header that has all of the columns asked for."""

    header: tuple[str, ...]
    rows: Sequence[Row]

    def at(self, *names: str) -> int | None:
        """The first column with one of the headers."""
        return next((self.header.index(name) for name in names if name in self.header), None)


def read_text(file: TextFile, found: list[Head]) -> Run:
    """The run of a text export with a ``[Results]`` table, or of the table alone."""
    return read_results(file, found[0], _sections(file))


def read_results(file: TextFile, head: Head, sections: Sections) -> Run:
    """The run of a table of results, with what other sections tell of its quantities, wells and curves.

    Raises:
        RunNotUnderstood: the table has no rows or breaks off, or a second one follows in its section.
    """
    told = file.properties(head.row.line)
    block = told.get("block type", "")
    plate = 384 if "384" in block else 96 if "96" in block else None
    only_table(file.rows, [head, *heads(file.rows, [RESULTS])], file.name)
    (results,) = tables_of(file, [head], plate)
    table = _with_quantities(results, file, head, sections)
    frames, doubts = wells_and_partitions(table.records, digital=False)
    names = set(frames["wells"]["well"].drop_nulls())
    return run(
        file,
        head,
        [*table.notes, *doubts, *_without_results(sections, names)],
        {**frames, "curves": _curves(sections, names, _numbers(file, head, names, plate))},
        name=told.get("experiment name"),
        instrument=told.get("instrument type"),
        software=told.get("software name and version"),
        started=_moment(told.get("run start date/time") or told.get("experiment run start time") or ""),
    )


def _sections(file: TextFile) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    rows: list[Row] | None = None
    for row in file.rows:
        first = row.cells[0] if row.cells else ""
        if is_section(row):
            rows = found.setdefault(folded(first.strip("[]")), [])
        elif rows is not None and not row.is_blank:
            rows.append(row)
    return found


def _columns(sections: Sections, name: str, *needed: tuple[str, ...]) -> _Columns | None:
    """The table of a section, found by headers of which one of each group must be there."""
    rows = sections.get(name, ())
    for i, row in enumerate(rows):
        header = tuple(folded(cell) for cell in row.cells)
        if all(any(one in header for one in names) for names in needed):
            return _Columns(header, rows[i + 1 :])
    return None


def _with_quantities(table: Table, file: TextFile, head: Head, sections: Sections) -> Table:
    """The table with the copies of its standards from the section of the standard curve, where it has none."""
    rows = sections.get("standard curve result")
    if rows is None or "copies" in head.columns:
        return table
    other = next((one for one in heads(rows, [RESULTS]) if "copies" in one.columns), None)
    if other is None:
        return table
    (curve,) = tables_of(TextFile(file.stem, file.name, rows, mark=file.mark), [other])
    copies = {(one["well"], one["target"]): one["copies"] for one in curve.records if one["copies"] is not None}
    records = [
        one | {"copies": copies.get((one["well"], one["target"])) if one["role"] is WellRole.STANDARD else None}
        for one in table.records
    ]
    return Table(records, (*table.notes, *(note for note in curve.notes if "unit" in note)))


def _without_results(sections: Sections, wells: set[str]) -> list[str]:
    """A note where wells were set up and have no results: the file or the analysis may have lost them."""
    setup = _columns(sections, "sample setup", ("well",), ("task",))
    if setup is None:
        return []
    well, task = setup.at("well position", "well"), setup.at("task")
    named = {name for row in setup.rows if row.cell(task) and (name := well_name(row.cell(well)))}
    lacking = sorted(named - wells, key=order)
    return [f"set up, and without results: {', '.join(lacking)}"] if lacking else []


def _numbers(file: TextFile, head: Head, wells: set[str], plate: int | None) -> dict[int, str]:
    """The number of a well -> its name: as the results pair them, else as they are counted on the plate."""
    columns = COLUMNS[plate or (384 if is_on_384(wells) else 96)]
    found = {number: plate_well(number, columns) for number in range(1, 385)}
    header = [folded(cell) for cell in head.row.cells]
    if "well" in header and "well position" in header:
        well, position = header.index("well"), header.index("well position")
        for row in file.rows:
            number, name = well_number(row.cell(well)), well_name(row.cell(position))
            if row.line > head.row.line and number and name:
                found[number] = name
    return found


def _curves(sections: Sections, wells: set[str], numbers: dict[int, str]) -> pl.DataFrame:
    """The curves of the wells that have results."""
    found = _columns(sections, "amplification data", ("well",), ("cycle", "cycle number"), ("rn",))
    if found is None:
        return pl.DataFrame(schema=CURVES)
    well, cycle, rn = found.at("well position", "well"), found.at("cycle", "cycle number"), found.at("rn")
    target = found.at("target name", "target", "detector name")
    mark = decimal_mark(row.cell(rn) for row in found.rows)
    records: list[dict[str, Any]] = []
    for row in found.rows:
        name = numbers.get(well_number(row.cell(well)) or 0) or well_name(row.cell(well))
        value, at = mark.cycle(row.cell(rn)), mark.cycle(row.cell(cycle))
        if name in wells and value is not None and at is not None:
            records.append({"well": name, "target": row.cell(target) or None, "cycle": at, "fluorescence": value})
    return pl.DataFrame(records, schema=CURVES)


def _moment(written: str) -> datetime | None:
    """A moment such as ``2024-05-13 10:37:44 AM EDT``, without its zone."""
    text = " ".join(written.split()[:3])
    for form, part in (("%Y-%m-%d %I:%M:%S %p", text), ("%Y-%m-%d %H:%M:%S", text[:19])):
        try:
            return datetime.strptime(part, form)
        except ValueError:
            continue
    return None

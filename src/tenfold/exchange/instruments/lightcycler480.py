"""Text exports of the LightCycler 480 and cobas z 480 (Roche): the table of an analysis, and raw data.

The table: line 1 ``Experiment: ...  Selected Filter: ...``, line 2 ``Include Color Pos Name Cp Concentration Standard
Status``, tabs. Traps: an empty ``Cp`` is a crossing point that was not found; ``Standard`` holds the given copies of a
standard and 0 for every other well, so that a patient cannot be told from a control; ``Concentration`` is computed; the
file names the filter and not the gene; several analyses may follow each other. Raw data: ``SamplePos SampleName Prog# Seg# Cycle# Time Temp`` and one column for
each filter; programs without cycles (melting) are left away.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import polars as pl

from tenfold.exchange.instruments.heading import Head, only_table
from tenfold.exchange.instruments.layout import Layout
from tenfold.exchange.instruments.table import wells_and_partitions
from tenfold.exchange.instruments.text import Row, decimal_mark, folded
from tenfold.exchange.instruments.text_file import TextFile, run, tables_of
from tenfold.exchange.instruments.wells import well_name
from tenfold.exchange.run import CURVES, WELLS, Run, RunNotUnderstood
from tenfold.vocabulary import CtStatus

ANALYSIS = Layout(
    format="LightCycler 480",
    instrument="LightCycler 480",
    fields={
        "well": ("pos",),
        "sample": ("name",),
        "copies": ("standard",),
        "ct": ("cp",),
        "included": ("include",),
        "flag": ("status",),
    },
    needed=frozenset({"well", "ct", "included"}),
    signature=frozenset({"color"}),
    empty_ct=CtStatus.UNDETERMINED,
    titles=("experiment:",),
)

RAW = Layout(
    format="LightCycler 480 raw data",
    instrument="LightCycler 480",
    fields={"well": ("samplepos",), "sample": ("samplename",), "cycle": ("cycle#",), "program": ("prog#",)},
    needed=frozenset({"well", "cycle", "program"}),
    signature=frozenset({"temp"}),
)


def read_analysis(file: TextFile, found: list[Head]) -> Run:
    """The run of every analysis in the file: each has the wells under one filter.

    Raises:
        RunNotUnderstood: the analyses are of different experiments, whose wells are not the same.
    """
    first: tuple[int, str] | None = None
    records: list[dict[str, Any]] = []
    notes: list[str] = []
    above = 0
    for head, table in zip(found, tables_of(file, found), strict=True):
        experiment, chosen = _title(file, above, head.row.line)
        above = head.row.line
        if experiment is not None:
            if first is not None and first[1] != experiment:
                raise RunNotUnderstood(
                    f"{file.name}: the table below line {first[0]} is of the experiment {first[1]!r} and the one below "
                    f"line {above} of {experiment!r}; keep each experiment in a file of its own"
                )
            first = first or (above, experiment)
        notes += table.notes
        if chosen is not None:
            notes.append("the target is named by its filter; a plate map can name the gene")
        elif len(found) > 1:
            notes.append(f"the table below line {above} names no filter, so its target is not known")
        records += [record | {"target": chosen} for record in table.records]
    frames, doubts = wells_and_partitions(records, digital=False)
    return run(file, found[0], [*notes, *doubts], frames, name=first[1] if first else None)


def _title(file: TextFile, above: int, before: int) -> tuple[str | None, str | None]:
    """The experiment and the filter that the title of a table names, between a line above it and its header."""
    titles = [" ".join(cell for cell in row.cells if cell) for row in file.rows if above < row.line < before]
    line = next((title for title in reversed(titles) if "Filter:" in title or "Experiment:" in title), "")
    before_filter, _, chosen = line.partition("Selected Filter:")
    if not chosen:
        before_filter, _, chosen = line.partition("Filter:")
    name = before_filter.partition("Experiment:")[2].strip() if "Experiment:" in before_filter else ""
    return name or None, chosen.strip() or None


def read_raw(file: TextFile, found: list[Head]) -> Run:
    """The curves of raw data; the wells have no crossing points, which the analysis alone gives.

    Raises:
        RunNotUnderstood: no program of the run has cycles, a line breaks off, or a second table follows.
    """
    head = only_table(file.rows, found, file.name)
    (well,), (cycle,), (program,) = (head.columns[name] for name in ("well", "cycle", "program"))
    (sample,) = head.columns.get("sample", [None])
    header = [folded(cell) for cell in head.row.cells]
    filters = [i for i, cell in enumerate(header) if i > header.index("temp") and cell]
    body = [row for row in file.rows if row.line > head.row.line and not row.is_blank]
    if body and len(body[-1].cells) <= max(filters, default=0):
        raise RunNotUnderstood(
            f"{file.name}: the file breaks off in line {body[-1].line}; wells after it may be lost. Export the run again"
        )
    amplifying = _amplifying(body, program, cycle, file)
    mark = decimal_mark(row.cell(column) for row in body for column in filters)
    curves: list[dict[str, Any]] = []
    names: dict[str, str | None] = {}
    for row in body:
        name = well_name(row.cell(well)) or row.cell(well)
        names.setdefault(name, row.cell(sample) or None)
        if row.cell(program) != amplifying:
            continue
        for column in filters:
            value = mark.number(row.cell(column))
            if value is not None:
                curves.append(
                    {"well": name, "target": head.name(column), "cycle": float(row.cell(cycle)), "fluorescence": value}
                )
    wells = [
        {"well": name, "sample": label, "target": head.name(column), "ct_status": CtStatus.MISSING, "left_out": False}
        for name, label in names.items()
        for column in filters
    ]
    notes = [
        "raw data have no crossing points; read the export of the analysis for them",
        f"the curves are those of program {amplifying}",
    ]
    frames = {"wells": pl.DataFrame(wells, schema=WELLS), "curves": pl.DataFrame(curves, schema=CURVES)}
    experiment, software = _run_line(file)
    return run(file, head, notes, frames, name=experiment, software=software)


def _amplifying(body: list[Row], program: int, cycle: int, file: TextFile) -> str:
    """The program with the most cycles."""
    cycles: defaultdict[str, set[str]] = defaultdict(set)
    for row in body:
        if row.cell(cycle).isdigit():
            cycles[row.cell(program)].add(row.cell(cycle))
    best = max(cycles, key=lambda key: len(cycles[key]), default=None)
    if best is None or len(cycles[best]) < 2:
        raise RunNotUnderstood(
            f"{file.name}: expected raw data of an amplification, found no program with more than one cycle; "
            "export the raw data of the amplification"
        )
    return best


def _run_line(file: TextFile) -> tuple[str | None, str | None]:
    """The experiment and the software that the line above the header names."""
    for row in file.rows[:3]:
        for cell in row.cells:
            if cell.startswith("Experiment - "):
                name, _, software = cell.removeprefix("Experiment - ").rpartition(" (Run on ")
                return name or None, software.rstrip(")") or None
    return None, None

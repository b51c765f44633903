"""CSV exports of analysed data of the Rotor-Gene Q, 6000 and 3000 (Qiagen, Corbett).

A block of properties, then for each channel ``Quantitative analysis of <channel> (<name>)`` and a table ``No., Color,
Name, Type, Ct, Ct Comment, Given Conc (<unit>), Calc Conc (<unit>), Rep. Ct ...``; some programs write no ``Type``.
Traps: positions are those of a rotor and stay numbers; an empty ``Ct`` is a threshold never crossed; a unit of the given
concentration that is not copies makes no copies; ``Rep.`` columns are means and are not read; the day and the month of a
date can be told apart only after the twelfth.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tenfold.exchange.instruments.heading import Head
from tenfold.exchange.instruments.layout import Layout
from tenfold.exchange.instruments.table import wells_and_partitions
from tenfold.exchange.instruments.text_file import TextFile, run, tables_of
from tenfold.exchange.run import Run
from tenfold.vocabulary import CtStatus

_TITLE = "Quantitative analysis of "

ANALYSIS = Layout(
    format="Rotor-Gene",
    instrument="Rotor-Gene",
    fields={
        "well": ("no.",),
        "sample": ("name",),
        "role": ("type",),
        "copies": ("given conc (", "given conc.", "given conc"),
        "ct": ("ct",),
        "comment": ("ct comment",),
    },
    needed=frozenset({"well", "sample", "ct"}),
    empty_ct=CtStatus.UNDETERMINED,
    rotor=True,
    titles=(_TITLE.lower(),),
)


def read_rotorgene(file: TextFile, found: list[Head]) -> Run:
    """The run of every analysed channel in the file."""
    told = file.properties(found[0].row.line)
    records: list[dict[str, Any]] = []
    notes: list[str] = []
    for head, table in zip(found, tables_of(file, found), strict=True):
        target = _target(file, head.row.line)
        if target is None:
            notes.append(f"the table below line {head.row.line} names no channel, so its target is not known")
        records += [record | {"target": target} for record in table.records]
        notes += table.notes
    started = _started(told.get("date", ""), told.get("time", ""))
    if started is None and told.get("date"):
        notes.append(f"the date {told['date']!r} can be read in two ways, or in none; it is not read")
    frames, doubts = wells_and_partitions(records, digital=False)
    name = told.get("file", "").replace("\\", "/").rpartition("/")[2].removesuffix(".rex")
    return run(file, found[0], [*notes, *doubts], frames, name=name, started=started)


def _target(file: TextFile, before: int) -> str | None:
    """The name of the analysis above a line: what stands in brackets, else the channel."""
    for row in reversed([row for row in file.rows if row.line < before]):
        title = row.cells[0] if row.cells else ""
        if title.startswith(_TITLE):
            channel, bracket, name = title.removeprefix(_TITLE).partition("(")
            return (name.rstrip(") ") if bracket else channel).strip() or None
    return None


def _started(date: str, time: str) -> datetime | None:
    """The start of a run whose date can be read in one way only."""
    days = set()
    for form in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d"):
        for clock in ("%H:%M:%S", "%I:%M:%S %p"):
            try:
                days.add(datetime.strptime(f"{date} {time}", f"{form} {clock}"))
            except ValueError:
                continue
    return days.pop() if len(days) == 1 else None

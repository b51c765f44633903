"""What is gathered from a study's files while they are read: rows of the tables, with their lines, and what became of
each column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from tenfold.exchange.cbioportal.study import Cells, Study
from tenfold.exchange.cbioportal.words import heading
from tenfold.exchange.converted import Fate, Field, sheet
from tenfold.records.faults import Fault, Used
from tenfold.records.shape import Axis, Column, Kind
from tenfold.records.sheets import Sheet
from tenfold.records.tables import TABLES

Row = dict[str, str | None]


@dataclass
class Gathered:
    """Rows, fields and faults of a study, and what places its facts.

    `zero`: the date of each patient's day zero, where the study holds it (`axis` is then the calendar); `ids`: what a file
    calls a patient -> the patient's id; `samples`: sample -> patient; `sample_days`: sample -> day, as text;
    `covered_samples`: those with a gene panel that is known; `events`: what the events of the timelines are called.
    """

    study: Study
    axis: Axis = "relative"
    zero: dict[str, date] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)
    sample_days: dict[str, str] = field(default_factory=dict)
    patients: dict[str, Row] = field(default_factory=dict)
    rows: dict[tuple[str, str], list[tuple[int, Row]]] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    covered_samples: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)

    @property
    def own(self) -> bool:
        """Whether Tenfold wrote the study, and says so beside it."""
        return self.study.own is not None

    def patient(self, named: str) -> str:
        """The id of a patient as a file names them."""
        return self.ids.get(named.strip(), named.strip())

    def add(self, table: str, file: str, line: int, row: Row) -> None:
        """A row of a table."""
        self.rows.setdefault((table, file), []).append((line, row))

    def cell(self, row: dict[str, str], name: str) -> str | None:
        """What a row says under a heading; None for not known, or no such heading."""
        return self.study.cell(row.get(name, ""))

    def day(self, text: str | None, patient: str) -> str | None:
        """A day as the axis has it: days since day zero, or the date; what is no whole number stays as it is, to be faulted."""
        if text is None or self.axis == "relative":
            return text
        start = self.zero.get(patient)
        try:
            days = float(text)
            return (start + timedelta(days=int(days))).isoformat() if start and days.is_integer() else text
        except (ValueError, OverflowError):
            return text

    def value(self, column: Column, text: str | None, patient: str) -> str | None:
        """A cell as the records want it: its days on the axis, all else as written."""
        return self.day(text, patient) if column.kind is Kind.DATE else text

    def name(self, table: str, calendar_name: str) -> str:
        """A column's name on the axis."""
        return TABLES[table][calendar_name].named(self.axis)

    def tell(self, cells: Cells, name: str, fate: Fate, into: str = "", note: str = "") -> None:
        """What became of a column."""
        self.fields.append(Field(cells.file, name, fate, into, note, cells.filled(name)))

    def not_used(
        self, file: str, line: int, patient: str | None, column: str, value: str, rule: str, remedy: str
    ) -> None:
        """A value that is not used; its row is kept without it."""
        self.faults.append(Fault(file, line, patient, column, value, rule, remedy, Used.KEPT))

    def number(self, cells: Cells, line: int, row: dict[str, str], name: str, patient: str) -> str | None:
        """A number; what is none is not used, and said, so that the rest of the patient is kept."""
        text = self.cell(row, name)
        if text is None or self.own:
            return text
        try:
            float(text)
        except ValueError:
            self.not_used(
                cells.file, line, patient, name, text, f"{text} is not a number", "correct the value, or leave it empty"
            )
            return None
        return text

    def sheets(self) -> Iterator[Sheet]:
        """The rows as sheets, one for each table and file."""
        for (table, file), found in self.rows.items():
            columns = list(TABLES[table].schema(self.axis))
            yield sheet(table, file, [row for _, row in found], [line for line, _ in found], columns)

    def heights(self) -> Counter[str]:
        """How many rows each table has."""
        counted: Counter[str] = Counter()
        for (table, _), found in self.rows.items():
            counted[table] += len(found)
        return counted

    def plain(self, cells: Cells, table: str, *, timeline: bool = False) -> dict[str, Column]:
        """The headings of a file that are columns of a table under the names that Tenfold gives them."""
        named = {heading(TABLES[table], column, timeline=timeline): column for column in TABLES[table].columns}
        return {name: named[name] for name in cells.header if name in named}

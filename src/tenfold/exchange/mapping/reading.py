"""Records from another system's tables by a mapping: each cell, row and column is used as the mapping says, or named.

A cell that cannot be understood sets its row aside, as a faulty cell of our own tables does, with the file, line, column,
value and remedy. A table is complete only where the mapping says so and all of it could be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from tenfold.exchange.converted import Converted, Field
from tenfold.exchange.converted import sheet as sheet_of
from tenfold.exchange.mapping.became import fields, other_sources
from tenfold.exchange.mapping.cells import cell_reader
from tenfold.exchange.mapping.held import Cell, Wrong
from tenfold.exchange.mapping.no_row import Doubtful, Read, row_test
from tenfold.exchange.mapping.plan import VISIT, ColumnRule, FileMapping, TableRule
from tenfold.exchange.mapping.plan_file import read_mapping
from tenfold.exchange.mapping.sources import Source, column_cells, files_of, open_source
from tenfold.records.admission import admit
from tenfold.records.faults import OR_IN_MAPPING, Fault, file_fault
from tenfold.records.registry import Registry
from tenfold.records.sheets import LostRow, Sheet
from tenfold.records.tables import TABLES

MAPPING = "tenfold-mapping.toml"
"""A folder that holds a mapping of this name is read by it."""
FORMAT = "mapped"
MARK = "\0"
"""Before a cell that was not understood, so that admission sets its row aside with all that follows from it."""


def recognises(path: Path) -> bool:
    """Whether a path is a folder with a mapping in it."""
    return path.is_dir() and (path / MAPPING).is_file()


def read_records(path: Path) -> Converted:
    """Read a folder by the mapping in it. MappingError (a ValueError) names every mistake of the mapping."""
    return read_with(path / MAPPING, path)


def read_with(mapping: FileMapping | str | Path, path: str | Path) -> Converted:
    """Read a file, or a folder of files, by a mapping.

    MappingError (a ValueError) where the mapping itself is wrong; FileNotFoundError, ValueError where the path cannot be
    read at all. What cannot be used of a file is among the faults of the registry.
    """
    if not isinstance(mapping, FileMapping):
        mapping = read_mapping(mapping)
    place = Path(path)
    if not place.exists():
        raise FileNotFoundError(f"there is no file or folder {place}")
    work = _Work(mapping, place)
    for rule in mapping.tables:
        work.take(rule)
    return work.converted()


Reader = tuple[ColumnRule, int | None, Callable[[Cell], str | Wrong | None]]


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A cell that was not understood: where it stands, our column and its own, and what is wrong."""

    label: str
    line: int
    into: str
    source: str
    wrong: Wrong


@dataclass
class _Work:
    """What has been read so far."""

    mapping: FileMapping
    place: Path
    opened: dict[tuple[str, str, int, str], Source | Fault] = field(default_factory=dict)
    sheets: list[Sheet] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    wrong: list[_Doubt] = field(default_factory=list)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    read: dict[str, Source] = field(default_factory=dict)
    used: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    left: dict[tuple[str, str], str] = field(default_factory=dict)
    unmade: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    incomplete: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def take(self, rule: TableRule) -> None:
        """Read the rows of one table of the mapping."""
        if not rule.complete:
            self.incomplete.add(rule.into)
        source = self._source(rule)
        fault = source if isinstance(source, Fault) else self._missing(rule, source)
        if isinstance(source, Fault) or fault is not None:
            self.faults += [] if fault is None else [fault]
            self.incomplete.add(rule.into)
            return
        for name, why in rule.left.items():
            if name not in source.header:
                remedy = f"see whether it was renamed{OR_IN_MAPPING}correct the name under left, or take it out"
                said = "a column that was expected, and is not needed, is not there"
                self.faults.append(file_fault(source.label, said, remedy, column=name))
            self.left[source.label, name] = why
        made = 0
        for number, visit in enumerate(rule.visits or ("",)):
            made += self._visit(rule, source, visit, first=number == 0)
        constants = [f"{one.into} = {one.constant}" for one in rule.columns if one.constant]
        if constants:
            self.notes.append(f"{source.label} -> {rule.into}: the mapping itself says {', '.join(constants)}")
        self.notes.append(f"{source.label} -> {rule.into}: {made} rows")

    def _source(self, rule: TableRule) -> Source | Fault:
        files = {file.name: file for file in files_of(self.place)}
        if rule.file and rule.file not in files:
            remedy = f"send it{OR_IN_MAPPING}correct its name; the files are {', '.join(files) or 'none'}"
            return file_fault(rule.file, "the file is not there", remedy)
        if not rule.file and len(files) != 1:
            rule_said = f"[[table]] {rule.number} does not say which file"
            return file_fault(
                self.place.name, rule_said, f'write file = "..."; the files are {", ".join(files) or "none"}'
            )
        name = rule.file or next(iter(files))
        key = (name, rule.sheet, rule.header_row, rule.encoding)
        if key not in self.opened:
            self.opened[key] = open_source(files[name], rule.sheet, rule.header_row, rule.encoding)
        return self.opened[key]

    def _missing(self, rule: TableRule, source: Source) -> Fault | None:
        """The first column that the mapping asks for and the file has not, or has twice."""
        for visit in rule.visits or ("",):
            asked = [one.of(visit) for one in rule.columns if one.source]
            asked += [rule.rows_where.source.replace(VISIT, visit)] if rule.rows_where else []
            for name in asked:
                if source.position(name) is None:
                    twice = name in source.header
                    said = "stands twice in the header" if twice else "is not in the header"
                    listed = ", ".join(filter(None, source.header))
                    remedy = (
                        "name the columns apart"
                        if twice
                        else f"add the column to the file{OR_IN_MAPPING}correct its name; the columns are {listed}"
                    )
                    return file_fault(
                        source.label, f"{name} {said}: nothing is read into {rule.into}", remedy, column=name
                    )
        return None

    def _visit(self, rule: TableRule, source: Source, visit: str, *, first: bool) -> int:
        """The rows of one visit (or of all the file), as one sheet; returns how many."""
        label = self._label(rule, source, visit)
        self.read[label] = source
        axis = self.mapping.axis
        by_name = {column.named(axis): column for column in TABLES[rule.into].columns}
        readers: list[Reader] = []
        for one in rule.columns:
            column = by_name[one.into]
            if one.source:
                name = one.of(visit)
                position = source.position(name)
                beside = () if position is None else column_cells(source, position)
                readers.append((one, position, cell_reader(one, column, axis, beside)))
                self.columns[label, column.name] = name
                self.used.setdefault((source.label, name), []).append(f"{rule.into}.{one.into}")
            else:
                readers.append((one, None, cell_reader(one, column, axis)))
        test = row_test(rule, visit, source.header, axis)
        rows: list[dict[str, str | None]] = []
        numbers: list[int] = []
        kept: list[int] = []
        seen: set[tuple[str | None, ...]] = set()
        for i, cells in enumerate(source.rows):
            made = self._row(rule, source, visit, i, cells, readers, label, test)
            if made is None:
                continue
            if rule.distinct and tuple(made.values()) in seen:
                continue
            seen.add(tuple(made.values()))
            rows.append(made)
            numbers.append(source.lines[i])
            kept.append(i)
        made_sheet = sheet_of(rule.into, label, rows, numbers, [one.into for one in rule.columns])
        lost = _lost(rule, source, visit) if first else ()
        self.sheets.append(
            replace(made_sheet, text=lambda wanted: [source.text(kept[k]) for k in wanted], lost=tuple(lost))
        )
        return len(rows)

    def _label(self, rule: TableRule, source: Source, visit: str) -> str:
        """What the faults of a rule call its file: the rules of one file are told apart, so that each fault finds its column."""
        label = f"{source.label}, {visit}" if visit else source.label
        alike = [one for one in self.mapping.tables if (one.file, one.sheet) == (rule.file, rule.sheet)]
        if len(alike) == 1:
            return label
        twice = sum(one.into == rule.into for one in alike) > 1
        return f"{label} (into {rule.into}{f', [[table]] {rule.number}' if twice else ''})"

    def _row(
        self,
        rule: TableRule,
        source: Source,
        visit: str,
        i: int,
        cells: tuple[Cell, ...],
        readers: list[Reader],
        label: str,
        test: Callable[[Sequence[Cell], Read], str | Doubtful | None],
    ) -> dict[str, str | None] | None:
        """One row of our table; None where the mapping says that there is none."""
        read = {
            one.into: (one.prefix + one.constant.replace(VISIT, visit)) if position is None else reader(cells[position])
            for one, position, reader in readers
        }
        said = test(cells, read)
        if isinstance(said, str):
            self.unmade[source.label, rule.into, said] += 1
            return None
        doubts = {} if said is None else {said.into: (said.source, said.wrong)}
        row: dict[str, str | None] = {}
        for one, _, _ in readers:
            value = read[one.into]
            if isinstance(value, Wrong):
                doubts.setdefault(one.into, (one.of(visit), value))
            else:
                row[one.into] = value
        for name, (column, wrong) in doubts.items():
            row[name] = f"{MARK}{len(self.wrong)}"
            self.wrong.append(_Doubt(label, source.lines[i], name, column, wrong))
        return row

    def converted(self) -> Converted:
        """Admit everything, and tell what became of every column."""
        tables = {sheet.table for sheet in self.sheets}
        stated = [{"table": name, "complete": "no"} for name in TABLES if name in self.incomplete & tables]
        if stated:
            self.sheets.append(sheet_of("completeness", self.mapping.name, stated))
        if not tables:
            told = "; ".join(str(fault) for fault in self.faults)
            raise ValueError(f"nothing could be read from {self.place} by {self.mapping.name}: {told}")
        mapping = self.mapping
        registry = admit(
            self.sheets,
            self.faults,
            axis=mapping.axis,
            title=mapping.title,
            simulated=mapping.simulated,
            sources=mapping.sources,
        )
        for (source, table, why), count in sorted(self.unmade.items()):
            self.notes.append(f"{source} -> {table}: {count} rows of the file make none, because {why}")
        return Converted(self._named(registry), FORMAT, self._fields(), tuple(self.notes))

    def _named(self, registry: Registry) -> Registry:
        """The registry with its faults told in the names and values of the source."""
        rows = []
        told: set[int] = set()
        doubtful = {(one.label, one.line, one.into) for one in self.wrong}
        for row in registry.faults.iter_rows(named=True):
            value = str(row["value"] or "")
            if value.startswith(MARK):
                index = int(value.removeprefix(MARK))
                if index in told:
                    continue
                told.add(index)
                doubt = self.wrong[index]
                row |= {"value": doubt.wrong.value, "rule": doubt.wrong.rule, "remedy": doubt.wrong.remedy}
                row["column"] = f"{self.read[doubt.label].place(doubt.line, doubt.source)} -> {doubt.into}"
                rows.append(row | {"patient_id": self._nobody(row["patient_id"])})
                continue
            if (row["file"], row["line"], row["column"]) in doubtful:
                continue
            source = self.columns.get((row["file"], row["column"]))
            if source is not None:
                named = source if row["line"] is None else self.read[row["file"]].place(row["line"], source)
                row["column"] = f"{named} -> {row['column']}"
            rows.append(row | {"patient_id": self._nobody(row["patient_id"])})
        faults = pl.DataFrame(rows, schema=registry.faults.schema)
        patient = pl.col("patient_id")
        aside = registry.set_aside.with_columns(pl.when(~patient.str.contains(MARK, literal=True)).then(patient))
        return replace(registry, faults=faults, set_aside=aside)

    def _fields(self) -> tuple[Field, ...]:
        named = [one for one in self.opened.values() if isinstance(one, Source)]
        self.notes += dict.fromkeys(note for one in named for note in one.notes)
        others, unread = other_sources(self.place, self.opened)
        self.notes += unread
        return tuple(fields((*named, *others), self.used, self.left))

    @staticmethod
    def _nobody(patient_id: str | None) -> str | None:
        """No patient where the patient's own cell was not understood."""
        return None if patient_id is None or MARK in patient_id else patient_id


def _lost(rule: TableRule, source: Source, visit: str) -> Iterator[LostRow]:
    """The rows that could not be read into cells, with the patient's cell where our sheet has it."""
    names = [one.into for one in rule.columns]
    at = names.index("patient_id")
    patient = rule.columns[at]
    position = source.position(patient.of(visit)) if patient.source else None
    for one in source.lost:
        known = position is not None and position < len(one.cells)
        cells = ("",) * at + ((patient.prefix + one.cells[position]) if known and position is not None else "",)
        yield LostRow(one.line, one.text, cells, one.rule, one.remedy)

"""An export of our REDCap project as records.

An instance of a form is a row of its table. The patient's own form does not repeat: each record has one row of
`patients`. In a project with events each form that is filled at an event is a row. REDCap does not say what is
complete: only a form that the record `registry` names as kept in full is, and every other is stated not to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from tenfold.exchange.converted import Converted, converted, sheet
from tenfold.exchange.redcap.about import About, about, codes_declared, speaks_for_all
from tenfold.exchange.redcap.exports import Export, header_of, is_dictionary, is_export, read_file
from tenfold.exchange.redcap.fields import fields_of
from tenfold.exchange.redcap.project import (
    EVENT,
    INSTRUMENT,
    RECORD,
    REGISTRY,
    REGISTRY_RECORD,
    SOURCES,
    Item,
    form_meant,
    items,
    known_items,
)
from tenfold.records.faults import Fault, Used, file_fault
from tenfold.records.shape import Axis
from tenfold.records.sheets import LostRow, Sheet
from tenfold.records.tables import TABLES

STATEMENTS = "completeness"
ITS_FORMS = (REGISTRY, SOURCES)
UNTICKED = {"0": None, "Unchecked": None}
_NONE = items()[0]


def recognises(path: Path) -> bool:
    """Whether a file is certainly a REDCap export or data dictionary, by its header line."""
    if path.suffix.lower() not in (".csv", ".tsv", ".txt") or not path.is_file():
        return False
    header = header_of(path)
    return is_dictionary(header) or is_export(header)


def read_records(path: Path, missing_codes: Iterable[str] = ()) -> Converted:
    """Read an export of our project. `missing_codes`: those declared in its setup, beside those that the export names.

    ValueError for the export of another project, which needs a mapping file.
    """
    return records_of(read_file(Path(path)), missing_codes)


def records_of(export: Export, missing_codes: Iterable[str] = ()) -> Converted:
    """The records of an export, whatever it came as."""
    said = about(export)
    axis = said.axis or _axis(export)
    missing = {*said.missing, *(code for text in missing_codes for code in codes_declared(text))}
    maker = _Maker(export, axis, said, missing)
    made = {name: maker.of(name) for name in TABLES}
    sheets = {name: one for name, one in made.items() if one is not None}
    stated = STATEMENTS in sheets and maker.all_statements()
    kept = said.kept if stated else frozenset()
    sheets = {name: one for name, one in sheets.items() if one.cells.height or one.lost or name in kept}
    notes = maker.notes + _notes(said, kept, stated, [name for name in said.kept if made[name] is None])
    notes += _on_the_registry(export, maker.for_all)
    empty = [name for name in TABLES if name in kept and (one := made[name]) is not None and not one.cells.height]
    notes += [
        f"{name} is ticked as kept in full and has no entry of anybody: that is taken as no for all" for name in empty
    ]
    unstated = [name for name in sheets if name not in (*kept, STATEMENTS) and name not in maker.stated_for_all()]
    rows = [{"patient_id": None, "table": name, "complete": "no"} for name in unstated]
    mine = sheet(STATEMENTS, f"{export.sheet.file} (not stated)", rows) if rows else None
    found = converted(
        [*sheets.values(), *([mine] if mine is not None else [])],
        "redcap",
        fields_of(export, axis, maker.replaced),
        notes=notes,
        faults=[*said.faults, *maker.faults],
        axis=axis,
        title=said.title,
        sources=said.sources,
    )
    return replace(found, registry=replace(found.registry, simulated=True)) if said.simulated else found


def _axis(export: Export) -> Axis:
    """The axis on which most date fields are; the calendar where there are none."""
    days = [item.column for name in export.ours() if (item := known_items()[name]).table in TABLES]
    relative = sum(column.endswith("_day") for column in days)
    return "relative" if relative > sum(column.endswith("_date") for column in days) else "calendar"


def _notes(said: About, kept: frozenset[str], stated: bool, absent: Sequence[str]) -> list[str]:
    notes = []
    if not said.kept:
        notes.append(
            f"no form is ticked as kept in full in the record {REGISTRY_RECORD}: no entry is never taken as no"
        )
    elif not stated:
        notes.append(
            "the export does not show the whole form completeness: what is ticked as kept in full is not relied on, and"
            " no entry is never taken as no; export every form, flat"
        )
    notes += [f"{name} is ticked as kept in full, but is not in the export: not recorded" for name in absent if kept]
    return notes


def _on_the_registry(export: Export, for_all: pl.Series) -> list[str]:
    """What is not known of the patients where the registry's own record, or its label, is not in the export."""
    if export.column("registry_simulated").filter(for_all).drop_nulls().len():
        return []
    why = (
        f"the record {REGISTRY_RECORD} does not say"
        if for_all.any()
        else f"the export has no record {REGISTRY_RECORD}, which says"
    )
    return [f"{why} whether the patients are simulated: they are taken for real ones; export that record too"]


class _Maker:
    """Makes the sheets of the tables out of one export."""

    def __init__(self, export: Export, axis: Axis, said: About, missing: set[str]) -> None:
        self.export = export
        self.axis = axis
        self.missing = sorted(missing)
        self.notes: list[str] = []
        self.faults: list[Fault] = []
        self.replaced: dict[str, int] = {}
        self.record = export.column(RECORD)
        self.instrument = _instruments(export.column(INSTRUMENT))
        self.for_all = speaks_for_all(export)
        self.lost = self._lost()
        self._off_axis()
        self._strange_instruments()
        self._misplaced()

    def of(self, name: str) -> Sheet | None:
        """The sheet of one table; None where the export has none of its fields, or must not be read without one."""
        places = self._places(name)
        if not places or self._speechless(name, places):
            return self._only_lost(name)
        rows = self._rows(name, [place for place, _ in places])
        astray, remedy = self._astray(name, rows)
        wanted = (rows & ~astray).arg_true()
        record = self.record.gather(wanted)
        if name == STATEMENTS:
            record = record.set(self.for_all.gather(wanted), None)
        cells = [record.alias("0")]
        for place, item in places:
            values = self._meant(self.export.sheet.cells[str(place)].gather(wanted), item)
            cells.append(values.alias(str(len(cells))))
        header = ("patient_id", *(item.column for _, item in places))
        from_source = self.export.sheet.text
        lost = [*self.lost.get(name, []), *self._lost_rows(astray, remedy)]
        return Sheet(
            name,
            self.export.sheet.file,
            header,
            pl.DataFrame(cells),
            self.export.sheet.lines.gather(wanted),
            lambda chosen: from_source(wanted.gather(list(chosen)).to_list()),
            tuple(lost),
        )

    def all_statements(self) -> bool:
        """Whether the export shows the whole form of statements, so that one that is not there was not made."""
        needed = [item.name for item in items(self.axis) if item.form == STATEMENTS]
        present = [name in self.export.names for name in needed]
        return any(present) if self.export.eav else all(present)

    def stated_for_all(self) -> set[str]:
        """The tables of which the registry's record states something for everybody."""
        return set(self.export.column(f"{STATEMENTS}_table").filter(self.for_all).drop_nulls())

    def _places(self, name: str) -> list[tuple[int, Item]]:
        wanted = TABLES[name].schema(self.axis)
        known = ((place, known_items().get(field)) for place, field in enumerate(self.export.names))
        return [
            (place, item)
            for place, item in known
            if item is not None and item.name != RECORD and item.table == name and item.column in wanted
        ]

    def _speechless(self, name: str, places: Sequence[tuple[int, Item]]) -> bool:
        """Whether a field is not in the export whose being empty would mean something; then the form cannot be read."""
        shown = {item.name for _, item in places}
        absent = [
            item.name for item in items(self.axis) if item.table == name and item.empty_means and item.name not in shown
        ]
        # A value that is empty is in no EAV export; that the state of the form is in it shows that its fields were.
        if not absent or (self.export.eav and f"{name}_complete" in self.export.names):
            return False
        meant = next(item.empty_means for item in items(self.axis) if item.name == absent[0])
        self.faults.append(
            file_fault(
                f"{self.export.sheet.file}, form {name}",
                f"{absent[0]} is not in the export, and where it is empty it means {meant}: the form cannot be read",
                "export every field of the form, flat",
                column=absent[0],
            )
        )
        return True

    def _only_lost(self, name: str) -> Sheet | None:
        """A table of which nothing is left but rows that could not be read."""
        lost = self.lost.get(name)
        if not lost:
            return None
        return replace(
            sheet(name, self.export.sheet.file, [], columns=TABLES[name].schema(self.axis)), lost=tuple(lost)
        )

    def _rows(self, name: str, places: Sequence[int]) -> pl.Series:
        """Which rows of the export are rows of the table."""
        filled = self.export.sheet.cells.select(
            pl.any_horizontal(pl.col(str(place)).is_not_null() for place in places)
        ).to_series()
        if name != "patients":
            return filled | self.instrument.eq(name).fill_null(False)
        base = self.instrument.is_null() & ~self.for_all
        if self.export.column(EVENT).null_count() == base.len():
            return base | filled
        # At every event a record has a row; the patient is one of them, that in which the form is filled.
        frame = pl.DataFrame({"record": self.record, "base": base, "filled": filled})
        never = ~pl.col("filled").any().over("record") & pl.col("base")
        first = never & (pl.col("base").cum_sum().over("record") == 1)
        return frame.select(pl.col("filled") | first).to_series()

    def _astray(self, name: str, rows: pl.Series) -> tuple[pl.Series, tuple[str, str]]:
        """Rows that stand in a record in which they cannot, and what is wrong with them."""
        if name == STATEMENTS:
            rule = "the record id is empty, which would make the statement one about everybody"
            return rows & self.record.is_null(), (rule, f"give the record, or {REGISTRY_RECORD} for everybody")
        rule = f"the record {REGISTRY_RECORD} is no patient, and has an entry of {name}"
        return rows & self.for_all, (rule, "give the entry to the patient whom it is about")

    def _lost_rows(self, astray: pl.Series, why: tuple[str, str]) -> list[LostRow]:
        wanted = astray.arg_true().to_list()
        texts = self.export.sheet.text(wanted) if wanted else []
        lines = self.export.sheet.lines
        return [LostRow(int(lines[row]), text, (), *why) for row, text in zip(wanted, texts, strict=True)]

    def _meant(self, values: pl.Series, item: Item) -> pl.Series:
        """Codes and labels as our words, and declared missing codes as not known.

        Where an empty cell means something, a missing code is left as it stands and becomes a fault.
        """
        if self.missing and item.empty_means is None:
            gone = values.is_in(self.missing).fill_null(False)
            if gone.any():
                self.replaced[item.name] = self.replaced.get(item.name, 0) + int(gone.sum())
                values = values.set(gone, None)
        return values.replace(item.words) if item.choices else values

    def _lost(self) -> dict[str, list[LostRow]]:
        """The rows that could not be read, each with the table that it names; else with the statements, so that nothing
        is complete any more.
        """
        found: dict[str, list[LostRow]] = {}
        places = {name: self.export.names.index(name) for name in (RECORD, INSTRUMENT) if name in self.export.names}
        for row in self.export.sheet.lost:
            patient = row.cells[places[RECORD]] if RECORD in places and len(row.cells) > places[RECORD] else ""
            told = (
                form_meant(row.cells[places[INSTRUMENT]]) if len(row.cells) > places.get(INSTRUMENT, 1 << 30) else None
            )
            name = told if told in TABLES else STATEMENTS
            cells = (patient,) if patient else ()
            found.setdefault(str(name), []).append(replace(row, cells=cells))
        return found

    def _off_axis(self) -> None:
        other: Axis = "calendar" if self.axis == "relative" else "relative"
        for name in self.export.ours():
            item = known_items()[name]
            if item.table in TABLES and item.column not in TABLES[item.table].schema(self.axis):
                kept = "days since day 0" if self.axis == "relative" else "dates"
                given = "dates" if other == "calendar" else "days since day 0"
                remedy = "use the data dictionary of one axis"
                rule = f"{name} is in {given}, and the project keeps {kept}: one registry keeps time in one way"
                self.faults.append(
                    Fault(self.export.sheet.file, None, None, name, None, rule, remedy, Used.COLUMN_NOT_USED)
                )

    def _strange_instruments(self) -> None:
        others = self.instrument.filter(~self.instrument.is_in([*TABLES, REGISTRY, SOURCES])).drop_nulls()
        self.notes += [
            f"{rows} instances of {name} are not read: it is no form of Tenfold's data dictionary"
            for name, rows in others.value_counts(sort=True).rows()
        ]

    def _misplaced(self) -> None:
        """What patients' records say under the forms that only the registry's own record may fill."""
        said = [
            place for place, name in enumerate(self.export.names) if known_items().get(name, _NONE).form in ITS_FORMS
        ]
        if not said:
            return
        # A box that is not ticked is exported as 0 in every record.
        cells = self.export.sheet.cells.select(pl.col(str(place)).replace(UNTICKED) for place in said)
        filled = cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series() & ~self.for_all
        for line in self.export.sheet.lines.filter(filled):
            rule = f"a form of the record {REGISTRY_RECORD} is filled in a patient's record: it is not read"
            remedy = f"enter it in the record {REGISTRY_RECORD}"
            self.faults.append(Fault(self.export.sheet.file, int(line), None, None, None, rule, remedy, Used.KEPT))


def _instruments(said: pl.Series) -> pl.Series:
    forms = {value: form_meant(value) for value in said.drop_nulls().unique()}
    return said.replace(forms) if forms else said

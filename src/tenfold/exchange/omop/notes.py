"""The notes that hold the rows of the records as they are, and whether the CDM rows beside them still say the same.

A note's text is JSON: `row`, the filled cells; `same`, the CDM rows (table and id) that say the same. Whoever changes or
deletes one of those contradicts the note: the row is then set aside, and neither of the two is believed. A CDM row that no
note names is somebody else's, and is read through the concept map.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from tenfold.exchange.omop.cdm import cdm_tables, id_column
from tenfold.exchange.omop.sources import LINE
from tenfold.exchange.omop.standard_rows import Standard, person_cells, standard_rows
from tenfold.records.shape import Axis, Column, Kind
from tenfold.records.sheets import LostRow, Sheet
from tenfold.records.tables import TABLES

NOTE_PREFIX = "tenfold:"
PERSON_NOTE = "tenfold:person"
"""Title of the note of a patient who is in other tables and not in the table of patients."""
METADATA_NAME = "tenfold registry, part"
PIECE = 240
"""Characters of the registry's description in one row of METADATA, which has room for 250."""
READ_AGAIN = "write the CDM again from the records, or correct the note and the row alike"


@dataclass(frozen=True, slots=True)
class About:
    """What METADATA says of the whole registry; `tables`: how many rows each table had."""

    axis: Axis
    title: str | None
    simulated: bool
    sources: dict[str, str]
    tables: dict[str, int]
    completeness: list[dict[str, Any]] | None


@dataclass(slots=True)
class Own:
    """What the notes gave: sheets by table, the CDM rows they account for, and whose person each patient is."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    claimed: dict[str, set[str]] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)


def as_cell(value: Any) -> Any:
    """A value as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value


def about(metadata: pl.DataFrame) -> About | None:
    """What METADATA says of the registry; None where Tenfold did not write it, or not all of it is there."""
    if not {"name", "value_as_string"} <= set(metadata.columns):
        return None
    pieces: dict[int, str] = {}
    wanted = set()
    for name, value in metadata.select("name", "value_as_string").iter_rows():
        if name is None or value is None or not name.startswith(METADATA_NAME):
            continue
        number, _, total = name.removeprefix(METADATA_NAME).strip().partition(" of ")
        if not (number.isdigit() and total.isdigit()) or int(number) in pieces:
            return None
        pieces[int(number)] = value[1:-1]
        wanted.add(int(total))
    if len(wanted) != 1 or set(pieces) != set(range(1, next(iter(wanted)) + 1)):
        return None
    try:
        told = json.loads("".join(pieces[i] for i in sorted(pieces)))
        tables = {str(name): int(height) for name, height in told["tables"].items() if name in TABLES}
        axis: Axis = "relative" if told["axis"] == "relative" else "calendar"
        sources = {str(name): str(text) for name, text in told["sources"].items()}
        statements = told["completeness"]
        if statements is not None:
            statements = [dict(row) for row in statements]
        return About(axis, told["title"], bool(told["simulated"]), sources, tables, statements)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def read_notes(notes: pl.DataFrame, tables: Mapping[str, pl.DataFrame], file: str, axis: Axis) -> Own:
    """The rows that the notes hold, as sheets; those that contradict the CDM rows beside them are lost.

    `tables`: the CDM tables as text, by name.
    """
    own = Own()
    if not {"person_id", "note_title", "note_text"} <= set(notes.columns):
        return own
    places = _Places(tables)
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    lost: dict[str, list[LostRow]] = {}
    ours = notes.filter(pl.col("note_title").str.starts_with(NOTE_PREFIX))
    for title, text, person, line in ours.select("note_title", "note_text", "person_id", LINE).iter_rows():
        table = title.removeprefix(NOTE_PREFIX)
        if table not in TABLES and title != PERSON_NOTE:
            continue
        own.read[table] = own.read.get(table, 0) + 1
        parsed = _parsed(text)
        if parsed is None:
            rule = "the text of the note is no longer as it was written"
            lost.setdefault(table, []).append(LostRow(line, text or "", (), rule, READ_AGAIN))
            continue
        cells, same = parsed
        patient = str(cells.get("patient_id", ""))
        called = own.patients.setdefault(person, patient) if person is not None and patient else patient
        for name, number in same:
            if places.of_person(name, number, person):  # a row of somebody else is never hidden by a note
                own.claimed.setdefault(name, set()).add(number)
        if title == PERSON_NOTE:
            continue
        wrong = _contradiction(table, cells, same, places, person)
        if called != patient:
            wrong = f"the note calls person {person} {patient}, other notes {called}"
        if wrong is None:
            found.setdefault(table, []).append((line, cells))
        else:
            lost.setdefault(table, []).append(LostRow(line, text, (patient,), wrong, READ_AGAIN))
    for table in TABLES:
        if table in found or table in lost:
            own.sheets[table] = cells_sheet(table, file, found.get(table, []), lost.get(table, []), axis)
    return own


def cells_sheet(
    table: str, file: str, rows: list[tuple[int, dict[str, Any]]], lost: Iterable[LostRow] = (), axis: Axis = "calendar"
) -> Sheet:
    """Rows of a table, each with its line, as a sheet of text with every column of the table."""
    names = ["patient_id", *(column.named(axis) for column in TABLES[table].columns if column.name != "patient_id")]
    names = list(dict.fromkeys(name for name in names if name in {c.named(axis) for c in TABLES[table].columns}))
    more = dict.fromkeys(name for _, cells in rows for name in cells if name not in names)
    names += list(more)
    frame = pl.DataFrame(
        [pl.Series(str(i), [written(cells.get(name)) for _, cells in rows], pl.String) for i, name in enumerate(names)]
    )

    def text(wanted: Iterable[int]) -> list[str]:
        return [", ".join(f"{name}={value}" for name, value in rows[i][1].items()) for i in wanted]

    lines = pl.Series("line", [line for line, _ in rows], dtype=pl.Int64)
    return Sheet(table, file, tuple(names), frame, lines, text, tuple(lost))


def written(value: Any) -> str | None:
    """A cell of JSON as a file of the records would hold it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, int | float) else json.dumps(value)


class _Places:
    """CDM rows by table and id, made when a table is first asked for."""

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        self._tables = tables
        self._rows: dict[str, dict[str, list[dict[str, Any]]]] = {}

    def of_person(self, table: str, number: str, person: str | None) -> bool:
        """Whether a row is there and is of that person."""
        found = self.rows(table, number)
        return bool(found) and all(row.get("person_id") == person for row in found)

    def rows(self, table: str, number: str) -> list[dict[str, Any]]:
        """The rows of an id: one, unless the CDM is damaged."""
        if table not in self._rows:
            self._rows[table] = {}
            frame = self._tables.get(table, pl.DataFrame())
            own = id_column(table) if table in cdm_tables() else ""
            for row in frame.to_dicts() if own in frame.columns else []:
                self._rows[table].setdefault(row[own], []).append(row)
        return self._rows[table].get(number, [])


def _parsed(text: str | None) -> tuple[dict[str, Any], list[tuple[str, str]]] | None:
    try:
        told = json.loads(text or "")
        cells = dict(told["row"])
        same = [(str(table), str(number)) for table, number in told["same"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return cells, same


def _contradiction(
    table: str, cells: dict[str, Any], same: list[tuple[str, str]], places: _Places, person: str | None
) -> str | None:
    """What a CDM row says otherwise than the note, in words; None if they agree."""
    try:
        typed = _typed(table, cells)
        expected = standard_rows(table, typed)
        expected += [Standard("person", person_cells(typed))] if table == "patients" else []
    except (ValueError, TypeError, KeyError, AttributeError):
        return "the note holds a cell that is not of its column's kind"
    if [one.table for one in expected] != [name for name, _ in same]:
        return "the note does not name the CDM rows that its own cells call for"
    for one, (name, number) in zip(expected, same, strict=True):
        rows = places.rows(name, number)
        wrong = _differs(one, rows, name, number)
        if wrong is None and rows[0].get("person_id") != person:
            wrong = (
                f"the row {number} of {name} is of person {rows[0].get('person_id')}, the note beside it of {person}"
            )
        if wrong is not None:
            return wrong
    return None


def _differs(expected: Standard, rows: list[dict[str, Any]], table: str, number: str) -> str | None:
    if len(rows) != 1:
        return f"the row {number} of {table}, which says the same as the note, {'stands twice' if rows else 'is gone'}"
    found = rows[0]
    for column, value in expected.cells.items():
        if column in found and not _same(value, found[column]):
            said = "nothing" if found[column] is None else found[column]
            return f"{column} is {said} in the row {number} of {table}, and {value} in the note beside it"
    return None


def _same(value: Any, text: str | None) -> bool:
    if value is None or text is None:
        return text is None and (value is None or (isinstance(value, str) and not value.strip()))
    if isinstance(value, date):
        return text[:10] == value.isoformat()
    if isinstance(value, int | float):
        try:
            return (
                abs(float(text) - value) <= 1e-9 * max(1.0, abs(value))
                if isinstance(value, float)
                else float(text) == value
            )
        except ValueError:
            return False
    return text == str(value).strip() or text == str(value)


def _typed(table: str, cells: dict[str, Any]) -> dict[str, Any]:
    """The cells of a note as a row of the table, every column there; dates as dates where they are any."""
    columns = {name: column for column in TABLES[table].columns for name in _names(column, cells)}
    return {name: _value(column, cells.get(name)) for name, column in columns.items()}


def _names(column: Column, cells: dict[str, Any]) -> tuple[str, ...]:
    relative = column.named("relative")
    return (relative,) if column.kind is Kind.DATE and relative in cells else (column.name,)


def _value(column: Column, value: Any) -> Any:
    if column.kind is not Kind.DATE or value is None or not isinstance(value, str):
        return value
    return date.fromisoformat(value)

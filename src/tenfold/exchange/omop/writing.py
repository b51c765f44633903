"""A registry as the tables of a CDM: what OMOP has a place for in its own tables, and every row as it is in a note.

NOTE holds each row of the records as JSON, and names the CDM rows that say the same; METADATA holds what is true of the
whole registry. Nothing of a registry is lost, and whoever knows OMOP alone finds what OMOP can say.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from typing import Any

import polars as pl

from tenfold.exchange.omop.cdm import VERSION, cdm_tables, id_column
from tenfold.exchange.omop.concepts import concept_map
from tenfold.exchange.omop.notes import METADATA_NAME, NOTE_PREFIX, PERSON_NOTE, PIECE, as_cell
from tenfold.exchange.omop.standard_rows import DAY_ZERO, MAKERS, calendar, fitted, person_cells, standard_rows
from tenfold.records.completeness import statements_to_keep
from tenfold.records.registry import Registry
from tenfold.records.tables import TABLES

UNKNOWN_YEAR = 1
"""The year of birth of a person whose year of birth is not known: the CDM wants one, and this one deceives nobody."""
NOT_LIVED = ("birth_date", "reported_date")
"""Dates that do not show that the patient was under observation."""


class Tables:
    """The rows of a CDM while they are made: each gets the next id of its table."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in cdm_tables()}
        self.left: Counter[str] = Counter()
        self.of_line: dict[tuple[int, int | None], int] = {}

    def add(self, table: str, cells: dict[str, Any]) -> int:
        """Add a row and return its id."""
        own = id_column(table)
        number = len(self.rows[table]) + 1
        row = {own: number, **cells} if own not in cells else cells
        self.rows[table].append(row)
        return int(row[own])

    def frames(self) -> dict[str, pl.DataFrame]:
        """Every table as a frame with the CDM's columns; required ones that nothing is known for hold concept 0."""
        return {name: _frame(name, rows) for name, rows in self.rows.items()}


def cdm_of(registry: Registry) -> tuple[dict[str, pl.DataFrame], tuple[str, ...]]:
    """The CDM tables of a registry, and what of it only its notes hold. ValueError if a date has no place in a calendar."""
    made = Tables()
    ids = registry.patient_ids()["patient_id"].to_list()
    persons = {patient: number for number, patient in enumerate(ids, 1)}
    known = {row["patient_id"]: row for row in registry.table("patients").to_dicts() if row["patient_id"] is not None}
    for patient, number in persons.items():
        made.add("person", _person(number, patient, known.get(patient, {}), made.left))
    lived: dict[int, list[date]] = {}
    statements = statements_to_keep(registry)
    for name, frame in registry.tables.items():
        if name != "completeness":
            _write_table(made, name, frame, persons, lived)
    for patient, number in persons.items():
        if patient not in known:
            _note(made, PERSON_NOTE, number, DAY_ZERO, {"patient_id": patient}, [("person", number)])
    for number, dates in sorted(lived.items()):
        span = {"observation_period_start_date": min(dates), "observation_period_end_date": max(dates)}
        made.add("observation_period", {"person_id": number, **span})
    last = max((day for dates in lived.values() for day in dates), default=DAY_ZERO)
    _about(made, registry, statements, last)
    return made.frames(), _left(made.left, registry)


def _write_table(
    made: Tables, name: str, frame: pl.DataFrame, persons: dict[str, int], lived: dict[int, list[date]]
) -> None:
    dates = [column.name for column in TABLES[name].dates if column.name not in NOT_LIVED]
    for row in frame.to_dicts():
        person = persons[row["patient_id"]]
        days = [day for day in (calendar(row, column) for column in dates) if day is not None]
        lived.setdefault(person, []).extend(days) if days else None
        same: list[tuple[str, int]] = []
        episode = None
        for one in standard_rows(name, row):
            number = made.add(one.table, {"person_id": person, **one.cells})
            same.append((one.table, number))
            if one.table == "episode":
                episode = number
            if one.of_episode and episode is not None:
                field = concept_map().written["drug_exposure_field"]
                link = {"episode_id": episode, "event_id": number, "episode_event_field_concept_id": field}
                made.rows["episode_event"].append(link)
        if episode is not None and name == "treatments":
            made.of_line.setdefault((person, row["line"]), episode)
        if episode is not None and name == "cycles":
            made.rows["episode"][-1]["episode_parent_id"] = made.of_line.get((person, row["line"]))
        same += [("person", person)] if name == "patients" else []
        if not same:
            made.left[name] += 1
        dated_by = TABLES[name].dated_by
        on = calendar(row, dated_by) if dated_by else None
        _note(made, NOTE_PREFIX + name, person, on or (min(days) if days else DAY_ZERO), row, same)


def _note(made: Tables, title: str, person: int, on: date, row: dict[str, Any], same: list[tuple[str, int]]) -> None:
    cells = {column: as_cell(value) for column, value in row.items() if value is not None}
    text = json.dumps({"row": cells, "same": same}, separators=(",", ":"))
    written = {"person_id": person, "note_date": on, "note_title": title, "note_text": text, "note_source_value": title}
    made.add("note", written)


def _person(number: int, patient: str, row: dict[str, Any], left: Counter[str]) -> dict[str, Any]:
    cells = person_cells(row)
    if "year_of_birth" not in cells:
        year = _year_of_birth(row)
        left["no year of birth" if year is None else "year of birth from age"] += 1
        cells["year_of_birth"] = UNKNOWN_YEAR if year is None else year
    return fitted("person", {"person_id": number, "person_source_value": patient, **cells})


def _year_of_birth(row: dict[str, Any]) -> int | None:
    """The year in which someone of that age at diagnosis was born, give or take one."""
    diagnosed, age = calendar(row, "diagnosis_date") if row else None, row.get("age_at_diagnosis_years")
    if diagnosed is None or age is None:
        return None
    try:
        return (diagnosed - timedelta(days=round(float(age) * 365.25))).year
    except OverflowError:
        return None


def _about(made: Tables, registry: Registry, statements: pl.DataFrame | None, last: date) -> None:
    told = {
        "axis": registry.axis,
        "title": registry.title,
        "simulated": registry.simulated,
        "sources": registry.sources,
        "tables": {name: frame.height for name, frame in registry.tables.items() if name != "completeness"},
        "completeness": None
        if statements is None
        else [{name: as_cell(value) for name, value in row.items()} for row in statements.to_dicts()],
    }
    text = json.dumps(told, separators=(",", ":"))
    pieces = [text[i : i + PIECE] for i in range(0, len(text), PIECE)]
    for i, piece in enumerate(pieces, 1):
        made.add("metadata", {"name": f"{METADATA_NAME} {i} of {len(pieces)}", "value_as_string": f"[{piece}]"})
    said = ["SIMULATED: no real patient is in it."] if registry.simulated else []
    if registry.axis == "relative":
        said.append(f"The dates are NOT real: day 0 of each patient is written as {DAY_ZERO.isoformat()}.")
    said.append(f"Source values that begin with tenfold: and notes titled {NOTE_PREFIX}... are written by Tenfold.")
    source = {
        # Achilles writes the name into SQL as it stands.
        "cdm_source_name": (registry.title or "records written by Tenfold").replace(
            "'", "\N{RIGHT SINGLE QUOTATION MARK}"
        ),
        "cdm_source_abbreviation": "tenfold",
        "cdm_holder": "not stated",
        "source_description": " ".join(said),
        "source_release_date": last,
        "cdm_release_date": last,
        "cdm_version": VERSION,
        "cdm_version_concept_id": concept_map().written["cdm_version"],
        "vocabulary_version": "none is shipped",
    }
    made.rows["cdm_source"].append(fitted("cdm_source", source))


def _left(left: Counter[str], registry: Registry) -> tuple[str, ...]:
    said = []
    for name in registry.tables:
        if left[name]:
            why = (
                "has no place in OMOP" if name not in MAKERS else "without a date, or with nothing OMOP has a place for"
            )
            said.append(f"{name}: {left[name]} rows, {why}: held by their notes alone")
    if left["no year of birth"]:
        said.append(
            f"person: {left['no year of birth']} without a year of birth, which OMOP wants: {UNKNOWN_YEAR} is written for them"
        )
    if left["year of birth from age"]:
        said.append(
            f"person: {left['year of birth from age']} have a year of birth counted back from their age, give or take one"
        )
    if registry.axis == "relative":
        said.append(f"days since day 0: written as dates, day 0 being {DAY_ZERO.isoformat()}, which are not real")
    said.append("completeness: OMOP has no place for it; METADATA holds it, for Tenfold alone")
    return tuple(said)


def _frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    stored: dict[str, pl.DataType | type[pl.DataType]] = {
        "integer": pl.Int64,
        "numeric": pl.Float64,
        "date": pl.Date,
        "timestamp": pl.Datetime("us"),
    }
    columns = []
    for column in cdm_tables()[table]:
        dtype = stored.get(column.type, pl.String)
        values = [row.get(column.name) for row in rows]
        if column.required and column.type == "integer":
            values = [_required(column.name) if value is None else value for value in values]
        columns.append(pl.Series(column.name, values, dtype=dtype, strict=False))
    return pl.DataFrame(columns)


def _required(name: str) -> int:
    return concept_map().written["type"] if name.endswith("type_concept_id") else 0

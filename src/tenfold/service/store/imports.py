"""Taking a registry into a centre: first what would happen, then all of it in one transaction, or nothing.

A row that is there already is left. A row whose identity is there with other cells is merged: a cell that the file fills
takes the place of the old one, a cell that it leaves empty takes nothing away. What cannot stand beside what is on record is
left out, with its fault, and the rest goes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, update

from tenfold.exchange.converted import sheet
from tenfold.records.admission import admit
from tenfold.records.faults import no_faults
from tenfold.records.registry import Registry
from tenfold.records.shape import Axis
from tenfold.records.tables import TABLES
from tenfold.service.store import schema
from tenfold.service.store.centre import SET_ASIDE, Centre, Patient, live_records, rows_of
from tenfold.service.store.outcome import Conflict, Refused
from tenfold.service.store.rows import stored

CHUNK = 5_000
IMPORT = "the import"


@dataclass(frozen=True, slots=True)
class Step:
    """A row to add; `ends`: the record whose place it takes."""

    kind: str
    row: dict[str, Any]
    ends: int | None = None


@dataclass
class Planned:
    """What an import would do: patients who are new and who are there, rows by kind that are new, merged or there already.

    `faults`: of rows that cannot stand beside what is on record. `revision`: the centre's, when this was planned.
    """

    revision: int
    new_patients: list[str] = field(default_factory=list)
    known_patients: list[str] = field(default_factory=list)
    added: dict[str, int] = field(default_factory=dict)
    merged: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    faults: pl.DataFrame = field(default_factory=no_faults)
    _steps: list[tuple[str, list[Step]]] = field(default_factory=list, repr=False)


def plan(centre: Centre, registry: Registry) -> Planned:
    """What storing a registry would do; nothing is written. Refused where its axis or its kind is not the centre's."""
    with centre.reading() as connection:
        return _plan(centre, connection, registry)


def store_registry(centre: Centre, registry: Registry, reason: str, revision: int | None = None) -> Planned:
    """Store a registry in one transaction; return what was done.

    `revision`: the centre's, when the import was looked at: Conflict if it has changed since. Refused as in `plan`.
    """
    with centre.writing() as connection:
        planned = _plan(centre, connection, registry)
        if revision is not None and planned.revision != revision:
            raise Conflict("this centre's records have changed since the import was looked at: look at it again")
        _settle(centre, connection, registry)
        known = {row["patient_id"]: row for row in connection.execute(centre.mine(schema.patient)).mappings()}
        change = centre.new_change(connection, "imported", None, reason)
        rows: list[dict[str, Any]] = []
        ended: list[int] = []
        for patient_id, steps in planned._steps:
            row = known.get(patient_id)
            if row is None:
                patient = centre.new_patient(connection, patient_id)
            else:
                patient = Patient(row["id"], patient_id, row["revision"])
                if steps:
                    centre.revise(connection, patient, None)
            rows += [
                {"centre": centre.id, "patient": patient.id, "kind": one.kind, "content": one.row, "added_by": change}
                for one in steps
            ]
            ended += [one.ends for one in steps if one.ends is not None]
        for start in range(0, len(rows), CHUNK):
            connection.execute(insert(schema.record), rows[start : start + CHUNK])
        table = schema.record
        for start in range(0, len(ended), CHUNK):
            mine = update(table).where(table.c.centre == centre.id, table.c.id.in_(ended[start : start + CHUNK]))
            connection.execute(mine.values(ended_by=change))
        centre.rise(connection)
        counts = {"patients": len(planned._steps), "rows": len(rows), "merged": sum(planned.merged.values())}
        centre.told(connection, "imported", None, change=change, **counts)
    return planned


def _settle(centre: Centre, connection: Connection, registry: Registry) -> None:
    """An empty centre takes its axis, title and kind from what comes first; its sources grow."""
    about = connection.execute(centre.mine(schema.centre)).mappings().one()
    table = schema.centre
    values: dict[str, Any] = {"sources": {**about["sources"], **registry.sources}}
    if _empty(centre, connection):
        values |= {"axis": registry.axis, "simulated": registry.simulated, "title": registry.title}
    connection.execute(update(table).where(table.c.id == centre.id).values(values))


def _empty(centre: Centre, connection: Connection) -> bool:
    return connection.execute(centre.mine(schema.patient, schema.patient.c.id).limit(1)).first() is None


def _plan(centre: Centre, connection: Connection, registry: Registry) -> Planned:
    about = connection.execute(centre.mine(schema.centre)).mappings().one()
    if not _empty(centre, connection):
        if about["axis"] != registry.axis:
            kept = "dates" if about["axis"] == "calendar" else "days since each patient's day 0"
            raise Refused(f"this centre keeps {kept}, and the import does not: store it in a centre of its own")
        if about["simulated"] != registry.simulated:
            raise Refused("simulated patients and real ones are not kept in one centre")
    planned = Planned(about["revision"])
    known = {row["patient_id"]: row["id"] for row in connection.execute(centre.mine(schema.patient)).mappings()}
    coming = rows_of(registry)
    held = _held(centre, connection, {known[one]: one for one in coming if one in known})
    faults = []
    for patient_id, rows in coming.items():
        (planned.known_patients if patient_id in known else planned.new_patients).append(patient_id)
        mine = held.get(patient_id, {})
        steps, unchanged = _beside(mine, rows)
        if mine and steps:
            steps, found = _admissible(mine, steps, registry.axis)
            faults.append(found)
        planned._steps.append((patient_id, steps))
        for step in steps:
            into = planned.added if step.ends is None else planned.merged
            into[step.kind] = into.get(step.kind, 0) + 1
        for kind, number in unchanged.items():
            planned.unchanged[kind] = planned.unchanged.get(kind, 0) + number
    planned.faults = pl.concat([no_faults(), *faults])
    return planned


def _held(
    centre: Centre, connection: Connection, names: Mapping[str, str]
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The live records of some patients, by their own identifier and kind."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    keys = list(names)
    for start in range(0, len(keys), CHUNK):
        for row in live_records(centre, connection, keys[start : start + CHUNK]):
            found.setdefault(names[row["patient"]], {}).setdefault(row["kind"], []).append(row)
    return found


def _beside(
    held: Mapping[str, Sequence[Mapping[str, Any]]], rows: Mapping[str, Sequence[dict[str, Any]]]
) -> tuple[list[Step], dict[str, int]]:
    """What of a patient's coming rows is new or takes the place of a record, and how many are there already, by kind."""
    steps: list[Step] = []
    unchanged: dict[str, int] = {}
    for kind, coming in rows.items():
        identity = TABLES[kind].identity if kind in TABLES else ()
        mine = held.get(kind, [])
        by_identity = {_identity(row["content"], identity): row for row in mine} if identity else {}
        contents = [row["content"] for row in mine]
        for row in coming:
            old = by_identity.get(_identity(row, identity)) if identity else None
            merged = row if old is None else {**old["content"], **row}
            if merged in contents:
                unchanged[kind] = unchanged.get(kind, 0) + 1
            else:
                steps.append(Step(kind, merged, None if old is None else old["id"]))
    return steps, unchanged


def _identity(row: Mapping[str, Any], identity: Sequence[str]) -> tuple[Any, ...] | None:
    """What makes a row the same as another; None where the row does not say all of it."""
    named = tuple(row.get(name) for name in identity)
    return None if None in named else named


def _admissible(
    held: Mapping[str, Sequence[Mapping[str, Any]]], steps: Sequence[Step], axis: Axis
) -> tuple[list[Step], pl.DataFrame]:
    """The steps whose rows can stand beside what is on record, the others as rows set aside, and their faults."""
    ending = {step.ends for step in steps}
    kept = {kind: [row["content"] for row in rows if row["id"] not in ending] for kind, rows in held.items()}
    coming: dict[str, list[Step]] = {}
    for step in steps:
        coming.setdefault(step.kind, []).append(step)
    aside = coming.pop(SET_ASIDE, [])
    sheets = [sheet(kind, "on record", rows) for kind, rows in kept.items() if kind != SET_ASIDE]
    sheets += [sheet(kind, IMPORT, [step.row for step in more]) for kind, more in coming.items()]
    registry = admit(sheets, axis=axis)
    lost = registry.set_aside.filter(pl.col("file") == IMPORT)
    if lost.is_empty():
        return list(steps), registry.check()
    lines = set(lost.select("table", "line").iter_rows())
    used = [step for kind, more in coming.items() for line, step in enumerate(more, 1) if (kind, line) not in lines]
    return [*used, *aside, *(Step(SET_ASIDE, row) for row in stored(lost))], registry.check()

"""Taking a registry into a centre: first what would happen, then all of it in one transaction, or nothing.

A row that is there already is left. A row whose identity is there with other cells is merged: a cell that the file fills
takes the place of the old one, a cell that it leaves empty takes nothing away. What cannot stand beside what is on record is
left out, with its fault, and the rest goes in; it is kept as a row set aside, and the table is not taken for complete. What
somebody corrected or withdrew by hand is held back where the file says it again. What becomes complete: see `completing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, update

from tenfold.records.faults import fault_frame, no_faults
from tenfold.records.registry import Registry
from tenfold.service.store import schema
from tenfold.service.store.by_hand import Ended, HeldBack, by_hand, ended_by_hand
from tenfold.service.store.centre import SET_ASIDE, Centre, Patient, live_records, new_key, rows_of
from tenfold.service.store.completing import AS_A_REGISTRY, COMPLETENESS, Choice, Claim, Claims
from tenfold.service.store.merging import Step, admissible, as_set_aside, beside, fault, own_numbers
from tenfold.service.store.outcome import Conflict, Refused

PATIENTS_AT_ONCE = 500
ROWS_AT_ONCE = 5_000
LONGEST_ID = 200
ATTEMPTS = 3
"""How often an import is planned beside other writers, before it makes them wait."""


@dataclass
class Planned:
    """What an import would do: patients who are new and who are there, rows by kind that are new, merged or there already.

    `faults`: of rows that cannot stand beside what is on record. `held_back`: what somebody corrected or withdrew by hand.
    `claims`: what would be complete, by table. `changes`: the merged rows with their cells, in a plan alone. `revision`: the
    centre's, when this was planned.
    """

    revision: int
    new_patients: list[str] = field(default_factory=list)
    known_patients: list[str] = field(default_factory=list)
    added: dict[str, int] = field(default_factory=dict)
    merged: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    faults: pl.DataFrame = field(default_factory=no_faults)
    held_back: list[HeldBack] = field(default_factory=list)
    claims: dict[str, Claim] = field(default_factory=dict)
    changes: list[Step] = field(default_factory=list, repr=False)
    _steps: list[Step] = field(default_factory=list, repr=False)


def plan(centre: Centre, registry: Registry, choice: Choice = AS_A_REGISTRY) -> Planned:
    """What storing a registry would do; nothing is written. Refused where its axis or its kind is not the centre's."""
    with centre.reading() as connection:
        return _plan(centre, connection, registry, choice, counting=True)


def store_registry(
    centre: Centre, registry: Registry, reason: str, revision: int | None = None, choice: Choice = AS_A_REGISTRY
) -> Planned:
    """Store a registry in one transaction; return what was done.

    `choice`: by default each table of the registry is complete as the registry says, which is not meant for a file of which
    nobody knows whether it holds everything. `revision`: the centre's, when the import was looked at: Conflict if it has changed since. Refused as in `plan`.
    """
    for _ in range(ATTEMPTS):
        # Planned beside other writers, so that they wait for the writing alone; if one of them was faster, once more.
        with centre.reading() as connection:
            planned = _plan(centre, connection, registry, choice)
        _unchanged_since(revision, planned.revision)
        with centre.writing() as connection:
            present = _about(centre, connection)["revision"]
            if present == planned.revision:
                _write(centre, connection, registry, planned, reason)
                return planned
        _unchanged_since(revision, present)
    with centre.writing() as connection:
        planned = _plan(centre, connection, registry, choice)
        _write(centre, connection, registry, planned, reason)
    return planned


def _unchanged_since(revision: int | None, present: int) -> None:
    if revision is not None and present != revision:
        raise Conflict("this centre's records have changed since the import was looked at: look at it again")


def _about(centre: Centre, connection: Connection) -> Any:
    return connection.execute(centre.mine(schema.centre)).mappings().one()


def _known(centre: Centre, connection: Connection) -> dict[str, Patient]:
    rows = connection.execute(centre.mine(schema.patient)).mappings()
    return {row["patient_id"]: Patient(row["id"], row["patient_id"], row["revision"]) for row in rows}


def _plan(
    centre: Centre, connection: Connection, registry: Registry, choice: Choice, *, counting: bool = False
) -> Planned:
    """`counting`: of the steps themselves only those that merge are kept."""
    about = _about(centre, connection)
    known = _known(centre, connection)
    if not known:
        _meetings_stand(centre, connection, about, registry)
    else:
        if about["axis"] != registry.axis:
            kept = "dates" if about["axis"] == "calendar" else "days since each patient's day 0"
            raise Refused(f"this centre keeps {kept}, and the import does not: store it in a centre of its own")
        if about["simulated"] != registry.simulated:
            raise Refused("simulated patients and real ones are not kept in one centre")
    planned = Planned(about["revision"])
    numbers = _numbers(centre, connection, registry, known)
    faults = [planned.faults]
    claims = Claims(registry, choice)
    planned.claims = claims.found
    changes = by_hand(centre, connection)
    for part in _parts(registry):
        coming = rows_of(part)
        names = {known[one].id: one for one in coming if one in known}
        held = _held(centre, connection, names)
        ended = ended_by_hand(centre, connection, changes, names)
        steps: list[Step] = []
        for patient_id, rows in coming.items():
            if patient_id in known:
                planned.known_patients.append(patient_id)
            elif set(rows) <= {SET_ASIDE}:
                continue  # nothing is known of who this is, and nothing is claimed
            elif len(patient_id) > LONGEST_ID:
                rule, remedy = f"the identifier has {len(patient_id)} letters", f"give one of at most {LONGEST_ID}"
                faults.append(fault_frame([fault(patient_id, "patient_id", patient_id[:40], rule, remedy)]))
                continue
            else:
                planned.new_patients.append(patient_id)
            mine, theirs = held.get(patient_id, {}), ended.get(patient_id, [])
            rows[COMPLETENESS] = [dict(row) for row in claims.kept(patient_id, rows, mine, theirs)]
            more, unchanged, back = beside(patient_id, mine, rows, theirs, choice.taken)
            steps += more
            planned.held_back += back
            _count(planned.unchanged, unchanged)
        steps, found = _settled(steps, held, ended, numbers, registry)
        faults += found
        for step in steps:
            _count(planned.added if step.ends is None else planned.merged, {step.kind: 1})
        if counting:
            planned.changes += [step for step in steps if step.ends is not None]
        else:
            planned._steps += steps
    planned.faults = pl.concat(faults)
    return planned


def _count(into: dict[str, int], more: Mapping[str, int]) -> None:
    for kind, number in more.items():
        into[kind] = into.get(kind, 0) + number


def _parts(registry: Registry) -> Iterator[Registry]:
    """The registry by some hundred patients at a time, those included of whom only rows were set aside."""
    aside = registry.set_aside.select("patient_id").drop_nulls()
    ids = pl.concat([registry.patient_ids(), aside]).unique().sort("patient_id")["patient_id"]
    for start in range(0, ids.len(), PATIENTS_AT_ONCE):
        yield registry.select(ids[start : start + PATIENTS_AT_ONCE])


def _settled(
    steps: list[Step],
    held: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]],
    ended: Mapping[str, Sequence[Ended]],
    numbers: Mapping[str, str],
    registry: Registry,
) -> tuple[list[Step], list[pl.DataFrame]]:
    """The steps that can be taken, those that cannot as rows set aside, and the faults of these."""
    steps, taken, told = own_numbers(steps, numbers)
    aside = [step for step in steps if step.kind == SET_ASIDE]
    used, left, faults = admissible(held, [step for step in steps if step.kind != SET_ASIDE], registry.axis)
    for step in map(as_set_aside, [*taken, *left]):
        mine, theirs = held.get(step.patient_id, {}), ended.get(step.patient_id, ())
        # One that somebody withdrew by hand is dealt with.
        aside += beside(step.patient_id, mine, {SET_ASIDE: [dict(step.row)]}, theirs)[0]
    return [*used, *aside], [fault_frame(told), faults]


def _numbers(
    centre: Centre, connection: Connection, registry: Registry, known: Mapping[str, Patient]
) -> dict[str, str]:
    """The numbers of the measurements on record that the registry names too, with the patient whose each is."""
    coming = set(registry.table("mrd_samples")["sample_id"].drop_nulls())
    if not known or not coming:
        return {}
    names = {patient.id: patient.patient_id for patient in known.values()}
    table = schema.record
    asked = centre.mine(table, table.c.patient, table.c.content).where(
        table.c.kind == "mrd_samples", table.c.ended_by.is_(None)
    )
    rows = ((row[1].get("sample_id"), names[row[0]]) for row in connection.execute(asked))
    return {number: patient_id for number, patient_id in rows if number in coming}


def _held(
    centre: Centre, connection: Connection, names: Mapping[str, str]
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The live records of some patients, by their own identifier and kind."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in live_records(centre, connection, list(names)) if names else ():
        found.setdefault(names[row["patient"]], {}).setdefault(row["kind"], []).append(row)
    return found


def _write(centre: Centre, connection: Connection, registry: Registry, planned: Planned, reason: str) -> None:
    """Take the steps. Nothing is changed where there are none, and that is told as well."""
    counts = {
        "patients": len(planned.new_patients) + len(planned.known_patients),
        "rows": len(planned._steps),
        "merged": sum(planned.merged.values()),
        "held_back": len(planned.held_back),
    }
    change = None
    if planned._steps or planned.new_patients:
        _settle(centre, connection, registry)
        known = _known(centre, connection)
        change = centre.new_change(connection, "imported", None, reason)
        keys = {patient_id: new_key() for patient_id in planned.new_patients}
        new = [
            {"centre": centre.id, "id": key, "patient_id": patient_id, "revision": 0}
            for patient_id, key in keys.items()
        ]
        for rows in _batches(new):
            connection.execute(insert(schema.patient), rows)
        _revise(centre, connection, {known[one.patient_id].id for one in planned._steps if one.patient_id in known})
        keys |= {patient_id: patient.id for patient_id, patient in known.items()}
        for steps in _batches(planned._steps):
            rows = [
                {
                    "centre": centre.id,
                    "patient": keys[one.patient_id],
                    "kind": one.kind,
                    "content": one.row,
                    "added_by": change,
                }
                for one in steps
            ]
            connection.execute(insert(schema.record), rows)
        _end(centre, connection, [one.ends for one in planned._steps if one.ends is not None], change)
        centre.rise(connection)
    centre.told(connection, "imported", None, change=change, **counts)


def _batches(rows: Sequence[Any]) -> Iterator[Any]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]


def _revise(centre: Centre, connection: Connection, keys: set[str]) -> None:
    """Take the next revision of patients who were there: the centre is held, and nobody else takes one meanwhile."""
    table = schema.patient
    for some in _batches(sorted(keys)):
        mine = update(table).where(table.c.centre == centre.id, table.c.id.in_(some))
        connection.execute(mine.values(revision=table.c.revision + 1))


def _end(centre: Centre, connection: Connection, records: Sequence[int], change: int) -> None:
    table = schema.record
    for some in _batches(records):
        mine = update(table).where(table.c.centre == centre.id, table.c.id.in_(some), table.c.ended_by.is_(None))
        if connection.execute(mine.values(ended_by=change)).rowcount != len(some):
            raise Conflict("somebody else has changed these records in the meantime: try again")


def _meetings_stand(centre: Centre, connection: Connection, about: Any, registry: Registry) -> None:
    """Refused where an empty centre has meetings, and their days would not be days of the registry's axis."""
    table = schema.meeting
    if about["axis"] != registry.axis and connection.execute(centre.mine(table, table.c.id).limit(1)).first():
        kept = "dates" if about["axis"] == "calendar" else "days since each patient's day 0"
        raise Refused(f"this centre's meetings have {kept}, and the import does not: store it in a centre of its own")


def _settle(centre: Centre, connection: Connection, registry: Registry) -> None:
    """An empty centre takes its axis, title and kind from what comes first; the sources of each table add up."""
    about = _about(centre, connection)
    sources = dict(about["sources"])
    for table, citation in registry.sources.items():
        said = sources.get(table, "")
        sources[table] = said if citation in said else "; ".join(filter(None, (said, citation)))
    values: dict[str, Any] = {"sources": sources}
    if connection.execute(centre.mine(schema.patient, schema.patient.c.id).limit(1)).first() is None:
        _meetings_stand(centre, connection, about, registry)
        values |= {"axis": registry.axis, "simulated": registry.simulated, "title": registry.title}
    mine = schema.centre.c.id == centre.id
    connection.execute(update(schema.centre).where(mine).values(values))

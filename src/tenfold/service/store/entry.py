"""Writing facts about one patient by hand, and what became of them: additions, corrections, withdrawals, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, select, update

from tenfold.exchange.converted import sheet
from tenfold.records.admission import admit
from tenfold.records.registry import Registry
from tenfold.records.tables import TABLES
from tenfold.service.store import schema
from tenfold.service.store.centre import SET_ASIDE, Centre, Patient, live_records
from tenfold.service.store.outcome import NotThere, Refused
from tenfold.service.store.rows import stored

THIS_ENTRY = "this entry"
"""The "file" that faults of what is being written name; the line is the row's number."""
ON_RECORD = "on record"


def add_patient(centre: Centre, cells: Mapping[str, Any], reason: str | None = None) -> Patient:
    """Write a new patient from the cells of one row of `patients`. Refused with the faults, or for one who is there."""
    axis = centre.about()["axis"]
    registry = _admitted(axis, {}, {"patients": [cells]})
    rows = registry.table("patients")
    patient_id = rows["patient_id"][0]
    with centre.writing() as connection:
        held = schema.patient
        if connection.execute(centre.mine(held, held.c.id).where(held.c.patient_id == patient_id)).first():
            raise Refused(f"patient {patient_id} is in this centre already")
        patient = centre.new_patient(connection, patient_id)
        change = centre.new_change(connection, "patient added", patient.id, reason)
        _insert(centre, connection, patient.id, change, "patients", stored(rows))
        centre.rise(connection)
        centre.told(connection, "patient added", patient.id)
    return patient


def write_facts(
    centre: Centre,
    key: str,
    revision: int,
    *,
    add: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    end: Sequence[int] = (),
    reason: str | None = None,
) -> int:
    """Add rows to a patient's tables and end records, all or nothing; return the new revision.

    `add`: table -> rows as cells, typed or text; a correction ends the record and adds its new form. `revision`: the one
    that the writer saw. Conflict if another was written since; Refused with every fault; NotThere.
    """
    added = {name: list(rows) for name, rows in (add or {}).items() if rows}
    with centre.writing() as connection:
        patient = centre.find(connection, key)
        axis = connection.execute(centre.mine(schema.centre)).mappings().one()["axis"]
        live = live_records(centre, connection, [key])
        ended = [row for row in live if row["id"] in set(end)]
        if len(ended) != len(set(end)):
            raise NotThere("a record that was to be changed is not there any more")
        rows = {name: [{**row, "patient_id": patient.patient_id} for row in more] for name, more in added.items()}
        kept = [row for row in live if row["id"] not in set(end)]
        admitted = _admitted(axis, _by_kind(kept), rows)
        centre.revise(connection, patient, revision)
        action = "corrected" if end and added else "withdrawn" if end else "added"
        change = centre.new_change(connection, action, key, reason)
        if end:
            table = schema.record
            mine = update(table).where(
                table.c.centre == centre.id, table.c.id.in_(list(end)), table.c.ended_by.is_(None)
            )
            connection.execute(mine.values(ended_by=change))
        for name in added:
            new = _new_rows(admitted, name, _by_kind(kept).get(name, []))
            _insert(centre, connection, key, change, name, new)
        centre.rise(connection)
        tables = sorted({*added, *(row["kind"] for row in ended)})
        centre.told(connection, action, key, tables=tables, change=change)
    return revision + 1


def faults_of(
    centre: Centre, key: str, add: Mapping[str, Sequence[Mapping[str, Any]]], end: Sequence[int] = ()
) -> pl.DataFrame:
    """The faults that facts would have if they were written now; nothing is written."""
    patient = centre.patient(key)
    with centre.reading() as connection:
        axis = connection.execute(centre.mine(schema.centre)).mappings().one()["axis"]
        kept = [row for row in live_records(centre, connection, [key]) if row["id"] not in set(end)]
    rows = {name: [{**row, "patient_id": patient.patient_id} for row in more] for name, more in add.items()}
    return _checked(axis, _by_kind(kept), rows).check()


def history_of(centre: Centre, key: str) -> list[dict[str, Any]]:
    """Every change of a patient's records, the newest first: at, account, action, reason, what was added and what ended."""
    change, record, account = schema.change, schema.record, schema.account
    with centre.reading() as connection:
        centre.find(connection, key)
        asked = (
            select(change.c.id, change.c.at, change.c.action, change.c.reason, account.c.name.label("account"))
            .join_from(change, account, change.c.account == account.c.id, isouter=True)
            .where(change.c.centre == centre.id, change.c.patient == key)
            .order_by(change.c.id.desc())
        )
        changes = [dict(row) for row in connection.execute(asked).mappings()]
        records = connection.execute(centre.mine(record).where(record.c.patient == key)).mappings().all()
    for one in changes:
        one["added"] = [_told(row) for row in records if row["added_by"] == one["id"]]
        one["ended"] = [_told(row) for row in records if row["ended_by"] == one["id"]]
    return changes


def records_of(centre: Centre, key: str) -> list[dict[str, Any]]:
    """A patient's records that hold at present: id, kind, content."""
    with centre.reading() as connection:
        centre.find(connection, key)
        return live_records(centre, connection, [key])


def _told(row: Any) -> dict[str, Any]:
    return {"id": row["id"], "kind": row["kind"], "content": row["content"]}


def _by_kind(live: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in live:
        found.setdefault(row["kind"], []).append(row["content"])
    return found


def _checked(axis: str, held: Mapping[str, Sequence[Any]], rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Registry:
    """What is on record together with what is to be written, through the one admission of records."""
    for name in rows:
        if name not in TABLES:
            raise NotThere(f"there is no table {name}")
    sheets = [sheet(name, ON_RECORD, more) for name, more in held.items() if name != SET_ASIDE]
    sheets += [sheet(name, THIS_ENTRY, more) for name, more in rows.items()]
    return admit(sheets, axis="relative" if axis == "relative" else "calendar")


def _admitted(
    axis: str, held: Mapping[str, Sequence[Any]], rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Registry:
    registry = _checked(axis, held, rows)
    faults = registry.check()
    if faults.height:
        before = _checked(axis, held, {}).check() if held else faults.clear()
        new = faults.join(before, on=list(faults.columns), how="anti", nulls_equal=True, maintain_order="left")
        if new.height:
            raise Refused("what was given cannot be kept as it is", new)
    return registry


def _new_rows(admitted: Registry, name: str, held: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The admitted rows of a table that were not on record before."""
    left = [dict(row) for row in held]
    new = []
    for row in stored(admitted.table(name)):
        if row in left:
            left.remove(row)
        else:
            new.append(row)
    return new


def _insert(
    centre: Centre, connection: Connection, key: str, change: int, kind: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    values = [
        {"centre": centre.id, "patient": key, "kind": kind, "content": dict(row), "added_by": change} for row in rows
    ]
    if values:
        connection.execute(insert(schema.record), values)

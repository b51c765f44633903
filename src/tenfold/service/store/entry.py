"""Writing facts about one patient by hand: additions, corrections, withdrawals, and what is complete.

What is written goes through the one admission of records, alone and beside what is on record. It is refused where it, or a
record that is there, would be set aside for it. What admission would keep with a remark (a gene that no list has, what looks
like a name) is refused too, until the writer says to have looked at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, update

from tenfold.exchange.converted import sheet
from tenfold.records.admission import admit
from tenfold.records.faults import Fault, Used, fault_frame
from tenfold.records.registry import Registry
from tenfold.records.shape import Axis, Kind
from tenfold.records.sheets import Sheet
from tenfold.records.tables import TABLES
from tenfold.service.store import schema
from tenfold.service.store.centre import SET_ASIDE, Centre, Patient, as_registry, live_records
from tenfold.service.store.history import history_of, records_of
from tenfold.service.store.outcome import Conflict, NotThere, Refused
from tenfold.service.store.rows import stored

__all__ = [
    "Judged",
    "add_patient",
    "draft",
    "faults_of",
    "history_of",
    "new_patient_judged",
    "records_of",
    "say_complete",
    "write_facts",
]

THIS_ENTRY = "this entry"
"""The "file" that faults of what is being written name; the line is the row's number."""
ON_RECORD = "on record"
"""How the "file" begins that faults of records name which are there; the table follows."""
LONGEST = 4_000
"""Letters of a cell: more is a document, and no fact."""
LONGEST_ID = 200
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Judged:
    """What facts would be if they were written now.

    `rows`: by kind, as they would be stored; `faults`: for which they cannot be; `warnings`: to be looked at by the writer.
    """

    rows: dict[str, list[dict[str, Any]]]
    faults: pl.DataFrame
    warnings: pl.DataFrame

    def refuse(self, despite_warnings: bool) -> None:
        """Refused where the facts cannot be written."""
        if self.faults.height:
            raise Refused("what was given cannot be kept as it is", self.faults)
        if self.warnings.height and not despite_warnings:
            raise Refused("look at what was given once more", self.warnings)


def add_patient(
    centre: Centre, cells: Mapping[str, Any], reason: str | None = None, *, despite_warnings: bool = False
) -> Patient:
    """Write a new patient from the cells of one row of `patients`. Refused with the faults, or for one who is there."""
    with centre.writing() as connection:
        judged = _new_patient(centre, connection, cells)
        judged.refuse(despite_warnings)
        row = judged.rows["patients"][0]
        patient = centre.new_patient(connection, row["patient_id"])
        change = centre.new_change(connection, "patient added", patient.id, reason)
        _insert(centre, connection, patient.id, change, "patients", [row])
        centre.rise(connection)
        centre.told(connection, "patient added", patient.id)
    return patient


def new_patient_judged(centre: Centre, cells: Mapping[str, Any]) -> Judged:
    """What a new patient would be if written now; nothing is written."""
    with centre.reading() as connection:
        return _new_patient(centre, connection, cells)


def _new_patient(centre: Centre, connection: Connection, cells: Mapping[str, Any]) -> Judged:
    judged = _judge(_axis(centre, connection), {}, {"patients": [cells]})
    patient_id = judged.rows["patients"][0]["patient_id"] if judged.rows.get("patients") else None
    if patient_id is None:
        return judged
    held = schema.patient
    more = pl.DataFrame(schema=judged.faults.schema)
    if connection.execute(centre.mine(held, held.c.id).where(held.c.patient_id == patient_id)).first():
        more = _there_already(patient_id)
    elif len(patient_id) > LONGEST_ID:
        more = _fault("patient_id", None, "the identifier is too long", f"give one of at most {LONGEST_ID} letters")
    return Judged(judged.rows, pl.concat([judged.faults, more]), judged.warnings)


def _there_already(patient_id: str) -> pl.DataFrame:
    rule = "a patient of this identifier is in this centre already"
    return _fault("patient_id", patient_id, rule, "open that patient, or give this one an identifier of its own")


def write_facts(
    centre: Centre,
    key: str,
    revision: int,
    *,
    add: Rows | None = None,
    end: Sequence[int] = (),
    reason: str | None = None,
    despite_warnings: bool = False,
) -> int:
    """Add rows to a patient's tables and end records, all or nothing; return the new revision.

    `add`: table -> rows as cells, typed or text; a correction ends the record and adds its new form. `revision`: the one
    that the writer saw. Conflict if another was written since; Refused with every fault, also where nothing would change;
    NotThere.
    """
    added = {name: list(rows) for name, rows in (add or {}).items() if rows}
    with centre.writing() as connection:
        patient = centre.find(connection, key)
        # Before anything else is looked at: what the writer did not see may be what a fault, or a missing record, is of.
        centre.revise(connection, patient, revision)
        centre.rise(connection)
        live, kept = _live(centre, connection, key, end)
        judged = _judged(centre, connection, patient, kept, added)
        judged.refuse(despite_warnings)
        ended = [row for row in live if row["id"] in set(end)]
        if _nothing_new(ended, judged.rows):
            raise Refused("nothing was changed")
        action = "corrected" if ended and added else "withdrawn" if ended else "added"
        change = centre.new_change(connection, action, key, reason)
        _end(centre, connection, key, change, end)
        for name, rows in judged.rows.items():
            _insert(centre, connection, key, change, name, rows)
        tables = sorted({*added, *(row["kind"] for row in ended)})
        centre.told(connection, action, key, tables=tables, change=change)
    return revision + 1


def _nothing_new(ended: Sequence[Mapping[str, Any]], rows: Rows) -> bool:
    before = [(row["kind"], row["content"]) for row in ended]
    after = [(kind, dict(row)) for kind, more in rows.items() for row in more]
    return all(one in after for one in before) and all(one in before for one in after)


def say_complete(
    centre: Centre,
    key: str,
    revision: int,
    table: str,
    complete: bool,
    start: str | None = None,
    reason: str | None = None,
) -> int:
    """State whether a table holds everything of a patient from a day on (without one, from diagnosis); what was stated
    before is ended. Return the new revision. Conflict, Refused, NotThere as in `write_facts`.
    """
    if table not in TABLES or table in ("completeness", "patients"):
        raise NotThere(f"there is no table {table}")
    with centre.reading() as connection:
        centre.find(connection, key)
        axis = _axis(centre, connection)
        live = live_records(centre, connection, [key])
    said = [row["id"] for row in live if row["kind"] == "completeness" and row["content"].get("table") == table]
    day = TABLES["completeness"]["from_date"].named(axis)
    row = {"table": table, "complete": complete, day: start if complete else None}
    try:
        return write_facts(centre, key, revision, add={"completeness": [row]}, end=said, reason=reason)
    except NotThere:  # it was restated after it was read here
        raise Conflict("somebody else has changed this patient's records since this page was opened") from None


def say_all_complete(centre: Centre, key: str, revision: int, tables: Sequence[str], reason: str | None = None) -> int:
    """State of several tables at once that each holds everything of a patient from diagnosis; else as `say_complete`."""
    if unknown := [name for name in tables if name not in TABLES or name in ("completeness", "patients")]:
        raise NotThere(f"there is no table {unknown[0]}")
    with centre.reading() as connection:
        centre.find(connection, key)
        live = live_records(centre, connection, [key])
    said = [row["id"] for row in live if row["kind"] == "completeness" and row["content"].get("table") in tables]
    rows = [{"table": name, "complete": True} for name in tables]
    try:
        return write_facts(centre, key, revision, add={"completeness": rows}, end=said, reason=reason)
    except NotThere:  # one was restated after it was read here
        raise Conflict("somebody else has changed this patient's records since this page was opened") from None


def faults_of(centre: Centre, key: str, add: Rows, end: Sequence[int] = ()) -> pl.DataFrame:
    """The faults and warnings that facts would have if they were written now; nothing is written."""
    judged, _ = draft(centre, key, add, end)
    return pl.concat([judged.faults, judged.warnings])


def draft(centre: Centre, key: str, add: Rows, end: Sequence[int] = ()) -> tuple[Judged, Registry | None]:
    """What facts would be if they were written now, and the patient's records with them; nothing is written.

    No registry where the facts could not be written. NotThere for a record that does not hold any more.
    """
    with centre.reading() as connection:
        patient = centre.find(connection, key)
        about = connection.execute(centre.mine(schema.centre)).mappings().one()
        _, kept = _live(centre, connection, key, end)
        judged = _judged(centre, connection, patient, kept, add)
    if judged.faults.height:
        return judged, None
    new = [{"kind": name, "content": row} for name, rows in judged.rows.items() for row in rows]
    return judged, as_registry([*kept, *new], about)


def _axis(centre: Centre, connection: Connection) -> Axis:
    return "relative" if _about(centre, connection)["axis"] == "relative" else "calendar"


def _about(centre: Centre, connection: Connection) -> Any:
    return connection.execute(centre.mine(schema.centre)).mappings().one()


def _live(
    centre: Centre, connection: Connection, key: str, end: Sequence[int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A patient's records that hold, and those of them that stay. NotThere where one that should end does not hold."""
    live = live_records(centre, connection, [key])
    if not set(end) <= {row["id"] for row in live}:
        raise NotThere("a record that was to be changed is not there any more")
    return live, [row for row in live if row["id"] not in set(end)]


def _judged(
    centre: Centre, connection: Connection, patient: Patient, kept: Sequence[Mapping[str, Any]], add: Rows
) -> Judged:
    held: dict[str, list[dict[str, Any]]] = {}
    for row in kept:
        held.setdefault(row["kind"], []).append(row["content"])
    rows = {name: [{**row, "patient_id": patient.patient_id} for row in more] for name, more in add.items()}
    judged = _judge(_axis(centre, connection), held, rows)
    numbers = [row["sample_id"] for row in judged.rows.get("mrd_samples", []) if "sample_id" in row]
    elsewhere = _measured_elsewhere(centre, connection, patient.id, numbers)
    return Judged(judged.rows, pl.concat([judged.faults, *elsewhere]), judged.warnings)


def _measured_elsewhere(
    centre: Centre, connection: Connection, key: str, numbers: Sequence[str]
) -> Iterator[pl.DataFrame]:
    """A measurement's number is its own in the whole centre: read together, two patients' rows of one number would both be
    set aside.
    """
    table = schema.record
    for number in numbers:
        asked = centre.mine(table, table.c.id).where(
            table.c.kind == "mrd_samples",
            table.c.ended_by.is_(None),
            table.c.patient != key,
            table.c.content["sample_id"].as_string() == number,
        )
        if connection.execute(asked).first():
            yield _fault("sample_id", number, "another patient's sample has this number", "give this one its own")


def _judge(axis: Axis, held: Rows, rows: Rows) -> Judged:
    """What is to be written, through admission: by itself, and together with what is on record."""
    for name in rows:
        if name not in TABLES:
            raise NotThere(f"there is no table {name}")
    entry = [_sheet(name, THIS_ENTRY, more, axis) for name, more in rows.items()]
    alone = admit(entry, axis=axis)
    typed = {name: stored(alone.table(name)) for name in rows}
    own = [*_too_long(rows), *_empty(typed), *_taken(held, typed)]
    if own:
        found = pl.concat([alone.check().filter(pl.col("used") != str(Used.KEPT)), *own])
        return Judged(typed, found, alone.check().clear())
    there = [_sheet(name, f"{ON_RECORD}, {name}", more, axis) for name, more in held.items() if name != SET_ASIDE]
    found = admit([*there, *entry], axis=axis).check()
    if found.height and there:
        before = admit(there, axis=axis).check()
        found = found.join(before, on=list(found.columns), how="anti", nulls_equal=True, maintain_order="left")
    kept = pl.col("used") == str(Used.KEPT)
    remarks = alone.check().filter(kept)
    # That the patient has no row in `patients` is no remark about what is written.
    beside = found.filter(kept & pl.col("column").ne_missing("patient_id"))
    beside = beside.join(remarks, on=list(remarks.columns), how="anti", nulls_equal=True, maintain_order="left")
    return Judged(typed, found.filter(~kept), pl.concat([remarks, beside, *_to_come(typed, axis)]))


def _sheet(name: str, file: str, rows: Sequence[Mapping[str, Any]], axis: Axis) -> Sheet:
    return sheet(name, file, rows, columns=TABLES[name].schema(axis))


def _taken(held: Rows, typed: Rows) -> Iterator[pl.DataFrame]:
    """Rows that are on record already, or whose identity is: admission would set aside the record, too."""
    for name, rows in typed.items():
        identity = TABLES[name].identity
        there = [dict(row) for row in held.get(name, ())]
        named = [tuple(row.get(one) for one in identity) for row in there]
        for row in rows:
            mine = tuple(row.get(one) for one in identity)
            if dict(row) in there:
                remedy = "nothing needs to be written; if both happened, tell them apart"
                yield _fault(None, None, "this is on record already, cell for cell", remedy)
            elif identity and None not in mine and mine in named:
                yield _fault(identity[-1], str(mine[-1]), *_TAKEN[name])


_TAKEN = {
    "patients": ("the patient has this row already", "correct that one"),
    "completeness": ("it was stated already whether this table holds everything", "correct what was stated"),
    "mrd_samples": (
        "another sample of this patient has this number",
        "give this one a number of its own, or correct the other",
    ),
}


def _empty(typed: Rows) -> Iterator[pl.DataFrame]:
    for name, rows in typed.items():
        if name != "patients" and any(set(row) <= {"patient_id"} for row in rows):
            yield _fault(None, None, "nothing was given", "fill in what is known")


def _too_long(rows: Rows) -> Iterator[pl.DataFrame]:
    for more in rows.values():
        for row in more:
            for column, cell in row.items():
                if isinstance(cell, str) and len(cell) > LONGEST:
                    rule = f"the cell has {len(cell):,} letters"
                    yield _fault(column, None, rule, f"give at most {LONGEST:,}")


def _to_come(typed: Rows, axis: Axis) -> Iterator[pl.DataFrame]:
    """Days that are still to come: nothing of them can be known, and most are slips of the year."""
    if axis == "relative":
        return
    today = date.today().isoformat()
    for name, rows in typed.items():
        days = [column.name for column in TABLES[name].columns if column.kind is Kind.DATE]
        for row in rows:
            for column in days:
                if (day := row.get(column)) is not None and day > today:
                    yield _fault(column, day, f"{day} is still to come", "check the year", Used.KEPT)


def _fault(
    column: str | None, value: str | None, rule: str, remedy: str, used: Used = Used.ROW_SET_ASIDE
) -> pl.DataFrame:
    return fault_frame([Fault(THIS_ENTRY, 1, None, column, value, rule, remedy, used)])


def _end(centre: Centre, connection: Connection, key: str, change: int, end: Sequence[int]) -> None:
    table = schema.record
    mine = update(table).where(
        table.c.centre == centre.id,
        table.c.patient == key,
        table.c.id.in_(sorted(set(end))),
        table.c.ended_by.is_(None),
    )
    if end and connection.execute(mine.values(ended_by=change)).rowcount != len(set(end)):
        raise Conflict("somebody else has changed this patient's records since this page was opened")


def _insert(
    centre: Centre, connection: Connection, key: str, change: int, kind: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    values = [
        {"centre": centre.id, "patient": key, "kind": kind, "content": dict(row), "added_by": change} for row in rows
    ]
    if values:
        connection.execute(insert(schema.record), values)

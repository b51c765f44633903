"""One centre of the store, as one account sees it: the only way to its patients."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, Table, Text, cast, insert, select, update

from tenfold.records.completeness import SET_ASIDE_SCHEMA
from tenfold.records.faults import Used
from tenfold.records.joining import stated
from tenfold.records.registry import Registry
from tenfold.records.shape import Axis
from tenfold.records.tables import TABLES
from tenfold.service.store import schema
from tenfold.service.store.guard import guarded
from tenfold.service.store.outcome import Conflict, NotThere
from tenfold.service.store.rows import in_lines, parsed, restored, stored
from tenfold.service.store.store import Store

SET_ASIDE = "set_aside"
"""The kind of a row that was not admitted: kept, so that what it might have said is not taken for nothing."""
KEYS_AT_ONCE = 5_000
"""SQLite takes some thirty thousand values in one statement."""


@dataclass(frozen=True)
class Patient:
    """A patient of a centre: the random name that stands in addresses, the centre's own identifier, the present revision."""

    id: str
    patient_id: str
    revision: int


@dataclass(frozen=True)
class Centre:
    """A centre as an account sees it."""

    store: Store
    id: int
    account_id: int | None
    account: str

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads of this centre."""
        with self.store.reading() as connection:
            yield guarded(connection, self.id)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes to this centre: all of it is kept, or nothing.

        Writers of one centre go one after another on either database: what is looked up here holds until the end.
        """
        with self.store.writing() as connection:
            guarded(connection, self.id)
            # What refers to the centre (an entry of the audit trail, a session) need not wait.
            connection.execute(self.mine(schema.centre, schema.centre.c.id).with_for_update(key_share=True))
            yield connection

    def mine(self, table: Table, *columns: Any) -> Select[Any]:
        """A question to a table, of this centre alone."""
        return select(*(columns or (table,))).where(
            (table.c.id if table is schema.centre else table.c.centre) == self.id
        )

    def told(self, connection: Connection, action: str, subject: str | None = None, **detail: Any) -> None:
        """Put what is done into the audit trail."""
        trail = self.store.trail
        trail.add(connection, action, account=self.account, centre=self.id, subject=subject, **detail)

    def about(self) -> dict[str, Any]:
        """The centre's own row: name, axis, whether simulated, revision, settings."""
        with self.reading() as connection:
            return dict(connection.execute(self.mine(schema.centre)).mappings().one())

    def patients(self) -> list[Patient]:
        """Every patient, by the centre's own identifier."""
        with self.reading() as connection:
            return _patients(connection, self.mine(schema.patient).order_by(schema.patient.c.patient_id))

    def patient(self, key: str) -> Patient:
        """A patient by the random name. NotThere for one who is not of this centre."""
        with self.reading() as connection:
            return self.find(connection, key)

    def find(self, connection: Connection, key: str) -> Patient:
        """A patient by the random name, in a transaction. NotThere for one who is not of this centre."""
        found = _patients(connection, self.mine(schema.patient).where(schema.patient.c.id == key))
        if not found:
            raise NotThere("there is no such patient in this centre")
        return found[0]

    def registry(self, keys: Sequence[str] | None = None) -> tuple[Registry, int]:
        """The records of some patients, or of all, and the centre's revision that they are of."""
        with self.reading() as connection:
            about = connection.execute(self.mine(schema.centre)).mappings().one()
            texts: dict[str, list[str]] = {}
            record = schema.record
            # The text is parsed by table, not row by row.
            for row in _live(self, connection, [record.c.kind, cast(record.c.content, Text)], keys):
                texts.setdefault(row[0], []).append(row[1])
        axis: Axis = about["axis"]
        frames = {name: parsed(name, texts[name], axis) for name in TABLES if name in texts}
        return _registry(frames, in_lines(texts.get(SET_ASIDE, []), SET_ASIDE_SCHEMA), about), about["revision"]

    def revise(self, connection: Connection, patient: Patient, revision: int | None) -> None:
        """Take the next revision of a patient. Conflict if another has been written since `revision` was read."""
        table = schema.patient
        held = patient.revision if revision is None else revision
        mine = update(table).where(table.c.centre == self.id, table.c.id == patient.id, table.c.revision == held)
        if connection.execute(mine.values(revision=held + 1)).rowcount != 1:
            raise Conflict("somebody else has changed this patient's records since this page was opened")

    def rise(self, connection: Connection) -> None:
        """Take the next revision of the centre."""
        table = schema.centre
        connection.execute(update(table).where(table.c.id == self.id).values(revision=table.c.revision + 1))

    def new_change(
        self, connection: Connection, action: str, patient: str | None = None, reason: str | None = None
    ) -> int:
        """Write down who changes what, and return its number."""
        made = insert(schema.change).values(
            centre=self.id, patient=patient, account=self.account_id, at=now(), action=action, reason=reason
        )
        return int(connection.execute(made).inserted_primary_key[0])  # type: ignore[index]

    def new_patient(self, connection: Connection, patient_id: str) -> Patient:
        """Write a patient without records."""
        patient = Patient(new_key(), patient_id, 0)
        connection.execute(
            insert(schema.patient).values(centre=self.id, id=patient.id, patient_id=patient_id, revision=0)
        )
        return patient


def new_key() -> str:
    """A random name, such as may stand in an address."""
    return uuid.uuid4().hex


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def live_records(centre: Centre, connection: Connection, keys: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The records that hold at present: id, patient (its random name), kind, content; in the order they were written."""
    table = schema.record
    rows = _live(centre, connection, [table.c.id, table.c.patient, table.c.kind, table.c.content], keys)
    return [{"id": row[0], "patient": row[1], "kind": row[2], "content": row[3]} for row in rows]


def _live(centre: Centre, connection: Connection, columns: Sequence[Any], keys: Sequence[str] | None) -> Iterator[Any]:
    table = schema.record
    asked = centre.mine(table, *columns).where(table.c.ended_by.is_(None)).order_by(table.c.id)
    if keys is None:
        yield from connection.execute(asked)
        return
    for start in range(0, len(keys), KEYS_AT_ONCE):
        yield from connection.execute(asked.where(table.c.patient.in_(keys[start : start + KEYS_AT_ONCE])))


def as_registry(live: Sequence[Mapping[str, Any]], about: Any) -> Registry:
    """Stored records as a registry.

    A table is complete for those patients alone of whom it was stated: every other is left not known.
    """
    axis: Axis = about["axis"]
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for row in live:
        by_kind.setdefault(row["kind"], []).append(row["content"])
    frames = {name: restored(name, by_kind[name], axis) for name in TABLES if name in by_kind}
    return _registry(frames, pl.DataFrame(by_kind.get(SET_ASIDE, []), schema=SET_ASIDE_SCHEMA, orient="row"), about)


def _registry(frames: Mapping[str, pl.DataFrame], aside: pl.DataFrame, about: Any) -> Registry:
    axis: Axis = about["axis"]
    said = frames.get("completeness", TABLES["completeness"].empty(axis))
    spoken = set(said["table"])
    names = [name for name in TABLES if name != "completeness" and (name in frames or name in spoken)]
    nobody = restored("completeness", [{"table": name, "complete": False} for name in names], axis)
    tables = {name: frames[name] if name in frames else TABLES[name].empty(axis) for name in names}
    tables["completeness"] = pl.concat([nobody, said])
    return Registry(
        tables=tables,
        axis=axis,
        title=about["title"],
        simulated=about["simulated"],
        sources=about["sources"],
        set_aside=aside,
    )


def rows_of(registry: Registry) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """A registry as rows to store: by patient, in order, and kind, with what is complete spelt out for each patient.

    A patient of whom only rows were set aside has these alone; each of them keeps, as `wrong`, what was wrong with it.
    """
    found: dict[str, dict[str, list[dict[str, Any]]]] = {one: {} for one in registry.patient_ids()["patient_id"]}
    of_nobody = replace(registry, set_aside=registry.set_aside.filter(pl.col("patient_id").is_null()))
    frames = {name: frame for name, frame in registry.tables.items() if name != "completeness"}
    said = [stated(of_nobody, name, registry.axis) for name in frames]
    frames["completeness"] = pl.concat([*said, _lacking(registry)])
    frames[SET_ASIDE] = registry.set_aside.filter(pl.col("patient_id").is_not_null())
    wrong = _wrong(registry) if frames[SET_ASIDE].height else {}
    for name, frame in frames.items():
        for row in stored(frame):
            if name == SET_ASIDE and (told := wrong.get((row.get("file"), row.get("line")))):
                row["wrong"] = told
            found.setdefault(row["patient_id"], {}).setdefault(name, []).append(row)
    return dict(sorted(found.items()))


def _lacking(registry: Registry) -> pl.DataFrame:
    """What the registry says may lack something, of tables that it does not have: spelt out for each patient."""
    said = registry.table("completeness").filter(~pl.col("table").is_in(list(registry.tables)))
    own = said.filter(pl.col("patient_id").is_not_null())
    everybody = said.filter(pl.col("patient_id").is_null()).drop("patient_id")
    rest = registry.patient_ids().select("patient_id").join(everybody, how="cross")
    rest = rest.join(own, on=["patient_id", "table"], how="anti", maintain_order="left")
    return pl.concat([own, rest.select(own.columns)]).filter(~pl.col("complete"))


def _wrong(registry: Registry) -> dict[tuple[Any, Any], list[str]]:
    """By file and line, what is wrong with each row set aside and how to mend it, in words."""
    found: dict[tuple[Any, Any], list[str]] = {}
    faults = registry.faults.filter(pl.col("used") == str(Used.ROW_SET_ASIDE))
    for file, line, column, rule, remedy in faults.select("file", "line", "column", "rule", "remedy").iter_rows():
        said = f"{column}: {rule}" if column else rule
        found.setdefault((file, line), []).append(f"{said}. To mend it: {remedy}.")
    return found


def _patients(connection: Connection, asked: Select[Any]) -> list[Patient]:
    rows = connection.execute(asked).mappings()
    return [Patient(row["id"], row["patient_id"], row["revision"]) for row in rows]

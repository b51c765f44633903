"""Runs of the laboratory: kept with everything they were measured with, signed once, and what of them was stored as facts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from tenfold.service.store import schema
from tenfold.service.store.centre import Centre, now
from tenfold.service.store.outcome import Conflict, NotThere

table = schema.laboratory_run
SHOWN = 200


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run: its random name, its file, who uploaded it and when; and who signed it, if anybody has."""

    id: str
    filename: str
    at: datetime
    uploaded_by: str
    signed_by: str | None
    signed_at: datetime | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A result of a run that became a fact: of which sample and target, of which patient, when and by whom.

    `holds`: whether the fact is still on record, and neither corrected nor withdrawn.
    """

    reason: str
    patient: str
    patient_id: str
    at: datetime
    by: str | None
    holds: bool


def keep_run(centre: Centre, filename: str, content: bytes) -> str:
    """Keep a run and return its random name."""
    key = uuid.uuid4().hex
    with centre.writing() as connection:
        row = {"id": key, "account": centre.account_id, "at": now(), "filename": filename, "content": content}
        connection.execute(insert(table).values(centre=centre.id, **row))
        centre.told(connection, "run uploaded", key, bytes=len(content))
    return key


def runs(centre: Centre) -> list[KeptRun]:
    """The runs of a centre, the newest first."""
    return _found(centre, None)


def kept_run(centre: Centre, key: str) -> KeptRun:
    """One run. NotThere for one that is not of this centre."""
    found = _found(centre, key)
    if not found:
        raise NotThere("there is no such run in this centre")
    return found[0]


def _found(centre: Centre, key: str | None) -> list[KeptRun]:
    account, signer = schema.account.alias("uploader"), schema.account.alias("signer")
    asked = (
        select(
            table.c.id,
            table.c.filename,
            table.c.at,
            account.c.name.label("uploaded_by"),
            signer.c.name.label("signed_by"),
            table.c.signed_at,
            table.c.comment,
        )
        .join_from(table, account, table.c.account == account.c.id)
        .join(signer, table.c.signed_by == signer.c.id, isouter=True)
        .where(table.c.centre == centre.id)
        .order_by(table.c.at.desc())
        .limit(SHOWN)
    )
    if key is not None:
        asked = asked.where(table.c.id == key)
    with centre.reading() as connection:
        return [KeptRun(**row) for row in connection.execute(asked).mappings()]


def run_content(centre: Centre, key: str) -> bytes:
    """Everything that a run was measured with, as an archive. NotThere as in `kept_run`."""
    with centre.reading() as connection:
        row = connection.execute(centre.mine(table, table.c.content).where(table.c.id == key)).first()
    if row is None:
        raise NotThere("there is no such run in this centre")
    return bytes(row[0])


def sign_run(centre: Centre, key: str, comment: str, content: bytes) -> None:
    """Sign a run, with the archive as it is signed. Conflict if it is signed already; NotThere."""
    kept_run(centre, key)
    mine = update(table).where(table.c.centre == centre.id, table.c.id == key, table.c.signed_at.is_(None))
    values = {"signed_by": centre.account_id, "signed_at": now(), "comment": comment or None, "content": content}
    with centre.writing() as connection:
        if connection.execute(mine.values(values)).rowcount != 1:
            raise Conflict("this run has been signed already")
        centre.told(connection, "run signed", key, commented=bool(comment))


def mark_of(key: str, row: int) -> str:
    """How the reason of a change begins that stores a run's result, by its number in the run."""
    return f"laboratory run {key}, result {row}"


def passed_on(centre: Centre, key: str) -> list[PassedOn]:
    """The results of a run that were stored, the oldest first."""
    change, record, patient, account = schema.change, schema.record, schema.patient, schema.account
    asked = (
        select(
            change.c.reason,
            patient.c.id.label("patient"),
            patient.c.patient_id,
            change.c.at,
            account.c.name.label("by"),
            record.c.ended_by,
        )
        .join_from(change, record, record.c.added_by == change.c.id)
        .join(patient, record.c.patient == patient.c.id)
        .join(account, change.c.account == account.c.id, isouter=True)
        .where(
            change.c.centre == centre.id,
            record.c.centre == centre.id,
            patient.c.centre == centre.id,
            change.c.reason.like(f"laboratory run {key}, %"),
        )
        .order_by(change.c.id)
    )
    with centre.reading() as connection:
        rows = connection.execute(asked).mappings().all()
    return [
        PassedOn(row["reason"], row["patient"], row["patient_id"], row["at"], row["by"], row["ended_by"] is None)
        for row in rows
    ]

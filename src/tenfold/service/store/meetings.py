"""Meetings: the patients of a day, and what was decided of each, with reason and who decided."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tenfold.service.store import schema
from tenfold.service.store.centre import Centre, now
from tenfold.service.store.outcome import Conflict, NotThere, Refused


def add_meeting(centre: Centre, on: str, title: str) -> str:
    """Write a meeting and return its name in addresses. Refused without a title."""
    if not title.strip():
        raise Refused("a meeting needs a title, e.g. leukaemia board")
    number = uuid.uuid4().hex
    with centre.writing() as connection:
        values = {"id": number, "on": on, "title": title.strip()[:200], "account": centre.account_id, "at": now()}
        connection.execute(insert(schema.meeting).values(centre=centre.id, **values))
        centre.told(connection, "meeting added", number)
    return number


def meetings(centre: Centre) -> list[dict[str, Any]]:
    """Every meeting, the latest first."""
    table = schema.meeting
    with centre.reading() as connection:
        asked = centre.mine(table).order_by(table.c.on.desc(), table.c.at.desc())
        return [dict(row) for row in connection.execute(asked).mappings()]


def meeting(centre: Centre, number: str) -> dict[str, Any]:
    """A meeting with its patients: id, patient_id, question. NotThere for one of another centre."""
    table, held, patient = schema.meeting, schema.meeting_patient, schema.patient
    with centre.reading() as connection:
        row = connection.execute(centre.mine(table).where(table.c.id == number)).mappings().one_or_none()
        if row is None:
            raise NotThere("there is no such meeting in this centre")
        listed = (
            select(patient.c.id, patient.c.patient_id, held.c.question)
            .join_from(held, patient, held.c.patient == patient.c.id)
            .where(held.c.meeting == number, held.c.centre == centre.id, patient.c.centre == centre.id)
            .order_by(patient.c.patient_id)
        )
        return {**row, "patients": [dict(one) for one in connection.execute(listed).mappings()]}


def list_patient(centre: Centre, number: str, key: str, question: str) -> None:
    """Put a patient on a meeting's list. Refused for one who is on it."""
    meeting(centre, number)
    try:
        with centre.writing() as connection:
            centre.find(connection, key)
            connection.execute(
                insert(schema.meeting_patient).values(
                    centre=centre.id, meeting=number, patient=key, question=question.strip()[:1000]
                )
            )
            centre.told(connection, "patient listed for a meeting", key)
    except IntegrityError:
        raise Refused("this patient is on the list already") from None


def unlist_patient(centre: Centre, number: str, key: str) -> None:
    """Take a patient off a meeting's list."""
    meeting(centre, number)
    table = schema.meeting_patient
    with centre.writing() as connection:
        centre.find(connection, key)
        mine = delete(table).where(table.c.centre == centre.id, table.c.meeting == number, table.c.patient == key)
        connection.execute(mine)
        centre.told(connection, "patient taken off a meeting", key)


def decide(
    centre: Centre,
    key: str,
    *,
    on: str,
    option: str,
    reason: str,
    decided_by: str,
    stood: dict[str, Any],
    meeting_id: str | None,
    revision: int,
) -> str:
    """Record what was decided. `stood`: what was shown of the patient, of this revision: Conflict if it has changed.

    Refused where a part is missing, for a patient who is not on the meeting's list, and for the same words once more.
    """
    for said, what in ((option, "what was decided"), (reason, "why"), (decided_by, "who decided")):
        if not said.strip():
            raise Refused(f"say {what}")
    number = uuid.uuid4().hex
    with centre.writing() as connection:
        if centre.find(connection, key).revision != revision:
            raise Conflict("this patient's records have changed since this page was opened")
        listed = schema.meeting_patient
        asked = centre.mine(listed, listed.c.patient).where(listed.c.meeting == meeting_id, listed.c.patient == key)
        if meeting_id is not None and connection.execute(asked).first() is None:
            raise Refused("this patient is not on the meeting's list: put the patient on the list first")
        table = schema.decision
        words = {"option": option.strip(), "reason": reason.strip(), "decided_by": decided_by.strip()}
        same = centre.mine(table, table.c.stood).where(
            table.c.patient == key,
            table.c.meeting.is_not_distinct_from(meeting_id),
            table.c.withdrawn_at.is_(None),
            *(table.c[name] == text for name, text in words.items()),
        )
        if any(row[0].get("revision") == revision for row in connection.execute(same)):
            raise Refused("this decision is recorded already, in the same words")
        connection.execute(
            insert(table).values(
                id=number,
                centre=centre.id,
                patient=key,
                meeting=meeting_id,
                on=on,
                **words,
                stood={**stood, "revision": revision},
                account=centre.account_id,
                at=now(),
            )
        )
        centre.told(connection, "decision recorded", key, decision=number)
    return number


def withdraw(centre: Centre, number: str, reason: str) -> None:
    """Withdraw a decision that was recorded in error; it stays readable. NotThere, or Refused without a reason."""
    if not reason.strip():
        raise Refused("say why it is withdrawn")
    table = schema.decision
    with centre.writing() as connection:
        mine = update(table).where(table.c.centre == centre.id, table.c.id == number, table.c.withdrawn_at.is_(None))
        if connection.execute(mine.values(withdrawn_at=now(), withdrawn_reason=reason.strip())).rowcount != 1:
            raise NotThere("there is no such decision")
        centre.told(connection, "decision withdrawn", number)


def decisions(centre: Centre, key: str | None = None) -> list[dict[str, Any]]:
    """The decisions of a patient, or of all, the latest first; withdrawn ones too."""
    table, account, patient = schema.decision, schema.account, schema.patient
    asked = (
        select(table, account.c.name.label("account_name"), patient.c.patient_id)
        .join_from(table, account, table.c.account == account.c.id)
        .join(patient, table.c.patient == patient.c.id)
        .where(table.c.centre == centre.id, patient.c.centre == centre.id)
        .order_by(table.c.on.desc(), table.c.at.desc())
    )
    if key is not None:
        asked = asked.where(table.c.patient == key)
    with centre.reading() as connection:
        return [dict(row) for row in connection.execute(asked).mappings()]

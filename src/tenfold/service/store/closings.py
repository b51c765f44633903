"""Entries of the worklist that were closed by a signed reason; a sample closes the others by itself.

A closing holds for what was seen (`attention.entries_of`) and until a day: it ends when the samples it rests on change, when
the next reminder of a relapse is reached, or after its day. Only a reason that ends the follow-up itself has no day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
from sqlalchemy import insert, select, update

from tenfold.service.store import schema
from tenfold.service.store.centre import Centre, now
from tenfold.service.store.outcome import Conflict, NotThere, Refused
from tenfold.worklist import EntryKind

SHORTEST_REASON = 10
# Days that a closing holds. Tenfold's own choice: a second sample is asked for within four weeks and schedules call for one
# every three months, so that nobody is out of sight for longer than that; stopping is a consideration, not an omission.
USUAL, LONGEST = 28, 90
USUAL_STOPPING, LONGEST_STOPPING = 90, 180
ENDS_FOLLOW_UP = (
    "palliative care: no further samples are taken",
    "the patient declines further samples",
    "followed elsewhere from now on",
)
"""The reasons for which a closing may hold without a day."""
Closing = Mapping[str, Any]


def days_of_closing(kind: str) -> tuple[int, int]:
    """For how many days an entry of a kind is closed usually, and at most."""
    return (USUAL_STOPPING, LONGEST_STOPPING) if kind == EntryKind.STOPPING else (USUAL, LONGEST)


def close(
    centre: Centre,
    key: str,
    entry: Mapping[str, Any],
    reason: str,
    *,
    revision: int,
    until: date | None,
    for_good: str = "",
) -> None:
    """Close an entry of a patient (a row of `attention.entries_of`) until a day, or for good.

    `revision`: the patient's, as the signer saw it; Conflict if it has changed. Refused for a reason that says nothing, a day
    too far away, or an entry that is closed already.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused(f"say why in {SHORTEST_REASON} letters or more: who reads this in a year has nothing else")
    if for_good and for_good not in ENDS_FOLLOW_UP:
        raise Refused("choose one of the reasons that end the follow-up, or give a day")
    table = schema.closing
    with centre.writing() as connection:
        if centre.find(connection, key).revision != revision:
            raise Conflict("this patient's records have changed since the entry was shown")
        if not for_good:
            _soon(until, entry["kind"])
        held = centre.mine(table).where(table.c.patient == key, table.c.reopened_at.is_(None))
        if any(_shuts(dict(one), entry, date.today()) for one in connection.execute(held).mappings()):
            raise Refused("this entry is closed already")
        connection.execute(
            insert(table).values(
                centre=centre.id,
                patient=key,
                kind=entry["kind"],
                subject=entry["subject"],
                certain=entry["certain"],
                rests_on=entry["rests_on"],
                reminder=entry["reminder"] or 0,
                until=None if for_good else until,
                for_good=for_good or None,
                reason=reason.strip(),
                account=centre.account_id,
                at=now(),
            )
        )
        told = for_good or str(until)
        centre.told(connection, "worklist entry closed", key, kind=entry["kind"], until=told)


def _soon(until: date | None, kind: str) -> None:
    today, most = date.today(), days_of_closing(kind)[1]
    if until is None or not today < until <= today + timedelta(most):
        raise Refused(f"say until when it is closed: a day after today, at most {most} days ahead")


def reopen(centre: Centre, number: int) -> None:
    """Open a closed entry again. NotThere for one that is not closed."""
    table = schema.closing
    with centre.writing() as connection:
        row = connection.execute(centre.mine(table).where(table.c.id == number)).mappings().one_or_none()
        mine = update(table).where(table.c.centre == centre.id, table.c.id == number, table.c.reopened_at.is_(None))
        done = connection.execute(mine.values(reopened_by=centre.account_id, reopened_at=now())).rowcount
        if row is None or done != 1:
            raise NotThere("there is no closed entry of this number")
        centre.told(connection, "worklist entry opened again", row["patient"], kind=row["kind"])


def closings(centre: Centre) -> list[dict[str, Any]]:
    """The closings that nobody took back, the newest first: the row with patient_id and account_name.

    Whether one still holds for an entry, `still_open` tells.
    """
    table, account, patient = schema.closing, schema.account, schema.patient
    asked = (
        select(table, account.c.name.label("account_name"), patient.c.patient_id)
        .join_from(table, account, table.c.account == account.c.id)
        .join(patient, table.c.patient == patient.c.id)
        .where(table.c.centre == centre.id, patient.c.centre == centre.id, table.c.reopened_at.is_(None))
        .order_by(table.c.id.desc())
    )
    with centre.reading() as connection:
        return [dict(row) for row in connection.execute(asked).mappings()]


def still_open(entries: pl.DataFrame, closed: Sequence[Closing], by: date | None = None) -> pl.DataFrame:
    """The entries (of `attention.entries_of`) that no closing holds for, on a day as it was then; without one, today."""
    if not closed:
        return entries
    told = _by_patient([one for one in closed if by is None or one["at"].date() <= by])
    day = by or date.today()
    left = [
        not any(_shuts(one, row, day) for one in told.get(row["patient_id"], ()))
        for row in entries.iter_rows(named=True)
    ]
    return entries.filter(pl.Series(left, dtype=pl.Boolean))


def closed_before(entry: Mapping[str, Any], closed: Sequence[Closing]) -> Closing | None:
    """The newest closing of an entry that is open again."""
    return next((one for one in closed if _same(one, entry)), None)


def holding(closed: Sequence[Closing], entries: Sequence[Mapping[str, Any]]) -> list[Closing]:
    """The closings of what is not among the entries that are open."""
    open_ = {(one["patient_id"], one["kind"], one["subject"]) for one in entries}
    return [one for one in closed if (one["patient_id"], one["kind"], one["subject"]) not in open_]


def _by_patient(closed: Sequence[Closing]) -> dict[str, list[Closing]]:
    found: dict[str, list[Closing]] = {}
    for one in closed:
        found.setdefault(one["patient_id"], []).append(one)
    return found


def _same(closing: Closing, entry: Mapping[str, Any]) -> bool:
    names = ("patient_id", "kind", "subject")
    return all(closing[name] == entry[name] for name in names)


def _shuts(closing: Closing, entry: Mapping[str, Any], day: date) -> bool:
    """Whether a closing of the entry's patient holds for the entry on a day."""
    if closing["kind"] != entry["kind"] or closing["rests_on"] != entry["rests_on"]:
        return False
    if closing["for_good"]:
        return True
    return closing["until"] is not None and day <= closing["until"] and (entry["reminder"] or 0) <= closing["reminder"]

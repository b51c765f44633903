"""What people corrected or withdrew by hand: what a file says again is not taken for news."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from tenfold.records.tables import TABLES
from tenfold.service.store import schema
from tenfold.service.store.centre import Centre

ACTIONS = ("corrected", "withdrawn")
"""The changes of one patient's records that end a record; what an import ends is no judgement on it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A record that somebody ended by hand, and the form that it was given; `after` is None where it was withdrawn, or became
    a record of another identity. Another of that identity may stand again: entered anew, or under the number that became free.
    """

    kind: str
    content: Mapping[str, Any]
    after: Mapping[str, Any] | None
    action: str
    at: datetime
    reason: str | None

    def refuses(self, row: Mapping[str, Any], different: Collection[str], now: Mapping[str, Any]) -> list[str]:
        """The cells of a coming row, of those that are `different` from what stands now, that this decision speaks against.

        A cell that was filled, emptied or changed is not put back, nor what was there before. Where the record itself was ended
        and the row says a cell of it again, the row is of that record, and nothing of it goes into the one that stands now.
        """
        if self.after is None:
            again = any(self.content.get(name) == row[name] for name in different)
            return [name for name in row if again and name in different]
        mine = [name for name in row if name in different and self.after.get(name) != self.content.get(name)]
        return [name for name in mine if now.get(name) == self.after.get(name) or row[name] == self.content.get(name)]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A row, or some cells of one, that an import holds back because somebody corrected or withdrew them by hand.

    `key` names it on a form. `row`: what the import says, `cells`: what of it is held back; `now`: what stands there, nothing where
    the row is gone.
    """

    key: str
    patient_id: str
    kind: str
    row: Mapping[str, Any]
    cells: Mapping[str, Any]
    now: Mapping[str, Any] | None
    action: str
    at: datetime
    reason: str | None


def held_back(
    ended: Ended, patient_id: str, row: Mapping[str, Any], cells: Iterable[str], now: Mapping[str, Any] | None
) -> HeldBack:
    """Some cells of a coming row, held back."""
    said = json.dumps([patient_id, ended.kind, dict(row)], sort_keys=True)
    key = hashlib.sha256(said.encode()).hexdigest()[:24]
    names = list(cells)
    before = None if now is None else {name: now.get(name) for name in names}
    held = {name: row[name] for name in names}
    return HeldBack(key, patient_id, ended.kind, row, held, before, ended.action, ended.at, ended.reason)


def by_hand(centre: Centre, connection: Connection) -> dict[str, list[Mapping[str, Any]]]:
    """The corrections and withdrawals of a centre, by patient (its random name)."""
    table = schema.change
    asked = centre.mine(table, table.c.id, table.c.patient, table.c.action, table.c.at, table.c.reason)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in connection.execute(asked.where(table.c.action.in_(ACTIONS)).order_by(table.c.id)).mappings():
        found.setdefault(row["patient"], []).append(dict(row))
    return found


def ended_by_hand(
    centre: Centre, connection: Connection, changes: Mapping[str, list[Mapping[str, Any]]], names: Mapping[str, str]
) -> dict[str, list[Ended]]:
    """What was ended by hand of some patients, by their own identifier; `names`: these by the random name, few enough for one
    question.
    """
    touched = [key for key in names if key in changes]
    if not touched:
        return {}
    table = schema.record
    asked = centre.mine(table, table.c.patient, table.c.kind, table.c.content, table.c.added_by, table.c.ended_by)
    rows = connection.execute(asked.where(table.c.patient.in_(touched)).order_by(table.c.id)).mappings().all()
    made: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        made.setdefault((row["patient"], row["kind"], row["added_by"]), []).append(row["content"])
    about = {one["id"]: one for key in touched for one in changes[key]}
    found: dict[str, list[Ended]] = {}
    for row in rows:
        if (change := about.get(row["ended_by"])) is not None:
            kind, content = row["kind"], row["content"]
            after = next(_forms(kind, content, made.get((row["patient"], kind, row["ended_by"]), ())), None)
            one = Ended(kind, content, after, change["action"], change["at"], change["reason"])
            found.setdefault(names[row["patient"]], []).append(one)
    return found


def _forms(kind: str, content: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    identity = TABLES[kind].identity if kind in TABLES else ()
    return (row for row in rows if all(row.get(name) == content.get(name) for name in identity))

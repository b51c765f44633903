"""What became of a patient's facts: the records that hold, and every change with what it added and what it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select

from tenfold.records.tables import TABLES
from tenfold.service.store import schema
from tenfold.service.store.centre import Centre, live_records


def records_of(centre: Centre, key: str) -> list[dict[str, Any]]:
    """A patient's records that hold at present: id, kind, content."""
    with centre.reading() as connection:
        centre.find(connection, key)
        return live_records(centre, connection, [key])


def last_change(centre: Centre, key: str) -> int:
    """The number of the newest change that added or ended a record of a patient; 0 for none."""
    table = schema.record
    with centre.reading() as connection:
        asked = centre.mine(table, func.max(table.c.added_by), func.max(table.c.ended_by))
        return max(0, *(number or 0 for number in connection.execute(asked.where(table.c.patient == key)).one()))


def newest_change(centre: Centre) -> int:
    """The number of the newest change of a centre; 0 for none."""
    with centre.reading() as connection:
        return connection.execute(centre.mine(schema.change, func.max(schema.change.c.id))).scalar() or 0


def history_of(centre: Centre, key: str) -> list[dict[str, Any]]:
    """Every change of a patient's records, the newest first; also the imports that brought or changed some of them.

    Each has id, at, account, action, reason, `added` and `ended` (records) and `steps`: kind, before, after, where a record
    and the one that took its place stand together.
    """
    change, record, account = schema.change, schema.record, schema.account
    with centre.reading() as connection:
        centre.find(connection, key)
        mine = centre.mine(record).where(record.c.patient == key).order_by(record.c.id)
        records = [dict(row) for row in connection.execute(mine).mappings()]
        # An import is one change of many patients: it names none of them.
        of_records = {row["added_by"] for row in records} | {row["ended_by"] for row in records} - {None}
        asked = (
            select(change.c.id, change.c.at, change.c.action, change.c.reason, account.c.name.label("account"))
            .join_from(change, account, change.c.account == account.c.id, isouter=True)
            .where(change.c.centre == centre.id, or_(change.c.patient == key, change.c.id.in_(sorted(of_records))))
            .order_by(change.c.id.desc())
        )
        changes = [dict(row) for row in connection.execute(asked).mappings()]
    for one in changes:
        one["added"] = [_told(row) for row in records if row["added_by"] == one["id"]]
        one["ended"] = [_told(row) for row in records if row["ended_by"] == one["id"]]
        one["steps"] = steps(one["ended"], one["added"])
    return changes


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "kind": row["kind"], "content": row["content"]}


def steps(ended: Sequence[dict[str, Any]], added: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What one change did, fact by fact: kind, before, after; before is None for what was added, after for what ended.

    Of one kind, a record and its new form are found by what makes a row the same, else by the cells that they share.
    """
    found: list[dict[str, Any]] = []
    left = list(added)
    for old in ended:
        alike = [new for new in left if new["kind"] == old["kind"]]
        new = max(alike, key=lambda one: _likeness(old, one), default=None)
        if new is not None:
            left.remove(new)
        found.append({"kind": old["kind"], "before": old, "after": new})
    return found + [{"kind": new["kind"], "before": None, "after": new} for new in left]


def _likeness(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[bool, int]:
    identity = TABLES[old["kind"]].identity if old["kind"] in TABLES else ()
    before, after = old["content"], new["content"]
    same = bool(identity) and all(before.get(name) == after.get(name) for name in identity)
    return same, sum(after.get(name) == value for name, value in before.items())

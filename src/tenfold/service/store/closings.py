"""Entries of the worklist that were closed by a signed reason; a sample closes the others by itself."""

from __future__ import annotations

from typing import Any

import polars as pl
from sqlalchemy import insert, select, update

from tenfold.service.store import schema
from tenfold.service.store.centre import Centre, now
from tenfold.service.store.outcome import NotThere, Refused

SHORTEST_REASON = 10


def close(centre: Centre, key: str, kind: str, subject: str, certain: bool, reason: str) -> None:
    """Close an entry of a patient. Refused for a reason that says nothing, or an entry that is closed already."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused(f"say why in {SHORTEST_REASON} letters or more: who reads this in a year has nothing else")
    table = schema.closing
    with centre.writing() as connection:
        centre.find(connection, key)
        held = centre.mine(table, table.c.id).where(
            table.c.patient == key,
            table.c.kind == kind,
            table.c.subject == subject,
            table.c.certain == certain,
            table.c.reopened_at.is_(None),
        )
        if connection.execute(held).first() is not None:
            raise Refused("this entry is closed already")
        connection.execute(
            insert(table).values(
                centre=centre.id,
                patient=key,
                kind=kind,
                subject=subject,
                certain=certain,
                reason=reason.strip(),
                account=centre.account_id,
                at=now(),
            )
        )
        centre.told(connection, "worklist entry closed", key, kind=kind)


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
    """The entries that are closed at present: id, patient (its random name), patient_id, kind, subject, certain, reason, account, at."""
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


def still_open(entries: pl.DataFrame, closed: list[dict[str, Any]]) -> pl.DataFrame:
    """The entries of a worklist that nobody closed.

    What was closed while it was in doubt opens again when it becomes certain: that is another thing to close.
    """
    columns = {"patient_id": pl.String, "kind": pl.String, "subject": pl.String, "certain": pl.Boolean}
    shut = pl.DataFrame([{name: one[name] for name in columns} for one in closed], schema=columns, orient="row")
    exactly = entries.join(shut, on=list(columns), how="anti", nulls_equal=True, maintain_order="left")
    certainly = shut.filter("certain").drop("certain")
    return exactly.join(certainly, on=["patient_id", "kind", "subject"], how="anti", maintain_order="left")

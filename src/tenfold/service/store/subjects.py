"""Accounts by their subject at the hospital's sign-in, "issuer|subject". Nothing else links the two, an e-mail address never."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from tenfold.service.store import schema
from tenfold.service.store.accounts import told
from tenfold.service.store.outcome import NotThere, Refused
from tenfold.service.store.store import Store

LONGEST = 600


def subject_of(given: str) -> str | None:
    """A subject as it was typed; None where nothing was. Refused for what cannot be one."""
    text = given.strip()
    if not text:
        return None
    issuer, line, subject = text.partition("|")
    if not issuer.startswith(("https://", "http://")) or not line or not subject or len(text) > LONGEST:
        raise Refused(
            "a subject is the line that the refused sign-in shows: the issuer's address, a |, and the name that it gives the"
            " person, such as https://login.hospital.example|f3c0a1"
        )
    return text


def account_of(store: Store, subject: str) -> dict[str, Any] | None:
    """The account of a subject: id, name, active; None for none."""
    table = schema.account
    with store.reading() as connection:
        asked = select(table.c.id, table.c.name, table.c.active).where(table.c.subject == subject)
        row = connection.execute(asked).mappings().one_or_none()
    return None if row is None else dict(row)


def set_subject(store: Store, account: int, subject: str | None, by: str) -> None:
    """Have an account sign in through the hospital as this subject; None ends that. Its sessions end.

    Refused for a subject that another account has, or where no way of signing in would be left.
    """
    table = schema.account
    mine = table.c.id == account
    try:
        with store.writing() as connection:
            row = connection.execute(select(table.c.name, table.c.password).where(mine)).one_or_none()
            if row is None:
                raise NotThere("there is no such account")
            if subject is None and row.password is None:
                raise Refused(f"{row.name} has no password: set one first, or nobody could sign in as {row.name}")
            connection.execute(update(table).where(mine).values(subject=subject))
            connection.execute(delete(schema.session).where(schema.session.c.account == account))
            action = "subject taken away" if subject is None else "subject set"
            told(store, connection, action, account, by=by, subject=row.name, of=subject)
    except IntegrityError:
        raise Refused("another account has this subject already") from None

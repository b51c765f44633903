"""Sessions of the browser and tokens of programs: kept as digests, so that who reads the store cannot use them."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import OperationalError

from tenfold.service.access.permissions import Role
from tenfold.service.store import schema
from tenfold.service.store.accounts import roles_of
from tenfold.service.store.centre import now
from tenfold.service.store.outcome import NotThere, Refused
from tenfold.service.store.store import Store

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
LONGEST_TOKEN_DAYS = 366
LONGEST_NAMED_TOKEN_DAYS = 7
"""Of an account that has no password here."""


@dataclass(frozen=True)
class SignedIn:
    """Who asks: the account, the centre in which, the roles there and those of the other centres."""

    account_id: int
    account: str
    centre: int | None
    roles: frozenset[Role]
    centres: dict[int, str]
    csrf: str | None
    """What a form holds: of this session in this centre. None for a program with a token."""
    has_second_factor: bool = False
    launch: dict[str, Any] | None = None
    token: str | None = None
    """The name of the token of a program that acts for the account: it reads, and nothing else."""

    @property
    def told(self) -> str:
        """Who it was, as the audit trail says it."""
        return self.account if self.token is None else f"{self.account} by token {self.token}"


def digest(secret: str) -> str:
    """What is kept of a secret that is long and random."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(store: Store, account: int, centre: int | None, launch: dict[str, Any] | None = None) -> str:
    """Begin a session and return the cookie's secret."""
    secret = secrets.token_urlsafe(32)
    moment = now()
    with store.writing() as connection:
        held = roles_of(connection, account)
        chosen = centre if centre in held else next(iter(held), None)
        name = connection.execute(select(schema.account.c.name).where(schema.account.c.id == account)).scalar_one()
        old = delete(schema.session).where(schema.session.c.created_at < moment - LONGEST)
        connection.execute(old)
        connection.execute(
            insert(schema.session).values(
                digest=digest(secret),
                account=account,
                centre=chosen,
                csrf=secrets.token_urlsafe(24),
                created_at=moment,
                seen_at=moment,
                launch=launch,
            )
        )
        store.trail.add(connection, "signed in", account=name, centre=chosen)
    return secret


def session_of(store: Store, secret: str) -> SignedIn | None:
    """Who a cookie's secret stands for; None where the session is over or the account was shut out."""
    table, account = schema.session, schema.account
    moment = now()
    with store.reading() as connection:
        row = (
            connection.execute(
                select(
                    table,
                    account.c.name,
                    account.c.active,
                    account.c.second_factor,
                    account.c.subject,
                    account.c.password.is_(None).label("by_the_hospital"),
                )
                .join_from(table, account, table.c.account == account.c.id)
                .where(table.c.digest == digest(secret))
            )
            .mappings()
            .one_or_none()
        )
        if row is None or not row["active"]:
            return None
        if moment - row["seen_at"] > IDLE or moment - row["created_at"] > LONGEST:
            return None
        held = roles_of(connection, row["account"])
        names = _names(connection, list(held))
    if moment - row["seen_at"] > SEEN_EVERY:
        # A store that is busy with an import does not keep anybody from reading.
        with suppress(OperationalError), store.writing() as connection:
            connection.execute(update(table).where(table.c.digest == digest(secret)).values(seen_at=moment))
    centre = row["centre"] if row["centre"] in held else None
    return SignedIn(
        account_id=row["account"],
        account=row["name"],
        centre=centre,
        roles=held.get(centre, frozenset()) if centre is not None else frozenset(),
        centres=names,
        csrf=f"{centre or 0}.{row['csrf']}",
        # The hospital's sign-in has its own; who can come in by a password as well needs one here.
        has_second_factor=row["second_factor"] is not None or (row["subject"] is not None and row["by_the_hospital"]),
        launch=row["launch"],
    )


def move(store: Store, secret: str, centre: int) -> None:
    """Go on in another centre of which the account is a member. NotThere for any other."""
    table = schema.session
    with store.writing() as connection:
        account = connection.execute(select(table.c.account).where(table.c.digest == digest(secret))).scalar()
        if account is None or centre not in roles_of(connection, account):
            raise NotThere("you are no member of this centre")
        connection.execute(update(table).where(table.c.digest == digest(secret)).values(centre=centre))


def end(store: Store, secret: str) -> None:
    """End a session."""
    table = schema.session
    with store.writing() as connection:
        row = connection.execute(
            select(schema.account.c.name, table.c.centre)
            .join_from(table, schema.account, table.c.account == schema.account.c.id)
            .where(table.c.digest == digest(secret))
        ).one_or_none()
        if row is not None:
            connection.execute(delete(table).where(table.c.digest == digest(secret)))
            store.trail.add(connection, "signed out", account=row[0], centre=row[1])


def new_token(store: Store, account: int, centre: int, name: str, days: int, by: str) -> str:
    """Make a token for a program, which acts with the account's roles in the centre; it is shown once and not kept."""
    if not name.strip() or not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise Refused(f"a token needs a name, and lasts from 1 to {LONGEST_TOKEN_DAYS} days")
    secret = "tenfold_" + secrets.token_urlsafe(32)
    moment = now()
    with store.writing() as connection:
        connection.execute(
            insert(schema.token).values(
                digest=digest(secret),
                name=name.strip()[:100],
                account=account,
                centre=centre,
                created_at=moment,
                expires_at=moment + timedelta(days=days),
            )
        )
        store.trail.add(connection, "token made", account=by, centre=centre, subject=name.strip()[:100], days=days)
    return secret


def token_of(store: Store, secret: str) -> SignedIn | None:
    """Who a token acts for; None for one that has run out, was withdrawn or never was."""
    table, account = schema.token, schema.account
    with store.reading() as connection:
        row = (
            connection.execute(
                select(table, account.c.name.label("account_name"), account.c.active)
                .join_from(table, account, table.c.account == account.c.id)
                .where(table.c.digest == digest(secret))
            )
            .mappings()
            .one_or_none()
        )
        if row is None or not row["active"] or row["withdrawn_at"] is not None or row["expires_at"] < now():
            return None
        roles = roles_of(connection, row["account"]).get(row["centre"], frozenset())
        names = _names(connection, [row["centre"]])
    centre = row["centre"] if roles else None
    return SignedIn(row["account"], row["account_name"], centre, roles, names, None, token=row["name"])


def tokens(store: Store, centre: int, of: int | None = None) -> list[dict[str, Any]]:
    """The tokens of a centre, or of one account there, without their secrets."""
    table, account = schema.token, schema.account
    with store.reading() as connection:
        asked = (
            select(
                table.c.id,
                table.c.name,
                table.c.created_at,
                table.c.expires_at,
                table.c.withdrawn_at,
                account.c.name.label("account"),
            )
            .join_from(table, account, table.c.account == account.c.id)
            .where(table.c.centre == centre)
            .order_by(table.c.id.desc())
        )
        if of is not None:
            asked = asked.where(table.c.account == of)
        return [dict(row) for row in connection.execute(asked).mappings()]


def withdraw_token(store: Store, token: int, centre: int, by: str, of: int | None = None) -> None:
    """Withdraw a token of a centre, or of one account there. NotThere for any other."""
    table = schema.token
    with store.writing() as connection:
        mine = update(table).where(table.c.id == token, table.c.centre == centre, table.c.withdrawn_at.is_(None))
        if of is not None:
            mine = mine.where(table.c.account == of)
        if connection.execute(mine.values(withdrawn_at=now())).rowcount != 1:
            raise NotThere("there is no such token")
        store.trail.add(connection, "token withdrawn", account=by, centre=centre, subject=str(token))


def _names(connection: Any, centres: list[int]) -> dict[int, str]:
    table = schema.centre
    rows = connection.execute(select(table.c.id, table.c.name).where(table.c.id.in_(centres)).order_by(table.c.name))
    return {int(number): str(name) for number, name in rows}

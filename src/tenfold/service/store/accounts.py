"""Accounts, their memberships of centres, and the centres themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tenfold.service.access import passwords
from tenfold.service.access.permissions import Role
from tenfold.service.store import schema
from tenfold.service.store.centre import now
from tenfold.service.store.outcome import NotThere, Refused
from tenfold.service.store.store import Store

DEMONSTRATION = "Published patients (demonstration)"
"""The centre of the published patients: whoever looks at them is a viewer there, and nobody is more."""


@dataclass(frozen=True)
class Account:
    """A person who may sign in."""

    id: int
    name: str
    active: bool
    second_factor: bool


def add_centre(store: Store, name: str, by: str = "the command line") -> int:
    """Write a centre. Refused for a name that is taken or empty."""
    if not name.strip():
        raise Refused("a centre needs a name")
    if name.strip() == DEMONSTRATION:
        raise Refused("this name is kept for the published patients")
    return _add_centre(store, name, by)


def demonstration_centre(store: Store, by: str) -> int:
    """The centre of the published patients, which is made where there is none yet."""
    held = centres(store).get(DEMONSTRATION)
    if held is not None:
        return held
    try:
        return _add_centre(store, DEMONSTRATION, by)
    except Refused:  # somebody else looked in the same moment
        return centres(store)[DEMONSTRATION]


def _add_centre(store: Store, name: str, by: str) -> int:
    try:
        with store.writing() as connection:
            made = connection.execute(insert(schema.centre).values(name=name.strip(), sources={}))
            number = int(made.inserted_primary_key[0])  # type: ignore[index]
            store.trail.add(connection, "centre added", account=by, centre=number)
            return number
    except IntegrityError:
        raise Refused(f"there is a centre called {name} already") from None


def centres(store: Store) -> dict[str, int]:
    """Every centre, by name."""
    with store.reading() as connection:
        rows = connection.execute(select(schema.centre.c.name, schema.centre.c.id).order_by(schema.centre.c.name))
        return {str(name): int(number) for name, number in rows}


def add_account(
    store: Store,
    name: str,
    password: str | None,
    roles: Iterable[Role],
    centre: int,
    by: str = "the command line",
    subject: str | None = None,
) -> Account:
    """Write an account with its roles in one centre. Refused for a password that is too easy, or a name that is taken."""
    name = name.strip()
    if not name or len(name) > 100:
        raise Refused("a name has from 1 to 100 characters")
    if password is not None and (reason := passwords.refuse(password, name)):
        raise Refused(reason)
    kept = None if password is None else passwords.hashed(password)
    try:
        with store.writing() as connection:
            made = connection.execute(
                insert(schema.account).values(
                    name=name, password=kept, subject=subject, made_by=centre, created_at=now()
                )
            )
            number = int(made.inserted_primary_key[0])  # type: ignore[index]
            _give(connection, number, centre, roles)
            given = sorted(str(role) for role in roles)
            linked: dict[str, Any] = {} if subject is None else {"of": subject}
            store.trail.add(connection, "account added", account=by, centre=centre, subject=name, roles=given, **linked)
    except IntegrityError:
        raise Refused(f"there is an account called {name} already") from None
    return Account(number, name, True, False)


def _give(connection: Connection, account: int, centre: int, roles: Iterable[Role]) -> None:
    rows = [{"account": account, "centre": centre, "role": str(role)} for role in dict.fromkeys(roles)]
    if {row["role"] for row in rows} - {Role.VIEWER} and _demonstration(connection) == centre:
        raise Refused("the published patients are there to be looked at: nobody is more than a viewer of them")
    if rows:
        connection.execute(insert(schema.membership), rows)


def _demonstration(connection: Connection) -> int | None:
    table = schema.centre
    number: int | None = connection.execute(select(table.c.id).where(table.c.name == DEMONSTRATION)).scalar()
    return number


def belongs_to(store: Store, account: int, centre: int) -> bool:
    """Whether an account is a centre's own: made there, and a member of no other but the demonstration."""
    table = schema.account
    with store.reading() as connection:
        made_by = connection.execute(select(table.c.made_by).where(table.c.id == account)).scalar()
        return made_by == centre and set(roles_of(connection, account)) <= {centre, _demonstration(connection)}


def told(store: Store, connection: Connection, action: str, account: int, *, by: str | None, **detail: Any) -> None:
    """Put what concerns an account as a whole into the trail of each of its centres: their administrators see it."""
    centres_of: list[int | None] = [*roles_of(connection, account)]
    for centre in centres_of or [None]:
        store.trail.add(connection, action, account=by, centre=centre, **detail)


def set_roles(store: Store, account: int, centre: int, roles: Iterable[Role], by: str) -> None:
    """Give an account these roles in a centre, and no other; none ends the membership."""
    table = schema.membership
    roles = list(roles)
    with store.writing() as connection:
        name = connection.execute(select(schema.account.c.name).where(schema.account.c.id == account)).scalar()
        if name is None:
            raise NotThere("there is no such account")
        connection.execute(delete(table).where(table.c.account == account, table.c.centre == centre))
        _give(connection, account, centre, roles)
        if not roles:
            connection.execute(
                delete(schema.session).where(schema.session.c.account == account, schema.session.c.centre == centre)
            )
        given = sorted(str(role) for role in roles)
        store.trail.add(connection, "roles set", account=by, centre=centre, subject=name, roles=given)


def change_account(
    store: Store, account: int, by: str, *, password: str | None = None, active: bool | None = None
) -> None:
    """Set a new password, or let an account in or out. Its sessions end, and its tokens are withdrawn, in every centre.

    Refused for a password that is too easy.
    """
    table = schema.account
    with store.writing() as connection:
        name = connection.execute(select(table.c.name).where(table.c.id == account)).scalar()
        if name is None:
            raise NotThere("there is no such account")
        if password is not None:
            if reason := passwords.refuse(password, name):
                raise Refused(reason)
            connection.execute(update(table).where(table.c.id == account).values(password=passwords.hashed(password)))
            told(store, connection, "password set", account, by=by, subject=name)
        if active is not None:
            connection.execute(update(table).where(table.c.id == account).values(active=active))
            told(store, connection, "account let in" if active else "account shut out", account, by=by, subject=name)
        connection.execute(delete(schema.session).where(schema.session.c.account == account))
        _withdraw_tokens(store, connection, account, by)


def _withdraw_tokens(store: Store, connection: Connection, account: int, by: str) -> None:
    table = schema.token
    held = (table.c.account == account) & table.c.withdrawn_at.is_(None)
    for number, centre in connection.execute(select(table.c.id, table.c.centre).where(held).order_by(table.c.id)).all():
        store.trail.add(connection, "token withdrawn", account=by, centre=centre, subject=str(number))
    connection.execute(update(table).where(held).values(withdrawn_at=now()))


def keep_second_factor(
    store: Store, account: int, secret: str | None, by: str, *, step: int = 0, session: str | None = None
) -> None:
    """Keep the second factor's secret, encrypted; None takes it away. Every session ends but `session` (its digest).

    `step`: the time step whose code was used to set it up. Refused where there is one: it is taken away first.
    """
    table = schema.account
    kept = None if secret is None else store.cipher.encrypt(secret.encode()).decode()
    with store.writing() as connection:
        name = connection.execute(select(table.c.name).where(table.c.id == account)).scalar_one()
        values = {"second_factor": kept, "second_factor_step": step}
        mine = update(table).where(table.c.id == account)
        if kept is not None:
            mine = mine.where(table.c.second_factor.is_(None))
        if connection.execute(mine.values(values)).rowcount != 1:
            raise Refused("there is a second factor already: an administrator takes it away first")
        others = delete(schema.session).where(schema.session.c.account == account)
        connection.execute(others if session is None else others.where(schema.session.c.digest != session))
        action = "second factor taken away" if secret is None else "second factor set up"
        told(store, connection, action, account, by=by, subject=name)


def account_named(store: Store, name: str) -> dict[str, object] | None:
    """The row of an account by name, its second factor readable; None for none."""
    table = schema.account
    with store.reading() as connection:
        row = connection.execute(select(table).where(table.c.name == name.strip())).mappings().one_or_none()
    if row is None:
        return None
    kept = row["second_factor"]
    return {**row, "second_factor": None if kept is None else store.cipher.decrypt(kept.encode()).decode()}


def used_step(store: Store, account: int, step: int) -> bool:
    """Take a time step of the second factor; False if another sign-in took it first."""
    table = schema.account
    with store.writing() as connection:
        mine = update(table).where(table.c.id == account, table.c.second_factor_step < step)
        return connection.execute(mine.values(second_factor_step=step)).rowcount == 1


def roles_of(connection: Connection, account: int) -> dict[int, frozenset[Role]]:
    """The roles of an account, by centre."""
    table = schema.membership
    found: dict[int, set[Role]] = {}
    for centre, role in connection.execute(
        select(table.c.centre, table.c.role).where(table.c.account == account).order_by(table.c.centre)
    ):
        found.setdefault(centre, set()).add(Role(role))
    return {centre: frozenset(roles) for centre, roles in found.items()}


def members(store: Store, centre: int) -> list[dict[str, object]]:
    """The members of a centre with their roles: id, name, active, second_factor, roles."""
    account, held = schema.account, schema.membership
    with store.reading() as connection:
        rows = connection.execute(
            select(account, held.c.role)
            .join_from(account, held, held.c.account == account.c.id)
            .where(held.c.centre == centre)
            .order_by(account.c.name, held.c.role)
        ).mappings()
        found: dict[int, dict[str, object]] = {}
        for row in rows:
            one = found.setdefault(
                row["id"],
                {
                    "id": row["id"],
                    "name": row["name"],
                    "active": row["active"],
                    "second_factor": row["second_factor"] is not None,
                    "subject": row["subject"],
                    "password": row["password"] is not None,
                    "made_by": row["made_by"],
                    "roles": [],
                },
            )
            one["roles"].append(row["role"])  # type: ignore[attr-defined]
    return list(found.values())

"""Members who act in tests: their numbers and tokens, and the trail of what they did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from service_running import Client, centre_of
from tenfold.service.store import accounts, schema, sessions
from tenfold.service.store.centre import Patient
from tenfold.service.store.store import Store

ANOTHER = "another four plain words"


def number_of(store: Store, name: str) -> int:
    found: Any = accounts.account_named(store, name)
    return int(found["id"])


def told(one: Client) -> None:
    """Wait until everything that was to be told stands in the trail: no page waits for it."""
    assert one.app.state.service.scribe.written(10)  # type: ignore[attr-defined]


def trail(store: Store, centre: str = "North") -> list[Any]:
    table = schema.audit
    with store.reading() as connection:
        asked = select(table).where(table.c.centre == accounts.centres(store)[centre]).order_by(table.c.id)
        return list(connection.execute(asked).mappings())


def with_token(client: Callable[..., Client], store: Store, role: str) -> Client:
    one, name = client(), f"north {role}"
    made = sessions.new_token(store, number_of(store, name), centre_of(store).id, "nightly", 1, name)
    one.headers["authorization"] = f"Bearer {made}"
    return one


def patient_of(store: Store, name: str = "North") -> Patient:
    centre = centre_of(store, name)
    with centre.writing() as connection:
        return centre.new_patient(connection, "A-1")

"""What the tests of the service are made with: a store with a member of each role in two centres, clients that are signed in."""

from __future__ import annotations

import shutil

from fastapi.testclient import TestClient
from sqlalchemy import update

from tenfold.service.access import passwords
from tenfold.service.access.permissions import Role
from tenfold.service.store import accounts, schema
from tenfold.service.store.centre import Centre
from tenfold.service.store.store import Store, open_store

PASSWORD = "four plain words here"
CHROMIUM = shutil.which("chromium")


def peopled(url: str) -> Store:
    """A store with two centres, "North" and "South", and in each a member of each role, named e.g. "north viewer"."""
    store = open_store(url)
    for name in ("North", "South"):
        number = accounts.add_centre(store, name)
        for role in Role:
            accounts.add_account(store, f"{name.lower()} {role}", None, [role], number)
    with store.writing() as connection:  # a hash is slow on purpose: one serves them all
        connection.execute(update(schema.account).values(password=passwords.hashed(PASSWORD)))
    return store


def centre_of(store: Store, name: str = "North", account: str = "north clinician") -> Centre:
    """A centre as one of its members sees it."""
    found = accounts.account_named(store, account)
    assert found is not None
    return Centre(store, accounts.centres(store)[name], int(str(found["id"])), account)


class Client(TestClient):
    """A browser that is signed in: `post_form` adds the form's own proof that it came from our page."""

    csrf: str = ""

    def post_form(self, address: str, data: dict | None = None, **more):  # type: ignore[no-untyped-def]
        return self.post(address, data={"csrf": self.csrf, **(data or {})}, follow_redirects=False, **more)

"""What the tests of the service are made with: a store with a member of each role in two centres, clients that are signed in."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

from fastapi.testclient import TestClient
from sqlalchemy import update

from tenfold.assessment import assess
from tenfold.service.access import passwords
from tenfold.service.access.permissions import Role
from tenfold.service.answers import today
from tenfold.service.attention import entries_of
from tenfold.service.store import accounts, schema, sessions
from tenfold.service.store.centre import Centre
from tenfold.service.store.closings import close
from tenfold.service.store.store import Store, open_store

PASSWORD = "four plain words here"


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


def hidden(page: str, address: str) -> dict[str, str]:
    """The hidden fields of the first form of a page that is sent to an address, without the proof of its origin."""
    form = page[page.index(f'action="{address}"') :].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in found if name not in ("csrf", "centre")}


class Client(TestClient):
    """A browser that is signed in: `post_form` adds the form's own proof that it came from our page."""

    csrf: str = ""

    def post_form(self, address: str, data: dict | None = None, **more):  # type: ignore[no-untyped-def]
        answer = self.post(address, data={"csrf": self.csrf, **(data or {})}, follow_redirects=False, **more)
        if address in ("/demonstration", "/centre"):  # the next page is of another centre
            signed = sessions.session_of(self.app.state.service.store, self.cookies["tenfold"])  # type: ignore[attr-defined]
            self.csrf = "" if signed is None else signed.csrf or ""
        return answer


def close_first_entry(centre: Centre, key: str, kind: str, reason: str) -> None:
    """Close the first entry of a kind of a patient, as it stands today, for a month."""
    patient, (registry, _) = centre.patient(key), centre.registry([key])
    entries = entries_of(assess(registry, on=today(centre.about()))).filter(kind=kind)
    close(
        centre,
        key,
        entries.row(0, named=True),
        reason,
        revision=patient.revision,
        until=date.today() + timedelta(28),
    )

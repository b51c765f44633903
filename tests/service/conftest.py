"""A store, clients that are signed in, a service that runs, a browser, a PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from furnished_service import running
from playwright.sync_api import Browser

from browser_running import chromium
from postgresql_running import postgresql
from service_running import Client, centre_of, peopled
from store_tables import SECRET, new_database
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration
from tenfold.service.store import accounts, sessions
from tenfold.service.store.centre import Centre, Patient
from tenfold.service.store.entry import add_patient
from tenfold.service.store.store import Store, open_store


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    store = peopled(f"sqlite:///{folder}/store.db")
    store.engine.dispose()
    return folder


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Iterator[Store]:
    """A store in a file, as `peopled` makes it."""
    for file in template.iterdir():
        shutil.copy(file, tmp_path)
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.engine.dispose()


@pytest.fixture
def centre(store: Store) -> Centre:
    return centre_of(store)


@pytest.fixture
def patient(centre: Centre) -> Patient:
    return add_patient(centre, {"patient_id": "N-1", "sex": "female", "birth_date": "1950-02-03"})


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database of its own, with nothing in it: once in a file, once on a server."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/own.db"
    monkeypatch.setenv("TENFOLD_SECRET", SECRET)
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
def client(store: Store) -> Callable[..., Client]:
    """`client("clinician")` is signed in as that member of North; `client("viewer", "South")` of another centre."""
    app = create_app(Configuration(), store)

    def signed_in(role: str | None = None, centre: str = "North") -> Client:
        one = Client(app, base_url="http://127.0.0.1:8765", raise_server_exceptions=False)
        if role is not None:
            found = accounts.account_named(store, f"{centre.lower()} {role}")
            assert found is not None
            secret = sessions.begin(store, int(str(found["id"])), None)
            one.cookies.set("tenfold", secret)
            signed = sessions.session_of(store, secret)
            assert signed is not None
            one.csrf = signed.csrf or ""
        return one

    return signed_in


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as open_:
        yield open_


@pytest.fixture
def served(store: Store) -> Iterator[str]:
    """The address of a service that runs on the store."""
    with running(store) as (address, _):
        yield address

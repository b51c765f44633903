"""Every address of the service, asked as every role, as a stranger, and by the members of another centre."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from furnished_service import own_store

from service_running import Client, centre_of
from tenfold.exchange.published import published
from tenfold.service.access.permissions import ALLOWED, Permission, Role
from tenfold.service.answers import Answers
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration
from tenfold.service.jobs import Jobs
from tenfold.service.store import sessions
from tenfold.service.store.imports import store_registry
from tenfold.service.store.meetings import add_meeting
from tenfold.service.store.store import Store
from tenfold.service.studied import Studied

OPEN = {"/sign-in", "/health", "/metrics", "/static/{mark}/{name}"}
"""Addresses for who is not signed in: they tell nothing about a patient."""
OTHERWISE_GUARDED = ("/cds-services", "/smart/", "/sign-in/hospital")
"""Addresses that ask for a signed token of a record system, or are steps of signing in; they have tests of their own."""
NOT_ALLOWED = "needs another role than yours"


def routes(store: Store) -> list[APIRoute]:
    app = create_app(Configuration(), store)
    found = [route for route in _flat(app.routes) if isinstance(route, APIRoute)]
    # The calculators are one function at many addresses: two of them stand for all.
    calculators = {one.path for one in found if one.path.startswith("/api/v1/calculators/")}
    left = calculators - set(sorted(calculators)[:2])
    return [one for one in found if not one.path.startswith(OTHERWISE_GUARDED) and one.path not in left]


def _flat(found: Any) -> Iterator[Any]:
    for one in found:
        router = getattr(one, "original_router", None)
        yield from [one] if router is None else _flat(router.routes)


def permission(route: APIRoute) -> Permission | None:
    """What an address asks for, as its code says."""
    for one in route.dependant.dependencies:
        if hasattr(one.call, "permission"):
            return one.call.permission
    return None


def ask(one: Client, route: APIRoute, names: dict[str, str]) -> Any:
    method = next(iter(route.methods - {"HEAD", "OPTIONS"}))
    path = re.sub(r"{(\w+)(:\w+)?}", lambda part: names.get(part[1], "1"), route.path)
    headers = {"x-csrf-token": one.csrf} if one.csrf else {}
    return one.request(method, path, headers=headers, follow_redirects=False)


@dataclass(frozen=True)
class House:
    """A furnished store that is copied; what stands in addresses: a patient and a meeting of North; what was worked out of it."""

    folder: Path
    names: dict[str, str]
    answers: Answers = field(default_factory=Answers)
    studies: Jobs[Studied] = field(default_factory=lambda: Jobs(8))


@pytest.fixture(scope="module")
def house(template: Path, tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("house")
    with own_store(template, folder) as store:
        centre = centre_of(store)
        store_registry(centre, published().select(["thol-1", "tiong-10"]), "test")
        names = {
            "key": centre.patients()[0].id,
            "patient": centre.patients()[0].id,
            "number": add_meeting(centre, "1", "test"),
            "table": "mrd_samples",
            "run": "0" * 32,
        }
    return House(folder, names)


@pytest.fixture
def store(house: House, tmp_path: Path) -> Iterator[Store]:
    """A copy of its own, for some roles change what is there."""
    with own_store(house.folder, tmp_path) as store:
        yield store


@pytest.fixture
def names(house: House) -> dict[str, str]:
    return house.names


def unhurried(one: Client, house: House) -> Client:
    """A client that may ask as often as it likes, of a service that has worked out the same patients before."""
    service = one.app.state.service
    service.requests.most, service.answers, service.studies = 1_000_000, house.answers, house.studies
    return one


def test_there_are_many_addresses_and_each_asks_for_a_permission_or_is_open(store: Store) -> None:
    found = routes(store)
    assert len(found) > 50
    assert {route.path for route in found if permission(route) is None} == OPEN


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_what_it_may_and_is_refused_everywhere_else(
    role: Role, client: Callable[..., Client], store: Store, names: dict[str, str], house: House
) -> None:
    one = unhurried(client(role), house)
    wrong = []
    for route in routes(store):
        needed = permission(route)
        if needed is None or route.path in ("/sign-out", "/account/password", "/demonstration"):
            continue
        answer = ask(one, route, names)
        refused = answer.status_code == 403 and NOT_ALLOWED in answer.text
        if refused == (needed in ALLOWED[role]) or answer.status_code >= 500:
            wrong.append((route.path, answer.status_code))
    assert wrong == []


def test_a_stranger_reaches_nothing_but_the_door(
    client: Callable[..., Client], store: Store, names: dict[str, str]
) -> None:
    one = client()
    wrong = []
    for route in routes(store):
        if permission(route) is None:
            continue
        answer = ask(one, route, names)
        if not (answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in")):
            wrong.append((route.path, answer.status_code))
    assert wrong == []


def test_members_of_another_centre_learn_nothing_of_its_patients_whatever_their_role(
    client: Callable[..., Client], store: Store, names: dict[str, str], house: House
) -> None:
    patients = [one.patient_id for one in centre_of(store).patients()]
    told = []
    for role in Role:
        one = unhurried(client(role, "South"), house)
        for route in routes(store):
            if permission(route) is None or route.path in ("/sign-out", "/account/password", "/demonstration"):
                continue
            answer = ask(one, route, names)
            if any(patient in answer.text for patient in patients) or names["key"] in answer.text:
                told.append((role, route.path))
            if route.path.startswith(("/patients/{key}", "/api/v1/patients/{key}")):
                assert answer.status_code in (403, 404, 422), (role, route.path, answer.status_code)
    assert told == []


def test_a_change_without_the_forms_own_proof_is_refused_everywhere(
    client: Callable[..., Client], store: Store, names: dict[str, str]
) -> None:
    one = client("administrator")
    one.app.state.service.requests.most = 1_000_000
    secret, one.csrf = one.csrf, ""
    assert secret
    changing = [route for route in routes(store) if permission(route) is not None and not route.methods & {"GET"}]
    assert {ask(one, route, names).status_code for route in changing} == {403}


def test_a_session_ends_when_the_account_is_shut_out(client: Callable[..., Client], store: Store) -> None:
    from tenfold.service.store import accounts

    one = client("viewer")
    assert one.get("/", follow_redirects=False).status_code == 200
    accounts.change_account(store, accounts.account_named(store, "north viewer")["id"], "test", active=False)
    assert one.get("/", follow_redirects=False).status_code == 303


def test_a_session_ends_after_half_an_hour_without_a_request(
    client: Callable[..., Client], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = client("viewer")
    later = sessions.now() + sessions.IDLE * 1.01
    monkeypatch.setattr(sessions, "now", lambda: later)
    assert one.get("/", follow_redirects=False).status_code == 303

"""Two centres in one store: whatever of the store is asked with the other's keys, nothing of the other is told or changed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from furnished_service import own_store
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from service_running import centre_of
from store_tables import Row, held, patients, whole_row
from tenfold.service.store import (
    accounts,
    centre_settings,
    closings,
    entry,
    history,
    imports,
    meetings,
    pending,
    runs,
    schema,
    sessions,
)
from tenfold.service.store import centre as centre_module
from tenfold.service.store.centre import Centre, Patient
from tenfold.service.store.imports import store_registry
from tenfold.service.store.outcome import Conflict, NotThere, Refused
from tenfold.service.store.store import Store

THEIRS = "a patient of the other centre"
WORDS = (
    "title",
    "text",
    "reason",
    "question",
    "option",
    "decided_by",
    "kind",
    "subject",
    "action",
    "patient_id",
    "filename",
)
OF_A_CENTRE = (centre_module, entry, history, imports, pending, closings, meetings, runs, centre_settings)


@dataclass(frozen=True)
class Two:
    """A centre that asks, the other, and the other's keys by the names of parameters."""

    mine: Centre
    other: Centre
    keys: dict[str, Any]


@pytest.fixture
def two(store: Store) -> Two:
    return in_both(store)


@pytest.fixture(scope="module")
def asked_of(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """Two centres of which function after function is asked: nothing of the other may change, so all meet the same."""
    with own_store(template, tmp_path_factory.mktemp("separation")) as store:
        yield in_both(store)


def in_both(store: Store) -> Two:
    mine = centre_of(store)
    other = centre_of(store, "South", "south clinician")
    store_registry(mine, patients("mine"), "first")
    store_registry(other, patients(THEIRS), "first")
    patient = other.patients()[0]
    records = entry.records_of(other, patient.id)
    upload = pending.keep(other, "theirs.csv", THEIRS.encode())
    mine_of: Row = {"centre": other.id, "account": other.account_id}
    told = {
        schema.laboratory_run: {"id": "a" * 32, "filename": THEIRS, "content": THEIRS.encode(), **mine_of},
        schema.meeting: {"id": "b" * 32, "on": "2023-05-01", "title": THEIRS, **mine_of},
        schema.closing: {"id": 77, "patient": patient.id, "subject": THEIRS, "reason": THEIRS, **mine_of},
    }
    with other.writing() as connection:
        for table, row in told.items():
            connection.execute(insert(table).values(whole_row(table, **row)))
    closing = 77
    keys: dict[str, Any] = {
        "key": patient.id, "patient": patient.id, "keys": [patient.id], "patients": [patient.id], "end": [records[0]["id"]],
        "upload": upload, "run": "a" * 32, "meeting": "b" * 32, "closing": closing, "revision": patient.revision,
    }  # fmt: skip
    return Two(mine, other, keys)


def functions() -> list[Any]:
    """Every public function of the store that is asked by a centre."""
    found = []
    for module in OF_A_CENTRE:
        for name, one in inspect.getmembers(module, inspect.isfunction):
            first = next(iter(inspect.signature(one).parameters), "")
            if one.__module__ == module.__name__ and not name.startswith("_") and first == "centre":
                found.append(pytest.param(one, id=f"{module.__name__.rsplit('.', 1)[-1]}.{name}"))
    for name, one in inspect.getmembers(Centre, inspect.isfunction):
        if not name.startswith("_") and name not in ("reading", "writing", "mine", "told"):
            found.append(pytest.param(one, id=f"Centre.{name}"))
    return found


def given(two: Two, one: Callable[..., Any], key: str) -> dict[str, Any]:
    """Arguments of a function with the other centre's keys, in each meaning that its names may have."""
    texts = {
        "row": {},
        "add": {"counts": [{"sample_date": "2023-09-01", "platelets_e9_l": 1.0}]},
        "cells": {"patient_id": "n"},
    }
    values: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(one).parameters.items())[1:]:
        if name in ("connection", "registry") or parameter.kind is parameter.VAR_KEYWORD:
            continue
        if "bytes" in str(parameter.annotation):
            values[name] = b"x"
        elif str(parameter.annotation) == "Patient":
            values[name] = Patient(two.keys["key"], THEIRS, two.keys["revision"])
        elif name in two.keys:
            values[name] = key if name in ("key",) else two.keys[name]
        elif name in texts:
            values[name] = texts[name]
        elif "int" in str(parameter.annotation):
            values[name] = two.keys["closing"]
        elif parameter.default is parameter.empty:
            values[name] = {"table": "counts", "on": "2023-05-01"}.get(name, "x" if name in WORDS else key)
    return values


@pytest.mark.parametrize("one", functions())
def test_no_function_of_the_store_tells_or_changes_anything_of_another_centre(
    asked_of: Two, one: Callable[..., Any]
) -> None:
    two = asked_of
    before = {name: [row for row in rows if _theirs(row, two)] for name, rows in held(two.mine.store).items()}
    wanted = inspect.signature(one).parameters
    for key in [two.keys[name] for name in ("key", "upload", "run", "meeting")]:
        values = given(two, one, key)
        if "registry" in wanted:
            values["registry"] = patients("mine", "another")
        try:
            if "connection" in wanted:
                with two.mine.writing() as connection:
                    answer = one(two.mine, **{**values, "connection": connection})
            else:
                answer = one(two.mine, **values)
        except (NotThere, Refused, Conflict, LookupError, ValueError) as error:
            answer = error
        except IntegrityError as error:  # the database's own refusal, where a key is only written
            answer = error.orig
        assert THEIRS not in _told(answer)
    after = {name: [row for row in rows if _theirs(row, two)] for name, rows in held(two.mine.store).items()}
    assert after == before


def _theirs(row: bytes, two: Two) -> bool:
    return b'"centre":%d,' % two.other.id in row


def _told(answer: Any) -> str:
    if isinstance(answer, tuple):
        return " ".join(_told(one) for one in answer)
    tables = getattr(answer, "tables", None)
    if tables is not None:
        return str({name: frame.to_dicts() for name, frame in tables.items()})
    if inspect.isgenerator(answer) or isinstance(answer, list):
        return " ".join(_told(one) for one in answer)
    return f"{answer!r} {answer}"


def test_a_search_by_the_other_centres_keys_finds_nothing(two: Two) -> None:
    for ask in (
        two.mine.patient,
        lambda key: history.history_of(two.mine, key),
        lambda key: entry.records_of(two.mine, key),
    ):
        with pytest.raises(NotThere):
            ask(two.keys["key"])
    registry, _ = two.mine.registry([two.keys["key"]])
    assert registry.patient_ids().is_empty()
    assert [one.patient_id for one in two.mine.patients()] == ["mine"]


def test_a_centre_does_not_write_about_a_patient_of_another(two: Two) -> None:
    row = {"counts": [{"sample_date": "2023-09-01", "platelets_e9_l": 1.0}]}
    with pytest.raises(NotThere):
        entry.write_facts(two.mine, two.keys["key"], two.keys["revision"], add=row)
    patient = two.mine.patients()[0]
    with pytest.raises(NotThere):
        entry.write_facts(two.mine, patient.id, patient.revision, end=two.keys["end"])


def test_one_identifier_may_be_in_two_centres_and_each_keeps_its_own(two: Two) -> None:
    store_registry(two.mine, patients(THEIRS), "the same name here")
    mine, theirs = (next(p for p in one.patients() if p.patient_id == THEIRS) for one in (two.mine, two.other))
    assert mine.id != theirs.id
    count = {"counts": [{"sample_date": "2023-09-01", "platelets_e9_l": 1.0}]}
    entry.write_facts(two.mine, mine.id, mine.revision, add=count)
    assert two.mine.registry([mine.id])[0].table("counts").height == 2
    assert two.other.registry([theirs.id])[0].table("counts").height == 1


def test_a_member_of_one_centre_neither_moves_to_nor_administers_another(two: Two) -> None:
    store = two.mine.store
    found = accounts.account_named(store, "north clinician")
    assert found is not None
    secret = sessions.begin(store, int(str(found["id"])), two.other.id)
    signed = sessions.session_of(store, secret)
    assert signed is not None
    assert (signed.centre, set(signed.centres)) == (two.mine.id, {two.mine.id})
    with pytest.raises(NotThere):
        sessions.move(store, secret, two.other.id)
    token = sessions.new_token(store, int(str(found["id"])), two.other.id, "sly", 1, "north clinician")
    acting = sessions.token_of(store, token)
    assert acting is not None
    assert acting.centre is None
    with pytest.raises(NotThere):
        sessions.withdraw_token(store, sessions.tokens(store, two.other.id)[0]["id"], two.mine.id, "north clinician")
    names = {str(one["name"]) for one in accounts.members(store, two.mine.id)}
    assert all(name.startswith("north") for name in names)

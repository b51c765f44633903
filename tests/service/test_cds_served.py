"""CDS Hooks as a part of the service: one centre, its settings, its feedback."""

from __future__ import annotations

from typing import Any

import pytest
from cds_calls import COMPLETE
from fastapi.testclient import TestClient

from service_running import centre_of
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration
from tenfold.service.store.engine import StoreError
from tenfold.service.store.feedback import feedback_of
from tenfold.service.store.store import Store

SERVICES = "/cds-services"
VIEW = f"{SERVICES}/tenfold-patient-view"
TRIAL = {"centre": "North", "complete": " ".join(sorted(COMPLETE))}


def served(store: Store, **cds: str) -> TestClient:
    return TestClient(create_app(Configuration(cds=cds), store))


def test_without_a_centre_named_there_is_no_such_service(store: Store) -> None:
    assert served(store).get(SERVICES).status_code == 404


def test_a_record_system_finds_the_services_of_the_centre(store: Store) -> None:
    told = served(store, **TRIAL).get(SERVICES).json()["services"]
    assert {one["hook"] for one in told} == {"patient-view", "order-select"}


def test_what_is_configured_wrongly_stops_the_start_with_the_name_to_mend(store: Store) -> None:
    for wrong, said in (
        ({"centre": "Nowhere"}, "TENFOLD_CDS_CENTRE"),
        ({"centre": "North", "clients": "https://ehr.example"}, "ISSUER="),
        ({"centre": "North", "complete": "sampels"}, "sampels"),
        ({"centre": "North", "calls_a_second": "many"}, "a number such as 40"),
        ({"centre": "North", "calls_a_second": "0"}, "0.1 or more"),
        ({"centre": "North", "calls_a_second": "inf"}, "0.1 or more"),
    ):
        with pytest.raises(StoreError, match=said):
            served(store, **wrong)
    with pytest.raises(StoreError, match="TENFOLD_CDS_CLIENTS"):
        create_app(Configuration(host="0.0.0.0", plain_http=True, cds={"centre": "North"}), store)


@pytest.mark.parametrize(
    "reached", [{"trusted_proxy": True}, {"public_url": "https://tenfold.example"}, {"host": "0.0.0.0"}]
)
def test_wherever_others_may_call_the_record_systems_must_be_named(store: Store, reached: dict[str, Any]) -> None:
    with pytest.raises(StoreError, match="TENFOLD_CDS_CLIENTS"):
        create_app(Configuration(cds={"centre": "North"}, **reached), store)


def test_who_calls_more_often_than_is_configured_is_told_when_to_call_again(store: Store) -> None:
    one = served(store, **TRIAL, calls_a_second="0.2")
    assert [one.get(SERVICES).status_code for _ in range(3)] == [200, 200, 429]


def test_half_of_a_pair_of_letters_is_refused_in_words(store: Store) -> None:
    sent = b'{"hook": "patient-view", "hookInstance": "\\ud800"}'
    assert served(store, **TRIAL).post(VIEW, content=sent).status_code == 400


def test_feedback_is_kept_for_the_centre_and_stands_in_the_audit_trail(store: Store) -> None:
    one = served(store, **TRIAL)
    entry = {
        "card": "3b6a6c9e-7a53-4f0b-9b1e-0d1f4b7a4a11",
        "outcome": "overridden",
        "outcomeTimestamp": "2026-01-01T10:00:00Z",
    }
    answer = one.post(f"{VIEW}/feedback", json={"feedback": [entry]})
    assert answer.status_code == 200, answer.text
    [kept] = feedback_of(centre_of(store))
    assert kept["outcome"] == "overridden"
    assert feedback_of(centre_of(store, "South", "south clinician")) == []


def test_a_call_without_a_signed_token_is_refused_once_clients_are_named(store: Store) -> None:
    one = served(store, **TRIAL, clients="https://ehr.example=https://ehr.example/jwks.json")
    assert one.post(VIEW, json={}).status_code == 401

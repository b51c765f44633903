"""The addresses: discovery, refusals, feedback, other origins, the log; and that no request, however odd, breaks them."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from cds_calls import CONFIRMED, RELAPSE, Service, configuration, number, order_request, resources, view_request
from cds_specification import DISCOVERY, FEEDBACK, RESPONSE, faults
from hypothesis import given
from hypothesis import strategies as st

from tenfold.service.cds_hooks.services import ORDER_SELECT, PATIENT_VIEW, discovery, wanted

CARD, SUGGESTION = "4e0a3a1e-3283-4575-ab82-028d55fe2719", "e56e1945-20b3-4393-8503-a1a20fd73152"
ACCEPTED = {
    "card": CARD,
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": SUGGESTION}],
    "outcomeTimestamp": "2021-12-11T10:05:31Z",
}
OVERRIDDEN = {
    "card": CARD,
    "outcome": "overridden",
    "overrideReason": {
        "reason": {"code": "known", "system": "urn:tenfold:cds-hooks:override"},
        "userComment": "spoken to the patient",
    },
    "outcomeTimestamp": "2020-12-11T00:00:00Z",
}
FOUND = resources(mrd_samples=RELAPSE)
SERVICE = Service(130)


def test_the_list_of_services_holds_against_the_logical_model():
    answer = SERVICE.client.get("/cds-services")
    assert answer.status_code == 200
    assert not faults(answer.json(), DISCOVERY)
    assert {(one["id"], one["hook"]) for one in answer.json()["services"]} == {
        (PATIENT_VIEW, "patient-view"),
        (ORDER_SELECT, "order-select"),
    }


def test_prefetch_keeps_to_the_searches_that_the_specification_recommends():
    for template in discovery().services[0].prefetch.values():
        kind, _, query = template.partition("?")
        if not query:
            assert kind == "Patient/{{context.patientId}}"
            continue
        names = [part.partition("=")[0] for part in query.split("&")]
        assert set(names) <= {"patient", "code", "_count", "_sort"}
        assert "patient={{context.patientId}}" in query
        assert len(template) < 2000
    assert {kind for one in wanted() for kind in one.kinds} >= {"Patient", "Condition", "Specimen", "DiagnosticReport"}


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ({"cards": [{"summary": "x", "indicator": "hard-stop", "source": {"label": "x"}}]}, "indicator"),
        ({"cards": [{"summary": "x" * 140, "indicator": "info", "source": {"label": "x"}}]}, "summary"),
        ({"cards": [{"summary": "x", "indicator": "info", "source": {}}]}, "label"),
        ({"cards": [{"summary": "x", "indicator": "info", "source": {"label": "x"}, "links": []}]}, "empty"),
        ({"cards": [{"summary": "x", "indicator": "info", "source": {"label": "x"}, "detail": None}]}, "empty"),
        (
            {
                "cards": [
                    {"summary": "x", "indicator": "info", "source": {"label": "x"}, "suggestions": [{"label": "y"}]}
                ]
            },
            "cds-resp-6",
        ),
        (
            {
                "cards": [
                    {
                        "summary": "x",
                        "indicator": "info",
                        "source": {"label": "x"},
                        "links": [{"label": "y", "url": "https://y.example", "type": "absolute", "appContext": "z"}],
                    }
                ]
            },
            "cds-resp-3",
        ),
        (
            {
                "cards": [
                    {
                        "summary": "x",
                        "indicator": "info",
                        "source": {"label": "x"},
                        "overrideReasons": [{"code": "a", "system": "b"}],
                    }
                ]
            },
            "cds-resp-4",
        ),
    ],
)
def test_the_check_against_the_specification_finds_what_is_wrong(broken, rule):
    assert any(rule in one for one in faults(broken, RESPONSE))


def test_nothing_to_say_is_an_empty_list_of_cards():
    person = [one for one in FOUND if one["resourceType"] == "Patient"]
    answer = SERVICE.client.post(f"/cds-services/{PATIENT_VIEW}", json=view_request(person))
    assert answer.status_code == 200
    assert answer.content == b'{"cards":[]}'


def test_a_service_that_there_is_not_is_not_found():
    assert SERVICE.client.post("/cds-services/other", json={}).status_code == 404
    assert SERVICE.client.post("/cds-services/other/feedback", json={}).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"hook": "order-select"},
        {"hook": None},
        {"hookInstance": "7"},
        {"context": {"userId": "Practitioner/1"}},
        {"context": {"userId": "Practitioner/1", "patientId": "../Patient?name=x"}},
        {"context": {"userId": "Practitioner/1", "patientId": "p&_count=1"}},
        {"fhirServer": "file:///etc/passwd"},
        {"fhirServer": "javascript://x"},
        {
            "fhirAuthorization": {
                "access_token": "t",
                "token_type": "Bearer",
                "expires_in": 9,
                "scope": "",
                "subject": "s",
            }
        },
        {"prefetch": ["x"]},
    ],
    ids=lambda one: json.dumps(one)[:40],
)
def test_what_is_not_the_specifications_request_is_refused_without_saying_it_back(change):
    request = {**view_request(FOUND), **change}
    answer = SERVICE.client.post(f"/cds-services/{PATIENT_VIEW}", json=request)
    assert answer.status_code == 400
    assert number(FOUND) not in answer.text
    assert "name=x" not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"hook": NaN}', b'{"hook": "a", "hook": "b"}', b"[" * 100_000]
)
def test_what_is_no_json_object_is_refused(body):
    for path in (PATIENT_VIEW, ORDER_SELECT, f"{PATIENT_VIEW}/feedback"):
        assert SERVICE.client.post(f"/cds-services/{path}", content=body).status_code == 400


def test_a_request_that_is_too_large_is_refused():
    service = Service(130, largest=1000)
    assert service.client.post(f"/cds-services/{PATIENT_VIEW}", json=view_request(FOUND)).status_code == 413


def test_further_members_and_extensions_are_allowed():
    request = view_request(FOUND, extension={"com.example.timestamp": "2017-11-27T22:13:25Z"}, newThing=[1])
    assert SERVICE.cards(PATIENT_VIEW, request)


@pytest.mark.parametrize("entry", [ACCEPTED, OVERRIDDEN, {**OVERRIDDEN, "overrideReason": {"userComment": "no"}}])
def test_feedback_is_kept_as_it_was_sent(entry):
    assert not faults({"feedback": [entry]}, FEEDBACK)
    service = Service()
    answer = service.client.post(f"/cds-services/{PATIENT_VIEW}/feedback", json={"feedback": [entry, entry]})
    assert answer.status_code == 200
    assert service.feedback == [(PATIENT_VIEW, {"feedback": [entry, entry]})]


@pytest.mark.parametrize(
    "entry",
    [
        {**ACCEPTED, "acceptedSuggestions": None},
        {**ACCEPTED, "acceptedSuggestions": []},
        {**ACCEPTED, "outcome": "ignored"},
        {**ACCEPTED, "card": "x"},
        {**ACCEPTED, "outcomeTimestamp": "yesterday"},
        {**ACCEPTED, "outcomeTimestamp": "2021-12-11T10:05:31"},
        {**OVERRIDDEN, "overrideReason": {}},
        "x",
    ],
    ids=str,
)
def test_feedback_that_is_not_the_specifications_is_refused_and_not_kept(entry):
    service = Service()
    answer = service.client.post(f"/cds-services/{PATIENT_VIEW}/feedback", json={"feedback": [entry]})
    assert answer.status_code == 400
    assert not service.feedback


def test_feedback_on_our_own_cards_is_accepted():
    service = Service(150)
    [card, *_] = service.view(resources(mrd_samples=CONFIRMED))
    entry = {
        "card": card["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}],
        "outcomeTimestamp": "2025-05-31T10:05:31Z",
    }
    answer = service.client.post(f"/cds-services/{PATIENT_VIEW}/feedback", json={"feedback": [entry]})
    assert answer.status_code == 200
    assert service.feedback[0][1]["feedback"][0]["card"] == card["uuid"]


def test_a_listed_origin_may_call_from_a_browser_and_no_other():
    service = Service(130, origins=frozenset({"https://ehr.example"}))
    for path, origin, allowed in (
        ("/cds-services", "https://ehr.example", True),
        (f"/cds-services/{PATIENT_VIEW}", "https://ehr.example", True),
        (f"/cds-services/{PATIENT_VIEW}/feedback", "https://ehr.example", True),
        (f"/cds-services/{PATIENT_VIEW}", "https://ehr.example.evil.example", False),
        (f"/cds-services/{PATIENT_VIEW}", "null", False),
    ):
        answer = service.client.options(path, headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
        assert answer.status_code == 200
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed
        assert "Access-Control-Allow-Credentials" not in answer.headers
    refused = service.client.post(
        f"/cds-services/{PATIENT_VIEW}", content=b"{", headers={"Origin": "https://ehr.example"}
    )
    assert refused.headers["Access-Control-Allow-Origin"] == "https://ehr.example"
    assert refused.headers["Cache-Control"] == "no-store"


def test_the_log_names_no_patient(caplog):
    caplog.set_level(logging.DEBUG)
    request = view_request(FOUND, fhirServer="https://ehr.example/fhir")
    SERVICE.cards(PATIENT_VIEW, request)
    SERVICE.client.post(f"/cds-services/{PATIENT_VIEW}", json={**request, "hook": number(FOUND)})
    SERVICE.client.post(f"/cds-services/{PATIENT_VIEW}", json={**request, "prefetch": {}})
    SERVICE.client.post(f"/cds-services/{number(FOUND)}", json=request)
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("tenfold")]
    assert len(ours) == 4
    assert not any(number(FOUND) in one for one in ours)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"base_url": "tenfold.example"}, "base_url"),
        ({"secret": b"short"}, "secret"),
        ({"complete": frozenset({"samples"})}, "samples"),
    ],
)
def test_a_configuration_that_cannot_be_right_is_refused(more, why):
    with pytest.raises(ValueError, match=why):
        configuration(**more)


def test_the_secret_is_not_shown():
    assert "kkkk" not in repr(configuration())


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=12,
)


@given(ANY, st.sampled_from([PATIENT_VIEW, ORDER_SELECT, f"{PATIENT_VIEW}/feedback"]))
def test_no_request_breaks_the_service(body, path):
    assert SERVICE.client.post(f"/cds-services/{path}", json=body).status_code == 400


@given(st.data())
def test_no_member_of_a_request_breaks_the_service(data):
    service = data.draw(st.sampled_from([PATIENT_VIEW, ORDER_SELECT]))
    request = (
        view_request(FOUND) if service == PATIENT_VIEW else order_request(FOUND, ["venetoclax"], ("posaconazole",))
    )
    request = json.loads(json.dumps(request))
    for _ in range(data.draw(st.integers(1, 3))):
        _changed(data, request)
    assert SERVICE.client.post(f"/cds-services/{service}", json=request).status_code in (200, 400, 412)


def _changed(data: Any, value: Any) -> None:
    """Put anything in the place of some member of a request, at any depth."""
    while True:
        names = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        inner = value[name]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.integers(0, 5)) == 0:
            value[name] = data.draw(ANY)
            return
        value = inner

"""What is sent along, read, missing or of somebody else; and a real FHIR server of another house as the record system."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cds_calls import CONFIRMED, Service, number, prefetch, resources, topics, view_request

from tenfold.service.cds_hooks.services import PATIENT_VIEW, wanted

TOKEN = {
    "access_token": "some-opaque-fhir-access-token",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "user/*.read",
    "subject": "tenfold",
}
FOUND = resources(mrd_samples=CONFIRMED)
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}


def refused(request: dict[str, Any], **more: Any) -> str:
    answer = Service(150, **more).client.post(f"/cds-services/{PATIENT_VIEW}", json=request)
    assert answer.status_code == 412, answer.text
    return str(answer.json()["error"])


@pytest.mark.parametrize("key", ["patient", "residualDisease"])
def test_without_what_is_needed_the_answer_is_that_it_is_not_there(key):
    request = view_request(FOUND)
    del request["prefetch"][key]
    assert refused(request).startswith(f"needed and not to be had: {key}")


@pytest.mark.parametrize("value", [OUTCOME, {"resourceType": "Binary"}, {}, [], "x", 7])
def test_what_is_no_answer_to_a_needed_search_is_not_taken_for_an_empty_one(value):
    request = view_request(FOUND)
    request["prefetch"]["residualDisease"] = value
    assert "residualDisease" in refused(request)


def test_a_search_without_a_result_is_answered():
    request = view_request(FOUND)
    request["prefetch"]["residualDisease"] = None
    assert "molecular-state" not in topics(Service(150).cards(PATIENT_VIEW, request))


def test_another_patient_than_the_one_of_the_context_is_refused():
    request = view_request(FOUND)
    request["context"]["patientId"] = "somebody-else"
    assert "not the one of the context" in refused(request)


def test_a_patient_without_an_id_is_taken_to_be_the_one_of_the_context():
    request = view_request(json.loads(json.dumps(FOUND)))
    del request["prefetch"]["patient"]["id"]
    assert "molecular-state" in topics(Service(150).cards(PATIENT_VIEW, request))


def test_a_null_patient_is_no_patient():
    request = view_request(FOUND)
    request["prefetch"]["patient"] = None
    assert "no Patient" in refused(request)


def test_an_outcome_inside_a_search_says_that_not_all_is_there():
    request = view_request(FOUND)
    request["prefetch"]["procedures"]["entry"].append({"resource": OUTCOME, "search": {"mode": "outcome"}})
    card = topics(Service(150).cards(PATIENT_VIEW, request))["missing"]
    assert "treatments and transplants: the record system could not answer all of it" in card["detail"]


def test_a_page_that_ends_early_says_so_and_nothing_is_taken_as_complete():
    request = view_request(FOUND)
    request["prefetch"]["procedures"]["link"] = [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]
    cards = topics(Service(150).cards(PATIENT_VIEW, request))
    assert "treatments and transplants: only the newest 1 are read" in cards["missing"]["detail"]
    assert cards["molecular-state"]["summary"].startswith("MRD relapse possible")


def test_a_patient_whom_nothing_may_be_concluded_of_is_refused_in_words():
    request = view_request(json.loads(json.dumps(FOUND)))
    request["prefetch"]["patient"]["modifierExtension"] = [{"url": "urn:x", "valueBoolean": True}]
    assert "cannot be read" in refused(request)


class Ehr:
    """A FHIR server in memory that keeps what it was asked."""

    def __init__(self, status: int = 200, body: Any = None) -> None:
        self.asked: list[httpx.Request] = []
        self.sent = prefetch(FOUND)
        self.status, self.body = status, body

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.body is not None or self.status != 200:
            return httpx.Response(self.status, content=self.body or b"", headers={"Location": "https://evil.example/"})
        path = request.url.path.removeprefix("/fhir/")
        query = urllib.parse.unquote(request.url.query.decode())
        for one in wanted():
            if one.of(number(FOUND)) == (f"{path}?{query}" if query else path):
                empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
                return httpx.Response(200, json=self.sent[one.key] or empty)
        return httpx.Response(404)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self))


SERVER = "https://ehr.example/fhir"
ALLOWED = {"fhir_servers": frozenset({SERVER})}


def authorised(**more: Any) -> dict[str, Any]:
    request = view_request(FOUND, fhirServer=f"{SERVER}/", fhirAuthorization=TOKEN)
    del request["prefetch"]
    return {**request, **more}


def test_what_was_not_sent_is_read_with_the_token_of_the_call():
    ehr = Ehr()
    cards = topics(Service(150, http=ehr.client(), **ALLOWED).cards(PATIENT_VIEW, authorised()))
    assert cards["molecular-state"]["summary"].startswith("MRD relapse, confirmed")
    assert len(ehr.asked) == len(wanted())
    assert {one.headers["Authorization"] for one in ehr.asked} == {"Bearer some-opaque-fhir-access-token"}


def test_only_what_was_not_sent_is_read():
    ehr = Ehr()
    sent = prefetch(FOUND)
    del sent["procedures"]
    Service(150, http=ehr.client(), **ALLOWED).cards(PATIENT_VIEW, authorised(prefetch=sent))
    assert [one.url.path for one in ehr.asked] == ["/fhir/Procedure"]


@pytest.mark.parametrize(
    "change",
    [
        {"fhirServer": "https://evil.example/fhir"},
        {"fhirServer": "https://ehr.example/fhir.evil.example"},
        {"fhirServer": "https://ehr.example/fhir/../admin"},
        {"fhirServer": "http://ehr.example/fhir"},
        {"fhirAuthorization": {**TOKEN, "expires_in": 0}},
        {"fhirAuthorization": {**TOKEN, "patient": "somebody-else"}},
        {"fhirAuthorization": None},
    ],
    ids=lambda one: json.dumps(one)[:60],
)
def test_a_server_that_is_not_listed_or_not_opened_is_never_asked(change):
    ehr = Ehr()
    assert "needed and not to be had" in refused(authorised(**change), http=ehr.client(), **ALLOWED)
    assert not ehr.asked


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (401, None, "answered 401"),
        (500, None, "answered 500"),
        (302, None, "answered 302"),
        (200, b"<html>", "not JSON"),
        (200, b"[" * 100_000, "not JSON"),
        (200, b" " * (21 * 1024**2), "larger than"),
    ],
)
def test_a_server_that_fails_is_said_and_a_redirect_is_not_followed(status, body, why):
    ehr = Ehr(status, body)
    assert why in refused(authorised(), http=ehr.client(), **ALLOWED)
    assert {one.url.host for one in ehr.asked} == {"ehr.example"}


def test_a_further_page_is_read_from_the_same_server_whatever_address_it_names():
    ehr = Ehr()
    whole = ehr.sent["residualDisease"]["entry"]
    ehr.sent["residualDisease"] = {
        "resourceType": "Bundle",
        "entry": whole[:2],
        "link": [{"relation": "next", "url": "http://localhost:1/elsewhere/Observation?page=2"}],
    }

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.query == b"page=2":
            ehr.asked.append(request)
            return httpx.Response(200, json={"resourceType": "Bundle", "entry": whole[2:]})
        return ehr(request)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    cards = topics(Service(150, http=client, **ALLOWED).cards(PATIENT_VIEW, authorised()))
    assert cards["molecular-state"]["summary"].startswith("MRD relapse, confirmed")
    assert {(one.url.host, one.url.path) for one in ehr.asked if one.url.query == b"page=2"} == {
        ("ehr.example", "/fhir/Observation")
    }


def ask(method: str, url: str, data: bytes | None = None) -> dict[str, Any]:
    with urllib.request.urlopen(urllib.request.Request(url, data, JSON, method=method), timeout=120) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def record_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("sekmet")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "sekmet"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    folder = tmp_path_factory.mktemp("sekmet")
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}/fhir"
    try:
        for _ in range(240):
            try:
                ask("GET", f"{base}/metadata")
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail("the server does not answer")
        entries = [
            {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
            for one in FOUND
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        answer = ask("POST", base, json.dumps(bundle).encode())
        assert {entry["response"]["status"][:2] for entry in answer["entry"]} == {"20"}
        yield base
    finally:
        process.terminate()
        process.wait(30)


def test_a_real_server_answers_every_search_of_the_prefetch_and_the_cards_are_the_same(record_system):
    sent = {}
    for one in wanted():
        path, _, query = one.of(number(FOUND)).partition("?")
        sent[one.key] = ask("GET", f"{record_system}/{path}" + (f"?{urllib.parse.quote(query, '=&')}" if query else ""))
    assert sent["patient"]["id"] == number(FOUND)
    cards = Service(150).cards(PATIENT_VIEW, {**view_request(FOUND), "prefetch": sent})
    assert topics(cards)["molecular-state"]["summary"].startswith("MRD relapse, confirmed")
    assert cards == Service(150).view(FOUND)


def test_a_real_server_is_read_where_nothing_was_sent_along(record_system):
    service = Service(150, http=httpx.AsyncClient(), fhir_servers=frozenset({record_system}))
    request = {**authorised(), "fhirServer": record_system}
    cards = service.cards(PATIENT_VIEW, request)
    assert [one["summary"] for one in cards] == [one["summary"] for one in Service(150).view(FOUND)]


def test_a_patient_whom_a_real_server_does_not_know_is_refused(record_system):
    request = {**authorised(), "fhirServer": record_system}
    request["context"] = {**request["context"], "patientId": "nobody"}
    why = refused(request, http=httpx.AsyncClient(), fhir_servers=frozenset({record_system}))
    assert "the FHIR server answered 404" in why

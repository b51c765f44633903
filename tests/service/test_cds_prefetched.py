"""What is sent along, read, missing or of somebody else; and a real FHIR server of another house as the record system."""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest
from cds_calls import CONFIRMED, Service, number, prefetch, resources, topics, view_request

from sekmet_running import ask, sekmet
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
    """A small FHIR server on this machine that keeps what it was asked, and may answer badly."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str | None]] = []
        self.sent = prefetch(FOUND)
        self.further: dict[str, Any] = {}
        self.answer: tuple[int, bytes, str] | None = None
        ehr = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                ehr.asked.append((path, urllib.parse.unquote(query), self.headers["Authorization"]))
                status, body, location = ehr.answer or ehr.found(
                    path.removeprefix("/fhir/"), urllib.parse.unquote(query)
                )
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Location", location)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        class Many(ThreadingHTTPServer):
            request_queue_size = 64
            """Of those asked at once; who finds no place tries again after a second."""

        self.server = Many(("127.0.0.1", 0), Answer)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}/fhir"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def found(self, path: str, query: str) -> tuple[int, bytes, str]:
        if query in self.further:
            return 200, json.dumps(self.further[query]).encode(), ""
        for one in wanted():
            if one.of(number(FOUND)) == (f"{path}?{query}" if query else path):
                empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
                return 200, json.dumps(self.sent[one.key] or empty).encode(), ""
        return 404, b"", ""

    def settings(self) -> dict[str, Any]:
        """A service that may read from this server."""
        return {"http": httpx2.AsyncClient(), "fhir_servers": frozenset({self.base})}

    def request(self, **more: Any) -> dict[str, Any]:
        """A call that sends nothing along and opens this server."""
        request = view_request(FOUND, fhirServer=f"{self.base}/", fhirAuthorization=TOKEN)
        del request["prefetch"]
        return {**request, **more}


@pytest.fixture
def ehrs() -> Iterator[tuple[Ehr, Ehr]]:
    """A FHIR server that is listed, and one that is not."""
    both = (Ehr(), Ehr())
    yield both
    for one in both:
        one.server.shutdown()
        one.server.server_close()


def test_what_was_not_sent_is_read_with_the_token_of_the_call(ehrs):
    ehr, _ = ehrs
    cards = topics(Service(150, **ehr.settings()).cards(PATIENT_VIEW, ehr.request()))
    assert cards["molecular-state"]["summary"].startswith("MRD relapse, confirmed")
    assert len(ehr.asked) == len(wanted())
    assert {token for _, _, token in ehr.asked} == {"Bearer some-opaque-fhir-access-token"}


def test_only_what_was_not_sent_is_read(ehrs):
    ehr, _ = ehrs
    sent = prefetch(FOUND)
    del sent["procedures"]
    Service(150, **ehr.settings()).cards(PATIENT_VIEW, ehr.request(prefetch=sent))
    assert [path for path, _, _ in ehr.asked] == ["/fhir/Procedure"]


@pytest.mark.parametrize(
    "change",
    [
        {"fhirServer": "{other}"},
        {"fhirServer": "{listed}.evil.example"},
        {"fhirServer": "{listed}/../admin"},
        {"fhirServer": "{listed}?x="},
        {"fhirAuthorization": {**TOKEN, "expires_in": 0}},
        {"fhirAuthorization": {**TOKEN, "patient": "somebody-else"}},
        {"fhirAuthorization": None},
    ],
    ids=lambda one: json.dumps(one)[:60],
)
def test_a_server_that_is_not_listed_or_not_opened_is_never_asked(change, ehrs):
    listed, other = ehrs
    if "fhirServer" in change:
        change = {"fhirServer": change["fhirServer"].format(listed=listed.base, other=other.base)}
    assert "needed and not to be had" in refused(listed.request(**change), **listed.settings())
    assert not listed.asked
    assert not other.asked


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (401, b"", "answered 401"),
        (500, b"", "answered 500"),
        (302, b"", "answered 302"),
        (200, b"<html>", "not JSON"),
        (200, b"[" * 100_000, "not JSON"),
        (200, b" " * (21 * 1024**2), "larger than"),
    ],
    ids=["401", "500", "302", "html", "deep", "large"],
)
def test_a_server_that_fails_is_said_and_a_redirect_is_not_followed(status, body, why, ehrs):
    listed, other = ehrs
    listed.answer = (status, body, f"{other.base}/Patient/1")
    assert why in refused(listed.request(), **listed.settings())
    assert listed.asked
    assert not other.asked


def test_a_server_that_does_not_answer_is_said():
    ehr = Ehr()
    ehr.server.shutdown()
    ehr.server.server_close()
    assert "the FHIR server did not answer" in refused(ehr.request(), **ehr.settings())


def test_a_further_page_is_read_from_the_same_server_whatever_address_it_names(ehrs):
    listed, other = ehrs
    whole = listed.sent["residualDisease"]["entry"]
    listed.sent["residualDisease"] = {
        "resourceType": "Bundle",
        "entry": whole[:2],
        "link": [{"relation": "next", "url": f"{other.base}/Observation?page=2"}],
    }
    listed.further["page=2"] = {"resourceType": "Bundle", "entry": whole[2:]}
    cards = topics(Service(150, **listed.settings()).cards(PATIENT_VIEW, listed.request()))
    assert cards["molecular-state"]["summary"].startswith("MRD relapse, confirmed")
    assert ("/fhir/Observation", "page=2") in {(path, query) for path, query, _ in listed.asked}
    assert not other.asked


@pytest.fixture(scope="module")
def record_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("sekmet")
    with sekmet(tmp_path_factory.mktemp("sekmet"), FOUND) as base:
        yield base


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
    service = Service(150, http=httpx2.AsyncClient(), fhir_servers=frozenset({record_system}))
    request = view_request(FOUND, fhirServer=record_system, fhirAuthorization=TOKEN)
    del request["prefetch"]
    cards = service.cards(PATIENT_VIEW, request)
    assert [one["summary"] for one in cards] == [one["summary"] for one in Service(150).view(FOUND)]


def test_a_patient_whom_a_real_server_does_not_know_is_refused(record_system):
    request = view_request(FOUND, fhirServer=record_system, fhirAuthorization=TOKEN)
    del request["prefetch"]
    request["context"] = {**request["context"], "patientId": "nobody"}
    why = refused(request, http=httpx2.AsyncClient(), fhir_servers=frozenset({record_system}))
    assert "the FHIR server answered 404" in why

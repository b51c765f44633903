"""How often clients may call: each for itself, and calls without a client by the address that they come from."""

from __future__ import annotations

import json
import time

import pytest
from cds_calls import BASE, Service
from fastapi.testclient import TestClient
from joserfc import jws
from joserfc.jwk import ECKey

from tenfold.service.access.rate import Rate
from tenfold.service.cds_hooks.configuration import RATE_SECONDS
from tenfold.service.cds_hooks.services import PATIENT_VIEW
from tenfold.service.cds_hooks.tokens import Client, TokenVerifier

DISCOVERY = "/cds-services"
VIEW = f"{DISCOVERY}/{PATIENT_VIEW}"
FEEDBACK = f"{VIEW}/feedback"
ORIGIN = "https://ehr.example"
EC = ECKey.generate_key("P-384", {"kid": "ec", "use": "sig", "alg": "ES384"})
KEYS = {"keys": [EC.as_dict(private=False)]}
NORTH, SOUTH = (Client(f"https://{name}.example", jku=f"https://{name}.example/keys") for name in ("north", "south"))
TWICE = 2 / RATE_SECONDS
"""Calls a second: two, and no third until the first is ten seconds ago."""


def signed_service() -> Service:
    verifier = TokenVerifier([NORTH, SOUTH], fetch=lambda _: KEYS)
    return Service(verifier=verifier, calls_a_second=TWICE, origins=frozenset({ORIGIN}))


def token(client: Client, path: str = VIEW) -> dict[str, str]:
    now = int(time.time())
    claims = {"iss": client.issuer, "aud": BASE + path, "iat": now, "exp": now + 60, "jti": str(time.perf_counter_ns())}
    head = {"alg": "ES384", "typ": "JWT", "kid": "ec"}
    return {"Authorization": "Bearer " + jws.serialize_compact(head, json.dumps(claims), EC, algorithms=["ES384"])}


def numbers(client: TestClient, *calls: tuple[str, dict[str, str]]) -> list[int]:
    """What is answered to calls that are no requests of CDS Hooks: 400 once they are let in."""
    return [client.post(path, json={}, headers=headers).status_code for path, headers in calls]


def test_each_client_is_counted_for_itself_with_its_feedback_and_whatever_others_send_from_elsewhere():
    client = signed_service().client
    refused = [(VIEW, {})] * 3
    assert numbers(TestClient(client.app, base_url=BASE, client=("10.0.0.9", 1)), *refused) == [401, 401, 429]
    assert numbers(client, (VIEW, token(NORTH)), (FEEDBACK, token(NORTH, FEEDBACK))) == [400, 400]
    assert numbers(client, (VIEW, token(NORTH)), (VIEW, token(SOUTH))) == [429, 400]


def test_what_is_not_signed_is_looked_at_no_more_once_its_address_sent_too_much():
    looked: list[str] = []
    verifier = TokenVerifier([NORTH], fetch=lambda address: looked.append(address) or {"keys": []})
    client = Service(verifier=verifier, calls_a_second=TWICE).client
    assert numbers(client, (VIEW, {}), (VIEW, {}), (VIEW, token(NORTH))) == [401, 401, 429]
    assert not looked


def test_one_call_too_many_is_told_when_to_call_again_in_words_and_to_pages_of_listed_origins_too():
    client = signed_service().client
    numbers(client, (VIEW, token(NORTH)), (VIEW, token(NORTH)))
    answer = client.post(VIEW, json={}, headers={**token(NORTH), "Origin": ORIGIN})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= RATE_SECONDS
    assert answer.json() == {"error": "more calls than 0.2 a second: try again later"}
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize("signed", [True, False])
def test_calls_without_a_client_are_counted_by_their_address_and_the_list_of_services_with_them(signed: bool):
    app = (signed_service() if signed else Service(calls_a_second=TWICE)).client.app
    one, other = (TestClient(app, base_url=BASE, client=(address, 1)) for address in ("10.0.0.1", "10.0.0.2"))
    assert one.get(DISCOVERY).status_code == 200
    assert one.post(f"{DISCOVERY}/no-such-service", json={}).status_code == 404
    late = one.get(DISCOVERY)
    assert (late.status_code, "Retry-After" in late.headers) == (429, True)
    assert numbers(one, (VIEW, {})) == [429]
    assert other.get(DISCOVERY).status_code == 200


def test_a_client_may_call_again_once_its_first_call_is_long_enough_ago():
    rate = Rate(2, 0.05)
    assert (rate.wait("north"), rate.wait("north")) == (0, 0)
    wait = rate.wait("north")
    assert 0 < wait <= 0.05
    time.sleep(wait + 0.001)
    assert rate.wait("north") == 0

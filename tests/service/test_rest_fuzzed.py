"""The interface fuzzed from its own description: whatever is sent, it never breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from service_running import Client, centre_of
from tenfold.exchange.published import published
from tenfold.service.store import accounts, sessions
from tenfold.service.store.imports import store_registry
from tenfold.service.store.store import Store

OPERATIONS = (
    ("POST", "/api/v1/assess"),
    ("GET", "/api/v1/patients"),
    ("GET", "/api/v1/patients/{key}"),
    ("GET", "/api/v1/patients/{key}/records"),
    ("GET", "/api/v1/worklist"),
    ("GET", "/api/v1/endpoints"),
    ("POST", "/api/v1/calculators/eln_2022"),
    ("POST", "/api/v1/calculators/stopping_venetoclax_strict"),
    ("POST", "/api/v1/calculators/eac_sample"),
)
ANSWERED = {200, 202}
"""202: some patients are not worked out yet."""
REFUSED = {400, 404, 405, 413, 422}


@pytest.fixture
def program(client: Callable[..., Client], store: Store) -> Client:
    store_registry(centre_of(store), published(), "test")
    one = client()
    found = accounts.account_named(store, "north viewer")
    one.headers["authorization"] = f"Bearer {sessions.new_token(store, found['id'], centre_of(store).id, 'x', 1, 'x')}"
    one.app.state.service.requests.most = 1_000_000
    return one


def test_whatever_is_sent_is_answered_or_refused_in_words_and_never_breaks_the_service(program: Client) -> None:
    headers = {"authorization": program.headers["authorization"]}
    described = schemathesis.openapi.from_asgi("/api/openapi.json", program.app, headers=headers)
    answers = {(method, path): _sent(described[path][method], headers) for method, path in OPERATIONS}
    assert {status for seen in answers.values() for status in seen} <= {*ANSWERED, *REFUSED}
    # A key that was made up is nobody's.
    assert {path for (_, path), seen in answers.items() if not seen & ANSWERED} <= {
        path for _, path in OPERATIONS if "key" in path
    }


def _sent(operation: Any, headers: dict[str, str]) -> set[int]:
    """What was answered to some requests that fit the description, and some that do not."""
    seen = set()

    @settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        seen.add(case.call(headers=headers).status_code)

    send()
    return seen

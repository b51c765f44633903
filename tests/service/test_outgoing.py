"""What the service asks of others: listed origins alone, over TLS, small and soon; and answers that are no answers."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import RedirectResponse, StreamingResponse
from hypothesis import given
from hypothesis import strategies as st
from stand_in_provider import CLIENT, part, running

from ports import free_port
from tenfold.service.access import outgoing
from tenfold.service.access.oidc import About, Endpoints, NotSignedInThere, Provider
from tenfold.service.access.outgoing import NotAnswered, Outgoing, origin_of
from tenfold.service.configuration import from_environment
from tenfold.service.smart.launched import read_answer
from tenfold.service.store.engine import StoreError


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://login.example/a?b=c", "https://login.example:443"),
        ("https://login.example:8443/", "https://login.example:8443"),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:9"),
        ("http://[::1]:9/x", "http://::1:9"),
        ("http://login.example/", None),
        ("https://user:word@login.example/", None),
        ("https://login.example@evil.example/", None),
        ("ftp://login.example/", None),
        ("https:///x", None),
        ("https://login.example/\n", None),
        ("//login.example", None),
        (None, None),
        (7, None),
    ],
)
def test_only_https_or_this_machine_itself_is_an_address_to_ask(address: Any, origin: str | None) -> None:
    assert origin_of(address) == origin


def test_an_address_of_another_origin_is_never_asked() -> None:
    one = Outgoing({"https://login.example:443"})
    with pytest.raises(NotAnswered, match="another server"):
        one.document("http://127.0.0.1:9/.well-known/openid-configuration")


def test_a_provider_without_tls_on_another_machine_cannot_be_configured() -> None:
    with pytest.raises(ValueError, match="must be an https address"):
        Provider(About("http://login.example", CLIENT))
    given = {
        "TENFOLD_OIDC_ISSUER": "http://login.example",
        "TENFOLD_OIDC_CLIENT_ID": "a",
        "TENFOLD_OIDC_CLIENT_SECRET": "b",
    }
    with pytest.raises(StoreError, match="must be an https address"):
        from_environment(given)
    with pytest.raises(StoreError, match="TENFOLD_OIDC_CLIENT_SECRET"):
        from_environment(dict.fromkeys(list(given)[:2], "https://x"))


def test_a_redirect_of_the_provider_is_not_followed() -> None:
    app, port = FastAPI(), free_port()
    asked: list[str] = []

    @app.get("/.well-known/openid-configuration")
    def there() -> RedirectResponse:
        return RedirectResponse("/elsewhere")

    @app.get("/elsewhere")
    def elsewhere() -> dict[str, str]:
        asked.append("elsewhere")
        return {}

    with running(app, port) as base, pytest.raises(NotSignedInThere, match="answered 307"):
        Provider(About(base, CLIENT)).endpoints()
    assert asked == []


@pytest.mark.parametrize("pieces", [[b"[" * 100_000], [b"<html>"], [b"[1]"], [b" " * 100_000] * 6, None])
def test_an_answer_that_is_large_slow_or_no_object_is_none(
    pieces: list[bytes] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "LONGEST", 0.5)
    app, port = FastAPI(), free_port()

    def dripping() -> Iterator[bytes]:
        for _ in range(20):
            time.sleep(0.1)
            yield b" "

    @app.get("/")
    def there() -> StreamingResponse:
        return StreamingResponse(dripping() if pieces is None else iter(pieces))

    with running(app, port) as base, pytest.raises(NotAnswered):
        Outgoing({base}).document(f"{base}/")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("access_token", "token_type", "patient", "expires_in"), JSON)))
def test_whatever_a_token_endpoint_says_of_a_launch_it_is_read_or_refused_in_words(answer: dict[str, Any]) -> None:
    told = {"access_token": "a", "token_type": "Bearer", "patient": "1", **answer}
    with contextlib.suppress(NotSignedInThere):
        found = read_answer(told, "https://a.example")
        assert time.time() < found.until < time.time() + 13 * 3600


class Known(Provider):
    """A provider that has told of itself and its keys already."""

    def _of(self, name: str, make: Any, *, again: bool = False) -> Any:
        address = "https://a.example/"
        return [] if name == "keys" else Endpoints("https://a.example", address, address, address)


@given(
    st.dictionaries(st.sampled_from(("alg", "kid", "typ", "crit", "b64")), JSON | st.just("RS256")),
    st.dictionaries(st.sampled_from(("iss", "aud", "exp", "iat", "nonce", "sub")), JSON),
)
def test_whatever_an_id_token_says_it_is_refused_in_words(header: dict[str, Any], claims: dict[str, Any]) -> None:
    provider = Known(About("https://a.example", CLIENT))
    token = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}.{part(b'x')}"
    with pytest.raises(NotSignedInThere):
        provider.claims({"id_token": token}, "nonce")
    with pytest.raises(NotSignedInThere):
        provider._hold(claims, "nonce")


@pytest.mark.parametrize(
    "bent", [{"nonce": "\ud800"}, {"nonce": "é"}, {"sub": "\ud800"}, {"sub": "a\nb"}, {"exp": float("nan")}]
)
def test_signs_that_are_no_text_are_refused_in_words(bent: dict[str, Any]) -> None:
    now = int(time.time())
    right = {"iss": "https://a.example", "aud": CLIENT, "sub": "x", "nonce": "nonce", "iat": now, "exp": now + 60}
    provider = Known(About("https://a.example", CLIENT))
    provider._hold(right, "nonce")
    with pytest.raises(NotSignedInThere):
        provider._hold({**right, **bent}, "nonce")

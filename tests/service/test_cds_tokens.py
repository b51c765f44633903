"""Who may call: tokens signed by two libraries, and everything that is refused, with its reason."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
from cds_calls import BASE, CONFIRMED, Service, resources, view_request
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from tenfold.service.cds_hooks.services import PATIENT_VIEW
from tenfold.service.cds_hooks.tokens import ASK_AGAIN, LEEWAY, Client, Once, TokenRefused, TokenVerifier

ISSUER, JKU = "https://ehr.example", "https://ehr.example/.well-known/jwks.json"
HERE = f"{BASE}/cds-services/{PATIENT_VIEW}"
NOW = 1_750_000_000.0
EC = ECKey.generate_key("P-384", {"kid": "ec", "use": "sig", "alg": "ES384"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
KEYS: dict[str, Any] = {"keys": [EC.as_dict(private=False), RSA.as_dict(private=False)]}


def claims(**more: Any) -> dict[str, Any]:
    made = {"iss": ISSUER, "aud": HERE, "iat": int(NOW), "exp": int(NOW) + 300, "jti": f"n{time.perf_counter_ns()}"}
    return {name: value for name, value in {**made, **more}.items() if value is not None}


def header(**more: Any) -> dict[str, Any]:
    made = {"alg": "ES384", "typ": "JWT", "kid": "ec", "jku": JKU, **more}
    return {name: value for name, value in made.items() if value is not None}


def signed(head: dict[str, Any] | None = None, body: Any = None, key: Any = EC) -> str:
    head = head or header()
    payload = json.dumps(claims() if body is None else body)
    return "Bearer " + jws.serialize_compact(head, payload, key, algorithms=[head["alg"]])


def verifier(**more: Any) -> TokenVerifier:
    given = {"fetch": lambda _: KEYS, "clock": lambda: NOW, **more}
    return TokenVerifier([Client(ISSUER, jku=JKU)], **given)


def refusal(authorization: str | None, **more: Any) -> str:
    with pytest.raises(TokenRefused) as caught:
        verifier(**more).verify(authorization, [HERE])
    return str(caught.value)


@pytest.mark.parametrize(("alg", "kid", "key"), [("ES384", "ec", EC), ("RS384", "rsa", RSA)])
def test_both_recommended_signatures_are_accepted(alg, kid, key):
    caller = verifier().verify(signed(header(alg=alg, kid=kid), claims(tenant="north"), key), [HERE])
    assert (caller.issuer, caller.tenant) == (ISSUER, "north")


def test_a_token_of_another_library_is_accepted():
    token = jwt.encode(claims(), EC.as_pem(private=True), "ES384", {"kid": "ec", "jku": JKU})
    assert verifier().verify(f"Bearer {token}", [HERE]).issuer == ISSUER


def test_the_address_may_stand_among_several_and_jku_may_be_left_out():
    assert verifier().verify(signed(header(jku=None), claims(aud=["https://other.example", HERE])), [HERE])


@pytest.mark.parametrize(
    ("authorization", "why"),
    [
        (None, "missing"),
        ("Basic abc", "Bearer"),
        ("Bearer ", "Bearer"),
        ("Bearer a.b.c", "no signed"),
        ("Bearer " + "a" * 20_000, "too long"),
        ("Bearer é.è.ü", "no signed"),
    ],
)
def test_what_is_no_token_is_refused(authorization, why):
    assert why in refusal(authorization)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": f"{BASE}/cds-services/other"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": [1, None]}, "aud"),
        ({"exp": int(NOW) + 301}, "at most 300"),
        ({"exp": int(NOW) - 31, "iat": int(NOW) - 200}, "expired"),
        ({"exp": int(NOW), "iat": int(NOW) + 10}, "after iat"),
        ({"iat": int(NOW) + 31, "exp": int(NOW) + 200}, "future"),
        ({"nbf": int(NOW) + 31}, "future"),
        ({"exp": None}, "exp is missing"),
        ({"iat": None}, "iat is missing"),
        ({"exp": "soon"}, "number"),
        ({"iat": True}, "number"),
        ({"nbf": 1e300}, "number"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 7}, "jti"),
        ({"jti": "x" * 600}, "jti"),
    ],
)
def test_a_claim_that_is_wrong_is_refused_with_its_name(more, why):
    assert why in refusal(signed(body=claims(**more)))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"jku": "https://evil.example/keys"}, "jku"),
        ({"kid": "nobody"}, "kid"),
        ({"kid": None}, "kid"),
        ({"typ": "JWS"}, "typ"),
        ({"typ": None}, "typ"),
    ],
)
def test_a_header_that_is_wrong_is_refused_with_its_name(more, why):
    assert why in refusal(signed(header(**more)))


def test_none_symmetric_and_weaker_signatures_are_refused():
    body = json.dumps(claims())
    secret = OctKey.import_key(json.dumps(EC.as_dict(private=False)).encode())
    symmetric = jws.serialize_compact(header(alg="HS256"), body, secret, algorithms=["HS256"])
    small = ECKey.generate_key("P-256", {"kid": "ec"})
    weaker = jws.serialize_compact(header(alg="ES256"), body, small, algorithms=["ES256"])
    head, payload, _ = signed().removeprefix("Bearer ").split(".")
    bare = jws.serialize_compact(header(alg="RS256", kid="rsa"), body, RSA, algorithms=["RS256"])
    none = f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwia2lkIjoiZWMifQ.{payload}."
    for token in (symmetric, weaker, bare, none):
        assert "alg must be" in refusal(f"Bearer {token}")
    assert head


def test_another_key_or_a_changed_body_is_refused():
    other = ECKey.generate_key("P-384", {"kid": "ec"})
    assert "signature" in refusal(signed(key=other))
    head, _, signature = signed().split(".")
    _, payload, _ = signed(body=claims(tenant="other")).split(".")
    assert "signature" in refusal(f"{head}.{payload}.{signature}")


@pytest.mark.filterwarnings("ignore:Key size")
def test_a_key_of_another_kind_is_not_taken_for_the_signature():
    assert "kind of signature" in refusal(signed(header(kid="rsa")))
    curve = ECKey.generate_key("P-256", {"kid": "ec"}).as_dict(private=False)
    assert "P-384" in refusal(signed(), fetch=lambda _: {"keys": [curve]})
    small = RSAKey.generate_key(1024, {"kid": "rsa"}, private=True)
    keys = {"keys": [small.as_dict(private=False)]}
    text = refusal(signed(header(alg="RS384", kid="rsa"), key=small), fetch=lambda _: keys)
    assert "2048 bits" in text


def test_a_token_is_accepted_once():
    checks, token = verifier(), signed()
    checks.verify(token, [HERE])
    with pytest.raises(TokenRefused, match="used before"):
        checks.verify(token, [HERE])


def test_a_refused_token_does_not_use_up_its_number():
    checks = verifier()
    with pytest.raises(TokenRefused):
        checks.verify(signed(body=claims(jti="one"), key=ECKey.generate_key("P-384", {"kid": "ec"})), [HERE])
    assert checks.verify(signed(body=claims(jti="one")), [HERE])


def test_the_memory_forgets_what_has_expired_and_never_more():
    once = Once(most=2)
    assert once("i", "a", 10, 0)
    assert not once("i", "a", 10, 10)
    assert once("j", "a", 10, 0)
    with pytest.raises(TokenRefused, match="too many"):
        once("i", "c", 10, 5)
    assert once("i", "c", 30, 11)


def test_keys_are_fetched_once_and_again_for_a_key_that_is_new():
    asked: list[str] = []
    clock = [NOW]
    held: list[Any] = [{"keys": [RSA.as_dict(private=False)]}]

    def fetch(address: str) -> Any:
        asked.append(address)
        return held[0]

    checks = verifier(fetch=fetch, clock=lambda: clock[0])
    with pytest.raises(TokenRefused, match="kid"):
        checks.verify(signed(), [HERE])
    held[0] = KEYS
    with pytest.raises(TokenRefused, match="kid"):
        checks.verify(signed(), [HERE])
    assert len(asked) == 1
    clock[0] += LEEWAY + 1
    assert checks.verify(signed(), [HERE])
    assert checks.verify(signed(), [HERE])
    assert asked == [JKU, JKU]


def test_an_address_that_failed_is_left_alone_a_while_and_believed_once_it_answers():
    asked, clock, found = [], [NOW], [None]

    def fetch(address: str) -> Any:
        asked.append(address)
        if found[0] is None:
            raise TokenRefused("no answer")
        return found[0]

    checks = verifier(fetch=fetch, clock=lambda: clock[0])
    for _ in range(3):
        with pytest.raises(TokenRefused, match="no answer"):
            checks.verify(signed(), [HERE])
    found[0] = KEYS
    assert asked == [JKU]
    clock[0] += ASK_AGAIN
    assert checks.verify(signed(), [HERE])
    assert asked == [JKU, JKU]


def test_keys_that_do_not_come_hold_up_no_other_client_nor_their_own_known_keys():
    other = Client("https://other.example", jku="https://other.example/keys")
    hangs, asked, clock = threading.Event(), threading.Event(), [NOW]

    def fetch(address: str) -> Any:
        if address == JKU and clock[0] > NOW:
            asked.set()
            hangs.wait(10)
            raise TokenRefused("no answer")
        return KEYS

    checks = TokenVerifier([Client(ISSUER, jku=JKU), other], fetch=fetch, clock=lambda: clock[0])
    assert checks.verify(signed(), [HERE])
    clock[0] += ASK_AGAIN
    forged = signed(header(kid="nobody's"))
    with ThreadPoolExecutor(2) as pool:
        try:
            waiting = [pool.submit(checks.verify, forged, [HERE]) for _ in range(2)]
            assert asked.wait(5)
            assert checks.verify(signed(), [HERE])
            assert checks.verify(signed(header(jku=None), claims(iss=other.issuer)), [HERE])
            assert not any(one.done() for one in waiting)
        finally:
            hangs.set()
        assert all(isinstance(one.exception(), TokenRefused) for one in waiting)
        hangs.clear()
        asked.clear()
        clock[0] += ASK_AGAIN
        try:
            waiting = [pool.submit(checks.verify, forged, [HERE])]
            assert asked.wait(5)
            with pytest.raises(TokenRefused, match="kid"):  # the address is known to fail: one alone waits for it
                checks.verify(forged, [HERE])
            assert not waiting[0].done()
        finally:
            hangs.set()


@pytest.mark.parametrize("keys", [None, [], {"keys": None}, {"keys": [1, "x"]}, {"keys": [{"kid": "ec", "kty": "EC"}]}])
def test_a_broken_set_of_keys_refuses_and_never_breaks(keys):
    assert refusal(signed(), fetch=lambda _: keys)


def test_keys_may_come_from_a_file_and_then_no_address_is_asked(tmp_path):
    (tmp_path / "keys.json").write_text(json.dumps(KEYS), "utf-8")

    def fetch(address: str) -> Any:
        raise AssertionError(address)

    client = Client(ISSUER, file=tmp_path / "keys.json")
    assert TokenVerifier([client], fetch=fetch, clock=lambda: NOW).verify(signed(), [HERE])


@pytest.mark.parametrize("address", ["http://ehr.example/keys", "file:///etc/passwd", "ftp://x"])
def test_keys_are_not_fetched_over_an_open_line(address):
    with pytest.raises(ValueError, match="https"):
        Client(ISSUER, jku=address)


ODD = st.none() | st.text() | st.integers() | st.floats() | st.booleans() | st.lists(st.text())


@given(
    st.dictionaries(st.sampled_from(["iss", "aud", "exp", "iat", "jti", "nbf", "tenant"]), ODD),
    st.dictionaries(st.sampled_from(["typ", "kid"]), st.text()),
)
def test_whatever_is_signed_is_accepted_or_refused_and_never_breaks(body, head):
    try:
        verifier().verify(signed(header(**head), {**claims(), **body}), [HERE])
    except TokenRefused:
        assert head or body


@given(st.text() | st.lists(st.text(alphabet="abcEJ019-_", max_size=40), min_size=3, max_size=3).map(".".join))
def test_whatever_stands_in_the_header_is_refused_and_never_breaks(text):
    with pytest.raises(TokenRefused):
        verifier().verify(f"Bearer {text}", [HERE])


def test_a_call_without_a_token_gets_no_card_and_says_why():
    service = Service(150, verifier=verifier())
    request = view_request(resources(mrd_samples=CONFIRMED))
    for path in (PATIENT_VIEW, f"{PATIENT_VIEW}/feedback"):
        answer = service.client.post(f"/cds-services/{path}", json=request)
        assert answer.status_code == 401
        assert answer.json() == {"error": "not authenticated: the Authorization header is missing"}
    answer = service.client.post(f"/cds-services/{PATIENT_VIEW}", json=request, headers={"Authorization": signed()})
    assert answer.status_code == 200
    assert answer.json()["cards"]

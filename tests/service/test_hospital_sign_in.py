"""Signing in through the hospital, against a provider that runs and speaks the protocol; and what an attacker would try."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx2
import pytest
import stand_in_provider as standing
from accessible_pages import wrong_with
from cryptography.fernet import Fernet
from playwright.sync_api import Browser
from sqlalchemy import select
from stand_in_provider import CLIENT, SECRET, SUBJECT, Bent, StandIn, running

from ports import free_port
from service_running import Client
from tenfold.service.access.permissions import Role
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration
from tenfold.service.store import accounts, schema, subjects
from tenfold.service.store.outcome import Refused
from tenfold.service.store.store import Store

HERE = "http://127.0.0.1:8765"


@pytest.fixture(scope="module")
def standing_in() -> Iterator[StandIn]:
    port = free_port()
    one = StandIn(port)
    with running(one.app(), port):
        yield one


@pytest.fixture
def hospital(standing_in: StandIn) -> StandIn:
    standing_in.bent, standing_in.algorithm = Bent(), "RS256"
    standing_in.asked.clear()
    return standing_in


@pytest.fixture
def visitor(hospital: StandIn, store: Store) -> Client:
    """A browser before the sign-in of a hospital that knows one of our accounts."""
    number = accounts.centres(store)["North"]
    accounts.add_account(store, "known there", None, [Role.CLINICIAN], number, subject=f"{hospital.base}|{SUBJECT}")
    return browsing(hospital, store)


def browsing(hospital: StandIn, store: Store, **more: Any) -> Client:
    given = {"issuer": hospital.base, "client_id": CLIENT, "client_secret": SECRET, "name": "North Hospital"}
    app = create_app(Configuration(oidc={**given, **more}), store)
    return Client(app, base_url=HERE, raise_server_exceptions=False, follow_redirects=False)


def at_the_hospital(address: str) -> str:
    """The address to which the hospital's sign-in sends the browser back."""
    return str(httpx2.get(address).headers["location"])


def back(visitor: Client, start: str = "/sign-in/hospital") -> str:
    """Go to the hospital's sign-in and come back as far as the address with the code."""
    return at_the_hospital(visitor.get(start).headers["location"])


def actions(store: Store) -> list[tuple[str, str | None, dict[str, Any]]]:
    with store.reading() as connection:
        found = connection.execute(select(schema.audit).order_by(schema.audit.c.id.desc()).limit(3)).mappings()
        return [(row["action"], row["account"], row["detail"]) for row in found]


def refused(visitor: Client, address: str) -> str:
    """The words of a refusal, which begins no session and stands in the trail."""
    answer = visitor.get(address)
    assert answer.status_code in (403, 502), answer.text
    assert "tenfold" not in visitor.cookies
    action, _, _ = actions(visitor.app.state.service.store)[0]
    assert action == "sign-in refused"
    return answer.text


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "ES384"])
def test_whom_the_hospital_knows_is_signed_in_and_comes_to_the_page_that_was_asked_for(
    visitor: Client, hospital: StandIn, algorithm: str
) -> None:
    hospital.algorithm = algorithm
    answer = visitor.get(back(visitor, "/sign-in/hospital?next=/worklist"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/worklist")
    assert "known there" in visitor.get("/worklist").text
    assert ("signed in", "known there") in [one[:2] for one in actions(visitor.app.state.service.store)]
    asked = dict(hospital.asked)["/authorize"]
    assert asked["redirect_uri"] == f"{HERE}/sign-in/hospital/callback"
    assert asked["scope"] == "openid"


def test_the_sign_in_page_offers_the_hospital_and_keeps_the_page_that_was_asked_for(visitor: Client) -> None:
    page = visitor.get("/sign-in?next=/worklist").text
    assert 'href="/sign-in/hospital?next=/worklist"' in page
    assert "Sign in with North Hospital" in page


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_coming_back_leads_to_no_other_site(visitor: Client, address: str) -> None:
    start = f"/sign-in/hospital?{urllib.parse.urlencode({'next': address})}"
    assert visitor.get(back(visitor, start)).headers["location"] == "/"


def test_the_cookie_on_the_way_is_sealed_short_lived_and_kept_from_scripts(visitor: Client) -> None:
    answer = visitor.get("/sign-in/hospital")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "Max-Age=600", "SameSite=lax"} <= set(cookie.split("; "))
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).query)["state"][0]
    assert state not in cookie


def test_what_the_provider_says_of_itself_and_its_keys_are_asked_for_once(visitor: Client, hospital: StandIn) -> None:
    for _ in range(3):
        assert visitor.get(back(visitor)).status_code == 303
    paths = [path for path, _ in hospital.asked]
    assert (paths.count("/.well-known/openid-configuration"), paths.count("/keys")) == (1, 1)


def test_an_unknown_person_is_refused_by_the_name_that_an_administrator_adds(
    hospital: StandIn, store: Store, client: Callable[..., Client]
) -> None:
    visitor = browsing(hospital, store)
    subject = f"{hospital.base}|{SUBJECT}"
    assert subject in refused(visitor, back(visitor))
    one = client("administrator")
    given = {"name": "new colleague", "subject": subject, "role": "viewer"}
    assert one.post_form("/administration/accounts", given).status_code == 303
    assert visitor.get(back(visitor)).status_code == 303
    assert "new colleague" in visitor.get("/").text


def test_an_account_is_never_found_by_its_e_mail_address_or_its_name(hospital: StandIn, store: Store) -> None:
    number = accounts.centres(store)["North"]
    accounts.add_account(store, "somebody@hospital.example", None, [Role.VIEWER], number)
    visitor = browsing(hospital, store)
    hospital.bent = Bent(claims={"email_verified": True, "preferred_username": "north administrator"})
    assert "no account of this service is yours" in refused(visitor, back(visitor))


def test_who_was_shut_out_here_stays_out(visitor: Client, store: Store) -> None:
    accounts.change_account(store, accounts.account_named(store, "known there")["id"], "test", active=False)
    assert "shut out" in refused(visitor, back(visitor))


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(visitor: Client, store: Store) -> None:
    address = back(visitor)
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["state"][0]
    assert "not asked for by this browser" in refused(visitor, address.replace(state, "x" * len(state)))
    assert "not asked for by this browser" in refused(visitor, address.replace(f"state={state}", "state="))
    other = Client(visitor.app, base_url=HERE, follow_redirects=False)
    assert "not asked for by this browser" in refused(other, address)


def test_an_answer_that_comes_too_late_is_refused(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = back(visitor)
    real = time.time
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: real() + 601)
    assert "longer than ten minutes ago" in refused(visitor, address)


def test_a_code_works_once(visitor: Client) -> None:
    address = back(visitor)
    cookies = dict(visitor.cookies)
    assert visitor.get(address).status_code == 303
    visitor.cookies.clear()
    visitor.cookies.update(cookies)
    assert "the code was not accepted (invalid_grant)" in refused(visitor, address)


def test_a_cookie_of_another_way_of_signing_in_is_not_taken(visitor: Client, store: Store) -> None:
    address = back(visitor)
    [name] = visitor.cookies
    sealed = visitor.cookies[name]
    cipher: Fernet = store.cipher
    bent = cipher.decrypt(sealed.encode()).replace(b'"kind": "hospital"', b'"kind": "smart"')
    visitor.cookies.clear()
    visitor.cookies.set(name, cipher.encrypt(bent).decode())
    assert "not asked for by this browser" in refused(visitor, address)


NOW = time.time()
ATTACKS = [
    (Bent(claims={"nonce": "another"}), "not of this sign-in (nonce)"),
    (Bent(claims={"nonce": None}), "not of this sign-in (nonce)"),
    (Bent(claims={"aud": "somebody-else"}), "another application"),
    (Bent(claims={"aud": [CLIENT, "somebody-else"]}), "another application"),
    (Bent(claims={"aud": [CLIENT], "azp": "somebody-else"}), "another application"),
    (Bent(claims={"aud": None}), "another application"),
    (Bent(claims={"iss": "https://evil.example"}), "another issuer"),
    (Bent(claims={"iss": None}), "another issuer"),
    (Bent(claims={"exp": int(NOW) - 100}), "has expired"),
    (Bent(claims={"exp": None}), "until when it holds"),
    (Bent(claims={"exp": "tomorrow"}), "exp is no time"),
    (Bent(claims={"iat": int(NOW) + 1000}), "from the future"),
    (Bent(claims={"sub": None}), "names nobody"),
    (Bent(claims={"sub": ""}), "names nobody"),
    (Bent(claims={"sub": 7}), "names nobody"),
    (Bent(sign=standing.unsigned), "must be signed with"),
    (Bent(sign=standing.with_the_client_secret), "must be signed with"),
    (Bent(sign=standing.with_another_key), "signature is not the provider"),
    (Bent(header={"kid": "ES256"}), "names no key"),
    (Bent(header={"kid": "unknown"}), "names no key"),
    (Bent(header={"typ": "at+jwt"}), "unknown kind"),
    (Bent(answer={"id_token": None}), "no ID token"),
    (Bent(answer={"id_token": "a.b.c"}), "cannot be read"),
]


@pytest.mark.parametrize(("bent", "why"), ATTACKS, ids=lambda one: one if isinstance(one, str) else "")
def test_an_id_token_that_is_not_right_signs_nobody_in(
    visitor: Client, hospital: StandIn, bent: Bent, why: str
) -> None:
    address = back(visitor)
    hospital.bent = bent
    assert why in refused(visitor, address).replace("&#39;", "'")


def test_the_public_key_is_no_secret_to_sign_with(visitor: Client, hospital: StandIn) -> None:
    public = hospital.keys["RS256"].as_pem(private=False)
    hospital.bent = Bent(sign=partial(standing.with_a_shared_secret, public))
    assert "must be signed with" in refused(visitor, back(visitor))


def test_a_new_key_of_the_provider_is_fetched_when_it_signs(
    visitor: Client, hospital: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert visitor.get(back(visitor)).status_code == 303
    old = hospital.keys["ES384"]
    hospital.keys["newer"] = standing.RSAKey.generate_key(2048)
    hospital.bent = Bent(
        sign=lambda header, claims: standing.jwt.encode({**header, "kid": "newer"}, claims, hospital.keys["newer"])
    )
    monkeypatch.setattr("tenfold.service.access.oidc.ASK_AGAIN", 0)
    assert visitor.get(back(visitor)).status_code == 303
    del hospital.keys["newer"]
    assert hospital.keys["ES384"] is old


def test_what_was_not_completed_there_is_said_without_repeating_what_an_address_brings(visitor: Client) -> None:
    def came(error: str) -> str:
        visitor.get("/sign-in/hospital")
        address = visitor.get("/sign-in/hospital").headers["location"]
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["state"][0]
        return refused(
            visitor, f"/sign-in/hospital/callback?{urllib.parse.urlencode({'state': state, 'error': error})}"
        )

    assert "not completed (access_denied)" in came("access_denied")
    assert "call 555" not in came("call 555 at once")


def test_an_answer_that_says_it_is_of_another_issuer_is_refused(visitor: Client) -> None:
    assert "of another issuer" in refused(visitor, f"{back(visitor)}&iss=https://evil.example")


BENT_DISCOVERIES = [
    ({"issuer": "https://evil.example"}, "says that it is another issuer"),
    ({"token_endpoint": "https://evil.example/token"}, "token_endpoint is not"),
    ({"token_endpoint": "http://127.0.0.1:1/token"}, "token_endpoint is not"),
    ({"jwks_uri": "http://169.254.169.254/latest/meta-data"}, "jwks_uri is not"),
    ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint is not"),
    ({"authorization_endpoint": None}, "authorization_endpoint is not"),
]


@pytest.mark.parametrize(("bent", "why"), BENT_DISCOVERIES)
def test_no_address_but_the_providers_own_is_asked(
    visitor: Client, hospital: StandIn, bent: dict[str, Any], why: str
) -> None:
    hospital.bent = Bent(discovery=bent)
    assert why in refused(visitor, "/sign-in/hospital").replace("&#39;", "'")


def test_a_further_host_is_asked_only_where_it_is_listed(hospital: StandIn, store: Store) -> None:
    hospital.bent = Bent(discovery={"jwks_uri": "https://keys.hospital.example/keys"})
    assert "jwks_uri is not" in refused(browsing(hospital, store), "/sign-in/hospital").replace("&#39;", "'")
    listed = browsing(hospital, store, hosts="keys.hospital.example, other.hospital.example")
    assert listed.get("/sign-in/hospital").status_code == 303


def test_a_provider_that_is_down_is_said_and_left_alone_for_a_while(visitor: Client, hospital: StandIn) -> None:
    hospital.bent = Bent(down=True)
    for _ in range(3):
        assert "does not answer at present" in refused(visitor, "/sign-in/hospital").replace("&#39;", "'")
    assert [path for path, _ in hospital.asked] == ["/.well-known/openid-configuration"]


def test_refusals_of_one_address_do_not_fill_the_trail(visitor: Client, store: Store) -> None:
    def entries() -> int:
        with store.reading() as connection:
            return store.trail.verify(connection).entries

    for _ in range(30):
        visitor.get("/sign-in/hospital/callback?state=guess&code=1")
    before = entries()
    assert visitor.get("/sign-in/hospital/callback?state=guess&code=1").status_code == 429
    assert entries() == before


def test_without_a_hospital_the_address_says_so(client: Callable[..., Client]) -> None:
    answer = client().get("/sign-in/hospital")
    assert (answer.status_code, "not set up here" in answer.text) == (404, True)


def test_a_subject_belongs_to_one_account_and_is_not_taken_from_another_centre(
    visitor: Client, hospital: StandIn, client: Callable[..., Client], store: Store
) -> None:
    subject, one = f"{hospital.base}|{SUBJECT}", client("administrator")
    taken = one.post_form("/administration/accounts", {"name": "x", "subject": subject, "role": "viewer"})
    assert (taken.status_code, "another account has this subject" in taken.text.lower()) == (422, True)
    other = {"name": "south viewer", "subject": f"{hospital.base}|other", "role": "viewer"}
    assert one.post_form("/administration/accounts", other).status_code == 422
    south = accounts.account_named(store, "south viewer")["id"]
    assert one.post_form(f"/administration/accounts/{south}/subject", {"subject": other["subject"]}).status_code == 404
    assert subjects.account_of(store, other["subject"]) is None
    odd = one.post_form("/administration/accounts", {"name": "y", "subject": "just a name", "role": "viewer"})
    assert "a subject is the line" in odd.text.lower()


def test_a_member_can_be_given_a_subject_and_keep_a_way_in_when_it_is_taken_away(
    hospital: StandIn, client: Callable[..., Client], store: Store
) -> None:
    visitor, one = browsing(hospital, store), client("administrator")
    number = accounts.account_named(store, "north viewer")["id"]
    given = {"subject": f"{hospital.base}|{SUBJECT}"}
    assert one.post_form(f"/administration/accounts/{number}/subject", given).status_code == 303
    assert visitor.get(back(visitor)).status_code == 303
    assert one.post_form(f"/administration/accounts/{number}/subject", {"subject": ""}).status_code == 303
    assert visitor.get("/").status_code == 303
    alone = accounts.add_account(store, "z", None, [], 1, subject="https://a|b")
    with pytest.raises(Refused, match="no password"):
        subjects.set_subject(store, alone.id, None, "test")


def test_who_has_a_password_as_well_still_needs_a_second_factor_here(
    visitor: Client, hospital: StandIn, store: Store
) -> None:
    configuration = Configuration(
        second_factor_required=True, oidc={"issuer": hospital.base, "client_id": CLIENT, "client_secret": SECRET}
    )
    one = Client(create_app(configuration, store), base_url=HERE, follow_redirects=False)
    assert one.get(back(one)).status_code == 303
    assert one.get("/").status_code == 200
    number = accounts.account_named(store, "known there")["id"]
    accounts.change_account(store, number, "test", password="four more plain words")
    assert one.get(back(one)).status_code == 303
    assert one.get("/").headers["location"] == "/account"


def test_a_person_signs_in_through_the_hospital_in_a_browser_on_pages_that_everybody_can_read(
    browser: Browser, hospital: StandIn, store: Store
) -> None:
    port = free_port()
    given = {"issuer": hospital.base, "client_id": CLIENT, "client_secret": SECRET, "name": "North Hospital"}
    with running(create_app(Configuration(port=port, oidc=given), store), port) as address:
        page = browser.new_page()
        page.goto(f"{address}/worklist")
        assert wrong_with(page) == []
        page.get_by_role("link", name="Sign in with North Hospital").click()
        subject = page.locator("code.secret").inner_text()
        assert subject == f"{hospital.base}|{SUBJECT}"
        assert wrong_with(page) == []
        number = accounts.centres(store)["North"]
        accounts.add_account(store, "known there", None, [Role.VIEWER], number, subject=subject)
        page.goto(f"{address}/sign-in?next=/worklist")
        page.get_by_role("link", name="Sign in with North Hospital").click()
        page.wait_for_url(f"{address}/worklist")
        assert page.get_by_role("link", name="known there").is_visible()
        page.context.close()

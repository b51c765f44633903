"""Tokens and second factors: what they open, who makes them, and what withdraws them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from members_acting import ANOTHER, number_of, patient_of, told, trail, with_token
from sqlalchemy import update

from service_running import PASSWORD, Client, centre_of
from tenfold.service.access import second_factor
from tenfold.service.access.permissions import Role
from tenfold.service.store import accounts, schema, sessions
from tenfold.service.store.outcome import Refused
from tenfold.service.store.store import Store


def test_a_token_opens_what_is_for_programs_and_no_page_for_people(client: Callable[..., Client], store: Store) -> None:
    one = with_token(client, store, "administrator")
    assert one.get("/api/v1/patients").status_code == 200
    for address in ("/", "/account", "/administration"):
        assert one.get(address, follow_redirects=False).headers["location"].startswith("/sign-in")
    taken = one.post("/account/second-factor", data={"secret": "x", "code": "1"}, follow_redirects=False)
    assert taken.headers["location"].startswith("/sign-in")
    added = one.post("/administration/accounts", data={"name": "eve", "password": ANOTHER, "role": "viewer"})
    assert accounts.account_named(store, "eve") is None, added.status_code


def test_the_audit_trail_names_the_token_with_which_somebody_read(client: Callable[..., Client], store: Store) -> None:
    key = patient_of(store).id
    one = with_token(client, store, "viewer")
    one.get(f"/api/v1/patients/{key}/records")
    told(one)
    assert ("north viewer by token nightly", "seen", key) in {
        (row["account"], row["action"], row["subject"]) for row in trail(store)
    }


def test_an_account_makes_its_own_token_with_its_password_and_withdraws_it(
    client: Callable[..., Client], store: Store
) -> None:
    one = client("viewer")
    assert one.post_form("/account/tokens", {"name": "x", "password": "wrong"}).status_code == 422
    assert sessions.tokens(store, centre_of(store).id) == []
    page = one.post_form("/account/tokens", {"name": "x", "password": PASSWORD}).text
    secret = page.partition('<code class="secret">')[2].partition("<")[0]
    [made] = sessions.tokens(store, centre_of(store).id)
    signed: Any = sessions.token_of(store, secret)
    assert signed.account == "north viewer"
    assert client("clinician").post_form(f"/account/tokens/{made['id']}/withdraw").status_code == 404
    assert one.post_form(f"/account/tokens/{made['id']}/withdraw").status_code == 303
    assert sessions.token_of(store, secret) is None


def test_a_new_password_and_shutting_out_withdraw_the_tokens_of_every_centre_for_good(
    client: Callable[..., Client], store: Store
) -> None:
    number, south = number_of(store, "north viewer"), accounts.centres(store)["South"]
    accounts.set_roles(store, number, south, [Role.VIEWER], "test")

    def made(centre: int) -> str:
        return sessions.new_token(store, number, centre, "nightly", 366, "north viewer")

    secrets = [made(centre_of(store).id), made(south)]
    given = {"old": PASSWORD, "new": ANOTHER}
    assert client("viewer").post_form("/account/password", given).status_code == 303
    assert [sessions.token_of(store, secret) for secret in secrets] == [None, None]
    for centre in ("North", "South"):
        assert [row["action"] for row in trail(store, centre)][-1] == "token withdrawn"
    secret = made(south)
    accounts.change_account(store, number, "test", active=False)
    accounts.change_account(store, number, "test", active=True)
    assert sessions.token_of(store, secret) is None
    assert sum(row["action"] == "token withdrawn" for row in trail(store, "South")) == 2
    assert "tokens of programs are withdrawn" in client("viewer").get("/account").text


def test_an_administrator_makes_no_token_for_somebody_else(client: Callable[..., Client], store: Store) -> None:
    given = {"account": str(number_of(store, "north clinician")), "name": "sly", "days": "1"}
    assert client("administrator").post_form("/administration/tokens", given).status_code in (404, 405)
    assert sessions.tokens(store, centre_of(store).id) == []


def test_a_second_factor_needs_the_password_ends_other_sessions_and_its_code_is_used(
    client: Callable[..., Client], store: Store
) -> None:
    one, other = client("viewer"), client("viewer")
    plain = second_factor.new_secret()
    code = pyotp.TOTP(plain).now()
    given = {"secret": second_factor.sealed(store.cipher, plain, number_of(store, "north viewer")), "code": code}
    assert one.post_form("/account/second-factor", given).status_code == 422
    assert one.post_form("/account/second-factor", {**given, "password": PASSWORD}).status_code == 303
    assert one.get("/account", follow_redirects=False).status_code == 200
    assert other.get("/account", follow_redirects=False).status_code == 303
    again = client().post("/sign-in", data={"name": "north viewer", "password": PASSWORD, "code": code})
    assert again.status_code == 401
    with pytest.raises(Refused, match="already"):
        accounts.keep_second_factor(store, number_of(store, "north viewer"), second_factor.new_secret(), "test")


def test_a_program_uses_up_nothing_of_its_owners(client: Callable[..., Client], store: Store) -> None:
    program, owner = with_token(client, store, "viewer"), client("viewer")
    owner.app.state.service.requests.most = 2  # type: ignore[attr-defined]
    assert [program.get("/api/v1/worklist").status_code for _ in range(3)][-1] == 429
    assert owner.get("/account").status_code == 200


def test_only_the_secret_that_the_page_sealed_for_this_account_sets_up_a_second_factor(
    client: Callable[..., Client], store: Store
) -> None:
    one, number = client("viewer"), number_of(store, "north viewer")
    secret = second_factor.new_secret()
    others = [
        store.cipher.encrypt(b'{"kind": "hospital"}').decode(),
        store.cipher.encrypt(secret.encode()).decode(),
        second_factor.sealed(store.cipher, secret, number + 1),
    ]
    for sealed in (*others, second_factor.sealed(store.cipher, secret, number)):
        given = {"secret": sealed, "code": pyotp.TOTP(secret).now(), "password": PASSWORD}
        answer = one.post_form("/account/second-factor", given)
        assert answer.status_code == (422 if sealed in others else 303)


def test_an_account_that_signs_with_its_name_alone_makes_no_token_that_lasts(
    client: Callable[..., Client], store: Store
) -> None:
    with store.writing() as connection:
        mine = schema.account.c.name == "north viewer"
        connection.execute(update(schema.account).where(mine).values(password=None, subject="https://id.example|7"))
    one, named = client("viewer"), {"name": "nightly", "password": "north viewer"}
    assert "7 days at most" in one.post_form("/account/tokens", {**named, "days": 8}).text
    assert "<code" in one.post_form("/account/tokens", named).text
    [made] = sessions.tokens(store, centre_of(store).id)
    assert (made["expires_at"] - made["created_at"]).days == 7
    assert 'value="7" min="1" max="7"' in one.get("/account").text
    assert 'value="90" min="1" max="366"' in client("clinician").get("/account").text

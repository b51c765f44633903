"""Signing in, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service_running import PASSWORD, Client
from tenfold.service.access import second_factor
from tenfold.service.store import accounts
from tenfold.service.store.store import Store


def test_who_is_not_signed_in_is_asked_to_and_comes_back_to_the_page(client: Callable[..., Client]) -> None:
    answer = client().get("/", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/"


def test_a_right_password_begins_a_session_and_a_wrong_one_does_not(client: Callable[..., Client]) -> None:
    one = client()
    wrong = one.post("/sign-in", data={"name": "north viewer", "password": "wrong"})
    assert wrong.status_code == 401
    assert "tenfold" not in one.cookies
    right = one.post("/sign-in", data={"name": "north viewer", "password": PASSWORD})
    assert right.status_code == 200
    assert "Patients" in right.text


def test_nobody_learns_from_the_answer_whether_a_name_exists(client: Callable[..., Client]) -> None:
    one = client()
    texts = {one.post("/sign-in", data={"name": name, "password": "x"}).text for name in ("north viewer", "nobody")}
    assert len(texts) == 1


def test_after_five_wrong_passwords_the_right_one_has_to_wait(client: Callable[..., Client]) -> None:
    one = client()
    for _ in range(5):
        one.post("/sign-in", data={"name": "north viewer", "password": "wrong"})
    answer = one.post("/sign-in", data={"name": "north viewer", "password": PASSWORD})
    assert answer.status_code == 429


def test_with_a_second_factor_the_password_alone_does_not_do_and_a_code_works_once(
    client: Callable[..., Client], store: Store
) -> None:
    found = accounts.account_named(store, "north viewer")
    secret = second_factor.new_secret()
    accounts.keep_second_factor(store, found["id"], secret, "test")
    import pyotp

    code = pyotp.TOTP(secret).now()
    given = {"name": "north viewer", "password": PASSWORD}
    assert client().post("/sign-in", data=given).status_code == 401
    assert client().post("/sign-in", data={**given, "code": code}).status_code == 200
    assert client().post("/sign-in", data={**given, "code": code}).status_code == 401


def test_a_form_of_another_page_changes_nothing(client: Callable[..., Client]) -> None:
    one = client("viewer")
    assert one.post("/demonstration", data={"csrf": "guess"}).status_code == 403
    assert one.post_form("/demonstration").status_code == 303


@pytest.mark.parametrize("address", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_signing_in_leads_to_no_other_site(client: Callable[..., Client], address: str) -> None:
    given = {"name": "north viewer", "password": PASSWORD, "next": address}
    assert client().post("/sign-in", data=given, follow_redirects=False).headers["location"] == "/"


def test_the_published_patients_go_into_a_centre_of_their_own(client: Callable[..., Client]) -> None:
    one = client("clinician")
    one.post_form("/demonstration")
    page = one.get("/").text
    assert "tiong" in page.lower()
    assert "Published patients (demonstration)" in page
    assert "There is nobody" in client("clinician", "South").get("/").text

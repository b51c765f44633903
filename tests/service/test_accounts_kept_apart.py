"""Accounts, tokens, the demonstration, the centre that a form holds, and who saw whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from service_running import PASSWORD, Client, centre_of
from tenfold.cli import app as command
from tenfold.service.access import second_factor
from tenfold.service.access.permissions import Role
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration
from tenfold.service.store import accounts, schema, sessions
from tenfold.service.store.centre import Patient
from tenfold.service.store.meetings import add_meeting
from tenfold.service.store.outcome import Refused
from tenfold.service.store.store import Store

ANOTHER = "another four plain words"


def number_of(store: Store, name: str) -> int:
    found: Any = accounts.account_named(store, name)
    return int(found["id"])


def trail(store: Store, centre: str = "North") -> list[Any]:
    table = schema.audit
    with store.reading() as connection:
        asked = select(table).where(table.c.centre == accounts.centres(store)[centre]).order_by(table.c.id)
        return list(connection.execute(asked).mappings())


def with_token(client: Callable[..., Client], store: Store, role: str) -> Client:
    one, name = client(), f"north {role}"
    made = sessions.new_token(store, number_of(store, name), centre_of(store).id, "nightly", 1, name)
    one.headers["authorization"] = f"Bearer {made}"
    return one


def patient_of(store: Store, name: str = "North") -> Patient:
    centre = centre_of(store, name)
    with centre.writing() as connection:
        return centre.new_patient(connection, "A-1")


def test_a_form_of_one_centre_is_not_written_into_the_centre_of_another_window(
    client: Callable[..., Client], store: Store
) -> None:
    south = accounts.centres(store)["South"]
    accounts.set_roles(store, number_of(store, "north clinician"), south, [Role.CLINICIAN], "test")
    one = client("clinician")
    shown = one.csrf
    assert one.post_form("/centre", {"centre": str(south)}).status_code == 303
    late = one.post("/patients/new", data={"csrf": shown, "patient_id": "A-1"}, follow_redirects=False)
    assert late.status_code == 409
    assert "is page is of North, and in another window you went on to South" in late.text
    by_script = one.post("/patients/rows", headers={"x-csrf-token": shown})
    assert by_script.status_code == 409
    assert centre_of(store, "South").patients() == []
    assert one.post("/sign-out", data={"csrf": shown}, follow_redirects=False).status_code == 303


def test_a_proof_in_letters_that_no_proof_has_is_refused_in_words(client: Callable[..., Client]) -> None:
    assert client("viewer").post("/demonstration", data={"csrf": "é.é"}).status_code == 403


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
    given = {"secret": store.cipher.encrypt(plain.encode()).decode(), "code": code}
    assert one.post_form("/account/second-factor", given).status_code == 422
    assert one.post_form("/account/second-factor", {**given, "password": PASSWORD}).status_code == 303
    assert one.get("/account", follow_redirects=False).status_code == 200
    assert other.get("/account", follow_redirects=False).status_code == 303
    again = client().post("/sign-in", data={"name": "north viewer", "password": PASSWORD, "code": code})
    assert again.status_code == 401
    with pytest.raises(Refused, match="already"):
        accounts.keep_second_factor(store, number_of(store, "north viewer"), second_factor.new_secret(), "test")


def test_who_looks_at_the_demonstration_is_a_viewer_there_and_still_ones_own_centres_member(
    client: Callable[..., Client], store: Store
) -> None:
    one, administrator = client("administrator"), client("administrator")
    clinician = client("clinician")
    clinician.post_form("/demonstration")
    one.post_form("/demonstration")
    assert one.get("/administration").status_code == 403
    assert clinician.post_form("/patients/new", {"patient_id": "mine"}).status_code == 403
    place, number = accounts.centres(store)[accounts.DEMONSTRATION], number_of(store, "north clinician")
    with pytest.raises(Refused, match="nobody is more than a viewer"):
        accounts.set_roles(store, number, place, [Role.CLINICIAN], "test")
    with pytest.raises(Refused, match="kept"):
        accounts.add_centre(store, accounts.DEMONSTRATION)
    answer = administrator.post_form(f"/administration/accounts/{number}/active", {"active": "false"})
    assert answer.status_code == 303
    assert [row["subject"] for row in trail(store) if row["action"] == "account shut out"] == ["north clinician"]


def test_a_demonstration_whose_filling_was_cut_short_is_filled_by_the_next_who_looks(
    client: Callable[..., Client], store: Store
) -> None:
    accounts.demonstration_centre(store, "test")
    one = client("viewer")
    one.post_form("/demonstration")
    assert len(centre_of(store, accounts.DEMONSTRATION).patients()) > 10


def test_an_account_of_another_centre_is_neither_added_nor_taken_over(
    client: Callable[..., Client], store: Store
) -> None:
    north, south = client("administrator"), accounts.centres(store)["South"]
    number = number_of(store, "south viewer")
    said = north.post_form("/administration/accounts", {"name": "south viewer", "role": "viewer"})
    assert said.status_code == 422
    assert "tenfold store account" in said.text
    accounts.set_roles(store, number, south, [], "test")
    accounts.set_roles(store, number, centre_of(store).id, [Role.VIEWER], "test")
    for what in ("password", "second-factor", "subject", "active"):
        answer = north.post_form(f"/administration/accounts/{number}/{what}", {"password": ANOTHER, "active": "0"})
        assert answer.status_code == 403, what


def test_the_command_on_the_server_adds_resets_and_shuts_out(store: Store) -> None:
    url = store.engine.url.render_as_string(hide_password=False)

    def run(*given: str, said: str = "") -> Any:
        return CliRunner().invoke(command, ["store", "account", *given, "--store", url], input=said)

    added = run("south viewer", "--centre", "North", "--role", "viewer")
    assert "North: viewer" in added.output
    assert "South: viewer" in added.output
    assert run("south viewer", "--password", "--shut-out", said=f"{ANOTHER}\n").exit_code == 0
    found: Any = accounts.account_named(store, "south viewer")
    assert not found["active"]
    for centre in ("North", "South"):
        assert {"password set", "account shut out"} <= {row["action"] for row in trail(store, centre)}
    assert run("nobody").exit_code != 0
    assert run("south viewer", "--role", "viewer").exit_code != 0


def test_right_sign_ins_are_never_too_many_and_refused_ones_of_a_name_are_from_wherever(
    client: Callable[..., Client], store: Store
) -> None:
    one = Client(create_app(Configuration(), store), base_url="http://127.0.0.1:8765")
    service = one.app.state.service  # type: ignore[attr-defined]
    service.knocks.most = 3
    right = {"name": "north viewer", "password": PASSWORD}
    for _ in range(5):
        assert one.post("/sign-in", data=right, follow_redirects=False).status_code == 303
    service.knocks.most, service.names.most = 1000, 2
    for number in range(2):
        place = Client(one.app, base_url="http://127.0.0.1:8765", client=(f"192.0.2.{number}", 1))
        assert place.post("/sign-in", data={**right, "password": "x"}).status_code == 401
    assert one.post("/sign-in", data=right, follow_redirects=False).status_code == 429
    refused = [row for row in trail(store) if row["action"] == "sign-in refused"]
    assert [row["account"] for row in refused] == ["north viewer"] * 2


def test_who_looks_at_a_patient_is_told_once_an_hour_and_nobody_by_a_made_up_address(
    client: Callable[..., Client], store: Store
) -> None:
    key = patient_of(store).id
    one = client("viewer")
    for address in (f"/patients/{key}", f"/patients/{key}/records", f"/patients/{'0' * 32}"):
        one.get(address)
    client("clinician").get(f"/patients/{key}")
    seen = [(row["account"], row["subject"]) for row in trail(store) if row["action"] == "seen"]
    assert seen == [("north viewer", key), ("north clinician", key)]


def test_who_looks_at_a_list_of_patients_is_told_once_an_hour_wherever_it_stands(
    client: Callable[..., Client], store: Store
) -> None:
    key = patient_of(store).id
    number = add_meeting(centre_of(store), "2024-05-03", "Tumour board")
    one, program = client("viewer"), with_token(client, store, "viewer")
    for address in ("/", "/?order=name", "/worklist", "/meetings", f"/meetings/{number}"):
        assert one.get(address).status_code == 200
    for address in ("patients", "worklist", "endpoints"):
        assert program.get(f"/api/v1/{address}").status_code in (200, 202)
    assert one.get("/patients/progress").status_code in (200, 202)
    seen = {(row["account"], row["subject"]) for row in trail(store) if row["action"] == "seen"}
    lists = {"the list of patients", "the worklist"}
    assert seen == {("north viewer", name) for name in (*lists, "the meetings", "a meeting")} | {
        ("north viewer by token nightly", name) for name in (*lists, "the endpoints")
    }
    assert sum(row["subject"] == "the list of patients" for row in trail(store)) == 2
    [meeting] = [row["detail"] for row in trail(store) if row["subject"] == "a meeting"]
    assert meeting == {"number": number}
    assert key not in str([row["detail"] for row in trail(store) if row["action"] == "seen"])


def test_what_is_taken_away_is_in_the_trail(client: Callable[..., Client], store: Store) -> None:
    assert client("data manager").get("/meetings/decisions.csv").status_code == 200
    assert client("viewer").get("/cohort/study.toml").status_code == 200
    told = [row["detail"] for row in trail(store) if row["action"] == "downloaded"]
    assert told == [{"what": "decisions", "decisions": 0}, {"what": "study file of the cohort"}]

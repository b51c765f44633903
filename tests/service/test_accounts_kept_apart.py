"""Accounts, tokens, the demonstration, the centre that a form holds, and who saw whom."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from service_running import PASSWORD, Client, centre_of
from tenfold.cli import app as command
from tenfold.records import Registry
from tenfold.service.access import second_factor
from tenfold.service.access.permissions import Role
from tenfold.service.access.rate import place
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration
from tenfold.service.store import accounts, schema, sessions
from tenfold.service.store.centre import Patient
from tenfold.service.store.imports import store_registry
from tenfold.service.store.meetings import add_meeting, decide
from tenfold.service.store.outcome import Refused
from tenfold.service.store.store import Store

ANOTHER = "another four plain words"


def number_of(store: Store, name: str) -> int:
    found: Any = accounts.account_named(store, name)
    return int(found["id"])


def told(one: Client) -> None:
    """Wait until everything that was to be told stands in the trail: no page waits for it."""
    assert one.app.state.service.scribe.written(10)  # type: ignore[attr-defined]


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


def test_what_is_downloaded_from_a_page_of_one_centre_is_never_of_the_centre_of_another_window(
    client: Callable[..., Client], store: Store
) -> None:
    south = accounts.centres(store)["South"]
    accounts.set_roles(store, number_of(store, "north data manager"), south, [Role.DATA_MANAGER], "test")
    store_registry(centre_of(store), Registry.from_tables({"patients": [{"patient_id": "A-1", "sex": "male"}]}), "x")
    [decided] = [centre_of(store).patients()[0].id]
    told = {"option": "wait", "reason": "why", "decided_by": "board", "stood": {}, "revision": 0}
    decide(centre_of(store), decided, on="2024-05-03", meeting_id=None, **told)
    one = client("data manager")
    asked = f"?centre={centre_of(store).id}"
    assert f'name="centre" value="{centre_of(store).id}"' in one.get("/import").text
    assert f'href="/meetings/decisions.csv{asked}"' in one.get("/meetings").text
    names = {"/export": "tenfold-north-tables.zip", "/meetings/decisions.csv": "decisions-north.csv"}
    for address, name in names.items():
        assert one.get(address + asked).headers["content-disposition"] == f'attachment; filename="{name}"'
    assert one.get(f"/cohort/study.toml{asked}").status_code == 200
    one.post_form("/centre", {"centre": str(south)})
    for address in (*names, "/cohort/study.toml", "/cohort/table/times.csv", "/cohort/report.html"):
        late = one.get(address + asked)
        assert late.status_code == 409
        assert "is page is of North, and in another window you went on to South" in late.text


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


def test_one_machine_keeps_no_name_out_elsewhere_and_no_other_name_at_its_own_address(
    client: Callable[..., Client], store: Store
) -> None:
    def at(host: str) -> Client:
        return Client(app, base_url="http://127.0.0.1:8765", client=(host, 1))

    def tried(one: Client, name: str, password: str) -> int:
        return one.post("/sign-in", data={"name": name, "password": password}, follow_redirects=False).status_code

    app = create_app(Configuration(), store)
    app.state.service.attempts.most, app.state.service.names.most = 2, 3
    machine = [at(f"2001:db8::{number}") for number in range(5)]
    got = [tried(one, "north administrator", "x") for one in machine]
    assert got == [401] * 2 + [429] * 3
    assert tried(at("192.0.2.1"), "north administrator", PASSWORD) == 303
    assert tried(machine[0], "north clinician", PASSWORD) == 303
    app.state.service.knocks.most = 2
    assert tried(machine[0], "north viewer", "x") == 429
    assert app.state.service.names.wait("north viewer") == 0
    assert tried(at("2001:db8:0:1::1"), "north viewer", PASSWORD) == 303


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::/64"),
        ("::1", "::/64"),
        ("no address", "no address"),
        (None, ""),
    ],
)
def test_a_place_is_an_address_or_the_network_that_one_machine_has_to_itself(host: str | None, counted: str) -> None:
    assert place(host) == counted


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


def test_looks_stand_apart_in_the_trail_and_earlier_entries_are_a_page_away(
    client: Callable[..., Client], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.service.pages.administration.ENTRIES_SHOWN", 2)
    with store.writing() as connection:
        for action in ("roles set", "import stored", "export", "seen", "seen", "seen"):
            store.trail.add(connection, action, account=f"who {action}", centre=centre_of(store).id)
    one = client("administrator", "North")

    def shown(address: str) -> tuple[list[str], str | None]:
        page = one.get(address).text
        earlier = re.search(r'href="([^"#]*before=[^"#]*)', page)
        return re.findall(r'data-label="what">([^<]*)', page), earlier and html.unescape(earlier[1])

    looks, earlier = shown("/administration?looks=true")
    assert looks == ["seen"] * 2
    assert shown(earlier or "")[0] == ["seen"]
    done, address = [], "/administration"
    while address:
        found, address = shown(address)  # type: ignore[assignment]
        assert 0 < len(found) <= 2
        done += found
    assert "seen" not in done
    assert done[1:4] == ["export", "import stored", "roles set"]
    assert one.get("/administration?before=1").text.count("There is no earlier entry") == 1
    assert one.get(f"/administration?before={'9' * 30}").status_code == 200


def test_who_looks_at_a_patient_is_told_once_an_hour_and_nobody_by_a_made_up_address(
    client: Callable[..., Client], store: Store
) -> None:
    key = patient_of(store).id
    one = client("viewer")
    for address in (f"/patients/{key}", f"/patients/{key}/records", f"/patients/{'0' * 32}"):
        one.get(address)
    client("clinician").get(f"/patients/{key}")
    told(one)
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
    told(one)
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
    one = client("viewer")
    assert one.get("/cohort/study.toml").status_code == 200
    told(one)
    taken = [row["detail"] for row in trail(store) if row["action"] == "downloaded"]
    assert taken == [{"what": "decisions", "decisions": 0}, {"what": "study file of the cohort"}]

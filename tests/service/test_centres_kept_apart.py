"""A form, a download and an account are of one centre, and who looks at the demonstration is a viewer there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from members_acting import ANOTHER, number_of, trail
from typer.testing import CliRunner

from service_running import Client, centre_of
from tenfold.cli import app as command
from tenfold.records import Registry
from tenfold.service.access.permissions import Role
from tenfold.service.store import accounts
from tenfold.service.store.imports import store_registry
from tenfold.service.store.meetings import decide
from tenfold.service.store.outcome import Refused
from tenfold.service.store.store import Store


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

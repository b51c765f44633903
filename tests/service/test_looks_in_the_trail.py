"""The audit trail: a look at a patient or a list is told once an hour, and what is taken away is in it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from members_acting import patient_of, told, trail, with_token

from service_running import Client, centre_of
from tenfold.service.store.meetings import add_meeting
from tenfold.service.store.store import Store


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

"""The list of a centre's patients: where each stands, what needs attention, found and narrowed, a page at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from threading import Event
from typing import Any

import polars as pl
from sqlalchemy import insert

from service_running import Client, centre_of, close_first_entry
from tenfold.assessment import assess
from tenfold.records import Registry
from tenfold.records.tables import TABLES
from tenfold.service import answers, standings
from tenfold.service.answers import today
from tenfold.service.pages.patients import A_PAGE
from tenfold.service.store import accounts, schema, sessions
from tenfold.service.store.centre import Centre
from tenfold.service.store.entry import add_patient, write_facts
from tenfold.service.store.imports import store_registry
from tenfold.service.store.store import Store

LARGEST = 200_000
RELAPSE = "unconfirmed molecular relapse"


def several(*relapsing: str, quiet: tuple[str, ...] = ()) -> Registry:
    """Patients in remission; NPM1 of the first ones rises again, each a month later than the one before."""
    people: list[dict[str, Any]] = []
    responses: list[dict[str, Any]] = []
    samples: list[dict[str, Any]] = []
    for name in (*relapsing, *quiet):
        shared = {"patient_id": name, "marker": "NPM1", "tissue": "marrow", "method": "rt-qpcr", "adequate": True}
        people.append({"patient_id": name, "diagnosis_date": date(2024, 1, 8)})
        responses.append({"patient_id": name, "response_date": date(2024, 2, 20), "reported_response": "CR"})
        samples.append({**shared, "sample_id": f"{name}-1", "sample_date": date(2024, 3, 11), "detected": "no"})
        if name in relapsing:
            day = date(2024, 6 + relapsing.index(name), 3)
            level = {"value": 0.9, "scale": "percent_abl1", "detected": "yes"}
            samples.append({**shared, "sample_id": f"{name}-2", "sample_date": day, **level})
    nobody = {name: TABLES[name].empty("calendar") for name in ("transplants", "events", "treatments")}
    return Registry.from_tables({"patients": people, "responses": responses, "mrd_samples": samples, **nobody})


def assessed(one: Client) -> None:
    """Wait until every patient of the list is assessed."""
    until = time.monotonic() + 30
    while one.get("/patients/progress").status_code == 202:
        assert time.monotonic() < until


def imported(store: Store, registry: Registry, name: str = "North") -> Centre:
    centre = centre_of(store, name, f"{name.lower()} clinician")
    store_registry(centre, registry, "a test")
    return centre


def test_the_most_urgent_stands_first_the_longest_overdue_before_others(
    client: Callable[..., Client], store: Store
) -> None:
    imported(store, several("B-late", "A-later", quiet=("C-quiet",)))
    one = client("viewer")
    assessed(one)
    page = one.get("/").text
    assert page.index("B-late") < page.index("A-later") < page.index("C-quiet")
    by_name = one.get("/?order=name").text
    assert by_name.index("A-later") < by_name.index("B-late") < by_name.index("C-quiet")
    assert "MRD relapse, unconfirmed" in page
    assert "remission (reported CR, 20 February 2024)" in page
    assert "NPM1 in marrow: 0.9 % of ABL1, 3 June 2024" in page


def test_the_list_narrows_to_one_kind_of_attention_and_counts_it(client: Callable[..., Client], store: Store) -> None:
    imported(store, several("A", "B", quiet=("C",)))
    one = client("viewer")
    assessed(one)
    page = one.get("/?attention=unconfirmed-molecular-relapse").text
    assert "2 patients" in page
    assert ">C<" not in page
    assert '<span class="count">3</span>' in page


def test_what_is_looked_for_is_found_and_stands_in_no_address(client: Callable[..., Client], store: Store) -> None:
    imported(store, several("Ada-1", "Bo-2"))
    one = client("viewer")
    assessed(one)
    for address in ("/patients", "/patients/rows"):
        answer = one.post_form(address, {"find": "ADA"})
        assert "Ada-1" in answer.text
        assert "Bo-2" not in answer.text
    assert "<html" not in one.post_form("/patients/rows", {"find": "ADA"}).text
    assert "Nobody with “nothing like it” in the row" in one.post_form("/patients", {"find": "nothing like it"}).text


def test_a_closed_entry_needs_no_attention_until_it_is_opened_again(
    client: Callable[..., Client], store: Store
) -> None:
    centre = imported(store, several("A", "B"))
    key = next(one.id for one in centre.patients() if one.patient_id == "A")
    close_first_entry(centre, key, RELAPSE, "treated elsewhere, told by letter")
    one = client("viewer")
    assessed(one)
    page = one.get("/?attention=any").text
    assert "1 patient" in page
    assert ">B<" in page


def test_only_who_was_changed_is_assessed_again(client: Callable[..., Client], store: Store) -> None:
    centre = imported(store, several("A", "B"))
    about = centre.about()
    kept = standings.Standings()
    first = kept.of(centre, today(about), about, 30).standings
    changed = next(one for one in centre.patients() if one.patient_id == "A")
    sample = {
        "sample_id": "A-3",
        "sample_date": date(2024, 6, 24),
        "marker": "NPM1",
        "tissue": "marrow",
        "method": "rt-qpcr",
        "value": 4.0,
        "scale": "percent_abl1",
        "detected": "yes",
        "adequate": True,
    }
    write_facts(centre, changed.id, changed.revision, add={"mrd_samples": [sample]})
    second = kept.of(centre, today(about), centre.about(), 30).standings
    assert first[changed.id].states == ("MRD relapse, unconfirmed",)
    assert second[changed.id].states == ("MRD relapse, confirmed",)
    (other,) = [key for key in first if key != changed.id]
    assert second[other] is first[other]


def test_in_batches_or_at_once_everybody_stands_the_same(store: Store, monkeypatch: Any) -> None:
    centre = imported(store, several("A", "B", "C", quiet=("D", "E")))
    about = centre.about()
    at_once = standings.Standings().of(centre, today(about), about, 30)
    monkeypatch.setattr(standings, "BATCH", 2)
    in_batches = standings.Standings().of(centre, today(about), about, 30)
    assert at_once.standings == in_batches.standings
    assert in_batches.pending == 0


def test_without_time_nobody_is_told_of_who_is_not_assessed_yet(store: Store) -> None:
    centre = imported(store, several("A"))
    about = centre.about()
    seen = standings.Standings().of(centre, today(about), about, 0)
    assert seen.pending == len(seen.patients) == 1


def test_one_whose_records_cannot_be_read_is_said_so_and_sinks_nobody(
    client: Callable[..., Client], store: Store
) -> None:
    centre = imported(store, several("A", "B", "C"))
    key = next(one.id for one in centre.patients() if one.patient_id == "B")
    with centre.writing() as connection:
        change = centre.new_change(connection, "spoilt", key)
        spoilt = {"patient_id": "B", "sample_date": "the third of May"}
        row = {"centre": centre.id, "patient": key, "kind": "marrows", "content": spoilt, "added_by": change}
        connection.execute(insert(schema.record).values(row))
    one = client("viewer")
    assessed(one)
    page = one.get("/").text
    assert page.count("cannot be assessed") == 1
    assert page.index("cannot be assessed") < page.index(">A<")
    assert page.count("NPM1 in marrow") == 2
    found = accounts.account_named(store, "north viewer")
    program = client()
    program.headers["authorization"] = f"Bearer {sessions.new_token(store, found['id'], centre.id, 'test', 1, 'test')}"
    listed = program.get("/api/v1/patients").json()
    assert [one["patient_id"] for one in listed["patients"]] == ["A", "C"]
    counted = program.get("/api/v1/endpoints").json()
    assert {listed["not_assessed"][0], counted["not_assessed"][0]} == {key}
    assert counted["endpoints"]


def test_one_whose_records_make_polars_panic_is_said_so_and_sinks_nobody(store: Store, monkeypatch: Any) -> None:
    centre = imported(store, several("A", "B", "C"))

    def panicking(registry: Registry, *more: Any) -> Any:
        if "B" in registry.patient_ids()["patient_id"]:
            raise pl.exceptions.PanicException("index out of bounds")
        return assess(registry, *more)

    for room in (standings, answers):
        monkeypatch.setattr(room, "assess", panicking)
    about = centre.about()
    seen = standings.Standings().of(centre, today(about), about, 30)
    assert [(one.patient.patient_id, one.assessed) for one in seen.standings.values()] == [
        ("A", True),
        ("B", False),
        ("C", True),
    ]
    [left] = answers.Answers().of_centre(centre, today(about), about).not_assessed
    assert centre.patient(left).patient_id == "B"


def test_a_patient_of_whom_little_is_recorded_is_in_the_list(client: Callable[..., Client], store: Store) -> None:
    add_patient(centre_of(store), {"patient_id": "new-1"})
    one = client("viewer")
    assessed(one)
    page = one.get("/").text
    assert "new-1" in page
    assert "no MRD sample" in page


def test_a_centre_of_many_is_shown_a_page_at_a_time(client: Callable[..., Client], store: Store) -> None:
    many = 5 * A_PAGE + 1
    people = [{"patient_id": f"P{number:05}", "diagnosis_date": date(2024, 1, 8)} for number in range(many)]
    imported(store, Registry.from_tables({"patients": people}))
    one = client("viewer")
    page = one.get("/?order=name")
    assert len(page.content) < LARGEST
    assert "P00099" in page.text
    assert "P00100" not in page.text
    last = one.get("/?order=name&page=6").text
    assert "501 to 501 of 501 patients" in last
    assert "P00500" in last
    assert one.get("/?order=name&page=99").text.count("Page 6 of 6") == 1
    found = one.post_form("/patients", {"find": "p0001", "order": "name"}).text
    assert "10 patients" in found


def test_the_list_holds_nobody_of_another_centre(client: Callable[..., Client], store: Store) -> None:
    imported(store, several("North-1"))
    imported(store, several("South-1"), "South")
    one = client("viewer", "South")
    assessed(one)
    assert "South-1" in one.get("/").text
    assert "North-1" not in one.get("/").text
    assert "North-1" not in one.post_form("/patients", {"find": "north"}).text


def test_who_asks_for_other_days_keeps_todays_list_neither_waiting_nor_out_of_what_is_kept(store: Store) -> None:
    centre = imported(store, several("A"))
    about, kept = centre.about(), standings.Standings()
    day: Any = today(about)
    first = kept.of(centre, day, about, 30).standings
    held, others = Event(), kept._other_days
    others._workers.submit(held.wait, 30)
    try:
        for before in range(1, 10):
            assert kept.of(centre, day - before, about, 0.01).pending == 1
        assert kept.of(centre, day, about, 30).standings == first
        [again] = kept._today._kept.values()
        assert again == first
        assert len(others._kept) == standings.MOST_OTHER_DAYS
    finally:
        held.set()
    assert kept.of(centre, day - 9, about, 30).pending == 0


def test_a_day_that_nobody_asks_for_any_more_is_not_worked_out_and_nothing_is_left_of_it(store: Store) -> None:
    centre = imported(store, several("A"))
    about, kept, held = centre.about(), standings.Worked(1), Event()
    kept._workers.submit(held.wait, 30)
    asked = []
    for day in range(19_900, 19_910):
        kept.of(centre, day, about, 0.01)
        asked += kept._kept.values()
    held.set()
    assert kept.of(centre, 19_909, about, 30).pending == 0
    assert [len(one) for one in asked] == [0] * 9 + [1]
    kept.of(centre, 19_910, about, 30)
    assert len(kept._running) == 1

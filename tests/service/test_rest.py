"""The interface for programs: stateless assessment, calculators, a centre's records."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from service_running import Client, centre_of
from tenfold.assessment import assess
from tenfold.calculator import calculate
from tenfold.catalogue import QUESTIONS
from tenfold.cohort.simulation import simulate_registry
from tenfold.exchange.fhir import write_records
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.records.registry import EPOCH
from tenfold.reports.card import card
from tenfold.service.answers import today
from tenfold.service.rest.plain import plain
from tenfold.service.store import accounts, sessions
from tenfold.service.store.closings import close
from tenfold.service.store.imports import store_registry
from tenfold.service.store.store import Store

RELAPSE = {
    "patients": [{"patient_id": "A", "diagnosis_date": "2023-01-05"}],
    "mrd_samples": [
        {
            "sample_id": f"s{number}",
            "patient_id": "A",
            "sample_date": day,
            "marker": "NPM1",
            "tissue": "marrow",
            "method": "rt-qpcr",
            "value": value,
            "scale": "percent_abl1",
            "control_copies": 20000,
            "detected": "yes",
        }
        for number, (day, value) in enumerate([("2023-06-01", 0.01), ("2023-09-01", 0.5)])
    ],
}


@pytest.fixture
def program(client: Callable[..., Client], store: Store) -> Client:
    """A program with a token of North's viewer."""
    found = accounts.account_named(store, "north viewer")
    one = client()
    secret = sessions.new_token(store, found["id"], centre_of(store).id, "test", 1, "test")
    one.headers["authorization"] = f"Bearer {secret}"
    return one


def test_without_a_token_nothing_is_told(client: Callable[..., Client]) -> None:
    answer = client().get("/api/v1/patients")
    assert answer.status_code == 401
    assert "token" in answer.json()["error"]


def test_posted_tables_are_assessed_as_the_library_assesses_them_and_nothing_is_kept(
    program: Client, store: Store
) -> None:
    answer = program.post("/api/v1/assess", json={"tables": RELAPSE, "on": "2023-09-15"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["faults"] == []
    [one] = told["patients"]
    again = assess(Registry.from_tables(RELAPSE), on=(date(2023, 9, 15) - EPOCH).days)
    assert one["card"] == plain(card(again, "A"))
    assert centre_of(store).patients() == []


def test_a_patient_posted_as_fhir_gets_the_answers_of_the_tables(program: Client, tmp_path) -> None:
    path = tmp_path / "bundle.json"
    write_records(Registry.from_tables(RELAPSE), path)
    asked = [
        program.post("/api/v1/assess", json={**sent, "on": "2023-09-15"}).json()["patients"][0]["card"]
        for sent in ({"bundle": json.loads(path.read_text())}, {"tables": RELAPSE})
    ]
    assert asked[0]["molecular_state"] == asked[1]["molecular_state"]


def test_a_faulty_row_is_named_and_the_other_patient_is_assessed(program: Client) -> None:
    tables = {
        "patients": [{"patient_id": "A", "diagnosis_date": "2023-13-45"}, {"patient_id": "B"}],
    }
    told = program.post("/api/v1/assess", json={"tables": tables}).json()
    assert told["rows_set_aside"] == 1
    assert told["faults"][0]["column"] == "diagnosis_date"
    assert "B" in [one["patient_id"] for one in told["patients"]]


def test_a_calculator_answers_as_the_command_line_does(program: Client) -> None:
    given = {"extramedullary": False, "prior_hma": True, "FLT3": True}
    told = program.post("/api/v1/calculators/ven_prs_os", json=given).json()
    [same] = calculate("VEN-PRS-OS", ["extramedullary=no", "prior_hma=yes", "FLT3=yes"])
    assert told["possible"] == list(same["possible"])
    assert told["decided_by"] == list(same["decided_by"])


def test_every_calculator_says_what_an_empty_form_leaves_open(program: Client) -> None:
    told = {question.key: program.post(f"/api/v1/calculators/{question.key}", json={}) for question in QUESTIONS}
    assert {key: answer.status_code for key, answer in told.items() if answer.status_code != 200} == {}
    assert {one["key"] for one in program.get("/api/v1/calculators").json()} == set(told)


def test_a_value_that_cannot_be_is_refused_in_words(program: Client) -> None:
    answer = program.post("/api/v1/calculators/ven_prs_os", json={"age_years": 500})
    assert answer.status_code == 422
    assert "age_years" in answer.json()["error"]


def test_a_centres_patients_are_told_with_state_worklist_and_endpoints(program: Client, store: Store) -> None:
    store_registry(centre_of(store), published(), "test")
    listed = program.get("/api/v1/patients").json()["patients"]
    assert len(listed) == 15
    one = program.get(f"/api/v1/patients/{listed[0]['key']}").json()
    assert one["patient_id"] == listed[0]["patient_id"]
    assert program.get(f"/api/v1/patients/{listed[0]['key']}/records").json()["records"]
    assert program.get("/api/v1/endpoints").json()["endpoints"]
    assert program.get("/api/v1/worklist").json()["pending"] == 0


def test_while_a_centre_is_worked_out_a_program_is_told_to_ask_again(
    program: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_registry(centre_of(store), Registry.from_tables(RELAPSE), "test")
    monkeypatch.setattr("tenfold.service.rest.registry.PATIENCE", 0)
    for address in ("patients", "worklist", "endpoints"):
        answer = program.get(f"/api/v1/{address}")
        assert (answer.status_code, answer.json()["pending"]) == (202, 1), address
        assert int(answer.headers["retry-after"]) > 0
    monkeypatch.undo()
    for address in ("patients", "worklist", "endpoints"):
        answer = program.get(f"/api/v1/{address}")
        assert (answer.status_code, answer.json()["pending"]) == (200, 0), address


def test_every_answer_about_simulated_patients_says_so(program: Client, store: Store) -> None:
    store_registry(centre_of(store), simulate_registry(2, seed=3).registry, "test")
    [key, _] = [one["key"] for one in program.get("/api/v1/patients").json()["patients"]]
    for address in ("patients", f"patients/{key}", f"patients/{key}/records", "worklist", "endpoints"):
        assert program.get(f"/api/v1/{address}").json()["simulated"] is True, address
    assert "SIMULATED" in timeline(program, key)


def timeline(one: Client, key: str) -> str:
    """The picture as a browser gets it, which asks as the token's account."""
    store = one.app.state.service.store
    browsing = Client(one.app, base_url="http://127.0.0.1:8765")
    browsing.cookies.set("tenfold", sessions.begin(store, accounts.account_named(store, "north viewer")["id"], None))
    return browsing.get(f"/patients/{key}/timeline.svg").text


def test_what_real_records_say_is_not_called_simulated(program: Client) -> None:
    told = program.post("/api/v1/assess", json={"tables": RELAPSE, "on": "2023-09-15"}).json()
    assert told["patients"][0]["simulated"] is False


def test_the_worklist_leaves_out_what_is_closed_says_how_many_and_gives_what_is_in_doubt_apart(
    program: Client, store: Store
) -> None:
    centre = centre_of(store)
    store_registry(centre, Registry.from_tables(RELAPSE), "test")
    before = program.get("/api/v1/worklist").json()
    assert before["entries"]
    assert before["closed"] == 0
    about = centre.about()
    seen = program.app.state.service.standings.of(centre, today(about), about, 60)
    [standing] = seen.standings.values()
    close(
        centre,
        standing.patient.id,
        standing.entries[0],
        "a second sample is on its way",
        revision=standing.patient.revision,
        until=date.today() + timedelta(7),
    )
    after = program.get("/api/v1/worklist").json()
    assert after["closed"] == 1
    assert len(after["entries"]) == len(before["entries"]) - 1
    assert after["in_doubt"] == before["in_doubt"]


def test_half_of_a_pair_of_letters_is_refused_in_words(program: Client) -> None:
    for row in ('{"patient_id": "A\\ud800"}', '{"patient_id": "A", "x\\u0000": "1"}'):
        sent = '{"tables": {"patients": [' + row + "]}}"
        answer = program.post("/api/v1/assess", content=sent, headers={"content-type": "application/json"})
        assert answer.status_code == 422
        assert "NUL" in answer.json()["error"]


def test_a_withdrawn_token_opens_nothing(program: Client, store: Store) -> None:
    centre = centre_of(store)
    sessions.withdraw_token(store, sessions.tokens(store, centre.id)[0]["id"], centre.id, "test")
    assert program.get("/api/v1/patients").status_code == 401


def test_the_description_is_a_page_of_ours_and_an_openapi_document(client: Callable[..., Client]) -> None:
    one = client("viewer")
    assert one.get("/api/openapi.json").json()["openapi"].startswith("3.")
    page = one.get("/api/docs").text
    assert "POST /api/v1/assess" in page
    assert "cdn" not in page

"""What leaves the molecular state open leads to the form that answers it; all tables are said complete at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service_running import Client, centre_of
from tenfold.logic.fold import NONE
from tenfold.mrd.molecular_words import QUESTIONS
from tenfold.reports.asked_questions import asked_of_nobody
from tenfold.service.entry_form import GROUPS
from tenfold.service.store.entry import add_patient, write_facts
from tenfold.service.store.store import Store
from tenfold.service.ways_out import ways_out

TABLES = [name for _, names in GROUPS for name in names if name != "patients"]


@pytest.fixture
def key(store: Store) -> str:
    """A patient in remission, negative, then 6.5 and a month later 95 per 10^4 ABL1; nobody said what is complete."""
    centre = centre_of(store)
    patient = add_patient(centre, {"patient_id": "N-1", "sex": "male", "diagnosis_date": "2023-01-10"})
    common = {
        "tissue": "marrow",
        "marker": "NPM1",
        "method": "rt-qpcr",
        "control_gene": "ABL1",
        "control_copies": "45000",
    }
    level = {"scale": "per_1e4_abl1", "detected": "yes"}
    write_facts(
        centre,
        patient.id,
        0,
        add={
            "treatments": [{"line": "1", "intent": "induction", "drugs": "cytarabine", "start_date": "2023-01-15"}],
            "responses": [{"response_date": "2023-02-20", "reported_response": "CR"}],
            "mrd_samples": [
                {**common, "sample_id": "m1", "sample_date": "2023-06-10", "detected": "no"},
                {**common, **level, "sample_id": "m2", "sample_date": "2023-09-10", "value": "6.5"},
                {**common, **level, "sample_id": "m3", "sample_date": "2023-10-08", "value": "95"},
            ],
        },
    )
    return patient.id


def test_an_open_state_leads_to_the_forms_that_close_it(client: Callable[..., Client], key: str) -> None:
    page = client("clinician").get(f"/patients/{key}").text
    assert "open: whether an allogeneic transplant came in between" in page
    assert f'<a class="no-print" href="/patients/{key}/complete#transplants">none was given: say so</a>' in page
    assert f'href="/patients/{key}/entry/transplants">add: transplant</a>' in page
    assert f'<a class="button second" href="/patients/{key}/records">Records</a>' in page


def test_who_may_not_write_and_an_earlier_day_have_no_such_links(client: Callable[..., Client], key: str) -> None:
    assert "say so</a>" not in client("viewer").get(f"/patients/{key}").text
    assert "say so</a>" not in client("clinician").get(f"/patients/{key}?on=2023-10-09").text


def test_all_that_is_complete_is_said_at_once_and_closes_the_state(client: Callable[..., Client], key: str) -> None:
    one = client("clinician")
    form = one.get(f"/patients/{key}/complete").text
    for name in TABLES:
        assert f'name="table" value="{name}"' in form
    answer = one.post_form(
        f"/patients/{key}/complete",
        {"revision": "1", "table": ["transplants", "treatments", "mrd_samples", "responses"]},
    )
    assert answer.headers["location"] == f"/patients/{key}"
    page = one.get(f"/patients/{key}").text
    assert "<strong>MRD relapse, confirmed</strong>" in page
    assert "say so</a>" not in page
    assert 'value="transplants"' not in one.get(f"/patients/{key}/complete").text


def test_nothing_ticked_and_records_that_moved_meanwhile_write_nothing(client: Callable[..., Client], key: str) -> None:
    one = client("clinician")
    assert one.post_form(f"/patients/{key}/complete", {"revision": "1"}).status_code == 422
    late = one.post_form(f"/patients/{key}/complete", {"revision": "0", "table": ["transplants"]})
    assert late.status_code == 409
    assert 'value="transplants" checked' in late.text
    assert client("viewer").get(f"/patients/{key}/complete").status_code == 403
    assert one.get(f"/patients/{key}/complete/patients").status_code == 404


def test_after_facts_are_stored_it_is_asked_what_is_complete(client: Callable[..., Client], key: str) -> None:
    one = client("clinician")
    assert "Nobody has said yet what is on record completely" in one.get(f"/patients/{key}/records").text
    one.post_form(f"/patients/{key}/complete", {"revision": "1", "table": ["transplants"]})
    assert "Nobody has said yet" not in one.get(f"/patients/{key}/records").text


def test_every_question_of_the_molecular_state_that_a_record_answers_has_a_way_out() -> None:
    asked = [text for code, text in QUESTIONS.items() if code != NONE and text not in asked_of_nobody()]
    assert set(ways_out(asked, TABLES, "k")) == set(asked)

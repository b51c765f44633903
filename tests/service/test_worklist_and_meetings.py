"""The worklist as a safety net, and the meeting page with its decisions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest

from service_running import PASSWORD, Client, centre_of
from tenfold.records import Registry
from tenfold.service.store.centre import Centre
from tenfold.service.store.closings import closings
from tenfold.service.store.entry import write_facts
from tenfold.service.store.imports import store_registry
from tenfold.service.store.store import Store

KIND = "unconfirmed molecular relapse"


def sample(number: int, days_ago: int, value: float, detected: str = "yes") -> dict:
    return {
        "sample_id": f"s{number}",
        "patient_id": "A",
        "sample_date": (date.today() - timedelta(days_ago)).isoformat(),
        "marker": "NPM1",
        "tissue": "marrow",
        "method": "rt-qpcr",
        "value": value,
        "scale": "percent_abl1",
        "control_copies": 30000,
        "detected": detected,
    }


@pytest.fixture
def north(store: Store) -> Centre:
    """A patient of North whose NPM1 rose tenfold a month ago after a negative, in documented remission."""
    started = (date.today() - timedelta(400)).isoformat()
    registry = Registry.from_tables(
        {
            "patients": [{"patient_id": "A", "diagnosis_date": started}],
            "treatments": [{"patient_id": "A", "regimen": "azacitidine+venetoclax", "start_date": started}],
            "responses": [
                {
                    "patient_id": "A",
                    "response_date": (date.today() - timedelta(300)).isoformat(),
                    "reported_response": "CR",
                }
            ],
            "mrd_samples": [
                sample(0, 400, 50.0),
                sample(1, 250, 0.0, "no"),
                sample(2, 150, 0.0, "no"),
                sample(3, 30, 5.0),
            ],
        }
    )
    assert registry.check().is_empty(), registry.check()
    centre = centre_of(store)
    store_registry(centre, registry, "test")
    return centre


def closing_form(page: str) -> dict[str, str]:
    """The hidden fields of the first entry's form."""
    form = page[page.index('action="/worklist/close"') :]
    return dict(re.findall(r'name="(patient|kind|subject)" value="([^"]*)"', form)[:3])


def test_an_unconfirmed_relapse_stands_on_the_list_with_its_reminder(
    client: Callable[..., Client], north: Centre
) -> None:
    page = client("clinician").get("/worklist").text
    assert KIND in page
    assert "day 28 reminder" in page


def test_an_entry_closes_by_a_signed_reason_and_by_nothing_less(client: Callable[..., Client], north: Centre) -> None:
    one = client("clinician")
    given = closing_form(one.get("/worklist").text)
    reason = "the patient declines any further treatment"
    for wrong in ({"reason": reason, "password": "wrong"}, {"reason": "no", "password": PASSWORD}):
        assert one.post_form("/worklist/close", {**given, **wrong}).status_code == 422
    assert closings(north) == []
    assert one.post_form("/worklist/close", {**given, "reason": reason, "password": PASSWORD}).status_code == 303
    page = one.get("/worklist").text
    assert 'action="/worklist/close"' not in page
    assert reason in page


def test_an_entry_closes_by_a_sample(client: Callable[..., Client], north: Centre) -> None:
    one = client("clinician")
    [patient] = north.patients()
    write_facts(north, patient.id, patient.revision, add={"mrd_samples": [sample(4, 2, 6.0)]})
    assert KIND not in one.get("/worklist").text.partition("hang on what is not known")[0]


def test_what_was_closed_opens_again_when_somebody_says_so(client: Callable[..., Client], north: Centre) -> None:
    one = client("clinician")
    given = closing_form(one.get("/worklist").text)
    one.post_form("/worklist/close", {**given, "reason": "palliative care only", "password": PASSWORD})
    [closed] = closings(north)
    one.post_form(f"/worklist/{closed['id']}/reopen")
    assert 'action="/worklist/close"' in one.get("/worklist").text


def test_a_decision_keeps_its_reason_and_who_decided_and_later_what_followed(
    client: Callable[..., Client], north: Centre
) -> None:
    one = client("clinician")
    day = (date.today() - timedelta(20)).isoformat()
    address = one.post_form("/meetings", {"title": "Leukaemia board", "on": day}).headers["location"]
    [patient] = north.patients()
    assert one.post_form(f"{address}/patients", {"patient": patient.id, "question": "treat now?"}).status_code == 303
    page = one.get(address).text
    assert "treat now?" in page
    assert KIND in page
    decision = f"{address}/patients/{patient.id}/decision"
    refused = one.post_form(decision, {"other": "wait for the second sample", "reason": "", "decided_by": "board"})
    assert refused.status_code == 422
    assert "wait for the second sample" in refused.text
    one.post_form(decision, {"other": "wait for the second sample", "reason": "one rise alone", "decided_by": "board"})
    started = (date.today() - timedelta(5)).isoformat()
    write_facts(
        north,
        patient.id,
        patient.revision,
        add={"treatments": [{"regimen": "azacitidine+venetoclax", "start_date": started, "intent": "pre-emptive"}]},
    )
    page = one.get("/meetings").text
    assert "one rise alone" in page
    assert "15 days later" in page


def test_a_viewer_neither_closes_nor_decides(client: Callable[..., Client], north: Centre) -> None:
    one = client("viewer")
    assert 'action="/worklist/close"' not in one.get("/worklist").text
    assert one.post_form("/worklist/close", {"patient": "x", "kind": "x", "subject": "x"}).status_code == 403
    assert one.post_form("/meetings", {"title": "x"}).status_code == 403


def test_an_entry_closed_in_doubt_opens_again_when_it_is_certain() -> None:
    from tenfold.service.store.closings import still_open

    entries = pl.DataFrame({"patient_id": ["A"], "kind": [KIND], "subject": ["s1"], "certain": [True]})
    closed = [{"patient_id": "A", "kind": KIND, "subject": "s1", "certain": False}]
    assert still_open(entries, closed).height == 1
    assert still_open(entries, [{**closed[0], "certain": True}]).height == 0
    assert still_open(entries.with_columns(certain=False), [{**closed[0], "certain": True}]).height == 0

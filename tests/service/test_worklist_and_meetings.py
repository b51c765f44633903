"""The worklist as a safety net, and the meeting page with its decisions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from service_running import PASSWORD, Client, centre_of, hidden
from tenfold.assessment import assess
from tenfold.records import Registry
from tenfold.service.attention import entries_of
from tenfold.service.store.centre import Centre, Patient
from tenfold.service.store.closings import ENDS_FOLLOW_UP, closings, still_open
from tenfold.service.store.entry import write_facts
from tenfold.service.store.history import records_of
from tenfold.service.store.imports import plan, store_registry
from tenfold.service.store.meetings import decide, decisions
from tenfold.service.store.outcome import Refused
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


def closing_form(page: str, days: int = 28) -> dict[str, str]:
    """The hidden fields of the first entry's form, and a day until which it is closed."""
    return {**hidden(page, "/worklist/close"), "until": (date.today() + timedelta(days)).isoformat()}


def closed(one: Client, **more: str) -> int:
    given = {**closing_form(one.get("/worklist").text), "reason": "it is repeated in spring", "password": PASSWORD}
    return one.post_form("/worklist/close", {**given, **more}).status_code


def is_open(one: Client) -> bool:
    return 'action="/worklist/close"' in one.get("/worklist").text


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
    assert KIND not in one.get("/worklist").text.partition("on what is not known, and")[0]


def test_what_was_closed_opens_again_when_somebody_says_so(client: Callable[..., Client], north: Centre) -> None:
    one = client("clinician")
    assert closed(one) == 303
    [signed] = closings(north)
    one.post_form(f"/worklist/{signed['id']}/reopen")
    assert is_open(one)


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
    shown = hidden(page, decision)
    words = {"other": "wait for the second sample", "decided_by": "board", **shown}
    refused = one.post_form(decision, {**words, "reason": ""})
    assert refused.status_code == 422
    assert "wait for the second sample" in refused.text
    one.post_form(decision, {**words, "reason": "one rise alone"})
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


def entry(**more: Any) -> dict[str, Any]:
    row = {"patient_id": "A", "kind": KIND, "subject": "s1", "certain": True, "reminder": 14, "rests_on": "this"}
    return {**row, **more}


def opens(closing: dict[str, Any], by: date | None = None, **more: Any) -> bool:
    signed = {**entry(), "until": date.today() + timedelta(9), "for_good": None, "at": datetime.now(UTC), **closing}
    return still_open(pl.DataFrame([entry(**more)]), [signed], by).height == 1


def test_a_closing_ends_after_its_day_at_the_next_reminder_and_when_what_it_rests_on_changes() -> None:
    assert not opens({})
    assert not opens({"until": date.today()})
    assert opens({"until": date.today() - timedelta(1)})
    assert opens({}, by=date.today() + timedelta(10))
    assert opens({}, reminder=28)
    assert opens({}, rests_on="that")


def test_a_closing_for_good_ends_only_when_what_it_rests_on_changes() -> None:
    good = {"until": None, "for_good": ENDS_FOLLOW_UP[0]}
    assert not opens(good, reminder=28)
    assert not opens(good, by=date.today() + timedelta(1000))
    assert opens(good, rests_on="that")


def test_on_an_earlier_day_a_closing_that_was_signed_later_did_not_hold() -> None:
    assert opens({}, by=date.today() - timedelta(3))


@pytest.mark.parametrize("until", ["", "soon", "today", "91"])
def test_a_closing_has_a_day_within_three_months(client: Callable[..., Client], north: Centre, until: str) -> None:
    one = client("clinician")
    given = {"today": date.today().isoformat(), "91": (date.today() + timedelta(91)).isoformat()}.get(until, until)
    assert closed(one, until=given) == 422
    assert closed(one, until="", for_good="because I say so") == 422
    assert closings(north) == []
    assert closed(one, until="", for_good=ENDS_FOLLOW_UP[0]) == 303
    assert not is_open(one)


def test_a_closed_relapse_opens_again_when_its_sample_is_corrected(
    client: Callable[..., Client], north: Centre
) -> None:
    one = client("clinician")
    assert closed(one) == 303
    assert not is_open(one)
    [patient] = north.patients()
    corrected(north, patient.id, patient.revision, value=50.0)
    page = one.get("/worklist").text
    assert 'action="/worklist/close"' in page
    assert "Open again: it was closed by north clinician" in page
    assert "it is repeated in spring" in one.get(f"/patients/{patient.id}").text


def corrected(centre: Centre, key: str, revision: int, **cells: Any) -> None:
    held = next(row for row in records_of(centre, key) if row["content"].get("sample_id") == "s3")
    write_facts(centre, key, revision, add={"mrd_samples": [held["content"] | cells]}, end=[held["id"]])


def test_what_was_changed_since_the_entry_was_shown_is_not_closed(client: Callable[..., Client], north: Centre) -> None:
    one = client("clinician")
    given = {**closing_form(one.get("/worklist").text), "reason": "it is repeated in spring", "password": PASSWORD}
    [patient] = north.patients()
    assert one.post_form("/worklist/close", {**given, "rests_on": "another"}).status_code == 409
    assert one.post_form("/worklist/close", {**given, "revision": "0" if patient.revision else "1"}).status_code == 409
    corrected(north, patient.id, patient.revision, value=50.0)
    assert one.post_form("/worklist/close", given).status_code == 409
    assert closings(north) == []


def test_what_an_entry_rests_on_stays_the_same_as_days_pass(north: Centre) -> None:
    registry, _ = north.registry()
    today = registry.day_number(date.today())
    found = [entries_of(assess(registry, on=today + later)) for later in (0, 1, 40)]
    assert [one["rests_on"].to_list() for one in found[1:]] == [found[0]["rests_on"].to_list()] * 2
    assert found[0]["overdue_days"].to_list() != found[2]["overdue_days"].to_list()


def meeting_with(one: Client, patient: Patient, days_ago: int = 20) -> str:
    day = (date.today() - timedelta(days_ago)).isoformat()
    address = str(one.post_form("/meetings", {"title": "Leukaemia board", "on": day}).headers["location"])
    one.post_form(f"{address}/patients", {"patient": patient.id})
    return address


WORDS = {"other": "wait", "reason": "one rise alone", "decided_by": "board"}


def test_a_decision_keeps_what_its_form_showed_and_nothing_newer(client: Callable[..., Client], north: Centre) -> None:
    one = client("clinician")
    [patient] = north.patients()
    address = meeting_with(one, patient)
    decision = f"{address}/patients/{patient.id}/decision"
    shown = hidden(one.get(address).text, decision)
    corrected(north, patient.id, patient.revision, value=50.0)
    assert one.post_form(decision, {**WORDS, **shown}).status_code == 409
    assert one.post_form(decision, WORDS).status_code == 409
    assert one.post_form(decision, {**WORDS, **hidden(one.get(address).text, decision)}).status_code == 303
    [kept] = decisions(north)
    assert kept["stood"]["on"] == date.today().isoformat()
    assert KIND in kept["stood"]["attention"][0]


def test_what_was_shown_was_shown_today_or_yesterday(client: Callable[..., Client], north: Centre) -> None:
    one = client("clinician")
    [patient] = north.patients()
    address = meeting_with(one, patient)
    decision = f"{address}/patients/{patient.id}/decision"
    shown = {**WORDS, **hidden(one.get(address).text, decision)}
    for day in ("1990-01-01", "2999-01-01", "", (date.today() - timedelta(2)).isoformat()):
        assert one.post_form(decision, {**shown, "shown_on": day}).status_code == 409
    yesterday = (date.today() - timedelta(1)).isoformat()
    assert one.post_form(decision, {**shown, "shown_on": yesterday}).status_code == 303
    assert [kept["stood"]["on"] for kept in decisions(north)] == [yesterday]


def test_the_same_decision_sent_twice_stands_once(client: Callable[..., Client], north: Centre) -> None:
    one = client("clinician")
    [patient] = north.patients()
    address = meeting_with(one, patient)
    decision = f"{address}/patients/{patient.id}/decision"
    shown = {**WORDS, **hidden(one.get(address).text, decision)}
    assert one.post_form(decision, shown).status_code == 303
    again = one.post_form(decision, shown)
    assert again.status_code == 422
    assert "recorded already" in again.text
    assert one.post_form(decision, {**shown, "other": "treat"}).status_code == 303
    corrected(north, patient.id, patient.revision, value=40.0)
    shown |= hidden(one.get(address).text, decision)
    assert one.post_form(decision, shown).status_code == 303
    assert len(decisions(north)) == 3


def test_nothing_is_decided_of_a_patient_who_is_not_on_the_list(client: Callable[..., Client], north: Centre) -> None:
    one = client("clinician")
    [patient] = north.patients()
    address = meeting_with(one, patient)
    decision = f"{address}/patients/{patient.id}/decision"
    shown = hidden(one.get(address).text, decision)
    one.post_form(f"{address}/patients/{patient.id}/remove")
    answer = one.post_form(decision, {**WORDS, **shown})
    assert answer.status_code == 422
    assert decisions(north) == []


def test_a_centre_with_meetings_keeps_its_axis(client: Callable[..., Client], store: Store) -> None:
    client("clinician").post_form("/meetings", {"title": "Board", "on": "2024-05-03"})
    made = Registry.from_tables({"patients": [{"patient_id": "D", "sex": "male"}]}, relative=True)
    for what in (lambda: plan(centre_of(store), made), lambda: store_registry(centre_of(store), made, "for the test")):
        with pytest.raises(Refused, match="meetings have dates"):
            what()


def test_a_decision_of_another_axis_or_of_who_cannot_be_assessed_sinks_no_page(
    client: Callable[..., Client], north: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = client("clinician")
    [patient] = north.patients()
    address = meeting_with(one, patient)
    number = address.rsplit("/", 1)[1]
    told = {"option": "wait", "reason": "why", "decided_by": "board", "stood": {}, "revision": patient.revision}
    decide(north, patient.id, on="120", meeting_id=number, **told)
    for page in ("/meetings", address):
        answer = one.get(page)
        assert answer.status_code == 200
        assert "not one of the centre" in answer.text

    # A panic of Polars is no Exception.
    for value, fault in ((40.0, RuntimeError), (41.0, pl.exceptions.PanicException)):

        def broken(*_: object, fault: type[BaseException] = fault) -> None:
            raise fault("a record that nobody foresaw")

        corrected(north, patient.id, north.patient(patient.id).revision, value=value)
        for room in ("what_followed", "answers"):
            monkeypatch.setattr(f"tenfold.service.{room}.assess", broken)
        for page, said in (("/meetings", "cannot be told"), (address, "cannot be assessed")):
            answer = one.get(page)
            assert answer.status_code == 200
            assert said in answer.text


def test_a_meeting_is_on_a_day_of_this_time(client: Callable[..., Client], store: Store) -> None:
    one = client("clinician")
    for on in ("0001-01-01", "9999-12-31"):
        assert one.post_form("/meetings", {"title": "Board", "on": on}).status_code == 422
    made = Registry.from_tables({"patients": [{"patient_id": "D", "sex": "male"}]}, relative=True)
    store_registry(centre_of(store), made, "for the test")
    for on in ("3000000000", "9" * 31):
        assert one.post_form("/meetings", {"title": "Board", "on": on}).status_code == 422

"""Data entry on its pages: forms, live checks, what somebody else changed, corrections, withdrawals, completeness, history."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from playwright.sync_api import Browser, expect

from service_running import PASSWORD, Client, centre_of
from tenfold.exchange.published import published
from tenfold.records.registry import Registry
from tenfold.records.tables import TABLES
from tenfold.service.entry_form import GROUPS, LABELS, TITLES, USUAL
from tenfold.service.store.centre import SET_ASIDE
from tenfold.service.store.entry import add_patient, records_of, write_facts
from tenfold.service.store.imports import store_registry
from tenfold.service.store.store import Store

SAMPLE = {"sample_id": "m1", "sample_date": "2023-06-10", "tissue": "marrow", "marker": "NPM1", "method": "rt-qpcr",
          "value": "0.01", "scale": "percent_abl1", "detected": "yes"}  # fmt: skip
REMISSION = {
    "treatments": [{"line": "1", "intent": "induction", "drugs": "cytarabine", "start_date": "2023-01-15"}],
    "responses": [{"response_date": "2023-02-20", "reported_response": "CR"}],
    "mrd_samples": [SAMPLE],
}


@pytest.fixture
def key(store: Store) -> str:
    """A patient in remission with one sample."""
    centre = centre_of(store)
    patient = add_patient(centre, {"patient_id": "N-1", "sex": "female", "diagnosis_date": "2023-01-10"})
    write_facts(centre, patient.id, 0, add=REMISSION)
    return patient.id


def hidden(page: str) -> dict[str, str]:
    """What a form was made from, as it sends it back."""
    return dict(re.findall(r'<input type="hidden" name="(_\w+)" value="(\d+)">', page))


def held(store: Store, key: str, kind: str) -> list[dict]:
    return [row for row in records_of(centre_of(store), key) if row["kind"] == kind]


def test_every_table_has_its_place_and_every_column_its_field(client: Callable[..., Client], key: str) -> None:
    one = client("clinician")
    names = [name for _, names in GROUPS for name in names]
    assert sorted([*names, "completeness"]) == sorted(TABLES)
    assert set(names) == set(USUAL)
    assert set(TABLES) <= set(TITLES)
    assert {column for columns in USUAL.values() for column in columns} | set(LABELS) <= {
        column.name for table in TABLES.values() for column in table.columns
    }
    for name in names:
        page = one.get(f"/patients/{key}/entry/{name}").text
        for column in TABLES[name].columns:
            assert (f'name="{column.name}"' in page) == (column.name != "patient_id")


def test_a_new_patient_is_stored_and_asked_for_the_first_fact(client: Callable[..., Client]) -> None:
    one = client("laboratory")
    answer = one.post_form("/patients/new", {"patient_id": "N-7", "birth_date": "1950-02-03"})
    assert re.fullmatch(r"/patients/[0-9a-f]{32}/entry\?stored=patients", answer.headers["location"])
    again = one.post_form("/patients/new", {"patient_id": "N-7"})
    assert again.status_code == 422
    assert "in this centre already" in again.text
    assert client("viewer").get("/patients/new").status_code == 403


def test_what_is_refused_stands_beside_its_field_and_nothing_typed_is_lost(
    client: Callable[..., Client], key: str, store: Store
) -> None:
    one = client("clinician")
    form = hidden(one.get(f"/patients/{key}/entry/mrd_samples").text)
    typed = {**form, **SAMPLE, "sample_id": "m2", "value": "0,25", "sample_date": "2023-02-31", "assay": "ours <b>"}
    answer = one.post_form(f"/patients/{key}/entry/mrd_samples", typed)
    assert answer.status_code == 422
    assert re.search(r'id="e-value">0,25 is not a number. To mend it: write it with a decimal point', answer.text)
    assert re.search(r'id="e-sample_date">there is no such day as 2023-02-31', answer.text)
    for value in ("0,25", "2023-02-31", "ours &lt;b&gt;", "m2"):
        assert f'value="{value}"' in answer.text
    assert '<option value="marrow" selected>' in answer.text
    assert len(held(store, key, "mrd_samples")) == 1


def test_a_proposed_number_is_new_each_time_and_names_nobody(client: Callable[..., Client], key: str) -> None:
    one = client("clinician")
    pages = [one.get(f"/patients/{key}/entry/mrd_samples").text for _ in range(2)]
    numbers = [re.search(r'name="sample_id" value="([^"]+)"', page)[1] for page in pages]  # type: ignore[index]
    assert numbers[0] != numbers[1]
    assert all(re.fullmatch("m-[0-9a-f]{8}", number) for number in numbers)


def test_a_slip_of_the_decimal_point_shows_before_it_is_stored(
    client: Callable[..., Client], key: str, store: Store
) -> None:
    one = client("clinician")
    form = hidden(one.get(f"/patients/{key}/entry/mrd_samples").text)
    typed = {**form, **SAMPLE, "sample_id": "m2", "sample_date": "2023-12-10", "value": "25"}
    said = unescape(one.post_form(f"/patients/{key}/entry/mrd_samples/check", typed).text)
    assert "NPM1 in marrow: 25 % of ABL1; the sample before it, 10 June 2023, had 0.01 % of ABL1: 2,500 times" in said
    assert re.search(r"The molecular state would be <strong>[^<]*MRD relapse", said)
    same = one.post_form(f"/patients/{key}/entry/mrd_samples/check", {**typed, "value": "0.01"}).text
    assert "had 0.01 % of ABL1: as much" in same
    wrong = one.post_form(f"/patients/{key}/entry/mrd_samples/check", {**typed, "value": "1e", "marker": ""}).text
    assert "1e is not a number" in wrong
    assert "Still needed: Marker" in wrong
    assert len(held(store, key, "mrd_samples")) == 1


def test_who_was_slower_sees_what_the_other_changed_and_stores_without_typing_anew(
    client: Callable[..., Client], key: str, store: Store
) -> None:
    mine, theirs = client("clinician"), client("laboratory")
    (record,) = held(store, key, "mrd_samples")
    address = f"/patients/{key}/entry/mrd_samples"
    form = hidden(mine.get(f"{address}?record={record['id']}").text)
    theirs.post_form(address, {**form, **SAMPLE, "value": "0.5", "_reason": "misread"})
    answer = mine.post_form(address, {**form, **SAMPLE, "value": "0.7", "assay": "in-house"})
    assert answer.status_code == 409
    told = unescape(answer.text)
    assert "north laboratory: corrected. Reason: misread" in told
    assert "Value: 0.5, before: 0.01" in told
    assert '<td data-label="You typed">0.7</td><td data-label="They wrote">0.5</td>' in told
    assert 'value="0.7"' in told
    assert 'value="in-house"' in told
    stored = mine.post_form(address, {**hidden(answer.text), **SAMPLE, "value": "0.7", "assay": "in-house"})
    assert stored.status_code == 303
    (row,) = held(store, key, "mrd_samples")
    assert (row["content"]["value"], row["content"]["assay"]) == (0.7, "in-house")


def test_a_correction_of_what_was_withdrawn_meanwhile_can_be_added_as_new(
    client: Callable[..., Client], key: str, store: Store
) -> None:
    one = client("clinician")
    (record,) = held(store, key, "mrd_samples")
    address = f"/patients/{key}/entry/mrd_samples"
    form = hidden(one.get(f"{address}?record={record['id']}").text)
    write_facts(centre_of(store), key, 1, end=[record["id"]], reason="another patient's")
    answer = one.post_form(address, {**form, **SAMPLE, "value": "0.7"})
    assert "was withdrawn" in answer.text
    assert "_ends" not in hidden(answer.text)
    assert one.post_form(address, {**hidden(answer.text), **SAMPLE, "value": "0.7"}).status_code == 303


def test_what_only_looks_odd_is_kept_once_it_was_looked_at(
    client: Callable[..., Client], key: str, store: Store
) -> None:
    one = client("clinician")
    address = f"/patients/{key}/entry/variants"
    form = hidden(one.get(address).text)
    answer = one.post_form(address, {**form, "gene": "ZZXQ9"})
    assert answer.status_code == 422
    assert 'name="_despite"' in answer.text
    assert one.post_form(address, {**form, "gene": "ZZXQ9", "_despite": "yes"}).status_code == 303
    assert held(store, key, "variants")[0]["content"]["gene"] == "ZZXQ9"


def test_a_withdrawal_needs_a_reason_and_stays_in_the_history(
    client: Callable[..., Client], key: str, store: Store
) -> None:
    one = client("clinician")
    (record,) = held(store, key, "mrd_samples")
    address = f"/patients/{key}/records/{record['id']}/withdraw"
    assert one.post_form(address, {"revision": "1", "reason": " "}).status_code == 422
    assert one.post_form(address, {"revision": "0", "reason": "wrong patient"}).status_code == 409
    assert one.post_form(address, {"revision": "1", "reason": "wrong patient"}).status_code == 303
    assert one.get(address).status_code == 404
    page = client("viewer").get(f"/patients/{key}/changes").text
    assert "north clinician: withdrawn. Reason: wrong patient" in page
    (own,) = held(store, key, "patients")
    kept = one.post_form(f"/patients/{key}/records/{own['id']}/withdraw", {"revision": "2", "reason": "x"})
    assert kept.status_code == 422


def test_a_row_set_aside_is_shown_with_what_was_wrong_and_goes_when_it_is_entered(
    client: Callable[..., Client], store: Store
) -> None:
    rows = {"patients": [{"patient_id": "A"}], "events": [{"patient_id": "A", "event_date": "soon", "kind": "relapse"}]}
    centre = centre_of(store)
    store_registry(centre, Registry.from_tables(rows), "test")
    key = centre.patients()[0].id
    assert centre.registry()[0].complete("events").is_empty()
    one = client("data manager")
    page = one.get(f"/patients/{key}/records").text
    assert "soon is not a date" in page
    (aside,) = held(store, key, SET_ASIDE)
    said = one.post_form(f"/patients/{key}/records/{aside['id']}/withdraw", {"revision": "0", "reason": "nonsense"})
    assert said.status_code == 422
    address = f"/patients/{key}/entry/events"
    form = one.get(f"{address}?aside={aside['id']}").text
    assert "event_date=soon" in form
    entered = {**hidden(form), "event_date": "2024-03-01", "kind": "relapse"}
    assert one.post_form(address, entered).status_code == 303
    assert held(store, key, SET_ASIDE) == []
    assert centre.registry()[0].complete("events").height == 1


def test_what_is_complete_is_said_in_words_and_taken_back(
    client: Callable[..., Client], key: str, store: Store
) -> None:
    one = client("clinician")
    address = f"/patients/{key}/complete/events"
    assert "what is not here is not known" in one.get(address).text
    assert one.post_form(address, {"revision": "1"}).status_code == 422
    assert one.post_form(address, {"revision": "1", "complete": "day", "start": "soon"}).status_code == 422
    assert one.post_form(address, {"revision": "1", "complete": "day", "start": "2023-01-10"}).status_code == 303
    assert "It holds everything from 10 Jan 2023" in one.get(f"/patients/{key}/records").text
    assert one.post_form(address, {"revision": "2", "complete": "no"}).status_code == 303
    assert centre_of(store).registry()[0].complete("events").is_empty()


def test_a_centre_that_keeps_days_asks_for_days_and_for_the_place_where_days_are_not_known(
    client: Callable[..., Client], store: Store
) -> None:
    one = client("clinician")
    store_registry(centre_of(store), published(), "test")
    links = re.findall(r"/patients/[0-9a-f]{32}", one.get("/").text)
    forms = {one.get(f"{link}/entry/counts").text for link in dict.fromkeys(links)}
    assert all("days since day 0" in form and 'name="sample_day"' in form for form in forms)
    ordered = next(form for form in forms if "The last one has place" in form)
    address = re.search(r'action="([^"]+/entry/counts)"', ordered)[1]  # type: ignore[index]
    typed = {**hidden(ordered), "platelets_e9_l": "80", "sequence": ""}
    assert "no sequence" in one.post_form(address, typed).text
    assert one.post_form(address, {**typed, "sequence": "30", "sample_day": "2024-01-01"}).status_code == 422
    assert one.post_form(address, {**typed, "sequence": "30"}).status_code == 303


@pytest.mark.parametrize(
    "address",
    ["/patients/{0}/entry/completeness", "/patients/{0}/entry/nothing", "/patients/{0}/entry/counts?record=999999",
     "/patients/{0}/complete/patients", "/patients/{0}/records/1/withdraw", "/patients/none/entry"],
)  # fmt: skip
def test_what_is_not_there_is_said_in_words(client: Callable[..., Client], key: str, address: str) -> None:
    assert client("clinician", "South").get(address.format(key)).status_code == 404


def test_absurd_numbers_in_a_form_are_no_fault_of_ours(client: Callable[..., Client], key: str) -> None:
    one = client("clinician")
    for absurd in ("9" * 400, "-1", "1e3", "²"):
        form = {"_revision": absurd, "_seen": absurd, "_ends": absurd, "_aside": absurd, **SAMPLE}
        for address in ("mrd_samples", "mrd_samples/check", "patients"):
            assert one.post_form(f"/patients/{key}/entry/{address}", form).status_code < 500
    for number in ("9" * 30, "-1"):
        assert one.get(f"/patients/{key}/entry/counts?record={number}").status_code < 500
        assert one.get(f"/patients/{key}/records/{number}/withdraw").status_code < 500
        assert one.get(f"/patients/{key}/changes?before={number}").status_code < 500


def test_a_clinician_enters_a_sample_in_the_browser_by_keyboard_and_sees_what_it_would_change(
    browser: Browser, served: str, key: str
) -> None:
    page = browser.new_page()
    page.goto(f"{served}/sign-in")
    page.fill("[name=name]", "north clinician")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{served}/")
    page.goto(f"{served}/patients/{key}/entry/mrd_samples")
    page.get_by_label("Sample date").fill("2023-12-10")
    expect(page.locator("#d-sample_date")).to_have_text("10 Dec 2023")
    page.get_by_label("Tissue").select_option("marrow")
    page.get_by_label("Marker").fill("NPM1")
    page.get_by_label("Method").select_option("rt-qpcr")
    page.get_by_label("Scale").select_option("percent_abl1")
    page.get_by_label("Value").fill("25")
    expect(page.locator("#check")).to_contain_text("2,500 times as much", timeout=15_000)
    page.get_by_label("Value").fill("0,25")
    page.keyboard.press("Enter")
    expect(page.locator("#e-value")).to_contain_text("decimal point")
    expect(page.get_by_label("Sample date")).to_have_value("2023-12-10")
    page.get_by_label("Value").fill("0.25")
    page.keyboard.press("Enter")
    page.wait_for_url("**/records?stored=mrd_samples*")
    expect(page.locator("#mrd_samples")).to_contain_text("10 Dec 2023")
    page.close()

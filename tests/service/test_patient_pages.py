"""The page of one patient, its picture, and what if: as of a day, in both ways of keeping time, never another centre's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Browser

from service_running import PASSWORD, Client, centre_of, close_first_entry
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.records.asof import days_of_change
from tenfold.records.registry import EPOCH
from tenfold.records.tables import TABLES
from tenfold.service.store.imports import store_registry
from tenfold.service.store.store import Store
from tenfold.service.suppositions import RESULTS, SCALES, Chosen, choices, texts_of
from tenfold.what_if.changes import parse

LARGEST = 200_000


def relapsing(*later: dict[str, object], patient_id: str = "LIP-7") -> Registry:
    """A patient in remission whose NPM1 rises again in June 2024, with what is added later."""
    samples = [
        {"sample_id": "s1", "sample_date": date(2024, 1, 8), "value": 120.0, "detected": "yes"},
        {"sample_id": "s2", "sample_date": date(2024, 3, 11), "detected": "no", "adequate": True},
        {"sample_id": "s3", "sample_date": date(2024, 6, 3), "value": 0.9, "detected": "yes"},
    ]
    shared = {"patient_id": patient_id, "marker": "NPM1", "tissue": "marrow", "method": "rt-qpcr", "adequate": True}
    rows = [shared | row | {"scale": "percent_abl1" if "value" in row else None} for row in [*samples, *later]]
    person = {
        "patient_id": patient_id,
        "sex": "female",
        "diagnosis_date": date(2024, 1, 8),
        "age_at_diagnosis_years": 61,
    }
    treatment = {"patient_id": patient_id, "regimen": "7+3", "intent": "induction", "start_date": date(2024, 1, 10)}
    response = {"patient_id": patient_id, "response_date": date(2024, 2, 20), "reported_response": "CR"}
    nobody = {name: TABLES[name].empty("calendar") for name in ("transplants", "events")}
    return Registry.from_tables(
        {"patients": [person], "treatments": [treatment], "responses": [response], "mrd_samples": rows, **nobody}
    )


def stored(store: Store, registry: Registry, name: str = "North") -> str:
    """Import a registry of one patient; the patient's random name."""
    centre = centre_of(store, name, f"{name.lower()} clinician")
    store_registry(centre, registry, "a test")
    return centre.patients()[0].id


def test_the_page_says_what_needs_attention_and_where_the_patient_stands(
    client: Callable[..., Client], store: Store
) -> None:
    key = stored(store, relapsing())
    page = client("viewer").get(f"/patients/{key}")
    assert page.status_code == 200
    assert len(page.content) < LARGEST
    assert "LIP-7" in page.text
    assert "Unconfirmed molecular relapse" in page.text
    assert "MRD relapse, unconfirmed" in page.text
    assert "first sample of the relapse: s3, 3 June 2024" in page.text
    for heading in ("Needs attention now", "Risk, by every model", "What is missing", "What if", "In detail"):
        assert heading in page.text


def test_as_of_an_earlier_day_nothing_that_came_later_is_shown(client: Callable[..., Client], store: Store) -> None:
    key = stored(store, relapsing())
    page = client("viewer").get(f"/patients/{key}?on=2024-04-01").text
    main = page[page.index("Needs attention now") :]
    assert "MRD negative" in main
    assert "s3" not in main
    assert "Jun 2024" not in main
    assert "This is what was known by 1 Apr 2024" in page
    picture = client("viewer").get(f"/patients/{key}/timeline.svg?on=2024-04-01").text
    assert "MRD relapse" not in picture


def test_rows_that_are_added_later_do_not_change_the_page_of_an_earlier_day(
    client: Callable[..., Client], store: Store
) -> None:
    def main(centre: str, registry: Registry) -> str:
        key = stored(store, registry, centre)
        page = client("viewer", centre).get(f"/patients/{key}?on=2024-06-10").text
        return page[page.index("Needs attention now") : page.index('id="what-if"')].replace(key, "KEY")

    second = {"sample_id": "s4", "sample_date": date(2024, 7, 1), "value": 4.0, "detected": "yes"}
    assert main("North", relapsing()) == main("South", relapsing(second))


def test_before_anything_was_known_the_page_says_so(client: Callable[..., Client], store: Store) -> None:
    key = stored(store, relapsing())
    page = client("viewer").get(f"/patients/{key}?on=2020-01-01")
    assert page.status_code == 200
    assert "Nothing was known of this patient by 1 Jan 2020" in page.text


def test_a_day_that_is_none_is_refused_in_words(client: Callable[..., Client], store: Store) -> None:
    key = stored(store, relapsing())
    answer = client("viewer").get(f"/patients/{key}?on=31.12.2024")
    assert answer.status_code == 422
    assert "no day of this centre" in answer.text


def test_an_entry_that_was_closed_with_a_reason_is_shown_as_closed(client: Callable[..., Client], store: Store) -> None:
    key = stored(store, relapsing())
    close_first_entry(centre_of(store), key, "unconfirmed molecular relapse", "palliative care, no further samples")
    page = client("viewer").get(f"/patients/{key}").text
    assert "closed by north clinician" in page
    assert "palliative care, no further samples" in page
    assert "<h3>Unconfirmed molecular relapse" not in page
    # The reason was signed after that day: as of the day, the entry was open.
    assert "<h3>Unconfirmed molecular relapse" in client("viewer").get(f"/patients/{key}?on=2024-07-20").text
    assert "no further samples" not in client("viewer").get("/?attention=any").text
    assert "LIP-7" not in client("viewer").get("/?attention=any").text


@pytest.mark.parametrize("part", ["", "/timeline.svg", "/what-if"])
def test_nobody_sees_a_patient_of_another_centre(client: Callable[..., Client], store: Store, part: str) -> None:
    key = stored(store, relapsing())
    answer = client("clinician", "South").get(f"/patients/{key}{part}")
    assert answer.status_code == 404
    assert "LIP-7" not in answer.text
    assert client("clinician", "South").post_form(f"/patients/{key}/what-if", {"course": "CR"}).status_code == 404


def test_every_published_patient_has_a_page_of_days_without_dates(client: Callable[..., Client]) -> None:
    one = client("clinician")
    one.post_form("/demonstration")
    rows = one.post_form("/patients/rows", {"order": "name"}).text
    keys = {part[:32] for part in rows.split('href="/patients/')[1:]}
    assert len(keys) == published().patient_ids().height
    for key in sorted(keys)[:2]:
        page = one.get(f"/patients/{key}")
        assert page.status_code == 200
        assert "whether a sample is overdue cannot be told" in page.text
        assert len(page.content) < LARGEST


def test_the_picture_is_svg_of_either_width(client: Callable[..., Client], store: Store) -> None:
    key = stored(store, relapsing())
    one = client("viewer")
    wide, narrow = (one.get(f"/patients/{key}/timeline.svg?size={size}") for size in ("wide", "narrow"))
    assert wide.headers["content-type"] == "image/svg+xml"
    assert wide.headers["cache-control"] == "no-store"
    assert wide.text != narrow.text
    assert one.get(f"/patients/{key}/timeline.svg?size=huge").status_code == 422


def test_the_days_of_a_registry_are_those_on_which_something_became_known() -> None:
    days = [date(1970, 1, 1).fromordinal(EPOCH.toordinal() + day) for day in days_of_change(relapsing())]
    assert days == [
        date(2024, 1, 8),
        date(2024, 1, 10),
        date(2024, 2, 20),
        date(2024, 3, 11),
        date(2024, 6, 3),
    ]


def test_what_if_shows_what_would_change_and_stores_nothing(client: Callable[..., Client], store: Store) -> None:
    key = stored(store, relapsing())
    centre = centre_of(store)
    before = centre.registry()
    chosen = {"marker": "NPM1", "result": "level", "level": "350", "scale": "/10^4", "days": "14"}
    answer = client("viewer").post_form(f"/patients/{key}/what-if", chosen)
    assert answer.status_code == 200
    assert "Supposed, not recorded" in answer.text
    assert "MRD relapse, confirmed" in answer.text
    assert 'name="if" value="NPM1 next 350/10^4 in 14 days" checked' in answer.text
    after = centre.registry()
    assert before[1] == after[1]
    assert before[0].table("mrd_samples").equals(after[0].table("mrd_samples"))


def test_what_is_supposed_already_is_kept_beside_what_is_added(client: Callable[..., Client], store: Store) -> None:
    key = stored(store, relapsing())
    answer = client("viewer").post_form(f"/patients/{key}/what-if", {"if": ["FLT3-ITD mutated"], "judgement": "unfit"})
    assert answer.text.count('name="if"') == 2
    assert "FLT3-ITD mutated" in answer.text


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({}, "Nothing was chosen"),
        ({"words": "NPM1 nxt 3"}, "did you mean"),
        ({"quantity": "marrow blasts", "number": "130"}, "cannot be"),
        ({"result": "positive"}, "Choose the marker"),
        ({"marker": "NPM1", "result": "level", "level": "3"}, "Choose the scale"),
        ({"on": "2020-01-01", "course": "CR"}, "Nothing was known of"),
    ],
)
def test_what_cannot_be_supposed_is_said_in_words_and_what_was_chosen_stays(
    client: Callable[..., Client], store: Store, chosen: dict[str, str], said: str
) -> None:
    key = stored(store, relapsing())
    answer = client("viewer").post_form(f"/patients/{key}/what-if", chosen)
    assert answer.status_code == 422
    assert said.lower() in answer.text.lower()
    assert 'role="alert"' in answer.text
    for name, value in chosen.items():
        if name in ("words", "number", "level"):
            assert value in answer.text


def test_everything_that_the_lists_offer_is_understood() -> None:
    listed = choices()
    results = [name for name in RESULTS if name != "level"]
    for marker in listed["markers"]:
        chosen = [Chosen(marker=marker, tissue="blood", result=one) for one in results]
        chosen += [Chosen(marker=marker, result="level", level="3.5", scale=scale, days="28") for scale in SCALES]
        for one in chosen:
            parse(texts_of(one)[0])
    for name, also in (("gene", {"occasion": "now"}), ("finding", {}), ("course", {}), ("judgement", {})):
        for value in listed[f"{name}s"]:
            parse(texts_of(Chosen(**{name: value, **also}))[0])
    for medicine in listed["medicines"]:
        parse(texts_of(Chosen(medicine=medicine, medicine_is="stopped"))[0])
    for quantity in listed["quantities"]:
        parse(texts_of(Chosen(quantity=quantity, number="2"))[0])


def test_a_clinician_slides_to_an_earlier_day_and_sees_what_was_known(
    browser: Browser, store: Store, served: str
) -> None:
    key = stored(store, relapsing())
    page = browser.new_page(viewport={"width": 390, "height": 800})
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(f"{served}/sign-in?next=/patients/{key}")
    page.fill("input[name=name]", "north clinician")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('LIP-7')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.wait_for_load_state("load")
    assert page.locator("img.chart").evaluate("chart => chart.naturalWidth") > 0
    slider = page.locator("input[type=range]")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**on=2024-06-03*", timeout=20_000)
    page.locator("a:has-text('Earlier: 11 Mar 2024')").click()
    page.wait_for_selector("text=This is what was known by 11 Mar 2024", timeout=20_000)
    assert "MRD negative" in page.locator("section .state strong").first.inner_text()
    assert faults == []
    page.close()

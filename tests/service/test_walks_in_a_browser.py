"""Each user's whole job in a real browser, with what goes wrong on the way; nothing fails unseen, nothing goes to another host."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from furnished_service import EXAMPLE, FAULTY, Watched, day, key_of, own_store, rising, running, stored_rows, watched
from playwright.sync_api import Browser, Page, expect

from service_running import PASSWORD, centre_of
from tenfold.service.store.centre import Centre
from tenfold.service.store.store import Store
from tenfold.service.templating import in_words

MOST_STEPS = 150
expect.set_options(timeout=20_000)
FOCUSED = """() => { const one = document.activeElement; return [one.tagName, one.name || "",
  (one.labels && one.labels[0] ? one.labels[0] : one).innerText || "", one.matches(":focus-visible")]; }"""


@dataclass(frozen=True)
class House:
    """A service with three patients of North on it."""

    store: Store
    address: str
    centre: Centre


@pytest.fixture(scope="module")
def house(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with own_store(template, tmp_path_factory.mktemp("walks")) as store, running(store) as (address, _):
        centre = centre_of(store)
        stored_rows(centre, rising("A-1"), rising("A-2"), rising("A-3"), {"patients": [{"patient_id": "SIM-2"}]})
        yield House(store, address, centre)


@pytest.fixture
def window(browser: Browser, house: House) -> Iterator[Watched]:
    with watched(browser, house.address) as one:
        yield one


class Keys:
    """The keyboard alone: goes from one place to the next until it is at the one that is meant."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, said: str, kind: str = "") -> None:
        """Press the tabulator until the focus is on what says this (or has this name), of a kind (a, button, input ...)."""
        for _ in range(MOST_STEPS):
            tag, name, text, visible = self.page.evaluate(FOCUSED)
            if tag != "BODY" and (said in text or said == name) and kind.upper() in ("", tag):
                assert visible, f"{said}: one does not see where one is"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {said}")

    def follow(self, said: str, kind: str = "a") -> None:
        self.to(said, kind)
        self.page.keyboard.press("Enter")

    def fill(self, said: str, text: str, kind: str = "input") -> None:
        self.to(said, kind)
        if kind != "select":
            self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def heading(self, text: str) -> None:
        """Wait for the page of this heading."""
        expect(self.page.locator("h1")).to_contain_text(text)


def test_a_clinicians_day_by_the_keyboard_alone(window: Watched, house: House) -> None:
    page, keys = window.page, Keys(window.page)
    window.expected += ["422"]
    page.goto(f"{house.address}/")
    keys.fill("name", "north clinician")
    keys.fill("password", PASSWORD)
    page.keyboard.press("Enter")
    keys.heading("Patients")

    # The list, narrowed while typing; the patient; the patient on another day.
    keys.fill("find", "A-1")
    expect(page.locator("#patients tbody tr")).to_have_count(1)
    keys.follow("A-1")
    keys.heading("A-1")
    expect(page.locator("#attention ~ .entry").first).to_contain_text("nconfirmed molecular relapse")
    expect(page.locator("#stands ~ .state")).to_contain_text("MRD relapse")
    assert page.locator("img.chart").evaluate("chart => chart.decode().then(() => chart.naturalWidth)") > 0
    keys.to("slide")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("p.warn").first).to_contain_text("This is what was known by")
    keys.follow("Today")
    expect(page.get_by_text("This is what was known by")).to_have_count(0)

    # What if the next sample were lower?
    keys.to("Suppose a result", "summary")
    page.keyboard.press("Enter")
    keys.fill("words", "NPM1 next negative in 14 days", "textarea")
    keys.follow("Show what would change", "button")
    keys.heading("What if: A-1")
    expect(page.get_by_role("heading", name="Suppose something else")).to_be_visible()
    keys.follow("Back to A-1")
    keys.heading("A-1")

    # A sample with a value that is none; the fault stands beside the field, and what was typed is kept.
    keys.follow("Enter a result")
    keys.heading("Add a fact")
    keys.follow("MRD sample")
    keys.heading("Add: MRD sample")
    year, month, date = day(2).split("-")
    keys.to("sample_date")
    for typed in (month + date + year, date + month + year):  # the browser's own order shows in the words beside it
        page.keyboard.type(typed)
        if page.locator("#d-sample_date").inner_text() == in_words(day(2)):
            break
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
    keys.fill("tissue", "marrow", "select")
    keys.fill("marker", "NPM1")
    keys.fill("method", "rt-qpcr", "select")
    keys.fill("value", "0,9")
    keys.fill("scale", "% of ABL1", "select")
    expect(page.locator("#check")).to_contain_text("decimal point")
    page.keyboard.press("Tab")
    keys.follow("Store", "button")
    expect(page.get_by_role("alert")).to_contain_text("not stored")
    expect(page.locator("#e-value")).to_contain_text("decimal point")
    keys.follow("Value")
    keys.fill("value", "9")
    expect(page.locator("#check")).to_contain_text("What this would change")
    page.keyboard.press("Enter")
    keys.heading("Records: A-1")
    expect(page.locator("#mrd_samples tbody tr")).to_have_count(5)
    keys.follow("history of changes")
    keys.heading("History of changes")
    expect(page.locator("ol.changes > li").first).to_contain_text("north clinician")

    # The relapse is confirmed by the sample; that of another patient is closed by a reason.
    keys.follow("Worklist")
    keys.heading("Worklist")
    expect(page.locator("tr.entry", has_text="A-1").filter(has_text="unconfirmed")).to_have_count(0)
    keys.to("of A-2", "summary")
    page.keyboard.press("Enter")
    keys.fill("reason", "The patient wants no further treatment.", "textarea")
    keys.fill("password", "not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    keys.fill("password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Closed by a signed reason")).to_be_visible()
    expect(page.locator("tr.entry", has_text="A-2")).to_have_count(0)

    # The meeting: who is on the list, and what was decided.
    keys.follow("Meetings")
    keys.heading("Meetings")
    keys.follow("Add a meeting", "button")
    keys.heading("Leukaemia board")
    keys.fill("patient", "A-1", "select")
    keys.fill("question", "Treat before the relapse is overt?")
    page.keyboard.press("Enter")
    expect(page.locator(".meeting-patient")).to_contain_text("Treat before the relapse is overt?")
    keys.to("Record a decision", "summary")
    page.keyboard.press("Enter")
    keys.fill("other", "azacitidine and venetoclax")
    keys.fill("reason", "Confirmed in two marrows.", "textarea")
    keys.follow("Record it", "button")
    expect(page.locator(".decision")).to_contain_text("azacitidine and venetoclax")
    keys.follow("Sign out", "button")
    keys.heading("Tenfold")


def test_a_laboratory_measures_reads_signs_and_stores(window: Watched, house: House) -> None:
    page = window.page
    window.expected += ["422"]
    page.on("dialog", lambda dialog: dialog.accept())
    window.sign_in("north laboratory", "/laboratory")
    page.locator("input[name=run]").set_input_files(EXAMPLE / "laboratory.toml")
    page.get_by_role("button", name="Measure it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    for part, name in (("run", "run.csv"), ("plate_map", "map.csv"), ("profile", "laboratory.toml")):
        page.locator(f"input[name={part}]").set_input_files(EXAMPLE / name)
    page.get_by_role("button", name="Measure it").click()
    expect(page.locator(".state").first).to_contain_text("Run: accepted")
    assert page.locator("img.chart").first.evaluate("chart => chart.decode().then(() => chart.naturalWidth)") > 0
    page.get_by_label("Comment").fill("Controls as usual.")
    page.get_by_label("password").fill(PASSWORD)
    page.get_by_role("button", name="Sign as").click()
    expect(page.get_by_text("Signed by north laboratory").first).to_be_visible()
    page.locator("section.score", has_text="SIM-2 cycle 4").get_by_role("link", name="Store as an MRD").click()
    page.locator("[name=patient]").fill("A-1")
    page.get_by_role("button", name="Store as an MRD sample").click()
    expect(page.get_by_role("alert")).to_contain_text("The plate map says that this sample is of SIM-2")
    page.locator("[name=patient]").fill("SIM-2")
    page.get_by_role("button", name="Store as an MRD sample").click()
    page.locator("p.done", has_text="Stored as an MRD sample of").get_by_role("link", name="SIM-2").click()
    expect(page.locator("h1")).to_have_text("SIM-2")
    expect(page.locator("#stands ~ .state").first).to_be_visible()


def test_a_data_manager_looks_at_the_faults_stores_and_takes_records_out(
    window: Watched, house: House, tmp_path: Path
) -> None:
    page = window.page
    window.expected += ["422"]
    (tmp_path / "notes.txt").write_text("no table at all")
    (tmp_path / "records.zip").write_bytes(FAULTY)
    window.sign_in("north data manager", "/import")
    page.get_by_label("Files").set_input_files(tmp_path / "notes.txt")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be read")
    page.get_by_role("button", name="Discard").first.click()
    page.get_by_label("Files").set_input_files(tmp_path / "records.zip")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("2 new patients")).to_be_visible()
    faults = page.locator("table", has=page.get_by_text("Faults", exact=True)).locator("tbody tr")
    expect(faults).to_have_count(2)
    expect(faults.filter(has_text="perhaps")).to_contain_text("row set aside")
    assert "B-1" not in [one.patient_id for one in house.centre.patients()]
    page.get_by_role("button", name="Store", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Stored")).to_be_visible()
    page.goto(f"{house.address}/patients/{key_of(house.centre, 'B-1')}/records")
    expect(page.locator("#set_aside")).to_contain_text("plenty is not a number")
    page.goto(f"{house.address}/import")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download the archive").click()
    with zipfile.ZipFile(taken.value.path()) as archive:
        [patients] = [name for name in archive.namelist() if name.endswith("patients.csv")]
        assert b"B-1" in archive.read(patients)


def test_an_administrator_adds_a_member_a_token_a_setting_and_verifies_the_trail(window: Watched, house: House) -> None:
    page = window.page
    window.expected += ["422"]
    page.on("dialog", lambda dialog: dialog.accept())
    window.sign_in("north administrator", "/administration")

    def add(name: str) -> None:
        if not page.get_by_label("First password").is_visible():
            page.get_by_text("Add a member", exact=True).click()
        form = page.locator("form[action='/administration/accounts']")
        form.get_by_label("Name").fill(name)
        form.get_by_label("First password").fill("a long enough password")
        form.get_by_label("viewer", exact=True).check()
        form.get_by_role("button", name="Add").click()

    add("north viewer")
    expect(page.get_by_role("alert")).to_contain_text("There is an account called north viewer already")
    add("bea")
    row = page.locator("tbody tr", has_text="bea").first
    row.get_by_label("clinician").check()
    row.get_by_role("button", name="Set roles").click()
    expect(page.locator("tbody tr", has_text="bea").first.get_by_label("clinician")).to_be_checked()

    page.get_by_role("link", name="north administrator").click()
    for password in ("not the password", PASSWORD):
        page.get_by_text("Make a token", exact=True).click()
        form = page.locator("form[action='/account/tokens']")
        form.get_by_label("What it is for").fill("nightly table")
        form.get_by_label("Password").fill(password)
        form.get_by_role("button", name="Make it").click()
        expect(page.get_by_role("alert" if password != PASSWORD else "status")).to_be_visible()
    token = page.locator("code.secret").inner_text()
    headers = {"authorization": f"Bearer {token}"}
    patients = f"{house.address}/api/v1/patients"
    assert page.context.request.get(patients, headers=headers).ok
    page.get_by_role("link", name="Administration").click()
    page.get_by_role("button", name="withdraw nightly table").click()
    expect(page.get_by_text("withdrawn").first).to_be_visible()
    assert page.context.request.get(patients, headers=headers).status == 401

    page.get_by_role("link", name="Settings").click()
    page.get_by_label("confirm within").fill("soon")
    page.get_by_role("button", name="Keep these settings").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("confirm within")).to_have_value("soon")
    page.get_by_label("confirm within").fill("35")
    page.get_by_role("button", name="Keep these settings").click()
    expect(page.get_by_text("changed; as shipped 28")).to_be_visible()

    page.get_by_role("link", name="Administration").click()
    expect(page.locator("table").last).to_contain_text("settings changed")
    page.get_by_role("link", name="Verify the whole trail").click()
    expect(page.get_by_role("status")).to_contain_text("The trail is whole")


def test_a_viewer_reads_everything_and_writes_nothing(window: Watched, house: House) -> None:
    page = window.page
    window.expected += ["403"]
    window.sign_in("north viewer")
    page.get_by_role("link", name="A-3").click()
    expect(page.locator("h1")).to_have_text("A-3")
    for name in ("Enter a result", "Close an entry"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    for name in ("Import", "Administration"):
        expect(page.get_by_role("navigation").get_by_role("link", name=name)).to_have_count(0)
    patient = page.url
    for address in ("worklist", "meetings", "laboratory", "settings"):
        page.goto(f"{house.address}/{address}")
        expect(page.locator("main form[method=post]:has(button)")).to_have_count(0)
    page.goto(f"{patient}/entry/mrd_samples")
    expect(page.get_by_role("alert")).to_contain_text("needs another role")
    csrf = page.context.request.get(patient).text().partition('name="csrf" value="')[2].partition('"')[0]
    answer = page.context.request.post(f"{patient}/entry/mrd_samples", form={"csrf": csrf, "marker": "NPM1"})
    assert answer.status == 403


def test_two_people_who_change_one_patient_see_each_others_change(
    window: Watched, browser: Browser, house: House
) -> None:
    form = f"/patients/{key_of(house.centre, 'A-3')}/entry/events"
    with watched(browser, house.address) as second:
        window.expected += ["409"]
        for one, name in ((window, "north clinician"), (second, "north data manager")):
            one.sign_in(name, form)
        for one, kind in ((second, "death"), (window, "relapse")):
            one.page.locator("#f-kind").select_option(kind)
            one.page.locator("#f-event_date").fill(day(3))
            one.page.locator("[name=present][value=yes]").check()
            if one is window:
                expect(one.page.locator("#check")).to_contain_text("Somebody else has changed")
            one.page.get_by_role("button", name="Store").click()
        second.page.wait_for_url("**/records?stored=events*")
    page = window.page
    expect(page.get_by_role("alert")).to_contain_text("nothing of yours was written")
    expect(page.get_by_role("alert")).to_contain_text("north data manager")
    expect(page.locator("#f-kind")).to_have_value("relapse")
    page.get_by_role("button", name="Store").click()
    expect(page.locator("#events tbody tr")).to_have_count(2)


def test_an_empty_centre_shows_the_published_patients_by_one_click_and_keeps_their_days(window: Watched) -> None:
    page = window.page
    window.sign_in("south viewer")
    expect(page.get_by_text("There is nobody in this centre yet")).to_be_visible()
    page.get_by_role("button", name="Look at the published patients").click()
    page.get_by_role("link", name="tiong-01", exact=True).click()
    expect(page.locator("h1")).to_have_text("tiong-01")
    expect(page.locator("header.bar select")).to_contain_text("demonstration")
    page.get_by_label("As of").fill("60")
    page.get_by_role("button", name="Show that day").click()
    expect(page.locator("p.warn").first).to_contain_text("This is what was known by day 60")
    page.locator("header.bar select").select_option("South")
    expect(page.get_by_text("There is nobody in this centre yet")).to_be_visible()

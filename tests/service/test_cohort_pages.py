"""The cohort's page: what is asked for is a study, its numbers are the study's, and what is too few is said."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from service_running import PASSWORD, Client, centre_of
from tenfold.assessment import assess
from tenfold.cohort.simulation import simulate_registry
from tenfold.cohort.study.file import parse_study
from tenfold.cohort.too_few import FEWEST_EVENTS, FEWEST_PATIENTS, too_few
from tenfold.records import Registry
from tenfold.reports.study import run_study
from tenfold.service.cohort_filters import BY, NAMES, read_filters
from tenfold.service.store.imports import store_registry
from tenfold.service.store.outcome import Refused
from tenfold.service.store.store import Store

PATIENTS = 40


@pytest.fixture
def people(store: Store) -> None:
    store_registry(centre_of(store), simulate_registry(PATIENTS, seed=3).registry, "for the test")


def worked_out(one: Client, address: str) -> str:
    for _ in range(90):
        page = one.get(address)
        if "data-poll" not in page.text:
            return page.text
    raise AssertionError("it was never done")


def test_every_figure_that_is_offered_of_one_patient_can_be_opened(client: Callable[..., Client], store: Store) -> None:
    store_registry(centre_of(store), simulate_registry(1, seed=3).registry, "for the test")
    one = client("viewer")
    offered = re.findall(r'href="(/cohort/figure/[^"]+)"', worked_out(one, "/cohort"))
    assert [one.get(address.replace("&amp;", "&")).status_code for address in offered] == [200] * len(offered)
    assert one.get("/patients", follow_redirects=False).headers["location"] == "/"


def test_an_empty_centre_says_so_and_what_to_do(client: Callable[..., Client]) -> None:
    page = worked_out(client("data manager"), "/cohort")
    assert "nobody is in this centre yet" in page
    assert 'href="/import"' in page
    assert "0 patients in this centre" in page


def test_the_words_say_who_is_described_who_is_counted_and_why_nobody_is(
    client: Callable[..., Client], store: Store
) -> None:
    people = [
        {"patient_id": name, "last_contact_day": 400, "diagnosis_day": 0 if name == "C" else None} for name in "ABC"
    ]
    remissions = [{"patient_id": name, "response_day": 30, "reported_response": "CR"} for name in "AB"]
    tables = {"patients": people, "responses": remissions, "events": [], "marrows": []}
    store_registry(centre_of(store), Registry.from_tables(tables, relative=True), "for the test")
    one = client("viewer")
    page = " ".join(worked_out(one, "/cohort?endpoint=OS&endpoint=RFS").split())
    assert "<strong>1 of 3 patients</strong>: those with a day of diagnosis on record." in page
    assert "its own time zero on record: OS from diagnosis 1, RFS from first remission 2.</p>" in page
    page = worked_out(one, "/cohort?endpoint=RFS-MRD")
    assert "No endpoint can be counted; why not stands here:" in page
    assert "curves of RFS-MRD" in page.partition("why not stands here")[2]


def test_the_numbers_are_those_of_the_study_file_that_can_be_taken_away(
    client: Callable[..., Client], store: Store, people: None
) -> None:
    one = client("viewer")
    asked = "?sex=female&age_from=50&by=ELN-2022&endpoint=OS"
    page = worked_out(one, "/cohort" + asked)
    assert "SIMULATED" in page
    assert len(page.encode()) < 200_000
    study = one.get("/cohort/study.toml" + asked).text
    assert "SIMULATED" in study
    registry, _ = centre_of(store).registry()
    found = run_study(assess(registry), parse_study(tomllib.loads(study)))
    shown = list(csv.DictReader(io.StringIO(one.get("/cohort/table/endpoints.csv" + asked).text)))
    assert [(row["group"], int(row["patients"]), int(row["events"])) for row in shown] == found.endpoints.select(
        "group", "patients", "events"
    ).rows()
    assert found.description is not None
    assert f"{found.description.table_1.groups['all patients']} of {PATIENTS} patients" in page
    assert all(row["simulated"] == "yes" for row in shown)


def test_figures_tables_and_the_report_come_from_addresses_of_their_own(
    client: Callable[..., Client], people: None
) -> None:
    one = client("viewer")
    asked = "?endpoint=OS"
    page = worked_out(one, "/cohort" + asked)
    for width in ("wide", "narrow"):
        assert f"/cohort/figure/curve-0-{width}.svg" in page
        chart = one.get(f"/cohort/figure/curve-0-{width}.svg{asked}")
        assert chart.headers["content-type"].startswith("image/svg+xml")
        assert "SIMULATED" in chart.text
    assert one.get(f"/cohort/figure/drawing-0-wide.svg{asked}").status_code == 200
    for name in ("curve-99-wide", "nothing-0-wide", "curve-0-huge", "curve-x-wide"):
        assert one.get(f"/cohort/figure/{name}.svg{asked}").status_code == 404
    assert one.get(f"/cohort/table/nothing.csv{asked}").status_code == 404
    report = one.get(f"/cohort/report.html{asked}")
    assert "Methods" in report.text
    assert "attachment" in report.headers["content-disposition"]


def test_what_is_too_few_is_said_beside_the_curve(client: Callable[..., Client], people: None) -> None:
    page = worked_out(client("viewer"), "/cohort?gene=NPM1&endpoint=OS")
    assert f"Fewer than {FEWEST_PATIENTS} patients: all patients" in page


def test_too_few_patients_or_events_are_told_for_curves_of_either_kind() -> None:
    study = parse_study({"title": "t", "endpoint": [{"name": "OS"}, {"name": "CIR"}], "groups": [{"by": "sex"}]})
    found = run_study(assess(simulate_registry(14, seed=5).registry), study)
    for one in found.curves:
        counts = one.patients["group"].drop_nulls().value_counts().rows()
        small = {name for name, patients in counts if patients < FEWEST_PATIENTS}
        said = " ".join(too_few(one))
        assert all(f"{name} (" in said for name in small)
        assert bool(small) == (f"Fewer than {FEWEST_PATIENTS} patients" in said)
    assert FEWEST_EVENTS > 1


@pytest.mark.parametrize(
    "asked",
    [
        "sex=<script>", "age_from=old", "age_to=-3", "age_from=1e9", "regimen=a,b%3Dc", "marker=NPM1|TP53", "by=zzz",
        "endpoint=nothing", "gene=XXX", "mutated=perhaps", "year_from=99999", "ontogeny=%00", "regimen=" + "x" * 3000,
        "&".join(f"endpoint={name}" for name in ("OS", "RFS", "CIR", "TFR", "EFS-MRD", "RFS-MRD", "CIR-MRD")),
    ],
)  # fmt: skip
def test_what_the_form_would_not_send_is_refused_in_words(client: Callable[..., Client], asked: str) -> None:
    one = client("viewer")
    answer = one.get(f"/cohort?{asked}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<script>" not in answer.text.replace("<script src", "")
    assert one.get(f"/cohort/study.toml?{asked}").status_code == 422
    assert one.get(f"/cohort/figure/curve-0-wide.svg?{asked}").status_code == 422


def test_a_choice_that_nobody_meets_is_said_in_words(client: Callable[..., Client], people: None) -> None:
    page = worked_out(client("viewer"), "/cohort?regimen=none such")
    assert "nobody has" in page
    page = worked_out(client("viewer"), "/cohort?year_from=2199&endpoint=OS")
    assert 'role="alert"' in page or "Not done" in page


def test_every_split_and_every_filter_is_one_that_a_study_file_may_name() -> None:
    for by in BY:
        parse_study(tomllib.loads(read_filters({"by": by}, ()).study('A "quoted" title\n', ["a remark\nin two lines"])))
    given = dict(
        zip(NAMES, ("female", "50", "80", "de novo", "adverse", "7+3", "RUNX1::RUNX1T1", "NPM1", "no", "2010", "2024", ""), strict=True)
    )  # fmt: skip
    filters = read_filters(given, ["CIR"])
    assert parse_study(tomllib.loads(filters.study("t"))).population == filters.population
    assert filters.population is not None
    assert filters.population.count(",") == 9
    with pytest.raises(Refused):
        read_filters({"marker": "a=b"}, ())


def test_the_splits_that_are_offered_can_be_drawn() -> None:
    assessment = assess(simulate_registry(30, seed=4).registry)
    groups = [
        {"by": name} for name in ("ELN-2022", "mPRS", "sex", "ontogeny", "treatments.regimen", "diagnosis.FLT3_ITD")
    ]
    study = parse_study(
        {"title": "t", "endpoint": [{"name": "OS"}], "groups": groups, "population": "diagnosis_year>=1900"}
    )
    assert run_study(assessment, study).failed == []


def test_the_demonstration_of_days_without_dates_is_shown_too(client: Callable[..., Client]) -> None:
    one = client("viewer")
    one.post_form("/demonstration")
    page = worked_out(one, "/cohort?endpoint=OS")
    assert "Diagnosed from" not in page
    assert "OS from diagnosis" in page or "Nothing can be shown" in page


def test_the_second_look_is_quick_and_a_new_record_is_seen(
    client: Callable[..., Client], store: Store, people: None
) -> None:
    one = client("viewer")
    assert f"{PATIENTS} of {PATIENTS} patients" in worked_out(one, "/cohort?endpoint=OS")
    more = simulate_registry(PATIENTS + 2, seed=3).registry
    store_registry(centre_of(store), more, "two more")
    assert f"of {PATIENTS + 2} patients" in worked_out(one, "/cohort?endpoint=OS")
    assert "0 patients in this centre" in worked_out(client("viewer", "South"), "/cohort?endpoint=OS")


def test_somebody_filters_in_the_browser_and_takes_the_study_file_away(
    served: str, browser: Browser, people: None
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{served}/cohort")
    page.get_by_label("Name").fill("north viewer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("select[name=sex]").select_option("male")
    page.get_by_label("Curves split by").select_option("sex")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="OS from diagnosis, by sex")).to_be_visible(timeout=30_000)
    assert page.locator("img.chart").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    with page.expect_download() as download:
        page.get_by_role("link", name="The study file").click()
    assert download.value.suggested_filename == "study.toml"
    page.close()

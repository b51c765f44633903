"""Pages with charts: markup in a record stays text, every link leads somewhere, and few facts or many make a page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from drawn_patients import CHARTS, EMPTY_DAYS, IN_ORDER

from registries import line, only, registry, sample
from tenfold.assessment import assess
from tenfold.cohort.outcomes import outcomes
from tenfold.exchange.published import published
from tenfold.figures import style
from tenfold.figures.timeline import timeline
from tenfold.records import Registry
from tenfold.reports.cohort import cohort_page
from tenfold.reports.page import patient_page

MARKUP = "<script>alert(1)</script>&\"'<b onload=x>"


class Page(HTMLParser):
    """The elements of a page and their text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href"):
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile() -> Registry:
    """Every text that a record holds is markup."""
    return registry(
        patients=[
            {"patient_id": MARKUP, "diagnosis_day": 0, "day_zero": MARKUP, "cause_of_death": MARKUP, "death_day": 900}
        ],
        treatments=[{**line(50, end_day=70), "patient_id": MARKUP, "regimen": MARKUP}],
        mrd_samples=[
            {**sample(day, level, name=f"{MARKUP}{day}"), "patient_id": MARKUP, "marker": marker}
            for day, level in ((9, 0.1), (30, 0.2), (90, 0.01), (120, "neg"))
            for marker in ("NPM1",)
        ],
        responses=[{"patient_id": MARKUP, "response_day": 1, "reported_response": "CR", "source": MARKUP}],
        transplants=[{"patient_id": MARKUP, "transplant_day": 100, "donor": MARKUP}],
        reported_outcomes=[
            {"patient_id": MARKUP, "endpoint": "RFS-MRD", "time_months": 3, "event": True, "clock_start": MARKUP}
        ],
    )


@pytest.mark.parametrize("which", ["patient", "cohort"])
def test_markup_in_a_record_stays_text(which: str) -> None:
    assessment = assess(hostile())
    page = (
        patient_page(assessment, MARKUP)
        if which == "patient"
        else cohort_page(assessment, title=MARKUP, lead=[MARKUP], groups={MARKUP: MARKUP})
    )
    read = Page(page)
    assert not read.tags & {"script", "b", "iframe", "object", "img", "link"}
    assert not any(name.startswith("on") for name in read.attributes)
    assert MARKUP in read.text
    assert all(link.startswith("#") for link in read.links)


def test_markup_in_a_record_stays_text_in_a_drawing() -> None:
    drawing = style.svg(timeline(assess(hostile()), MARKUP))
    tree = ElementTree.fromstring(drawing)
    names = {one.tag.rpartition("}")[2] for one in tree.iter()}
    assert not names & {"script", "b", "image", "a", "foreignObject"}
    assert any("<script>" in (one.text or "") for one in tree.iter())


def test_every_element_of_a_page_has_an_id_of_its_own_and_every_link_leads_to_one() -> None:
    read = Page(cohort_page(assess(published().select(["tiong-01", "tiong-10", "thol-1"])), title="published"))
    assert len(read.ids) == len(set(read.ids))
    assert {link.removeprefix("#") for link in read.links} <= set(read.ids)


PAGES: dict[str, dict[str, Any]] = {
    "no facts": {"patients": EMPTY_DAYS},
    "in order only": IN_ORDER,
    "undated sample alone": CHARTS["undated sample alone"],
    "forty samples": CHARTS["forty samples"],
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_patients_with_few_or_many_facts_can_be_made(name: str) -> None:
    assessment = assess(only(**PAGES[name]))
    assert "<html" in patient_page(assessment, "p")
    assert "<html" in cohort_page(assessment, title="a cohort")


def test_a_page_says_of_simulated_patients_that_they_are() -> None:
    made = Registry.from_tables({"patients": EMPTY_DAYS}, relative=True, simulated=True)
    assert "SIMULATED" in patient_page(assess(made), "p")
    assert "SIMULATED" in cohort_page(assess(made), title="a cohort")


def test_the_curves_of_a_page_are_those_of_the_outcomes() -> None:
    people = [{"patient_id": f"q{k}", "diagnosis_day": 0, "last_contact_day": 100 * k} for k in range(1, 6)]
    assessment = assess(registry(patients=people))
    [overall] = outcomes(assessment).reached
    read = Page(cohort_page(assessment, title="t"))
    assert overall.curves["all patients"].n == 5
    assert "neither" not in read.text
    assert "no first MRD relapse on record" in read.text


def test_a_patient_who_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        patient_page(assess(registry()), "nobody")

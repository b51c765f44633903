"""The first lines of a patient's page: what a tired reader takes home must be all of it, and no more than is known."""

from __future__ import annotations

from test_options_from_records import molecular

from registries import line, sample
from tenfold.assessment import assess
from tenfold.records import Registry
from tenfold.reports.board import board
from tenfold.reports.card import card

RELAPSE = (sample(0, "neg"), sample(180, 0.3), sample(195, 0.9))


def told(made: Registry, on: int, title: str = "Where the patient stands") -> list[str]:
    assessment = assess(made, on=on)
    page = board(assessment, card(assessment, "p"))
    return [one["text"] for section in page["sections"] if section["title"] == title for one in section["lines"]]


def test_a_confirmed_relapse_of_which_the_last_sample_is_old_is_still_one_and_the_age_is_said() -> None:
    lines = told(molecular(*RELAPSE), on=400)
    assert lines[0] == "molecular failure"
    assert any("205 days ago: older than 120 days" in text for text in lines)
    assert not any("before, confirmed" in text for text in lines)


def test_a_recent_sample_has_no_remark_on_its_age() -> None:
    assert not any("days ago" in text for text in told(molecular(*RELAPSE), on=210))


def test_a_relapse_that_was_treated_and_the_response_to_it_are_told() -> None:
    lines = told(molecular(*RELAPSE, sample(260, "neg"), treatments=[line(200)]), on=270)
    assert "molecular relapse before, confirmed: NPM1 in marrow, first sample day 180" in lines
    assert any(text.startswith("response to ") and "MRD negativity" in text for text in lines)


def test_no_published_survival_stands_beside_a_model_that_perhaps_does_not_apply() -> None:
    risk = told(molecular(*RELAPSE), on=210, title="Risk, by the models that apply")
    assert risk
    assert not any("published" in text for text in risk if "if it applies" in text)
    assert not any("not read in the original" in text for text in risk)

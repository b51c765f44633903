"""A model whose survival was printed at some months says nothing sharper of the months between."""

from dataclasses import replace

import numpy as np
import pytest

from tenfold.cohort.development.baseline import Baseline
from tenfold.cohort.development.cut_offs import read_cut_offs
from tenfold.cohort.development.entry import Entry, read_entry
from tenfold.cohort.development.individual import score_file
from tenfold.cohort.development.terms import Term
from tenfold.logic.decision import Input

PRINTED = Baseline(np.array([6.0, 12.0, 24.0]), -np.log(np.array([0.64, 0.38, 0.2])), 36.0)


def model(baseline=PRINTED, endpoint="OS"):
    return Entry(
        name="printed",
        edition="1",
        question="Which group?",
        citation="a paper",
        licence="free",
        endpoint=endpoint,
        terms=(Term(Input("TP53", "TP53 mutated"), "yes/no"),),
        weights={"TP53": ("0.80",)},
        cut_offs=read_cut_offs("<0.5"),
        baseline=baseline,
    )


def survival(month, baseline=PRINTED, value="no"):
    [told] = score_file(model(baseline), [f"TP53={value}"], [month])
    [at] = told["individual"]["at"]
    return at, told["lines"][0]


def test_at_a_printed_month_survival_is_what_is_printed():
    at, said = survival(12)
    assert at["survival"] == pytest.approx(0.38)
    assert said == "alive at 12 months: 38 %"


@pytest.mark.parametrize(
    ("month", "least", "most", "said"),
    [
        (3, 0.64, 1.0, "alive at 3 months: 64 % to 100 %, as the model prints it from 6 months on"),
        (11.9, 0.38, 0.64, "alive at 11.9 months: 38 % to 64 %, as the model prints it for 6 and for 12 months"),
        (30, 0.0, 0.2, "alive at 30 months: 0 % to 20 %, after the last month that the model prints, 24"),
    ],
)
def test_between_printed_months_survival_is_a_range(month, least, most, said):
    at, line = survival(month)
    assert at["survival"] is None
    assert (at["least"], at["most"]) == (pytest.approx(least), pytest.approx(most))
    assert line == said


def test_a_median_lies_between_two_printed_months():
    [told] = score_file(model(), ["TP53=no"], [12])
    assert told["individual"]["median"] is None
    assert "median survival: 6.0 to 12.0 months, between two months that the model prints" in told["lines"]


def test_a_median_that_no_printed_month_reaches_is_not_reached():
    flat = Baseline(np.array([6.0, 12.0]), -np.log(np.array([0.9, 0.8])), 36.0)
    [told] = score_file(model(flat), ["TP53=no"], [12])
    assert "median survival: not reached within 12.0 months, and nothing is told of later" in told["lines"]


def test_survival_stays_between_the_times_of_events_and_the_file_says_that_they_are():
    entry = model(replace(PRINTED, event_times=True))
    assert "event_times = true" in entry.text()
    assert survival(11.9, entry.baseline)[0]["survival"] == pytest.approx(0.64)


def test_a_file_that_does_not_say_so_is_read_as_printed(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text(model().text().replace("event_times = false\n", ""), encoding="utf-8")
    assert not read_entry(path).baseline.event_times


def test_what_is_not_known_and_what_is_not_printed_are_both_named():
    at, said = survival(9, value="?")
    assert at["survival"] is None
    assert "depending on what is not known, as the model prints it for 6 and for 12 months" in said


def test_of_another_endpoint_than_survival_the_event_is_named():
    [told] = score_file(model(endpoint="EFS"), ["TP53=no"], [12])
    assert told["lines"][0].startswith("without the event of EFS at 12 months: 38 %")
    assert any(line.startswith("median time to the event of EFS") for line in told["lines"])

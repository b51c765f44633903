"""A level of which only a bound is printed, and a remission that is documented twice."""

from __future__ import annotations

import pytest

from registries import Row, registry, remission, sample
from tenfold.assessment import assess

LOW, HIGH = "detectable, below 2 %", "2 % or more"


def test_of_two_documents_of_one_remission_the_first_counts() -> None:
    made = registry(responses=[remission(40), remission(60)])
    assert assess(made, on=100).remissions["first_document"].to_list() == [True, False]


@pytest.mark.parametrize(
    ("complete", "states"),
    [
        (True, {"outside remission", "MRD detectable"}),
        (False, {"outside remission", "MRD detectable", "molecular progression", "MRD relapse, unconfirmed"}),
    ],
)
def test_where_samples_may_be_missing_before_any_event_a_first_positive_may_be_a_relapse(
    complete: bool, states: set[str]
) -> None:
    told = [{"table": "mrd_samples", "complete": complete}]
    made = registry(mrd_samples=[sample(10, 0.05)], completeness=told)
    assert set(assess(made, on=100).patients["state_possible"][0]) == states


def bands(one: Row) -> set[str]:
    made = registry(responses=[remission(0)], mrd_samples=[one])
    return set(assess(made, on=60).molecular.filter(row="sample")["mrd_level_band_possible"][0])


@pytest.mark.parametrize(
    ("qualifier", "bound", "said"),
    [
        (">", 1.9, {LOW, HIGH}),
        (">", 2.0, {HIGH}),
        (">", 2.1, {HIGH}),
        ("<", 1.9, {LOW}),
        ("<", 2.0, {LOW}),
        ("<", 2.1, {LOW, HIGH}),
    ],
)
def test_a_level_of_which_a_bound_is_printed_may_be_anything_beyond_it(
    qualifier: str, bound: float, said: set[str]
) -> None:
    assert bands(sample(10, bound, qualifier=qualifier)) == said


def test_where_the_printed_level_and_the_copies_differ_a_bound_of_exactly_two_percent_is_two_percent() -> None:
    assert bands(sample(10, 2.0, target_copies=1500)) == {HIGH}
    assert bands(sample(10, 1.5, target_copies=1000)) == {LOW, HIGH}


@pytest.mark.parametrize(("copies", "said"), [(510, {LOW}), (490, {LOW, HIGH})])
def test_what_was_detected_below_quantification_lies_below_ten_copies_in_the_abl1_counted(
    copies: int, said: set[str]
) -> None:
    """Ten in 510 are 1.96 %; ten in 490 are 2.04 %, and a part of what lies below is above 2 %."""
    assert bands(sample(10, "det", control_copies=copies)) == said


def test_a_nought_is_no_level_and_no_bound() -> None:
    """Nothing detected is never zero; nor was less than something detected measured where nought is printed beside it."""
    nought = {"value": 0, "scale": "percent_abl1"}
    assert bands(sample(10, "det", control_copies=None, **nought)) == {LOW, HIGH}
    made = registry(responses=[remission(0)], mrd_samples=[sample(10, "neg", **nought)])
    [row] = assess(made, on=60).molecular.filter(row="sample").to_dicts()
    assert (row["state"], row["level"]) == ("MRD negative", None)

"""A level of which only a bound is printed, and a remission that is documented twice."""

from __future__ import annotations

import pytest

from registries import registry, remission, sample
from tenfold.assessment import assess


@pytest.mark.parametrize(("bound", "bands"), [(1.9, {"detectable, below 2 %", "2 % or more"}), (2.1, {"2 % or more"})])
def test_a_level_of_more_than_a_bound_may_be_anything_above_it(bound: float, bands: set[str]) -> None:
    made = registry(responses=[remission(0)], mrd_samples=[sample(10, bound, qualifier=">")])
    [row] = assess(made, on=60).molecular.filter(row="sample").to_dicts()
    assert set(row["mrd_level_band_possible"]) == bands


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

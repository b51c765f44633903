"""A second negative four weeks after the first: yes, no, or not known where the days are not exact."""

from __future__ import annotations

import polars as pl
import pytest

from registries import line, registry, remission, sample
from tenfold.assessment import assess
from tenfold.mrd.label_editions import with_second_negative


@pytest.mark.parametrize(
    ("second", "days_wide", "said"), [(37, 0, False), (38, 0, True), (40, 0, True), (40, 10, None)]
)
def test_a_second_negative_is_one_four_weeks_after_the_first(second: int, days_wide: int, said: bool | None) -> None:
    made = registry(responses=[remission(0)], mrd_samples=[sample(10, "neg"), sample(second, "neg")])
    molecular = assess(made, on=100).molecular.with_columns(latest_day=pl.col("earliest_day") + days_wide)
    told = with_second_negative(molecular).filter(pl.col("row") == "sample")["second_negative"].to_list()
    assert told == [False, said]


@pytest.mark.parametrize("treated", [75, 85])
@pytest.mark.parametrize(("second_remission", "said"), [(None, True), (120, False)])
def test_a_negative_before_a_new_remission_is_not_the_first_of_two(
    second_remission: int | None, said: bool, treated: int
) -> None:
    """Whether the relapse is documented before its treatment begins, or soon after."""
    made = registry(
        responses=[remission(0)] + ([] if second_remission is None else [remission(second_remission)]),
        events=[{"event_day": 80, "kind": "relapse"}],
        treatments=[line(treated, "salvage")],
        mrd_samples=[sample(100, "neg"), sample(130, "neg")],
    )
    told = with_second_negative(assess(made, on=200).molecular).filter(pl.col("row") == "sample")
    assert told["second_negative"].to_list() == [False, said]


def test_a_remission_that_is_documented_again_ends_no_spell_of_negatives() -> None:
    made = registry(responses=[remission(0), remission(20)], mrd_samples=[sample(10, "neg"), sample(40, "neg")])
    told = with_second_negative(assess(made, on=100).molecular).filter(pl.col("row") == "sample")
    assert told["second_negative"].to_list() == [False, True]

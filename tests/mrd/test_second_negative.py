"""A second negative four weeks after the first: yes, no, or not known where the days are not exact."""

from __future__ import annotations

import polars as pl
import pytest

from registries import registry, remission, sample
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

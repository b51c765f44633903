"""Blasts in the blood before and after a clear sample, where places in the course are recorded beside the days."""

from __future__ import annotations

import pytest

from registries import registry, remission
from tenfold.assessment import assess


@pytest.mark.parametrize("places", [(2, 3, 4), (4, 3, 2)], ids=["in the order of the days", "against it"])
@pytest.mark.parametrize(("second", "relapses"), [(108, 1), (129, 0)])
def test_a_clear_sample_between_blasts_more_than_four_weeks_apart_separates_them_whichever_way_their_places_run(
    places: tuple[int, ...], second: int, relapses: int
) -> None:
    counts = [
        {"sample_day": day, "blasts_pb_pct": blasts, "sequence": place}
        for day, blasts, place in zip((100, 104, second), (3.0, 0.0, 5.0), places, strict=True)
    ]
    made = registry(responses=[{**remission(0), "sequence": 1}], counts=counts)
    turns = assess(made).course["kind"].to_list()
    assert turns == ["remission", *["relapse"] * relapses]

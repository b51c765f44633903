"""Numbers of simulated patients and measured samples: when a planted relapse begins, what a sample could have seen."""

from __future__ import annotations

import numpy as np
import pytest

from registries import registry, remission, sample
from tenfold.assessment import assess
from tenfold.mrd.kinetics_numbers import detection_limit
from tenfold.mrd.planted import Course, plant
from tenfold.mrd.qualified import RESPONSE_WITH_MRD

NEGATIVE, NOT_ASSESSED = "CR MRD-negative", "CR, MRD not assessed"


@pytest.mark.parametrize(
    ("copies", "percent"), [(10_000.0, 0.03), (100.0, 3.0), (1.0, 300.0), (0.0, None), (float("nan"), None)]
)
def test_three_copies_beside_the_copies_of_abl1_that_were_counted_could_have_been_seen_even_beside_a_single_one(
    copies: float, percent: float | None
) -> None:
    [limit] = detection_limit([copies])
    if percent is None:
        assert np.isnan(limit)
    else:
        assert limit == pytest.approx(np.log10(percent))


def test_a_planted_conversion_begins_after_the_first_two_samples_and_as_late_as_between_the_last_two() -> None:
    """Whoever regrows that late was not adequately sampled: no second sample shows it."""
    planted = plant(2_000, noise=0.0, seed=13)
    present = np.isfinite(planted.true[planted.course == Course.CONVERSION])
    assert not present[:, :2].any()
    assert present[:, -1].all()
    assert (~present[:, -2]).any()


@pytest.mark.parametrize(("latest", "said"), [(127, {NEGATIVE}), (128, {NEGATIVE}), (129, {NEGATIVE, NOT_ASSESSED})])
def test_a_negative_of_unknown_day_assesses_a_remission_surely_only_if_it_cannot_lie_beyond_the_28_days(
    latest: int, said: set[str]
) -> None:
    """The remission is of day 100, the sample of a later day, and no later than a count that was taken after it."""
    made = registry(
        responses=[{**remission(100), "sequence": 2}],
        mrd_samples=[sample(None, "neg", sequence=3)],
        counts=[{"sample_day": latest, "anc_e9_l": 2.0, "platelets_e9_l": 150.0, "sequence": 4}],
    )
    [row] = assess(made).remissions.to_dicts()
    assert set(row[f"{RESPONSE_WITH_MRD.key}_possible"]) == said

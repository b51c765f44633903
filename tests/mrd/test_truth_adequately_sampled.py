"""When a planted relapse counts as seen: from a lowest level below 2 %, and from no other."""

from __future__ import annotations

import numpy as np
import pytest

from tenfold.mrd.planted import Course, Planted, adequately_sampled


def of_levels(*percent: float) -> bool:
    true = np.log10(np.array([percent]))
    days = np.arange(len(percent))[None, :] * 30
    seen = np.ones(days.shape, np.int64)
    planted = Planted(np.array([Course.RISE_FROM_LOW_LEVEL]), days, true, true, true, seen)
    return bool(adequately_sampled(planted)[0])


@pytest.mark.parametrize(("lowest", "relapse"), [(1.9, True), (2.0, False), (2.5, False)])
def test_a_tenfold_rise_counts_only_from_low_level(lowest: float, relapse: bool) -> None:
    assert of_levels(lowest, 11 * lowest, 12 * lowest) is relapse


def test_one_sample_tenfold_above_is_not_confirmed_by_one_below() -> None:
    assert of_levels(0.1, 1.1, 0.9) is False
    assert of_levels(0.1, 1.1, 1.2) is True

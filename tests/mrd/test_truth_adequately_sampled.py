"""When a planted relapse counts as seen: from a lowest level below 2 %, and from no other."""

from __future__ import annotations

import numpy as np
import pytest

from tenfold.mrd.planted import Course, Planted, adequately_sampled


def of_levels(*percent: float) -> bool:
    return of_logs(*np.log10(percent))


def of_logs(*levels: float) -> bool:
    true = np.array([levels])
    days = np.arange(len(levels))[None, :] * 30
    seen = np.ones(days.shape, np.int64)
    planted = Planted(np.array([Course.RISE_FROM_LOW_LEVEL]), days, true, true, true, seen)
    return bool(adequately_sampled(planted)[0])


@pytest.mark.parametrize(("lowest", "relapse"), [(1.9, True), (2.0, False), (2.5, False)])
def test_a_tenfold_rise_counts_only_from_low_level(lowest: float, relapse: bool) -> None:
    assert of_levels(lowest, 11 * lowest, 12 * lowest) is relapse


def test_one_sample_tenfold_above_is_not_confirmed_by_one_below() -> None:
    assert of_levels(0.1, 1.1, 0.9) is False
    assert of_levels(0.1, 1.1, 1.2) is True


@pytest.mark.parametrize("rises", [(1 - 1e-9, 1.0), (1.0, 1 - 1e-9)])
def test_each_of_the_two_samples_is_tenfold_above_if_it_falls_short_by_rounding_only(
    rises: tuple[float, float],
) -> None:
    """Tenfold is told on log10 with a tolerance of 1e-9, and at exactly that it still is."""
    assert of_logs(0.0, *rises) is True
    assert of_logs(0.0, *(rise - 1e-9 for rise in rises)) is False


@pytest.mark.parametrize(("copies", "relapse"), [(1, True), (0.9, False)])
def test_one_copy_of_the_marker_in_50_000_of_abl1_is_seen_and_less_is_not(copies: float, relapse: bool) -> None:
    level = 100 * copies / 50_000
    assert of_levels(1e-5, level, level) is relapse

"""How low a sample below quantification may lie, and how fast a level falls before a negative sample far below it."""

from __future__ import annotations

from math import inf, log10, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from registries import registry, remission, sample
from tenfold.assessment import assess
from tenfold.mrd.censored_line import posterior


@pytest.mark.parametrize(
    ("taken", "low", "high"),
    [
        (sample(10, "det"), -inf, 0.02),
        (sample(10, "det", value=0.01, scale="percent_abl1"), -inf, 0.02),
        (sample(10, "det", value=0.05, scale="percent_abl1"), -inf, 0.05),
        (sample(10, 0.05), log10(0.05), 0.05),
    ],
    ids=["no number", "below the limit", "above the limit", "quantified"],
)
def test_a_number_printed_beside_below_quantification_bounds_the_level_from_above_alone(
    taken: dict[str, Any], low: float, high: float
) -> None:
    """Ten copies beside 50,000 of ABL1 are 0.02 %: up to there, or to a larger number printed, and from nothing on."""
    rows = assess(registry(responses=[remission(0)], mrd_samples=[taken]), on=20).molecular.filter(row="sample")
    assert rows["low"].to_list() == [pytest.approx(low)]
    assert rows["high"].to_list() == [pytest.approx(log10(high))]


def test_a_negative_sample_far_below_two_levels_draws_the_slope_as_far_as_its_likelihood_does() -> None:
    """10 % on days 0 and 30, and 3.6 log10 lower nothing on day 60: what is known of the slope, worked out by hand.

    The two levels give the slope and the line's level on day 15, each as a normal one, and so what is foretold for day
    60, 45 days on. Slope and foretold level, in standard deviations, go together with rho = sqrt(3) / 2.
    """
    noise, drop = 0.25, 3.6
    slope_sd, level_sd = noise / sqrt(2 * 15**2), noise / sqrt(2)
    foretold_sd = sqrt(level_sd**2 + (45 * slope_sd) ** 2 + noise**2)
    rho = 45 * slope_sd / foretold_sd
    assert rho == pytest.approx(sqrt(3) / 2)
    at = np.linspace(-12, 12, 4801)
    below = [NormalDist().cdf((-drop / foretold_sd - rho * z) / sqrt(1 - rho**2)) for z in at]
    density = np.exp(-(at**2) / 2) * below
    shares = np.array([0.05, 0.5, 0.95])
    expected = np.interp(shares, np.cumsum(density) / density.sum(), at)
    day, high = np.array([0.0, 30, 60]), np.array([1.0, 1.0, 1.0 - drop])
    told = posterior(day, np.array([1.0, 1.0, -inf]), high, noise, 0.0).slope_quantiles(shares)
    np.testing.assert_allclose(told / slope_sd, expected, atol=0.01)

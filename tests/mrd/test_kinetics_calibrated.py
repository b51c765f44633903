"""How fast residual disease doubles or halves: R's survreg as the oracle, and intervals that hold the truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from kinetic_series import LIMIT, OVERT, answered, reached, samples

from tenfold.logic.fold import NO
from tenfold.mrd.censored_line import fit_line, log_interval, log_normal_cdf, posterior
from tenfold.mrd.kinetics import Growth, Refused, growth
from tenfold.mrd.kinetics_numbers import KINETICS, LOG10_2, threshold
from tenfold.mrd.levels import ABL1
from tenfold.mrd.regrowth import Assay
from tenfold.mrd.serial_levels import Series

GOLDEN = json.loads(Path(__file__).parents[1].joinpath("golden", "kinetics.json").read_text("utf-8"))["sets"]


@pytest.mark.parametrize("name", GOLDEN)
def test_the_likeliest_line_is_that_of_survreg(name: str) -> None:
    golden = GOLDEN[name]
    low = np.array([-np.inf if value is None else value for value in golden["low"]], float)
    high = np.array([np.inf if value is None else value for value in golden["high"]], float)
    line = fit_line(np.array(golden["day"], float), low, high, golden["noise"])
    assert line.intercept == pytest.approx(golden["intercept"], abs=1e-6)
    assert line.slope == pytest.approx(golden["slope"], abs=1e-8)
    assert line.log_likelihood == pytest.approx(golden["log_likelihood"], abs=1e-6)
    np.testing.assert_allclose(line.covariance, golden["covariance"], rtol=1e-5)


def test_a_line_through_the_middle_of_every_sample_has_no_deviance_and_one_beside_it_that_of_least_squares() -> None:
    day, noise = np.array([0.0, 20, 45, 80]), 0.25
    level, half_width = -2 + 0.03 * day, np.array([0.0, 0.3, 1.0, 0.0])
    through = fit_line(day, level - half_width, level + half_width, noise)
    assert (through.intercept, through.slope) == pytest.approx((-2, 0.03))
    assert through.deviance == pytest.approx(0, abs=1e-9)
    aside = level + np.array([0.1, -0.2, 0.2, -0.1])
    squares = ((aside - np.polyval(np.polyfit(day, aside, 1), day)) ** 2).sum()
    assert fit_line(day, aside, aside, noise).deviance == pytest.approx(squares / noise**2)


def test_with_known_noise_and_nothing_censored_the_interval_is_that_of_least_squares() -> None:
    day, level = np.array([0.0, 20, 45, 80]), np.array([-2.0, -1.3, -0.4, 0.6])
    exact = samples(*zip(day.tolist(), (10**level).tolist(), strict=True))
    slope = answered(exact, numbers=KINETICS.changed(assay__noise_uncertainty=0)).slope
    slope_sd = 0.25 / np.sqrt(((day - day.mean()) ** 2).sum())
    assert slope.value == pytest.approx(np.polyfit(day, level, 1)[0], abs=1e-5)
    assert slope.high - slope.low == pytest.approx(2 * 1.6448536 * slope_sd, rel=6e-3)


@pytest.mark.parametrize(
    ("day", "level"),
    [
        ([0.0, 20, 45, 80], [-2.0, -1.3, -0.4, 0.6]),
        ([0.0, 30, 60, 90, 120, 150], [-2.0, -1.2, -1.3, -0.5, -0.4, 0.3]),
    ],
)
def test_with_uncertain_noise_the_99_percent_interval_is_that_of_every_noise_weighed(
    day: list[float], level: list[float]
) -> None:
    """Nothing censored: at each noise the slope is normal about that of least squares, and the noise has a likelihood."""
    days, levels = np.array(day), np.array(level)
    centred = days - days.mean()
    slope = np.polyfit(days, levels, 1)[0]
    residual = ((levels - levels.mean() - slope * centred) ** 2).sum()
    normal = np.linspace(-6, 6, 601)
    noise = 0.25 * np.exp(0.4 * normal)
    weight = np.exp(-(normal**2) / 2 - residual / (2 * noise**2)) / noise ** (len(days) - 2)
    sd = noise / np.sqrt((centred**2).sum())
    at = slope + sd[300] * np.linspace(-20, 20, 8001)
    density = (weight / sd) @ np.exp(-(((at - slope) / sd[:, None]) ** 2) / 2)
    low, high = np.interp([0.005, 0.995], np.cumsum(density) / density.sum(), at)
    told = posterior(days, levels, levels, 0.25, 0.4).slope_quantiles(np.array([0.005, 0.995]))
    assert told[1] - told[0] == pytest.approx(high - low, rel=0.01)


def test_the_lines_tried_reach_as_far_as_any_is_likely_and_a_cell_further() -> None:
    """Down to a likelihood of exp(-16) of the best, which at known noise is the square root of 32 standard deviations."""
    day, level, noise = np.array([0.0, 20, 45, 80]), np.array([-2.0, -1.3, -0.4, 0.6]), 0.25
    lines = posterior(day, level, level, noise, 0.0)
    slope_sd, level_sd = noise / np.sqrt(((day - day.mean()) ** 2).sum()), noise / np.sqrt(len(day))
    a_cell = 2 * (np.sqrt(32) + 14 / 48) / 97  # of the grid before the last: 98 points, a cell of the first wider
    for axis, centre, sd in (
        (lines.slope, np.polyfit(day, level, 1)[0], slope_sd),
        (lines.level, level.mean(), level_sd),
    ):
        for reach in ((centre - axis[0]) / sd, (axis[-1] - centre) / sd):
            assert np.sqrt(32) < reach < np.sqrt(32) + a_cell


def test_where_the_slope_may_only_lie_in_a_range_the_lines_reach_its_ends() -> None:
    day, level = np.array([0.0, 20, 45, 80]), np.array([-2.0, -1.3, -0.4, 0.6])
    lines = posterior(day, level, level, 0.25, 0.4, slope_range=(0.03, 0.034))
    assert (lines.slope[0], lines.slope[-1]) == pytest.approx((0.03, 0.034))


def test_the_normal_tail_is_right_where_probabilities_are_tiny() -> None:
    from statistics import NormalDist

    points = np.array([-5.0, -1.0, 0.0, 1.0, 3.0])
    np.testing.assert_allclose(np.exp(log_normal_cdf(points)), [NormalDist().cdf(x) for x in points], rtol=1e-6)
    assert log_normal_cdf(np.array([-40.0]))[0] == pytest.approx(-804.608442, abs=1e-5)
    assert log_interval(np.array([8.0]), np.array([9.0]))[0] == pytest.approx(np.log(6.2198e-16), abs=1e-3)
    assert log_interval(np.array([-np.inf]), np.array([np.inf]))[0] == pytest.approx(0, abs=1e-9)


def follow_up(generator: np.random.Generator, design: str) -> tuple[np.ndarray, float, float]:
    """Days, log10 level on the first of them and slope of a patient under one of four ways of being followed."""
    n = int(generator.integers(3, 9))
    if design == "closely":
        gaps = generator.integers(7, 22, n - 1).astype(float)
    else:
        gaps = generator.choice([28, 30, 42, 60, 91], n - 1) + generator.integers(-7, 8, n - 1)
    day = np.concatenate([[0.0], np.cumsum(gaps)])
    median = {"slow regrowth": 36.0, "from persistence": 11.0}.get(design) or generator.choice([11.0, 14.0, 36.0])
    slope = LOG10_2 / (median * 10 ** generator.normal(0, 0.25))
    if design in ("slow regrowth", "from persistence"):
        return day, float(generator.uniform(-5, -1)), slope
    if design == "falling":
        return day, float(generator.uniform(0, 1.5)), -slope / 2
    return day, float(generator.uniform(-2, 1.4)) - slope * float(np.ptp(day)), slope


DESIGNS = ("closely", "until molecular relapse", "slow regrowth", "from persistence", "falling")


def test_nine_in_ten_intervals_hold_the_true_slope_and_day_of_crossing() -> None:
    """1,250 simulated patients, noise as uncertain as stated: nominal 90 % intervals cover 85 to 95 %, in every design."""
    generator = np.random.default_rng(20260)
    spread = KINETICS["assay.noise_uncertainty"]
    hits: dict[str, list[tuple[bool, bool]]] = {design: [] for design in DESIGNS}
    negatives = 0
    for design in DESIGNS:
        up = design != "falling"
        level = OVERT if up else threshold("low_level_limit")
        while len(hits[design]) < 250:
            day, start, slope = follow_up(generator, design)
            assay = Assay(0.25 * np.exp(spread * generator.standard_normal()), LIMIT, LIMIT + 1)
            seen = assay.report(start + slope * day, generator)
            n = len(day)
            series = Series(day, seen.low, seen.high, seen.detected, seen.limit, [ABL1] * n, (1,) * n, ("A",) * n)
            kinetics = growth(series)
            if isinstance(kinetics, Refused):
                continue
            negatives += int((seen.detected == NO).any())
            when = reached(kinetics, level=level, up=up)
            truth = (level.level - start) / slope
            earliest = when.until if when.day.low is None else when.day.low
            latest = np.inf if when.day.high is None else when.day.high
            hits[design].append((kinetics.slope.low <= slope <= kinetics.slope.high, earliest <= truth <= latest))
    covered = np.array([np.mean(hits[design], axis=0) for design in DESIGNS])
    assert negatives > 300
    assert (covered.mean(axis=0) > 0.87).all(), covered
    assert (covered.mean(axis=0) < 0.93).all(), covered
    assert (covered > 0.85).all(), covered
    assert (covered < 0.95).all(), covered


def test_intervals_with_the_prior_hold_the_doubling_time_of_patients_who_regrow() -> None:
    generator = np.random.default_rng(7)
    covered = []
    while len(covered) < 250:
        day = np.cumsum(generator.integers(20, 40, 4)).astype(float)
        doubling = 11 * 10 ** generator.normal(0, 0.25)
        level = generator.uniform(-1.5, 0.5) + LOG10_2 / doubling * (day - day[-1])
        seen = Assay(0.25, LIMIT, LIMIT + 1).report(level, generator)
        series = Series(day, seen.low, seen.high, seen.detected, seen.limit, [ABL1] * 4, (1,) * 4, ("A",) * 4)
        kinetics = growth(series, prior="NPM1")
        if isinstance(kinetics, Growth) and kinetics.doubling is not None:
            covered.append(kinetics.doubling.low <= doubling <= kinetics.doubling.high)
    assert 0.85 <= np.mean(covered) <= 0.95

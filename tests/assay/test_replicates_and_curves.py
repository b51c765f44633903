"""Replicates that agree or not, and curves against statistics from elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress

from tenfold.assay.profile import StoredCurve
from tenfold.assay.replicates import copies, judge
from tenfold.assay.standard_curve import efficiency, fit, stored
from tenfold.settings import DEFAULTS

CURVE = stored(StoredCurve("NPM1", -3.4, 39.5, "a test"))


def named(*cts: float | None) -> list[tuple[str, float | None]]:
    return [(f"A{n}", ct) for n, ct in enumerate(cts, 1)]


def test_three_replicates_that_agree_all_count() -> None:
    judged = judge(named(30.0, 30.2, 30.4), DEFAULTS)
    assert (judged.positive, judged.used, judged.dropped, judged.concordant) == (3, (30.0, 30.2, 30.4), None, True)


def test_early_replicates_may_lie_one_and_a_half_cycles_apart_but_no_further() -> None:
    assert judge(named(30.0, 31.5), DEFAULTS).concordant
    assert not judge(named(30.0, 31.6), DEFAULTS).concordant


def test_late_replicates_may_lie_two_cycles_apart() -> None:
    assert judge(named(36.0, 38.0), DEFAULTS).concordant
    assert not judge(named(36.0, 38.1), DEFAULTS).concordant


def test_the_one_that_stands_out_of_three_is_left_out() -> None:
    judged = judge(named(30.0, 30.3, 33.0), DEFAULTS)
    assert (judged.dropped, judged.used, judged.concordant) == ("A3", (30.0, 30.3), True)


def test_where_none_stands_out_none_is_left_out_and_the_sample_is_repeated() -> None:
    judged = judge(named(30.0, 31.5, 33.0), DEFAULTS)
    assert (judged.dropped, judged.concordant) == (None, False)


def test_of_two_that_disagree_nobody_can_say_which_is_wrong() -> None:
    judged = judge(named(24.0, 27.0), DEFAULTS)
    assert (judged.dropped, judged.concordant) == (None, False)


def test_an_empty_well_among_strong_ones_is_a_fault_and_is_left_out() -> None:
    judged = judge(named(25.0, 25.1, None), DEFAULTS)
    assert (judged.positive, judged.dropped, judged.empty, judged.concordant) == (2, "A3", 0, True)


def test_an_empty_well_among_late_ones_is_chance_and_counts_as_no_copies() -> None:
    judged = judge(named(37.8, 38.4, None), DEFAULTS)
    assert (judged.positive, judged.dropped, judged.empty, judged.concordant) == (2, None, 1, True)
    both = sum(10 ** CURVE.log10_copies(ct) for ct in (37.8, 38.4))
    assert copies(judged, CURVE, DEFAULTS) == pytest.approx(both / 3)


def test_one_strong_replicate_of_three_is_a_fault_and_no_negative() -> None:
    assert not judge(named(25.0, None, None), DEFAULTS).concordant


def test_one_late_replicate_of_three_is_chance() -> None:
    judged = judge(named(38.9, None, None), DEFAULTS)
    assert (judged.positive, judged.concordant) == (1, True)


@given(st.lists(st.one_of(st.none(), st.floats(15, 45)), min_size=1, max_size=6), st.randoms())
def test_the_order_of_the_wells_does_not_matter(cts: list[float | None], random: object) -> None:
    wells = named(*cts)
    shuffled = list(wells)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = judge(wells, DEFAULTS), judge(shuffled, DEFAULTS)
    assert (one.positive, one.empty, one.concordant, sorted(one.used)) == (
        other.positive,
        other.empty,
        other.concordant,
        sorted(other.used),
    )


@given(
    st.floats(-3.9, -3.0),
    st.floats(35, 42),
    st.lists(st.floats(-0.3, 0.3), min_size=10, max_size=10),
)
def test_the_line_is_that_of_an_independent_least_squares(slope: float, intercept: float, noise: list[float]) -> None:
    levels = [1e1, 1e1, 1e2, 1e2, 1e3, 1e3, 1e5, 1e5, 1e6, 1e6]
    cts = [intercept + slope * math.log10(level) + e for level, e in zip(levels, noise, strict=True)]
    line = fit("NPM1", [f"A{n}" for n in range(10)], levels, cts, repeatability=0.05)
    other = linregress(np.log10(levels), cts)
    assert line is not None
    assert line.slope == pytest.approx(other.slope, rel=1e-9)
    assert line.intercept == pytest.approx(other.intercept, rel=1e-9)
    assert line.r2 == pytest.approx(other.rvalue**2, rel=1e-9)
    assert line.efficiency == pytest.approx(10 ** (-1 / other.slope) - 1, rel=1e-9)


def test_far_from_chance_the_slope_s_interval_is_the_textbook_one() -> None:
    rng = np.random.default_rng(3)
    levels = np.repeat([1e6, 1e7, 1e8, 1e9], 3)
    cts = 40 - 3.4 * np.log10(levels) + rng.normal(0, 0.2, 12)
    line = fit("NPM1", [""] * 12, list(levels), list(cts), repeatability=0.01)
    other = linregress(np.log10(levels), cts)
    assert line is not None
    low, high = line.slope_interval(0.95) or (0, 0)
    half = 2.228139 * other.stderr  # Student's 97.5th centile with 10 degrees of freedom
    assert (low, high) == pytest.approx((other.slope - half, other.slope + half), rel=1e-4)


def test_a_doubling_with_each_cycle_is_full_efficiency() -> None:
    assert efficiency(-1 / math.log10(2)) == pytest.approx(1.0)


def test_a_standard_that_did_not_amplify_is_named_and_not_used() -> None:
    line = fit("NPM1", ["A1", "A2", "A3", "A4"], [10, 1e3, 1e4, 1e5], [None, 29.3, 25.9, 22.5], repeatability=0.05)
    assert line is not None
    assert (line.failed, line.levels, line.lowest) == (("A1",), 3, 1e3)


def test_two_wells_of_one_level_give_no_line() -> None:
    assert fit("NPM1", ["A1", "A2"], [1e3, 1e3], [29.3, 29.4], repeatability=0.05) is None


@given(st.floats(1.0, 7.0))
def test_more_replicates_never_widen_the_interval(level: float) -> None:
    levels = [1e1, 1e2, 1e3, 1e5, 1e6]
    line = fit("NPM1", [""] * 5, levels, [36.2, 32.6, 29.4, 22.4, 19.2], repeatability=0.05)
    assert line is not None
    variances = [line.variance(level, n) or 0.0 for n in (1, 2, 3, 6)]
    assert variances == sorted(variances, reverse=True)

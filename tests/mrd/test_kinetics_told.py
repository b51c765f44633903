"""How fast residual disease doubles or halves: sentences about patients, what is refused, and what always holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from kinetic_series import LIMIT, OVERT, answered, reached, refused, samples

from tenfold.mrd.kinetics import Growth, Refused, crossing, growth
from tenfold.mrd.kinetics_numbers import KINETICS, detection_limit, threshold
from tenfold.mrd.levels import ABL1, DIAGNOSIS
from tenfold.mrd.serial_levels import Series

RISING = samples((0, "neg"), (30, 0.01), (58, 0.07), (86, 0.5), (100, 1.1))


def test_a_patient_whose_level_doubles_every_ten_days_is_told_so() -> None:
    kinetics = answered(samples(*((day, 0.01 * 2 ** (day / 10)) for day in (0, 21, 42, 70, 84))))
    assert kinetics.doubling is not None
    assert kinetics.doubling.value == pytest.approx(10, rel=0.01)
    assert kinetics.doubling.low < 10 < kinetics.doubling.high
    assert kinetics.halving is None
    assert kinetics.rising > 0.999


def test_a_patient_whose_level_falls_has_a_halving_time_and_a_day_of_low_level() -> None:
    kinetics = answered(samples((0, 40.0), (21, 9.0), (42, 2.6), (63, 0.5)))
    assert kinetics.doubling is None
    assert kinetics.halving is not None
    assert 8 < kinetics.halving.value < 12
    low_level = reached(kinetics, level=threshold("low_level_limit"), up=False)
    assert low_level.direction == "fall"
    assert 40 < low_level.day.value < 50
    assert low_level.already > 0.95


def test_a_level_that_hardly_moves_has_neither_time_only_bounds() -> None:
    kinetics = answered(samples((0, 0.05), (30, 0.06), (60, 0.04), (90, 0.055)))
    assert kinetics.doubling is not None
    assert kinetics.halving is not None
    assert kinetics.doubling.value is None
    assert kinetics.doubling.high is None
    assert kinetics.doubling.low > 30
    assert kinetics.halving.value is None


def test_an_earlier_negative_makes_the_same_rise_steeper_at_least_as_surely() -> None:
    """Two samples alone leave slow growth open; the negatives before them do not."""
    open_rise = answered(samples((0, 0.004), (60, 0.01), (75, 0.02)))
    with_negatives = answered(samples((0, "neg"), (30, "neg"), (60, 0.01), (75, 0.02)))
    assert with_negatives.rising > open_rise.rising


def test_a_negative_by_a_poorer_assay_says_less() -> None:
    good, poor = (samples((0, "neg"), (40, 0.02), (60, 0.05), limit=limit) for limit in (-4.0, -1.0))
    assert answered(good).rising > answered(poor).rising


def test_below_quantification_counts_as_between_detection_and_quantification() -> None:
    rows = ((0, [0.0, 0.1]), (30, 0.1), (60, 0.8), (75, 1.5))
    bounded = answered(samples(*rows))
    explicit = answered(samples((0, [10**LIMIT, 0.1]), *rows[1:]))
    assert bounded.slope == explicit.slope
    unbounded = answered(samples(*rows, limit=float("nan")))
    assert unbounded.slope.low < bounded.slope.low or unbounded.slope.high > bounded.slope.high


def test_the_lead_is_counted_from_the_day_asked() -> None:
    kinetics = answered(RISING)
    last, later = reached(kinetics), reached(kinetics, from_day=110)
    assert last.day == later.day
    assert last.lead.value == pytest.approx(last.day.value - 100)
    assert later.lead.value == pytest.approx(last.lead.value - 10)
    assert last.probability > 0.99


def test_overt_relapse_is_said_to_rest_on_an_unverified_level() -> None:
    assert any("unverified" in text and "overt_relapse" in text for text in reached(answered(RISING)).assumes)
    assert not any("low_level" in t for t in reached(answered(RISING), level=threshold("low_level_limit")).assumes)


def test_a_level_already_above_the_threshold_says_so() -> None:
    already = reached(answered(RISING), level=replace(OVERT, level=-2.0))
    assert already.already > 0.999
    assert already.lead.high < 0


def test_the_rise_of_a_falling_level_is_never_dated() -> None:
    falling = reached(answered(samples((0, 1.5), (21, 0.4), (42, 0.1), (63, 0.02))))
    assert falling.day.value is None
    assert falling.day.high is None
    assert falling.probability < 0.01


def test_200_per_10_000_is_the_low_level_limit() -> None:
    assert threshold("transplant_trigger").level == pytest.approx(threshold("low_level_limit").level)


def test_the_detection_limit_of_a_negative_follows_its_control_gene() -> None:
    limits = detection_limit([30_000, 0, np.nan])
    assert limits[0] == pytest.approx(-2)
    assert np.isnan(limits[1:]).all()


def test_a_patient_in_whom_nothing_was_ever_detected_is_refused() -> None:
    assert "nothing was detected" in refused(samples(*((30 * k, "neg") for k in range(6))))


@given(st.lists(st.tuples(st.integers(0, 900), st.sampled_from(["neg", "unknown"])), max_size=10))
def test_an_all_negative_series_is_always_refused(rows: list[tuple[float, str]]) -> None:
    assert isinstance(growth(samples(*rows)), Refused)


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (samples((0, 0.1), (30, 0.2)), "different days: 2;"),
        (samples((0, 0.1), (0, 0.12), (30, 0.2)), "different days: 2;"),
        (samples(), "different days: 0;"),
        (samples((0, "neg"), (30, "neg"), (60, 0.2)), "between two bounds: 1;"),
        (samples((0, [0.0, 0.1]), (30, [0.0, 0.1]), (60, 0.2), limit=0.0), "between two bounds: 1;"),
        (samples((0, 0.1), (5, 0.2), (12, 0.2)), "span 12 days"),
        (samples((0, 0.1), (30, "unknown"), (60, 0.2)), "different days: 2;"),
        (samples((0, "neg"), (30, 0.1), (60, 0.2), limit=float("nan")), "different days: 2;"),
        (samples((0, 10.0), (30, 0.02), (60, 12.0), (90, 0.01)), "do not lie on one exponential"),
        (replace(RISING, family=[ABL1] * 4 + [DIAGNOSIS]), "different scales"),
        (replace(RISING, segment=("a", "a", "a", "b", "b")), "a treatment, a transplant or a relapse lies"),
        (replace(RISING, segment=("a", None, "a", "a", "a")), "not known whether a treatment"),
        (replace(RISING, laboratory=("A", "A", "A", "B", "B")), "no alignment factor is given for A, B"),
        (replace(RISING, laboratory=("A", "A", None, "A", "A")), "may have changed"),
    ],
)
def test_a_series_that_cannot_carry_an_answer_is_refused_and_why(series: Series, reason: str) -> None:
    assert reason in refused(series)


def test_a_change_of_laboratory_with_an_alignment_factor_is_answered_on_one_scale() -> None:
    moved = np.asarray(RISING.low) - np.array([0, 0, 0, 0.3, 0.3])
    changed = replace(
        RISING, low=moved, high=np.where(np.isinf(moved), np.inf, moved), laboratory=("A",) * 3 + ("B",) * 2
    )
    assert "B" in refused(changed, alignment={"A": 0.0})
    aligned = answered(changed, alignment={"A": 0.0, "B": 0.3})
    assert aligned.slope.value == pytest.approx(answered(RISING).slope.value)
    assert any("aligned by (log10): A +0, B +0.3" in text for text in aligned.assumes)


def test_laboratories_that_nobody_recorded_are_taken_as_one_and_it_is_said() -> None:
    kinetics = answered(replace(RISING, laboratory=(None,) * 5))
    assert any("laboratory not recorded" in text for text in kinetics.assumes)


def test_an_assay_without_noise_is_an_error() -> None:
    with pytest.raises(ValueError, match="above 0"):
        growth(RISING, numbers=KINETICS.changed(assay__noise_sd=0))


def test_a_threshold_on_another_scale_or_a_day_before_the_last_sample_is_refused() -> None:
    kinetics = answered(RISING)
    assert "another scale" in crossing(kinetics, threshold("overt_relapse_of_diagnosis")).reason  # type: ignore[union-attr]
    assert "before the last sample" in crossing(kinetics, OVERT, from_day=10).reason  # type: ignore[union-attr]


@st.composite
def courses(draw: st.DrawFn) -> list[tuple[float, Any]]:
    """Samples scattered about one exponential, negative below the detection limit; now and then one without a call."""
    gaps = draw(st.lists(st.integers(10, 60), min_size=3, max_size=7))
    start, slope = draw(st.floats(-3.5, 1)), draw(st.floats(-0.05, 0.05))
    rows: list[tuple[float, Any]] = []
    for day in np.cumsum(gaps).tolist():
        level = start + slope * day + draw(st.floats(-0.4, 0.4))
        call = "unknown" if draw(st.integers(0, 9)) == 0 else float(10**level)
        rows.append((float(day), "neg" if level < LIMIT and call != "unknown" else call))
    return rows


@given(courses(), st.floats(-3, 3))
def test_a_change_of_scale_leaves_the_doubling_time_unchanged(rows: list[tuple[float, Any]], shift: float) -> None:
    series = samples(*rows)
    moved = replace(
        series,
        low=np.asarray(series.low) + shift,
        high=np.asarray(series.high) + shift,
        limit=np.asarray(series.limit) + shift,
    )
    one, other = growth(series), growth(moved)
    assert type(one) is type(other)
    event("answered" if isinstance(one, Growth) else "refused")
    if isinstance(one, Growth) and isinstance(other, Growth):
        assert one.slope.value == pytest.approx(other.slope.value, abs=1e-7)
        assert one.slope.low == pytest.approx(other.slope.low, abs=1e-7)
        there = reached(other, level=replace(OVERT, level=OVERT.level + shift)).day
        assert (there.value is None) == (reached(one).day.value is None)


@given(courses(), st.integers(1, 40), st.sampled_from(["neg", "unknown", 0.01, 50.0]), st.booleans())
def test_a_later_sample_does_not_alter_an_earlier_as_of_answer(
    rows: list[tuple[float, Any]], gap: int, later: Any, treated: bool
) -> None:
    today = rows[-1][0]
    before, after = samples(*rows), samples(*rows, (today + gap, later))
    after = replace(after, segment=(*before.segment, "treated" if treated else "remission"))
    one, other = growth(before), growth(after, as_of=today)
    if isinstance(one, Refused) or isinstance(other, Refused):
        assert one == other
    else:
        assert (one.slope, one.doubling, one.halving, one.left_out) == (
            other.slope, other.doubling, other.halving, other.left_out,
        )  # fmt: skip


@given(st.permutations(range(5)))
def test_the_order_in_which_samples_are_given_does_not_matter(order: list[int]) -> None:
    shuffled = replace(
        RISING,
        **{name: np.asarray(getattr(RISING, name))[order] for name in ("day", "low", "high", "detected", "limit")},
    )
    assert answered(shuffled).slope == answered(RISING).slope


def test_published_doubling_times_narrow_the_answer_and_are_said_to_presume_regrowth() -> None:
    without, with_prior = answered(RISING), answered(RISING, prior="NPM1")
    assert with_prior.doubling is not None
    assert without.doubling is not None
    assert with_prior.doubling.high - with_prior.doubling.low < without.doubling.high - without.doubling.low
    assert any("Ommen" in text and "regrowth" in text for text in with_prior.assumes)


def test_published_doubling_times_are_refused_for_a_level_that_falls() -> None:
    assert "does not rise" in refused(samples((0, 40.0), (21, 9.0), (42, 2.6), (63, 0.5)), prior="NPM1")
    with pytest.raises(KeyError):
        growth(RISING, prior="WT1")


@pytest.mark.parametrize(("doubling", "applies"), [(190, True), (200, False)])
def test_they_are_refused_for_a_rise_slower_than_five_standard_deviations_from_their_median(
    doubling: float, applies: bool
) -> None:
    """Of NPM1, 11 days and 0.25 log10: no patient is taken to double in more than 11 x 10^1.25 = 196 days."""
    rise = samples(*((day, 0.1 * 2 ** (day / doubling)) for day in (0, 100, 200, 300)))
    exact = KINETICS.changed(assay__noise_sd=0.0001)
    without = answered(rise, numbers=exact).doubling
    assert without is not None
    assert without.low == pytest.approx(doubling, rel=0.01)
    assert isinstance(growth(rise, prior="NPM1", numbers=exact), Growth) is applies
    if not applies:
        assert "do not apply" in refused(rise, prior="NPM1", numbers=exact)


def test_every_number_carries_its_source_and_whether_it_was_read() -> None:
    assert all(entry.source and isinstance(entry.verified, bool) for entry in KINETICS.entries.values())
    assert not KINETICS.entries["assay.noise_sd"].verified
    assert not KINETICS.entries["doubling_time_spread.between_patients"].verified
    assert KINETICS["doubling_time.CBFB::MYH11"] == 36

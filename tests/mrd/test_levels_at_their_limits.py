"""Levels that lie just at a limit or just beside it, and how long the months and weeks between samples are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kinetic_series import OVERT, answered, reached, refused, samples

from registries import registry, remission, sample
from tenfold.assessment import assess
from tenfold.logic.fold import NO, YES
from tenfold.mrd.censored_line import Posterior
from tenfold.mrd.kinetics import Growth, growth
from tenfold.mrd.kinetics_numbers import KINETICS
from tenfold.mrd.planted import plant
from tenfold.mrd.surveillance import every
from tenfold.vocabulary import Tissue

FLOW = {"marker": "LAIP", "method": "flow", "scale": "percent_cd45"}
SEQUENCING = {"marker": "RUNX1", "method": "ngs", "scale": "percent_vaf"}


@pytest.mark.parametrize("by", [FLOW, SEQUENCING], ids=["flow", "sequencing"])
@pytest.mark.parametrize(
    ("value", "qualifier", "call"),
    [(0.099, None, NO), (0.1, None, YES), (0.1, "=", YES), (0.1, ">", YES), (0.1, "<", NO)],
)
def test_a_share_of_just_one_in_a_thousand_is_positive_unless_it_is_less_than_that(
    by: dict[str, Any], value: float, qualifier: str | None, call: int
) -> None:
    taken = sample(10, value, control_gene=None, control_copies=None, adequate=True, qualifier=qualifier, **by)
    rows = assess(registry(responses=[remission(0)], mrd_samples=[taken]), on=20).molecular
    assert rows.filter(row="sample")["detected_code"].to_list() == [call]


def test_a_sample_every_twelve_months_is_one_a_year_of_365_and_a_quarter_days() -> None:
    assert every(12, 48, Tissue.MARROW).days == pytest.approx((365.25, 730.5, 1095.75, 1461))


def test_each_sample_of_a_made_up_patient_is_repeated_after_three_weeks() -> None:
    [days] = plant(1, noise=0.0, seed=1).days.tolist()
    assert len(days) == 16
    assert [second - first for first, second in zip(days[::2], days[1::2], strict=True)] == [21] * 8


NOISE_AT_MOST = float(KINETICS["assay.noise_sd"]) * np.exp(1.645 * float(KINETICS["assay.noise_uncertainty"]))
"""The upper 95 % bound of the assay's noise, in log10."""


@pytest.mark.parametrize(
    ("beside", "most"),
    [((1, -2, 1), 6.635), ((1, -1, -1, 1), 9.210), ((1, -1, -1, 2, -1, -1, 1), 15.086)],
    ids=["3 samples", "4 samples", "7 samples"],
)
def test_levels_lie_on_no_exponential_where_only_one_in_a_hundred_that_do_would_scatter_as_much(
    beside: tuple[int, ...], most: float
) -> None:
    """`most`: the 99 % quantile of chi-squared, as tables print it, with two degrees of freedom fewer than samples.

    Levels lie `beside` a straight rise, on either side, so that no other line fits better.
    """
    day, aside = 30.0 * np.arange(len(beside)), np.array(beside, float)
    for share, answers in ((0.97, True), (1.03, False)):
        off = aside * NOISE_AT_MOST * np.sqrt(share * most / (aside**2).sum())
        levels = samples(*zip(day.tolist(), (10 ** (-1 + 0.01 * day + off)).tolist(), strict=True))
        assert isinstance(growth(levels), Growth) is answers
    assert "do not lie on one exponential" in refused(levels)


def test_a_level_that_is_reached_later_than_two_years_after_the_last_sample_is_not_dated() -> None:
    """It rises by a tenth of a log in thirty days."""
    horizon = float(KINETICS["series.horizon"])
    rise = answered(samples(*((day, 10 ** (-2 + day / 300)) for day in range(0, 1201, 60))))
    soon, late = (reached(rise, level=replace(OVERT, level=-2 + (1200 + horizon + days) / 300)) for days in (-90, 90))
    assert soon.until == late.until == 1200 + horizon
    assert soon.day.value == pytest.approx(1200 + horizon - 90, abs=10)
    assert late.day.value is late.day.high is late.lead.value is late.lead.high is None


def test_a_line_that_rises_however_slowly_never_falls_to_a_level() -> None:
    lines = Posterior(0.0, np.array([0.01]), np.array([1.0]), np.array([[1.0]]))
    assert lines.crossing_days(2.0, up=True)[0] == pytest.approx([100])
    assert lines.crossing_days(0.0, up=False)[0].tolist() == [np.inf]

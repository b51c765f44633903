"""VEN-PRS against its paper: every profile, every printed number, the scope."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from decimal import Decimal

import pytest

from tenfold.logic.decision import Score
from tenfold.risk.venprs import EVENT_FREE_SURVIVAL, GUARDS, OVERALL_SURVIVAL, PUBLISHED

SCORES = {"OS": OVERALL_SURVIVAL, "EFS": EVENT_FREE_SURVIVAL}


@pytest.mark.parametrize(("score", "groups"), [(OVERALL_SURVIVAL, (12, 14, 102)), (EVENT_FREE_SURVIVAL, (9, 13, 42))])
def test_all_profiles_fall_into_the_groups_that_exact_sums_give(score: Score, groups: tuple[int, int, int]) -> None:
    profiles = itertools.product((0, 1), repeat=len(score.criteria))
    found = Counter(score.verdict(profile).possible[0] for profile in profiles)
    assert tuple(found[name] for name in ("favourable", "intermediate", "adverse")) == groups


def test_three_quarters_is_reached_exactly_and_is_intermediate() -> None:
    names = [criterion.name for criterion in EVENT_FREE_SURVIVAL.criteria]
    there = {"extramedullary", "prior_hma", "FLT3", "SF3B1"}
    verdict = EVENT_FREE_SURVIVAL.verdict(tuple(int(name in there) for name in names))
    assert (verdict.low, verdict.possible) == (Decimal("0.75"), ("intermediate",))


def test_no_profile_totals_a_quarter_so_its_disputed_side_never_matters() -> None:
    for score in SCORES.values():
        totals = {score.verdict(p).low for p in itertools.product((0, 1), repeat=len(score.criteria))}
        assert Decimal("0.25") not in totals


def test_overall_and_event_free_groups_differ_in_23_of_128_profiles() -> None:
    names = [criterion.name for criterion in OVERALL_SURVIVAL.criteria]
    shared = [names.index(criterion.name) for criterion in EVENT_FREE_SURVIVAL.criteria]
    differ = sum(
        OVERALL_SURVIVAL.verdict(p).possible != EVENT_FREE_SURVIVAL.verdict(tuple(p[k] for k in shared)).possible
        for p in itertools.product((0, 1), repeat=7)
    )
    assert differ == 23


@pytest.mark.parametrize("endpoint", ["OS", "EFS"])
def test_every_weight_is_the_logarithm_of_its_printed_hazard_ratio_within_rounding(endpoint: str) -> None:
    for name, row in PUBLISHED[endpoint]["weights"].items():
        printed = float(re.match(r"[\d.]+", row["hazard_ratio"])[0])
        assert math.log(printed) == pytest.approx(float(row["weight"]), abs=0.025), name


def test_an_untested_sf3b1_lowers_the_least_total() -> None:
    """Amendment B11: HMA pretreatment, SF3B1 not tested."""
    names = [criterion.name for criterion in OVERALL_SURVIVAL.criteria]
    codes = tuple({"prior_hma": 1, "SF3B1": None}.get(name, 0) for name in names)
    verdict = OVERALL_SURVIVAL.verdict(codes)
    assert (verdict.low, verdict.high) == (Decimal("-0.34"), Decimal("0.64"))
    assert verdict.possible == ("favourable", "intermediate")
    assert verdict.decided_by == ("SF3B1",)


def test_the_group_comes_from_the_profiles_not_from_the_range() -> None:
    """A range may span a group that no completion reaches: 83 of the 2,187 patterns with unknowns."""
    wider = 0
    for codes in itertools.product((0, 1, None), repeat=7):
        verdict = OVERALL_SURVIVAL.verdict(codes)
        assert verdict.low is not None
        assert verdict.high is not None
        ends = OVERALL_SURVIVAL._bound(codes).possible
        assert set(verdict.possible) <= set(ends)
        wider += set(verdict.possible) != set(ends)
    assert wider == 83


def test_untreated_aml_is_outside_derivation_but_not_refused() -> None:
    refuses = {guard.criterion.name: guard.refuses for guard in GUARDS}
    assert refuses == {
        "venetoclax_naive": True,
        "overt_disease": True,
        "hma_venetoclax": True,
        "adult": True,
        "relapsed_or_refractory": False,
    }


def test_both_sets_of_published_medians_are_shown_with_equal_weight() -> None:
    assert PUBLISHED["OS"]["published"]["median months, Results"][0].startswith("14.2")
    assert PUBLISHED["OS"]["published"]["median months, Abstract"][0] == "21.4"

"""Calibration, Brier scores and net benefit agree with R's own pieces put together."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.cohort.accuracy import brier, decision_curve, integrated_brier
from tenfold.cohort.calibration import (
    baseline_hazard,
    calibration_by_groups,
    in_the_large,
    pseudo_observations,
    smooth_calibration,
    weak_calibration,
)
from tenfold.cohort.product_limit import product_limit, still_observed
from tenfold.cohort.scored import followed
from tenfold.cohort.survival import kaplan_meier

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "discrimination.json").read_text())
SETS = pytest.mark.parametrize("name", GOLDEN["sets"])
people = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=3, max_size=25)


def arrays(name):
    data = GOLDEN["sets"][name]
    held = data["calibration"]
    return (*followed(data["time"], data["status"]), np.array(held["risk"]), held["horizon"], held)


@SETS
def test_brier_scores_and_their_errors_are_riskregressions(name):
    data = GOLDEN["sets"][name]
    for theirs in data["brier"]:
        if theirs["model"] == "Null model":
            continue
        risk = np.array(data["risks"][theirs["model"]])[:, data["horizons"].index(theirs["times"])]
        ours = brier(data["time"], data["status"], risk, theirs["times"])
        null = [r for r in data["brier"] if r["model"] == "Null model" and r["times"] == theirs["times"]]
        assert ours.value == pytest.approx(theirs["Brier"], rel=1e-10)
        assert ours.of_everybody == pytest.approx(null[0]["Brier"], rel=1e-10)
        assert ours.explained == pytest.approx(1 - theirs["Brier"] / null[0]["Brier"])
        assert ours.standard_error == pytest.approx(theirs["se"], rel=1e-2)


def test_brier_scores_with_competing_events_are_riskregressions():
    data = GOLDEN["competing"]
    models = [row for row in data["brier"] if row["model"] != "Null model"]
    for k, theirs in enumerate(models):
        ours = brier(data["time"], data["status"], np.array(data["risk"])[:, k], data["horizons"][k])
        assert ours.value == pytest.approx(theirs["Brier"], rel=1e-10)
        assert ours.standard_error == pytest.approx(theirs["se"], rel=1e-2)


@SETS
def test_the_integrated_brier_score_is_the_mean_of_the_trapezia(name):
    data = GOLDEN["sets"][name]
    risks = np.array(data["risks"]["score"])
    ours = integrated_brier(data["time"], data["status"], risks, data["horizons"])
    each = [brier(data["time"], data["status"], risks[:, k], h).value for k, h in enumerate(data["horizons"])]
    grid = [0, *data["horizons"]]
    expected = np.trapezoid([0, *each], grid) / grid[-1]
    assert ours.value == pytest.approx(expected, rel=1e-12)
    assert ours.steps["brier"].to_list() == each


@SETS
def test_pseudo_observations_are_prodlims(name):
    time, event, _, horizon, held = arrays(name)
    np.testing.assert_allclose(pseudo_observations(time, event, horizon), held["pseudo"], atol=1e-10)


@settings(deadline=None)
@given(people, st.integers(1, 8))
def test_pseudo_observations_are_those_of_leaving_each_patient_out(rows, horizon):
    time, event = followed(*zip(*rows, strict=True))
    n = time.size

    def share(rows):
        return 1 - float(product_limit(time[rows], event[rows] == 1).at(horizon))

    everyone = np.arange(n)
    expected = [n * share(everyone) - (n - 1) * share(np.delete(everyone, one)) for one in everyone]
    np.testing.assert_allclose(pseudo_observations(time, event, horizon), expected, atol=1e-9)


@SETS
def test_slope_and_intercept_are_those_of_rs_estimating_equations(name):
    time, event, risk, horizon, held = arrays(name)
    ours = weak_calibration(time, event, risk, horizon)
    assert ours.slope == pytest.approx(held["weak"]["coef"][1], rel=1e-5)
    assert ours.slope_standard_error == pytest.approx(held["weak"]["se"][1], rel=1e-5)
    assert ours.intercept == pytest.approx(held["intercept"]["coef"], abs=1e-6)
    assert ours.intercept_standard_error == pytest.approx(held["intercept"]["se"], rel=1e-5)


@SETS
def test_the_smooth_curve_is_rs_cox_model_on_a_spline(name):
    time, event, risk, horizon, held = arrays(name)
    ours = smooth_calibration(time, event, risk, horizon)
    assert ours.mean_error == pytest.approx(held["ici"], abs=1e-7)
    np.testing.assert_allclose(np.sort(ours.curve["observed"]), np.sort(held["observed"]), atol=1e-6)


@SETS
def test_calibration_by_fifths_is_rs(name):
    time, event, risk, horizon, held = arrays(name)
    ours = calibration_by_groups(time, event, risk, horizon)
    assert ours["n"].sum() == time.size
    for row, theirs in zip(ours.to_dicts(), held["groups"], strict=True):
        assert row["predicted"] == pytest.approx(theirs["predicted"])
        assert row["observed"] == pytest.approx(theirs["observed"])
        assert (row["low"], row["high"]) == pytest.approx((theirs["low"], theirs["high"]))


@SETS
def test_net_benefit_is_that_of_kaplan_meier_among_the_treated(name):
    time, event, risk, horizon, held = arrays(name)
    ours = decision_curve(time, event, risk, horizon, [row["threshold"] for row in held["net_benefit"]])
    np.testing.assert_allclose(ours["net_benefit"], [row["net"] for row in held["net_benefit"]], atol=1e-12)
    np.testing.assert_allclose(ours["treat_all"], [row["all"] for row in held["net_benefit"]], atol=1e-12)


def test_predicting_the_overall_curve_is_calibrated_in_the_large():
    time, event, _, horizon, _ = arrays("pbc")
    curve = kaplan_meier(time, event)
    share = 1 - curve.at(horizon).survival
    found = in_the_large(time, event, np.full(time.size, share), horizon)
    assert found.ratio == pytest.approx(1)
    assert found.low < 1 < found.high
    assert brier(time, event, np.full(time.size, share), horizon).explained == pytest.approx(0)


def test_a_threshold_below_every_risk_treats_all():
    time, event, risk, horizon, _ = arrays("veteran")
    [row] = decision_curve(time, event, np.clip(risk, 0.02, 1), horizon, [0.01]).to_dicts()
    assert row["net_benefit"] == pytest.approx(row["treat_all"])
    assert row["interventions_avoided"] == pytest.approx(0)


@settings(deadline=None)
@given(people)
def test_bare_curves_are_those_of_the_library(rows):
    time, event = followed(*zip(*rows, strict=True))
    ours, theirs = product_limit(time, event == 1), kaplan_meier(time, event).steps
    np.testing.assert_allclose(ours.survival, theirs["survival"], atol=1e-12)
    np.testing.assert_allclose(product_limit(time + 0.5, event == 1).survival, theirs["survival"], atol=1e-12)
    # Who is censored leaves just after who has the event on the same day.
    weights = still_observed(time, event)
    later = product_limit(time + 0.5 * (event == 0), event == 0)
    np.testing.assert_allclose(weights.at(time), later.at(time + 0.5), atol=1e-12)


def test_the_baseline_at_relative_hazard_one_is_nelson_and_aalens():
    time, event = followed([1, 2, 2, 3], [1, 1, 1, 0])
    assert baseline_hazard(time, event, np.ones(4), 2) == pytest.approx(1 / 4 + 2 / 3)


def test_what_is_no_risk_or_is_missing_is_refused():
    with pytest.raises(ValueError, match="risk is not known for 1 of 3 rows"):
        brier([1, 2, 3], [1, 0, 1], [0.2, None, 0.3], 2)
    with pytest.raises(ValueError, match="from 0 to 1; 1 of 3 rows are not"):
        brier([1, 2, 3], [1, 0, 1], [0.2, 1.4, 0.3], 2)
    with pytest.raises(ValueError, match="exactly 0 or 1"):
        weak_calibration([1, 2, 3], [1, 0, 1], [0.2, 1.0, 0.3], 2)
    with pytest.raises(ValueError, match="a threshold is a risk"):
        decision_curve([1, 2, 3], [1, 0, 1], [0.2, 0.1, 0.3], 2, [1.0])

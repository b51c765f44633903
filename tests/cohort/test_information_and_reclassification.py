"""AIC in its three codings agrees with R; a reclassified patient is counted once, with how the cell fared."""

import json
from pathlib import Path

import numpy as np
import pytest

from tenfold.cohort.information import (
    compared,
    information_of_groups,
    information_of_predictor,
    information_of_score,
)
from tenfold.cohort.reclassification import reclassification
from tenfold.cohort.survival import kaplan_meier

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "discrimination.json").read_text())["sets"]
SETS = pytest.mark.parametrize("name", GOLDEN)


@SETS
def test_the_three_codings_have_rs_likelihoods(name):
    data = GOLDEN[name]
    time, event, held = data["time"], data["status"], data["information"]
    groups = information_of_groups(time, event, data["coarse"])
    aic, likelihood, parameters = held["factor"]
    assert (groups.aic, groups.log_likelihood) == pytest.approx((aic, likelihood))
    assert groups.degrees_of_freedom == parameters
    score = information_of_score(time, event, data["score"])
    assert (score.aic, score.log_likelihood) == pytest.approx(tuple(held["score"]))
    predictor = information_of_predictor(time, event, 0.7 * np.array(data["score"]))
    assert predictor.log_likelihood == pytest.approx(held["offset"])
    assert (predictor.degrees_of_freedom, predictor.likelihood_ratio.p) == (0, None)
    for each in (groups, score, predictor):
        assert each.log_likelihood_null == pytest.approx(held["null"])
        assert each.aic_difference == pytest.approx(
            2 * each.degrees_of_freedom - 2 * (each.log_likelihood - held["null"])
        )
        k, m = each.degrees_of_freedom, held["events"]
        assert each.aicc - each.aic == pytest.approx(2 * k * (k + 1) / (m - k - 1))


@SETS
def test_no_model_is_worse_than_none_by_more_than_twice_its_degrees_of_freedom(name):
    data = GOLDEN[name]
    noise = np.random.default_rng(3).normal(size=len(data["time"]))
    found = information_of_score(data["time"], data["status"], noise)
    assert found.aic_difference <= 2
    three = np.digitize(noise, [-0.5, 0.5])
    assert information_of_groups(data["time"], data["status"], three).aic_difference <= 4


@SETS
def test_the_refitted_score_never_fits_worse_than_its_offset(name):
    data = GOLDEN[name]
    score = np.array(data["score"])
    refitted = information_of_score(data["time"], data["status"], score)
    for factor in (0.2, 1.0, 2.0):
        held = information_of_predictor(data["time"], data["status"], factor * score)
        assert held.log_likelihood <= refitted.log_likelihood + 1e-9


def test_models_of_different_patients_are_not_compared():
    data = GOLDEN["veteran"]
    all_of_them = information_of_score(data["time"], data["status"], data["score"])
    fewer = information_of_score(data["time"][:100], data["status"][:100], data["score"][:100])
    with pytest.raises(ValueError, match="different patients"):
        compared({"all": all_of_them, "fewer": fewer})
    groups = information_of_groups(data["time"], data["status"], data["coarse"])
    frame = compared({"groups": groups, "score": all_of_them})
    assert frame["aic"].is_sorted()
    assert frame["delta_aic"][0] == 0


def test_a_missing_group_refuses_with_how_many_rows_lack_it():
    with pytest.raises(ValueError, match="the group is not known for 2 of 4 rows"):
        information_of_groups([1, 2, 3, 4], [1, 0, 1, 1], ["a", None, "b", None])
    with pytest.raises(ValueError, match="all patients are in one group"):
        information_of_groups([1, 2, 3], [1, 0, 1], ["a", "a", "a"])


@SETS
def test_each_patient_stands_in_one_cell_with_the_curve_of_that_cell(name):
    data = GOLDEN[name]
    time, event = np.array(data["time"], float), np.array(data["status"])
    first = np.where(np.array(data["score"]) > np.median(data["score"]), "high", "low")
    second = np.array(data["coarse"]).astype(str)
    horizon = data["horizons"][0]
    found = reclassification(time, event, first, second, horizon)
    assert found.cells["n"].sum() == time.size
    assert found.moved == time.size
    for (group,), part in found.cells.group_by("first"):
        assert part["share"].sum() == pytest.approx(1), group
    for row in found.cells.to_dicts():
        cell = (first == row["first"]) & (second == row["second"])
        alone = kaplan_meier(time[cell], event[cell]).at(horizon)
        assert row["event_rate"] == (None if alone.survival is None else pytest.approx(1 - alone.survival))
        assert row["event_rate"] is None or row["low"] is None or row["low"] <= row["event_rate"] <= row["high"]
        assert row["at_risk"] == alone.at_risk


def test_nobody_moves_between_a_model_and_itself():
    found = reclassification([1, 2, 3, 4], [1, 0, 1, 1], ["a", "b", "a", "b"], ["a", "b", "a", "b"], 2)
    assert found.moved == 0
    assert (found.cells["first"] == found.cells["second"]).all()

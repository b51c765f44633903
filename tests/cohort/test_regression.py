"""Logistic models agree with R's glm, and Firth's with a second implementation in R."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.regression import firth, logistic

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "regression.json").read_text())
SETS = {name: pl.DataFrame(columns, strict=False) for name, columns in GOLDEN["sets"].items()}


def same(ours, theirs, tolerance=1e-6):
    ours, theirs = np.ravel(np.array(ours, float)), np.ravel(np.array(theirs, float))
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=1e-8)


def fitted(golden, how):
    covariates = golden["covariates"] if isinstance(golden["covariates"], list) else [golden["covariates"]]
    return how(SETS[golden["data"]], response="response", covariates=covariates, weights=golden.get("weights"))


@pytest.mark.parametrize("golden", GOLDEN["logistic"])
def test_the_logistic_model_is_rs(golden):
    model = fitted(golden, logistic)
    assert model.n == golden["n"]
    for part, theirs in (
        ("coefficient", "coefficients"),
        ("standard_error", "standard_errors"),
        ("p", "p"),
        ("low", "low"),
        ("high", "high"),
    ):
        same([getattr(each, part) for each in model.coefficients], golden[theirs])
    same([model.log_likelihood_null, model.log_likelihood], golden["log_likelihood"])
    used = SETS[golden["data"]].drop_nulls(golden["covariates"]).head(5)
    same(model.probability(used), golden["fitted"])
    if golden.get("weights") is None:
        same(model.aic, golden["aic"])


@pytest.mark.parametrize("golden", GOLDEN["firth"])
def test_firths_model_is_that_of_the_second_implementation(golden):
    model = fitted(golden, firth)
    same([each.coefficient for each in model.coefficients], golden["coefficients"])
    same([each.standard_error for each in model.coefficients], golden["standard_errors"])
    for part in ("low", "high", "p"):
        same([getattr(each, part) for each in model.coefficients[1:]], golden[part])
    same([model.log_likelihood_null, model.log_likelihood], golden["log_likelihood"])


def test_firths_odds_ratio_of_one_table_is_that_with_half_a_patient_added_to_each_cell():
    data = SETS["empty_cell"]
    model = firth(data, response="response", covariates=["mutation"])
    cells = {key: n + 0.5 for key, n in [((1, 1), 5), ((1, 0), 0), ((0, 1), 5), ((0, 0), 10)]}
    same(model["mutation"].ratio, cells[1, 1] * cells[0, 0] / (cells[1, 0] * cells[0, 1]))


def test_the_penalised_likelihood_ratio_of_one_covariate_is_its_own_test():
    model = firth(SETS["empty_cell"], response="response", covariates=["mutation"])
    same(model.likelihood_ratio.p, model["mutation"].p)


def test_an_empty_cell_has_no_odds_ratio_in_a_logistic_model_and_says_so():
    model = logistic(SETS["empty_cell"], response="response", covariates=["mutation"])
    assert model["mutation"].ratio is model["mutation"].p is None
    assert model.warnings == ("mutation: all of the 5 with it respond; no odds ratio, use firth",)
    assert model.likelihood_ratio.p < 0.05
    with pytest.raises(ValueError, match="mutation"):
        model.probability(SETS["empty_cell"])


def test_a_covariate_that_sorts_out_responders_wholly_has_no_odds_ratio_and_says_so():
    data = {"response": [0, 0, 0, 1, 1, 1], "level": [1.0, 2, 3, 4, 5, 6]}
    model = logistic(data, response="response", covariates=["level"])
    assert model["level"].ratio is None
    assert "tells exactly who responds" in model.warnings[0]
    assert firth(data, response="response", covariates=["level"])["level"].ratio > 1


def test_all_or_none_responding_is_refused_by_logistic_and_not_by_firth():
    with pytest.raises(ValueError, match="none of the 6 rows used respond"):
        logistic(SETS["nobody"], response="response", covariates=["arm"])
    assert firth(SETS["nobody"], response="response", covariates=["arm"])["arm: b"].p == pytest.approx(1)


def test_rows_with_anything_unknown_are_left_out_and_counted():
    model = logistic(SETS["lung"], response="response", covariates=["ecog", "loss"])
    assert model.left_out == {"ecog": 1, "loss": 14}
    assert model.n == 213
    assert model.n_given == 228


def test_a_covariate_told_by_another_has_no_coefficient():
    data = SETS["lung"].with_columns(twice=pl.col("age") * 2)
    for how in (logistic, firth):
        model = how(data, response="response", covariates=["age", "twice"])
        assert model["twice"].coefficient is None
        assert len(model.warnings) == 1
        same(model["age"].coefficient, how(data, response="response", covariates=["age"])["age"].coefficient)


@given(st.integers(0, 2**32 - 1))
def test_a_weight_of_two_is_a_row_written_twice_in_any_order(seed):
    random = np.random.default_rng(seed)
    data = pl.DataFrame(
        {
            "response": random.random(40) < 0.5,
            "x": random.normal(size=40),
            "arm": random.choice(["a", "b"], 40),
            "weight": random.integers(1, 3, 40),
        }
    )
    twice = pl.concat([data, data.filter(pl.col("weight") == 2)]).sample(fraction=1, shuffle=True, seed=1)
    for how in (logistic, firth):
        one = how(data, response="response", covariates=["x", "arm"], weights="weight")
        other = how(twice, response="response", covariates=["x", "arm"])
        same([each.coefficient for each in one.coefficients], [each.coefficient for each in other.coefficients])
        same(one.variance, other.variance)
        same([each.low for each in one.coefficients], [each.low for each in other.coefficients], 1e-5)


@given(st.integers(0, 2**32 - 1))
def test_firths_interval_holds_its_estimate_and_agrees_with_its_test(seed):
    random = np.random.default_rng(seed)
    data = {"response": random.random(12) < 0.4, "x": random.normal(size=12), "arm": random.choice(["a", "b"], 12)}
    data["arm"][:2] = ["a", "b"]
    model = firth(data, response="response", covariates=["x", "arm"])
    for each in model.coefficients[1:]:
        low, high = each.low or 0.0, each.high or np.inf
        assert low < each.ratio < high
        assert (each.p < 0.05) == (low > 1 or high < 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"response": [0, 1, 2]}, "yes or no"), ({"w": [1, 0, 1]}, "above 0"), ({"x": [None] * 3}, "none has")],
)
def test_bad_input_is_refused_in_plain_words(change, said):
    data = {"response": [0, 1, 1], "w": [1.0, 1, 1], "x": [1.0, 2, 0], **change}
    for how in (logistic, firth):
        with pytest.raises(ValueError, match=said):
            how(pl.DataFrame(data), response="response", covariates=["x"], weights="w")

"""Fine and Gray's model agrees with R's cmprsk, and with delayed entry or weights with survival's finegray."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.cox import cox
from tenfold.cohort.fine_gray import fine_gray

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "incidence.json").read_text())
SETS = {name: pl.DataFrame(columns, strict=False) for name, columns in GOLDEN["sets"].items()}
MODELS = pytest.mark.parametrize("golden", GOLDEN["fine_gray"], ids=lambda g: f"{g['data']}-{g['of']}")


def same(ours, theirs, tolerance=1e-6):
    ours, theirs = np.array(ours, float), np.array(theirs, float)
    np.testing.assert_allclose(ours, theirs.reshape(ours.shape), rtol=tolerance, atol=1e-10)


def fitted(golden, **options):
    return fine_gray(
        SETS[golden["data"]], time="time", cause="cause", of=golden["of"], covariates=golden["covariates"], **options
    )


@MODELS
def test_the_model_is_that_of_cmprsk(golden):
    model = fitted(golden)
    assert [f"{c.covariate}{c.level or ''}" for c in model.coefficients] == golden["terms"]
    assert model.n == golden["n"]
    same([c.coefficient for c in model.coefficients], golden["coefficients"])
    same(model.variance, golden["variance"])
    same([model.log_likelihood_null, model.log_likelihood], golden["log_likelihood"])


@MODELS
def test_predicted_incidence_is_that_of_cmprsk(golden):
    predicted = golden["predicted"]
    found = fitted(golden).incidence(pl.DataFrame(predicted["rows"], strict=False), predicted["times"])
    same(found["incidence"].to_numpy().reshape(2, -1), predicted["incidence"])


@pytest.mark.parametrize("golden", GOLDEN["weighted"])
def test_delayed_entry_and_weights_are_as_in_rs_finegray(golden):
    model = fitted(golden, entry=golden.get("entry"), weights=golden.get("weights"))
    same([c.coefficient for c in model.coefficients], golden["coefficients"])
    same(model.variance, golden["variance"])
    same([model.log_likelihood_null, model.log_likelihood], golden["log_likelihood"])
    same(model.baseline["cumulative_hazard"][-1], golden["last_hazard"])


cohorts = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def simulated(random, n=80):
    x = random.normal(size=n)
    return pl.DataFrame(
        {
            "time": np.ceil(random.exponential(np.exp(-0.4 * x)) * 20),
            "cause": random.choice(["censored", "relapse", "death"], n),
            "x": x,
            "arm": random.choice(["a", "b"], n),
        }
    )


def relapse(data, **options):
    return fine_gray(data, time="time", cause="cause", of="relapse", covariates=["x", "arm"], **options)


@given(cohorts)
def test_neither_the_order_of_rows_nor_the_unit_of_time_matters(random):
    data = simulated(random)
    one, other = (
        relapse(data),
        relapse(data.sample(fraction=1, shuffle=True, seed=2).with_columns(pl.col("time") / 365.25)),
    )
    same([c.coefficient for c in one.coefficients], [c.coefficient for c in other.coefficients])
    same(one.variance, other.variance)


@given(cohorts)
def test_without_competing_events_it_is_coxs_model_with_breslows_ties(random):
    data = simulated(random).filter(pl.col("cause") != "death").with_columns(event=pl.col("cause") == "relapse")
    ours = relapse(data)
    theirs = cox(data, time="time", event="event", covariates=["x", "arm"], ties="breslow", robust=True)
    same([c.coefficient for c in ours.coefficients], [c.coefficient for c in theirs.coefficients], 1e-5)
    same(ours.log_likelihood, theirs.log_likelihood)
    same(ours.variance, theirs.variance, 1e-4)
    same(ours.baseline["cumulative_hazard"][-1], theirs.baseline()["cumulative_hazard"][-1], 1e-5)


@given(cohorts)
def test_without_censoring_the_two_ways_agree(random):
    data = simulated(random).filter(pl.col("cause") != "censored").with_columns(weight=1.0)
    one, other = relapse(data), relapse(data, weights="weight")
    same([c.coefficient for c in one.coefficients], [c.coefficient for c in other.coefficients], 1e-5)
    same(one.variance, other.variance, 1e-4)


def test_a_group_in_which_nobody_has_the_cause_has_no_ratio_and_says_so():
    data = simulated(np.random.default_rng(3)).with_columns(
        spared=(pl.col("cause") != "relapse") & (pl.int_range(80) % 2 == 0)
    )
    model = fine_gray(data, time="time", cause="cause", of="relapse", covariates=["spared", "x"])
    assert model["spared"].ratio is None
    assert model["x"].ratio is not None
    assert any("no ratio can be estimated" in said for said in model.warnings)
    with pytest.raises(ValueError, match="spared"):
        model.incidence(data.head(1), [3.0])


def test_rows_with_anything_unknown_are_left_out_and_counted():
    data = SETS["pbc"].with_columns(albumin=pl.when(pl.int_range(pl.len()) > 4).then("albumin"))
    model = fine_gray(data, time="time", cause="cause", of="death", covariates=["albumin"])
    assert model.left_out == {"albumin": 5}
    assert model.n == 307


def test_a_cause_that_nobody_had_is_refused():
    with pytest.raises(ValueError, match="nobody of the 312 rows used had 'relapse'"):
        fine_gray(SETS["pbc"], time="time", cause="cause", of="relapse", covariates=["age"])


def test_nothing_is_predicted_beyond_the_last_patient_followed():
    model = fine_gray(SETS["pbc"], time="time", cause="cause", of="death", covariates=["age"])
    found = model.incidence(SETS["pbc"].head(1), [0.0, 1e6])["incidence"].to_list()
    assert found == [0.0, None]

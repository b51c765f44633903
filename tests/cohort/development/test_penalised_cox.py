"""Penalised Cox models agree with R's glmnet; plain ones with `cox` and so with R's coxph."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.cox import cox
from tenfold.cohort.development.fitting import at_risk, light_fit, log_likelihood
from tenfold.cohort.development.patients import coded_patients
from tenfold.cohort.development.penalised import cross_validate, elastic_net, penalised
from tenfold.cohort.development.terms import terms_of

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "penalised_cox.json").read_text())
SETS = {name: pl.DataFrame(columns, strict=False) for name, columns in GOLDEN["sets"].items()}
FITS = pytest.mark.parametrize("golden", GOLDEN["fits"], ids=lambda g: "-".join(map(str, g["spec"].values())))


def coded(golden):
    frame, spec = SETS[golden["spec"]["data"]], golden["spec"]
    terms = terms_of(frame, golden["columns"])
    return coded_patients(frame, terms, time="time", event="event", entry=spec.get("entry"))


@FITS
def test_the_coefficients_are_glmnets(golden):
    factor = golden["spec"].get("factor")
    found = elastic_net(
        coded(golden),
        golden["penalties"],
        mixing=golden["spec"]["mixing"],
        factor=None if factor is None else np.array(factor),
    )
    np.testing.assert_allclose(found, golden["coefficients"], atol=5e-6)


@pytest.mark.parametrize(
    "golden",
    [each for each in GOLDEN["fits"] if "factor" not in each["spec"]],
    ids=lambda g: "-".join(map(str, g["spec"].values())),
)
def test_the_cross_validated_likelihood_is_glmnets_and_so_is_the_choice(golden):
    patients = coded(golden)
    found = cross_validate(
        patients, mixing=golden["spec"]["mixing"], penalties=golden["penalties"], fold=np.arange(patients.n) % 5
    )
    np.testing.assert_allclose(-2 * found.likelihoods, golden["cross_validated"], rtol=1e-5)
    assert found.chosen == golden["chosen"]


@FITS
def test_a_plain_fit_is_that_of_the_reported_model(golden):
    patients = coded(golden)
    model = cox(
        SETS[golden["spec"]["data"]],
        time="time",
        event="event",
        covariates=golden["columns"],
        entry=golden["spec"].get("entry"),
    )
    fit = light_fit(patients)
    np.testing.assert_allclose(
        fit.coefficients, [each.coefficient for each in model.coefficients], rtol=1e-7, atol=1e-10
    )
    np.testing.assert_allclose(fit.variance, model.variance, rtol=1e-7, atol=1e-10)
    assert fit.log_likelihood == pytest.approx(model.log_likelihood)
    assert fit.log_likelihood_null == pytest.approx(model.log_likelihood_null)


def test_efrons_ties_and_delayed_entry_are_those_of_the_reported_model():
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(
        {
            "time": rng.integers(3, 12, 120).astype(float),
            "entry": rng.integers(0, 3, 120).astype(float),
            "event": rng.random(120) < 0.6,
            "a": rng.random(120) < 0.4,
            "b": rng.normal(size=120),
        }
    )
    patients = coded_patients(frame, terms_of(frame, ["a", "b"]), time="time", entry="entry")
    model = cox(frame, time="time", event="event", entry="entry", covariates=["a", "b"])
    np.testing.assert_allclose(
        light_fit(patients).coefficients, [each.coefficient for each in model.coefficients], rtol=1e-8
    )
    np.testing.assert_allclose(light_fit(patients).variance, model.variance, rtol=1e-7)


@given(st.integers(0, 10_000), st.floats(0.01, 0.5))
def test_no_small_move_of_a_penalised_fit_does_better(seed, penalty):
    rng = np.random.default_rng(seed)
    n = 60
    frame = pl.DataFrame(
        {
            "time_months": rng.exponential(10, n),
            "event": rng.random(n) < 0.7,
            "a": rng.normal(size=n),
            "b": rng.normal(size=n),
        }
    )
    patients = coded_patients(frame, terms_of(frame, ["a", "b"]))
    [beta] = elastic_net(patients, [penalty], mixing=0.5)
    risk, scale = at_risk(patients.time, patients.event, None), patients.x.std(axis=0)

    def objective(b):
        z = b * scale
        cost = penalty * (0.5 * np.abs(z).sum() + 0.25 * (z**2).sum())
        return log_likelihood(patients.x, risk, b, efron=False) / n - cost

    best = objective(beta)
    for step in rng.normal(size=(8, 2)) * 1e-3:
        assert objective(beta + step) <= best + 1e-10


def test_a_great_penalty_leaves_nothing_and_an_unpenalised_term_stays():
    from developing import simulated

    frame = simulated()
    patients = coded_patients(frame, terms_of(frame, ["EMD", "HMA", "noise0"]))
    assert not elastic_net(patients, [50.0], mixing=1.0).any()
    [held] = elastic_net(patients, [50.0], mixing=1.0, unpenalised=["HMA"])
    assert held[1] > 0.3
    assert not held[[0, 2]].any()


def test_shrinkage_pulls_coefficients_in_and_rows_of_one_patient_share_a_fold():
    from developing import simulated

    frame = simulated()
    patients = coded_patients(frame, terms_of(frame, ["EMD", "HMA", "NF1", "SF3B1", "noise0", "noise1"]))
    beta, chosen = penalised(patients, seed=5)
    plain = light_fit(patients).coefficients
    assert np.abs(beta).sum() < np.abs(plain).sum()
    assert penalised(patients, seed=5)[1].chosen == chosen.chosen
    # Every patient three times over: if copies could be told apart, no penalty at all would look best.
    tripled = patients.take(np.tile(np.arange(patients.n), 3))
    assert penalised(tripled, seed=5)[1].chosen > chosen.penalties[-1] * 1.5


def test_a_factor_that_tells_who_fails_is_said_to_have_no_finite_coefficient():
    frame = pl.DataFrame(
        {"time_months": np.arange(1.0, 41.0), "event": [True] * 20 + [False] * 20, "early": [True] * 10 + [False] * 30}
    )
    fit = light_fit(coded_patients(frame, terms_of(frame, ["early"])))
    assert fit.infinite.all()
    assert fit.coefficients[0] == 4.0


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"mixing": 1.5}, "between 0"), ({"penalties": [0.1, 0.2]}, "fall"), ({"penalties": [-1.0]}, "not negative")],
)
def test_impossible_penalties_are_refused(changed, said):
    from developing import simulated

    frame = simulated(60)
    patients = coded_patients(frame, terms_of(frame, ["EMD", "HMA"]))
    with pytest.raises(ValueError, match=said):
        elastic_net(patients, **{"penalties": [0.1], **changed})

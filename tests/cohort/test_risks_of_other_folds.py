"""Risks of who took no part in the fit: those of a Cox model of the other folds, and nobody's own outcome moves them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from compared_scores import made
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.accuracy import brier
from tenfold.cohort.cox import cox
from tenfold.cohort.incidence import incidence
from tenfold.cohort.predicted_risk import as_factor, as_predictor, as_term, fold_of, predicted_risks


def simple(n: int = 90, seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    value = generator.normal(size=n)
    time, left = generator.exponential(8 * np.exp(-0.8 * value)), generator.uniform(1, 30, n)
    return np.minimum(time, left), (time <= left).astype(int), value


def test_risks_are_those_of_a_cox_model_of_the_other_folds() -> None:
    time, event, value = simple()
    risks = predicted_risks(time, event, as_term(value), [3.0, 6.0], seed=2, folds=5)
    held = fold_of(time.size, 5, 2) == 3
    frame = pl.DataFrame({"time": time, "event": event, "value": value}).filter(pl.Series(~held))
    model = cox(frame, time="time", event="event", covariates=["value"])
    base = model.baseline("breslow")
    for k, month in enumerate((3.0, 6.0)):
        hazard = base.filter(pl.col("time") <= month)["cumulative_hazard"][-1]
        expected = 1 - np.exp(-hazard * np.exp(model["value"].coefficient * value[held]))
        assert risks[held, k] == pytest.approx(expected, abs=1e-6)


def test_a_published_predictor_keeps_its_coefficients() -> None:
    time, event, value = simple()
    risks = predicted_risks(time, event, as_predictor(value), [6.0], seed=2, folds=5)[:, 0]
    fold = fold_of(time.size, 5, 2) == 0
    hazard = -np.log1p(-risks[fold])
    assert np.log(hazard) - value[fold] == pytest.approx(np.full(fold.sum(), np.log(hazard[0]) - value[fold][0]))


@given(st.integers(0, 89), st.floats(0.5, 25), st.integers(0, 1))
def test_nobodys_own_outcome_moves_the_own_risk(who: int, month: float, happened: int) -> None:
    time, event, value = simple()
    before = predicted_risks(time, event, as_term(value), [6.0], seed=2, folds=5)[who, 0]
    time[who], event[who] = month, happened
    assert predicted_risks(time, event, as_term(value), [6.0], seed=2, folds=5)[who, 0] == pytest.approx(before)


def test_risks_rise_with_time_and_stay_risks_also_where_a_group_has_no_event() -> None:
    time, event, value = simple()
    group = np.where(value > 0.5, "high", np.where(value > -1, "mid", "low"))
    event[group == "low"] = 0
    risks = predicted_risks(time, event, as_factor(group), [1.0, 3.0, 9.0], seed=1)
    assert ((risks >= 0) & (risks <= 1)).all()
    assert (np.diff(risks, axis=1) >= 0).all()
    assert risks[group == "low"].max() < 0.01


def test_with_competing_events_the_mean_risk_is_the_cumulative_incidence() -> None:
    frame = made(300, competing=True).patients
    codes = frame["status"].replace_strict({"censored": 0, "event": 1, "competing": 2}).to_numpy()
    times = frame["time_months"].to_numpy()
    risks = predicted_risks(times, codes, as_factor(frame["true_group"].to_list()), [8.0], seed=1)[:, 0]
    seen = incidence(times, frame["status"].to_list()).at("event", 8.0)
    assert risks.mean() == pytest.approx(seen.incidence, abs=0.02)
    assert brier(times, codes, risks, 8.0).explained > 0


def test_risks_need_events_to_learn_from() -> None:
    with pytest.raises(ValueError, match="leaves no event to learn from"):
        predicted_risks([1, 2, 3, 4], [1, 0, 0, 0], as_term([1, 2, 3, 4]), [2.0], seed=1, folds=4)
    with pytest.raises(ValueError, match="2 to 4 folds"):
        predicted_risks([1, 2, 3, 4], [1, 1, 1, 1], as_term([1, 2, 3, 4]), [2.0], seed=1, folds=9)

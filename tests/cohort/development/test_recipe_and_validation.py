"""The recipe is repeated as a whole; a model is measured where it was not made; predictions are R's with R's intervals."""

from decimal import Decimal
from functools import cache
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from developing import FACTORS, simulated
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.cox import cox
from tenfold.cohort.development.baseline import from_model
from tenfold.cohort.development.cut_offs import CutOff, group_of, read_cut_offs, search_cut_offs
from tenfold.cohort.development.develop import Plan, develop
from tenfold.cohort.development.fitting import at_risk, light_fit
from tenfold.cohort.development.measures import performance
from tenfold.cohort.development.optimism import optimism
from tenfold.cohort.development.patients import coded_patients
from tenfold.cohort.development.recipe import Recipe, Refit, Shrunken, warnings_of
from tenfold.cohort.development.screen import screen
from tenfold.cohort.development.splits import procedure_splits
from tenfold.cohort.development.terms import terms_of
from tenfold.cohort.discrimination import harrell_c
from tenfold.cohort.random_splits import random_splits

CANDIDATES = (*FACTORS, "noise0", "noise1")


def patients_of(frame, names=CANDIDATES, **options):
    return coded_patients(frame, terms_of(frame, names), **options)


@cache
def developed(**changed):
    plan = {"candidates": CANDIDATES, "seed": 1, "horizon": 10.0, "bootstrap": 20, "splits": 20}
    return develop(simulated(), Plan(**{**plan, **changed}))


def test_the_screen_is_the_univariable_model_of_each_candidate():
    frame = simulated()
    for one in screen([patients_of(frame)]):
        model = cox(frame, time="time_months", event="event", covariates=[one.candidate])
        assert one.p == pytest.approx(model[one.candidate].p)
        assert one.kept == (model[one.candidate].p < 0.10)


def test_the_p_of_a_candidate_of_several_words_is_of_all_of_them():
    frame = simulated()
    patients = patients_of(frame, ["eln"])
    model = cox(
        frame, time="time_months", event="event", covariates=["eln"], reference={"eln": patients.terms[0].reference}
    )
    assert screen([patients])[0].p == pytest.approx(model.wald_test.p)


def test_the_weights_are_the_multivariable_coefficients_to_two_decimals():
    frame = simulated()
    model = Recipe(forced=("noise1",)).fit([patients_of(frame)], 1)
    assert "noise1" in model.selected
    fitted = cox(frame, time="time_months", event="event", covariates=list(model.selected))
    for name, weight in zip(CANDIDATES, model.weights, strict=True):
        assert weight == (round(fitted[name].coefficient, 2) if name in model.selected else 0)


def test_a_forced_variable_that_is_no_candidate_and_an_impossible_threshold_are_refused():
    patients = patients_of(simulated())
    with pytest.raises(ValueError, match="forced, but no candidate"):
        screen([patients], forced=["WT1"])
    with pytest.raises(ValueError, match="threshold"):
        screen([patients], threshold=0)


def test_fewer_than_five_patients_with_a_factor_are_warned_of():
    frame = simulated().with_columns(rare=pl.int_range(174) < 4)
    patients = patients_of(frame, ["HMA", "rare"])
    model = Recipe(forced=("rare",)).fit([patients], 1)
    assert any("rare: 4 patients with it, fewer than 5" in line for line in warnings_of(model, [patients]))


@pytest.mark.parametrize("text", ["0.25,0.75", "<0.25,<=0.75"])
def test_a_total_on_a_cut_off_is_exact(text):
    cut_offs = read_cut_offs(text)
    totals = np.array([0.0, 0.25, 0.39 + 0.36, 0.76, 0.1 + 0.15])
    on = 1 if text.startswith("<") else 0
    assert group_of(totals, cut_offs).tolist() == [0, on, 1, 2, on]


@pytest.mark.parametrize("text", ["0.75,0.25", "0.255", "a"])
def test_a_cut_off_that_cannot_be_is_refused(text):
    with pytest.raises(ValueError, match=r"rise|decimals|number"):
        read_cut_offs(text)


@given(st.integers(0, 10_000))
def test_a_search_leaves_no_group_too_small_and_its_cut_offs_rise(seed):
    rng = np.random.default_rng(seed)
    totals = np.round(rng.choice([0, 0.4, 0.65, 0.9, 1.3], 80), 2)
    time, event = rng.exponential(np.exp(-totals)), rng.random(80) < 0.8
    found = search_cut_offs(totals, event, at_risk(time, event, None))
    assert all(low.at < high.at for low, high in pairwise(found))
    sizes = np.bincount(group_of(totals, found), minlength=len(found) + 1)
    assert sizes.min() >= 0.15 * 80


def test_a_search_finds_where_the_hazard_steps():
    rng = np.random.default_rng(2)
    totals = np.round(rng.uniform(0, 2, 600), 1)
    time = rng.exponential(1 / np.where(totals <= 0.5, 1, np.where(totals <= 1.4, 4, 16)))
    event = np.ones(600, dtype=bool)
    low, high = search_cut_offs(totals, event, at_risk(time, event, None))
    assert abs(low.at - Decimal("0.55")) <= Decimal("0.1")
    assert abs(high.at - Decimal("1.45")) <= Decimal("0.1")


@pytest.mark.parametrize("delayed", [False, True])
def test_a_prediction_and_its_interval_are_those_of_the_reported_model(delayed):
    frame = simulated(delayed=delayed)
    entry = "entry_months" if delayed else None
    patients = patients_of(frame, ["EMD", "HMA", "age_years"], entry=entry)
    fit = light_fit(patients)
    baseline = from_model([patients], fit.coefficients, [0, 1, 2], fit.variance)
    model = cox(frame, time="time_months", event="event", entry=entry, covariates=["EMD", "HMA", "age_years"])
    for row in range(3):
        ours = np.column_stack(baseline.curve(patients.x[row], float(patients.x[row] @ fit.coefficients)))
        months = [6.0, 12.0]
        theirs = model.survival(frame[[row]], months).select("survival", "low", "high").to_numpy()
        at = np.searchsorted(baseline.times, months, side="right") - 1
        np.testing.assert_allclose(ours[at], theirs, rtol=1e-6)


def test_with_delayed_entry_pairs_are_of_those_observed_together():
    frame = simulated(80)
    late = frame.with_columns(entry_months=pl.lit(0.001))
    total = frame["HMA"].to_numpy() * 0.6 + frame["EMD"].to_numpy() * 0.9
    plain, delayed = patients_of(frame), patients_of(late, entry="entry_months")
    assert delayed.entry is not None
    expected = harrell_c(plain.time, plain.event, total).value
    assert performance(plain, total, 0.1, 10).concordance == pytest.approx(expected)
    assert performance(delayed, total, 0.1, 10).concordance == pytest.approx(expected)
    assert np.isnan(performance(delayed, total, 0.1, 10).area)


def test_choosing_costs_more_than_refitting_and_noise_is_worth_nothing():
    frame = simulated(120, noise=12)
    noise = [f"noise{k}" for k in range(12)]
    patients = patients_of(frame, noise)
    model = Recipe(threshold=0.3).fit([patients], 1)
    settings_ = {"horizon": 10.0, "resamples": 40, "seed": 2, "times": np.array([5.0])}
    again = optimism(Recipe(threshold=0.3), [patients], model, **settings_)
    fixed = optimism(Refit(model.selected, model.cut_offs), [patients], model, **settings_)
    apparent, corrected = again.value("concordance")
    assert apparent - corrected > apparent - fixed.value("concordance")[1]
    assert corrected < 0.56
    assert again.value("slope")[1] < 0.75


def test_shrinkage_needs_less_correction_of_its_slope_than_the_recipe():
    found = developed()
    recipe, held = (arm.optimism.value("slope")[1] for arm in found.arms)
    assert recipe < 0.97
    assert abs(held - 1) < abs(recipe - 1) + 0.2


def test_refitted_splits_are_those_of_random_splits():
    patients = patients_of(simulated())
    model = Recipe(cut_offs=(CutOff(Decimal("0.25")), CutOff(Decimal("0.75")))).fit([patients], 1)
    ours = procedure_splits(
        Refit(model.selected, model.cut_offs), [patients], model, 10.0, splits=15, training=100, seed=4
    )
    theirs = random_splits(
        patients.time,
        patients.event,
        patients.x[:, model.columns],
        10.0,
        cut_points=[0.25, 0.75],
        splits=15,
        training=100,
        seed=4,
    )
    np.testing.assert_allclose(
        ours.area_summary()["median"].to_numpy(), theirs.area_summary()["median"].to_numpy(), atol=0.02
    )
    np.testing.assert_allclose(ours.coefficients[:, model.columns], theirs.coefficients, atol=0.00501)


def test_the_same_seed_gives_the_same_development_and_another_another():
    first, second = (develop(simulated(), developed().plan) for _ in range(2))
    for one, other in zip(first.arms, second.arms, strict=True):
        assert one.entry.text() == other.entry.text()
        assert one.optimism.table.equals(other.optimism.table)
    other = developed(seed=2)
    assert not other.recipe.optimism.table.equals(first.recipe.optimism.table)


def test_unknown_values_are_left_out_or_filled_in_and_always_counted():
    frame = simulated().with_columns(EMD=pl.when(pl.int_range(174) % 6 == 0).then(None).otherwise(pl.col("EMD")))
    plan = {"candidates": CANDIDATES, "seed": 1, "horizon": 10.0, "bootstrap": 10, "splits": 0}
    left_out, filled = (develop(frame, Plan(**plan, imputations=m)) for m in (0, 3))
    assert left_out.n == 174 - 29
    assert filled.n == 174
    assert left_out.unknown == filled.unknown == {"EMD": 29}
    complete = develop(simulated(), Plan(**plan))
    row = {name: each.recipe.table.row(0, named=True) for name, each in (("filled", filled), ("complete", complete))}
    width = {name: np.log(each["together_high"] / each["together_low"]) for name, each in row.items()}
    assert width["filled"] > width["complete"]


def test_delayed_entry_goes_without_splits_and_says_so():
    found = develop(
        simulated(delayed=True),
        Plan(candidates=CANDIDATES, seed=1, horizon=10.0, bootstrap=10, splits=20, entry="entry_months"),
    )
    assert found.recipe.splits == {}
    assert "delayed entry" in found.notes[0]
    assert found.recipe.optimism.value("concordance")[1] is not None
    assert found.recipe.optimism.value("area") == (None, None)


def test_where_nothing_passes_the_screen_there_is_no_score_but_a_penalised_model():
    frame = simulated(120, noise=4)
    plan = Plan(candidates=("noise0", "noise1"), seed=1, threshold=0.0001, horizon=10.0, bootstrap=10, splits=5)
    found = develop(frame, plan)
    assert found.recipe.entry is None
    assert any("no candidate passed" in line for line in found.recipe.warnings)
    assert found.recipe.apparent == {}
    assert found.recipe.optimism is None
    assert found.recipe.splits == {}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"candidates": ()}, "at least one candidate"),
        ({"candidates": ("event", "EMD")}, "is the outcome"),
        ({"candidates": ("WT1",)}, "no column WT1"),
        ({"horizon": 900.0}, "nobody is followed past 900"),
        ({"training": 500}, "leaves nobody to test"),
        ({"bootstrap": 3}, "at least ten"),
        ({"bands": {"NF1": [1.0]}}, "no candidate|neither bands"),
        ({"reference": {"EMD": "yes"}}, "neither bands nor a reference"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_in_plain_words(changed, said):
    plan = {"candidates": CANDIDATES, "seed": 1, "horizon": 10.0, "bootstrap": 10, "splits": 5, **changed}
    with pytest.raises(ValueError, match=said):
        develop(simulated(), Plan(**plan))


def test_a_lasso_drops_noise_that_ridge_keeps():
    patients = patients_of(simulated(noise=8), [*FACTORS, *(f"noise{k}" for k in range(8))])
    lasso, ridge = (Shrunken(mixing=mixing).fit([patients], 1) for mixing in (1.0, 0.0))
    assert len(lasso.selected) < len(ridge.selected)
    assert "HMA" in lasso.selected

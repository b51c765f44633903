"""Fits of resamples equal fits of the data written out, whatever the batch; splits measure what they say."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort import resampled_cox as module
from tenfold.cohort.discrimination import area
from tenfold.cohort.nearest_neighbour_roc import default_span, nearest_neighbour_roc
from tenfold.cohort.random_splits import random_splits
from tenfold.cohort.resampled_cox import CoxData, cox_fit, cox_fits, resampled_cox
from tenfold.cohort.resampling import bootstrap, bootstrap_counts, percentiles, random_subsets

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "discrimination.json").read_text())["sets"]
SETS = pytest.mark.parametrize("name", GOLDEN)
TIMES = np.array([5, 3, 8, 2, 9, 4, 4, 7, 1, 6, 6, 10], float)
EVENTS = np.array([1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 0])
COVARIATES = np.column_stack([[1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0], [0.2, 1.5, 0.3, 2, 0.1, 0.4, 1, 0.9, 3, 0, 1, 0.5]])


def covariates(data):
    return np.column_stack([data["score"], data["coarse"]]).astype(float)


@SETS
def test_fits_are_rs_and_weighted_fits_are_rs_of_the_data_written_out(name):
    data = GOLDEN[name]
    held = data["cox"]
    prepared = CoxData(data["time"], data["status"], covariates(data))
    plain, weighted = cox_fit(prepared), cox_fit(prepared, held["counts"])
    for ours, coefficients, variance, loglik in (
        (plain, held["coefficients"], held["variance"], held["loglik"]),
        (weighted, held["expanded"], held["expanded_variance"], held["expanded_loglik"]),
    ):
        np.testing.assert_allclose(ours.coefficients, coefficients, rtol=1e-10)
        np.testing.assert_allclose(ours.variance, variance, rtol=1e-10)
        assert (ours.log_likelihood_null, ours.log_likelihood) == pytest.approx(tuple(loglik))
    [resampled] = cox_fits(prepared, np.array([held["counts"]], np.uint8))
    np.testing.assert_allclose(resampled, held["expanded"], rtol=1e-8)


@given(st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_counting_a_patient_twice_is_writing_him_down_twice(counts):
    prepared = CoxData(TIMES, EVENTS, COVARIATES)
    counts = np.array(counts)
    rows = np.repeat(np.arange(12), counts)
    [ours] = cox_fits(prepared, counts[None, :].astype(np.uint8))
    if not EVENTS[rows].any():
        assert np.isnan(ours).all()
        return
    written = cox_fit(CoxData(TIMES[rows], EVENTS[rows], COVARIATES[rows])).coefficients
    if np.isfinite(written).all() and np.isfinite(ours).all() and (np.abs(written) < 10).all():
        np.testing.assert_allclose(ours, written, rtol=1e-5, atol=1e-6)


def test_fits_side_by_side_are_the_fits_one_by_one():
    data = GOLDEN["veteran"]
    prepared = CoxData(data["time"], data["status"], covariates(data))
    counts = bootstrap_counts(11, len(data["time"]), 0, 100)
    together = cox_fits(prepared, counts)
    alone = np.array([cox_fit(prepared, row).coefficients for row in counts])
    np.testing.assert_allclose(together, alone, rtol=1e-6, atol=1e-8)


def test_the_answer_does_not_depend_on_batches_lanes_or_processors(monkeypatch):
    data = GOLDEN["pbc"]
    arguments = (data["time"], data["status"], covariates(data))
    first = resampled_cox(*arguments, resamples=150, seed=3, threads=1)
    monkeypatch.setattr(module, "BATCH", 7)
    second = resampled_cox(*arguments, resamples=150, seed=3, threads=2)
    assert np.array_equal(first.replicates, second.replicates)
    assert not np.array_equal(first.replicates, resampled_cox(*arguments, resamples=150, seed=4).replicates)
    shorter = resampled_cox(*arguments, resamples=20, seed=3)
    assert np.array_equal(first.replicates[:20], shorter.replicates)


def test_bootstrap_intervals_agree_with_the_likelihood_in_a_large_enough_cohort():
    data = GOLDEN["pbc"]
    found = resampled_cox(
        data["time"], data["status"], covariates(data), names=["score", "stage"], resamples=500, seed=1
    )
    np.testing.assert_allclose(found.table["standard_error"], np.sqrt(np.diag(found.fit.variance)), rtol=0.3)
    assert (found.table["low"] < found.table["coefficient"]).all()
    assert (found.table["coefficient"] < found.table["high"]).all()


def test_a_covariate_that_does_not_vary_has_no_coefficient_and_one_that_separates_an_infinite_one():
    nobody = np.column_stack([np.zeros(12), COVARIATES[:, 1]])
    fit = cox_fit(CoxData(TIMES, EVENTS, nobody))
    assert np.isnan(fit.coefficients[0])
    assert fit.coefficients[1] == pytest.approx(cox_fit(CoxData(TIMES, EVENTS, COVARIATES[:, 1])).coefficients[0])
    spared = (EVENTS == 0).astype(float)
    fit = cox_fit(CoxData(TIMES, EVENTS, spared))
    assert fit.coefficients[0] == -np.inf
    found = resampled_cox(TIMES, EVENTS, np.column_stack([spared, COVARIATES[:, 1]]), resamples=50, seed=2)
    assert found.table["infinite"][0] + found.table["not_estimable"][0] == 50
    assert found.table["low"][0] == -np.inf


def test_resamples_draw_as_many_as_there_are_and_any_stretch_alone():
    counts = bootstrap_counts(9, 57, 0, 40)
    assert (counts.sum(axis=1) == 57).all()
    assert np.array_equal(counts[13:29], bootstrap_counts(9, 57, 13, 29))
    drawn = bootstrap_counts(9, 57, 0, 4000).mean(axis=0)
    assert abs(drawn - 1).max() < 5 / np.sqrt(4000)


@given(st.integers(5, 60), st.data())
def test_splits_have_their_size_and_strata_their_share(n, data):
    size = data.draw(st.integers(1, n - 1))
    strata = np.array(data.draw(st.lists(st.sampled_from("ab"), min_size=n, max_size=n)))
    chosen = random_subsets(4, n, size, 0, 6, strata)
    assert (chosen.sum(axis=1) == size).all()
    for name in "ab":
        assert (abs(chosen[:, strata == name].sum(axis=1) - (strata == name).sum() * size / n) < 1).all()
    plain = random_subsets(4, n, size, 0, 6)
    assert (plain.sum(axis=1) == size).all()
    assert np.array_equal(plain[2:5], random_subsets(4, n, size, 2, 5))


def test_percentiles_keep_infinite_values_in_their_place():
    assert percentiles(np.array([3.0, 1.0, np.inf, 2.0]), 0.0, 0.5, 1.0) == [1.0, 2.5, np.inf]
    values = np.random.default_rng(1).normal(size=101)
    assert percentiles(values, 0.025, 0.975) == pytest.approx(list(np.quantile(values, [0.025, 0.975])))


def test_a_bootstrap_counts_resamples_without_an_answer():
    values = np.array([0.0] * 9 + [1.0])

    def mean_of_ones(rows):
        if not values[rows].any():
            raise ValueError("nobody")
        return values[rows].mean()

    found = bootstrap(mean_of_ones, 10, resamples=200, seed=8)
    assert 0 < found.without_answer < 200
    assert found.low <= found.value <= found.high


def test_bad_weights_covariates_and_outcomes_are_refused():
    prepared = CoxData(TIMES, EVENTS, COVARIATES)
    with pytest.raises(ValueError, match="whole numbers"):
        cox_fit(prepared, np.full(12, 0.5))
    with pytest.raises(ValueError, match="nobody with a weight has the event"):
        cox_fit(prepared, EVENTS == 0)
    with pytest.raises(ValueError, match="a covariate is not known for 1 of 12 rows"):
        CoxData(TIMES, EVENTS, np.where(np.arange(12) == 3, np.nan, 1.0))
    with pytest.raises(ValueError, match="nobody has the event"):
        CoxData(TIMES, np.zeros(12), COVARIATES)


def splits_of(name, **options):
    data = GOLDEN[name]
    labels = np.where(np.array(data["score"]) > np.median(data["score"]), "high", "low")
    chosen = {"groups": labels, "splits": 30, "training": 80, "seed": 6} | options
    return data, random_splits(data["time"], data["status"], covariates(data), 150, **chosen)


def test_each_split_is_measured_in_its_test_patients_alone():
    data, found = splits_of("veteran")
    time, event, x = np.array(data["time"], float), np.array(data["status"]), covariates(data)
    chosen = random_subsets(6, time.size, 80, 0, 30)
    for k in (0, 17, 29):
        train, test = chosen[k], ~chosen[k]
        fit = cox_fit(CoxData(time[train], event[train], x[train]))
        np.testing.assert_allclose(found.coefficients[k], fit.coefficients, rtol=1e-6)
        score = np.round(x[test] @ found.coefficients[k], 10)
        row = found.areas.row(k, named=True)
        assert row["inverse_probability"] == pytest.approx(area(time[test], event[test], score, 150).value)
        near = nearest_neighbour_roc(time[test], event[test], score, 150)
        assert row["nearest_neighbour"] == pytest.approx(near.area)
        assert near.span == found.span == default_span(57)
        tested = found.groups.filter(split=k)
        assert tested["n"].sum() == 57


def test_predicted_survival_is_the_training_patients_breslow_curve():
    data, found = splits_of("veteran", cut_points=None)
    time, event, x = np.array(data["time"], float), np.array(data["status"]), covariates(data)
    train = random_subsets(6, time.size, 80, 0, 1)[0]
    relative = np.exp(x @ found.coefficients[0])
    hazard = sum(1 / relative[train & (time >= t)].sum() for t in time[train & (event == 1) & (time <= 150)])
    alive = np.exp(-hazard * relative)
    high = np.array(data["score"]) > np.median(data["score"])
    row = found.groups.filter(split=0, group="high").row(0, named=True)
    assert row["predicted"] == pytest.approx(alive[~train & high].mean())


def test_summaries_count_what_had_no_answer_and_carry_the_apparent_values():
    _, found = splits_of("veteran")
    areas = found.area_summary()
    assert areas["without_answer"].to_list() == [0, 0]
    assert (areas["low"] <= areas["median"]).all()
    assert areas["apparent"].is_between(0.5, 1).all()
    groups = found.group_summary()
    assert groups["group"].to_list() == ["high", "low"]
    assert groups["empty"].to_list() == [0, 0]
    assert found.apparent_groups["n"].sum() == 137


def test_an_empty_group_is_counted_and_not_dropped():
    rare = np.where(np.arange(137) == 5, "rare", "usual")
    _, found = splits_of("veteran", groups=rare)
    summary = {row["group"]: row for row in found.group_summary().to_dicts()}
    trained = random_subsets(6, 137, 80, 0, 30)[:, 5].sum()
    assert summary["rare"]["empty"] == trained > 0
    assert summary["usual"]["empty"] == 0
    assert found.groups.height == 60


def test_stratified_splits_share_the_events_evenly():
    data, found = splits_of("pbc", stratified=True, training=200)
    chosen = random_subsets(6, 312, 200, 0, 30, data["status"])
    events = chosen[:, np.array(data["status"]) == 1].sum(axis=1)
    assert np.ptp(events) == 0
    assert found.stratified


def test_groups_cut_from_the_refitted_score_follow_it():
    _, found = splits_of("veteran", groups=None, cut_points=[-1.0, 0.0])
    assert found.groups["group"].unique().len() == 3
    assert found.groups.filter(split=0)["n"].sum() == 57
    with pytest.raises(ValueError, match="name either"):
        splits_of("veteran", cut_points=[1.0])
    with pytest.raises(ValueError, match="must rise"):
        splits_of("veteran", groups=None, cut_points=[1.0, 0.0])

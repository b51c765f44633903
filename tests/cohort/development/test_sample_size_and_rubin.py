"""Riley's criteria give the published figures; Rubin's rules the textbook's; imputation keeps what is known."""

import numpy as np
import polars as pl
import pytest
from developing import simulated
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.development.imputation import impute
from tenfold.cohort.development.rubin import pooled
from tenfold.cohort.development.sample_size import sample_size
from tenfold.cohort.development.terms import terms_of


@pytest.mark.parametrize(
    ("parameters", "explained", "rate", "expected"),
    [
        (30, 0.051, 0.065, (5143, 1039, 5143)),  # Riley 2019, recurrent venous thromboembolism
        (25, 0.051, 0.065, (4286, 866, 4286)),
        (25, 0.065, 0.065, (3335, 859, 3335)),
        (50, 0.051, 0.065, (8572, 1731, 8572)),
        (25, 0.051, 0.1, (4286, 731, 4286)),
    ],
)
def test_the_numbers_needed_are_those_of_rileys_program(parameters, explained, rate, expected):
    found = sample_size(
        n=10_000, events=round(rate * 2.07 * 10_000), parameters=parameters, follow_up=2.07, at=2, explained=explained
    )
    assert (found.needed_for_shrinkage, found.needed_for_optimism, found.needed_for_overall_risk) == expected


def test_the_cohort_that_is_needed_has_the_shrinkage_asked_for_and_23_events_a_parameter():
    found = sample_size(n=5143, events=692, parameters=30, follow_up=2.07, at=2, explained=0.051)
    assert found.expected_shrinkage == pytest.approx(0.9, abs=1e-4)
    assert found.events_per_parameter == pytest.approx(23.07, abs=0.01)
    assert found.greatest_explained == pytest.approx(0.555, abs=5e-4)
    assert found.enough
    assert "is enough" in found.statement()


def test_a_small_cohort_is_told_what_to_expect():
    found = sample_size(n=174, events=130, parameters=20, follow_up=11, at=10)
    assert not found.enough
    assert found.assumed
    assert "6.5 events each" in found.statement()
    assert "too few" in found.statement()
    assert found.expected_shrinkage < 0.7


@pytest.mark.parametrize("explained", [0.0, 0.8])
def test_an_impossible_explained_variation_is_refused(explained):
    with pytest.raises(ValueError, match="lies between"):
        sample_size(n=100, events=40, parameters=5, follow_up=10, at=12, explained=explained)


def test_rubins_rules_add_what_the_imputations_differ_by():
    found = pooled([np.array([1.0]), np.array([2.0]), np.array([3.0])], [np.array([[0.5]])] * 3)
    assert found.estimates[0] == 2.0
    assert found.variance[0, 0] == pytest.approx(0.5 + (1 + 1 / 3) * 1.0)
    share = (4 / 3) / (0.5 + 4 / 3)
    assert found.degrees_of_freedom[0] == pytest.approx(2 / share**2)
    from scipy.stats import t

    assert found.p(0) == pytest.approx(2 * t.sf(2 / np.sqrt(0.5 + 4 / 3), 2 / share**2))


def test_imputations_that_agree_leave_the_complete_data_answer():
    spread = np.array([[0.04, 0.01], [0.01, 0.09]])
    once, often = (pooled([np.array([0.3, -0.2])] * m, [spread] * m) for m in (1, 5))
    assert often.p(0) == pytest.approx(once.p(0))
    assert often.together([0, 1]) == pytest.approx(once.together([0, 1]))


def test_several_coefficients_together_are_less_certain_when_imputations_differ():
    rng = np.random.default_rng(1)
    spread = np.diag([0.04, 0.04])
    apart = [np.array([0.5, 0.4]) + rng.normal(0, 0.15, 2) for _ in range(10)]
    assert pooled(apart, [spread] * 10).together([0, 1]) > pooled([np.mean(apart, axis=0)], [spread]).together([0, 1])


def gappy(frame, seed, share=0.25):
    rng = np.random.default_rng([seed, 9])
    return frame.with_columns(
        pl.when(pl.Series(rng.random(frame.height) < share)).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("EMD", "age_years", "eln")
    )


@given(st.integers(0, 1000))
def test_what_is_known_never_changes_and_nothing_impossible_is_filled_in(seed):
    frame = gappy(simulated(90, seed=seed), seed)
    terms = terms_of(frame, ["EMD", "HMA", "age_years", "eln"])
    for filled in impute(frame, terms, 2, seed=seed, rounds=3):
        assert filled.select("EMD", "age_years", "eln").null_count().sum_horizontal()[0] == 0
        for name in ("EMD", "age_years", "eln"):
            known = frame[name].is_not_null()
            assert filled.filter(known)[name].equals(frame.filter(known)[name])
        assert set(filled["age_years"]) <= set(frame["age_years"].drop_nulls())


def test_a_value_that_others_tell_is_filled_in_from_them_and_the_seed_decides():
    frame = simulated(200).with_columns(copy=pl.col("HMA"))
    hidden = frame.with_columns(pl.when(pl.int_range(200) % 4 == 0).then(None).otherwise(pl.col("copy")).alias("copy"))
    terms = terms_of(hidden, ["HMA", "copy", "age_years"])
    first, second = (impute(hidden, terms, 3, seed=7) for _ in range(2))
    assert all(one.equals(other) for one, other in zip(first, second, strict=True))
    assert not first[0].equals(first[1])
    right = np.mean([(each["copy"] == frame["copy"]).filter(hidden["copy"].is_null()).mean() for each in first])
    assert right > 0.85


def test_a_candidate_hardly_known_is_not_filled_in():
    frame = simulated(100).with_columns(rare=pl.when(pl.int_range(100) < 6).then(pl.int_range(100) % 2 == 0))
    with pytest.raises(ValueError, match="rare is known of 6 patients"):
        impute(frame, terms_of(frame, ["rare", "HMA"]), 1, seed=1)

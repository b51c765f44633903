"""A model of who responds: screen, weights, intercept, measures and the probability of one patient."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from responding import responding

from tenfold.cohort.development.entry import read_entry
from tenfold.cohort.development.individual import individual, score_file
from tenfold.cohort.development.response.answered import answered
from tenfold.cohort.development.response.develop import ResponsePlan, develop_response
from tenfold.cohort.development.response.external import validate_response
from tenfold.cohort.development.response.fitting import intercept_of, logistic_fit
from tenfold.cohort.development.response.intercept import Intercept
from tenfold.cohort.development.response.measures import MEASURES, calibration_bands, performance
from tenfold.cohort.development.response.recipe import response_screen
from tenfold.cohort.development.response.sample_size import response_sample_size
from tenfold.cohort.development.terms import terms_of
from tenfold.cohort.regression import firth, share_of
from tenfold.cohort.response_optimism import response_optimism

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "response_development.json").read_text("utf-8"))
MIXED = ("TP53", "NPM1", "age_years", "eln")


def set_of(model):
    return pl.DataFrame(GOLDEN["sets"][model["data"]])


def linear_of(model):
    rows = set_of(model).select(model["covariates"]).cast(pl.Float64).to_numpy()
    return np.round(model["intercept"] + rows @ np.array(model["weights"]), 10)


@pytest.fixture(scope="module")
def made():
    return develop_response(
        responding(), ResponsePlan(candidates=MIXED, forced=MIXED, seed=1, bootstrap=20, outcome="CRc", name="ward")
    )


@pytest.mark.parametrize("model", GOLDEN["models"], ids=lambda one: one["data"])
def test_the_screen_and_the_model_are_those_of_glm(model):
    frame = set_of(model)
    patients = answered(frame, terms_of(frame, model["covariates"]))
    found = response_screen(patients, threshold=0.1)
    assert [each.p for each in found] == pytest.approx(model["screen_p"], abs=1e-9)
    assert [each.kept for each in found] == [p < 0.1 for p in model["screen_p"]]
    fit = logistic_fit(frame.select(model["covariates"]).cast(pl.Float64).to_numpy(), patients.y)
    np.testing.assert_allclose(fit.coefficients, model["coefficients"], atol=1e-7)
    rows = frame.select(model["covariates"]).cast(pl.Float64).to_numpy()[:5]
    held = Intercept(float(fit.coefficients[0]), "", fit.variance)
    np.testing.assert_allclose(held.log_odds + rows @ fit.coefficients[1:], model["first"], atol=1e-7)
    reach = [held.reach(row, 0.95) / 1.959963984540054 for row in rows]
    np.testing.assert_allclose(reach, model["first_se"], rtol=1e-6)


@pytest.mark.parametrize("model", GOLDEN["models"], ids=lambda one: one["data"])
def test_area_slope_intercept_and_brier_are_those_of_glm(model):
    y = set_of(model)["response"].cast(pl.Float64).to_numpy()
    told = dict(zip(MEASURES, performance(y, linear_of(model)), strict=True))
    assert told["area"] == pytest.approx(model["area"], abs=1e-12)
    assert told["slope"] == pytest.approx(model["slope"], abs=1e-7)
    assert told["intercept"] == pytest.approx(model["in_the_large"], abs=1e-9)
    assert told["brier"] == pytest.approx(model["brier"], abs=1e-12)
    assert told["observed_to_expected"] == pytest.approx(model["observed_to_expected"], abs=1e-12)


@pytest.mark.parametrize("model", GOLDEN["models"], ids=lambda one: one["data"])
def test_the_bands_of_calibration_and_their_exact_intervals_are_those_of_r(model):
    y = set_of(model)["response"].cast(pl.Float64).to_numpy()
    found = calibration_bands(y, linear_of(model))
    for column, values in model["bands"].items():
        np.testing.assert_allclose(found[column].to_numpy(), values, atol=1e-7, err_msg=column)


def test_the_sample_size_is_that_of_pmsampsize_for_a_binary_outcome():
    # The worked figures of the package's help: R-squared 0.288, 24 parameters, prevalence 0.174.
    found = response_sample_size(n=1000, responders=174, parameters=24, explained=0.288)
    needed = (found.needed_for_shrinkage, found.needed_for_optimism, found.needed_for_overall_share)
    assert needed == (623, 662, 221)
    assert found.enough
    assert "enough" in found.statement()


def test_many_alike_predictions_make_a_band_of_their_own():
    linear = np.repeat([-2.0, -1.0, 0.5], [7, 20, 273])
    y = (np.arange(300) % 2).astype(float)
    found = calibration_bands(y, linear)
    assert found["n"].to_list() == [27, 273]
    assert found["responders"].sum() == y.sum()


def test_the_weights_are_rounded_and_the_intercept_fits_their_sum(made):
    for text in (text for texts in made.entry.weights.values() for text in texts):
        assert len(text.partition(".")[2]) >= 2
    patients = answered(responding(), made.terms)
    predicted = share_of(made.made.linear(patients.x))
    assert predicted.mean() == pytest.approx(patients.y.mean(), abs=0.002)
    assert made.apparent["slope"] == pytest.approx(1.0, abs=0.03)


@given(st.integers(0, 10_000), st.floats(-3, 3))
def test_with_the_fitted_intercept_as_many_are_predicted_as_respond(seed, weight):
    rng = np.random.default_rng(seed)
    y, total = (rng.random(40) < 0.4).astype(float), weight * rng.random(40)
    y[:2] = 0, 1
    assert share_of(intercept_of(y, total) + total).sum() == pytest.approx(y.sum(), abs=1e-8)


def test_an_empty_cell_gives_firths_weights_and_is_told():
    frame = responding(empty=True)
    plan = ResponsePlan(candidates=("TP53", "PTPN11"), seed=1, bootstrap=10)
    found = develop_response(frame, plan)
    assert found.made.fit.method == "Firth"
    assert "PTPN11" in found.made.model.selected
    assert any("PTPN11: none of the" in line and "separation" in line for line in found.warnings)
    row = found.table.row(by_predicate=pl.col("column") == "PTPN11", named=True)
    assert row["alone_method"] == row["together_method"] == "Firth"
    told = firth(frame, response="response", covariates=["TP53", "PTPN11"])
    assert row["weight"] == round(told["PTPN11"].coefficient, 2)
    assert found.entry.provenance["method"] == "Firth"


def test_a_candidate_that_drops_out_is_still_told_to_be_separated():
    frame = responding(empty=True)
    found = develop_response(frame, ResponsePlan(candidates=("TP53", "PTPN11"), seed=1, threshold=1e-30, bootstrap=0))
    assert "PTPN11" not in found.made.model.selected
    assert any("PTPN11: none of the" in line for line in found.warnings)


def test_a_candidate_told_by_another_counts_once_and_is_named():
    frame = responding().with_columns(twin=pl.col("TP53"))
    both = ("TP53", "twin")
    found = develop_response(frame, ResponsePlan(candidates=both, forced=both, seed=1, bootstrap=0))
    alone = develop_response(frame, ResponsePlan(candidates=("TP53",), seed=1, bootstrap=0))
    assert found.made.model.weights.tolist() == [alone.made.model.weights[0], 0.0]
    assert any(line.startswith("twin: told by") for line in found.warnings)
    assert found.entry.columns.tolist() == [alone.made.model.weights[0]]


def test_what_is_not_known_is_left_out_and_told_and_never_a_no():
    found = develop_response(responding(unknown=40), ResponsePlan(candidates=("TP53",), seed=1, bootstrap=0))
    assert (found.n, found.n_given) == (260, 300)
    assert found.unknown == {"TP53": 40}
    whole = develop_response(responding().slice(40), ResponsePlan(candidates=("TP53",), seed=1, bootstrap=0))
    assert found.made.model.weights.tolist() == whole.made.model.weights.tolist()


def test_on_noise_the_corrected_area_lies_well_below_the_apparent():
    apparent, corrected = [], []
    for seed in range(12):
        frame = responding(90, seed, noise=5).with_columns(
            response=pl.Series(np.random.default_rng(seed + 99).random(90) < 0.45)
        )
        noise = tuple(f"noise{k}" for k in range(5))
        plan = ResponsePlan(candidates=noise, forced=noise, seed=seed, bootstrap=25)
        one, other = develop_response(frame, plan).optimism.value("area")
        apparent.append(one)
        corrected.append(other)
    assert np.mean(corrected) < np.mean(apparent) - 0.04
    assert np.mean(corrected) < 0.58


def test_the_corrected_area_and_slope_are_what_the_models_meet_in_other_patients():
    inside, outside = [], []
    for seed in range(8):
        plan = ResponsePlan(candidates=MIXED, forced=MIXED, seed=1, bootstrap=20)
        found = develop_response(responding(300, 100 + seed), plan)
        told = validate_response(found.entry, responding(4000, 500 + seed), seed=1, resamples=0)
        inside.append([found.optimism.value(name)[1] for name in ("area", "slope")])
        outside.append(told.table.filter(pl.col("measure").is_in(["area", "slope"]))["value"].to_list())
    (area, slope), (area_there, slope_there) = np.mean(inside, axis=0), np.mean(outside, axis=0)
    assert area == pytest.approx(area_there, abs=0.03)
    assert slope == pytest.approx(slope_there, abs=0.15)
    assert slope_there < 1


def test_where_nothing_is_chosen_the_optimism_is_that_of_the_fit_alone():
    frame = responding()
    plan = ResponsePlan(candidates=("TP53", "NPM1"), forced=("TP53", "NPM1"), seed=4, bootstrap=30)
    found = develop_response(frame, plan).optimism
    x = frame.select("TP53", "NPM1").cast(pl.Float64).to_numpy()
    told = response_optimism(x, frame["response"].cast(pl.Float64).to_numpy(), resamples=30, seed=4, penalised=False)
    assert found.value("area")[1] == pytest.approx(told.c.corrected, abs=0.01)
    assert found.value("slope")[1] == pytest.approx(told.slope.corrected, abs=0.02)


def test_planted_effects_are_found_and_noise_mostly_is_not():
    candidates = (*MIXED, "noise0", "noise1")
    found = develop_response(responding(600), ResponsePlan(candidates=candidates, seed=1, bootstrap=20))
    assert {"TP53", "NPM1"} <= set(found.made.model.selected)
    share = dict(found.optimism.inclusion.select("candidate", "share").iter_rows())
    assert share["TP53"] == share["NPM1"] == 1.0
    assert min(share["noise0"], share["noise1"]) < 0.7


def test_no_candidate_that_passes_means_no_model_and_says_so():
    frame = responding()
    found = develop_response(frame, ResponsePlan(candidates=("noise0",), threshold=1e-9, seed=1, bootstrap=10))
    assert found.entry is None
    assert found.apparent == {}
    assert found.optimism is None
    assert any("no candidate passed" in line for line in found.warnings)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"candidates": ()}, "at least one candidate"),
        ({"candidates": ("response",)}, "it cannot be a candidate"),
        ({"candidates": ("WT1",)}, "no column WT1"),
        ({"forced": ("WT1",)}, "WT1 is forced"),
        ({"threshold": 0.0}, "the threshold"),
        ({"bootstrap": 3}, "ten resamples"),
        ({"response": "age_years", "candidates": ("TP53",)}, "yes or no"),
        ({"explained": 0.9}, "explained variation lies between"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused_in_words(change, said):
    with pytest.raises(ValueError, match=said):
        develop_response(responding(), ResponsePlan(**{"candidates": ("TP53",), "seed": 1, "bootstrap": 0, **change}))


def test_where_all_respond_there_is_nothing_to_learn():
    frame = responding().with_columns(response=pl.lit(True))
    with pytest.raises(ValueError, match="all of the 300 patients respond"):
        develop_response(frame, ResponsePlan(candidates=("TP53",), seed=1))


def test_a_response_model_comes_back_from_its_file_as_it_was_written(made, tmp_path):
    made.entry.write(tmp_path / "m.toml")
    again = read_entry(tmp_path / "m.toml")
    assert again.text() == made.entry.text()
    given = ["TP53=yes", "NPM1=no", "age_years=66", "eln=adverse"]
    first, second = (score_file(entry, given)[0]["individual"] for entry in (made.entry, again))
    for name in ("probability", "low", "high"):
        assert second[name] == pytest.approx(first[name], abs=1e-6)


def test_the_file_tells_one_patients_probability_with_its_interval(made):
    given = ["TP53=yes", "NPM1=no", "age_years=66", "eln=adverse"]
    [told] = score_file(made.entry, given)
    row = pl.DataFrame({"TP53": [True], "NPM1": [False], "age_years": [66.0], "eln": ["adverse"]})
    odds = made.entry.intercept.log_odds + made.entry.totals(row)[0]
    found = told["individual"]
    assert found["probability"] == pytest.approx(1 / (1 + np.exp(-odds)))
    assert found["low"] < found["probability"] < found["high"]
    assert told["lines"][0].startswith("probability of response: CRc: ")
    assert "95 % interval" in told["lines"][0]
    assert any("too narrow" in line for line in told["lines"])


FIELDS = {"TP53": (True, False), "NPM1": (True, False), "eln": ("favourable", "intermediate", "adverse")}


@given(st.sets(st.sampled_from(sorted(FIELDS)), min_size=1), st.floats(50, 90))
def test_what_is_not_known_gives_a_range_that_holds_every_completion_and_its_interval(made, unknown, age):
    def told(values):
        text = [f"{k}={'yes' if v is True else 'no' if v is False else v}" for k, v in values.items()]
        return score_file(made.entry, [*text, f"age_years={age}"])[0]["individual"]

    known = {name: words[0] for name, words in FIELDS.items()}
    whole = told(known | dict.fromkeys(unknown, "?"))
    every = [
        told(known | dict(zip(sorted(unknown), words, strict=True)))
        for words in product(*(FIELDS[name] for name in sorted(unknown)))
    ]
    assert whole["least"] == pytest.approx(min(each["probability"] for each in every))
    assert whole["most"] == pytest.approx(max(each["probability"] for each in every))
    assert whole["low"] == pytest.approx(min(each["low"] for each in every))
    assert whole["high"] == pytest.approx(max(each["high"] for each in every))


def test_an_unknown_number_gives_a_range_that_holds_every_value_of_it(made):
    given = ["TP53=no", "NPM1=no", "eln=adverse"]
    whole = score_file(made.entry, [*given, "age_years=?"])[0]["individual"]
    assert whole["probability"] is None
    for age in range(40, 100, 5):
        one = score_file(made.entry, [*given, f"age_years={age}"])[0]["individual"]
        assert whole["least"] - 1e-12 <= one["probability"] <= whole["most"] + 1e-12
        assert whole["low"] - 1e-12 <= one["low"]
        assert one["high"] <= whole["high"] + 1e-12


def test_the_word_beside_the_probability_agrees_with_it():
    found = develop_response(
        responding(), ResponsePlan(candidates=("TP53", "NPM1"), forced=("TP53", "NPM1"), seed=1, bootstrap=0)
    )
    for first, second in product(("yes", "no"), repeat=2):
        [told] = score_file(found.entry, [f"TP53={first}", f"NPM1={second}"])
        likely = told["individual"]["probability"] >= 0.5
        assert told["answer"] == ("response at least as likely as not" if likely else "response less likely than not")


def test_a_response_model_tells_no_survival(made):
    row = pl.DataFrame({"TP53": [True], "NPM1": [False], "age_years": [66.0], "eln": ["adverse"]})
    with pytest.raises(ValueError, match="tells who responds"):
        individual(made.entry, row)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("log_odds = ", "log_odds = nan #", "the intercept is a number"),
        ("log_odds = ", "no_odds = ", "no_odds means nothing .*did you mean log_odds"),
        ("coefficients = [[", "coefficients = [[1.0], [", "one row for it and one a weight"),
        ("[intercept]", "[baseline]\ntimes = [1.0]\nsurvival = [0.5]\n\n[intercept]", "neither"),
    ],
)
def test_a_response_file_with_a_fault_is_refused_with_its_name(made, tmp_path, old, new, said):
    text = made.entry.text()
    assert old in text
    (tmp_path / "bad.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=said) as told:
        read_entry(tmp_path / "bad.toml")
    assert "bad.toml" in str(told.value)


def test_other_patients_show_calibration_with_intervals_and_how_they_differ(made):
    other = responding(400, seed=8, unknown=30)
    found = validate_response(made.entry, other, seed=1, resamples=40)
    assert (found.n, found.n_given) == (370, 400)
    assert found.left_out == {"TP53": 30}
    rows = {row["measure"]: row for row in found.table.to_dicts()}
    for name in ("area", "slope", "intercept", "brier"):
        assert rows[name]["low"] < rows[name]["value"] < rows[name]["high"]
    assert found.case_mix.filter(input="TP53")["standardised_difference"].abs().max() < 0.3


@pytest.mark.parametrize("model", GOLDEN["models"], ids=lambda one: one["data"])
def test_the_intervals_of_slope_and_intercept_in_other_patients_are_those_of_glm(model):
    from tenfold.cohort.development.response.external import _table

    y = set_of(model)["response"].cast(pl.Float64).to_numpy()
    rows = {row["measure"]: row for row in _table(y, linear_of(model), 1, 5).to_dicts()}
    for name, error in (("slope", "slope_se"), ("intercept", "in_the_large_se")):
        reach = (rows[name]["high"] - rows[name]["low"]) / 2 / 1.959963984540054
        assert reach == pytest.approx(model[error], rel=1e-6)

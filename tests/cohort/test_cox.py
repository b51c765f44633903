"""Cox models, proportional hazards and restricted means agree with R, and say plainly what cannot be estimated."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.cox import compare_nested, cox, univariable
from tenfold.cohort.proportional_hazards import proportional_hazards
from tenfold.cohort.restricted_mean import compare_restricted_means, restricted_mean
from tenfold.cohort.survival import kaplan_meier

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "cox.json").read_text())
SETS = {name: pl.DataFrame(columns, strict=False) for name, columns in GOLDEN["sets"].items()}
FITS = pytest.mark.parametrize("golden", GOLDEN["fits"], ids=lambda g: "-".join(map(str, g["spec"].values()))[:70])


def listed(value):
    return [value] if isinstance(value, str) else value or []


def same(ours, theirs, tolerance=1e-6):
    ours, theirs = np.array(ours, float), np.array(theirs, float)
    np.testing.assert_allclose(ours, theirs.reshape(ours.shape), rtol=tolerance, atol=1e-9)


def fitted(golden):
    spec = golden["spec"]
    return cox(
        SETS[spec["data"]],
        time=spec["time"],
        event="event",
        covariates=listed(spec["covariates"]),
        entry=spec.get("entry"),
        weights=spec.get("weights"),
        strata=listed(spec.get("strata")),
        cluster=spec.get("cluster"),
        reference=spec.get("reference"),
        ties=spec.get("ties", "efron"),
    )


@FITS
def test_the_coefficients_are_rs(golden):
    model = fitted(golden)
    assert (model.n, model.events) == (golden["n"], golden["events"])
    names = [f"{c.covariate}{c.level}" if c.level else c.covariate for c in model.coefficients]
    assert names == listed(golden["terms"])
    same([c.coefficient for c in model.coefficients], golden["coefficients"])
    same([c.standard_error for c in model.coefficients], golden["standard_errors"])
    same(model.variance, golden["variance"])
    for ours, theirs in (("low", "low"), ("high", "high"), ("p", "p")):
        same([getattr(c, ours) for c in model.coefficients], golden[theirs])
    same([c.ratio for c in model.coefficients], np.exp(golden["coefficients"]))
    assert model.warnings == ()


@FITS
def test_the_fit_and_its_tests_are_rs(golden):
    model = fitted(golden)
    same([model.log_likelihood_null, model.log_likelihood, model.aic], [*golden["log_likelihood"], golden["aic"]])
    same([model.score_test.statistic, model.score_test.degrees_of_freedom, model.score_test.p], golden["score"])
    same(model.wald_test.statistic, golden["wald"])
    same([model.concordance.value, model.concordance.standard_error], golden["concordance"])


@FITS
@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
def test_the_check_of_proportional_hazards_is_rs(golden, transform):
    found = proportional_hazards(fitted(golden), transform)
    table = golden["zph"][transform]
    assert [*found.of, "GLOBAL"] == [name.split("$")[-1] for name in table["names"]]
    ours = [[t.statistic, t.degrees_of_freedom, t.p] for t in (*found.of.values(), found.overall)]
    same(ours, table["table"])
    if "strata" not in golden["spec"]:  # R sorts residuals by stratum
        summed = found.residuals.group_by("time", maintain_order=True).sum()
        same(summed.drop("time", "transformed").head(5).to_numpy(), golden["scaled_schoenfeld"])


@FITS
@pytest.mark.parametrize("estimator", ["breslow", "efron"])
def test_the_baseline_at_covariates_of_zero_is_rs(golden, estimator):
    found, theirs = fitted(golden).baseline(estimator), golden["baseline"][estimator]
    at = found[[k - 1 for k in theirs["at"]]]
    same(at["time"], theirs["time"])
    same(at["cumulative_hazard"], theirs["hazard"])
    same(found["survival"], np.exp(-found["cumulative_hazard"]))


@FITS
def test_predicted_survival_is_rs(golden):
    predicted, model = golden["predicted"], fitted(golden)
    if not predicted:
        with pytest.raises(ValueError, match="strata"):
            model.survival(model.table(), [1.0])
        return
    rows = pl.DataFrame(predicted["rows"], strict=False)
    found = model.survival(rows, predicted["times"])
    for part in ("survival", "low", "high"):
        same(found[part].to_numpy().reshape(rows.height, -1).T, predicted[part])
    assert model.survival(rows, [1e9])["survival"].null_count() == rows.height


@pytest.mark.parametrize("golden", GOLDEN["restricted_means"])
def test_the_restricted_mean_is_rs(golden):
    data = SETS[golden["data"]]
    found = restricted_mean(kaplan_meier(data["time"], data["event"]), golden["horizon"])
    same([found.value, found.standard_error], [golden["value"], golden["standard_error"]])


def test_there_is_no_restricted_mean_beyond_the_last_patient_followed():
    curve = kaplan_meier([1, 2, 3], [True, False, False])
    assert restricted_mean(curve, 3).value == pytest.approx(1 + 2 * 2 / 3)
    assert restricted_mean(curve, 3.1).value is None
    apart = compare_restricted_means(curve, kaplan_meier([5, 6], [True, True]), 4)
    assert apart.difference.value is apart.ratio.p is None


def test_restricted_means_are_compared_by_difference_and_ratio():
    data = SETS["lung"]
    one, other = (
        kaplan_meier(*data.filter(pl.col("sex") == sex).select("time", "event").to_numpy().T)
        for sex in ("female", "male")
    )
    found = compare_restricted_means(one, other, 600)
    assert found.difference.value == pytest.approx(found.first.value - found.second.value)
    assert found.ratio.value == pytest.approx(found.first.value / found.second.value)
    assert found.difference.low > 0
    assert found.ratio.low > 1
    assert found.difference.p < 0.05


def test_a_level_in_which_nobody_fails_has_no_hazard_ratio_and_says_so():
    data = SETS["lung"].with_columns(spared=pl.when(pl.col("event") == 0).then(pl.col("age") < 63).otherwise(False))
    model = cox(data, time="time", event="event", covariates=["age", "spared"])
    assert model["spared"].ratio is model["spared"].high is model["spared"].p is None
    assert model["age"].ratio is not None
    assert any("spared: yes: none of the" in said and "cannot be estimated" in said for said in model.warnings)
    assert model.likelihood_ratio.p < 0.001
    with pytest.raises(ValueError, match="spared"):
        model.survival(data.head(1), [100.0])
    with pytest.raises(ValueError, match="spared"):
        proportional_hazards(model)


def test_a_strong_but_finite_effect_is_not_taken_for_an_infinite_one():
    data = SETS["ovarian"].with_columns(pl.col("age") * 1e-2)
    model = cox(data, time="time", event="event", covariates=["age"])
    assert model.warnings == ()
    assert model["age"].coefficient == pytest.approx(
        1e2 * cox(SETS["ovarian"], time="time", event="event", covariates=["age"])["age"].coefficient
    )


def test_a_covariate_alike_in_all_or_told_by_another_has_no_coefficient():
    data = SETS["lung"].with_columns(same=pl.lit("x"), twice=2 * pl.col("age"))
    model = cox(data, time="time", event="event", covariates=["age", "same", "twice"])
    assert model["twice"].coefficient is model["same: x"].coefficient is None
    assert len(model.warnings) == 2
    assert model.parameters == 1
    same(model["age"].coefficient, cox(data, time="time", event="event", covariates=["age"])["age"].coefficient)


def test_rows_with_anything_unknown_are_left_out_and_counted():
    data = SETS["lung"]
    model = cox(data, time="time", event="event", covariates=["loss", "ecog"])
    assert model.left_out == {"loss": data["loss"].null_count(), "ecog": 1}
    assert model.n == data.drop_nulls(["loss", "ecog"]).height
    assert model.n_given == data.height


def test_the_reference_level_is_the_one_named():
    data = SETS["veteran"]
    by_name = cox(data, time="time", event="event", covariates=["cell"], reference={"cell": "large"})
    assert {c.reference for c in by_name.coefficients} == {"large"}
    order = ["smallcell", "adeno", "large", "squamous"]
    by_order = cox(
        data.with_columns(pl.col("cell").cast(pl.Enum(order))), time="time", event="event", covariates=["cell"]
    )
    assert [c.level for c in by_order.coefficients] == order[1:]
    same(by_order["cell: large"].coefficient, -by_name["cell: smallcell"].coefficient)
    same(by_order.log_likelihood, by_name.log_likelihood)


def test_arrays_by_name_do_as_well_as_a_frame():
    data = SETS["lung"]
    arrays = {name: data[name].to_numpy() for name in ("time", "event", "age")}
    one, other = (cox(each, time="time", event="event", covariates=["age"]) for each in (data, arrays))
    assert one["age"] == other["age"]


def test_a_model_without_covariates_is_the_null_model():
    model = cox(SETS["lung"], time="time", event="event", covariates=[])
    assert model.log_likelihood == model.log_likelihood_null == pytest.approx(-749.9098, abs=1e-4)
    assert model.likelihood_ratio.p is None
    assert model.table().is_empty()


def test_nested_models_are_compared_only_on_the_same_rows():
    options = {"time": "time", "event": "event"}
    complete = SETS["lung"].drop_nulls(["ecog", "loss"])
    smaller, larger = (cox(complete, covariates=names, **options) for names in (["age"], ["age", "ecog", "loss"]))
    test = compare_nested(smaller, larger)
    assert test.degrees_of_freedom == 2
    assert test.statistic == pytest.approx(2 * (larger.log_likelihood - smaller.log_likelihood))
    with pytest.raises(ValueError, match="different rows"):
        compare_nested(cox(SETS["lung"], covariates=["age"], **options), larger)


def test_univariable_models_use_all_rows_that_have_the_covariate():
    found = univariable(SETS["lung"], time="time", event="event", covariates=["age", "loss"])
    assert found["age"].n > found["loss"].n


def test_aicc_is_null_where_the_sample_is_too_small_for_it():
    data = {"time": [1.0, 2, 3, 4, 5], "event": [1, 1, 1, 0, 0], "x": [1.0, 3, 2, 5, 4], "y": [1.0, 1, 0, 0, 1]}
    model = cox(data, time="time", event="event", covariates=["x", "y"])
    assert model.aicc() is None
    assert model.aicc("rows") == pytest.approx(model.aic + 2 * 2 * 3 / (5 - 2 - 1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"event": [0, 0, 0]}, "nobody"),
        ({"event": [0, 1, 2]}, "yes or no"),
        ({"time": [1, -1, 2]}, "times are not numbers"),
        ({"entry": [0, 2, 1]}, "never at risk"),
        ({"weight": [1, 0, 1]}, "above 0"),
        ({"x": [None, None, None]}, "none has"),
        ({"x": [1, 2, np.inf]}, "infinite"),
    ],
)
def test_bad_input_is_refused_in_plain_words(change, said):
    good = {"time": [1.0, 2, 3], "event": [1, 0, 1], "entry": [0.0, 0, 0], "weight": [1.0, 1, 1], "x": [1.0, 2, 0]}
    data = pl.DataFrame({**good, **change}, strict=False)
    with pytest.raises(ValueError, match=said):
        cox(data, time="time", event="event", entry="entry", weights="weight", covariates=["x"])


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no column 'ages'"):
        cox(SETS["lung"], time="time", event="event", covariates=["ages"])


cohorts = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def simulated(random, n=60):
    x = random.normal(size=n)
    time = np.ceil(random.exponential(np.exp(-0.5 * x)) * 8)
    return pl.DataFrame(
        {"time": time, "event": random.random(n) < 0.7, "x": x, "arm": random.choice(["a", "b", "c"], n)}
    )


def estimates(data, **options):
    model = cox(data, time="time", event="event", covariates=["x", "arm"], **options)
    return model, np.array([c.coefficient for c in model.coefficients], float)


@given(cohorts)
def test_neither_the_order_of_rows_nor_the_unit_of_time_matters(random):
    data = simulated(random)
    _, one = estimates(data)
    _, other = estimates(data.sample(fraction=1, shuffle=True, seed=1).with_columns(pl.col("time") / 30.4375))
    same(one, other)


@given(cohorts)
def test_under_breslow_a_weight_of_two_is_a_row_written_twice(random):
    data = simulated(random).with_columns(weight=pl.Series(random.integers(1, 3, 60)))
    twice = pl.concat([data, data.filter(pl.col("weight") == 2)])
    weighed, one = estimates(data, weights="weight", ties="breslow")
    written, other = estimates(twice, ties="breslow")
    same(one, other)
    same(weighed.log_likelihood, written.log_likelihood)
    same(weighed.variance, written.variance)


@given(cohorts)
def test_a_patient_cut_into_intervals_is_the_same_patient(random):
    data = simulated(random).with_columns(entry=0.0, row=pl.int_range(60))
    cut = pl.col("time") / 2
    first = data.with_columns(time=cut, event=pl.lit(False))
    parts = pl.concat([first, data.with_columns(entry=cut)])
    whole, one = estimates(data)
    split, other = estimates(parts, entry="entry")
    same(one, other)
    same(whole.log_likelihood, split.log_likelihood)
    same(estimates(data, cluster="row")[0].variance, estimates(parts, entry="entry", cluster="row")[0].variance)


@given(cohorts, st.floats(-5, 5), st.floats(0.1, 20))
def test_shifting_and_scaling_a_covariate_changes_its_unit_only(random, shift, scale):
    data = simulated(random)
    model, one = estimates(data)
    moved, other = estimates(data.with_columns(x=pl.col("x") * scale + shift))
    same(one, other * [scale, 1, 1], 1e-5)
    same(model.log_likelihood, moved.log_likelihood)
    rows = data.head(2)
    ours = model.survival(rows, [3.0])["survival"]
    same(ours, moved.survival(rows.with_columns(x=pl.col("x") * scale + shift), [3.0])["survival"], 1e-5)

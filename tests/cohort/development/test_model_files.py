"""A model in a file is a score of the catalogue: same groups, same words; with a baseline it tells a patient's survival."""

from itertools import product

import numpy as np
import polars as pl
import pytest
from developing import simulated

from tenfold.calculator import calculate
from tenfold.catalogue import find
from tenfold.cohort.development.baseline import Baseline
from tenfold.cohort.development.cut_offs import read_cut_offs
from tenfold.cohort.development.develop import Plan, develop
from tenfold.cohort.development.entry import Entry, entry_of, read_entry
from tenfold.cohort.development.external import membership, validate
from tenfold.cohort.development.individual import individual, score_file
from tenfold.cohort.development.recalibrate import recalibrate
from tenfold.cohort.development.terms import Term, terms_of
from tenfold.cohort.survival import kaplan_meier
from tenfold.logic.answering import answer
from tenfold.logic.decision import Input
from tenfold.risk.venprs import OVERALL_SURVIVAL, PUBLISHED

WORDS = {"name": "x", "edition": "1", "question": "Which?", "citation": "here", "licence": "none", "endpoint": "OS"}
MIXED = ("EMD", "HMA", "SF3B1", "age_years", "eln")


def yes_no(name):
    return Term(Input(name, name), "yes/no")


def venprs_by_hand(**more):
    weights = {name: (row["weight"],) for name, row in PUBLISHED["OS"]["weights"].items()}
    return Entry(
        **WORDS, terms=tuple(map(yes_no, weights)), weights=weights, cut_offs=read_cut_offs("<0.25,<=0.75"), **more
    )


@pytest.fixture(scope="module")
def made():
    plan = Plan(
        candidates=MIXED, forced=MIXED, seed=1, horizon=10.0, bootstrap=30, splits=0, reference={"eln": "intermediate"}
    )
    return develop(simulated(250), plan)


def test_venprs_written_as_a_file_gives_the_groups_of_the_catalogue_for_all_patterns(tmp_path):
    venprs_by_hand(group_names=("favourable", "intermediate", "adverse")).write(tmp_path / "v.toml")
    entry = read_entry(tmp_path / "v.toml")
    names = list(PUBLISHED["OS"]["weights"])
    patterns = pl.DataFrame(
        list(product([True, False, None], repeat=7)), dict.fromkeys(names, pl.Boolean), orient="row"
    )
    ours = answer(patterns, [entry.score])
    theirs = answer(patterns, [OVERALL_SURVIVAL], outside_scope="compute")
    assert ours["x_possible"].equals(theirs["ven_prs_os_possible"], check_names=False)
    assert ours["x_low"].equals(theirs["ven_prs_os_low"], check_names=False)


def test_a_file_comes_back_as_it_was_written(made, tmp_path):
    for arm in made.arms:
        arm.entry.write(tmp_path / "m.toml")
        again = read_entry(tmp_path / "m.toml")
        assert again.text() == arm.entry.text()
        assert again.terms == tuple(arm.entry.terms)
        frame = simulated(250)
        np.testing.assert_array_equal(again.totals(frame), arm.entry.totals(frame))
        assert again.groups(frame) == arm.entry.groups(frame)


def test_the_steps_of_a_number_stay_close_to_its_weight_a_unit(made):
    frame = simulated(250)
    for arm in made.arms:
        answered = answer(frame, [arm.entry.score])
        stepped = answered[f"{arm.entry.score.key}_low"].cast(pl.Float64).to_numpy()
        assert np.abs(stepped - arm.entry.totals(frame)).max() <= 0.0101


def test_the_file_scores_a_patient_with_a_group_survival_and_median(made):
    entry = made.recipe.entry
    given = ["EMD=no", "HMA=yes", "SF3B1=no", "age_years=65", "eln=adverse"]
    [told] = score_file(entry, given, [6, 12, 500])
    assert told["possible"] == (told["answer"],)
    six, year, never = told["individual"]["at"]
    assert 1 > six["survival"] > year["survival"] > 0
    assert six["low"] < six["survival"] < six["high"]
    assert never["survival"] is None
    assert any("nobody was followed so far" in line for line in told["lines"])
    found = told["individual"]
    assert found["median_low"] < found["median"] < found["median_high"]


def test_what_is_not_known_gives_a_range_that_holds_every_completion(made):
    entry = made.recipe.entry
    known = {"EMD": False, "HMA": True, "SF3B1": None, "age_years": 65.0, "eln": None}
    kinds = {item.name: item.dtype for item in entry.score.inputs}

    def row(values):
        return pl.DataFrame({name: [value] for name, value in values.items()}, kinds)

    whole = individual(entry, row(known)).at[1]
    assert whole.survival is None
    every = [
        individual(entry, row({**known, "SF3B1": a, "eln": b})).at[1].survival
        for a in (True, False)
        for b in ("favourable", "intermediate", "adverse")
    ]
    assert whole.least == pytest.approx(min(every))
    assert whole.most == pytest.approx(max(every))


def test_an_age_never_seen_counts_as_the_nearest_seen_and_is_said(made):
    entry = made.recipe.entry
    [age] = [term for term in entry.terms if term.name == "age_years"]
    given = ["EMD=no", "HMA=yes", "SF3B1=no", "eln=adverse"]
    at_end, beyond = (score_file(entry, [*given, f"age_years={age.high + more}"])[0] for more in (0, 9))
    assert beyond["individual"]["at"] == at_end["individual"]["at"]
    assert "made from patients with" in beyond["outside"][0]
    assert not at_end["outside"]


def test_the_penalised_models_interval_is_of_the_bootstrap_and_wider_than_nothing(made):
    found = score_file(made.penalised.entry, ["EMD=no", "HMA=yes", "SF3B1=no", "age_years=65", "eln=adverse"])[0][
        "individual"
    ]
    assert "bootstrap" in found["interval"]
    year = found["at"][1]
    assert year["high"] - year["low"] > 0.03


def test_a_score_without_a_baseline_says_so():
    [told] = score_file(venprs_by_hand(), ["FLT3=yes"])
    assert told["individual"] is None
    assert told["lines"] == ["no baseline is held: no survival can be told for one patient"]


def test_a_baseline_by_hand_is_enough_for_survival():
    entry = venprs_by_hand(baseline=Baseline(np.array([6.0, 12.0]), -np.log(np.array([0.8, 0.5])), 24.0))
    values = [f"{name}=no" for name in entry.weights]
    [told] = score_file(entry, values, [6, 12])
    assert [each["survival"] for each in told["individual"]["at"]] == pytest.approx([0.8, 0.5])


def venprs_cohort(n=400, seed=5, slope=1.0):
    rng = np.random.default_rng(seed)
    rows = PUBLISHED["OS"]["weights"]
    x = {name: rng.random(n) < 0.2 for name in rows}
    total = sum(np.where(x[name], float(row["weight"]), 0.0) for name, row in rows.items())
    time, censored = rng.exponential(12 / np.exp(slope * total)), rng.uniform(12, 60, n)
    return pl.DataFrame({"time_months": np.minimum(time, censored), "event": time <= censored, **x})


def test_recalibration_gives_venprs_a_baseline_that_fits_the_patients_and_keeps_its_groups(tmp_path):
    frame = venprs_cohort()
    found = recalibrate(entry_of(OVERALL_SURVIVAL, endpoint="OS"), frame, horizon=10)
    assert found.slope_low < 1 < found.slope_high
    assert found.before.measures.concordance > 0.6
    found.entry.write(tmp_path / "local.toml")
    entry = read_entry(tmp_path / "local.toml")
    predicted = np.exp(-entry.baseline.cumulative_hazard(10) * np.exp(entry.totals(frame)))
    observed = kaplan_meier(frame["time_months"], frame["event"]).at(10).survival
    assert predicted.mean() == pytest.approx(observed, abs=0.02)
    values = ["prior_venetoclax=no", "in_remission=no", "hma_venetoclax=yes", "age_years=60"]
    values += ["relapsed_or_refractory=yes"]
    values += [f"{name}=no" for name in PUBLISHED["OS"]["weights"]]
    [told] = score_file(entry, values, [10])
    [published] = calculate("VEN-PRS-OS", values)
    assert told["answer"] == published["answer"] == "favourable"
    assert told["individual"]["at"][0]["survival"] == pytest.approx(np.exp(-1 * 10 / 12), abs=0.12)


def test_a_model_too_extreme_here_is_told_and_its_slope_is_fitted():
    frame = venprs_cohort(n=600, slope=0.5)
    entry = entry_of(OVERALL_SURVIVAL, endpoint="OS")
    kept, fitted = (recalibrate(entry, frame, slope=slope, horizon=10) for slope in (False, True))
    assert fitted.slope == pytest.approx(0.5, abs=0.15)
    assert kept.slope_is_one.p < 0.001
    assert any("recalibrate the slope too" in line for line in kept.warnings)
    assert fitted.entry.slope == round(fitted.slope, 4)
    assert fitted.entry.groups(frame) == kept.entry.groups(frame)
    again = recalibrate(fitted.entry, frame, horizon=10)
    assert again.slope_is_one.p > 0.9


def test_patients_without_a_total_are_left_out_and_counted_and_scope_withholds_nothing():
    frame = venprs_cohort().with_columns(FLT3=pl.when(pl.int_range(400) < 50).then(None).otherwise(pl.col("FLT3")))
    found = validate(entry_of(OVERALL_SURVIVAL, endpoint="OS"), frame, horizon=10)
    assert found.n == 350
    assert found.left_out["FLT3"] == 50
    assert found.in_the_large is None


def test_an_external_cohort_shows_calibration_groups_and_how_its_patients_differ(made):
    entry = made.recipe.entry
    other = simulated(250, seed=77).with_columns(HMA=pl.Series(np.random.default_rng(0).random(250) < 0.9))
    found = validate(entry, other, horizon=10)
    assert found.n == 250
    assert 0.5 < found.measures.concordance < 0.9
    assert found.in_the_large.low < found.in_the_large.ratio < found.in_the_large.high
    shift = found.case_mix.row(by_predicate=pl.col("input") == "HMA", named=True)
    assert shift["here"] > 0.8
    assert shift["standardised_difference"] > 0.5
    assert set(found.groups["group"]) <= {*entry.score.answers, "open"}
    here = simulated(250)
    assert membership(entry.terms, here, other) > 0.65
    assert membership(entry.terms, here, here) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('format = "tenfold model 1"', 'format = "other"', "the first line must be"),
        ('weights = ["0.90"]', 'weights = ["0.905"]', "more than two decimals"),
        ('weights = ["0.90"]', 'weights = ["0.90", "1"]', "2 weights for 1 levels"),
        ('coding = "yes/no"', 'coding = "spline"', "coding is"),
        ('upto = "0.75"', 'upto = "0.15"', "must ascend"),
        ('licence = "none"', "", "licence is missing"),
        ('name = "x"', "name = x", "not TOML"),
        ("times = [6.0, 12.0]", "times = [12.0, 6.0]", "times rise"),
        ("times = [6.0, 12.0]", "times = [6.0]", "1 times and 2 values"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_its_name(tmp_path, old, new, said):
    path = tmp_path / "bad.toml"
    text = venprs_by_hand(baseline=Baseline(np.array([6.0, 12.0]), np.array([0.2, 0.7]), 24.0)).text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=said) as told:
        read_entry(path)
    assert str(path) in str(told.value)


def test_text_that_would_break_the_file_survives_it(tmp_path):
    odd = 'a "quoted" \\ name\nwith é, \x7f and #'
    entry = Entry(
        **{**WORDS, "citation": odd},
        terms=(Term(Input("a b.c", odd), "yes/no"),),
        weights={"a b.c": ("1.00",)},
        cut_offs=read_cut_offs("0.5"),
        provenance={"odd key.": odd},
    )
    entry.write(tmp_path / "odd.toml")
    again = read_entry(tmp_path / "odd.toml")
    assert again.citation == again.terms[0].input.wording == again.provenance["odd key."] == odd


def test_a_number_in_bands_is_scored_by_its_band():
    frame = simulated(250)
    [term] = terms_of(frame, ["age_years"], bands={"age_years": [60, 70]})
    entry = Entry(**WORDS, terms=(term,), weights={"age_years": ("0.30", "0.80")}, cut_offs=read_cut_offs("0.3"))
    told = [score_file(entry, [f"age_years={age}"])[0]["total"][0] for age in (59.9, 60, 69, 70)]
    assert told == ["0.00", "0.30", "0.30", "0.80"]


def test_only_one_score_of_the_catalogue_can_be_stood_in_for():
    with pytest.raises(ValueError, match="not one score"):
        _ = Entry(**WORDS, of="VEN-PRS").score
    assert Entry(**WORDS, of="VEN-PRS-EFS").score.weights == find("VEN-PRS-EFS")[0].weights

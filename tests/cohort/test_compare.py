"""Scores compared: identical patients, three codings, intervals, risks of who took no part in the fit, and the landmark."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scored_registries import scored_registry
from tenfold.assessment import Assessment, assess
from tenfold.cohort.accuracy import brier
from tenfold.cohort.analysis import AnalysisSet
from tenfold.cohort.asked_scores import Asked, FromFile
from tenfold.cohort.compare import Comparison, compare, compare_set
from tenfold.cohort.comparison_table import groups_table, reclassified_table, remarks
from tenfold.cohort.cox import cox
from tenfold.cohort.discrimination import harrell_c
from tenfold.cohort.incidence import incidence
from tenfold.cohort.predicted_risk import as_factor, as_predictor, as_term, fold_of, predicted_risks
from tenfold.endpoints import OVERALL_SURVIVAL
from tenfold.figures import style
from tenfold.figures.calibration import calibration_figure
from tenfold.figures.decision_curve import decision_curve_figure
from tenfold.figures.roc import roc_figure
from tenfold.figures.score_comparison import flags_in_words, score_comparison_figure
from tenfold.logic.criterion import yes_no
from tenfold.logic.decision import Input, Score, above, below
from tenfold.reports.compare import compare_page, write_comparison
from tenfold.vocabulary import Clock

SCORES = ["venprs", "breems", "mayo2024", "eln2022", "age_years"]


@cache
def assessed() -> Assessment:
    return assess(scored_registry(150))


@cache
def compared() -> Comparison:
    return compare(assessed(), SCORES, OVERALL_SURVIVAL, Clock.VENETOCLAX, resamples=10, developed_here=("age_years",))


def score(name: str, found: Comparison | None = None) -> Any:
    return next(one for one in (found or compared()).scores if one.asked.name == name)


def made(n: int = 120, *, seed: int = 1, competing: bool = False, entry: float = 0.0) -> AnalysisSet:
    """Patients whose hazard doubles from group to group of one score; another is noise. No assessment is needed."""
    generator = np.random.default_rng(seed)
    level = generator.integers(0, 3, n)
    times = generator.exponential(10 / 2.0 ** (level - 1))
    left = generator.uniform(1, 40, n)
    rival = generator.exponential(15, n) if competing else np.full(n, math.inf)
    first = np.minimum(np.minimum(times, left), rival)
    status = np.select([first == times, first == rival], ["event", "competing"], "censored")
    noise = generator.normal(size=n)
    groups = np.array(["favourable", "intermediate", "adverse"])
    columns: dict[str, Any] = {
        "patient_id": [f"p{k:03d}" for k in range(n)],
        "time_months": first,
        "event": status == "event",
        "status": status,
        "entry_months": np.full(n, entry),
    }
    true = Asked("true", "true", groups=tuple(groups), ordered=True, scored=True, predictor=True)
    other = Asked("noise", "noise", scored=True)
    for one, group, value in ((true, groups[level], level * math.log(2)), (other, [None] * n, noise)):
        columns |= {
            one.column("group"): group,
            one.column("score"): value,
            one.column("linear_predictor"): value if one.predictor else [None] * n,
            one.column("in_scope"): ["yes"] * n,
            one.column("decided_by"): [[]] * n,
        }
    patients = pl.DataFrame(columns)
    nothing = pl.DataFrame(schema={"step": pl.String, "why": pl.String, "patients": pl.Int64})
    return AnalysisSet(
        "OS", "alive", "diagnosis", "dates", None, None, patients, (true, other), nothing, nothing, n, ()
    )


def test_every_score_is_measured_on_the_same_patients() -> None:
    found = compared()
    assert {(one.n, one.events) for one in found.scores} == {(found.n, found.events)}
    assert found.n == 144  # six lack PTPN11, which only one of the scores asks for
    nulls = {round(each.log_likelihood_null, 6) for one in found.scores for each in one.information}
    assert len(nulls) == 1


def test_the_three_codings_carry_their_degrees_of_freedom() -> None:
    fits = {each.coding: each for each in score("VEN-PRS-OS").information}
    assert {coding: each.degrees_of_freedom for coding, each in fits.items()} == {
        "groups as factor": 2,
        "score as one term": 1,
        "linear predictor as offset": 0,
    }
    for each in fits.values():
        difference = 2 * each.degrees_of_freedom - each.likelihood_ratio.statistic
        assert each.aic_difference == pytest.approx(difference, abs=1e-9)


def test_the_score_that_made_the_hazards_wins() -> None:
    true, others = score("VEN-PRS-OS"), [one for one in compared().scores if one.asked.name != "VEN-PRS-OS"]
    assert all(true.harrell.value > one.harrell.value for one in others)
    assert true.information[1].aic_difference < min(one.information[-1].aic_difference for one in others)
    assert true.brier.explained > 0.1


def test_out_of_scope_patients_are_computed_and_counted() -> None:
    breems = score("Breems-index")
    assert breems.scope == {"yes": 59, "no": 85, "unknown": 0}
    assert "applied outside its published scope in 85 of 144" in remarks(breems, compared())
    assert any("Breems-index: applied outside its published scope in 85 of 144" in one for one in compared().warnings)


def test_a_score_developed_here_is_said_to_be_optimistic() -> None:
    assert "developed here: AIC, C and AUC optimistic" in remarks(score("age_years"), compared())
    with pytest.raises(LookupError, match="nobody is not among the scores compared: VEN-PRS-OS"):
        compare(assessed(), ["venprs"], OVERALL_SURVIVAL, Clock.VENETOCLAX, developed_here=["nobody"], resamples=0)


def test_a_model_that_looks_later_seems_to_work_until_it_is_read_from_a_landmark() -> None:
    # In these patients remission changes nothing: only whoever lives long enough can have it.
    published, later = score("Mayo-2024"), score("Mayo-2024", compared().landmark)
    assert published.information[0].aic_difference < -4
    assert later.information[0].aic_difference > 0
    assert "immortal time" in remarks(published, compared())[0]
    assert remarks(later, compared().landmark)[0] == "read from the landmark of 3 months"
    assert compared().landmark.horizon == 9
    assert "later than time zero" in flags_in_words(compared())
    assert "later" not in flags_in_words(compared().landmark)


def test_without_a_model_that_looks_later_there_is_no_landmark() -> None:
    found = compare(assessed(), ["venprs"], OVERALL_SURVIVAL, Clock.VENETOCLAX, resamples=0)
    assert (found.landmark, found.no_landmark) == (None, None)


def test_a_landmark_past_the_horizon_is_said_and_keeps_nothing_else_back() -> None:
    found = compare(
        assessed(), ["mayo2024"], OVERALL_SURVIVAL, Clock.VENETOCLAX, resamples=0, horizon_months=3, landmark_months=6
    )
    assert found.landmark is None
    assert found.no_landmark == "the horizon of 3 months is not past the landmark of 6"


def test_the_same_seed_gives_the_same_figures_and_another_other_resamples() -> None:
    first, again, other = (compare_set(made(), 12, resamples=15, seed=seed) for seed in (3, 3, 4))
    assert first.as_data() == again.as_data()
    assert first.pairs["boot_low"].to_list() != other.pairs["boot_low"].to_list()
    assert first.scores[0].harrell.value == other.scores[0].harrell.value


def test_the_bootstrap_measures_a_patient_drawn_twice_twice() -> None:
    from tenfold.cohort.resampling import drawn_rows

    found = compare_set(made(), 12, resamples=5, seed=2)
    frame = found.set.complete
    time, event, value = (frame[name].to_numpy() for name in ("time_months", "event", "noise_score"))
    expected = [harrell_c(time[rows], event[rows], value[rows]).value for rows in drawn_rows(2, found.n, 5)]
    assert score("noise", found).bootstrapped["Harrell's C"].replicates.tolist() == expected


def test_pairs_are_first_less_second_with_paired_intervals() -> None:
    found = compare_set(made(), 12, resamples=30, seed=1)
    row = found.pairs.filter(pl.col("measure") == "Harrell's C").row(0, named=True)
    true, noise = score("true", found), score("noise", found)
    assert (row["first"], row["second"]) == ("true", "noise")
    assert row["difference"] == pytest.approx(true.harrell.value - noise.harrell.value)
    assert row["low"] < row["difference"] < row["high"]
    drawn = true.bootstrapped["Harrell's C"].replicates - noise.bootstrapped["Harrell's C"].replicates
    assert row["boot_low"] == pytest.approx(np.quantile(drawn, 0.025))


def test_groups_add_up_and_stand_in_order_of_rising_risk() -> None:
    table = groups_table(compared()).filter(pl.col("score") == "VEN-PRS-OS")
    assert table["group"].to_list() == ["favourable", "intermediate", "adverse"]
    assert (table["n"].sum(), table["events"].sum()) == (compared().n, compared().events)
    assert table["at_horizon"].is_sorted(descending=True)


def test_reclassification_counts_every_patient_once_for_each_two_models() -> None:
    cells = reclassified_table(compared())
    per_pair = cells.group_by("first_score", "second_score").agg(pl.col("n").sum())
    assert set(per_pair["n"]) == {compared().n}
    assert per_pair.height == 6  # four scores have groups


def test_competing_events_are_counted_where_they_can_be_and_named() -> None:
    found = compare_set(made(competing=True), 10, resamples=0, competing_possible=True)
    true = score("true", found)
    assert true.area_free_of_any is not None
    assert true.area.value != true.area_free_of_any.value
    assert any("Competing events" in warning for warning in found.warnings)
    assert "calibration: not estimated with competing events" in true.not_measured
    assert true.groups.table["median"].null_count() == 3
    frame = found.set.complete.filter(pl.col("true_group") == "adverse")
    seen = incidence(frame["time_months"].to_numpy(), frame["status"].to_list()).at("event", 10)
    assert true.groups.table["at_horizon"][2] == pytest.approx(seen.incidence)


@pytest.mark.parametrize(
    ("chosen", "horizon", "said"),
    [
        (made(entry=1.0), 12.0, "delayed entry"),
        (made(), 500.0, "nobody is followed past 500 months; the longest time is"),
        (made(), 0.0, "choose an earlier horizon"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_plain_words(chosen: AnalysisSet, horizon: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        compare_set(chosen, horizon, resamples=0)


def test_scores_that_nobody_has_together_say_which_is_missing() -> None:
    with pytest.raises(ValueError, match=r"every score is known for 0, .*counts.wbc_e9_l is not known for 150"):
        compare(
            assess(with_table(assessed(), "counts")),
            ["venprs", "counts.wbc_e9_l"],
            OVERALL_SURVIVAL,
            Clock.VENETOCLAX,
            resamples=0,
        )


def with_table(assessment: Assessment, name: str) -> Any:
    registry = assessment.registry
    return replace(registry, tables={**registry.tables, name: registry.table(name)})


def test_a_score_with_one_group_is_measured_as_far_as_it_goes() -> None:
    whole = made()
    one = whole.patients.with_columns(true_group=pl.lit("adverse"))
    found = compare_set(replace(whole, patients=one), 12, resamples=0)
    true = score("true", found)
    assert [each.coding for each in true.information] == ["score as one term", "linear predictor as offset"]
    assert any("all patients are in one group, adverse" in why for why in true.not_measured)
    assert true.groups.test is None


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


def figures(width: int) -> Mapping[str, Any]:
    found = compared()
    return {
        "comparison": score_comparison_figure(found, width=width),
        "roc": roc_figure({one.asked.name: one.area.roc for one in found.scores}, months=12, width=width),
        "decision": decision_curve_figure(
            {one.asked.name: one.decision for one in found.scores}, months=12, width=width
        ),
        "calibration": calibration_figure(
            {one.asked.name: one.calibration for one in found.scores}, months=12, width=width
        ),
    }


@pytest.mark.parametrize("width", [style.WIDE, style.NARROW])
def test_every_figure_names_every_score_and_fits_its_width(width: int) -> None:
    for name, figure in figures(width).items():
        drawn = style.svg(figure)
        assert all(one.asked.name in drawn for one in compared().scores), name
        shown = float(drawn.split('width="', 1)[1].split('"', 1)[0])
        assert shown <= width + 40, (name, shown)


def test_no_more_lines_are_drawn_than_can_be_told_apart() -> None:
    curve = score("age_years").area.roc
    with pytest.raises(ValueError, match="8 scores: no more than 7"):
        roc_figure({str(k): curve for k in range(8)}, months=12)


def test_the_page_and_the_tables_say_what_must_be_said(tmp_path: Any) -> None:
    found = compare(
        assessed(),
        ["mayo2024"],
        OVERALL_SURVIVAL,
        Clock.VENETOCLAX,
        resamples=0,
        developed_here=["Mayo-2024"],
        landmark_months=18,
    )
    files = write_comparison(found, assessed().registry, tmp_path, title="Scores compared")
    page = (tmp_path / "report.html").read_text("utf-8")
    for said in (
        "SIMULATED PATIENTS",
        "applied outside its published scope in 150 of 150",
        "immortal time",
        "No comparison from a landmark: the horizon of 12 months is not past the landmark of 18",
        "developed here",
        "the same for every score",
        "NOT VERIFIED",
        "Gangat et al.",
    ):
        assert said in page, said
    assert "http://" not in page.replace("http://www.w3.org", "")
    scores = pl.read_csv(tmp_path / "scores.csv")
    assert scores["score"].to_list() == ["Mayo-2024"]
    assert {"aic_groups_df", "aic_predictor_minus_null", "outside_scope", "auc_nearest_boot_low"} <= set(scores.columns)
    patients = pl.read_csv(tmp_path / "patients.csv")
    assert (patients.height, patients["compared"].sum()) == (150, 150)
    assert sorted(files) == sorted(path.name for path in tmp_path.iterdir())


def test_the_page_shows_the_landmark_below_the_figures_as_published() -> None:
    # Groups without an order: no concordance and no area, and that is said.
    whole = made(60)
    named = Asked("ward", "true", groups=("favourable", "intermediate", "adverse"))
    chosen = replace(whole, scores=(named,))
    later = compare_set(replace(chosen, landmark_months=3.0, clock="diagnosis + 3 months"), 12, resamples=0)
    page = compare_page(replace(compare_set(chosen, 12, resamples=0), landmark=later), assessed().registry, title="x")
    assert page.index("OS from diagnosis, read") < page.index("From a landmark") < page.index("diagnosis + 3 months")
    assert "the groups have no order" in page


def test_a_comparison_is_plain_data() -> None:
    data = json.loads(json.dumps(compared().as_data(), allow_nan=False))
    assert data["patients_compared"] == 144
    assert data["landmark"]["landmark_months"] == 3
    assert [one["score"] for one in data["scores"]] == [one.asked.name for one in compared().scores]


def test_the_page_of_competing_events_says_how_they_count() -> None:
    whole = made(80, competing=True)
    found = compare_set(replace(whole, scores=whole.scores[:1]), 8, resamples=0, competing_possible=True)
    page = compare_page(found, assessed().registry, title="x")
    assert "competing events are censored in these curves" in page


def test_the_score_that_costs_most_patients_is_named() -> None:
    found = compare(
        assess(scored_registry(60, untested=30)),
        ["venprs", "age_years"],
        OVERALL_SURVIVAL,
        Clock.VENETOCLAX,
        resamples=0,
    )
    assert any(
        "Only 30 of 60 patients have every score; without VEN-PRS-OS it would be 60" in w for w in found.warnings
    )


def test_a_model_from_a_file_is_asked_of_any_fact_and_its_total_can_be_an_offset() -> None:
    model = Score(
        name="Local",
        edition="test",
        question="Which risk?",
        citation="made for this test",
        inputs=(Input("extramedullary", "extramedullary"), Input("NPM1", "NPM1 mutated")),
        criteria=(yes_no("extramedullary", "Extramedullary"), yes_no("NPM1", "NPM1 mutated")),
        weights={"extramedullary": "0.5", "NPM1": "-0.5"},
        groups=(below("0.5", "low"), above("0.5", "high")),
    )
    found = compare(assessed(), [FromFile(model, log_hazards=True)], OVERALL_SURVIVAL, Clock.VENETOCLAX, resamples=0)
    local = score("Local", found)
    assert (found.n, {each.degrees_of_freedom for each in local.information}) == (150, {0, 1})
    assert local.prediction == "published coefficients, baseline estimated here"

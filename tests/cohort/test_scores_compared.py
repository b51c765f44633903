"""Scores compared: identical patients, three codings, intervals, pairs, and the landmark."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from compared_scores import assessed, compared, made, score

from scored_registries import scored_registry
from tenfold.assessment import Assessment, assess
from tenfold.cohort.analysis import AnalysisSet
from tenfold.cohort.asked_scores import FromFile
from tenfold.cohort.compare import compare, compare_set
from tenfold.cohort.comparison_table import groups_table, reclassified_table, remarks
from tenfold.cohort.discrimination import harrell_c
from tenfold.cohort.incidence import incidence
from tenfold.endpoints import OVERALL_SURVIVAL
from tenfold.figures.score_comparison import flags_in_words
from tenfold.logic.criterion import yes_no
from tenfold.logic.decision import Input, Score, above, below
from tenfold.vocabulary import Clock


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

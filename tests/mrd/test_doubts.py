"""Where something is not known, or two laboratories differ, no single answer stands."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from test_cutoffs_and_cautions import assessed, level, met, on, possible, reduction, sample

from tenfold.mrd.label_editions import label_decision
from tenfold.mrd.qualified import RESPONSE_WITH_MRD
from tenfold.mrd.stream_kinetics import stream_kinetics
from tenfold.response.eln2022 import REFRACTORY
from tenfold.settings import DEFAULTS, Alignment, Settings

OLD_2018 = DEFAULTS.changed(mrd__edition="ELN-MRD-2018")
COURSES = [
    {
        "patient_id": "A",
        "intent": "induction",
        "regimen": "7+3",
        "drugs": "cytarabine+daunorubicin",
        "intensive": "yes",
        "cycles": 1,
        "start_date": on(day),
        "end_date": on(day + 7),
    }
    for day in (2, 40)
]


def aligned(factor: float) -> Settings:
    return Settings(DEFAULTS.entries, (Alignment("Old", "New", factor, "ring trial"),))


def refractory(marrows: list[dict[str, Any]], **tables: Any) -> set[str]:
    found = assessed(
        [],
        treatments=tables.pop("treatments", COURSES),
        responses=tables.pop("responses", pl.DataFrame(schema={"patient_id": pl.String, "response_date": pl.Date})),
        marrows=[{"patient_id": "A", **marrow} for marrow in marrows],
        **tables,
    ).refractory
    return set() if found.is_empty() else set(found[f"{REFRACTORY.key}_possible"][-1])


AT_DIAGNOSIS = {"sample_date": on(0), "blasts_pct": 60}
OPEN = {"refractory", "not refractory"}


def test_a_marrow_that_may_be_in_remission_makes_nobody_refractory() -> None:
    assert refractory([AT_DIAGNOSIS, {"sample_date": on(70), "blasts_pct": 40}]) == {"refractory"}
    assert refractory([AT_DIAGNOSIS, {"sample_date": on(70), "blasts_pct": 2}]) == OPEN
    assert "refractory" not in refractory([AT_DIAGNOSIS, {"sample_date": on(70), "blasts_pct": 40, "evaluable": "no"}])


def test_cycles_given_after_the_marrow_do_not_count_before_it() -> None:
    through = [{**COURSES[0], "cycles": 2, "end_date": on(60)}]
    assert refractory([AT_DIAGNOSIS, {"sample_date": on(20), "blasts_pct": 30}], treatments=through) == OPEN


def test_a_line_of_unrecorded_intent_is_not_taken_for_an_induction() -> None:
    unsaid = [{**COURSES[0], "intent": None}, COURSES[1]]
    assert refractory([AT_DIAGNOSIS, {"sample_date": on(70), "blasts_pct": 40}], treatments=unsaid) == OPEN


def test_kinetics_follows_aligned_levels() -> None:
    flat = [level(day, 0.01, laboratory="Old") for day in (150, 170)]
    flat += [level(day, 0.1, laboratory="New") for day in (190, 210)]
    found = stream_kinetics(assessed(flat, aligned(10)).molecular)
    assert found.growth.doubling.value is None  # flat: neither rise nor fall
    assert "laboratory changed" in stream_kinetics(assessed(flat).molecular).growth.reason


def test_without_records_of_transplants_no_line_is_drawn() -> None:
    rise = [level(180, 0.01), level(200, 0.04), level(220, 0.16)]
    complete = [{"patient_id": None, "table": "transplants", "complete": "no"}]
    assert "transplant" in stream_kinetics(assessed(rise, completeness=complete).molecular).growth.reason


def test_the_highest_of_a_day_is_chosen_after_alignment() -> None:
    day200 = [
        level(200, 0.6, laboratory="Old", sample_id="high-but-small"),
        level(200, 0.5, laboratory="New", sample_id="b"),
    ]
    series = [level(150, 0.04, laboratory="New"), *day200, level(215, 0.5, laboratory="New")]
    assert possible(series, aligned(0.1)) == {"MRD relapse, confirmed"}


def test_a_laboratory_named_later_does_not_change_what_was_said_before() -> None:
    early = [level(150, 0.05), level(200, 0.6)]
    later = [*early, level(215, 0.7, laboratory="New")]
    rows = [
        assessed(some).molecular.filter(pl.col("sample_id") == "s200")["state_possible"].to_list()
        for some in (early, later)
    ]
    assert rows[0] == rows[1]


def test_a_reduction_is_not_measured_from_another_laboratory() -> None:
    other = [level(0, 300, laboratory="Old"), level(200, 0.03, laboratory="New")]
    assert reduction(other) == (None, None)
    unsaid = [level(0, 300, laboratory="Old"), level(200, 0.03)]
    assert reduction(unsaid) == (None, None)


def test_a_flow_sensitivity_says_nothing_of_the_level_at_diagnosis() -> None:
    flow = {"marker": "LAIP", "method": "flow", "scale": "percent_cd45", "control_gene": None, "control_copies": None}
    assert reduction([sample(200, detected="no", sensitivity=1e-4, adequate="yes", **flow)]) == (None, None)


def test_cutoffs_of_pcr_are_not_held_against_sequencing_nor_poor_samples() -> None:
    ngs = {"method": "ngs", "scale": "percent_vaf", "value": 0.05, "control_gene": None, "control_copies": None}
    assert met([sample(200, tissue="blood", **ngs)], "ivey-2016") == []
    assert met([sample(200, tissue="blood", detected="no", control_copies=500)], "ivey-2016") == [None]


def test_after_a_transplant_cutoffs_of_before_it_are_out_of_time() -> None:
    graft = [{"patient_id": "A", "transplant_date": on(120)}]
    found = assessed([level(200, 5)], transplants=graft).cutoffs
    times = dict(found.select("cutoff", "in_time").iter_rows())
    assert times["dillon-2020-marrow"] is False
    assert times["shayegi-2013-chemotherapy"] is False
    assert times["shayegi-2013-transplant"] is True


def label_2018(samples: list[dict[str, Any]], **tables: Any) -> set[str]:
    decision = label_decision(OLD_2018)
    rows = assessed(samples, OLD_2018, **tables).molecular.filter(pl.col("row") == "sample")
    return set(rows[f"{decision.key}_possible"][-1])


NEGATIVE = {"detected": "no"}
COMPLETE, FIRST = "complete molecular remission", "negative, to be repeated"


def test_two_negatives_four_weeks_apart_are_complete_and_what_lies_between_decides() -> None:
    ends = [sample(110, **NEGATIVE), sample(150, **NEGATIVE)]
    assert label_2018(ends) == {COMPLETE}
    assert label_2018([ends[0], sample(130, **NEGATIVE)]) == {FIRST}
    assert label_2018([ends[0], sample(125, detected=None, control_copies=None), ends[1]]) == {COMPLETE, FIRST}
    assert label_2018([ends[0], sample(125, detected="no", control_copies=500), ends[1]]) == {COMPLETE}
    unsure = sample(110, detected="no", control_copies=None)
    assert {COMPLETE, FIRST} <= label_2018([unsure, ends[1]])


def test_a_positive_after_negativity_is_a_conversion_to_repeat_in_2018_and_no_relapse_by_an_earlier_level() -> None:
    before = level(105, 0.005)
    negative = sample(110, **NEGATIVE)
    assert label_2018([before, negative, level(200, 0.06)]) == {"conversion, to be repeated"}
    rows = assessed([before, negative, level(200, 0.06)], OLD_2018).molecular.filter(pl.col("sample_id") == "s200")
    assert rows["state"].to_list() == ["MRD detectable"]
    assert "repeat within 4 weeks" in rows["reason"][0]


def test_the_best_band_survives_a_second_document_of_the_same_remission() -> None:
    twice = [{"patient_id": "A", "response_date": on(day), "reported_response": "CR"} for day in (30, 130)]
    rows = assessed([sample(110, **NEGATIVE), level(150, 0.5)], responses=twice).molecular
    assert rows.filter(pl.col("row") == "sample")["best_band"].to_list() == ["negative", "negative"]


def depth(samples: list[dict[str, Any]], day: int = 30, **tables: Any) -> set[str]:
    settings = tables.pop("settings", DEFAULTS)
    said = [{"patient_id": "A", "response_date": on(day), "reported_response": "CR"}]
    return set(assessed(samples, settings, responses=said, **tables).remissions[f"{RESPONSE_WITH_MRD.key}_possible"][0])


def test_the_diagnostic_sample_tells_nothing_of_the_remission_soon_after() -> None:
    assert depth([level(0, 300)], day=25) == {"CR, MRD not assessed"}


def test_a_sample_after_the_relapse_tells_nothing_of_the_remission_before() -> None:
    relapse = [{"patient_id": "A", "event_date": on(45), "kind": "relapse"}]
    assert depth([level(52, 3.0)], events=relapse) == {"CR, MRD not assessed"}


def test_a_sample_of_unrecorded_tissue_leaves_the_depth_open() -> None:
    stray = {**level(41, 0.5), "tissue": None, "sample_id": "stray"}
    assert {"CR MRD-negative", "CR MRD-positive"} <= depth([sample(40, **NEGATIVE), stray])
    assert "CR, MRD not assessed" in depth([stray])


def test_a_sample_of_unrecorded_tissue_may_be_of_any_stream_of_its_own_marker_and_of_no_other() -> None:
    followed = [level(200, 0.5), level(230, 0.6)]
    stray = {**sample(120, **NEGATIVE), "tissue": None, "sample_id": "stray"}
    assert possible(followed) == {"MRD detectable"}
    assert possible([*followed, {**stray, "marker": "RUNX1::RUNX1T1"}]) == {"MRD detectable"}
    assert {"MRD detectable", "MRD relapse, confirmed"} <= possible([*followed, stray])


def test_in_2025_what_low_level_means_is_open() -> None:
    found = depth([level(112, 0.5)], day=110, settings=DEFAULTS.changed(mrd__edition="ELN-MRD-2025"))
    assert found == {"CR MRD-LL", "CR MRD-positive"}


def test_filo_calls_low_level_under_treatment_of_a_relapse_something_else_than_mrd_ll() -> None:
    filo = DEFAULTS.changed(mrd__edition="FILO-2025")
    treated = [
        {"patient_id": "A", "intent": "consolidation", "drugs": "cytarabine", "start_date": on(40), "end_date": on(60)},
        {"patient_id": "A", "intent": "pre-emptive", "drugs": "venetoclax", "start_date": on(230), "end_date": on(300)},
    ]
    series = [sample(110, **NEGATIVE), level(200, 0.5), level(220, 0.6), level(260, 0.01)]
    rows = assessed(series, filo, treatments=treated).molecular.filter(pl.col("row") == "sample")
    assert rows[label_decision(filo).key].to_list()[-1] != "CR MRD-LL"
    on_treatment = assessed([level(55, 0.5)], filo, treatments=treated).molecular.filter(pl.col("row") == "sample")
    assert on_treatment[label_decision(filo).key].to_list() == ["CR MRD-LL"]


def test_tiongs_waiver_reads_the_share_of_diagnosis_off_the_diagnostic_sample() -> None:
    tiong = DEFAULTS.changed(mrd__edition="TIONG-2021")
    series = [sample(110, **NEGATIVE), level(200, 50)]
    assert possible([level(0, 300), *series], tiong) == {"MRD relapse, confirmed"}
    assert possible([level(0, 300), sample(110, **NEGATIVE), level(200, 0.5)], tiong) == {"MRD relapse, unconfirmed"}
    assert len(possible(series, tiong)) > 1


@pytest.mark.parametrize("detected", ["yes", None])
def test_a_reported_remission_and_a_marrow_with_disease_on_one_day_are_a_conflict(detected: str | None) -> None:
    found = assessed(
        [sample(110, detected=detected)], marrows=[{"patient_id": "A", "sample_date": on(30), "blasts_pct": 20}]
    )
    assert "remission" in found.conflicts["what"].to_list()

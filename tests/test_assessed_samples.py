"""Samples as they are assessed: molecular states, labels and calls of patients told in sentences."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import tenfold
from registries import line, only, registry, remission, sample
from tenfold.assessment import Assessment, assess
from tenfold.vocabulary import MolecularState


def state(assessment: Assessment) -> Any:
    [row] = assessment.patients.to_dicts()
    return row["molecular_state"] or set(row["state_possible"])


def test_a_full_history_gives_a_confirmed_relapse_dated_at_its_first_sample() -> None:
    assessment = assess(
        registry(responses=[remission(0)], mrd_samples=[sample(10, "neg"), sample(40, 0.05), sample(60, 0.2)])
    )
    assert state(assessment) == MolecularState.RELAPSE_CONFIRMED
    [last] = assessment.standing.to_dicts()
    assert (last["relapse_sample_id"], last["relapse_earliest_day"]) == ("marrow-40", 40)


def test_blood_and_marrow_are_separate_streams_and_the_graver_stands_for_the_patient() -> None:
    assessment = assess(
        registry(
            responses=[remission(0)],
            mrd_samples=[
                sample(10, "neg"),
                sample(10, "neg", tissue="blood"),
                sample(40, "neg"),
                sample(40, 0.01, tissue="blood"),
            ],
        )
    )
    assert state(assessment) == MolecularState.RELAPSE_UNCONFIRMED


def test_blood_and_marrow_positive_on_one_day_are_concordant_and_do_not_confirm_each_other() -> None:
    assessment = assess(
        registry(
            responses=[remission(0)],
            mrd_samples=[
                sample(10, "neg"),
                sample(10, "neg", tissue="blood"),
                sample(40, 4.01),
                sample(40, 6.01, tissue="blood"),
            ],
        )
    )
    assert state(assessment) == MolecularState.RELAPSE_UNCONFIRMED
    assert assessment.standing["concordant"].all()


def test_of_two_results_of_one_day_the_higher_counts() -> None:
    rows = [sample(10, "neg"), sample(40, "neg", name="a"), sample(40, 0.05, name="b"), sample(60, 0.05)]
    assert state(assess(registry(responses=[remission(0)], mrd_samples=rows))) == MolecularState.RELAPSE_CONFIRMED


def test_the_scales_of_abl1_convert_and_give_the_same_state() -> None:
    for scale, factor in (("percent_abl1", 1), ("per_1e4_abl1", 100), ("per_1e5_abl1", 1000)):
        rows = [sample(10, 0.05), sample(40, 0.5 * factor, scale=scale)]
        assert state(assess(registry(responses=[remission(0)], mrd_samples=rows))) == MolecularState.RELAPSE_UNCONFIRMED


def test_copies_alone_give_a_level() -> None:
    row = {k: v for k, v in sample(10, 1.0).items() if k not in ("value", "scale")} | {"target_copies": 500}
    [said] = assess(registry(mrd_samples=[row])).molecular.filter(pl.col("row") == "sample").to_dicts()
    assert said["level"] == 1.0


def test_fewer_than_ten_thousand_copies_of_abl1_are_not_enough_to_call_a_negative() -> None:
    for copies, expected in ((9_999, MolecularState.NOT_SAMPLED), (10_000, MolecularState.NEGATIVE)):
        rows = [sample(10, "neg", control_copies=copies)]
        assert state(assess(registry(responses=[remission(0)], mrd_samples=rows))) == expected


def test_a_positive_on_few_copies_stays_positive() -> None:
    rows = [sample(10, "neg"), sample(40, 0.5, control_copies=900)]
    assert state(assess(registry(responses=[remission(0)], mrd_samples=rows))) == MolecularState.RELAPSE_UNCONFIRMED


def test_dta_mutations_are_refused_as_markers_with_the_reason() -> None:
    row = {
        "sample_id": "x",
        "sample_day": 10,
        "marker": "DNMT3A",
        "tissue": "marrow",
        "method": "ngs",
        "value": 12.0,
        "scale": "percent_vaf",
        "detected": "yes",
    }
    assessment = assess(registry(mrd_samples=[row]))
    assert assessment.molecular.height == 0
    assert "clonal haematopoiesis" in assessment.refused["why"][0]


def test_only_mrd_samples_still_get_an_answer_that_says_what_it_hangs_on() -> None:
    assessment = assess(only(mrd_samples=[sample(10, "neg"), sample(40, 0.05), sample(60, 0.2)]))
    [patient] = assessment.patients.to_dicts()
    assert set(patient["state_possible"]) == {
        MolecularState.OUTSIDE_REMISSION,
        MolecularState.RELAPSE_CONFIRMED,
        MolecularState.RELAPSE_UNCONFIRMED_TREATED,
        MolecularState.DETECTABLE,
    }
    assert "whether an allogeneic transplant came in between" in patient["state_decided_by"]
    assert "whether the patient was in CR, CRh or CRi" in patient["state_decided_by"]


class TestTheLabelOfASample:
    def label(self, day: int, level: Any, **last_line: Any) -> str | None:
        course = [
            line(-90, "induction", "cytarabine", end_day=-80),
            {**line(-60, "consolidation", "cytarabine", end_day=-10), **last_line},
        ]
        assessment = assess(registry(responses=[remission(-70)], treatments=course, mrd_samples=[sample(day, level)]))
        return assessment.standing["eln_mrd_2021_label"][0]

    def test_below_two_percent_at_the_end_of_treatment_is_low_level(self) -> None:
        assert self.label(20, 1.99) == "CR MRD-LL"

    def test_two_percent_is_not(self) -> None:
        assert self.label(20, 2.0) == "CR MRD-positive"

    def test_the_same_level_during_treatment_is_not_yet_low_level(self) -> None:
        assert self.label(-30, 1.0) == "detectable at low level, on treatment"

    def test_nor_is_it_in_follow_up(self) -> None:
        assert self.label(200, 1.0) == "low-level persistence in follow-up"

    def test_when_the_end_of_treatment_is_not_recorded_the_label_is_open(self) -> None:
        assert self.label(20, 1.0, end_day=None) is None

    def test_negative_is_negative_at_any_time(self) -> None:
        assert self.label(-30, "neg") == "CR MRD-negative"


def test_a_row_set_aside_makes_the_history_incomplete_and_is_shown() -> None:
    good = registry(responses=[remission(0)], mrd_samples=[sample(40, 0.05)])
    with_fault = tenfold.Registry.from_tables(
        {
            **good.tables,
            "mrd_samples": [{"patient_id": "p", **sample(40, 0.05)}, {"patient_id": "p", **sample(20, -1)}],
        },
        relative=True,
    )
    assert assess(good).patients["molecular_state"][0] == MolecularState.DETECTABLE
    [patient] = assess(with_fault).patients.to_dicts()
    assert patient["records_set_aside"] == 1
    assert patient["molecular_state"] is None
    assert MolecularState.RELAPSE_UNCONFIRMED in patient["state_possible"]


def test_a_sample_of_unrecorded_tissue_is_compared_with_none_and_leaves_the_history_open() -> None:
    rows = [sample(10, "neg"), sample(40, 0.05, tissue=None, name="x"), sample(60, 0.05)]
    assessment = assess(registry(responses=[remission(0)], mrd_samples=rows))
    assert assessment.refused["sample_id"].to_list() == ["x"]
    [last] = assessment.standing.to_dicts()
    assert last["state"] == MolecularState.RELAPSE_UNCONFIRMED
    [first] = assess(registry(responses=[remission(0)], mrd_samples=rows[1:])).patients.to_dicts()
    assert first["molecular_state"] is None


def test_a_line_of_unrecorded_intent_leaves_the_time_point_open() -> None:
    def time_point(intent: str | None) -> str | None:
        course = [line(-13, intent, "cytarabine", end_day=17)]
        made = registry(responses=[remission(20)], treatments=course, mrd_samples=[sample(302, 0.05)])
        return assess(made).standing["time_point"][0]

    assert time_point("consolidation") == "follow-up"
    assert time_point("cytoreduction") == "before treatment"
    assert time_point(None) is None


def test_a_sample_of_unrecorded_method_among_others_leaves_the_history_open() -> None:
    rows = [sample(10, "neg", method=None), sample(60, 0.05)]
    [patient] = assess(registry(responses=[remission(0)], mrd_samples=rows)).patients.to_dicts()
    assert MolecularState.RELAPSE_UNCONFIRMED in patient["state_possible"]
    assert MolecularState.DETECTABLE in patient["state_possible"]


@pytest.mark.parametrize(
    ("facts", "call"),
    [
        ({"value": 0.1, "qualifier": "<", "scale": "percent_abl1"}, 2),
        ({"value": 0.1, "scale": "percent_abl1"}, 1),
        ({"detected": "yes", "replicates_positive": 0, "replicates_run": 3}, 2),
        ({"detected": "no", "replicates_positive": 2, "replicates_run": 2}, 2),
        ({"detected": "no", "target_copies": 500.0}, 2),
        ({"replicates_positive": 1, "replicates_run": 3}, 0),
        ({"replicates_positive": 2, "replicates_run": 3}, 1),
        ({"replicates_positive": 0, "replicates_run": 2}, 0),
        ({"replicates_positive": 1, "replicates_run": 2}, 2),
        ({"replicates_positive": 0, "replicates_run": 0}, 2),
        ({"target_copies": 5.0}, 2),
        ({"target_copies": 0.0}, 0),
    ],
)
def test_a_call_is_read_from_what_the_laboratory_recorded(facts: dict[str, Any], call: int) -> None:
    bare = {k: v for k, v in sample(10, "neg").items() if k != "detected"}
    made = registry(mrd_samples=[{**bare, **facts}])
    [row] = assess(made).molecular.filter(pl.col("row") == "sample").to_dicts()
    assert row["detected_code"] == call


def test_a_sample_too_poor_to_call_is_skipped_and_labelled_so() -> None:
    rows = [sample(10, "neg"), {**sample(40, "neg"), "detected": None, "adequate": False}]
    assessment = assess(registry(responses=[remission(0)], mrd_samples=rows))
    [last] = assessment.standing.to_dicts()
    assert (last["state"], last["eln_mrd_2021_label"], last["mrd_level_band"]) == (
        MolecularState.NEGATIVE,
        "not evaluable",
        "not evaluable",
    )


def test_two_values_of_one_sample_that_contradict_each_other_give_bounds() -> None:
    rows = [sample(10, 0.03), sample(40, 0.05, target_copies=2500.0)]
    [last] = assess(registry(responses=[remission(0)], mrd_samples=rows)).standing.to_dicts()
    assert set(last["state_possible"]) == {MolecularState.DETECTABLE, MolecularState.RELAPSE_UNCONFIRMED}

"""What is called of a sample, with which remark, and what is never called negative."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_runs import ABL_5K, ABL_40K, LINES, one, profile_with, run_of

from tenfold.assay.measure import measure
from tenfold.assay.planted import PlantedSample, example_baseline, planted_run
from tenfold.assay.profile import Profile, StoredCurve
from tenfold.assay.rows import mrd_rows
from tenfold.exchange.run import WELLS, Run
from tenfold.reports.laboratory_words import sentence


def test_a_negative_on_enough_abl1_is_not_detected() -> None:
    row = one(run_of([None] * 3, ABL_40K))
    assert (row["eac_result"], row["eac_sample"]) == ("not detected", "accepted with remark")  # curves are stored ones


def test_a_negative_on_too_little_abl1_is_not_evaluable_never_negative() -> None:
    row = one(run_of([None] * 3, ABL_5K))
    assert row["eac_result"] == "not evaluable"
    assert row["eac_sample"] == "repeat"
    assert "not a negative result" in sentence(row, profile_with())


@given(st.floats(15, 44), st.integers(0, 3))
def test_no_amount_of_missing_control_gene_ever_makes_a_negative(ct: float, wells: int) -> None:
    row = one(run_of([None] * 3, [None] * wells))
    assert row["eac_result"] != "not detected"
    below = one(run_of([None] * 3, [max(ct, 26.0)] * 2))  # at most 9,400 copies
    assert below["eac_result"] == "not evaluable"


def test_a_sample_whose_control_gene_was_not_run_has_no_single_answer() -> None:
    row = one(run_of([None] * 3, []))
    assert row["eac_result"] is None
    assert set(row["eac_result_possible"]) == {"not detected", "not evaluable"}
    assert row["eac_sample"] == "repeat"


def test_a_positive_on_too_little_abl1_stays_positive_with_a_remark() -> None:
    row = one(run_of([30.0, 30.1, 30.2], ABL_5K))
    assert (row["eac_result"], row["eac_sample"]) == ("quantified", "accepted with remark")
    assert row["little_control"]


def test_one_of_three_replicates_is_not_positive_and_says_so() -> None:
    row = one(run_of([38.9, None, None], ABL_40K))
    assert (row["eac_result"], row["one_replicate_positive"]) == ("not detected", True)
    assert "1 of 3 replicates amplified" in sentence(row, profile_with())


def test_two_replicates_of_which_one_is_positive_leave_the_call_open() -> None:
    row = one(run_of([38.9, None], ABL_40K))
    assert row["target_positive"] is None
    assert row["eac_result"] is None
    assert row["eac_sample"] == "repeat"


def test_two_empty_replicates_of_three_planned_are_negative_whatever_the_third_would_have_been() -> None:
    row = one(run_of([None, None], ABL_40K))
    assert (row["eac_result"], row["replicate_left_out"]) == ("not detected", True)


def test_below_ten_copies_there_is_no_value_only_a_bound() -> None:
    row = one(run_of([37.5, 37.9, 38.0], ABL_40K))
    assert row["eac_result"] == "detected, below quantification"
    assert row["percent"] is None
    assert row["percent_below"] == pytest.approx(100 * 10 / row["control_copies"])


def test_the_ratio_is_the_same_amount_on_every_scale_and_against_the_diagnosis() -> None:
    baseline = pl.DataFrame(
        [("P1", "NPM1", "ABL1", "marrow", "rt-qpcr", "dx", "2026-01-02", None, 1_200_000.0, 100_000.0)],
        example_baseline().schema,
        orient="row",
    )
    samples = pl.DataFrame(
        {"sample": ["S1"], "patient_id": ["P1"], "tissue": ["marrow"], "sample_date": ["2026-03-01"]}
    )
    row = one(run_of([30.0, 30.0, 30.0], ABL_40K), samples=samples, baseline=baseline)
    ratio = 10 ** ((30.0 - 39.5) / -3.4) / 10 ** ((23.86 - 39.5) / -3.4)
    assert row["percent"] == pytest.approx(100 * ratio)
    assert row["log10_reduction"] == pytest.approx(math.log10(12 / ratio))
    assert row["percent_of_diagnosis"] == pytest.approx(100 * ratio / 12)
    assert row["sensitivity"] == pytest.approx(100_000 / (1_200_000 * row["control_copies"]))


def test_a_diagnostic_sample_of_another_tissue_is_not_compared() -> None:
    samples = pl.DataFrame({"sample": ["S1"], "patient_id": ["SIM-1"], "tissue": ["blood"]})
    row = one(run_of([30.0, 30.0, 30.0], ABL_40K), samples=samples, baseline=example_baseline())
    assert row["log10_reduction"] is None
    assert "The diagnostic sample of 2026-01-12 is not used: it was measured in marrow" in sentence(row, profile_with())


def test_a_diagnostic_sample_taken_after_the_follow_up_is_not_compared() -> None:
    samples = pl.DataFrame(
        {"sample": ["S1"], "patient_id": ["SIM-1"], "tissue": ["marrow"], "sample_date": ["2025-12-01"]}
    )
    row = one(run_of([30.0, 30.0, 30.0], ABL_40K), samples=samples, baseline=example_baseline())
    assert row["log10_reduction"] is None


def test_gusb_has_its_own_least_number_and_no_abl1_scale() -> None:
    run = run_of([30.0, 30.0, 30.0], ABL_40K)
    wells = run.wells.with_columns(target=pl.col("target").replace("ABL1", "GUSB"))
    profile = Profile("g", None, "a test", stored_curves=(LINES[0], StoredCurve("GUSB", -3.4, 39.5, "a test")))
    samples = pl.DataFrame({"sample": ["S1"], "patient_id": ["P"], "sample_date": ["2026-05-03"], "tissue": ["marrow"]})
    measured = measure(Run("r", "a test", wells=wells), profile, samples)
    [row] = measured.results.to_dicts()
    assert (row["control_gene"], row["control_least"], row["control_enough"]) == ("GUSB", 24_000, True)
    rows, _ = mrd_rows(measured)
    assert rows["value"][0] is None
    assert rows["scale"][0] is None
    assert rows["target_copies"][0] == pytest.approx(row["copies"], rel=1e-5)


def test_a_negative_on_b2m_is_not_evaluable_where_no_least_number_is_known() -> None:
    run = run_of([None] * 3, ABL_40K)
    wells = run.wells.with_columns(target=pl.col("target").replace("ABL1", "B2M"))
    profile = Profile("b", None, "a test", stored_curves=(LINES[0], StoredCurve("B2M", -3.4, 39.5, "a test")))
    assert one(Run("r", "a test", wells=wells), profile)["eac_result"] == "not evaluable"


def test_a_negative_never_borrows_the_control_gene_of_another_tube() -> None:
    """A control that is called like the patient, and holds much ABL1."""
    run = run_of([None] * 3, ABL_5K)
    other = run.wells.filter(pl.col("target") == "ABL1").with_columns(
        role=pl.lit("control", WELLS["role"]), ct=pl.lit(23.0), well=pl.format("H{}", pl.int_range(1, pl.len() + 1))
    )
    measured = measure(Run("r", "a test", wells=pl.concat([other, run.wells])), profile_with())
    assert measured.results.filter(pl.col("role") == "patient")["eac_result"].to_list() == ["not evaluable"]


def test_positive_wells_that_were_left_out_forbid_a_negative() -> None:
    run = run_of([31.0, 31.1, None, None, None], ABL_40K)
    left = run.wells.with_columns(left_out=pl.col("well").is_in(["A1", "A2"]))
    row = one(Run("r", "a test", wells=left))
    assert row["eac_result"] is None
    assert row["eac_sample"] == "repeat"


@pytest.mark.parametrize(("cts", "result"), [([37.0, 37.2, None, None], None), ([37.0] * 3 + [None] * 3, None)])
def test_two_of_four_and_three_of_six_are_neither_positive_nor_negative(cts: list[Any], result: None) -> None:
    assert one(run_of(cts, ABL_40K))["eac_result"] is result


def test_an_artefact_of_the_baseline_is_no_abl1() -> None:
    row = one(run_of([None] * 3, [5.0, 5.0]))
    assert row["eac_result"] != "not detected"
    standards = planted_run([PlantedSample("S", 0, 30_000)], seed=1)
    early = standards.wells.with_columns(
        ct=pl.when((pl.col("sample") == "S") & (pl.col("target") == "ABL1")).then(12.0).otherwise("ct")
    )
    [row] = measure(Run("r", "a test", wells=early)).results.to_dicts()
    assert row["eac_result"] == "not evaluable"  # 10^8 copies where the highest standard holds 10^5


def test_a_replicate_much_earlier_than_the_others_is_not_thrown_away() -> None:
    row = one(run_of([25.0, 37.0, 37.1], ABL_40K))
    assert row["eac_result"] == "detected, not quantified"


def test_detected_below_quantification_needs_a_control_gene_to_be_signed() -> None:
    for control in ([], [24.0, 30.0]):
        row = one(run_of([37.5, 37.9, 38.0], control))
        assert row["eac_result"] != "detected, below quantification"
        assert row["eac_sample"] == "repeat"


def test_two_assays_of_the_control_gene_are_not_chosen_between() -> None:
    run = run_of([None] * 3, ABL_40K)
    second = run.wells.filter(pl.col("target") == "ABL1").with_columns(
        target=pl.lit("ABL"), ct=pl.lit(31.0), well=pl.format("H{}", pl.int_range(1, pl.len() + 1))
    )
    lines = (*LINES, StoredCurve("ABL", -3.4, 39.5, "a test"))
    profile = Profile("two", None, "a test", stored_curves=lines)
    row = one(Run("r", "a test", wells=pl.concat([run.wells, second])), profile)
    assert row["eac_result"] == "not evaluable"


def test_a_stored_curve_is_found_however_its_target_is_spelt() -> None:
    lines = (replace(LINES[0], target="npm1"), LINES[1])
    profile = replace(profile_with(), stored_curves=lines)
    assert one(run_of([30.0] * 3, ABL_40K), profile)["eac_result"] == "quantified"


def test_a_reduction_is_never_rounded_up_over_a_line() -> None:
    baseline = pl.DataFrame(
        [("P", "NPM1", "ABL1", "marrow", "rt-qpcr", "dx", "2026-01-02", None, 0.0156 * 9_990 * 40_300, 40_300.0)],
        example_baseline().schema,
        orient="row",
    )
    samples = pl.DataFrame({"sample": ["S1"], "patient_id": ["P"], "tissue": ["marrow"], "sample_date": ["2026-05-03"]})
    row = one(run_of([30.0] * 3, ABL_40K), samples=samples, baseline=baseline)
    assert 3.99 < row["log10_reduction"] < 4
    assert "3.99 log10 below" in sentence(row, profile_with())

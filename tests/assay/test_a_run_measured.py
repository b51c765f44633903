"""Runs as a laboratory meets them: what is signed, what is repeated, and what is never called negative."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import tenfold
from tenfold.assay.measure import NO_SAMPLES, MeasuredRun, measure
from tenfold.assay.planted import (
    PlantedSample,
    example_baseline,
    example_run,
    example_samples,
    planted_digital_run,
    planted_run,
)
from tenfold.assay.profile import DEFAULT, ControlMaterial, Profile, StoredCurve
from tenfold.assay.rows import mrd_rows, run_headline
from tenfold.exchange.run import WELLS, Run
from tenfold.reports.laboratory import laboratory_page, run_view
from tenfold.reports.laboratory_words import sentence
from tenfold.settings import DEFAULTS, Alignment
from tenfold.vocabulary import WellRole

LINES = (StoredCurve("NPM1", -3.4, 39.5, "a test"), StoredCurve("ABL1", -3.4, 39.5, "a test"))
Wells = Sequence[tuple[str, str, str, float | None]]


def profile_with(**changes: Any) -> Profile:
    return Profile("a test", "Laboratory A", "a test", DEFAULTS.changed(**changes), stored_curves=LINES)


def run_of(target: Sequence[float | None], control: Sequence[float | None], blank: float | None = None) -> Run:
    """One sample S1 read on stored curves, with blanks for both targets."""
    cells = [("S1", "patient", "NPM1", ct) for ct in target] + [("S1", "patient", "ABL1", ct) for ct in control]
    cells += [("water", "no template", "NPM1", blank), ("water", "no template", "ABL1", None)]
    rows = [
        (f"A{n}", sample, name, role, None, ct, "undetermined" if ct is None else "measured", False, None)
        for n, (sample, role, name, ct) in enumerate(cells, 1)
    ]
    return Run("r", "a test", wells=pl.DataFrame(rows, WELLS, orient="row"))


def one(run: Run, profile: Profile | None = None, **beside: Any) -> dict[str, Any]:
    [row] = measure(run, profile or profile_with(), **beside).results.to_dicts()
    return row


ABL_40K = (23.86, 23.86)  # 40,300 copies on the curve above
ABL_5K = (26.92, 26.92)  # 5,000 copies


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


def test_signal_without_template_fails_the_run_and_nothing_is_passed_on() -> None:
    samples = pl.DataFrame({"sample": ["S1"], "sample_date": ["2026-05-03"]})
    measured = measure(run_of([30.0, 30.1, 30.2], ABL_40K, blank=38.0), profile_with(), samples)
    assert run_headline(measured) == "repeat: signal in a well without template"
    rows, held = mrd_rows(measured)
    assert rows.is_empty()
    assert held["why"].to_list() == ["the run is not accepted"]


def test_a_signal_that_the_operator_left_out_still_fails_the_run() -> None:
    run = run_of([30.0, 30.1, 30.2], ABL_40K, blank=38.0)
    wells = run.wells.with_columns(left_out=(pl.col("role") == "no template"))
    assert not measure(Run("r", "a test", wells=wells), profile_with()).accepted


def test_without_a_blank_nobody_knows_whether_the_run_is_accepted() -> None:
    run = run_of([30.0, 30.1, 30.2], ABL_40K)
    measured = measure(Run("r", "a test", wells=run.wells.filter(pl.col("role") == "patient")), profile_with())
    assert measured.verdict["eac_run"][0] is None
    assert run_headline(measured) == "open: no blank was read for ABL1, NPM1"
    _, held = mrd_rows(measured)
    assert "whether the run is accepted is not known" in held["why"][0]


def test_a_laboratory_that_does_not_ask_for_a_blank_gets_a_remark() -> None:
    run = run_of([30.0, 30.1, 30.2], ABL_40K)
    profile = profile_with(assay__no_template_control="not required")
    measured = measure(Run("r", "a test", wells=run.wells.filter(pl.col("role") == "patient")), profile)
    assert measured.verdict["eac_run"][0] == "accepted with remark"


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
    assert "No diagnostic blood measured against ABL1 is known" in sentence(row, profile_with())


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


def test_a_curve_too_shallow_fails_the_run_and_leaves_a_positive_without_a_quantity() -> None:
    profile = Profile("s", None, "a test", stored_curves=(StoredCurve("NPM1", -2.9, 39.5, "a test"), LINES[1]))
    measured = measure(run_of([30.0] * 3, ABL_40K), profile)
    assert run_headline(measured).startswith("repeat: a standard curve is not accepted")
    assert measured.results["eac_result"][0] == "detected, not quantified"


def test_a_control_material_out_of_its_range_fails_the_run() -> None:
    samples = [PlantedSample("PC", 1000, 20_000, WellRole.CONTROL), PlantedSample("S", 500, 30_000)]
    for low, high, verdict in ((4.0, 6.5, True), (7.0, 9.0, False)):
        profile = Profile("c", None, "a test", control_materials=(ControlMaterial("PC", "NPM1", low, high),))
        assert measure(planted_run(samples, seed=4), profile).accepted is verdict


def test_a_control_material_that_was_not_run_leaves_the_run_open() -> None:
    profile = Profile("c", None, "a test", control_materials=(ControlMaterial("PC", "NPM1", 4, 6),))
    measured = measure(planted_run([PlantedSample("S", 500, 30_000)], seed=4), profile)
    assert measured.verdict["eac_run"][0] is None


def test_an_alignment_is_printed_with_its_source_and_changes_no_value() -> None:
    alignment = Alignment("Laboratory A", "Laboratory B", 0.5, "40 samples exchanged")
    profile = Profile("a", "Laboratory A", "a test", settings=tenfold_settings(alignment), stored_curves=LINES)
    plain, aligned = measure(run_of([30.0] * 3, ABL_40K), profile_with()), measure(run_of([30.0] * 3, ABL_40K), profile)
    assert plain.results["percent"][0] == aligned.results["percent"][0]
    [sample] = run_view(aligned)["samples"]
    assert "factor 0.5, 40 samples exchanged" in sample["alignments"][0]


def tenfold_settings(alignment: Alignment) -> Any:
    return replace(DEFAULTS, alignments=(alignment,))


def test_the_simulated_run_goes_from_cycles_to_an_assessment() -> None:
    measured = measure(example_run(), DEFAULT, example_samples(), example_baseline())
    rows, held = mrd_rows(measured)
    assert held.is_empty()
    assert set(rows["laboratory"]) == {"SIMULATED"}
    registry = tenfold.Registry.from_tables({"mrd_samples": rows.to_dicts()})
    assert registry.check().is_empty()
    states = {row["patient_id"]: row for row in tenfold.assess(registry).patients.to_dicts()}
    assert "MRD negative" in states["SIM-2"]["state_possible"]
    # Too little ABL1: the sample is on record, and is no negative.
    assert states["SIM-3"]["state_possible"] in (None, [], ["not yet sampled"])


def test_every_sample_of_the_run_is_passed_on_or_held_back_with_a_reason() -> None:
    run = planted_run([PlantedSample(f"S{n}", 10.0**n, 30_000) for n in range(6)], seed=2)
    rows, held = mrd_rows(measure(run))
    assert rows.height == 0  # nobody said whose they are
    assert held.height == 6
    assert held["why"].str.contains("whose sample it is").all()


def test_wells_without_a_role_are_named_and_not_guessed() -> None:
    run = run_of([30.0] * 3, ABL_40K)
    wells = run.wells.with_columns(role=pl.when(pl.col("well") != "A1").then("role"))
    measured = measure(Run("r", "a test", wells=wells), profile_with())
    assert "1 well" in measured.notes[0]
    assert "A1" in measured.notes[0]
    assert measured.results["run"][0] == 2


def test_an_unknown_target_is_measured_and_named_and_gives_no_row() -> None:
    wells = run_of([30.0] * 3, ABL_40K).wells.with_columns(target=pl.col("target").replace("NPM1", "XYZ9"))
    measured = measure(Run("r", "a test", wells=wells), profile_with())
    assert any("not passed on: XYZ9" in note for note in measured.notes)
    assert mrd_rows(measured)[0].is_empty()


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


def test_a_control_gene_counted_in_more_partitions_does_not_make_a_negative() -> None:
    """4,200 copies of ABL1 in each well; the target in one, ABL1 in three: the target saw 4,200."""
    planted = planted_digital_run([PlantedSample("S", 0, 4_200)], seed=3)
    abl1 = planted.partitions.filter((pl.col("sample") == "S") & (pl.col("target") == "ABL1"))
    more = [abl1.with_columns(well=pl.lit(f"P{n}")) for n in (1, 2)]
    measured = measure(Run("d", "a test", partitions=pl.concat([planted.partitions, *more])))
    [row] = measured.results.to_dicts()
    assert row["eac_result"] == "not evaluable"
    assert row["control_copies"] == pytest.approx(4_200, rel=0.1)


def test_partitions_of_different_volume_are_compared_by_volume() -> None:
    planted = planted_digital_run([PlantedSample("S", 800, 30_000)], seed=3)
    halved = planted.partitions.with_columns(
        partition_nl=pl.when(pl.col("target") == "NPM1 A").then(0.455).otherwise(0.91)
    )
    same, other = (measure(Run("d", "a test", partitions=p)).results for p in (planted.partitions, halved))
    assert other["percent"][0] == pytest.approx(2 * same["percent"][0])


def test_a_plate_map_does_not_turn_an_unknown_target_into_a_marker_that_stands_beside_it() -> None:
    run = run_of([30.0] * 3, ABL_40K)
    gapdh = run.wells.filter(pl.col("target") == "NPM1").with_columns(
        target=pl.lit("GAPDH"), well=pl.format("H{}", pl.int_range(1, pl.len() + 1))
    )
    samples = pl.DataFrame({"sample": ["S1"], "patient_id": ["P"], "sample_date": ["2026-05-03"], "marker": ["NPM1"]})
    profile = replace(profile_with(), stored_curves=(*LINES, replace(LINES[0], target="GAPDH")))
    measured = measure(Run("r", "a test", wells=pl.concat([run.wells, gapdh])), profile, samples)
    assert mrd_rows(measured)[0]["marker"].to_list() == ["NPM1"]
    assert measured.results.filter(pl.col("target") == "GAPDH")["marker"].to_list() == [None]


def test_the_same_sample_measured_again_has_a_number_of_its_own() -> None:
    samples = pl.DataFrame({"sample": ["S1"], "patient_id": ["P"], "sample_date": ["2026-05-03"]})
    rows = [
        mrd_rows(measure(replace(run_of([30.0] * 3, ABL_40K), name=name), profile_with(), samples))[0]
        for name in ("run 1", "run 2")
    ]
    assert pl.concat(rows)["sample_id"].n_unique() == 2


def test_two_runs_whose_files_have_one_name_are_told_apart_by_their_day() -> None:
    samples = pl.DataFrame({"sample": ["S1"], "patient_id": ["P"], "sample_date": ["2026-05-03"]})
    runs = (replace(run_of([30.0] * 3, ABL_40K), started=datetime(2026, 5, day)) for day in (4, 5))
    rows = [mrd_rows(measure(run, profile_with(), samples))[0] for run in runs]
    assert pl.concat(rows)["sample_id"].n_unique() == 2


def test_a_stored_curve_is_found_however_its_target_is_spelt() -> None:
    lines = (replace(LINES[0], target="npm1"), LINES[1])
    profile = replace(profile_with(), stored_curves=lines)
    assert one(run_of([30.0] * 3, ABL_40K), profile)["eac_result"] == "quantified"


def test_a_patient_s_well_without_a_name_does_not_vanish() -> None:
    run = run_of([30.0] * 3, ABL_40K)
    nameless = run.wells.with_columns(sample=pl.when(pl.col("well") != "A3").then("sample"))
    assert "well A3" in measure(Run("r", "a test", wells=nameless), profile_with()).results["sample"].to_list()


def test_a_run_that_is_not_accepted_has_no_line_to_sign() -> None:
    measured = measure(run_of([30.0] * 3, ABL_40K, blank=38.0), profile_with())
    page = laboratory_page(measured)
    assert "Signed:" not in page
    assert "NOT TO BE REPORTED" in page


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


def shares_inside(runs: list[MeasuredRun], truth: dict[str, float]) -> tuple[int, int]:
    inside = total = 0
    for measured in runs:
        for row in measured.results.filter(pl.col("eac_result") == "quantified").to_dicts():
            inside += row["ratio_low"] <= truth[row["sample"]] <= row["ratio_high"]
            total += 1
    return inside, total


def samples_of(seed: int, count: int) -> list[PlantedSample]:
    import numpy as np

    random = np.random.default_rng(seed)
    return [
        PlantedSample(f"S{n}", float(10 ** random.uniform(1.2, 5.5)), float(10 ** random.uniform(3.8, 5)))
        for n in range(count)
    ]


def test_the_interval_holds_the_planted_ratio_nineteen_times_in_twenty() -> None:
    """60 simulated runs of 25 samples; the share is within what chance allows around 95 %."""
    planted = samples_of(5, 25)
    truth = {s.name: math.log10(s.target / s.control) for s in planted}
    inside, total = shares_inside([measure(planted_run(planted, seed=seed)) for seed in range(60)], truth)
    assert total > 1400
    assert 0.935 <= inside / total <= 0.98


def test_the_interval_holds_in_small_runs_too() -> None:
    """300 runs of 3 samples: there is little to learn the noise from."""
    inside = total = 0
    for seed in range(300):
        planted = samples_of(seed, 3)
        truth = {s.name: math.log10(s.target / s.control) for s in planted}
        more, of = shares_inside([measure(planted_run(planted, seed=seed))], truth)
        inside, total = inside + more, total + of
    assert total > 700
    assert 0.935 <= inside / total <= 0.985


def test_the_interval_of_digital_pcr_holds_the_planted_ratio_nineteen_times_in_twenty() -> None:
    planted = [PlantedSample(s.name, min(s.target, 2e4), min(s.control, 5e4)) for s in samples_of(6, 25)]
    truth = {s.name: math.log10(s.target / s.control) for s in planted}
    inside, total = shares_inside([measure(planted_digital_run(planted, seed=seed)) for seed in range(60)], truth)
    assert total > 1400
    assert 0.935 <= inside / total <= 0.98


def test_digital_pcr_gives_the_same_rows_as_cycles() -> None:
    planted = [PlantedSample("S1", 800, 30_000), PlantedSample("S2", 0, 30_000)]
    samples = pl.DataFrame(
        {"sample": ["S1", "S2"], "patient_id": ["P", "Q"], "sample_date": ["2026-05-03"] * 2, "tissue": ["marrow"] * 2}
    )
    digital, _ = mrd_rows(measure(planted_digital_run(planted, seed=1), DEFAULT, samples))
    cycles, _ = mrd_rows(measure(planted_run(planted, seed=1), DEFAULT, samples))
    assert digital.schema == cycles.schema
    assert digital["detected"].to_list() == cycles["detected"].to_list() == ["yes", "no"]
    assert digital["method"].to_list() == ["digital pcr"] * 2
    assert digital["value"][0] == pytest.approx(cycles["value"][0], rel=0.3)


def test_two_positive_partitions_are_not_enough() -> None:
    run = planted_digital_run([PlantedSample("S1", 0, 30_000)], seed=1)
    for positive, said in ((2, "not detected"), (3, "detected, below quantification")):
        is_target = (pl.col("sample") == "S1") & (pl.col("target") == "NPM1 A")
        partitions = run.partitions.with_columns(positive=pl.when(is_target).then(positive).otherwise("positive"))
        measured = measure(Run("d", "a test", partitions=partitions))
        assert measured.results["eac_result"].to_list() == [said]


@given(st.integers(0, 10_000), st.randoms())
def test_the_order_of_the_wells_in_the_file_changes_no_result(seed: int, random: Any) -> None:
    run = planted_run(samples_of(seed, 5), seed=seed)
    order = list(range(run.wells.height))
    random.shuffle(order)
    shuffled = Run(run.name, run.format, wells=run.wells[order])
    columns = ["sample", "copies", "control_copies", "percent", "ratio_low", "eac_result", "eac_sample"]
    one_way, other = (measure(each).results.select(columns).sort("sample") for each in (run, shuffled))
    assert_frame_equal(one_way, other, rel_tol=1e-9)


def test_the_report_says_which_profile_was_used_and_what_it_sets() -> None:
    profile = profile_with(assay__ct_cutoff=39.0)
    page = laboratory_page(measure(run_of([30.0] * 3, ABL_40K), profile, NO_SAMPLES))
    assert "assay.ct_cutoff = 39.0 cycles" in page
    assert "Laboratory A" in page

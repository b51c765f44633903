"""Runs as a laboratory meets them: what is accepted, what is repeated, and what is passed on or held back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl
from measured_runs import ABL_40K, LINES, profile_with, run_of

import tenfold
from tenfold.assay.headline import run_headline
from tenfold.assay.measure import NO_SAMPLES, measure
from tenfold.assay.planted import PlantedSample, example_baseline, example_run, example_samples, planted_run
from tenfold.assay.profile import DEFAULT, ControlMaterial, Profile, StoredCurve
from tenfold.assay.rows import mrd_rows
from tenfold.exchange.run import Run
from tenfold.reports.laboratory import laboratory_page, run_view
from tenfold.settings import DEFAULTS, Alignment
from tenfold.vocabulary import WellRole


def test_signal_without_template_fails_the_run_and_nothing_is_passed_on() -> None:
    samples = pl.DataFrame({"sample": ["S1"], "sample_date": ["2026-05-03"]})
    measured = measure(run_of([30.0, 30.1, 30.2], ABL_40K, blank=38.0), profile_with(), samples)
    assert run_headline(measured).startswith(
        "repeat: signal in a well without template, which fails the run for every target: "
    )
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
    assert states["SIM-3"]["state_possible"] in (None, [], ["no sample yet that can be read"])


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


def test_a_patient_s_well_without_a_name_does_not_vanish() -> None:
    run = run_of([30.0] * 3, ABL_40K)
    nameless = run.wells.with_columns(sample=pl.when(pl.col("well") != "A3").then("sample"))
    assert "well A3" in measure(Run("r", "a test", wells=nameless), profile_with()).results["sample"].to_list()


def test_a_run_that_is_not_accepted_has_no_line_to_sign() -> None:
    measured = measure(run_of([30.0] * 3, ABL_40K, blank=38.0), profile_with())
    page = laboratory_page(measured)
    assert "Signed:" not in page
    assert "NOT TO BE REPORTED" in page


def test_the_report_says_which_profile_was_used_and_what_it_sets() -> None:
    profile = profile_with(assay__ct_cutoff=39.0)
    page = laboratory_page(measure(run_of([30.0] * 3, ABL_40K), profile, NO_SAMPLES))
    assert "assay.ct_cutoff = 39.0 cycles" in page
    assert "Laboratory A" in page

"""What a laboratory signs: a level with its background, a negative with its depth, and what is missing where nothing can be said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from measured_runs import ABL_5K, ABL_40K, LINES, one, profile_with, run_of

from command_line import tenfold
from tenfold.assay.measure import measure
from tenfold.assay.planted import example_baseline
from tenfold.assay.profile import StoredCurve
from tenfold.exchange.run import Run
from tenfold.reports.laboratory import run_view, wells_table
from tenfold.reports.laboratory_words import remarks, sentence, significant

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "npm1-run"
SIM_1 = pl.DataFrame({"sample": ["S1"], "patient_id": ["SIM-1"], "tissue": ["marrow"], "sample_date": ["2026-05-18"]})


def of_wt1(tissue: str | None, ct: float) -> list[str]:
    run = run_of([ct, ct, ct], ABL_40K)
    wells = run.wells.with_columns(target=pl.col("target").replace("NPM1", "WT1"))
    profile = profile_with()
    lines = (*LINES, StoredCurve("WT1", -3.4, 39.5, "a test"))
    profile = type(profile)(profile.name, profile.laboratory, profile.origin, profile.settings, stored_curves=lines)
    samples = pl.DataFrame({"sample": ["S1"], "tissue": [tissue]}, schema={"sample": pl.String, "tissue": pl.String})
    return remarks(one(Run("r", "a test", wells=wells), profile, samples=samples), profile)


@pytest.mark.parametrize(
    ("tissue", "ct", "said"),
    [
        ("blood", 29.5, "WT1 is above what normal blood expresses (up to 0.5 % of ABL1)"),
        ("marrow", 29.5, "WT1 is within what normal marrow expresses (up to 2.5 % of ABL1)"),
        ("blood", 38.0, "WT1 is within what normal blood expresses (up to 0.5 % of ABL1)"),
        (None, 29.5, "normal tissue expresses WT1 too, and how much in this specimen is not known"),
    ],
)
def test_wt1_is_signed_with_what_normal_tissue_expresses(tissue: str | None, ct: float, said: str) -> None:
    assert said in of_wt1(tissue, ct)


def test_npm1_has_no_background_and_a_negative_wt1_needs_no_word_of_it() -> None:
    assert not any("normal" in said for said in remarks(one(run_of([30.0] * 3, ABL_40K)), profile_with()))
    negative = of_wt1("blood", 41.0)
    assert not any("normal" in said for said in negative)


def test_a_negative_says_the_theoretical_sensitivity_in_percent_and_below_the_diagnosis_without_powers_of_ten() -> None:
    row = one(run_of([None] * 3, ABL_40K), samples=SIM_1, baseline=example_baseline())
    said = sentence(row, profile_with())
    assert "Theoretical sensitivity, one copy: 0.00251 % of ABL1, 5.29 log10 below the diagnostic sample of" in said
    assert "e-0" not in said
    assert significant(3.99e-06) == "0.00000399"


def test_a_level_below_quantification_says_the_reduction_that_its_bound_allows_and_no_copies() -> None:
    run = run_of([38.0] * 3, ABL_40K)
    row = one(run, samples=SIM_1, baseline=example_baseline())
    assert "At least 4.29 log10 below the diagnostic sample of 2026-01-12" in sentence(row, profile_with())
    [shown] = run_view(measure(run, profile_with(), SIM_1, example_baseline()))["table"]
    assert shown[4] == "< 10"
    assert shown[9] == "at least 4.29"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"method": "digital-pcr"}, "it was measured by digital-pcr"),
        ({"tissue": "blood"}, "it was measured in blood"),
        ({"control_gene": "GUSB", "tissue": "blood"}, "it was measured in blood, against GUSB"),
    ],
)
def test_a_diagnostic_sample_of_another_kind_is_named_and_not_said_to_be_unknown(
    changed: dict[str, str], said: str
) -> None:
    other = example_baseline().with_columns(**{name: pl.lit(value) for name, value in changed.items()})
    words = sentence(one(run_of([30.0] * 3, ABL_40K), samples=SIM_1, baseline=other), profile_with())
    assert f"The diagnostic sample of 2026-01-12 is not used: {said}: reduction not known" in words


def test_where_no_diagnostic_samples_were_given_nothing_is_said_of_what_is_known() -> None:
    words = sentence(one(run_of([30.0] * 3, ABL_40K), samples=SIM_1), profile_with())
    assert "No diagnostic samples were given to compare with: reduction not known" in words


def test_a_result_that_cannot_be_told_says_which_wells_were_not_read() -> None:
    run = run_of([30.0, 30.1, 30.2], ABL_5K)
    lost = pl.col("target").eq("NPM1") & pl.col("role").eq("patient")
    wells = run.wells.with_columns(
        ct=pl.when(~lost).then("ct"), ct_status=pl.when(lost).then(pl.lit("missing")).otherwise("ct_status")
    )
    words = sentence(one(Run("r", "a test", wells=wells.cast(dict(run.wells.schema)))), profile_with())
    assert words.endswith("No result, neither positive nor negative: 3 of 3 wells of NPM1 were not read.")


def test_a_sample_of_the_future_is_remarked_upon() -> None:
    later = SIM_1.with_columns(sample_date=pl.lit(f"{date.today().year + 36}-05-12"))
    [note] = [
        note
        for note in run_view(measure(run_of([30.0] * 3, ABL_40K), profile_with(), later))["notes"]
        if "after" in note
    ]
    assert "correct the date in the plate map" in note


def test_every_well_is_listed_with_its_cycle_and_the_blanks_stand_in_the_report(tmp_path: Path) -> None:
    measured = measure(run_of([30.0, 30.1, 30.2], ABL_40K), profile_with())
    assert wells_table(measured)["ct"].to_list()[:3] == [30.0, 30.1, 30.2]
    said = tenfold(
        "plate",
        EXAMPLE / "run.csv",
        "--profile",
        EXAMPLE / "laboratory.toml",
        "--date",
        "2026-05-20",
        "--out",
        tmp_path,
    )
    assert "20 May 2026" in said.stdout
    for text in (said.stdout, (tmp_path / "report.html").read_text("utf-8")):
        assert "NPM1 A: B23 undetermined, B24 undetermined" in text
        assert "in range" in text


def test_a_diagnostic_sample_that_cannot_be_read_is_said_to_be_unused(tmp_path: Path) -> None:
    rows = (EXAMPLE / "diagnosis.csv").read_text("utf-8").replace("NPM1", "RUNX1::RUNXT1")
    (tmp_path / "diagnosis.csv").write_text(rows, "utf-8")
    said = tenfold("plate", EXAMPLE / "run.csv", "--baseline", tmp_path / "diagnosis.csv")
    words = " ".join(said.stdout.split())
    assert 'write "RUNX1::RUNX1T1" if that is what it means; until then this row is not used' in words

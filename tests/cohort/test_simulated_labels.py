"""What compare, develop and the usual report write of simulated patients says so; what cannot be asked is refused at once."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from command_line import tenfold
from tenfold.cohort.simulation.simulated import simulate_registry


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "records"
    simulate_registry(90, seed=6, kind="venprs").registry.write(folder)
    return folder


def test_a_comparison_of_simulated_patients_labels_its_tables(records: Path, tmp_path: Path) -> None:
    scores = ["--scores", "age_years,venprs", "--bootstrap", "0", "--clock", "venetoclax"]
    ran = tenfold("compare", records, *scores, "--out", tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "SIMULATED.txt").exists()
    assert pl.read_csv(tmp_path / "scores.csv")["simulated"].to_list() == ["yes", "yes"]
    assert "simulated" not in pl.read_csv(tmp_path / "patients.csv").columns


def test_the_usual_report_labels_its_tables_and_points_to_the_study_file(records: Path, tmp_path: Path) -> None:
    ran = tenfold("cohort", records, "--out", tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "SIMULATED.txt").exists()
    assert "simulated" in pl.read_csv(tmp_path / "curves.csv").columns
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "cumulative incidence of relapse" in page
    assert "--study study.toml" in page


def test_a_score_developed_on_simulated_patients_says_so_and_names_its_endpoint(records: Path, tmp_path: Path) -> None:
    asked = [
        "--candidates",
        "age_years,present.NF1",
        "--endpoint",
        "os",
        "--clock",
        "venetoclax",
        "--force",
        "age_years",
    ]
    ran = tenfold("develop", records, *asked, "--splits", "0", "--bootstrap", "0", "--out", tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "SIMULATED.txt").exists()
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["simulated"] is True
    model = (tmp_path / "local-score.toml").read_text("utf-8")
    assert "Which risk group for OS?" in model


def test_too_few_resamples_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    ran = tenfold("develop", tmp_path / "nothing there", "--candidates", "age_years", "--bootstrap", "5")
    assert ran.returncode == 2
    assert "at least 10 resamples" in " ".join(ran.stderr.split())

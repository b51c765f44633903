"""A model developed from facts of a place ("present.TP53") meets its own registry again, and says of whom outcomes are held."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import tenfold


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a registry of simulated patients and the models developed from it."""
    folder = tmp_path_factory.mktemp("centre")
    assert tenfold("simulate", "--patients", 60, "--kind", "venprs", "--out", "simulated", cwd=folder).returncode == 0
    candidates = "extramedullary,present.TP53"
    words = (
        "--candidates",
        candidates,
        "--force",
        candidates,
        "--clock",
        "venetoclax",
        "--bootstrap",
        0,
        "--splits",
        0,
    )
    told = tenfold("develop", "simulated", *words, "--out", "developed", cwd=folder)
    assert told.returncode == 0, told.stderr
    return folder


def test_a_developed_model_is_compared_on_the_registry_it_came_from(centre: Path) -> None:
    words = ("--scores", "developed/local-score.toml,venprs", "--clock", "venetoclax", "--bootstrap", 0)
    told = tenfold("compare", "simulated", *words, cwd=centre)
    assert told.returncode == 0, told.stderr
    assert "local-score" in told.stdout


def test_it_is_recalibrated_to_what_is_known_of_that_place(centre: Path) -> None:
    words = ("--model", "developed/local-score.toml", "--clock", "venetoclax", "--json")
    told = tenfold("recalibrate", "simulated", *words, cwd=centre)
    assert told.returncode == 0, told.stderr
    assert '"n": 60' in told.stdout


def test_a_model_of_ones_own_is_told_without_a_word_of_outcomes_that_nobody_published(centre: Path) -> None:
    told = tenfold(
        "score", "--model", "developed/local-score.toml", "extramedullary=yes", "present_TP53=no", cwd=centre
    )
    assert told.returncode == 0, told.stderr
    assert "no outcome of those" not in told.stdout
    assert "note: developed on 60 patients" in told.stdout


def test_a_recalibrated_score_of_the_catalogue_keeps_its_published_outcomes(centre: Path) -> None:
    fitted = tenfold(
        "recalibrate", "simulated", "--model", "venprs-os", "--clock", "venetoclax", "--out", "here.toml", cwd=centre
    )
    assert fitted.returncode == 0, fitted.stderr
    values = ("extramedullary=yes", "prior_hma=yes", "FLT3=no", "TP53=no", "NF1=no", "PTPN11=no", "SF3B1=no")
    of_patient = ("prior_venetoclax=no", "relapsed_or_refractory=yes", "age_years=70")
    told = tenfold("score", "--model", "here.toml", *values, *of_patient, cwd=centre)
    assert told.returncode == 0, told.stderr
    assert "published median months" in told.stdout
    assert "no outcome of those" not in told.stdout

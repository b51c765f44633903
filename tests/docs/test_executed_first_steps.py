"""What stood in a new user's way once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from page_blocks import ROOT
from page_folders import made

import tenfold
from command_line import tenfold as run

EXAMPLE = ROOT / "docs" / "examples" / "npm1-run"


def test_the_published_patients_are_found_by_their_name(tmp_path: Path) -> None:
    assert run("check", "thol-2024", cwd=tmp_path).returncode == 0
    assert "there is no folder thol-2025" in run("check", "thol-2025", cwd=tmp_path).stderr


def test_a_folder_of_ones_own_stands_before_the_published_patients_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "thol-2024").mkdir()
    (tmp_path / "thol-2024" / "patients.csv").write_text("patient_id\nmine\n")
    assert "patients 1." in run("check", "thol-2024", cwd=tmp_path).stdout


def test_the_formats_are_listed_without_naming_files() -> None:
    assert "fhir: " in run("convert", "--to", "list").stdout
    told = run("convert")
    assert told.returncode == 2
    assert "tenfold convert IN OUT" in told.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("assess", "thol-2024", "--settings", "none.toml"),
        ("cohort", "thol-2024", "--study", "none.toml", "--out", "out"),
        ("plate", EXAMPLE / "run.csv", "--profile", "none.toml"),
        ("score", "--model", "none.toml"),
    ],
    ids=lambda words: words[0],
)
def test_a_file_that_is_not_there_is_named_in_words(words: tuple[object, ...], tmp_path: Path) -> None:
    told = run(*words, cwd=tmp_path)
    assert told.returncode == 2
    assert told.stderr == "tenfold: there is no file or folder none.toml\n"


def test_a_new_key_in_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    told = run("deidentify", "thol-2024", "out", "--key-file", "secret/key", "--new-key", cwd=tmp_path)
    assert "the key's folder secret is not there" in told.stderr


def test_an_assessment_takes_a_date_and_a_day_number_alike() -> None:
    registry = tenfold.read(made("my-centre"))
    by_date = tenfold.assess(registry, on=date(2023, 12, 31))
    by_number = tenfold.assess(registry, on=(date(2023, 12, 31) - date(1970, 1, 1)).days)
    assert by_date.patients.equals(by_number.patients)
    assert by_date.patients.height


def test_a_candidate_that_all_share_says_of_how_many(tmp_path: Path) -> None:
    file = tmp_path / "patients.csv"
    file.write_text("time_months,event,a\n" + "".join(f"{n},{n % 2},1\n" for n in range(1, 21)))
    assert "alike in all 20 patients of whom it is known" in run("develop", file, "--candidates", "a").stderr


def test_what_a_measured_run_writes_has_no_fault_as_records(tmp_path: Path) -> None:
    run("plate", EXAMPLE / "run.csv", "--map", EXAMPLE / "map.csv", "--out", tmp_path / "run")
    assert run("check", tmp_path / "run").returncode == 0

"""What a command refuses, and says in plain words: a day that there is not, a folder that another format holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tenfold.cli import app


def said(*words: object) -> tuple[int, str]:
    ran = CliRunner().invoke(app, [str(word) for word in words])
    return ran.exit_code, ran.output


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "registry"
    assert said("simulate", "--patients", 4, "--out", folder)[0] == 0
    return folder


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ("2022-13-01", "there is no such day"),
        ("30.06.2022", "write the date as 2022-06-30"),
        ("June", "write the date as 2024-05-03"),
    ],
)
def test_a_day_that_cannot_be_read_says_what_is_wrong_with_it(simulated: Path, day: str, answer: str) -> None:
    code, output = said("assess", simulated, "--on", day)
    assert code == 2
    assert f"--on {day}: {answer}" in output


def test_tables_are_not_written_beside_the_files_of_another_format(simulated: Path, tmp_path: Path) -> None:
    assert said("convert", simulated, tmp_path / "study", "--to", "cbioportal")[0] == 0
    before = sorted(tmp_path.rglob("*"))
    code, output = said("convert", simulated, tmp_path / "study")
    assert code == 2
    assert "name an empty or a new folder" in " ".join(output.split())
    assert sorted(tmp_path.rglob("*")) == before


def test_tables_are_not_written_over_tables(simulated: Path, tmp_path: Path) -> None:
    assert said("convert", simulated, tmp_path / "tables")[0] == 0
    code, output = said("convert", simulated, tmp_path / "tables")
    assert code == 2
    assert "write into an empty folder" in " ".join(output.split())


def test_answers_of_simulated_patients_say_so_in_their_folder(simulated: Path, tmp_path: Path) -> None:
    assert said("assess", simulated, "--out", tmp_path / "answers")[0] == 0
    assert (tmp_path / "answers" / "SIMULATED.txt").read_text("utf-8").startswith("SIMULATED PATIENTS")

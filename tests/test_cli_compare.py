"""`tenfold compare` as its user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from scored_registries import scored_registry
from tenfold.cli.compare import compare


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare") / "registry"
    scored_registry(60, untested=3).write(folder)
    return folder


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(compare)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_it_prints_who_is_compared_what_to_mind_and_the_table(centre: Path) -> None:
    told = run(centre, "--scores", "venprs,breems", "--clock", "venetoclax", "--bootstrap", 0)
    assert told.exit_code == 0, told.output
    for said in (
        "SIMULATED PATIENTS",
        "OS from first dose of venetoclax, read at 12 months",
        "57 patients",
        "of 60 patients 60 have a time, and for 3 of these a score is not known",
        "Breems-index: applied outside its published scope",
        "left out: 3 (no score): VEN-PRS-OS is not known",
        "not a medical device",
    ):
        assert said in " ".join(told.output.split()), said


def test_it_writes_one_table_and_one_page(centre: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = run(centre, "--scores", "venprs", "--clock", "venetoclax", "--bootstrap", 5, "--out", out)
    assert told.exit_code == 0, told.output
    assert {"report.html", "scores.csv", "patients.csv", "left_out.csv"} <= {path.name for path in out.iterdir()}
    assert "57 patients, 1 scores" in told.output


def test_json_is_the_same_for_a_seed_and_holds_the_subgroup(centre: Path) -> None:
    asked = (centre, "--scores", "venprs", "--clock", "venetoclax", "--bootstrap", 5, "--json", "--seed", 7)
    first, again = (run(*asked, "--subgroup", "age_years>=60") for _ in range(2))
    assert first.output == again.output
    data = json.loads(first.output)
    assert data["subgroup"] == "age_years>=60"
    assert data["patients_compared"] < 57
    assert data["bootstrap"] == {"resamples": 5, "seed": 7}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--scores", "venprz"), "no column is called venprz"),
        (("--scores", "venprs", "--endpoint", "efs"), "say which: EFS-ELN2022"),
        (("--scores", "venprs", "--clock", "moon"), "no clock is called moon"),
        (("--scores", "venprs", "--clock", "venetoclax", "--subgroup", "age"), "is no condition"),
        (("--scores", "venprs", "--clock", "venetoclax", "--horizon", "900"), "nobody is followed past 900 months"),
        (("--scores", "missing.toml"), "missing.toml"),
        (("--scores", " , "), "name at least one score"),
    ],
)
def test_what_it_cannot_do_it_says_in_one_line(centre: Path, options: tuple[str, ...], said: str) -> None:
    told = run(centre, *options, "--bootstrap", "0")
    assert told.exit_code == 2
    assert said in told.output
    assert "Traceback" not in told.output


def test_the_example_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).resolve().parent.parent / "docs" / "how-to" / "compare-scores.md"
    [code] = [block.split("```", 1)[0] for block in page.read_text("utf-8").split("```python\n")[1:]]
    exec(code, {})
    assert capsys.readouterr().out.count("Mayo-2024") == 2

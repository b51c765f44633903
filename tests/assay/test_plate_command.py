"""The laboratory's command in a process of its own, on the example that the documentation hands out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from command_line import Said, tenfold

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "npm1-run"


def plate(*more: object) -> Said:
    beside = ("--profile", EXAMPLE / "laboratory.toml", "--map", EXAMPLE / "map.csv")
    return tenfold("plate", EXAMPLE / "run.csv", *beside, "--baseline", EXAMPLE / "diagnosis.csv", *more)


def test_a_run_becomes_a_report_and_rows_that_an_assessment_takes(tmp_path: Path) -> None:
    said = plate("--out", tmp_path)
    assert said.returncode == 0, said.stderr
    assert "This is not a negative result" in said.stdout
    rows = list(csv.DictReader((tmp_path / "mrd_samples.csv").read_text("utf-8").splitlines()))
    assert [row["detected"] for row in rows] == ["yes", "yes", "below_quantification", "no", ""]
    assert rows[4]["adequate"] == "false"
    wells = list(csv.DictReader((tmp_path / "wells.csv").read_text("utf-8").splitlines()))
    assert len(wells) == len((EXAMPLE / "run.csv").read_text("utf-8").splitlines()) - 1
    assert {well["verdict"] for well in wells} == {"accepted"}
    assert "Signed:" in (tmp_path / "report.html").read_text("utf-8")
    registry = tmp_path / "registry"
    registry.mkdir()
    (tmp_path / "mrd_samples.csv").rename(registry / "mrd_samples.csv")
    checked = tenfold("check", registry)
    assert checked.returncode == 0, checked.stdout
    assessed = json.loads(tenfold("assess", registry, "--json").stdout)
    assert len(assessed) == 3


def test_the_answer_can_be_read_by_a_machine() -> None:
    said = json.loads(plate("--json").stdout)
    assert said["verdict"].startswith("accepted")
    assert said["profile"]["name"] == "NPM1 by qPCR, protocol 4"
    assert [sample["verdict"] for sample in said["samples"]] == ["accepted"] * 4 + ["repeat"]
    assert said["controls"][0][-1] == "in range"


def test_a_run_that_is_not_accepted_exits_with_one_and_passes_nothing_on(tmp_path: Path) -> None:
    wells = (EXAMPLE / "run.csv").read_text("utf-8").replace("no template,,Undetermined", "no template,,37.2", 1)
    (tmp_path / "run.csv").write_text(wells, "utf-8")
    said = tenfold("plate", tmp_path / "run.csv", "--map", EXAMPLE / "map.csv", "--out", tmp_path / "out")
    assert said.returncode == 1
    assert "signal in a well without template" in said.stdout
    assert len((tmp_path / "out" / "mrd_samples.csv").read_text("utf-8").splitlines()) == 1
    assert len((tmp_path / "out" / "held_back.csv").read_text("utf-8").splitlines()) == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name a run file"),
        (("nowhere.rdml",), "no such file"),
        ((EXAMPLE / "README.md",), "expected"),
        ((EXAMPLE / "run.csv", "--profile", EXAMPLE / "map.csv"), "map.csv"),
        ((EXAMPLE / "run.csv", "--map", EXAMPLE / "laboratory.toml"), "laboratory.toml"),
        ((EXAMPLE / "run.csv", "--baseline", EXAMPLE / "map.csv"), "cannot be read as mrd_samples"),
        (("--history", EXAMPLE), "no run report"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words_and_not_in_a_traceback(
    arguments: tuple[object, ...], said: str
) -> None:
    answer = tenfold("plate", *arguments)
    assert answer.returncode in (1, 2)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_controls_over_runs_are_judged_and_drawn(tmp_path: Path) -> None:
    summary = json.loads(plate("--out", tmp_path / "run00").stdout and (tmp_path / "run00" / "run.json").read_text())
    for n in range(1, 9):
        shifted = {**summary, "digest": f"{n}", "started": f"2026-05-{n:02d}T08:00:00"}
        level = 5.0 + 0.1 * (-1) ** n if n < 8 else 9.0
        shifted["curves"] = [{**curve, "slope": curve["slope"] + 0.01 * (-1) ** n} for curve in summary["curves"]]
        shifted["controls"] = [{**summary["controls"][0], "percent": level}]
        (tmp_path / f"run{n:02d}").mkdir()
        (tmp_path / f"run{n:02d}" / "run.json").write_text(json.dumps(shifted), "utf-8")
    (tmp_path / "run00" / "run.json").unlink()
    said = tenfold("plate", "--history", tmp_path, "--out", tmp_path)
    assert said.returncode == 1, said.stderr
    assert "in control" in said.stdout
    assert "1-3s" in said.stdout
    page = (tmp_path / "trend.html").read_text("utf-8")
    assert "Each control" in page
    assert page.count("<svg") >= 10


def test_the_simulated_run_is_labelled_wherever_it_appears(tmp_path: Path) -> None:
    assert tenfold("plate", "--simulated", "--out", tmp_path).returncode == 0
    assert "SIMULATED" in (tmp_path / "report.html").read_text("utf-8")
    assert "SIMULATED" in (tmp_path / "mrd_samples.csv").read_text("utf-8")

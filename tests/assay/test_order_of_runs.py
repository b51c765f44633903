"""Controls over runs that share a name, or of which nobody said when they were: nothing is judged by the alphabet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from command_line import tenfold
from tenfold.assay.trend import not_placed, points, read_history, westgard
from tenfold.settings import DEFAULTS

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "npm1-run"
LEVELS = (4.8, 5.0, 5.1, 4.9, 5.05, 4.95, 7.9)
"""Percent of ABL1 that a control gave on seven days; the last is far outside."""


def reported(folder: Path, where: str, percent: float, started: str | None = None, **more: Any) -> None:
    control = {"name": "POS low", "marker": "NPM1", "percent": percent}
    summary = {"run": "run", "started": started, "accepted": True, "curves": [], "controls": [control], **more}
    (folder / where).mkdir(parents=True)
    (folder / where / "run.json").write_text(json.dumps(summary), "utf-8")


def judged(folder: Path) -> tuple[list[list[str] | None], list[str], list[str]]:
    summaries, faults = read_history(folder)
    frame = westgard(points(summaries), DEFAULTS)
    return frame["broken"].to_list(), faults, not_placed(frame)


def test_seven_runs_of_one_name_are_seven_runs_and_the_last_breaks_a_rule(tmp_path: Path) -> None:
    for day, level in enumerate(LEVELS, 10):
        reported(tmp_path, f"2026-05-{day}", level, f"2026-05-{day}")
    rules, faults, order = judged(tmp_path)
    assert rules[-1] == ["1-3s"]
    assert not faults
    assert not order


def test_runs_without_a_date_are_not_judged_and_the_command_says_what_is_needed(tmp_path: Path) -> None:
    for day, level in enumerate(LEVELS, 10):
        reported(tmp_path, f"2026-05-{day}", level)
    rules, _, (order,) = judged(tmp_path)
    assert rules == [None] * 7
    assert order.startswith("not judged, and no limits taken from them, because their place in time is not known: ")
    assert "run (2026-05-10) (no date)" in order
    said = tenfold("plate", "--history", tmp_path, "--out", tmp_path)
    assert said.returncode == 1
    assert "--date 2026-05-20" in said.stdout
    assert "not judged: the order of its runs is not known" in said.stdout
    page = (tmp_path / "trend.html").read_text("utf-8")
    assert "No rule is broken" not in page
    assert "No control could be judged" in page


def test_one_run_without_a_date_keeps_none_of_the_others_from_being_judged(tmp_path: Path) -> None:
    for day, level in enumerate(LEVELS, 10):
        reported(tmp_path, f"2026-05-{day}", level, f"2026-05-{day}")
    reported(tmp_path, "2026-05-00", 0.001)
    rules, _, order = judged(tmp_path)
    assert ["1-3s"] in rules
    assert "not known: run (2026-05-00) (no date)." in order[0]


@pytest.mark.parametrize(
    ("first", "second", "known"),
    [
        ("2026-05-20", "2026-05-20", False),
        ("2026-05-20", "2026-05-20T14:30", False),
        ("2026-05-20T08:00", "2026-05-20T14:30", True),
        ("2026-05-20 08:00", "2026-05-21", True),
    ],
)
def test_two_runs_of_one_day_need_their_hours(tmp_path: Path, first: str, second: str, known: bool) -> None:
    reported(tmp_path, "a", 4.0, first)
    reported(tmp_path, "b", 5.0, second)
    assert bool(judged(tmp_path)[2]) is not known


def test_a_run_reported_twice_counts_once_and_the_report_with_a_date_is_used(tmp_path: Path) -> None:
    reported(tmp_path, "a", 4.0, "2026-05-20", digest="same")
    reported(tmp_path, "b", 4.4, digest="same")
    summaries, (fault,) = read_history(tmp_path)
    assert [one["started"] for one in summaries] == ["2026-05-20"]
    assert fault.endswith(
        f"report the same run, with the same value in every well; {tmp_path / 'a' / 'run.json'} is used"
    )


def test_a_run_file_that_tells_no_date_is_given_one_and_its_rows_carry_it(tmp_path: Path) -> None:
    for day in ("2026-05-20", "20 May"):
        arguments = (EXAMPLE / "run.csv", "--map", EXAMPLE / "map.csv", "--date", day, "--out", tmp_path / day)
        said = tenfold("plate", *arguments)
        assert ("is no date" in said.stderr) is (day == "20 May")
    assert json.loads((tmp_path / "2026-05-20" / "run.json").read_text("utf-8"))["started"] == "2026-05-20"
    assert "SIM-1-cycle-2 / run 2026-05-20" in (tmp_path / "2026-05-20" / "mrd_samples.csv").read_text("utf-8")


def test_the_same_sample_measured_again_in_a_file_of_the_same_name_has_another_number(tmp_path: Path) -> None:
    numbers = []
    for cycle in ("35.66", "35.67"):
        folder = tmp_path / cycle
        folder.mkdir()
        wells = (EXAMPLE / "run.csv").read_text("utf-8").replace("standard,10,35.66", f"standard,10,{cycle}", 1)
        (folder / "run.csv").write_text(wells, "utf-8")
        assert tenfold("plate", folder / "run.csv", "--map", EXAMPLE / "map.csv", "--out", folder).returncode == 0
        numbers.append((folder / "mrd_samples.csv").read_text("utf-8").splitlines()[1].split(",")[0])
    assert numbers[0] != numbers[1]

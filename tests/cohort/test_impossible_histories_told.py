"""A history that cannot be reaches whoever reads the records: in check, in the cohort's report and in a study."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tenfold.assessment import assess
from tenfold.cohort.study.file import parse_study
from tenfold.endpoints.impossible import GAP
from tenfold.records import Registry
from tenfold.reports.impossible import impossible_in, impossible_of, impossible_view, parted
from tenfold.reports.study import run_study


def registry() -> Registry:
    """A relapsed without a remission, B was treated a year before the diagnosis, C and D are sound (D is silent for years)."""

    def person(who: str, last: str) -> dict[str, Any]:
        return {
            "patient_id": who,
            "diagnosis_date": "2020-01-01",
            "age_at_diagnosis_years": 60,
            "last_contact_date": last,
        }

    people = [
        person("A", "2020-12-01"),
        person("B", "2020-12-01"),
        person("C", "2020-12-01"),
        person("D", "2024-01-01"),
    ]
    begun = {"A": "2020-01-03", "B": "2019-01-01", "C": "2020-01-03", "D": "2020-01-03"}
    treatments = [
        {"patient_id": who, "line": 1, "intent": "induction", "regimen": "7+3", "start_date": when}
        for who, when in begun.items()
    ]
    events = [{"patient_id": "A", "event_date": "2020-06-01", "kind": "relapse"}]
    made = Registry.from_tables({"patients": people, "treatments": treatments, "events": events, "responses": []})
    assert not made.check().height, made.check().to_dicts()
    return made


def ran(*words: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from tenfold.cli import main; main()", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)


def test_check_names_the_patient_what_cannot_be_and_the_remedy(tmp_path: Path) -> None:
    registry().write(tmp_path)
    found = ran("check", tmp_path)
    assert found.returncode == 1
    said = " ".join(found.stdout.split())
    assert "history of A relapse without remission" in said
    assert "a treatment of the leukaemia on 1 January 2019 is before its diagnosis on 1 January 2020" in said
    assert "check both dates and correct the wrong one" in said
    assert "history of C" not in said


def test_check_gives_the_same_to_a_program(tmp_path: Path) -> None:
    registry().write(tmp_path)
    told = json.loads(ran("check", tmp_path, "--json").stdout)
    assert [row["patient_id"] for row in told["impossible_histories"]] == ["A", "B"]
    assert {row["what"] for row in told["silences"]} == {GAP}


def test_a_long_silence_is_told_but_is_no_fault(tmp_path: Path) -> None:
    registry().select(
        registry().patient_ids().filter(registry().patient_ids()["patient_id"] == "D")["patient_id"]
    ).write(tmp_path)
    found = ran("check", tmp_path)
    assert found.returncode == 0, found.stdout
    assert "In 1 patient nothing is recorded for more than a year" in " ".join(found.stdout.split())


def test_the_light_reading_finds_what_the_assessment_finds() -> None:
    assert impossible_in(registry()).equals(impossible_of(assess(registry())))


def test_the_cohorts_report_and_its_folder_name_them(tmp_path: Path) -> None:
    registry().write(tmp_path / "records")
    found = ran("cohort", tmp_path / "records", "--out", tmp_path / "out")
    assert "impossible_histories.csv" in found.stdout
    assert "What is recorded of 2 patients cannot be so" in " ".join(
        (tmp_path / "out" / "report.html").read_text().split()
    )


def test_a_study_names_them_too() -> None:
    result = run_study(assess(registry()), parse_study({"endpoint": [{"name": "OS"}]}))
    assert result.further is not None
    view = impossible_view(result.further.impossible)
    assert view is not None
    assert [row[0] for row in view["rows"]] == ["A", "B"]


@pytest.mark.parametrize("whom", ["C"])
def test_of_a_sound_history_nothing_is_said(whom: str) -> None:
    sound = registry().select(
        registry().patient_ids().filter(registry().patient_ids()["patient_id"] == whom)["patient_id"]
    )
    wrong, silent = parted(impossible_in(sound))
    assert not wrong.height
    assert not silent.height
    assert impossible_view(impossible_in(sound)) is None

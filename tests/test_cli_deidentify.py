"""`tenfold deidentify` as its user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from test_cli import tenfold


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """A small centre with a patient of that name."""
    folder = tmp_path / "ward"
    folder.mkdir()
    (folder / "patients.csv").write_text(
        "patient_id,sex,birth_date,diagnosis_date\nSMITH,female,1961-02-03,2023-01-10\n"
    )
    (folder / "responses.csv").write_text(
        "patient_id,response_date,reported_response,source\nSMITH,2023-03-01,CR,Keller\n"
    )
    return folder


def test_records_are_written_without_names_and_the_report_shows_no_value(ward: Path, tmp_path: Path) -> None:
    out, report, link = tmp_path / "out", tmp_path / "report.csv", tmp_path / "link.csv"
    done = tenfold(
        "deidentify", ward, out, "--key-file", tmp_path / "key", "--new-key", "--report", report, "--link", link
    )
    assert done.returncode == 0, done.stderr
    written = "".join(file.read_text("utf-8") for file in out.iterdir()) + report.read_text("utf-8") + done.stdout
    assert not any(word in written for word in ("SMITH", "Keller", "2023-01-10", "1961-02-03"))
    assert link.read_text("utf-8").splitlines()[1].startswith("SMITH,P")
    assert link.stat().st_mode & 0o077 == 0
    assert tenfold("check", out).returncode == 0
    again = tenfold("deidentify", ward, tmp_path / "again", "--key-file", tmp_path / "key", "--json")
    assert json.loads(again.stdout)["patients"] == 1
    assert (tmp_path / "again" / "patients.csv").read_bytes() == (out / "patients.csv").read_bytes()


def test_a_missing_key_a_key_among_the_records_and_a_full_folder_are_refused(ward: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    missing = tenfold("deidentify", ward, tmp_path / "out", "--key-file", key)
    assert (missing.returncode, "--new-key makes one" in missing.stderr) == (2, True)
    inside = tenfold("deidentify", ward, tmp_path / "out", "--key-file", tmp_path / "out" / "key", "--new-key")
    assert (inside.returncode, "keep it elsewhere" in inside.stderr) == (2, True)
    assert tenfold("deidentify", ward, tmp_path / "out", "--key-file", key, "--new-key").returncode == 0
    twice = tenfold("deidentify", ward, tmp_path / "out", "--key-file", key, "--new-key")
    assert (twice.returncode, "is there already" in twice.stderr) == (2, True)
    full = tenfold("deidentify", ward, tmp_path / "out", "--key-file", key)
    assert (full.returncode, "write into an empty folder" in full.stderr) == (2, True)


def test_days_take_the_place_of_dates_where_that_is_asked(ward: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert tenfold("deidentify", ward, out, "--key-file", tmp_path / "key", "--new-key", "--relative").returncode == 0
    assert "response_day" in (out / "responses.csv").read_text("utf-8")
    assert ",50,CR" in (out / "responses.csv").read_text("utf-8")
    assert 'axis = "relative"' in (out / "registry.toml").read_text("utf-8")

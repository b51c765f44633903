"""`tenfold check` names the tables that are not there, what stays open without them, and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tenfold.cli import app
from tenfold.records.not_recorded import STAYS_OPEN
from tenfold.records.tables import TABLES


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    (tmp_path / "patients.csv").write_text("patient_id,diagnosis_date\nA1,2023-01-10\n")
    (tmp_path / "responses.csv").write_text("patient_id,response_date,reported_response\nA1,2023-03-01,CR\n")
    (tmp_path / "treatments.csv").write_text("patient_id,intent,drugs,start_date\nA1,induction,cytarabine,2023-01-12\n")
    return tmp_path


def said(centre: Path, *more: str) -> str:
    told = CliRunner().invoke(app, ["check", str(centre), *more])
    assert told.exit_code == 0, told.output
    return told.output


def test_a_centre_without_transplants_is_told_what_stays_open_and_what_to_add(centre: Path) -> None:
    text = " ".join(said(centre).split())
    assert "transplants: not recorded - molecular states, endpoints and options stay open" in text
    assert "if there was none, add transplants.csv with only its header" in text
    assert "mrd_samples: not recorded - no molecular state can be told." in text
    assert "treatments: not recorded" not in text
    assert "Not there either, and so not known: status, marrows" in text


def test_a_header_alone_is_a_record_of_none(centre: Path) -> None:
    (centre / "transplants.csv").write_text("patient_id,transplant_date\n")
    assert "transplants: not recorded" not in said(centre)


def test_a_program_reads_the_same(centre: Path) -> None:
    told = json.loads(said(centre, "--json"))
    assert set(told["not_recorded"]) == {"mrd_samples", "transplants", "genes_tested", "events"}
    assert "counts" in told["absent_too"]


def test_only_tables_that_exist_are_spoken_of() -> None:
    assert set(STAYS_OPEN) <= set(TABLES)

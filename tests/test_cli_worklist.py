"""`tenfold worklist` as its user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from tenfold.cli import app as every_command
from tenfold.cli.worklist import worklist

CONVERTED = (
    "sample_id,patient_id,sample_date,marker,tissue,method,control_gene,control_copies,value,scale,detected\n"
    "m1,A1,2023-04-01,NPM1,marrow,rt-qpcr,ABL1,60000,,,no\n"
    "m2,A1,2023-07-01,NPM1,marrow,rt-qpcr,ABL1,60000,0.05,percent_abl1,yes\n"
)


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    folder = tmp_path / "centre"
    folder.mkdir()
    (folder / "patients.csv").write_text("patient_id,sex,birth_date,diagnosis_date\nA1,female,1961-02-03,2023-01-10\n")
    (folder / "responses.csv").write_text("patient_id,response_date,reported_response\nA1,2023-03-01,CR\n")
    (folder / "treatments.csv").write_text(
        "patient_id,intent,drugs,start_date,end_date\nA1,induction,cytarabine,2023-01-12,2023-02-01\n"
    )
    (folder / "transplants.csv").write_text("patient_id,transplant_date\n")
    (folder / "mrd_samples.csv").write_text(CONVERTED)
    return folder


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(worklist)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def words(result: Result) -> str:
    return " ".join(result.output.split())


def test_it_is_a_command_of_tenfold() -> None:
    told = CliRunner().invoke(every_command, ["worklist", "--help"])
    assert told.exit_code == 0
    assert "needs attention" in told.output


def test_it_says_what_needs_attention_since_when_and_what_closes_it(centre: Path) -> None:
    told = run(centre, "--on", "2023-08-15")
    assert told.exit_code == 0, told.output
    for said in (
        "A1",
        "m2",
        "17 days overdue",
        "closed by a further sample",
        "Entries: 1 unconfirmed molecular relapse.",
    ):
        assert said in words(told), said
    assert "was not asked" not in told.output


def test_without_a_day_it_says_that_nothing_was_asked_of_delay(centre: Path) -> None:
    told = run(centre)
    assert told.exit_code == 0
    assert "Whether anything is overdue was not asked: give the day with --on." in words(told)
    assert "days overdue" not in told.output


def test_an_empty_worklist_says_none(centre: Path) -> None:
    told = run(centre, "--on", "2023-05-01")
    assert told.exit_code == 0
    assert "Entries: none." in told.output


def test_json_has_every_column_with_dates_and_what_is_undecided(centre: Path) -> None:
    told = run(centre, "--on", "2023-08-15", "--json")
    data = json.loads(told.output)
    [entry] = data["entries"]
    assert (entry["subject"], entry["since_date"], entry["due_date"]) == ("m2", "2023-07-01", "2023-07-29")
    assert (entry["overdue_days"], entry["reminder"], entry["certain"]) == (17, 28, True)
    assert data["overdue_asked"] is True
    assert isinstance(data["undecided"], list)


def test_a_faulty_row_is_told_of_and_the_exit_code_is_one(centre: Path) -> None:
    (centre / "mrd_samples.csv").write_text(
        CONVERTED + "m3,A1,in August,NPM1,marrow,rt-qpcr,ABL1,60000,0.05,percent_abl1,yes\n"
    )
    told = run(centre, "--on", "2023-08-15")
    assert told.exit_code == 1
    assert "unconfirmed molecular relapse, perhaps" in words(told)


def test_a_day_that_is_no_date_is_a_usage_error(centre: Path) -> None:
    assert run(centre, "--on", "August").exit_code == 2


def test_a_centre_may_change_the_interval(centre: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[mrd]\nconfirm_within = 42\n")
    data = json.loads(run(centre, "--on", "2023-08-15", "--settings", own, "--json").output)
    assert [(entry["due_date"], entry["overdue_days"]) for entry in data["entries"]] == [("2023-08-12", 3)]

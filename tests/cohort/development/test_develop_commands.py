"""The commands: a file or a folder of records in, models and a report out, and a model that runs at once."""

import json
import tomllib
from pathlib import Path

import polars as pl
import pytest
import typer
from developing import simulated
from typer.testing import CliRunner

from tenfold.cli.develop import develop, recalibrate
from tenfold.cli.models import score_model
from tenfold.cohort.development.reading import read_patients, typed

APP = typer.Typer()
APP.command()(develop)
APP.command()(recalibrate)


@APP.command()
def score(file: Path, values: list[str], at: str = "6,12,24", as_json: bool = False) -> None:
    score_model(file, values, at, as_json)


QUICK = ["--bootstrap", "10", "--splits", "5", "--horizon", "10"]


def run(*words):
    return CliRunner().invoke(APP, [str(word) for word in words])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("developed")
    simulated().write_csv(folder / "patients.csv")
    simulated(120, seed=9).write_csv(folder / "other.csv")
    told = run(
        "develop", folder / "patients.csv", "--candidates", "EMD,HMA,SF3B1,age_years,eln", "--force", "age_years",
        "--cut-offs", "<0.25,<=0.75", "--reference", "eln=favourable", "--bands", "age_years=60,70", "--name", "ward",
        "--validation", folder / "other.csv", "--out", folder / "out", *QUICK,
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    return folder, told


def test_a_development_writes_two_models_and_a_report(made):
    folder, told = made
    assert {path.name for path in (folder / "out").iterdir()} == {
        "ward.toml",
        "ward-penalised.toml",
        "report.html",
        "report.json",
        "tables",
        "figures",
    }
    drawn = {path.name for path in (folder / "out" / "figures").iterdir()}
    for name in ("survival_by_group", "calibration_at_10_months", "decision_curve_at_10_months"):
        for model in ("ward", "ward_penalised", "ward_elsewhere", "ward_penalised_elsewhere"):
            assert {f"{model}_{name}.svg", f"{model}_{name}.png"} <= drawn
    said = (folder / "out" / "figures" / "ward_survival_by_group.svg").read_text()
    assert "not corrected for optimism" in said
    held = {path.name for path in (folder / "out" / "tables").iterdir()}
    assert {
        "recipe_candidates.csv",
        "recipe_performance.csv",
        "ward_elsewhere_groups.csv",
        "ward_calibration.csv",
    } <= held
    model = tomllib.loads((folder / "out" / "ward.toml").read_text())
    assert model["groups"][0] == {"answer": "lower", "below": "0.25"}
    assert model["provenance"]["seed"] == 1
    assert "Riley's criteria ask for" in told.output
    assert "External validation: ward-penalised" in told.output


def test_the_report_follows_tripod_and_names_what_the_authors_must_say(made):
    folder, _ = made
    page = (folder / "out" / "report.html").read_text()
    for word in ("TRIPOD", "Missing data", "for the authors to say", "seed 1", "events each", "Random splits"):
        assert word in page
    assert "http://" not in page.replace("http://www.w3.org/", "")  # the names of SVG
    told = json.loads((folder / "out" / "report.json").read_text())
    assert [arm["procedure"] for arm in told["arms"]] == ["recipe", "penalised"]
    assert told["sample_size"]["n"] == told["n"] == 174


def test_the_model_runs_at_once(made):
    folder, _ = made
    told = run("score", folder / "out" / "ward.toml", "EMD=yes", "HMA=yes", "SF3B1=no", "age_years=65")
    assert told.exit_code == 0, told.output
    assert "ward: higher" in told.output
    assert "at 12 months" in told.output
    assert "median" in told.output


def test_a_model_is_recalibrated_and_runs_again(made):
    folder, _ = made
    out = folder / "local.toml"
    told = run("recalibrate", folder / "other.csv", "--model", folder / "out" / "ward.toml", "--slope", "--out", out)
    assert told.exit_code == 0, told.output
    assert "slope here" in told.output
    again = run("score", out, "EMD=no", "HMA=no", "SF3B1=no", "age_years=?", "--as-json")
    [answer] = json.loads(again.output)
    assert answer["individual"]["at"][1]["survival"] is None
    assert answer["individual"]["at"][1]["least"] < answer["individual"]["at"][1]["most"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["develop", "patients.csv", "--candidates", "WT1"], "no column WT1"),
        (["develop", "patients.csv", "--candidates", "EMD", "--cut-offs", "x"], "a cut-off is a number"),
        (["develop", "patients.csv", "--candidates", "EMD", "--bands", "age"], "write COLUMN=VALUE"),
        (["develop", "absent.csv", "--candidates", "EMD"], "no such file"),
        (["develop", "notes.txt", "--candidates", "EMD"], "give a CSV"),
        (["recalibrate", "patients.csv", "--model", "venprs"], "VEN-PRS-OS, VEN-PRS-EFS"),
        (["recalibrate", "patients.csv", "--model", "venprs-os"], "PTPN11 is not known for 174"),
        (["recalibrate", "patients.csv", "--model", "absent.toml"], "absent.toml"),
        (["score", "absent.toml", "EMD=yes"], "absent.toml"),
    ],
)
def test_what_cannot_be_done_is_said_on_one_line(made, words, said, monkeypatch):
    monkeypatch.chdir(made[0])
    Path("notes.txt").write_text("x")
    told = run(*words)
    assert told.exit_code == 2
    assert said in told.output
    assert "Traceback" not in told.output


def records(folder, n=90):
    """Records of patients in whom the older die sooner."""
    folder.mkdir()
    frame = simulated(n, seed=4)
    rows, lines = ["patient_id,sex,birth_date,diagnosis_date,last_contact_date,death_date"], []
    for k, row in enumerate(frame.iter_rows(named=True)):
        day = pl.Series([18_000 + int(row["time_months"] * 30.44)]).cast(pl.Int32).cast(pl.Date)[0]
        born = f"{2019 - int(row['age_years'])}-03-01"
        rows.append(f"P{k},{'male' if row['HMA'] else 'female'},{born},2019-04-14,{day},{day if row['event'] else ''}")
        lines.append(f"P{k},induction,7+3,cytarabine+daunorubicin,2019-04-15")
    (folder / "patients.csv").write_text("\n".join(rows) + "\n")
    (folder / "treatments.csv").write_text("\n".join(["patient_id,intent,regimen,drugs,start_date", *lines]) + "\n")
    return folder


def test_records_give_times_from_dates_and_candidates_at_time_zero(tmp_path):
    folder = records(tmp_path / "records")
    told = run(
        "develop", folder, "--candidates", "age_years,patients.sex", "--endpoint", "os", "--force", "age_years",
        "--threshold", "0.5", "--out", tmp_path / "out", *QUICK,
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    model = tomllib.loads((tmp_path / "out" / "local-score.toml").read_text())
    assert {term["input"] for term in model["terms"]} == {"age_years", "patients_sex"}
    assert model["provenance"]["patients"] == 90
    answer = run("score", tmp_path / "out" / "local-score.toml", "age_years=70", "patients_sex=male")
    assert "at 12 months" in answer.output


def test_a_column_is_what_all_its_values_are(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("a,b,c,d,e\nyes,1,2.5,x,\nno,0,3,7,?\n?,NA,unknown,,\n")
    frame = read_patients(path)
    assert frame.to_dict(as_series=False) == {
        "a": [True, False, None],
        "b": [True, False, None],
        "c": [2.5, 3.0, None],
        "d": ["x", "7", None],
        "e": [None, None, None],
    }
    assert typed(pl.Series("n", [1.5])).dtype == pl.Float64

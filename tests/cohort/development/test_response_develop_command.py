"""The command `develop --endpoint response`: a file or a folder of records in, a model and a report out."""

import csv
import json
import tomllib

import pytest
import typer
from responding import responding
from typer.testing import CliRunner

from tenfold.cli.compare import compare
from tenfold.cli.develop import develop, recalibrate
from tenfold.cli.knowledge import score
from tenfold.cohort.simulation.simulated import simulate_registry

APP = typer.Typer()
for command in (develop, recalibrate, score, compare):
    APP.command()(command)
RESPONSE = ["--endpoint", "response", "--bootstrap", "10"]


def run(*words):
    return CliRunner().invoke(APP, [str(word) for word in words])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("responses")
    responding(empty=True, unknown=20).write_csv(folder / "patients.csv")
    responding(150, seed=9).write_csv(folder / "other.csv")
    told = run(
        "develop", folder / "patients.csv", "--candidates", "TP53,NPM1,PTPN11,age_years", *RESPONSE, "--bands",
        "age_years=65,75", "--force", "NPM1,age_years", "--name", "ward", "--outcome", "CR or CRi", "--validation",
        folder / "other.csv", "--out", folder / "out",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    return folder, told


def test_a_response_development_writes_a_model_a_report_and_its_tables(made):
    folder, told = made
    assert {path.name for path in (folder / "out").iterdir()} == {
        "ward.toml", "report.html", "report.json", "candidates.csv", "performance.csv", "calibration.csv", "inclusion.csv",
        "validation.csv", "validation_calibration.csv", "case_mix.csv",
    }  # fmt: skip
    model = tomllib.loads((folder / "out" / "ward.toml").read_text())
    assert model["endpoint"] == "response: CR or CRi"
    assert "baseline" not in model
    assert 0 < model["intercept"]["probability"] < 1
    for word in ("Riley's criteria", "TP53 20", "separation", "area under the ROC curve", "External validation: ward"):
        assert word in told.output


def test_the_report_has_odds_ratios_a_calibration_picture_and_tripod(made):
    folder, _ = made
    page = (folder / "out" / "report.html").read_text()
    for word in ("odds ratio", "<svg", "Predicted and observed", "TRIPOD", "for the authors to say", "Firth"):
        assert word in page
    assert "hazard" not in page
    data = json.loads((folder / "out" / "report.json").read_text())
    assert (data["n"], data["n_given"], data["unknown"]) == (280, 300, {"TP53": 20})
    assert sum(band["n"] for band in data["calibration"]) == 280
    assert data["validation"]["n"] == 150


def test_the_response_model_runs_at_once_and_what_is_not_known_gives_a_range(made):
    model = made[0] / "out" / "ward.toml"
    known = run("score", "--model", model, "TP53=yes", "NPM1=no", "PTPN11=no", "age_years=70")
    assert known.exit_code == 0, known.output
    assert "probability of response: CR or CRi:" in known.output
    assert "95 % interval" in known.output
    opened = run("score", "--model", model, "TP53=?", "NPM1=no", "PTPN11=no", "age_years=70", "--json")
    [told] = json.loads(opened.output)
    assert told["individual"]["probability"] is None
    assert told["individual"]["least"] < told["individual"]["most"]


def test_the_same_seed_gives_the_same_files(made, tmp_path):
    words = ["develop", made[0] / "patients.csv", "--candidates", "TP53,NPM1", *RESPONSE, "--seed", "5", "--out"]
    for name in ("one", "two"):
        assert run(*words, tmp_path / name).exit_code == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["develop", "patients.csv", "--candidates", "TP53", *RESPONSE, "--clock", "diagnosis"], "--clock: no meaning"),
        (["develop", "patients.csv", "--candidates", "TP53", *RESPONSE, "--impute", "5"], "--impute: no meaning"),
        (["develop", "patients.csv", "--candidates", "TP53", "--outcome", "CR"], "go with --endpoint response"),
        (["develop", "patients.csv", "--candidates", "TP53", *RESPONSE, "--index", "x"], "for a folder of records"),
        (["develop", "patients.csv", "--candidates", "WT1", *RESPONSE], "no column WT1"),
        (["develop", "none.csv", "--candidates", "TP53", *RESPONSE], "no column response"),
        (["develop", "absent.csv", "--candidates", "TP53", *RESPONSE], "no such file"),
        (["recalibrate", "patients.csv", "--model", "out/ward.toml"], "tells who responds"),
        (["compare", "records", "--scores", "out/ward.toml"], "tells who responds"),
    ],
)
def test_what_a_response_cannot_have_is_said_on_one_line(made, words, said, monkeypatch):
    monkeypatch.chdir(made[0])
    responding().drop("response").write_csv("none.csv")
    told = run(*words)
    assert told.exit_code == 2
    assert said in " ".join(told.output.split())
    assert "Traceback" not in told.output


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    folder = tmp_path_factory.mktemp("registry") / "records"
    simulate_registry(150, seed=11, kind="venprs").registry.write(folder)
    return folder


def test_records_give_responses_to_venetoclax_and_candidates_at_its_start(records, tmp_path):
    told = run(
        "develop", records, "--candidates", "present.NF1,patients.sex,age_years", "--force", "patients.sex", *RESPONSE,
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "SIMULATED PATIENTS" in told.output
    assert "VEN-PRS, best response to the treatment at the first dose of venetoclax" in " ".join(told.output.split())
    assert (tmp_path / "out" / "SIMULATED.txt").exists()
    for table in ("candidates", "performance", "calibration"):
        rows = list(csv.DictReader((tmp_path / "out" / f"{table}.csv").read_text("utf-8").splitlines()))
        assert {row["simulated"] for row in rows} == {"yes"}
    model = tomllib.loads((tmp_path / "out" / "local-score.toml").read_text())
    assert model["provenance"]["simulated"] is True
    scored = run("score", "--model", tmp_path / "out" / "local-score.toml", "patients_sex=female")
    assert "SIMULATED" in scored.output


def test_a_population_chooses_who_counts_as_known_on_the_day(records, tmp_path):
    words = ["develop", records, "--candidates", "age_years", "--force", "age_years", *RESPONSE, "--json"]
    every, older = (run(*words, *more) for more in ([], ["--population", "age_years>=65"]))
    whole, part = (json.loads(one.stdout) for one in (every, older))
    assert 0 < part["n_given"] < whole["n_given"]
    assert "age_years>=65" in part["plan"]["outcome"]
    assert "not known to have age_years>=65" in older.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--outcome", "CRx"], "is no outcome"),
        (["--response-set", "x"], "there are ELN-2022"),
        (["--index", "x"], "no index is called x"),
        (["--which", "first"], "best or last"),
        (["--population", "age_years>=900"], "nobody is left"),
    ],
)
def test_a_response_that_means_nothing_is_said_on_one_line(records, more, said):
    told = run("develop", records, "--candidates", "age_years", *RESPONSE, *more)
    assert told.exit_code == 2
    assert said in " ".join(told.output.split())
    assert "Traceback" not in told.output

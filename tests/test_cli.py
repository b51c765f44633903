"""The command line as its user meets it: exit codes, plain words and JSON."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import tenfold

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    "serve",
    "store",
    "worklist",
    "demo",
    "check",
    "convert",
    "queries",
    "redcap",
    "assess",
    "patient",
    "trials",
    "compare",
    "deidentify",
    "develop",
    "recalibrate",
    "cohort",
    "plate",
    "karyotype",
    "evidence",
    "reproduce",
    "score",
    "surveillance",
    "simulate",
)
PATIENTS = ROOT / "src" / "tenfold" / "evidence" / "patients"


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    """A small centre: one patient in molecular relapse, one faulty row."""
    folder = tmp_path / "centre"
    folder.mkdir()
    (folder / "patients.csv").write_text("patient_id,sex,birth_date,diagnosis_date\nA1,female,1961-02-03,2023-01-10\n")
    (folder / "responses.csv").write_text("patient_id,response_date,reported_response\nA1,2023-03-01,CR\n")
    (folder / "treatments.csv").write_text(
        "patient_id,intent,drugs,start_date,end_date\nA1,induction,cytarabine,2023-01-12,2023-02-01\n"
    )
    (folder / "transplants.csv").write_text("patient_id,transplant_date\n")
    (folder / "mrd_samples.csv").write_text(
        "sample_id,patient_id,sample_date,marker,tissue,method,control_gene,control_copies,value,scale,detected\n"
        "m1,A1,2023-04-01,NPM1,marrow,rt-qpcr,ABL1,60000,,,no\n"
        "m2,A1,2023-07-01,NPM1,marrow,rt-qpcr,ABL1,60000,0.05,percent_abl1,yes\n"
        "m3,A1,2023-07-20,NPM1,marrow,rt-qpcr,ABL1,60000,0.2,percent_abl1,yes\n"
    )
    return folder


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    said = tenfold("--help")
    assert said.returncode == 0
    for command in COMMANDS:
        assert command in said.stdout
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import tenfold.cli, sys; print(sorted({'polars', 'numba', 'numpy', 'rich.table'} & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
    )
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    said = tenfold(command, "--help")
    assert said.returncode == 0
    assert len(said.stdout.splitlines()) > 4


def test_demo_writes_one_report_of_every_published_patient_with_its_because(tmp_path: Path) -> None:
    said = tenfold("demo", cwd=tmp_path)
    assert said.returncode == 0
    assert "tenfold-demo.html" in said.stdout
    page = (tmp_path / "tenfold-demo.html").read_text("utf-8")
    for patient in [f"tiong-{number:02d}" for number in range(1, 13)] + ["thol-1", "thol-2", "thol-3"]:
        assert patient in said.stdout
        assert f'id="patient-{patient}"' in page
    assert "MRD negativity" in page
    assert "prior venetoclax was excluded from the study" in page
    assert "10.8" in page  # the median follow-up of Tiong's second cohort, by reverse Kaplan-Meier
    assert "paper disagrees with itself" in page


def test_demo_prints_every_card_as_json() -> None:
    cards = {card["patient_id"]: card for card in json.loads(tenfold("demo", "--json").stdout)}
    assert len(cards) == 15
    history = cards["thol-1"]["streams"][1]["history"]
    assert [row["because"] for row in history if row["what"] == "sample"] == [
        "below the assay's threshold in an adequate sample",
        "conversion from MRD negativity to positivity",
    ]
    assert history[3]["state"] == "MRD relapse, superseded by haematological relapse"


def test_a_patient_is_shown_as_of_a_day(centre: Path) -> None:
    def state(*on: str) -> str:
        return json.loads(tenfold("patient", centre, "A1", *on, "--json").stdout)["molecular_state"]["state"]

    assert state("--on", "2023-06-30") == "MRD negative"
    assert state("--on", "2023-07-01") == "MRD relapse, unconfirmed"
    assert state() == "MRD relapse, confirmed"


def test_a_patients_report_is_one_page_that_needs_nothing_else(centre: Path, tmp_path: Path) -> None:
    page = tmp_path / "reports" / "A1.html"
    said = tenfold("patient", centre, "A1", "--html", page)
    assert said.returncode == 0
    assert str(page) in said.stdout
    text = page.read_text("utf-8")
    assert "MRD relapse, confirmed" in text
    assert "conversion from MRD negativity to positivity" in text
    assert "2 %: below is low level" in text
    assert not re.search(r"(src|href)=.?(https?:)?//", text)


def test_a_registry_is_reported_with_its_times_and_who_is_left_out(centre: Path, tmp_path: Path) -> None:
    said = tenfold("cohort", centre, "--out", tmp_path / "out", "--json")
    assert said.returncode == 0
    data = json.loads(said.stdout)
    assert data["endpoints"] == []
    why = {(row["endpoint"], row["clock"]): row["why"] for row in data["left_out"]}
    assert why["OS", "diagnosis"] == "neither a death nor a last contact is recorded"
    names = {"report.html", "endpoints.csv", "curves.csv", "left_out.csv"}
    assert {file.name for file in (tmp_path / "out").iterdir()} == names


def test_reproduce_prints_published_recomputed_and_verdict(tmp_path: Path) -> None:
    said = tenfold("reproduce", "--json", "--out", tmp_path)
    assert said.returncode == 0
    findings = json.loads(said.stdout)
    median = next(one for one in findings if one["discrepancy"] == "D-T1")
    assert (median["published"], median["recomputed"]) == ("0.0208", "0.0206")
    assert median["verdict"] == "paper disagrees with itself"
    with (tmp_path / "venprs_profiles.csv").open() as file:
        endpoints = [row["endpoint"] for row in csv.DictReader(file)]
    assert (endpoints.count("OS"), endpoints.count("EFS")) == (128, 64)
    plain = tenfold("reproduce")
    assert plain.returncode == 0
    assert f"{len(findings)} printed numbers" in plain.stdout


def test_simulated_patients_are_labelled_repeatable_and_assessed(tmp_path: Path) -> None:
    for name, count in (("few", 3), ("more", 7)):
        assert tenfold("simulate", "--patients", count, "--seed", 5, "--out", tmp_path / name).returncode == 0
    few, more = ((tmp_path / name / "mrd_samples.csv").read_text().splitlines() for name in ("few", "more"))
    assert more[: len(few)] == few
    assert tenfold("check", tmp_path / "few").returncode == 0
    said = tenfold("assess", tmp_path / "few")
    assert "SIMULATED" in said.stdout
    assert tenfold("simulate", "--patients", 0, "--out", tmp_path / "none").returncode == 2


def test_schedules_are_compared_and_labelled_simulated(tmp_path: Path) -> None:
    said = tenfold("surveillance", "NPM1", "--patients", 500, "--json", "--html", tmp_path / "s.html")
    rows = json.loads(said.stdout)
    assert {row["label"] for row in rows} == {"SIMULATED"}
    assert len(rows) == 5
    assert "SIMULATED" in (tmp_path / "s.html").read_text("utf-8")
    assert "no doubling time" in tenfold("surveillance", "XYZ").stderr


def test_another_edition_shows_who_is_reclassified_and_why(centre: Path, tmp_path: Path) -> None:
    arguments = ("assess", centre, "--edition", "ELN-MRD-2021", "--compare-edition", "ELN-MRD-2018")
    data = json.loads(tenfold(*arguments, "--json", "--out", tmp_path).stdout)
    [moved] = data["reclassified"]
    assert moved["state_first"] == "MRD relapse, confirmed"
    assert "less than a tenfold" in moved["because_second"]
    assert sum(row["patients"] for row in data["cross_table"]) == 1
    assert {file.name for file in tmp_path.iterdir()} >= {"cross_table.csv", "reclassified.csv"}
    assert "1 of 1 patients reclassified" in tenfold(*arguments).stdout
    assert tenfold("assess", centre, "--edition", "ELN-2015").returncode == 2


def test_a_report_that_cannot_be_written_says_so(centre: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = tenfold("patient", centre, "A1", "--html", tmp_path / "file" / "A1.html")
    assert said.returncode == 2
    assert "cannot be written" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_patient_nobody_knows_is_a_usage_error_that_names_the_nearest(centre: Path) -> None:
    said = tenfold("patient", centre, "A2")
    assert said.returncode == 2
    assert "A1" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "nowhere"),
        ("patient", PATIENTS / "thol-2024", "thol-1", "--on", "2024-05-03"),
        ("assess", PATIENTS / "thol-2024", "--settings", "nowhere.toml"),
        ("score", "nothing"),
        ("score", "venprs", "FLTT=yes"),
        ("score", "venprs", "FLT3=perhaps"),
        ("score", "venprs", "FLT3"),
        ("score", "eln2022response", "marrow_blasts_pct=300"),
        ("--nonsense",),
    ],
)
def test_wrong_usage_ends_with_two_and_one_plain_sentence(arguments: tuple[object, ...]) -> None:
    said = tenfold(*arguments)
    assert said.returncode == 2
    assert said.stderr.strip()
    assert "Traceback" not in said.stderr


def test_faults_end_with_one_and_the_rest_is_used(centre: Path) -> None:
    assert tenfold("check", centre).returncode == 0
    with (centre / "mrd_samples.csv").open("a") as file:
        file.write("m4,A1,03/08/2023,NPM1,marrow,rt-qpcr,ABL1,60000,0.3,percent_abl1,yes\n")
    said = tenfold("check", centre)
    assert said.returncode == 1
    assert "mrd_samples.csv line 5, sample_date = '03/08/2023'" in said.stdout
    [fault] = json.loads(tenfold("check", centre, "--json").stdout)["faults"]
    assert (fault["line"], fault["column"], fault["value"]) == (5, "sample_date", "03/08/2023")
    assessed = tenfold("patient", centre, "A1")
    assert assessed.returncode == 1
    assert "Set aside, not used below" in assessed.stdout


def test_assess_writes_every_answer_as_tables(centre: Path, tmp_path: Path) -> None:
    said = tenfold("assess", centre, "--out", tmp_path / "answers")
    assert said.returncode == 0
    rows = list(csv.DictReader((tmp_path / "answers" / "molecular.csv").read_text("utf-8").splitlines()))
    last = rows[-1]
    assert (last["sample_id"], last["state"], last["relapse_sample_id"]) == ("m3", "MRD relapse, confirmed", "m2")
    assert last["relapse_earliest_date"] == "2023-07-01"


def test_settings_change_the_answer_and_a_wrong_name_is_refused(centre: Path, tmp_path: Path) -> None:
    strict = tmp_path / "strict.toml"
    strict.write_text("[mrd]\ncontrol_copies_for_negative = 100000\n")
    state = json.loads(tenfold("patient", centre, "A1", "--settings", strict, "--json").stdout)["molecular_state"][
        "state"
    ]
    assert state == "MRD detectable"
    strict.write_text("[mrd]\ncontrol_copies = 1\n")
    assert tenfold("patient", centre, "A1", "--settings", strict).returncode == 2


def test_a_score_says_what_would_decide() -> None:
    said = tenfold(
        "score", "venprs-os", "prior_hma=yes", "extramedullary=no", "FLT3=no", "TP53=no", "SF3B1=no", "NF1=?", "--json"
    )
    [answer] = json.loads(said.stdout)
    assert answer["possible"] == ["intermediate", "adverse"]
    assert answer["decided_by"] == ["NF1 mutated", "PTPN11 mutated"]
    assert answer["total"] == ["0.64", "2.38"]
    assert said.returncode == 0


def test_score_lists_every_model_with_its_inputs() -> None:
    listed = json.loads(tenfold("score", "--list", "--json").stdout)
    assert {"VEN-PRS-OS", "VEN-PRS-EFS", "ELN-2022-response"} <= {model["name"] for model in listed}
    assert "VEN-PRS-OS" in tenfold("score", "--list").stdout

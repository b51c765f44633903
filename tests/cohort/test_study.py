"""A study from one file: what it may ask, what it refuses, and that the same input gives the same bytes."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from command_line import tenfold
from tenfold.assessment import Assessment, assess
from tenfold.cohort.study.curves import study_curves
from tenfold.cohort.study.file import StudyFault, parse_study
from tenfold.endpoints.time_zero import ImmortalTime
from tenfold.records import Registry
from tenfold.reports.study import run_study

START = date(2020, 1, 1)


def day(number: int) -> str:
    return (START + timedelta(days=number)).isoformat()


def made(patients: int = 24) -> Registry:
    """Patients diagnosed in 2020: every third died, every fourth was transplanted three months after diagnosis."""
    people, transplants, treatments = [], [], []
    for k in range(patients):
        who = f"p{k:02d}"
        died = k % 3 == 0
        last = 200 + 31 * k
        people.append(
            {
                "patient_id": who,
                "sex": "female" if k % 2 else "male",
                "diagnosis_date": day(k),
                "age_at_diagnosis_years": 40 + k,
                "last_contact_date": day(k + last),
                "death_date": day(k + last) if died else None,
            }
        )
        treatments.append(
            {"patient_id": who, "line": 1, "intent": "induction", "regimen": "7+3", "start_date": day(k + 5)}
        )
        if k % 4 == 0:
            transplants.append({"patient_id": who, "transplant_date": day(k + 90)})
    tables = {"patients": people, "transplants": transplants, "treatments": treatments, "events": [], "responses": []}
    registry = Registry.from_tables(tables)
    assert not registry.check().height, registry.check().to_dicts()
    return registry


@pytest.fixture(scope="module")
def assessed() -> Assessment:
    return assess(made())


OS: dict[str, Any] = {"endpoint": [{"name": "OS"}]}


def test_a_study_of_one_endpoint_counts_every_patient(assessed: Assessment) -> None:
    [curves] = study_curves(assessed, parse_study(OS))
    assert curves.patients.height == 24
    assert int(curves.patients["event"].sum()) == 8


def test_groups_are_read_as_known_at_time_zero_and_tested(assessed: Assessment) -> None:
    study = parse_study({**OS, "groups": [{"by": "sex"}]})
    _, by_sex = study_curves(assessed, study)
    assert set(by_sex.curves) == {"female", "male"}
    assert by_sex.p is not None


def test_curves_split_by_a_later_transplant_are_refused_with_what_to_do_instead(assessed: Assessment) -> None:
    study = parse_study({**OS, "groups": [{"by": "transplant"}]})
    with pytest.raises(ImmortalTime, match="time-dependent"):
        study_curves(assessed, study)


def test_as_published_they_are_drawn_and_carry_the_warning(assessed: Assessment) -> None:
    study = parse_study({**OS, "groups": [{"by": "transplant", "as_published": True}]})
    _, split = study_curves(assessed, study)
    assert split.warning is not None
    assert "comes after time zero" in split.warning


def test_a_transplant_in_a_cox_model_is_time_dependent(assessed: Assessment) -> None:
    study = parse_study({**OS, "cox": [{"endpoint": "OS", "covariates": ["age_years", "transplant"]}]})
    result = run_study(assessed, study)
    assert not result.failed
    [model] = result.models
    assert model.table["covariate"].to_list() == ["age_years", "transplanted"]
    assert any("time-dependent" in line for line in result.methods)


def test_beside_an_mrd_endpoint_stand_the_patients_who_were_never_sampled() -> None:
    study = parse_study({"endpoint": [{"name": "CIR-MRD"}]})
    tables = dict(made().tables)
    remissions = [
        {"patient_id": f"p{k:02d}", "response_date": day(k + 40), "reported_response": "CR"} for k in range(24)
    ]
    sampled = {"tissue": "marrow", "marker": "NPM1", "method": "rt-qpcr", "detected": "no"}
    samples = [
        {"patient_id": f"p{k:02d}", "sample_id": f"s{k}", "sample_date": day(k + 70), **sampled} for k in range(20)
    ]
    given = Registry.from_tables({**tables, "responses": remissions, "mrd_samples": samples})
    assert not given.check().height, given.check().to_dicts()
    [curves] = study_curves(assess(given), study)
    [said] = [note for note in curves.notes if "MRD sample" in note]
    assert said.startswith(f"{curves.patients.height - 20} of {curves.patients.height} patients had no MRD sample")


def test_a_name_that_means_several_models_is_refused_rather_than_mislabelled(assessed: Assessment) -> None:
    study = parse_study({**OS, "cox": [{"endpoint": "OS", "covariates": ["ELN", "age_years"]}]})
    [said] = run_study(assessed, study).failed
    assert "name each model in full" in said


def test_where_transplants_are_not_recorded_nobody_is_taken_for_untransplanted() -> None:
    tables = {name: frame for name, frame in made().tables.items() if name != "transplants"}
    unrecorded = assess(Registry.from_tables(tables))
    split = parse_study({**OS, "groups": [{"by": "transplant", "as_published": True}]})
    assert study_curves(unrecorded, split)[1].patients.is_empty()
    asked = parse_study({**OS, "cox": [{"endpoint": "OS", "covariates": ["transplant"]}]})
    assert "not known of 24 patients" in run_study(unrecorded, asked).failed[0]


def test_delayed_entry_lets_nobody_count_before_the_entry(assessed: Assessment) -> None:
    study = parse_study({"endpoint": [{"name": "OS", "delayed_entry": "first treatment"}]})
    [curves] = study_curves(assessed, study)
    assert curves.patients["entry_months"].min() > 0
    assert any("left truncation" in line for line in run_study(assessed, study).methods)


def test_a_model_that_cannot_be_fitted_is_said_and_sinks_nothing(assessed: Assessment) -> None:
    study = parse_study({**OS, "cox": [{"endpoint": "OS", "covariates": ["no_such_column"]}]})
    result = run_study(assessed, study)
    assert result.models == []
    assert "no_such_column" in result.failed[0]
    assert result.endpoints.height == 1


def test_every_fault_of_a_study_file_is_named_at_once() -> None:
    with pytest.raises(StudyFault) as caught:
        parse_study(
            {
                "titel": "x",
                "endpoint": [{"name": "OSS"}],
                "cox": [{"endpoint": "OS"}],
                "groups": [{"by": "sex", "endpoints": "OS"}],
            }
        )
    said = " ".join(caught.value.faults)
    for part in ("did you mean title", "no endpoint is called OSS", "covariates is missing", "endpoints is a list"):
        assert part in said


def test_an_endpoint_of_the_studys_own_is_counted(assessed: Assessment) -> None:
    own = {"name": "dead", "start": "diagnosis", "events": ["death"], "censor": ["known to be alive"]}
    [curves] = study_curves(assessed, parse_study({"endpoint": [own]}))
    assert int(curves.patients["event"].sum()) == 8


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """In another process, too, where sets and dictionaries of texts have another order."""
    made().write(tmp_path / "records")
    study = tmp_path / "study.toml"
    study.write_text('title = "x"\n[[endpoint]]\nname = "OS"\n[[groups]]\nby = "sex"\n')
    asked = ["cohort", tmp_path / "records", "--study", study, "--out"]
    assert tenfold(*asked, tmp_path / "first").returncode == 0
    command = [sys.executable, "-c", "from tenfold.cli import main; main()", *asked, tmp_path / "second"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    first, second = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("first", "second")
    )
    assert first == second
    assert {"report.html", "lock.json", "methods.txt"} <= {str(path) for path in first}


def test_the_order_of_the_records_changes_nothing(assessed: Assessment) -> None:
    registry = made()
    turned = {name: frame.reverse() for name, frame in registry.tables.items()}
    other = assess(
        Registry.from_tables({name: frame for name, frame in turned.items() if isinstance(frame, pl.DataFrame)})
    )
    study = parse_study({**OS, "groups": [{"by": "sex"}]})
    assert run_study(assessed, study).endpoints.equals(run_study(other, study).endpoints)

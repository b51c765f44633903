"""A study command that cannot mislead: facts of the future, warnings in the figure, what was left out, what is simulated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from command_line import tenfold
from tenfold.assessment import Assessment, assess
from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.cohort.study.curve_table import as_table
from tenfold.cohort.study.curves import curves_and_faults, study_curves
from tenfold.cohort.study.file import parse_study
from tenfold.endpoints.time_zero import ImmortalTime
from tenfold.records import Registry
from tenfold.records.timeline import DAYS_PER_MONTH
from tenfold.reports.study import run_study, study_page
from tenfold.reports.study_curves import drawn_as, figure_of
from tenfold.reports.study_files import tables_of, write_study
from tenfold.reports.study_models import further_figures

OS: dict[str, Any] = {"endpoint": [{"name": "OS"}]}


@pytest.fixture(scope="module")
def assessed() -> Assessment:
    return assess(simulate_registry(80, seed=3, kind="npm1").registry)


@pytest.mark.parametrize("later", ["remission_reached", "mayo2024"])
def test_a_group_that_looks_later_than_time_zero_is_refused(assessed: Assessment, later: str) -> None:
    with pytest.raises(ImmortalTime, match="time-dependent covariate"):
        run_study(assessed, parse_study({**OS, "groups": [{"by": later}]}))


@pytest.mark.parametrize("where", ["covariates", "strata"])
@pytest.mark.parametrize("later", ["remission_reached", "mayo2024"])
def test_a_covariate_or_stratum_that_looks_later_than_time_zero_is_refused(
    assessed: Assessment, where: str, later: str
) -> None:
    cox = {"endpoint": "OS", "covariates": ["age_years"]}
    cox[where] = [later]
    with pytest.raises(ImmortalTime, match="comes after time zero"):
        run_study(assessed, parse_study({**OS, "cox": [cox]}))


def test_a_transplant_cannot_be_a_stratum(assessed: Assessment) -> None:
    asked = {"endpoint": "OS", "covariates": ["age_years"], "strata": ["transplant"]}
    [said] = run_study(assessed, parse_study({**OS, "cox": [asked]})).failed
    assert "cannot be a stratum" in said


def test_as_published_the_warning_stands_in_the_figure_and_beside_the_p_and_names_nobody(assessed: Assessment) -> None:
    study = parse_study({**OS, "groups": [{"by": "remission_reached", "as_published": True}]})
    result = run_study(assessed, study)
    split = result.curves[1]
    assert split.warning is not None
    assert split.p is not None
    drawn = json.dumps(figure_of(split, 700).to_dict())
    assert "fact of the future" in drawn
    assert "as published" in drawn
    assert split.patients["patient_id"][0] not in drawn
    page = study_page(assessed, result)
    assert "(as published, by a fact of the future)" in page
    assert as_table(split, study)["warning"].to_list() == [split.warning] * 2


def test_a_model_as_published_says_so(assessed: Assessment) -> None:
    asked = {"endpoint": "OS", "covariates": ["remission_reached"], "as_published": True}
    result = run_study(assessed, parse_study({**OS, "cox": [asked]}))
    [model] = result.models
    assert model.warning is not None
    assert any(model.warning in line for line in result.methods)
    assert result.further is not None
    forest = further_figures(result.further, result.models)["forest_cox_1"](700).to_dict()
    assert "fact of the future" in " ".join(forest["title"]["subtitle"])


def test_where_nothing_can_be_drawn_a_model_still_stands_and_is_written(assessed: Assessment, tmp_path: Path) -> None:
    asked = {"compare": ["age_years", "sex"], "endpoint": "OS", "bootstrap": 0}
    result = run_study(assessed, parse_study({**OS, "scores": [asked]}))
    without = replace(result, curves=[])
    write_study(without, study_page(assessed, without), tmp_path)
    assert pl.read_csv(tmp_path / "tables" / "scores_1.csv").height == 2


def test_where_nothing_at_all_can_be_done_it_is_said_why(assessed: Assessment) -> None:
    with pytest.raises(ValueError, match="nothing that the study asks for could be done"):
        run_study(assessed, parse_study({**OS, "population": "age_years>=150"}))


def test_a_column_that_makes_no_groups_fails_alone_and_is_told_how_to_be_cut(assessed: Assessment) -> None:
    study = parse_study({**OS, "groups": [{"by": "age_years"}, {"by": "sex"}, {"by": "no_such"}]})
    made, failed = curves_and_faults(assessed, study)
    assert [one.by for one in made] == ["all patients", "sex"]
    assert len(failed) == 2
    assert "cuts = [" in failed[0]


def test_a_number_is_cut_as_asked_and_its_bands_stand_in_order(assessed: Assessment) -> None:
    study = parse_study({**OS, "groups": [{"by": "age_years", "cuts": [45, 60]}]})
    _, cut = study_curves(assessed, study)
    assert list(cut.curves) == ["below 45", "45 to below 60", "60 or more"]
    ages = assessed.registry.table("patients").select("patient_id", "age_at_diagnosis_years")
    of = cut.patients.join(ages, on="patient_id")
    assert of.filter(pl.col("group") == "below 45")["age_at_diagnosis_years"].max() < 45  # type: ignore[operator]
    assert of.filter(pl.col("group") == "60 or more")["age_at_diagnosis_years"].min() >= 60  # type: ignore[operator]


def test_a_models_groups_stand_in_order_of_rising_risk(assessed: Assessment) -> None:
    _, split = study_curves(assessed, parse_study({**OS, "groups": [{"by": "eln2022"}]}))
    risks = [name for name in ("favourable", "intermediate", "adverse") if name in split.curves]
    assert list(split.curves) == risks
    assert len(risks) > 1


def test_early_death_is_drawn_as_the_dead_and_told_by_its_day(assessed: Assessment) -> None:
    study = parse_study({"endpoint": [{"name": "early death 60 days"}]})
    [found] = study_curves(assessed, study)
    assert drawn_as(found.endpoint.rule) == ["dead, % of patients"]
    row = as_table(found, study).row(0, named=True)
    curve = found.curves["all patients"]
    survival = curve.at(60 / DAYS_PER_MONTH).survival
    assert survival is not None
    assert row["incidence_by_horizon"] == pytest.approx(1 - survival)
    assert row["incidence_by_horizon"] > 0
    assert row["incidence_by_horizon_low"] < row["incidence_by_horizon"] < row["incidence_by_horizon_high"]
    assert "by day 60 = 1.97 months" in study_page(assessed, run_study(assessed, study))


def test_the_axis_says_without_what(assessed: Assessment) -> None:
    study = parse_study({"endpoint": [{"name": "RFS"}, {"name": "CIR"}, {"name": "OS"}]})
    words = [" ".join(drawn_as(one.rule)) for one in study.endpoints]
    assert words == [
        "without relapse or death, % of patients",
        "cumulative incidence of relapse, % of patients",
        "alive, % of patients",
    ]


def test_a_cox_model_among_competing_events_is_called_cause_specific(assessed: Assessment) -> None:
    study = parse_study({"endpoint": [{"name": "CIR"}], "cox": [{"endpoint": "CIR", "covariates": ["age_years"]}]})
    result = run_study(assessed, study)
    assert "cause-specific Cox model" in study_page(assessed, result)
    assert any("cause-specific" in line for line in result.methods)


def test_who_is_left_out_of_a_comparison_and_its_landmark_are_told(assessed: Assessment) -> None:
    asked = {"compare": ["age_years", "mayo2024"], "endpoint": "OS", "bootstrap": 0}
    result = run_study(assessed, parse_study({**OS, "scores": [asked]}))
    [found] = result.scores
    assert found.landmark is not None
    page = study_page(assessed, result)
    assert "From the landmark" in page
    assert f"{found.n} patients with {found.events} events" in page
    assert {"scores_1", "scores_1_left_out", "scores_1_from_landmark"} <= set(tables_of(result))
    assert any(line.startswith("Scores compared on OS") for line in result.methods)


def test_simulated_patients_are_labelled_in_every_file(assessed: Assessment, tmp_path: Path) -> None:
    result = run_study(assessed, parse_study({**OS, "groups": [{"by": "sex"}]}))
    files = write_study(result, study_page(assessed, result), tmp_path)
    assert result.methods[0].startswith("SIMULATED PATIENTS")
    assert "figures/curve_2_os_by_sex.svg" in files
    for folder in ("", "tables", "figures"):
        assert (tmp_path / folder / "SIMULATED.txt").exists()
    for svg in (tmp_path / "figures").glob("*.svg"):
        assert "SIMULATED PATIENTS" in svg.read_text("utf-8"), svg.name
    for table in (tmp_path / "tables").glob("*.csv"):
        labelled = "simulated" in pl.read_csv(table).columns
        assert labelled == (table.stem != "times"), table.name


def test_real_patients_bear_no_such_label(tmp_path: Path) -> None:
    tables = simulate_registry(30, seed=4, kind="npm1").registry.tables
    told = assess(Registry.from_tables({name: frame for name, frame in tables.items() if name == "patients"}))
    result = run_study(told, parse_study(OS))
    write_study(result, study_page(told, result), tmp_path)
    assert not list(tmp_path.rglob("SIMULATED.txt"))
    assert not any("SIMULATED" in line for line in result.methods)
    assert "simulated" not in pl.read_csv(tmp_path / "tables" / "endpoints.csv").columns


def test_rows_set_aside_and_patients_lost_by_them_are_told() -> None:
    people = [
        {"patient_id": name, "diagnosis_date": "2020-01-01", "last_contact_date": "2021-01-01", "sex": "female"}
        for name in ("A", "B", "C")
    ]
    people[2]["diagnosis_date"] = "2020-13-45"
    given = Registry.from_tables({"patients": [*people, {"patient_id": "A", "sex": "male"}], "events": []})
    told = assess(given)
    assert given.set_aside.height
    page = study_page(told, run_study(told, parse_study(OS)))
    assert f"{given.set_aside.height} row" in page
    assert "could not be used" in page


def test_an_early_event_among_few_at_risk_is_pointed_out() -> None:
    people, lines = [], []
    for k in range(40):
        who, entered = f"p{k:02d}", 30 + 10 * k
        last = entered + 5 if k == 0 else 900 + k
        start = pl.date(2020, 1, 1)
        days = {name: start + pl.duration(days=n) for name, n in (("treated", entered), ("last", last))}
        dates = {name: pl.select(one).item().isoformat() for name, one in days.items()}
        person = {"patient_id": who, "diagnosis_date": "2020-01-01", "last_contact_date": dates["last"]}
        people.append({**person, "death_date": dates["last"] if k == 0 else None})
        lines.append(
            {"patient_id": who, "line": 1, "intent": "induction", "regimen": "7+3", "start_date": dates["treated"]}
        )
    told = assess(Registry.from_tables({"patients": people, "treatments": lines, "events": []}))
    study = parse_study({"endpoint": [{"name": "OS", "delayed_entry": "first treatment"}]})
    [found] = study_curves(told, study)
    assert any("only 1 had entered" in note and "falls to 0" in note for note in found.notes)
    assert any("Follow-up and observed times count from time zero" in note for note in found.notes)


def test_a_folder_that_cannot_be_written_is_named_in_plain_words(tmp_path: Path) -> None:
    """Before anything is read."""
    (tmp_path / "taken").write_text("a file")
    for asked, what in (
        (("cohort", "records", "--study", "study.toml"), "the study"),
        (("cohort", "records"), "the report"),
        (("develop", "records", "--candidates", "TP53"), "the models"),
    ):
        ran = tenfold(*asked, "--out", tmp_path / "taken" / "deeper")
        assert ran.returncode == 2
        assert f"{what} cannot be written: {tmp_path / 'taken'} is a file, not a folder" in " ".join(ran.stderr.split())

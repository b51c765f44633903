"""A study's patients beside another cohort: what the file may say, what is compared, and what it says where it cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from tenfold.assessment import Assessment, assess
from tenfold.cli import app
from tenfold.cohort.group_tests import compare_counts, compare_numbers
from tenfold.cohort.study.case_mix import compared_covariates, study_case_mix
from tenfold.cohort.study.file import StudyFault, parse_study
from tenfold.records import Registry
from tenfold.reports.study import run_study, study_page
from tenfold.reports.study_case_mix import case_mix_view
from tenfold.reports.study_files import tables_of

OS: dict[str, Any] = {"endpoint": [{"name": "OS"}]}
OTHER = {"path": "there", "name": "the other clinic"}


def cohort(ages: list[int], women: int, unknown: int = 0) -> Registry:
    """Patients of these ages; the first are women, and of the last so many the sex is not known."""
    people = []
    for k, age in enumerate(ages):
        sex = "female" if k < women else "male"
        people.append(
            {
                "patient_id": f"p{k:02d}",
                "sex": None if k >= len(ages) - unknown else sex,
                "diagnosis_date": "2020-01-01",
                "age_at_diagnosis_years": age,
                "last_contact_date": "2022-01-01",
                "death_date": "2022-01-01" if k % 2 else None,
            }
        )
    return Registry.from_tables({"patients": pl.DataFrame(people)})


@pytest.fixture(scope="module")
def mine() -> Assessment:
    return assess(cohort(list(range(40, 70)), 10, unknown=4))


@pytest.fixture(scope="module")
def theirs() -> Assessment:
    return assess(cohort(list(range(55, 80)), 20))


def study(**external: Any) -> Any:
    return parse_study({**OS, "external": {**OTHER, "covariates": ["age_years", "patients.sex"], **external}})


def test_means_shares_and_tests_are_those_of_the_known_values_in_each_cohort(
    mine: Assessment, theirs: Assessment
) -> None:
    found = study_case_mix(mine, theirs, study())
    age, woman, man = found.table.to_dicts()
    assert (found.patients, found.others) == (30, 25)
    ours, others = np.arange(40, 70.0), np.arange(55, 80.0)
    assert (age["study"], age["external"]) == pytest.approx((ours.mean(), others.mean()))
    assert age["standardised_difference"] == pytest.approx((ours.mean() - others.mean()) / others.std(ddof=1), abs=1e-3)
    assert age["p"] == compare_numbers([ours, others]).p
    assert (woman["level"], woman["known"], woman["known_external"]) == ("female", 26, 25)
    assert (woman["study"], woman["external"]) == pytest.approx((10 / 26, 20 / 25), abs=1e-4)
    assert woman["p"] == man["p"] == compare_counts([[10, 20], [16, 5]]).p


def test_a_cohort_beside_itself_does_not_differ(mine: Assessment) -> None:
    found = study_case_mix(mine, mine, study())
    assert found.table["standardised_difference"].abs().max() == 0
    assert found.table["p"].min() > 0.9


def test_each_cohort_has_its_own_population(mine: Assessment, theirs: Assessment) -> None:
    asked = parse_study(
        {
            **OS,
            "population": "age_years<60",
            "external": {**OTHER, "covariates": ["age_years"], "population": "age_years>=70"},
        }
    )
    found = study_case_mix(mine, theirs, asked)
    assert (found.patients, found.others) == (20, 10)
    assert "of it, patients with age_years>=70" in case_mix_view(found)["said"]


def test_what_one_cohort_does_not_have_is_said_and_sinks_nothing_else(mine: Assessment, theirs: Assessment) -> None:
    found = study_case_mix(mine, theirs, study(covariates=["no_such_column", "age_years"]))
    assert found.table["covariate"].to_list() == ["age_years"]
    assert any("no_such_column is not compared" in note for note in found.notes)


def test_left_to_itself_it_compares_what_the_study_groups_and_models_by_but_no_fact_of_the_future() -> None:
    asked = parse_study(
        {
            **OS,
            "groups": [{"by": "patients.sex"}],
            "cox": [{"endpoint": "OS", "covariates": ["age_years", "transplant"]}],
            "external": OTHER,
        }
    )
    assert compared_covariates(asked) == ("patients.sex", "age_years")


def test_a_study_that_models_nothing_must_say_what_to_compare(mine: Assessment, theirs: Assessment) -> None:
    result = run_study(mine, parse_study({**OS, "external": OTHER}), theirs)
    assert result.case_mix is None
    assert any("name covariates in [external]" in line for line in result.failed)


def test_a_model_that_looks_later_than_time_zero_is_not_compared(mine: Assessment, theirs: Assessment) -> None:
    result = run_study(mine, study(covariates=["mayo2024"]), theirs)
    assert result.case_mix is None
    assert any("case mix" in line for line in result.failed)


def test_page_tables_and_methods_tell_the_comparison(mine: Assessment, theirs: Assessment) -> None:
    result = run_study(mine, study(), theirs)
    assert tables_of(result)["case_mix"].height == 3
    page = study_page(mine, result)
    assert "Case mix beside the other clinic" in page
    assert "38 % of 26" in page
    assert any(line.startswith("Case mix is compared with the other clinic") for line in result.methods)


@pytest.mark.parametrize(
    ("external", "said"),
    [
        ({"path": "x"}, "name is missing"),
        ({**OTHER, "pth": "x"}, "pth means nothing"),
        ({**OTHER, "covariates": "age_years"}, "covariates is a list"),
        ({**OTHER, "path": 3}, "path is text"),
        ({**OTHER, "population": "age_years>="}, "population:"),
        ([OTHER], "external is written [external]"),
    ],
)
def test_a_fault_of_the_external_cohort_is_named(external: Any, said: str) -> None:
    with pytest.raises(StudyFault) as caught:
        parse_study({**OS, "external": external})
    assert said in str(caught.value)


def test_the_command_reads_the_other_cohort_from_where_the_study_file_lies_and_locks_it(tmp_path: Path) -> None:
    cohort(list(range(40, 70)), 10).write(tmp_path / "here")
    cohort(list(range(55, 80)), 20).write(tmp_path / "there")
    lines = ['title = "x"', "[[endpoint]]", 'name = "OS"', "[external]", 'path = "there"', 'name = "other"']
    (tmp_path / "study.toml").write_text("\n".join([*lines, 'covariates = ["age_years"]', ""]))
    command = ["cohort", tmp_path / "here", "--study", tmp_path / "study.toml", "--out", tmp_path / "out"]
    told = CliRunner().invoke(app, [str(word) for word in command])
    assert told.exit_code == 0, told.output
    assert (tmp_path / "out" / "tables" / "case_mix.csv").read_text().startswith("covariate,level,known,study")
    assert "patients.csv" in json.loads((tmp_path / "out" / "lock.json").read_text())["external"]


def test_an_other_cohort_that_is_not_there_is_said_on_one_line(tmp_path: Path) -> None:
    cohort([50, 60], 1).write(tmp_path / "here")
    lines = ["[[endpoint]]", 'name = "OS"', "[external]", 'path = "nowhere"', 'name = "other"', ""]
    (tmp_path / "study.toml").write_text("\n".join(lines))
    command = ["cohort", tmp_path / "here", "--study", tmp_path / "study.toml", "--out", tmp_path / "out"]
    told = CliRunner().invoke(app, [str(word) for word in command])
    assert told.exit_code == 2
    assert "nowhere" in told.output
    assert "Traceback" not in told.output


def test_a_simulated_cohort_beside_real_patients_is_labelled(mine: Assessment) -> None:
    simulated = assess(Registry.from_tables(dict(cohort(list(range(55, 80)), 20).tables), simulated=True))
    found = study_case_mix(mine, simulated, study())
    assert "SIMULATED PATIENTS" in case_mix_view(found)["title"]
    assert "SIMULATED PATIENTS" in case_mix_view(found)["said"]

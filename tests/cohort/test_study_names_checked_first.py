"""Every name in a study file is tried on the records before the work begins, and told with the name that was meant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tenfold.cohort.simulation import simulate_registry
from tenfold.cohort.study.file import StudyFault, parse_study
from tenfold.cohort.study.names import meaningless_names
from tenfold.records import Registry

OS: dict[str, Any] = {"endpoint": [{"name": "OS"}]}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return simulate_registry(20, seed=5, kind="npm1").registry


def faults_of(content: dict[str, Any]) -> str:
    with pytest.raises(StudyFault) as fault:
        parse_study(content)
    return "\n".join(fault.value.faults)


def test_names_of_columns_models_and_conditions_are_all_told_at_once(registry: Registry) -> None:
    asked = {
        **OS,
        "population": "age_yeers>=18",
        "describe_by": "elm2022",
        "groups": [{"by": "sexx"}, {"by": "transplant", "landmark_months": 3}],
        "cox": [{"endpoint": "OS", "covariates": ["transplant", "TP35x"], "strata": ["sex"]}],
        "subgroups": [{"endpoint": "OS", "effect": "TP53", "by": ["sex", "age_year>=60"]}],
    }
    found = meaningless_names(parse_study(asked), registry)
    assert [one.partition(":")[0] for one in found] == [
        "population",
        "describe_by",
        "[[groups]]",
        "[[cox]]",
        "[[subgroups]]",
    ]
    assert "did you mean age_years?" in found[0]
    assert "did you mean ELN-2022?" in found[1]


def test_a_study_whose_every_name_means_something_has_no_fault(registry: Registry) -> None:
    asked = {**OS, "groups": [{"by": "eln2022"}, {"by": "age_years", "cuts": [60]}], "describe_by": "venprs"}
    assert meaningless_names(parse_study(asked), registry) == []


def test_no_name_is_suggested_that_is_not_near(registry: Registry) -> None:
    [said] = meaningless_names(parse_study({**OS, "describe_by": "alter"}), registry)
    assert "did you mean" not in said
    assert "nor is a model called so (tenfold score --list shows all)" in said


def test_the_command_stops_before_it_assesses_and_names_the_file(registry: Registry, tmp_path: Path) -> None:
    registry.write(tmp_path / "records")
    study = tmp_path / "study.toml"
    study.write_text('[[endpoint]]\nname = "OS"\n[[groups]]\nby = "age_yers"\n')
    command = [sys.executable, "-c", "from tenfold.cli import main; main()", "cohort", tmp_path / "records"]
    ran = subprocess.run(
        [*command, "--study", study, "--out", tmp_path / "out"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "study.toml cannot be used on these records" in ran.stderr
    assert "did you mean age_years?" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_endpoints_joined_by_commas_are_written_as_the_list_that_was_meant() -> None:
    assert 'e.g. ["OS", "CIR"]' in faults_of({**OS, "groups": [{"by": "sex", "endpoints": "OS, CIR"}]})
    several = faults_of({**OS, "cox": [{"endpoint": "OS, CIR", "covariates": ["sex"]}]})
    assert "names several endpoints: write [[cox]] once for each" in several


def test_where_no_endpoint_is_understood_no_empty_list_of_them_is_offered() -> None:
    said = faults_of({"endpoint": [{"name": "OSS"}], "cox": [{"endpoint": "OSS", "covariates": ["sex"]}]})
    assert "no endpoint is called OSS" in said
    assert "there are \n" not in f"{said}\n"
    assert "is no endpoint of this study" not in said

"""The trials of the literature: whom each is for, whom it is not for, and which only observe."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from trial_entries import ON
from typer.testing import CliRunner

from tenfold.assessment import assess
from tenfold.cli import app as cli
from tenfold.evidence.trials import trials as trials_of_the_literature
from tenfold.exchange.published import published, tiong_cohorts
from tenfold.guidance.trials.eligibility import known_trials
from tenfold.guidance.trials.facts import FACTS
from tenfold.guidance.trials.matching import matches


def test_the_known_trials_are_those_of_the_literature_and_none_claims_to_be_complete() -> None:
    assert [trial.id for trial in known_trials()] == [trial.id for trial in trials_of_the_literature()]
    assert not any(trial.complete for trial in known_trials())
    assert all(trial.left_out for trial in known_trials())
    assert all(criterion.source for trial in known_trials() for criterion in trial.criteria)


def test_a_patient_in_confirmed_molecular_relapse_is_shown_the_trials_for_it() -> None:
    facts = {"NPM1": True, "mrd_relapse": True, "mrd_relapse_confirmed": True, "untreated": False, "overt": False}
    facts |= {"prior_transplant": False, "prior_venetoclax": False, "prior_hma_venetoclax": False, "in_remission": True}
    found = matches(pl.DataFrame([{"patient_id": "A", **facts}]), known_trials(), ON)
    answers = dict(found.select("trial", "answer").iter_rows())
    possible = {trial for trial, said in answers.items() if said == "matches as far as is known"}
    assert possible == {"NCT04867928", "GIMEMA AML2521"}
    assert {trial for trial, said in answers.items() if said == "not known"} == {"NCT05184842", "VIALE-M"}


def known_answer(trial_id: str, **facts: Any) -> str:
    """What a trial of the literature says of a patient of whom these facts are known."""
    found = matches(pl.DataFrame([{"patient_id": "A", **facts}]), known_trials(), ON)
    return found.filter(pl.col("trial") == trial_id)["answer"][0]


def test_the_umbrella_trial_of_the_front_line_is_for_untreated_patients_of_60_or_older() -> None:
    old = {"NPM1": True, "untreated": True, "age_years": 71.0}
    assert known_answer("NCT03013998", **old) == "matches as far as is known"
    assert known_answer("NCT03013998", **{**old, "untreated": False}) == "does not match"
    assert known_answer("NCT03013998", **{**old, "age_years": 45.0}) == "does not match"
    assert known_answer("NCT03013998", **{**old, "age_years": None}) == "not known"


@pytest.mark.parametrize("trial_id", ["NCT04161885", "NCT04173533", "NCT04128501"])
def test_maintenance_after_transplant_is_for_a_remission_and_not_for_a_relapse(trial_id: str) -> None:
    grafted = {"prior_transplant": True, "in_remission": True, "mrd_relapse": False, "mrd_relapse_confirmed": False}
    assert known_answer(trial_id, **grafted) == "matches as far as is known"
    assert known_answer(trial_id, **{**grafted, "in_remission": False}) == "does not match"
    assert known_answer(trial_id, **{**grafted, "in_remission": None}) == "not known"
    assert known_answer(trial_id, **{**grafted, "prior_transplant": False}) == "does not match"


@pytest.mark.parametrize("trial_id", ["NCT04161885", "NCT04173533"])
def test_maintenance_after_transplant_is_not_for_a_molecular_relapse(trial_id: str) -> None:
    relapse = {"prior_transplant": True, "in_remission": True, "mrd_relapse": True}
    assert known_answer(trial_id, **relapse, mrd_relapse_confirmed=True) == "does not match"
    assert known_answer(trial_id, **relapse, mrd_relapse_confirmed=False) == "not known"


def test_the_trial_of_how_long_to_give_venetoclax_is_for_patients_on_it_who_have_not_relapsed() -> None:
    on_it = {"prior_hma_venetoclax": True, "venetoclax_now": True, "overt": False, "mrd_relapse": False}
    on_it |= {"mrd_relapse_confirmed": False}
    assert known_answer("NCT07437950", **on_it) == "matches as far as is known"
    assert known_answer("NCT07437950", **{**on_it, "venetoclax_now": False}) == "does not match"
    assert known_answer("NCT07437950", **{**on_it, "venetoclax_now": None}) == "not known"
    assert known_answer("NCT07437950", **{**on_it, "overt": True}) == "does not match"
    assert known_answer("NCT07437950", **{**on_it, "mrd_relapse": True, "mrd_relapse_confirmed": True}) == (
        "does not match"
    )


def test_a_registry_that_only_observes_is_listed_but_offered_to_nobody() -> None:
    [registry] = [trial for trial in known_trials() if trial.kind == "registry"]
    assert registry.id == "NCT03662724"
    treated = pl.DataFrame([{"patient_id": "A", "prior_venetoclax": True}])
    assert registry.id not in matches(treated, known_trials(), ON)["trial"]
    listed = CliRunner().invoke(cli, ["trials", "--json"])
    [row] = [row for row in json.loads(listed.stdout)["trials"] if row["id"] == registry.id]
    assert row["kind"] == "registry"


def test_a_source_that_came_second_hand_says_so_once_and_names_what_was_not_read() -> None:
    [trial] = [trial for trial in known_trials() if trial.id == "NCT07437950"]
    assert trial.source == "ClinicalTrials.gov, the entry of the trial, not read there: second hand"
    assert all(trial.source.count("second hand") < 2 for trial in known_trials())


def test_the_facts_are_columns_of_the_assessed_picture_and_patients_treated_in_molecular_failure_are_not_ruled_out() -> (
    None
):
    registry = published()
    guidance = assess(registry, on=0).guidance
    wanted = {column for fact in FACTS.values() for column in fact.columns}
    assert wanted <= set(guidance.columns), sorted(wanted - set(guidance.columns))
    found = matches(guidance, known_trials(), 0)
    offered = [trial for trial in known_trials() if trial.kind != "registry"]
    assert found.height == guidance.height * len(offered) > 0
    # On day 0 venetoclax was begun, in cohort 1 for persistence, in cohort 2 for molecular relapse or progression.
    cohorts = tiong_cohorts(registry)
    for trial, treated in (
        ("GIMEMA AML2521", set(cohorts)),
        ("NCT04867928", {p for p, c in cohorts.items() if "2" in c}),
    ):
        answers = found.filter((pl.col("trial") == trial) & pl.col("patient_id").is_in(treated))["answer"]
        assert len(answers) == len(treated) > 0
        assert not (answers == "does not match").any()

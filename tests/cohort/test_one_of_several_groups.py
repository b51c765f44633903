"""A patient whose risk is one of several stands in no group: it is told which, of how many, and what would settle it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from tenfold.assessment import Assessment, assess
from tenfold.cohort.simulation import simulate_registry
from tenfold.cohort.study.curves import study_curves
from tenfold.cohort.study.file import parse_study
from tenfold.cohort.study.models import study_cox
from tenfold.cohort.unsettled import sets_left_open, what_would_settle
from tenfold.reports.study_description import describe_study
from tenfold.risk.eln2022 import ELN_2022

READING, GENE = "footnote_reading", "myelodysplasia_related_gene"
STUDY: dict[str, Any] = {
    "endpoint": [{"name": "OS"}],
    "groups": [{"by": "eln2022"}],
    "cox": [{"endpoint": "OS", "covariates": ["eln2022"]}],
    "describe_by": "eln2022",
}


@pytest.fixture(scope="module")
def followed() -> Assessment:
    """Patients with mutated NPM1, some of them with FLT3-ITD, whose panel lacks genes that ELN 2022 asks for."""
    assessed = assess(simulate_registry(60, 3, "npm1").registry)
    genes = assessed.registry.table("genes_tested").filter(pl.col("gene") != "STAG2")
    tables = {**assessed.registry.tables, "genes_tested": genes}
    return assess(replace(assessed.registry, tables=tables))


def told_of(*patients: tuple[list[str], list[str]]) -> tuple[pl.Series, pl.Series]:
    """What is possible, and what would decide it, of each patient."""
    text = pl.List(pl.String)
    possible, decided_by = ([patient[which] for patient in patients] for which in (0, 1))
    return pl.Series("possible", possible, text), pl.Series("decided_by", decided_by, text)


def test_sets_are_counted_in_the_models_own_order_and_what_narrows_nothing_is_no_set() -> None:
    possible = [["adverse", "intermediate"], ["intermediate", "adverse"], ["favourable", "intermediate"]]
    nothing = [["favourable", "intermediate", "adverse"], ["adverse"], [], None]
    found = sets_left_open(ELN_2022, pl.Series([*possible, *nothing], dtype=pl.List(pl.String)))
    assert found == {"intermediate or adverse": 2, "favourable or intermediate": 1}


def test_what_only_a_footnote_leaves_open_is_told_apart_from_a_gene_that_was_not_tested() -> None:
    open_ = ["adverse", "intermediate"]
    [said] = what_would_settle(ELN_2022, *told_of((open_, [READING]), (open_, [READING]), (open_, [GENE, READING])))
    assert "one of several groups for 3 of those who are in none: intermediate or adverse 3." in said
    assert "Of 2 only the reading of a disputed footnote decides, and no further test." in said
    assert said.endswith("would settle it: A myelodysplasia-related gene mutated (of 1).")


def test_of_those_of_whom_nothing_is_known_nothing_is_said() -> None:
    everything = ["favourable", "intermediate", "adverse"]
    assert not what_would_settle(ELN_2022, *told_of((everything, [GENE])))


def test_curves_a_model_and_table_1_by_a_risk_say_of_whom_it_is_one_of_several(followed: Assessment) -> None:
    study = parse_study(STUDY)
    split = study_curves(followed, study)[1]
    lost = dict(split.left_out.iter_rows())
    sets = {why: patients for why, patients in lost.items() if "is one of several: " in why}
    assert sets
    whole = followed.patients.height
    assert split.patients.height + sum(lost.values()) == whole
    model = study_cox(followed, study, study.cox[0])
    table_1 = describe_study(followed, study).notes["table_1"]
    for notes in (split.notes, model.notes, table_1):
        [said] = [note for note in notes if "one of several groups" in note]
        assert f"for {sum(sets.values())} of those who are in none" in said
        assert "would settle it: A myelodysplasia-related gene mutated" in said

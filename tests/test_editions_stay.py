"""An edition never changes; a mistake gets an erratum; and the version says which editions and data answer."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import polars as pl
import pytest
from typer.testing import CliRunner

import tenfold
from lock_editions import LOCK, fingerprints
from tenfold.catalogue import QUESTIONS
from tenfold.cli import app
from tenfold.evidence.errata import Erratum, errata
from tenfold.logic.decision import Decision, Rule
from tenfold.logic.fingerprint import fingerprint
from tenfold.risk.eln2022 import ELN_2022
from tenfold.risk.mayo import MAYO_INTENSIVE
from tenfold.risk.venprs import OVERALL_SURVIVAL


def test_no_definition_changed_without_a_new_edition_or_an_erratum():
    locked = tomllib.loads(LOCK.read_text("utf-8"))
    mended = {f"{one.definition} ({one.edition})" for one in errata() if one.mended_in == tenfold.__version__}
    found = fingerprints()
    changed = {name for name in locked if found.get(name) != locked[name]} - mended
    assert not changed, f"{sorted(changed)}: give it a new edition or an erratum, then run tests/lock_editions.py"
    assert set(found) == set(locked), "a definition is new or gone: run tests/lock_editions.py"


def test_a_name_and_its_edition_name_one_definition():
    assert len({(one.name, one.edition) for one in QUESTIONS}) == len(QUESTIONS)


def test_the_fingerprint_of_a_decision_changes_with_its_rules_its_inputs_and_its_scope():
    assert isinstance(ELN_2022, Decision)
    same = replace(ELN_2022, _verdicts={})
    swapped = replace(same, rules=(ELN_2022.rules[1], ELN_2022.rules[0], *ELN_2022.rules[2:]), _verdicts={})
    other_unit = (replace(ELN_2022.inputs[0], unit="other"), *ELN_2022.inputs[1:])
    asked_otherwise = replace(same, inputs=other_unit, _verdicts={})
    never = replace(same, rules=(Rule("adverse", lambda facts: True, "always"), *ELN_2022.rules[1:]), _verdicts={})
    told = [fingerprint(one) for one in (ELN_2022, same, swapped, asked_otherwise, never)]
    assert told[0] == told[1]
    assert len(set(told)) == 4


@pytest.mark.parametrize("name", ["caution", "citation", "question", "edition"])
def test_the_fingerprint_of_a_score_changes_with_what_it_says_of_itself_but_for_its_caution(name: str):
    other = replace(OVERALL_SURVIVAL, **{name: "other"}, _verdicts={})
    assert (fingerprint(other) == fingerprint(OVERALL_SURVIVAL)) == (name == "caution")


def test_the_fingerprint_of_a_score_changes_where_a_boundary_moves_that_no_wording_shows():
    first, *others = MAYO_INTENSIVE.criteria
    older = next(one for one in others if one.name == "older_than_55")
    moved = [
        replace(older, code=pl.col("age_years") > 55),
        replace(older, code=pl.col("age_years") >= 55),
        replace(older, code=pl.col("age_years") > 56),
    ]
    told = [
        fingerprint(
            replace(MAYO_INTENSIVE, criteria=(first, *(one if c is older else c for c in others)), _verdicts={})
        )
        for one in moved
    ]
    assert told[0] == fingerprint(MAYO_INTENSIVE)
    assert len(set(told)) == 3


def test_an_erratum_says_what_was_answered_what_is_answered_now_and_whom_it_concerns():
    for one in errata():
        assert isinstance(one, Erratum)
        assert all((one.was, one.now, one.concerns, one.date, one.mended_in))


def test_the_version_is_one_line_and_with_verbose_names_every_edition_and_data_file():
    run = CliRunner().invoke
    assert run(app, ["--version"]).output == f"tenfold {tenfold.__version__}\n"
    told = run(app, ["--version", "--verbose"]).output
    for one in QUESTIONS:
        assert f"{one.name} " in told
        assert one.edition in told
        assert fingerprint(one) in told
    for expected in ("ELN-MRD-2021", "risk/venprs.toml", "evidence/data/approvals.toml", "polars ", "Errata: "):
        assert expected in told


def test_verbose_alone_is_a_mistake_in_words():
    told = CliRunner().invoke(app, ["--verbose"])
    assert told.exit_code == 2
    assert "--verbose goes with --version" in told.output

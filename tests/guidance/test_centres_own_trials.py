"""A centre's own file of trials: its good trials are matched, and each fault is named with its remedy."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from trial_entries import ON, entry_of, toml, trial_of

from tenfold.cli.trials import trials_of
from tenfold.guidance.trials.eligibility import known_trials, parse_trials, read_trials
from tenfold.guidance.trials.matching import matches, together

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "trials.md"
GOOD = entry_of({"fact": "NPM1", "is": True}, id="GOOD-1")


def test_a_centres_file_is_matched_with_its_good_trials_and_its_faults_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "centre.toml"
    path.write_text(toml(GOOD) + toml(entry_of({"fact": "NPM2", "is": True})), "utf-8")
    offered = trials_of(path)
    assert [trial.id for trial in offered] == ["GOOD-1", *(trial.id for trial in known_trials())]
    said = capsys.readouterr()
    assert "NPM1 is meant?" in said.err
    assert "the others are used" in said.err
    assert not said.out
    facts = pl.DataFrame([{"patient_id": "A", "NPM1": True}])
    assert matches(facts, offered, ON)["answer"][0] == "matches"
    assert trials_of(None) == list(known_trials())


def test_a_centres_file_that_is_not_there_stops_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        trials_of(tmp_path / "none.toml")
    assert "none.toml: cannot be read" in capsys.readouterr().err


def test_a_centres_own_entry_takes_the_place_of_a_known_one() -> None:
    own = trial_of(entry_of({"fact": "NPM1", "is": True}, id="nct04867928"))
    both = together(known_trials(), [own])
    assert both[0] is own
    assert len(both) == len(known_trials())
    matches(pl.DataFrame({"patient_id": ["A"]}), both, ON)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": None}, "X-1: title: missing"),
        ({"status": " "}, "X-1: status = ' ': must be a text in quotes, and not empty"),
        ({"status_date": "soon"}, "X-1: status_date = 'soon': must be a date: 2026-01-31"),
        ({"kind": "study"}, 'X-1: kind = \'study\': must be "trial" or "registry"'),
        ({"complete": "yes"}, "X-1: complete = 'yes': must be true or false"),
        ({"criterion": []}, "X-1: complete = true: the trial has no structured criterion"),
        ({"conditions": "AML"}, "X-1: conditions = 'AML': must be a list of texts"),
        ({"titel": "x"}, "X-1: titel = 'x': no field of a trial; title is meant?"),
        ({"id": "good 1"}, "good 1: id = good 1: stands for GOOD-1 already"),
    ],
)
def test_a_fault_of_a_trial_is_named_with_its_remedy_and_the_others_are_read(change: dict, said: str) -> None:
    changed = entry_of({"fact": "NPM1", "is": True}) | change
    text = toml(GOOD) + toml({key: value for key, value in changed.items() if value is not None})
    read = parse_trials(text, "centre.toml")
    assert [trial.id for trial in read.trials] == ["GOOD-1"]
    assert any(str(fault).startswith(f"centre.toml: {said}") for fault in read.faults), list(map(str, read.faults))


@pytest.mark.parametrize(
    ("criterion", "said"),
    [
        ({"fact": "NPM2", "is": True}, "criterion 1, fact = 'NPM2': no fact of the picture; NPM1 is meant?"),
        ({"fact": "NPM1", "is": "yes"}, "criterion 1, NPM1, is = 'yes': must be true or false, without quotes"),
        ({"fact": "NPM1", "at_least": 1}, "criterion 1, NPM1, at_least = 1: NPM1 cannot be at_least something"),
        ({"fact": "NPM1"}, "criterion 1, NPM1: has no relation one of is, not"),
        ({"fact": "ecog", "at_most": 20}, "criterion 1, ecog, at_most = 20: must be a number, 0 to 5"),
        ({"fact": "ecog", "at_most": True}, "criterion 1, ecog, at_most = true: must be a number"),
        (
            {"fact": "age_years", "at_least": 18, "at_most": 75},
            "criterion 1, age_years: has at_least and at_most; write two",
        ),
        ({"fact": "npm1_per_1e4", "is": 200}, "criterion 1, npm1_per_1e4, is = 200: npm1_per_1e4 cannot be is"),
        (
            {"fact": "npm1_tissue", "one_of": ["bone"]},
            'criterion 1, npm1_tissue, one_of = ["bone"]: must be one of marrow',
        ),
        (
            {"fact": "NPM1", "is": True, "kind": "must"},
            'criterion 1, kind = \'must\': must be "inclusion" or "exclusion"',
        ),
        ({"fact": "NPM1", "is": True, "source": ""}, "criterion 1, source = '': missing or empty"),
        ({"any": []}, "criterion 1, any = []: must be a list such as"),
        (
            {"fact": "NPM1", "is": True, "remark": "x"},
            "criterion 1, remark = 'x': no field of a criterion; the fields are",
        ),
        ({}, "criterion 1, fact: write either fact"),
        ({"any": [{"fact": "NPM1", "is": True}], "is": True}, "criterion 1, is = true: stands beside `any`"),
        (
            {"any": [{"fact": "NPM1", "is": True}], "is": True, "at_least": 3},
            "criterion 1, is = true: stands beside `any`",
        ),
        (
            {"fact": "age_years", "at_least": -1},
            "criterion 1, age_years, at_least = -1: must be a number, 0 to 130, in years",
        ),
    ],
)
def test_a_fault_of_a_criterion_sets_its_trial_aside(criterion: dict, said: str) -> None:
    read = parse_trials(toml(entry_of(criterion)) + toml(GOOD), "centre.toml")
    assert [trial.id for trial in read.trials] == ["GOOD-1"]
    assert any(str(fault).startswith(f"centre.toml: X-1: {said}") for fault in read.faults), list(map(str, read.faults))


def test_broken_toml_loses_one_trial_and_names_its_line() -> None:
    broken = '[[trial]]\nid = "B-1"\ntitle = no quotes\n'
    read = parse_trials(toml(GOOD) + broken + toml(entry_of({"fact": "NPM1", "is": True})), "centre.toml")
    assert [trial.id for trial in read.trials] == ["GOOD-1", "X-1"]
    line = toml(GOOD).count("\n") + 1
    [fault] = read.faults
    assert str(fault).startswith(f"centre.toml: the trial that begins at line {line}: TOML: cannot be read")
    assert f"line {line + 2}" in str(fault)


def test_a_file_without_a_trial_or_with_one_bracket_says_how_to_begin() -> None:
    assert "holds no trial; begin each with [[trial]]" in str(parse_trials("", "centre.toml").faults[0])
    assert "begin each trial with [[trial]], in two brackets" in str(parse_trials("[trial]\nid='A'", "c").faults[0])
    assert "trials: stands outside a trial; trial" not in str(parse_trials("[[trials]]\nid='A'", "c").faults[0])


def test_a_file_that_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "centre.toml"
    path.write_bytes(b"\xff\xfe[[trial]]")
    with pytest.raises(ValueError, match="not UTF-8 text"):
        read_trials(path)


@given(st.text(max_size=200))
def test_any_text_is_read_or_told_what_is_wrong(text: str) -> None:
    read = parse_trials(text, "centre.toml")
    assert read.trials or read.faults


def test_the_page_of_trials_is_true() -> None:
    page = PAGE.read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.S)
    exec(code, {})
    [example] = re.findall(r"```toml\n(.*?)```", page, re.S)
    read = parse_trials(example, "page")
    assert not read.faults
    facts = {"NPM1": True, "npm1_per_1e4_low": 300.0, "npm1_per_1e4_high": 300.0, "ecog": 1.0, "lines": 1}
    frame = pl.DataFrame([{"patient_id": "A", **facts, "prior_venetoclax": False}])
    assert matches(frame, read.trials, ON)["match"].to_list() == [True]


@pytest.mark.parametrize("letters", [58, 59])
def test_a_wrong_value_of_sixty_characters_is_shown_whole_and_a_longer_one_cut_short(letters: int) -> None:
    """The quotes are two of them."""
    [fault] = parse_trials(toml(entry_of({"fact": "NPM1", "is": True}, titel="x" * letters)), "centre.toml").faults
    assert fault.value == (f"'{'x' * 58}'" if letters == 58 else f"'{'x' * 56}...")

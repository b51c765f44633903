"""Trials against the guidance picture, beside an oracle in plain Python that shares nothing with the criteria."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tenfold.assessment import assess
from tenfold.cli import app as cli
from tenfold.cli.trials import trials_of
from tenfold.evidence.trials import trials as trials_of_the_literature
from tenfold.exchange.published import published, tiong_cohorts
from tenfold.guidance.trials.eligibility import StructuredTrial, known_trials, parse_trials, read_trials
from tenfold.guidance.trials.facts import FACTS
from tenfold.guidance.trials.matching import SCHEMA, explanation, matches, status_note, together

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "trials.md"
ON = date(2026, 3, 1)

NUMBERS = {
    "age_years": [17.9, 18.0, 60.5, 75.0, 75.9, 76.0],
    "ecog": [0.0, 1.0, 2.0, 3.0],
    "lines": [0, 1, 2, 4],
    "months_to_relapse": [2.5, 6.0, 6.01],
}
LEVELS = [0.0, 50.0, 200.0, 200.1, 900.0]
TISSUES = ["marrow", "blood"]
DERIVED = ("molecular_relapse", "molecular_failure")
YES_NO = [name for name, fact in FACTS.items() if fact.kind == "yes/no" and name not in DERIVED]
TYPES: dict[str, Any] = {
    "patient_id": pl.String,
    **dict.fromkeys(YES_NO, pl.Boolean),
    **dict.fromkeys(NUMBERS, pl.Float64),
    "lines": pl.Int64,
    "npm1_per_1e4_low": pl.Float64,
    "npm1_per_1e4_high": pl.Float64,
    "npm1_tissue": pl.String,
}


# The oracle: three truths, of which None is "not known".


def no(a: bool | None) -> bool | None:
    return None if a is None else not a


def all_of(truths: list[bool | None]) -> bool | None:
    return False if False in truths else None if None in truths else True


def any_of(truths: list[bool | None]) -> bool | None:
    return no(all_of([no(truth) for truth in truths]))


def compared(relation: str, a: float | None, b: float) -> bool | None:
    if a is None:
        return None
    return {"is": a == b, "not": a != b, "at_least": a >= b, "at_most": a <= b, "above": a > b, "below": a < b}[
        relation
    ]


def yes_no(name: str, row: dict[str, Any]) -> bool | None:
    if name == "molecular_relapse":
        return True if row["mrd_relapse_confirmed"] else False if row["mrd_relapse"] is False else None
    if name == "molecular_failure":
        persists = all_of([row["molecular_persistence"], no(row["persistence_below_2"])])
        if True in (row["mrd_relapse_confirmed"], row["molecular_progression"], persists):
            return True
        nothing = all_of([no(row[n]) for n in ("mrd_relapse", "molecular_progression", "molecular_persistence")])
        return False if nothing else None
    return row[name]


def condition_holds(part: dict[str, Any], row: dict[str, Any]) -> bool | None:
    name = part["fact"]
    [(relation, value)] = [(key, item) for key, item in part.items() if key in RELATIONS]
    if name == "npm1_per_1e4":
        ends = [compared(relation, row[f"npm1_per_1e4_{end}"], value) for end in ("low", "high")]
        sure, possible = ends if relation in ("at_least", "above") else reversed(ends)
        return True if sure else False if possible is False else None
    if name in NUMBERS:
        number = row[name]
        values = value if relation == "one_of" else [value]
        relation = "is" if relation == "one_of" else relation
        read = [
            math.floor(number) if name == "age_years" and number is not None and v == int(v) else number for v in values
        ]
        return any_of([compared(relation, a, b) for a, b in zip(read, values, strict=True)])
    if name == "npm1_tissue":
        word = row[name]
        if word not in TISSUES:
            return None
        return word in value if relation == "one_of" else (word == value) is (relation == "is")
    truth = yes_no(name, row)
    return truth if (value is True) is (relation == "is") else no(truth)


def oracle(entry: dict[str, Any], row: dict[str, Any]) -> str:
    allowed = []
    for criterion in entry["criterion"]:
        holds = any_of([condition_holds(part, row) for part in criterion.get("any", [criterion])])
        allowed.append(holds if criterion["kind"] == "inclusion" else no(holds))
    truth = all_of(allowed)
    if truth is None:
        return "not known"
    return "does not match" if not truth else "matches" if entry["complete"] else "matches as far as is known"


RELATIONS = ("is", "not", "one_of", "at_least", "at_most", "above", "below")
LIMITS = st.sampled_from(["at_least", "at_most", "above", "below"])


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["yes/no", "yes/no", "number", "level", "word"]))
    if kind == "yes/no":
        fact = draw(st.sampled_from([*YES_NO, *DERIVED, *DERIVED]))
        return {"fact": fact, draw(st.sampled_from(["is", "not"])): draw(st.booleans())}
    if kind == "level":
        return {"fact": "npm1_per_1e4", draw(LIMITS): draw(st.sampled_from(LEVELS))}
    if kind == "word":
        several = draw(st.booleans())
        if several:
            return {"fact": "npm1_tissue", "one_of": draw(st.lists(st.sampled_from(TISSUES), min_size=1, max_size=2))}
        return {"fact": "npm1_tissue", draw(st.sampled_from(["is", "not"])): draw(st.sampled_from(TISSUES))}
    fact = draw(st.sampled_from(list(NUMBERS)))
    values = st.sampled_from([0, 1, 2, 4] if fact in ("ecog", "lines") else [2.5, 6, 17, 18, 60, 60.5, 75, 76])
    relation = draw(st.sampled_from(["is", "not", "one_of", "at_least", "at_most", "above", "below"]))
    return {
        "fact": fact,
        relation: draw(st.lists(values, min_size=1, max_size=3)) if relation == "one_of" else draw(values),
    }


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    criteria = []
    for position in range(draw(st.integers(1, 5))):
        parts = draw(st.lists(conditions(), min_size=1, max_size=3))
        said = parts[0] if len(parts) == 1 else {"any": parts}
        kind = draw(st.sampled_from(["inclusion", "exclusion"]))
        criteria.append({"kind": kind, "wording": f"criterion {position}", "source": "here", **said})
    needed = {"id": "X-1", "title": "An example", "status": "recruiting", "source": "here"}
    return {**needed, "complete": draw(st.booleans()), "criterion": criteria}


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    row: dict[str, Any] = {name: draw(st.sampled_from([True, False, None])) for name in YES_NO}
    row |= {name: draw(st.sampled_from([*values, None])) for name, values in NUMBERS.items()}
    low, high = sorted(draw(st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS))))
    row["npm1_per_1e4_low"] = draw(st.sampled_from([low, None]))
    row["npm1_per_1e4_high"] = draw(st.sampled_from([high, None]))
    row["npm1_tissue"] = draw(st.sampled_from([*TISSUES, "lymph node", None]))
    return row


def toml(entry: dict[str, Any]) -> str:
    """An entry as its file writes it."""

    def value(item: Any) -> str:
        if isinstance(item, dict):
            return "{ " + ", ".join(f"{key} = {value(part)}" for key, part in item.items()) + " }"
        if isinstance(item, list):
            return "[" + ", ".join(map(value, item)) + "]"
        return str(item) if isinstance(item, date) else json.dumps(item, ensure_ascii=False)

    lines = ["[[trial]]", *(f"{key} = {value(item)}" for key, item in entry.items() if key != "criterion")]
    for criterion in entry.get("criterion", []):
        lines += ["[[trial.criterion]]", *(f"{key} = {value(item)}" for key, item in criterion.items())]
    return "\n".join(lines) + "\n"


def trial_of(entry: dict[str, Any]) -> StructuredTrial:
    read = parse_trials(toml(entry), "centre.toml")
    assert not read.faults, [str(fault) for fault in read.faults]
    [trial] = read.trials
    return trial


def picture_of(patients: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{"patient_id": f"P{n}", **row} for n, row in enumerate(patients)], TYPES)


def entry_of(*criteria: dict[str, Any], **fields: Any) -> dict[str, Any]:
    said = {"kind": "inclusion", "wording": "as written", "source": "protocol"}
    needed = {"id": "X-1", "title": "An example", "status": "recruiting", "source": "protocol", "complete": True}
    return {**needed, "status_date": date(2026, 2, 1), **fields, "criterion": [said | one for one in criteria]}


def answer_of(entry: dict[str, Any], **facts: Any) -> str:
    frame = pl.DataFrame({"patient_id": ["P"], **{name: [value] for name, value in facts.items()}})
    return matches(frame, [trial_of(entry)], ON)["answer"][0]


@given(entries(), st.lists(rows(), min_size=1, max_size=6))
def test_every_answer_is_that_of_the_three_valued_oracle(entry: dict, patients: list[dict]) -> None:
    found = matches(picture_of(patients), [trial_of(entry)], ON)
    assert found["answer"].to_list() == [oracle(entry, row) for row in patients]
    for row in found.to_dicts():
        assert row["match"] is {"matches": True, "does not match": False}.get(row["answer"])
        states = {criterion["state"] for criterion in row["criteria"]}
        worst = next(word for word in ("rules out", "not known", "allows") if word in states)
        assert row["reasons"]
        assert all(reason.startswith(worst) for reason in row["reasons"])


@given(entries(), rows(), st.data())
def test_a_fact_that_is_blanked_can_only_widen_the_answer(entry: dict, row: dict, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(row)), min_size=1, max_size=6, unique=True))
    blanked = {**row, **dict.fromkeys(names)}
    before, after = matches(picture_of([row, blanked]), [trial_of(entry)], ON)["answer"]
    assert after in (before, "not known")


@given(entries(), st.lists(rows(), min_size=2, max_size=6), st.randoms())
def test_the_order_of_patients_and_trials_does_not_matter(entry: dict, patients: list[dict], chance: Any) -> None:
    trials = [trial_of(entry), *known_trials()]
    picture = picture_of(patients)
    order = list(range(picture.height))
    chance.shuffle(order)
    first = matches(picture, trials, ON).sort("patient_id", "trial")
    assert matches(picture[order], trials[::-1], ON).sort("patient_id", "trial").equals(first)


@given(entries(), rows())
def test_a_missing_column_answers_like_a_column_of_nulls(entry: dict, row: dict) -> None:
    trial = trial_of(entry)
    some = sorted(row)[::2]
    lacking = matches(picture_of([row]).drop(some), [trial], ON)["answer"][0]
    assert lacking == matches(picture_of([{**row, **dict.fromkeys(some)}]), [trial], ON)["answer"][0]


def test_the_explanation_gives_the_answer_of_the_table() -> None:
    trial = trial_of(entry_of({"fact": "NPM1", "is": True}, {"fact": "ecog", "at_most": 2, "wording": "ECOG 0 to 2"}))
    said = explanation({"patient_id": "A", "NPM1": True, "ecog": None}, trial)
    assert said.answer is None
    assert said.possible == ("matches", "does not match")
    assert said.decided_by == ("ECOG 0 to 2",)
    assert explanation({"patient_id": "A", "NPM1": True, "ecog": 1.0}, trial).answer == "matches"


def test_a_trial_that_is_not_complete_matches_only_as_far_as_is_known() -> None:
    entry = entry_of({"fact": "NPM1", "is": True}, complete=False)
    frame = pl.DataFrame({"patient_id": ["A", "B"], "NPM1": [True, False]})
    found = matches(frame, [trial_of(entry)], ON)
    assert found["answer"].to_list() == ["matches as far as is known", "does not match"]
    assert found["match"].to_list() == [None, False]
    assert found["left_out"][0] == "its structured criteria are not said to be complete"


def test_somebody_of_75_and_a_half_is_75_years_old() -> None:
    most = entry_of({"fact": "age_years", "at_most": 75})
    assert answer_of(most, age_years=75.5) == "matches"
    assert answer_of(most, age_years=76.0) == "does not match"
    assert answer_of(entry_of({"fact": "age_years", "at_least": 1.5}), age_years=1.6) == "matches"


def test_a_limit_between_the_bounds_of_a_level_is_not_known() -> None:
    above = entry_of({"fact": "npm1_per_1e4", "above": 200})
    assert answer_of(above, npm1_per_1e4_low=150.0, npm1_per_1e4_high=320.0) == "not known"
    assert answer_of(above, npm1_per_1e4_low=200.0, npm1_per_1e4_high=200.0) == "does not match"
    assert answer_of(above, npm1_per_1e4_low=201.0, npm1_per_1e4_high=None) == "matches"


def test_an_unconfirmed_molecular_relapse_is_neither_a_relapse_nor_none() -> None:
    entry = entry_of({"fact": "molecular_relapse", "is": True})
    assert answer_of(entry, mrd_relapse=True, mrd_relapse_confirmed=False) == "not known"
    assert answer_of(entry, mrd_relapse=True, mrd_relapse_confirmed=True) == "matches"
    assert answer_of(entry, mrd_relapse=False, mrd_relapse_confirmed=False) == "does not match"


def test_persistence_below_2_percent_leaves_molecular_failure_open() -> None:
    entry = entry_of({"fact": "molecular_failure", "is": True})
    facts = {"mrd_relapse": False, "mrd_relapse_confirmed": False, "molecular_progression": False}
    for persistence, below, said in (
        (True, True, "not known"),
        (True, None, "not known"),
        (True, False, "matches"),
        (False, False, "does not match"),
    ):
        assert answer_of(entry, **facts, molecular_persistence=persistence, persistence_below_2=below) == said


def test_an_exclusion_on_what_is_not_known_never_lets_in() -> None:
    entry = entry_of({"fact": "prior_venetoclax", "is": True, "kind": "exclusion", "wording": "Prior venetoclax"})
    frame = pl.DataFrame({"patient_id": ["A", "B", "C"], "prior_venetoclax": [None, True, False]})
    found = matches(frame, [trial_of(entry)], ON)
    assert found["match"].to_list() == [None, False, True]
    assert found["reasons"].to_list() == [
        ["not known: Exclusion: Prior venetoclax"],
        ["rules out: Exclusion: Prior venetoclax (prior venetoclax: yes)"],
        ["allows: Exclusion: Prior venetoclax (prior venetoclax: no)"],
    ]


def test_a_reason_shows_the_value_and_names_a_column_that_the_picture_lacks() -> None:
    trial = trial_of(entry_of({"fact": "ecog", "at_most": 2, "wording": "ECOG 0 to 2"}))
    assert matches(pl.DataFrame({"patient_id": ["A"], "ecog": [3.0]}), [trial], ON)["reasons"][0].to_list() == [
        "rules out: ECOG 0 to 2 (3)"
    ]
    assert matches(pl.DataFrame({"patient_id": ["A"]}), [trial], ON)["reasons"][0].to_list() == [
        "not known: ECOG 0 to 2 (the picture has no ecog)"
    ]


def test_more_unknown_criteria_than_can_be_enumerated_are_still_answered() -> None:
    names = YES_NO[:24]
    trial = trial_of(entry_of(*({"fact": name, "is": True} for name in names)))
    rows = [dict.fromkeys(names), {**dict.fromkeys(names), names[-1]: False}, dict.fromkeys(names, True)]
    frame = pl.DataFrame([{"patient_id": str(n), **row} for n, row in enumerate(rows)], schema_overrides=TYPES)
    assert matches(frame, [trial], ON)["match"].to_list() == [None, False, True]


def test_a_status_is_said_and_never_decides() -> None:
    facts = pl.DataFrame({"patient_id": ["A"], "NPM1": [True]})
    for status, day, recruiting, said in (
        ("recruiting", date(2026, 2, 1), True, None),
        ("completed", date(2026, 2, 1), False, "not recruiting: completed"),
        ("ongoing", date(2026, 2, 1), None, "whether it recruits is not told by its status (ongoing)"),
        ("unknown", date(2026, 2, 1), None, "whether it recruits is not told by its status (unknown)"),
        ("recruiting", date(2025, 6, 1), True, "the status is of 2025-06-01, 273 days old: look it up"),
        ("recruiting", date(2026, 3, 2), True, "the status is of 2026-03-02, later than the index day"),
    ):
        [row] = matches(
            facts, [trial_of(entry_of({"fact": "NPM1", "is": True}, status=status, status_date=day))], ON
        ).to_dicts()
        assert (row["match"], row["recruiting"], row["status_note"]) == (True, recruiting, said)


def test_an_age_of_a_status_is_not_told_on_counted_days_and_a_missing_date_is_said() -> None:
    trial = trial_of(entry_of({"fact": "NPM1", "is": True}, status_date=date(2020, 1, 1)))
    assert status_note(trial, 120) == (True, None)
    [trial] = [one for one in known_trials() if one.id == "NCT03662724"]
    assert "from when the status is, is not stated" in str(status_note(trial, ON)[1])


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


def test_a_trial_of_which_nothing_is_structured_is_not_known() -> None:
    trial = trial_of(entry_of(complete=False))
    [row] = matches(pl.DataFrame({"patient_id": ["A"]}), [trial], ON).to_dicts()
    assert row["match"] is None
    assert row["reasons"] == ["no criterion of this trial is structured"]
    with pytest.raises(ValueError, match="no criterion of this trial is structured"):
        explanation({"patient_id": "A"}, trial)


def test_no_patients_or_no_trials_give_an_empty_table_of_the_same_columns() -> None:
    assert matches(picture_of([]), known_trials(), ON).schema == pl.Schema(SCHEMA)
    assert matches(pl.DataFrame({"patient_id": ["A"]}), [], ON).schema == pl.Schema(SCHEMA)


def test_a_picture_that_cannot_be_read_is_refused_in_words() -> None:
    trial = trial_of(entry_of({"fact": "NPM1", "is": True}))
    with pytest.raises(ValueError, match="no column patient_id"):
        matches(pl.DataFrame({"NPM1": [True]}), [trial], ON)
    with pytest.raises(ValueError, match="column NPM1 is String; NPM1 mutation is a yes/no"):
        matches(pl.DataFrame({"patient_id": ["A"], "NPM1": ["no"]}), [trial], ON)
    with pytest.raises(ValueError, match="X-1 and X-1 are one trial"):
        matches(pl.DataFrame({"patient_id": ["A"]}), [trial, trial], ON)


def test_a_centres_own_entry_takes_the_place_of_a_known_one() -> None:
    own = trial_of(entry_of({"fact": "NPM1", "is": True}, id="nct04867928"))
    both = together(known_trials(), [own])
    assert both[0] is own
    assert len(both) == len(known_trials())
    matches(pl.DataFrame({"patient_id": ["A"]}), both, ON)


GOOD = entry_of({"fact": "NPM1", "is": True}, id="GOOD-1")


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
        ({}, "criterion 1, fact: write either fact"),
        ({"any": [{"fact": "NPM1", "is": True}], "is": True}, "criterion 1, is = true: stands beside `any`"),
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

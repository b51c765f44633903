"""Trials against the guidance picture, beside an oracle in plain Python that shares nothing with the criteria."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from trial_entries import DERIVED, LEVELS, NUMBERS, ON, TISSUES, TYPES, YES_NO, entry_of, picture_of, trial_of

from tenfold.guidance.trials.eligibility import known_trials
from tenfold.guidance.trials.matching import matches

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


def test_more_unknown_criteria_than_can_be_enumerated_are_still_answered() -> None:
    names = YES_NO[:24]
    trial = trial_of(entry_of(*({"fact": name, "is": True} for name in names)))
    rows = [dict.fromkeys(names), {**dict.fromkeys(names), names[-1]: False}, dict.fromkeys(names, True)]
    frame = pl.DataFrame([{"patient_id": str(n), **row} for n, row in enumerate(rows)], schema_overrides=TYPES)
    assert matches(frame, [trial], ON)["match"].to_list() == [None, False, True]

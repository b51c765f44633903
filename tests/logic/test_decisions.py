"""Every decision and score against an independent brute force, with every cut-off straddled."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracles import ORACLES, STRADDLED, UPPER_OF
from tenfold.catalogue import QUESTIONS, find
from tenfold.logic.answering import FEW, answer
from tenfold.logic.criterion import Criterion, banded, yes_no
from tenfold.logic.decision import Decision, Input, Question, Rule, Score, otherwise

MOST_COMPLETIONS_TRIED = 30_000
MOST_PATTERNS = 20_000


def free_inputs(question: Question) -> list[Input]:
    """The inputs that answer the question itself; upper bounds follow their lower ones."""
    read = frozenset().union(*(criterion.reads for criterion in question.criteria))
    return [i for i in question.inputs if i.name in read and i.name not in UPPER_OF]


def values_of(item: Input) -> tuple[Any, ...]:
    if item.kind == "yes/no":
        return (False, True)
    return item.words if item.kind == "word" else STRADDLED[item.name]


def ask(question: Question, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    filled = [{**row, **{high: row.get(low) for high, low in UPPER_OF.items() if low in row}} for row in rows]
    schema = {i.name: i.dtype for i in question.inputs if any(i.name in row for row in filled)}
    frame = pl.DataFrame([{k: v for k, v in row.items() if k in schema} for row in filled], schema)
    return answer(frame, [question], outside_scope="compute").to_dicts()


def complete(question: Question) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({i.name: st.sampled_from(values_of(i)) for i in free_inputs(question)})


def patterns(question: Question) -> int:
    """How many patterns of known and unknown inputs there are."""
    return math.prod(len(values_of(item)) + 1 for item in free_inputs(question))


SMALL = [question for question in QUESTIONS if patterns(question) <= MOST_PATTERNS]
LARGE = [question for question in QUESTIONS if patterns(question) > MOST_PATTERNS]


@pytest.mark.parametrize("question", SMALL, ids=lambda q: q.name)
def test_every_pattern_of_known_and_unknown_gets_the_answers_of_the_brute_force(question: Question) -> None:
    """Where they are few enough: all of them, with every cut-off straddled."""
    items = free_inputs(question)
    names = [item.name for item in items]
    oracle, could_be = ORACLES[question.name], {}
    axes = [(*values_of(item), None) for item in items]
    for values in sorted(itertools.product(*axes), key=lambda one: one.count(None)):
        blank = next((k for k, value in enumerate(values) if value is None), None)
        could_be[values] = (
            frozenset([oracle(dict(zip(names, values, strict=True)))])
            if blank is None
            else frozenset().union(
                *(could_be[(*values[:blank], one, *values[blank + 1 :])] for one in axes[blank][:-1])
            )
        )
    rows = [dict(zip(names, values, strict=True)) for values in could_be]
    for (values, expected), said in zip(could_be.items(), ask(question, rows), strict=True):
        possible = set(said[f"{question.key}_possible"])
        assert expected == possible if said[f"{question.key}_exact"] else expected <= possible, values
        assert (said[question.key] is None) == (len(possible) > 1)
        known = {c.name for c in question.criteria if said[c.column] is not None}
        assert not known & set(said[f"{question.key}_decided_by"])
        assert bool(said[f"{question.key}_decided_by"]) == (len(possible) > 1)
        if None not in values:
            assert said[f"{question.key}_exact"]


@pytest.mark.parametrize("question", LARGE, ids=lambda q: q.name)
def test_every_complete_patient_gets_the_answer_of_the_brute_force(question: Question) -> None:
    oracle = ORACLES[question.name]

    @given(st.lists(complete(question), min_size=1, max_size=200))
    def check(rows: list[dict[str, Any]]) -> None:
        for row, said in zip(rows, ask(question, rows), strict=True):
            assert said[question.key] == oracle(row)
            assert said[f"{question.key}_exact"]

    check()


@pytest.mark.parametrize("question", LARGE, ids=lambda q: q.name)
def test_blanked_inputs_give_exactly_the_answers_that_their_values_could_give(question: Question) -> None:
    """Contained always; equal where the answer is called exact."""
    oracle = ORACLES[question.name]
    inputs = {i.name: i for i in free_inputs(question)}

    @given(complete(question), st.sets(st.sampled_from(sorted(inputs)), max_size=6))
    def check(row: dict[str, Any], blanks: set[str]) -> None:
        axes = [values_of(inputs[name]) for name in sorted(blanks)]
        if math.prod(map(len, axes)) > MOST_COMPLETIONS_TRIED:
            return
        [said] = ask(question, [{**row, **dict.fromkeys(blanks)}])
        could_be = {
            oracle({**row, **dict(zip(sorted(blanks), filled, strict=True))}) for filled in itertools.product(*axes)
        }
        possible = set(said[f"{question.key}_possible"])
        assert could_be <= possible
        if said[f"{question.key}_exact"]:
            assert could_be == possible
        assert (said[question.key] is None) == (len(possible) > 1)

    check()


@pytest.mark.parametrize("question", LARGE, ids=lambda q: q.name)
def test_blanking_any_input_can_only_widen_an_answer(question: Question) -> None:
    names = [i.name for i in free_inputs(question)]

    @given(complete(question), st.sets(st.sampled_from(names)), st.sampled_from(names))
    def check(row: dict[str, Any], already_blank: set[str], blanked: str) -> None:
        before = {**row, **dict.fromkeys(already_blank)}
        narrow, wide = ask(question, [before, {**before, blanked: None}])
        assert set(narrow[f"{question.key}_possible"]) <= set(wide[f"{question.key}_possible"])

    check()


@pytest.mark.parametrize("question", LARGE, ids=lambda q: q.name)
def test_what_would_decide_is_never_something_known(question: Question) -> None:
    @given(complete(question), st.sets(st.sampled_from([i.name for i in free_inputs(question)])))
    def check(row: dict[str, Any], blanks: set[str]) -> None:
        [said] = ask(question, [{**row, **dict.fromkeys(blanks)}])
        known = {c.name for c in question.criteria if said[c.column] is not None}
        assert not known & set(said[f"{question.key}_decided_by"])
        assert bool(said[f"{question.key}_decided_by"]) == (len(said[f"{question.key}_possible"]) > 1)

    check()


@pytest.mark.parametrize("question", SMALL[::4] + LARGE[::4], ids=lambda q: q.name)
def test_a_patient_alone_gets_the_answers_that_the_patient_gets_among_many(question: Question) -> None:
    chance = random.Random(1)
    axes = {item.name: (*values_of(item), None) for item in free_inputs(question)}
    rows = [{name: chance.choice(values) for name, values in axes.items()} for _ in range(FEW + 20)]
    assert ask(question, rows)[:5] == [ask(question, [row])[0] for row in rows[:5]]


def test_a_gene_that_was_not_tested_is_never_wild_type() -> None:
    [os] = find("VEN-PRS-OS")
    known = dict.fromkeys(["extramedullary", "prior_hma", "NF1", "PTPN11", "FLT3", "SF3B1"], False)
    [said] = ask(os, [{**known, "TP53": None}])
    assert said["ven_prs_os_possible"] == ["favourable", "intermediate"]
    assert said["ven_prs_os_decided_by"] == ["TP53"]


def test_an_unknown_that_cannot_matter_does_not_blur_the_answer() -> None:
    [os] = find("VEN-PRS-OS")
    known = dict.fromkeys(["extramedullary", "prior_hma", "NF1", "PTPN11"], True) | {"FLT3": False, "SF3B1": True}
    [said] = ask(os, [{**known, "TP53": None}])
    assert said["ven_prs_os"] == "adverse"
    assert said["ven_prs_os_decided_by"] == []
    assert str(said["ven_prs_os_low"]) == "2.30"
    assert str(said["ven_prs_os_high"]) == "2.69"


def _many(count: int) -> Decision:
    """More unknown criteria than are enumerated."""
    criteria: tuple[Criterion, ...] = tuple(yes_no(f"c{k}", f"criterion {k}") for k in range(count))

    def any_of(m: Any) -> Any:
        truth = m.c0
        for k in range(1, count):
            truth = truth | getattr(m, f"c{k}")
        return truth

    return Decision(
        name="many",
        edition="test",
        question="?",
        citation="",
        inputs=tuple(Input(c.name, c.wording) for c in criteria),
        criteria=criteria,
        rules=(Rule("some", any_of, "some"), Rule("none", otherwise, "none")),
    )


def test_past_the_cap_the_answer_stays_sound_and_says_that_it_is_not_exact() -> None:
    question = _many(20)
    [nothing_known] = ask(question, [dict.fromkeys(f"c{k}" for k in range(20))])
    assert nothing_known["many_possible"] == ["some", "none"]
    assert not nothing_known["many_exact"]
    [one_yes] = ask(question, [{**dict.fromkeys(f"c{k}" for k in range(20)), "c3": True}])
    assert one_yes["many_possible"] == ["some"]
    assert one_yes["many_exact"]


@given(st.data())
def test_three_valued_rules_contain_the_enumerated_answers(data: st.DataObject) -> None:
    question = data.draw(st.sampled_from(QUESTIONS))
    codes = tuple(data.draw(st.sampled_from([None, *range(len(c.levels))])) for c in question.criteria)
    enumerated, bounded = question._enumerate(codes), question._bound(codes)
    assert set(enumerated.possible) <= set(bounded.possible)
    if isinstance(question, Score):
        assert (bounded.low, bounded.high) == (enumerated.low, enumerated.high)


def test_two_different_criteria_of_one_name_are_refused() -> None:
    first = _many(2)
    second = replace(first, criteria=(first.criteria[1], yes_no("c0", "criterion 0", ~pl.col("c0"))))
    with pytest.raises(ValueError, match="two different criteria are called c0"):
        answer(pl.DataFrame({"c0": [True]}), [first, second])


def test_a_rule_may_only_use_a_cut_that_its_criterion_declares() -> None:
    blasts = banded("blasts", "Blasts", (">=", 5), unit="%")
    question = Decision(
        name="wrong",
        edition="test",
        question="?",
        citation="",
        inputs=(Input("blasts", "blasts", "number", "%"),),
        criteria=(blasts,),
        rules=(Rule("a", lambda m: m.blasts < 6, ""), Rule("b", otherwise, "")),
    )
    with pytest.raises(LookupError, match="blasts is not cut at >= 6"):
        answer(pl.DataFrame({"blasts": [3.0]}), [question])


def test_row_order_and_batching_do_not_change_answers() -> None:
    [os] = find("VEN-PRS-OS")
    names = [c.name for c in os.criteria]
    rows = [
        dict(zip(names, filled, strict=True))
        for filled in itertools.islice(itertools.product((False, True, None), repeat=7), 0, None, 5)
    ]
    together = ask(os, rows)
    apart = [ask(os, [row])[0] for row in rows]
    backwards = ask(os, rows[::-1])[::-1]
    assert together == apart == backwards

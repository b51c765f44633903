"""The worked examples of the reference: they run as printed, and an independent reading of each paper says the same."""

from __future__ import annotations

import random
from typing import Any

import pytest

from command_line import tenfold
from generate import definitions
from generate.examples import Example, examples_of
from oracles import ORACLES, STRADDLED, UPPER_OF
from tenfold.catalogue import FOLDS, QUESTIONS
from tenfold.logic.decision import Input, Question

COMPLETIONS = 300


def values_of(item: Input) -> tuple[Any, ...]:
    if item.kind == "yes/no":
        return (False, True)
    return item.words if item.kind == "word" else STRADDLED[item.name]


def given(example: Example, question: Question) -> dict[str, Any]:
    """The values of an example, typed; what is unknown is left out."""
    kinds = {item.name: item.kind for item in question.inputs}
    texts = dict(value.split("=", 1) for value in example.values)
    return {
        name: text == "yes" if kinds[name] == "yes/no" else float(text) if kinds[name] == "number" else text
        for name, text in texts.items()
        if text != "?"
    }


def completed(known: dict[str, Any], question: Question, chance: random.Random) -> dict[str, Any]:
    """One way in which everything could turn out."""
    row = {}
    for item in question.inputs:
        if item.name in UPPER_OF:
            continue
        upper = next((high for high, low in UPPER_OF.items() if low == item.name), None)
        if item.name in known and known.get(upper, known[item.name]) == known[item.name]:
            row[item.name] = known[item.name]
        elif item.name in known:
            between = [v for v in STRADDLED[item.name] if known[item.name] <= v <= known[upper]]
            row[item.name] = chance.choice([known[item.name], *between, known[upper]])
        elif item.kind != "number" or item.name in STRADDLED:
            row[item.name] = chance.choice(values_of(item))
    return row


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_an_example_says_what_a_second_reading_of_the_paper_says_of_every_way_things_could_be(question: Question):
    chance = random.Random(question.name)
    for example in examples_of(question):
        known = given(example, question)
        found = {ORACLES[question.name](completed(known, question, chance)) for _ in range(COMPLETIONS)}
        assert found == set(example.answers), example.command


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_an_example_prints_on_the_page_what_its_command_prints(question: Question):
    known, left_open = examples_of(question)
    page = definitions.question_page(question)
    for example in (known, left_open):
        said = tenfold(*example.arguments)
        assert said.returncode == 0, said.stderr
        assert said.stdout.strip() in page
        assert example.command in page
    assert len(known.answers) == 1
    # A grade by one number has no part that could be known while another is not.
    assert len(left_open.answers) == 2 or len(question.inputs) == 1
    assert any("not known" in line and line.endswith("<- decides") for line in left_open.printed().splitlines())


def test_each_definition_and_fold_has_a_page_of_its_own():
    pages = dict(definitions.pages())
    places = [definitions.place(one) for one in (*QUESTIONS, *FOLDS)]
    assert len(set(places)) == len(places) == len(QUESTIONS) + len(FOLDS)
    assert set(places) | {"reference/definitions/index.md"} == set(pages)
    for question in QUESTIONS:
        page = pages[definitions.place(question)]
        told = [*(item.wording for item in question.inputs), *(one.wording for one in question.criteria)]
        told += [question.question, question.citation, *(guard.outside for guard in question.guards)]
        missing = [words for words in told if words.replace("|", "\\|").replace("<", "&lt;") not in page]
        assert not missing, question.name

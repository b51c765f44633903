"""No dead letter: each level of each criterion is reached, each is also unknown, and each rule gives somebody's answer."""

from __future__ import annotations

import pytest

from rule_coverage import QUESTIONS, UNREACHED, never_reached
from tenfold.logic.decision import Question


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_every_level_and_rule_is_reached_or_says_why_not(question: Question) -> None:
    unexplained = [gap for gap in never_reached(question) if (question.name, gap) not in UNREACHED]
    assert not unexplained


def test_nothing_is_excused_that_is_reached_after_all() -> None:
    by_name = {question.name: question for question in QUESTIONS}
    assert all(gap in never_reached(by_name[name]) for name, gap in UNREACHED)

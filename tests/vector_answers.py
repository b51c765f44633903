"""Answering worked clinical cases: which function answers an area, and one question asked of named values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from tenfold.logic.answering import answer
from tenfold.logic.decision import Question

Fields = dict[str, Any]
ANSWERS: dict[str, Callable[[Fields], Fields]] = {}


class NotYet(Exception):
    """No room answers this yet."""


def area(name: str) -> Callable[[Callable[[Fields], Fields]], Callable[[Fields], Fields]]:
    def register(function: Callable[[Fields], Fields]) -> Callable[[Fields], Fields]:
        ANSWERS[name] = function
        return function

    return register


def ask(question: Question, *, outside_scope: str = "refuse", **known: Any) -> Fields:
    """Answer one question from named values; the question's columns without their prefix."""
    types = {item.name: item.dtype for item in question.inputs}
    unknown = set(known) - set(types)
    if unknown:
        raise NotYet(f"{question.name} does not read {', '.join(sorted(unknown))}")
    row = pl.DataFrame({name: [value] for name, value in known.items()}, {name: types[name] for name in known})
    [answered] = answer(
        row if known else pl.DataFrame({"row": [0]}), [question], outside_scope=outside_scope
    ).to_dicts()
    suffixes = {"": "answer", "_possible": "possible", "_low": "low", "_high": "high", "_scope": "scope"}
    return {name: answered.get(question.key + suffix) for suffix, name in suffixes.items()}

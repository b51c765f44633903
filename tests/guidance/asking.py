"""Asking the questions after remission of raw values: every input, its values, and a patient in one frame."""

from __future__ import annotations

import itertools
import math
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from remission_oracles import REMISSION_ORACLES, REMISSION_STRADDLED, REMISSION_UPPER_OF
from tenfold.logic.answering import answer
from tenfold.logic.decision import Decision

MOST_COMPLETIONS_TRIED = 2_000


def axes_of(question: Decision) -> dict[str, tuple[Any, ...]]:
    """The values of each input that answers the question itself; upper bounds follow their lower ones."""
    read = frozenset().union(*(criterion.reads for criterion in question.criteria)) - set(REMISSION_UPPER_OF)
    return {
        i.name: (False, True) if i.kind == "yes/no" else i.words or REMISSION_STRADDLED[i.name]
        for i in question.inputs
        if i.name in read
    }


def ask(question: Decision, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    filled = [{**row, **{high: row.get(low) for high, low in REMISSION_UPPER_OF.items()}} for row in rows]
    schema = {i.name: i.dtype for i in question.inputs if i.name in filled[0]}
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in filled], schema)
    return answer(frame, [question], outside_scope="compute").to_dicts()


def check_against_the_second_reading(question: Decision) -> None:
    """Complete rows get the second reading's answer; blanked ones all that their values could give, and no others."""
    axes, oracle = axes_of(question), REMISSION_ORACLES[question.name]
    complete = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in axes.items()})

    @given(st.lists(complete, min_size=1, max_size=40), st.sets(st.sampled_from(sorted(axes)), max_size=5))
    def check(rows: list[dict[str, Any]], blanks: set[str]) -> None:
        for row, said in zip(rows, ask(question, rows), strict=True):
            assert said[question.key] == oracle(row), row
        names = sorted(blanks)
        if math.prod(len(axes[name]) for name in names) > MOST_COMPLETIONS_TRIED:
            return
        [said] = ask(question, [{**rows[0], **dict.fromkeys(names)}])
        filled = itertools.product(*(axes[name] for name in names))
        could_be = {oracle({**rows[0], **dict(zip(names, one, strict=True))}) for one in filled}
        possible = set(said[f"{question.key}_possible"])
        assert could_be <= possible
        assert could_be == possible or not said[f"{question.key}_exact"]

    check()

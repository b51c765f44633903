"""What would change an answer: each fact turned alone, all others as they are.

A fact that is known is supposed otherwise; one that is not known is supposed each way it can turn out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tenfold.logic.decision import Question


@dataclass(frozen=True)
class Supposed:
    """One fact supposed: its name and wording, the level supposed and that which is known, and the answers then possible."""

    name: str
    wording: str
    level: str
    known: str | None
    possible: tuple[str, ...]


def would_change(
    question: Question, row: Mapping[str, Any], facts: Collection[str] | None = None
) -> tuple[Supposed, ...]:
    """Return what would change a row's answer, of the criteria named in `facts` (all if None), in the question's order.

    `row` is a row of a frame that `answer` returned.
    """
    codes = tuple(row[criterion.column] for criterion in question.criteria)
    now = question.verdict(codes).possible
    found = []
    for position, criterion in enumerate(question.criteria):
        if facts is not None and criterion.name not in facts:
            continue
        for code, level in enumerate(criterion.levels):
            if code == codes[position]:
                continue
            then = question.verdict((*codes[:position], code, *codes[position + 1 :])).possible
            if then != now:
                known = None if codes[position] is None else criterion.levels[codes[position]]
                found.append(Supposed(criterion.name, criterion.wording, level, known, then))
    return tuple(found)

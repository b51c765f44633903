"""Who is in no group because the answer is one of several, which groups those are, and what would settle it.

A patient of whom nothing narrows the answer is not known; one who is "intermediate or adverse" is known in part, and left
out of every group all the same. Traps: an answer that only a disputed footnote leaves open has every fact on record: no
further test closes it, only a reading that is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from tenfold.cohort.asked_scores import Asked
from tenfold.logic.decision import Decision, Question

HOW_TO_READ = (
    "only the reading of a disputed footnote decides, and no further test. Both readings are kept open unless a settings file "
    'takes one: under [risk], disputed_footnotes = "literally" or "the other way"'
)
MOST_NAMED = 3
"""So many of the facts that would settle an answer are named, the commonest first."""


def unsettled(scores: Sequence[Asked], patients: pl.DataFrame) -> list[str]:
    """A sentence on each model of which somebody's answer is one of several groups. `patients`: the columns of `asked`."""
    said = []
    for score in scores:
        if score.question is not None:
            without = patients.filter(pl.col(score.column("group")).is_null())
            said += what_would_settle(
                score.question, without[score.column("possible")], without[score.column("decided_by")]
            )
    return said


def sets_left_open(question: Question, possible: pl.Series) -> dict[str, int]:
    """How many patients have each set of several groups, in words, the commonest first.

    `possible`: the groups that can still be, of each patient; a set of all groups narrows nothing and does not count.
    """
    sets = Counter(_in_order(question, one) for one in possible.to_list() if one and _narrowed(question, one))
    return {" or ".join(groups): patients for groups, patients in sorted(sets.items(), key=lambda one: (-one[1], one))}


def what_would_settle(question: Question, possible: pl.Series, decided_by: pl.Series) -> list[str]:
    """A sentence or none on those of whom the answer is one of several: how many of which set, and what would settle it.

    `decided_by`: the names of the criteria that an open answer hangs on, of the same patients.
    """
    rows = [
        tuple(by or ())
        for one, by in zip(possible.to_list(), decided_by.to_list(), strict=True)
        if one and _narrowed(question, one)
    ]
    if not rows:
        return []
    sets = ", ".join(f"{named} {patients}" for named, patients in sets_left_open(question, possible).items())
    said = f"{question.name} is one of several groups for {len(rows)} of those who are in none: {sets}."
    reading = question.reading if isinstance(question, Decision) else None
    disputed = sum(row == (reading,) for row in rows)
    if disputed:
        said += f" Of {disputed} {HOW_TO_READ}."
    wording = {criterion.name: criterion.wording for criterion in question.criteria}
    facts = Counter(wording.get(name, name) for row in rows for name in row if name != reading)
    if facts:
        first = sorted(facts.items(), key=lambda one: (-one[1], one[0]))[:MOST_NAMED]
        said += f" What is not known and would settle it: {', '.join(f'{name} (of {patients})' for name, patients in first)}."
    return [said]


def _narrowed(question: Question, possible: list[str]) -> bool:
    """Whether several groups are possible, but not all."""
    return 1 < len(possible) < len(question.answers)


def _in_order(question: Question, possible: list[str]) -> tuple[str, ...]:
    order = list(question.answers)
    return tuple(sorted(possible, key=order.index))

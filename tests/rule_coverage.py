"""Which levels of which criteria, and which rules, the questions of the catalogue ever reach.

    python tests/rule_coverage.py

For every question, from its raw inputs with every cut-off straddled and every input also left out: each level of each
criterion must be seen, each criterion must be seen unknown, each rule must give the answer of some complete patient.
What cannot be reached is listed in `UNREACHED` with its reason; anything else is a dead rule.
"""

from __future__ import annotations

import itertools
import math
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parent))

from oracles import STRADDLED, UPPER_OF
from tenfold.catalogue import QUESTIONS
from tenfold.logic.answering import answer
from tenfold.logic.criterion import Facts
from tenfold.logic.decision import Decision, Input, Question, Score

MOST = 4_000
PATTERNS = 100_000
UNREACHED: dict[tuple[str, str], str] = {
    ("Venetoclax-dose-EU-label", "rule: hypomethylating agent, p gp"): (
        "made for every step of the ramp-up; in the EU the rule to avoid the inhibitor comes before it on the first days"
    ),
}
"""(question, what is never reached) with the reason why not."""


def axes(question: Question) -> dict[str, tuple[Any, ...]]:
    """The values of each input of the question and its guards, and none."""
    read = frozenset().union(*(criterion.reads for criterion in question.examined))
    return {
        item.name: (*_values(item), None) for item in question.inputs if item.name in read and item.name not in UPPER_OF
    }


def _values(item: Input) -> tuple[Any, ...]:
    if item.kind == "yes/no":
        return (False, True)
    if item.kind == "word":
        return item.words
    low, high = item.low or 0.0, item.high or 100.0
    straddled = STRADDLED.get(item.name, (low, (low + high) / 2, high))
    return (17, *straddled) if item.name == "age_years" else straddled


def patterns(question: Question) -> pl.DataFrame:
    """Every pattern of the inputs where they are few, else each input at each value beside many random ones."""
    names = axes(question)
    if math.prod(map(len, names.values())) <= MOST:
        rows = [dict(zip(names, values, strict=True)) for values in itertools.product(*names.values())]
    else:
        chance = random.Random(question.name)
        rows = [{name: chance.choice(values) for name, values in names.items()} for _ in range(MOST // 4)]
        # Most patients have few things at once, and the late rules of long lists are theirs.
        plain = {name: values[0] for name, values in names.items()}
        for _ in range(4 * MOST):
            turned = chance.sample(sorted(names), chance.randint(1, min(5, len(names))))
            rows.append(plain | {name: chance.choice(names[name][:-1]) for name in turned})
    filled = [{**row, **{high: row.get(low) for high, low in UPPER_OF.items() if low in row}} for row in rows]
    schema = {item.name: item.dtype for item in question.inputs if any(item.name in row for row in filled[:1])}
    return pl.DataFrame([{name: row[name] for name in schema} for row in filled], schema)


def never_reached(question: Question) -> list[str]:
    """What of a question none of the patterns reaches, in words."""
    answered = answer(patterns(question), [question], outside_scope="compute")
    missing = []
    for criterion in question.examined:
        seen = set(answered[criterion.column].unique().to_list())
        missing += [f"{criterion.name}: {level}" for code, level in enumerate(criterion.levels) if code not in seen]
        missing += [f"{criterion.name}: not known"] if None not in seen else []
    return missing + _never_fired(question)


def _never_fired(question: Question) -> list[str]:
    """The rules or groups that no complete pattern of criteria reaches, of many with few and with many things at once."""
    chance = np.random.default_rng(0)
    density = chance.choice([0.03, 0.1, 0.2, 0.4, 0.7], size=(PATTERNS, 1))
    turned = chance.random((PATTERNS, len(question.criteria))) < density
    levels = [chance.integers(0, len(criterion.levels), PATTERNS) for criterion in question.criteria]
    codes = [np.where(turned[:, k], levels[k], 0) for k in range(len(levels))]
    if isinstance(question, Decision):
        facts = Facts(question.criteria, lambda position, held: np.asarray(held)[codes[position]])
        holds = np.stack([np.broadcast_to(rule.when(facts), PATTERNS) for rule in question.rules])
        fired = set(np.argmax(holds, axis=0).tolist())
        return [f"rule: {rule.wording}" for k, rule in enumerate(question.rules) if k not in fired]
    assert isinstance(question, Score)
    totals = sum(weights[code] for weights, code in zip(question.hundredths, codes, strict=True))
    given = set(question._groups_of(totals).tolist())
    return [f"group: {name}" for k, name in enumerate(question.answers) if k not in given]


def report() -> list[str]:
    """Every gap with its reason, or that it has none."""
    return [
        f"{question.name}: {gap}: {UNREACHED.get((question.name, gap), 'NO REASON STATED')}"
        for question in QUESTIONS
        for gap in dict.fromkeys(never_reached(question))
    ]


if __name__ == "__main__":
    lines = report()
    criteria = sum(len(question.examined) for question in QUESTIONS)
    rules = sum(len(question.rules) for question in QUESTIONS if isinstance(question, Decision))
    print(*lines, sep="\n")
    print(f"{len(QUESTIONS)} questions, {criteria} criteria, {rules} rules; never reached: {len(lines)}")

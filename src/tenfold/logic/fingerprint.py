"""A fingerprint of a definition: what it asks, reads and answers, in twelve characters.

Two definitions with one fingerprint ask the same of the same inputs, read the same in every patient that was tried, and give the
same answer to every pattern of codes that was tried. Traps: of a criterion's expression it reads what it makes of made-up
patients, not how it is written, so that it outlives another release of Polars; and where there are very many patterns it tries a
fixed sample of them.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import random
from typing import Any

import numpy as np
import polars as pl

from tenfold.logic.criterion import Criterion
from tenfold.logic.decision import Input, Question

MOST_PATTERNS = 2_000
LENGTH = 12
BACKGROUNDS = 6
"""Made-up patients in whom each input is tried at each of its values, beside one of whom nothing is known."""
ROUND_NUMBERS = sorted({*(k * 10.0**e for e in range(-4, 4) for k in range(1, 100)), *map(float, range(401))})
"""Where papers put a boundary: two figures, and whole numbers."""


def fingerprint(question: Question) -> str:
    """Twelve hexadecimal characters that change where a question, or one of its answers, does."""
    inputs = [(one.name, one.kind, one.unit, one.low, one.high, one.words) for one in question.inputs]
    told = {
        "question": (question.name, question.edition, question.question, question.citation, question.reading),
        "inputs": inputs,
        "criteria": [_criterion(one) for one in question.criteria],
        "guards": [(_criterion(one.criterion), one.outside, one.refuses) for one in question.guards],
        "answers": _answers(question),
        "read": _read(question),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:LENGTH]


def _criterion(one: Criterion) -> tuple[Any, ...]:
    return one.name, one.wording, one.levels, one.cuts, one.unit


def _answers(question: Question) -> list[tuple[Any, ...]]:
    """What is answered where nothing is known, and to every complete pattern of codes; of very many, to a fixed sample."""
    nothing = question.verdict((None,) * len(question.criteria))
    complete = question.of_patterns(np.array(_patterns(question.criteria)))
    told = [((answer,), (), total, total) for answer, total in complete]
    return [(nothing.possible, nothing.decided_by, nothing.low, nothing.high), *told]


def _patterns(criteria: tuple[Criterion, ...]) -> list[tuple[int, ...]]:
    levels = [range(len(one.levels)) for one in criteria]
    if math.prod(map(len, levels)) <= MOST_PATTERNS:
        return list(itertools.product(*levels))
    chance = random.Random(0)
    return [tuple(map(chance.choice, levels)) for _ in range(MOST_PATTERNS)]


def _read(question: Question) -> str:
    """The codes of every criterion and guard in made-up patients: each input at each of its values, whatever else is known."""
    chance = random.Random(0)
    values = {one.name: _values(one) for one in question.inputs}
    schema = {one.name: one.dtype for one in question.inputs}
    people = pl.DataFrame(
        [
            dict.fromkeys(values),
            *({name: chance.choice(of) for name, of in values.items()} for _ in range(BACKGROUNDS)),
        ],
        schema,
    )
    tried = [
        people.drop(name).join(pl.DataFrame({name: of}, {name: schema[name]}), how="cross").select(*schema)
        for name, of in values.items()
    ]
    if not tried:
        return ""
    codes = pl.concat(tried).select(criterion.coded for criterion in question.examined)
    digest = hashlib.sha256()
    for column in codes:
        digest.update(column.fill_null(-1).to_numpy().tobytes())
    return digest.hexdigest()


def _values(one: Input) -> list[Any]:
    if one.kind == "number":
        low, high = (-math.inf if one.low is None else one.low), (math.inf if one.high is None else one.high)
        return [number for number in ROUND_NUMBERS if low <= number <= high]
    return [None, *one.words] if one.kind == "word" else [None, False, True]

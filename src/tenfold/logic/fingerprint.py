"""A fingerprint of a definition: what it asks, reads and answers, in twelve characters.

Two definitions with one fingerprint ask the same of the same inputs, by the same criteria, and give the same answer to every
pattern of codes that was tried. Traps: it reads a criterion's wording and cuts, not its expression, so that it outlives another
release of Polars; and where there are very many patterns it tries a fixed sample of them.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import random
from collections.abc import Iterable
from typing import Any

from tenfold.logic.criterion import Criterion
from tenfold.logic.decision import Codes, Question

MOST_PATTERNS = 2_000
LENGTH = 12


def fingerprint(question: Question) -> str:
    """Twelve hexadecimal characters that change where a question, or one of its answers, does."""
    inputs = [(one.name, one.kind, one.unit, one.low, one.high, one.words) for one in question.inputs]
    answers = [_answer(question, codes) for codes in _patterns(question.criteria)]
    told = {
        "question": (question.name, question.edition, question.question, question.citation, question.reading),
        "inputs": inputs,
        "criteria": [_criterion(one) for one in question.criteria],
        "guards": [(_criterion(one.criterion), one.outside, one.refuses) for one in question.guards],
        "answers": answers,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:LENGTH]


def _criterion(one: Criterion) -> tuple[Any, ...]:
    return one.name, one.wording, one.levels, one.cuts, one.unit


def _answer(question: Question, codes: Codes) -> tuple[Any, ...]:
    verdict = question.verdict(codes)
    return verdict.possible, verdict.decided_by, verdict.low, verdict.high


def _patterns(criteria: tuple[Criterion, ...]) -> Iterable[Codes]:
    """Every complete pattern of codes and the one of nothing known; of very many, a fixed sample."""
    nothing: Codes = (None,) * len(criteria)
    levels = [range(len(one.levels)) for one in criteria]
    if math.prod(map(len, levels)) <= MOST_PATTERNS:
        return itertools.chain([nothing], itertools.product(*levels))
    chance = random.Random(0)
    return itertools.chain([nothing], (tuple(map(chance.choice, levels)) for _ in range(MOST_PATTERNS)))

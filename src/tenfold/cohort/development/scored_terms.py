"""A coded term as a criterion of a score: its levels, the weight of each, and the guard for what was never seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

import polars as pl

from tenfold.cohort.development.terms import Term
from tenfold.logic.criterion import Criterion, banded, yes_no
from tenfold.logic.decision import Guard

MOST_STEPS = 120


def criterion_of(term: Term, weights: Sequence[str], citation: str) -> Criterion:
    """Return the criterion of a term, whose levels have the weights of `level_weights`."""
    item = term.input
    if term.coding == "yes/no":
        return yes_no(term.name, item.wording, citation=citation)
    if term.coding == "levels":
        words = (term.reference, *term.levels)
        code = pl.col(term.name).replace_strict(
            {word: level for level, word in enumerate(words)}, default=None, return_dtype=pl.Int8
        )
        return Criterion(term.name, item.wording, code, words, citation=citation)
    if term.coding == "bands":
        return banded(term.name, item.wording, *term.cuts, unit=item.unit or "", citation=citation)
    each, steps, size = _steps(term, weights[0])
    value = pl.col(term.name).cast(pl.Float64).fill_nan(None).clip(term.low, term.high)
    # Half a step is added and the rest cut off; a hair more, so that a value just on the step is over it.
    code = (((value - term.low) * abs(each) * 100 / size) + 0.5 + 1e-9).floor().clip(0, steps).cast(pl.Int16)
    width = size / 100 / abs(each)
    labels = tuple(f"about {min(term.high, term.low + k * width):.4g}" for k in range(steps + 1))
    return Criterion(term.name, item.wording, code, labels, value=term.name, unit=item.unit or "", citation=citation)


def level_weights(term: Term, weights: Sequence[str]) -> str | tuple[str, ...]:
    """The weight of each level above the first, as decimal texts of at most two decimals."""
    if term.coding != "linear":
        return weights[0] if term.coding == "yes/no" else tuple(weights)
    each, steps, size = _steps(term, weights[0])
    sign = 1 if each > 0 else -1
    return tuple(str(Decimal(sign * k * size).scaleb(-2)) for k in range(1, steps + 1))


def totals_between(terms: Sequence[Term], weights: Mapping[str, Sequence[str]]) -> tuple[Decimal, Decimal]:
    """The least and the greatest total that anybody can have."""
    least = greatest = Decimal(0)
    for term in terms:
        runs = zip(weights[term.name], term.ranges, strict=True)
        each = [Decimal(0), *(Decimal(text) * Decimal(str(run)) for text, run in runs)]
        least, greatest = least + min(each), greatest + max(each)
    return least, greatest


def guard_of(term: Term, citation: str) -> Guard:
    """Say, without withholding the answer, that a number lies outside what was seen when the model was made."""
    within = pl.col(term.name).cast(pl.Float64).is_between(term.low, term.high)
    unit = f" {term.input.unit}" if term.input.unit else ""
    seen = f"{term.low:g} to {term.high:g}{unit}"
    return Guard(
        yes_no(f"{term.name}_seen", f"{term.input.wording} within {seen}", within, citation=citation),
        f"{term.input.wording}: made from patients with {seen}; the nearest end of that counts",
        refuses=False,
    )


def _steps(term: Term, weight: str) -> tuple[float, int, int]:
    """The weight a unit, how many steps above the first level, and the hundredths of a step."""
    each = float(weight)
    hundredths = abs(each) * (term.high - term.low) * 100
    size = max(1, math.ceil(hundredths / MOST_STEPS))
    return each, max(1, math.floor(hundredths / size + 0.5)), size

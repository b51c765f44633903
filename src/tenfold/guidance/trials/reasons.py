"""What is said of each criterion of a trial for a patient: its state, the patient's value, and why it bears on the answer."""

from __future__ import annotations

from typing import Any

import polars as pl

from tenfold.guidance.trials.eligibility import EligibilityCriterion
from tenfold.guidance.trials.facts import FACTS, Fact
from tenfold.logic.criterion import Criterion

MATCHES = "matches"
AS_FAR_AS_KNOWN = "matches as far as is known"
DOES_NOT_MATCH = "does not match"
NOT_KNOWN = "not known"
ALLOWS, RULES_OUT = "allows", "rules out"
NO_CRITERION = "no criterion of this trial is structured"

CRITERION_SCHEMA: dict[str, Any] = {
    "kind": pl.String(),
    "wording": pl.String(),
    "state": pl.String(),
    "holds": pl.Boolean(),
    "value": pl.String(),
    "source": pl.String(),
}
"""What is told of a criterion: `state` is "allows", "rules out" or "not known"; `holds` is the wording's own truth."""


def criterion_told(
    criterion: EligibilityCriterion, coded: Criterion, answer_key: str, lacking: frozenset[str]
) -> pl.Expr:
    """Return one criterion of an answered row as a struct of `CRITERION_SCHEMA` and its `reason`.

    `answer_key`: the column of the trial's answer. `lacking`: columns that the picture does not have.
    """
    return pl.struct(
        kind=pl.lit(criterion.kind),
        wording=pl.lit(criterion.wording),
        state=_state(criterion, coded),
        holds=pl.col(coded.column) == 1,
        value=_values(criterion),
        source=pl.lit(criterion.source),
        reason=_reason(criterion, coded, answer_key, lacking),
    )


def _state(criterion: EligibilityCriterion, coded: Criterion) -> pl.Expr:
    good = 1 if criterion.kind == "inclusion" else 0
    code = pl.col(coded.column)
    return (
        pl.when(code.is_null())
        .then(pl.lit(NOT_KNOWN))
        .when(code == good)
        .then(pl.lit(ALLOWS))
        .otherwise(pl.lit(RULES_OUT))
    )


def _reason(criterion: EligibilityCriterion, coded: Criterion, answer_key: str, lacking: frozenset[str]) -> pl.Expr:
    """Why a criterion bears on the answer, where it does: it rules out, or is open where nothing does, or allows."""
    named = {name for condition in criterion.conditions for name in condition.fact.columns} & lacking
    missing = f" (the picture has no {', '.join(sorted(named))})" if named else ""
    state, value = _state(criterion, coded), _values(criterion)
    shown = pl.when(value.is_not_null()).then(pl.format(" ({})", value.fill_null(""))).otherwise(pl.lit(""))
    wanted = (
        pl.when(pl.col(answer_key) == DOES_NOT_MATCH)
        .then(pl.lit(RULES_OUT))
        .when(pl.col(answer_key).is_null())
        .then(pl.lit(NOT_KNOWN))
        .otherwise(pl.lit(ALLOWS))
    )
    text = pl.concat_str(state, pl.lit(f": {coded.wording}"), shown, pl.lit(missing))
    return pl.when(state == wanted).then(text)


def _values(criterion: EligibilityCriterion) -> pl.Expr:
    """What the picture says of the criterion's facts, in words; null where it says nothing."""
    facts = tuple({condition.fact.name: condition.fact for condition in criterion.conditions}.values())
    if len(facts) == 1 and facts[0].bounds:
        return _between(facts[0])
    parts = [
        pl.lit("" if fact.kind == "number" and len(facts) == 1 else f"{_named(name)}: ")
        + _value(name, fact.kind, fact.unit)
        for fact in facts
        for name in fact.columns
    ]
    said = pl.concat_str(parts, separator=", ", ignore_nulls=True)
    return pl.when(said != "").then(said)


def _named(column: str) -> str:
    return FACTS[column].wording if column in FACTS else column


def _value(column: str, kind: str, unit: str) -> pl.Expr:
    value = pl.col(column)
    if kind == "yes/no":
        return value.cast(pl.Boolean).replace_strict({True: "yes", False: "no"}, return_dtype=pl.String)
    if kind == "word":
        return value.cast(pl.String)
    # A whole number is written without decimals.
    number = value.cast(pl.Float64).fill_nan(None).round(2)
    return number.cast(pl.String).str.strip_suffix(".0") + pl.lit(f" {unit}".rstrip())


def _between(fact: Fact) -> pl.Expr:
    """A quantity between two bounds, of which one may not be known."""
    low, high = (_value(name, fact.kind, "") for name in fact.columns)
    either = low.is_not_null() | high.is_not_null()
    exact = pl.format(f"{{}} {fact.unit}", low)
    between = pl.format(f"{{}} to {{}} {fact.unit}", low.fill_null("?"), high.fill_null("?"))
    return pl.when(low == high).then(exact).when(either).then(between)

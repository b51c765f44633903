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


ASKED: dict[str, Any] = {
    "_column": pl.String(),
    "_facts": pl.String(),
    "kind": pl.String(),
    "wording": pl.String(),
    "source": pl.String(),
    "said": pl.String(),
    "missing": pl.String(),
}
"""What a criterion asks, whoever is asked: the column of its code, its facts, and its words."""


def asked(criterion: EligibilityCriterion, coded: Criterion, lacking: frozenset[str]) -> tuple[str, ...]:
    """Return a criterion as a row of `ASKED`. `lacking`: columns that the picture does not have."""
    named = {name for condition in criterion.conditions for name in condition.fact.columns} & lacking
    missing = f" (the picture has no {', '.join(sorted(named))})" if named else ""
    key = facts_key(criterion)
    return (coded.column, key, criterion.kind, criterion.wording, criterion.source, coded.wording, missing)


def told() -> dict[str, pl.Expr]:
    """Return what is told of a row of a criterion asked of a patient, with its `code`, `value` and the trial's `answer`."""
    code = pl.col("code")
    good = pl.when(pl.col("kind") == "inclusion").then(1).otherwise(0)
    state = (
        pl.when(code.is_null())
        .then(pl.lit(NOT_KNOWN))
        .when(code == good)
        .then(pl.lit(ALLOWS))
        .otherwise(pl.lit(RULES_OUT))
    )
    return {"state": state, "holds": code == 1}


def reason() -> pl.Expr:
    """Return why a criterion bears on the answer, where it does: it rules out, or is open where nothing does, or allows."""
    answer, state = pl.col("answer"), pl.col("state")
    wanted = (
        pl.when(answer == DOES_NOT_MATCH)
        .then(pl.lit(RULES_OUT))
        .when(answer == NOT_KNOWN)
        .then(pl.lit(NOT_KNOWN))
        .otherwise(pl.lit(ALLOWS))
    )
    shown = pl.format(" ({})", "value").fill_null("")
    return pl.when(state == wanted).then(pl.concat_str(state, pl.lit(": "), "said", shown, "missing"))


def facts_key(criterion: EligibilityCriterion) -> str:
    """The facts of a criterion by name: criteria of the same facts are told the same value."""
    return ", ".join(dict.fromkeys(condition.fact.name for condition in criterion.conditions))


def value_of(criterion: EligibilityCriterion) -> pl.Expr:
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

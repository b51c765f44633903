"""Which answers of a response set count as the response that is modelled, and who had it, had it not, or is unknown.

Traps: the denominator is the set's own (VEN-PRS and ELN 2022 count all treated, so that who died before any assessment did
not respond); a patient in remission when the treatment began has no response to model; a response that cannot be told is
unknown unless every answer that is possible is in, or out.

Shahswar et al., Leukemia 2025;39:614-622 (all treated as denominator); Döhner et al., Blood 2022;140:1345-1377, Table 8.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tenfold.cohort.response_sets import ResponseSet
from tenfold.cohort.response_tables import CANNOT_BE_TOLD, NOT_EVALUABLE

IN_REMISSION = "in remission when the treatment began"


@dataclass(frozen=True)
class Outcome:
    """A response as an outcome: its name in words and the categories that count as it."""

    name: str
    categories: tuple[str, ...]


def outcome_of(name: str, of: ResponseSet) -> Outcome:
    """Return what a name means in a set: "CRc", "ORR", a category, or categories joined by +. LookupError in words."""
    wanted = _plain(name)
    for composite, parts in of.composites.items():
        short = "orr" if composite.startswith("overall") else "crc"
        if wanted in (short, _plain(composite), _plain(composite.partition("(")[0])):
            return Outcome(composite, parts)
    plain = {_plain(category): category for category in of.categories}
    asked = [_plain(part) for part in name.split("+")]
    if all(part in plain for part in asked) and asked:
        chosen = tuple(category for category in of.categories if _plain(category) in asked)
        return Outcome(" + ".join(chosen), chosen)
    composites = ["ORR" if each.startswith("overall") else "CRc" for each in of.composites]
    raise LookupError(
        f"{name} is no outcome of {of.name}; there are {', '.join([*composites, *of.categories])}, or several joined by +"
    )


def responded(found: pl.DataFrame, outcome: Outcome, of: ResponseSet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return patient_id and `response` (yes or no) of those who count, and `why`, `patients` of those left out.

    `found` is `haematological_responses`.
    """
    wanted = list(outcome.categories)
    possible = pl.col("possible").list
    open_ = pl.col("standing") == CANNOT_BE_TOLD
    never = (pl.col("standing") == NOT_EVALUABLE) & (pl.col("because") != IN_REMISSION)
    told_of = open_ & (possible.len() > 0)
    inside = possible.eval(pl.element().is_in(wanted))
    response = (
        pl.when(pl.col("standing").is_in(of.categories))
        .then(pl.col("standing").is_in(wanted))
        .when(told_of & inside.list.all())
        .then(True)
        .when(told_of & ~inside.list.any())
        .then(False)
        .when(never & (of.denominator == "treated"))
        .then(False)
    )
    told = found.with_columns(response=response)
    lost = told.filter(pl.col("response").is_null())
    counted = lost.group_by(why="because").agg(patients=pl.len().cast(pl.Int64))
    return (
        told.filter(pl.col("response").is_not_null()).select("patient_id", "response"),
        counted.sort("patients", "why", descending=[True, False]),
    )


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())

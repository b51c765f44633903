"""Which answers of a response set count as the response that is modelled, and who had it, had it not, or is unknown.

Traps: the denominator is the set's own (VEN-PRS and ELN 2022 count all treated, so that who died before any assessment did
not respond); a patient in remission when the treatment began has no response to model; a response that cannot be told is
unknown unless every answer that is possible is in, or out.

Shahswar et al., Leukemia 2025;39:614-622 (all treated as denominator); Döhner et al., Blood 2022;140:1345-1377, Table 8.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.response_sets import ResponseSet, Which, haematological_responses
from tenfold.cohort.response_tables import CANNOT_BE_TOLD, NOT_EVALUABLE
from tenfold.cohort.study.index_day import Described, described_at

IN_REMISSION = "in remission when the treatment began"


@dataclass(frozen=True)
class Outcome:
    """A response as an outcome: its name in words and the categories that count as it."""

    name: str
    categories: tuple[str, ...]


@dataclass(frozen=True)
class ResponsesAt:
    """Who responded to the treatment at an index.

    `said`: the outcome in words; `rows`: patient_id and `response`; `left_out`: `why`, `patients`; `notes` bear on a model.
    """

    said: str
    described: Described
    rows: pl.DataFrame
    left_out: pl.DataFrame
    notes: tuple[str, ...]


def responses_at(
    assessment: Assessment, name: str, of: ResponseSet, *, which: Which, index: str, population: str | None = None
) -> ResponsesAt:
    """Return who had an outcome of a set, and who is left out.

    LookupError for an outcome, index or fact that means nothing; ValueError where nobody is treated, or nobody's response
    is known.
    """
    outcome = outcome_of(name, of)
    described = described_at(assessment, index, population)
    if not described.treatments.height:
        raise ValueError(f"nobody has a treatment that begins at the {described.name}")
    found = haematological_responses(described.assessment, described.treatments, of, which=which)
    rows, left_out = responded(found, outcome, of)
    outside = f"no {described.name} with a day on record"
    outside += "" if population is None else f", or not known to have {population}"
    here = described.assessment.patients.height
    for patients, why in (
        (here - described.treatments.height, "no treatment at the index on record"),
        (assessment.patients.height - here, outside),
    ):
        if patients:
            left_out = pl.concat([left_out, pl.DataFrame([(why, patients)], left_out.schema, orient="row")])
    if not rows.height:
        raise ValueError(f"of nobody is it known whether {outcome.name} was reached")
    said = f"{outcome.name}, {of.name}, {which} response to the treatment at the {described.name}"
    # Of a description's notes only that nothing is dated bears on a model.
    return ResponsesAt(said, described, rows, left_out, () if described.dated else described.notes)


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

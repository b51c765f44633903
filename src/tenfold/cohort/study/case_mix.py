"""A study's patients beside another cohort: each covariate in both, as known on the index day, and how far apart they lie.

A difference in what a model finds may be one of patients, not of biology; so the case mix stands beside it, as in the VEN-PRS
paper's comparison of its cohorts. The standardised difference is over the standard deviation in the other cohort (0.1 is
small); the tests are those of a Table 1.

Traps: a p grows small with many patients, a standardised difference does not; whose value is not known takes no part, and the
counts say of how many it is known in each; nothing is pooled, and nobody is matched.

Shahswar et al., Leukemia 2025;39:614-622 (supplement, comparison of cohorts); Debray et al., J Clin Epidemiol 2015;68:279-289.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.asked_scores import asked as scores_of
from tenfold.cohort.development.external import case_mix, compare_case_mix
from tenfold.cohort.development.terms import Term
from tenfold.cohort.group_tests import GroupTest, compare_counts, compare_numbers
from tenfold.cohort.known_at_start import KnownAtStart
from tenfold.cohort.study.baseline_frame import covariate, refuse_later
from tenfold.cohort.study.file import LATER, Study
from tenfold.cohort.study.index_day import Described, described_at
from tenfold.logic.decision import Input

YES = ("no", "yes")


@dataclass(frozen=True)
class StudyCaseMix:
    """`table`: one row a covariate and level; `index` and `populations` in words; `notes`: what could not be compared."""

    name: str
    index: str
    patients: int
    others: int
    population: str | None
    table: pl.DataFrame
    notes: tuple[str, ...]
    simulated: bool


def compared_covariates(study: Study) -> tuple[str, ...]:
    """What is compared: the covariates that are named, else those of the study's groups and models."""
    if study.external is not None and study.external.covariates:
        return study.external.covariates
    named = [one.by for one in study.groups]
    models = [one.covariates for one in study.cox] + [one.covariates for one in study.further.fine_gray]
    models += [one.covariates for one in study.further.responses]
    named += [name for covariates in models for name in covariates]
    return tuple(name for name in dict.fromkeys(named) if name not in LATER)


def study_case_mix(assessment: Assessment, other: Assessment, study: Study) -> StudyCaseMix:
    """Compare a study's patients with its other cohort. ValueError or LookupError, in words, where it cannot be done."""
    asked = study.external
    if asked is None:
        raise ValueError("the study names no [external] cohort")
    names = compared_covariates(study)
    if not names:
        raise ValueError(f"nothing to compare with {asked.name}: name covariates in [external]")
    first = study.endpoints[0]
    index = study.index or (first.clock or first.rule.clock).value
    here = described_at(assessment, index, study.population)
    try:
        there = described_at(other, index, asked.population)
    except (ValueError, LookupError) as error:
        raise ValueError(f"{asked.name}: {error.args[0]}") from None
    rows, notes = [], []
    for name in names:
        try:
            rows += _compared(name, here, there, asked.name, str(first.rule.name))
        except (ValueError, LookupError) as error:
            notes.append(f"{name} is not compared: {error.args[0]}")
    if not rows:
        raise ValueError("; ".join(notes))
    for one, whose in ((here, "the study"), (there, asked.name)):
        if not one.dated:
            notes.append(f"in {whose} no {one.name} has a day: what is known is all that is on record")
    simulated = other.registry.simulated
    return StudyCaseMix(
        name=f"{asked.name} (SIMULATED PATIENTS)" if simulated else asked.name,
        index=here.name,
        patients=here.assessment.patients.height,
        others=there.assessment.patients.height,
        population=asked.population,
        table=pl.DataFrame(rows, infer_schema_length=None),
        notes=tuple(notes),
        simulated=simulated,
    )


def _compared(name: str, here: Described, there: Described, other: str, endpoint: str) -> list[dict[str, Any]]:
    """The rows of one covariate. ValueError or LookupError where one of the cohorts does not have it."""
    mine = _values(name, here.known, endpoint)
    try:
        theirs = _values(name, there.known, endpoint)
    except (ValueError, LookupError) as error:
        raise ValueError(f"in {other} {error.args[0]}") from None
    if mine.dtype.is_numeric() != theirs.dtype.is_numeric():
        raise ValueError(f"it is a number in one cohort and a word in {other}")
    term, test = _term(name, mine, theirs)
    frames = [pl.DataFrame({name: each}) for each in (mine, theirs)]
    own, others = ([row for row in case_mix([term], each, np.empty(0)) if row["input"] == name] for each in frames)
    gaps = compare_case_mix(others, own)["standardised_difference"]
    return [
        {
            "covariate": name,
            "level": one["level"],
            "known": one["n"],
            "study": one["value"] if one["n"] else None,
            "known_external": two["n"],
            "external": two["value"] if two["n"] else None,
            "standardised_difference": gap if one["n"] and two["n"] else None,
            "test": test.name,
            "p": test.p,
        }
        for one, two, gap in zip(own, others, gaps, strict=True)
    ]


def _values(name: str, known: KnownAtStart, endpoint: str) -> pl.Series:
    scores, columns = scores_of([name], known, endpoint)
    if len(scores) > 1:
        raise ValueError(f"it means {', '.join(score.name for score in scores)}: name one in full")
    refuse_later(scores)
    values = columns.select(covariate(scores[0]).alias(name))[name]
    return values if values.dtype.is_numeric() else values.cast(pl.String)


def _term(name: str, mine: pl.Series, theirs: pl.Series) -> tuple[Term, GroupTest]:
    """How a covariate is described, and the test between the cohorts."""
    if mine.dtype.is_numeric():
        numbers = [each.cast(pl.Float64).fill_null(float("nan")).to_numpy() for each in (mine, theirs)]
        return Term(Input(name, name, "number"), "linear"), compare_numbers(numbers)
    levels = [level for level in pl.concat([mine, theirs]).unique().sort() if level is not None]
    counts = [[int((each == level).sum()) for each in (mine, theirs)] for level in levels]
    shown = ("yes",) if levels and set(levels) <= set(YES) else tuple(levels)
    term = Term(Input(name, name, "word", words=shown), "levels", "", shown)
    return term, compare_counts(counts or [[0, 0]])

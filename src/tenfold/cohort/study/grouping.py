"""The groups of a study's curves: a model's, a column's, a number's cut in bands, or a later fact as published.

A group is that known at each patient's time zero. Groups come in their own order: a model's from the lowest risk to the
highest, bands from the lowest, no before yes, words by the alphabet. Traps: who cannot be placed is left out and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.analysis import AnalysisSet, analysis_set
from tenfold.cohort.asked_scores import Asked
from tenfold.cohort.study.file import LATER, AskedEndpoint, AskedGroups
from tenfold.cohort.study.later_facts import graft_days, one_each, warned_of, warned_of_transplant
from tenfold.endpoints.doubtful import Doubtful

EVERYBODY = "all patients"


@dataclass(frozen=True)
class Grouped:
    """The patients of an analysis set with `group` (null: cannot be placed), the groups' order, and the warning if any."""

    set: AnalysisSet
    patients: pl.DataFrame
    order: tuple[str, ...]
    warning: str | None = None


def grouped(
    assessment: Assessment,
    endpoint: AskedEndpoint,
    groups: AskedGroups | None,
    whole: AnalysisSet,
    doubtful: Doubtful = "left out",
) -> Grouped:
    """Return the patients of `whole` in their groups; everybody in one where none are asked for.

    ImmortalTime for a later fact that is not asked for as published; LookupError or ValueError, in words, for a name that
    means nothing, several models, or a column that makes no groups.
    """
    if groups is None:
        return Grouped(whole, whole.patients.with_columns(group=pl.lit(EVERYBODY)), (EVERYBODY,))
    if groups.by in LATER:
        return _by_transplant(assessment, endpoint, groups, whole)
    found = analysis_set(
        assessment,
        [groups.by],
        endpoint.rule,
        endpoint.clock,
        subgroup=whole.subgroup,
        known=whole.known,
        doubtful=doubtful,
    )
    one_each([groups.by], found.scores)
    [score] = found.scores
    warning = warned_of(assessment, endpoint, found.scores, as_published=groups.as_published)
    if groups.cuts:
        names, band = _bands(groups, score)
        return Grouped(found, found.patients.with_columns(group=band), names, warning)
    if not score.groups:
        raise ValueError(f"{groups.by} is a number and has no groups: cut it, e.g. cuts = [{_middle(found, score):g}]")
    return Grouped(
        found, found.patients.with_columns(group=pl.col(score.column("group"))), tuple(score.groups), warning
    )


def _by_transplant(assessment: Assessment, endpoint: AskedEndpoint, groups: AskedGroups, whole: AnalysisSet) -> Grouped:
    if groups.cuts:
        raise ValueError(f"{groups.by} is yes or no: it takes no cuts")
    days = graft_days(assessment.registry)
    warning = warned_of_transplant(assessment, endpoint, days, groups.by, as_published=groups.as_published)
    names = (f"{groups.by}: no", f"{groups.by}: yes")
    named = pl.when("had").then(pl.lit(names[1])).when(~pl.col("had")).then(pl.lit(names[0]))
    split = days.select("patient_id", group=named)
    patients = whole.patients.join(split, on="patient_id", how="left", maintain_order="left")
    return Grouped(whole, patients, names, warning)


def _bands(groups: AskedGroups, score: Asked) -> tuple[tuple[str, ...], pl.Expr]:
    """The names of the bands of a number, and the band of each patient: a cut belongs to the band above it."""
    if score.groups or not score.scored:
        raise ValueError(f"{groups.by} has groups of its own ({', '.join(score.groups)}): leave out cuts")
    cuts = groups.cuts
    names = (
        f"below {cuts[0]:g}",
        *(f"{low:g} to below {high:g}" for low, high in pairwise(cuts)),
        f"{cuts[-1]:g} or more",
    )
    value = pl.col(score.column("score"))
    band = pl.when(value >= cuts[-1]).then(pl.lit(names[-1]))
    below = [pl.when(value < cut).then(pl.lit(name)) for name, cut in zip(names, cuts, strict=False)]
    return names, pl.coalesce(*below, band)


def _middle(found: AnalysisSet, score: Asked) -> float:
    """The median of a number, as an example of a cut."""
    middle = found.patients[score.column("score")].median()
    return float(str(middle)) if middle is not None else 1.0


def in_order(names: Sequence[str], order: Sequence[str]) -> list[str]:
    """The names that are there, in the groups' own order, any other after them by the alphabet."""
    return [*(name for name in order if name in names), *sorted(name for name in names if name not in order)]

"""The patients of a model: one row each with the time, its end, and covariates as known at the patient's own time zero.

Groups keep the order of their model, so that the first group with a patient is what others are compared with. Traps: a
covariate that looks later than time zero is refused, since whoever has it had to live until then (immortal time).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.analysis import AnalysisSet, analysis_set
from tenfold.cohort.asked_scores import Asked
from tenfold.cohort.study.file import LATER, AskedEndpoint, Study
from tenfold.cohort.study.later_facts import one_each

EVERY = "age_years"
"""A column that every registry has, to read a set of which no covariate is wanted."""


@dataclass(frozen=True)
class BaselineFrame:
    """`patients`: patient_id, time_months, entry_months, event, status and each covariate (text in an Enum's order).

    `late`: whether some enter after time zero. `left_out`: `why`, `patients` without a time or outside the population.
    """

    patients: pl.DataFrame
    names: tuple[str, ...]
    late: bool
    left_out: pl.DataFrame
    of: AnalysisSet

    @property
    def entry(self) -> str | None:
        """The column of entries, null where everybody is at risk from time zero."""
        return "entry_months" if self.late else None


def baseline_frame(
    assessment: Assessment,
    study: Study,
    endpoint: AskedEndpoint,
    names: Sequence[str],
    *,
    landmark: float | None = None,
) -> BaselineFrame:
    """Return the patients of a model on one endpoint with the covariates of `names`.

    ValueError, in words, for a fact of the future and a name of several models; LookupError for one that means nothing.
    """
    later = [name for name in names if name in LATER]
    if later:
        raise ValueError(
            f"{later[0]} comes after time zero: it can stand in [[cox]], where it is time-dependent, or in [[groups]] with "
            "landmark_months or simon_makuch = true"
        )
    asked = list(names) or [EVERY]
    found = analysis_set(
        assessment, asked, endpoint.rule, endpoint.clock, subgroup=study.population, landmark_months=landmark
    )
    one_each(asked, found.scores)
    if landmark is None:
        refuse_later(found.scores)
    columns = [covariate(score).alias(name) for name, score in zip(names, found.scores, strict=False)]
    frame = found.patients.select("patient_id", "time_months", "entry_months", "event", "status", *columns)
    lost = found.left_out.filter(pl.col("step") != "no score").select("why", "patients")
    return BaselineFrame(frame, tuple(names), bool((frame["entry_months"] > 0).any()), lost, found)


def refuse_later(scores: Sequence[Asked]) -> None:
    """ValueError for a score that looks later than time zero, with what to do instead."""
    for score in scores:
        if score.later:
            raise ValueError(
                f"{score.name} looks later than time zero: whoever has it had to live until then (immortal time). Compare from "
                f'a landmark instead: [[groups]] by = "{score.name}" with landmark_months'
            )


def covariate(score: Asked) -> pl.Expr:
    """A score as a covariate: its groups in their order, else its value."""
    if score.groups:
        return pl.col(score.column("group")).cast(pl.Enum(score.groups))
    return pl.col(score.column("score"))


def unknown_words(left_out: dict[str, int]) -> str | None:
    """How many a model left out for a value not known, as a sentence; null for nobody."""
    left = {name: count for name, count in left_out.items() if count}
    if not left:
        return None
    return (
        f"left out of the model for a value not known: {', '.join(f'{name} {count}' for name, count in left.items())}"
    )

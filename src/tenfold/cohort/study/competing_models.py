"""The Fine-Gray models of a study, with the cause-specific Cox model of the same patients beside them.

The subdistribution hazard ratio says how a covariate goes with the cumulative incidence; the cause-specific one, how it
goes with the rate among those still without any event. Where they differ the covariate acts on the competing event, and
one without the other misleads.

Traps: a covariate is read as known at time zero; a step taken later (a transplant) has no place in a Fine-Gray model and is
refused, since those with a competing event stay in its risk set. Every model rests on the patients whose covariates are all
known; few events a coefficient make it unstable, and that is said.

Fine and Gray, J Am Stat Assoc 1999;94:496-509; Latouche et al., J Clin Epidemiol 2013;66:648-653 (report both).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.covariates import Coefficient
from tenfold.cohort.cox import CoxModel, cox
from tenfold.cohort.fine_gray import FineGrayModel, fine_gray
from tenfold.cohort.study.asked_models import AskedFineGray
from tenfold.cohort.study.baseline_frame import baseline_frame, unknown_words
from tenfold.cohort.study.file import Study
from tenfold.cohort.too_few import too_few_for_a_ratio

EVENTS_PER_COEFFICIENT = 10
"""Fewer events for each coefficient are named as few: a rule of thumb."""


@dataclass(frozen=True)
class StudyFineGray:
    """A Fine-Gray model of one endpoint. `cause_specific`: the Cox model of the same patients and covariates.

    `table`: one row a coefficient, alone, together and cause-specific; `left_out`: `why`, `patients`.
    """

    asked: AskedFineGray
    label: str
    together: FineGrayModel
    cause_specific: CoxModel
    table: pl.DataFrame
    left_out: pl.DataFrame
    notes: tuple[str, ...]


def study_fine_gray(assessment: Assessment, study: Study, asked: AskedFineGray) -> StudyFineGray:
    """Fit a Fine-Gray model that a study asks for. ValueError or LookupError, in words, where it cannot be fitted."""
    endpoint = study.endpoint(asked.endpoint)
    if not endpoint.rule.competing:
        raise ValueError(f"{endpoint.label} has no competing event: a Fine-Gray model of it would be the Cox model")
    found = baseline_frame(assessment, study, endpoint, asked.covariates)
    frame = found.patients
    of: dict[str, Any] = {"time": "time_months", "cause": "status", "of": "event", "entry": found.entry}
    alone: dict[str, Coefficient] = {}
    notes = []
    for name in asked.covariates:
        try:
            model = fine_gray(frame, covariates=[name], **of)
        except ValueError as error:
            notes.append(f"{name} alone: {error.args[0]}")
            continue
        alone |= {one.name: one for one in model.coefficients}
        notes += [f"{name} alone: {warning}" for warning in model.warnings]
    together = fine_gray(frame, covariates=list(asked.covariates), **of)
    specific = cox(
        frame, time="time_months", event="event", entry=found.entry, covariates=list(asked.covariates)
    )  # fmt: skip
    return StudyFineGray(
        asked,
        endpoint.label,
        together,
        specific,
        _table(alone, together, specific),
        found.left_out,
        (*notes, *_notes(together), *found.of.never_at_risk, *found.of.unsettled),
    )


def _table(alone: dict[str, Coefficient], together: FineGrayModel, specific: CoxModel) -> pl.DataFrame:
    by_name = {one.name: one for one in specific.coefficients}
    rows = [
        {
            "covariate": one.covariate,
            "level": one.level,
            "reference": one.reference,
            "patients": one.n,
            "events": one.events,
            **estimate("alone_subdistribution_hazard_ratio", "alone", alone.get(one.name)),
            **estimate("together_subdistribution_hazard_ratio", "together", one),
            **estimate("cause_specific_hazard_ratio", "cause_specific", by_name.get(one.name)),
        }
        for one in together.coefficients
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def estimate(ratio: str, prefix: str, one: Coefficient | None) -> dict[str, float | None]:
    """A ratio with its interval and p under named columns; null where it cannot be had."""
    values = (None,) * 4 if one is None else (one.ratio, one.low, one.high, one.p)
    return dict(zip((ratio, f"{prefix}_low", f"{prefix}_high", f"{prefix}_p"), values, strict=True))


def _notes(model: FineGrayModel) -> list[str]:
    notes = list(model.warnings)
    said = unknown_words(model.left_out)
    if said:
        notes.append(said)
    notes += too_few_for_a_ratio(model.coefficients, model.n, model.events)
    per = model.events / max(len(model.coefficients), 1)
    if per < EVENTS_PER_COEFFICIENT:
        notes.append(f"{per:.1f} events for each coefficient: few; read the intervals, not the point estimates")
    return notes

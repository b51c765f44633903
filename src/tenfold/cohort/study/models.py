"""The Cox models of a study: each covariate alone and all together, with the check of proportional hazards.

Covariates are read as known at each patient's time zero. "transplant" as a covariate is time-dependent: a patient counts
without it until its day and with it from then on (Mantel-Byar). Traps: the multivariable model rests on the patients who
have every covariate; few events a covariate make it unstable, and that is said; where other events compete the hazard is
cause-specific (competing events censored), and a ratio of it is none of incidences; a covariate or stratum that looks later
than time zero is refused unless asked for as published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.analysis import analysis_set, times_of
from tenfold.cohort.cox import CoxModel, cox, univariable
from tenfold.cohort.proportional_hazards import proportional_hazards
from tenfold.cohort.study.file import LATER, AskedCox, AskedEndpoint, Study
from tenfold.cohort.study.later_facts import graft_days, one_each, warned_of
from tenfold.cohort.time_dependent import split_at_transplant
from tenfold.cohort.too_few import too_few_for_a_ratio
from tenfold.records.timeline import DAYS_PER_MONTH

EVENTS_PER_COVARIATE = 10
"""Fewer events for each coefficient are named as few: a rule of thumb."""
TRANSPLANT, TRANSPLANTED = "transplant", "transplanted"


@dataclass(frozen=True)
class StudyCox:
    """A Cox model of one endpoint. `patients`: how many it rests on, each counted once, before and after a transplant.

    `table`: one row a coefficient, alone and together; `notes` say what to keep in mind; `warning` stands beside a model with
    a fact of the future, asked for as published.
    """

    asked: AskedCox
    label: str
    together: CoxModel
    patients: int
    table: pl.DataFrame
    notes: tuple[str, ...]
    cause_specific: bool = False
    warning: str | None = None


def study_cox(assessment: Assessment, study: Study, asked: AskedCox) -> StudyCox:
    """Fit a Cox model that a study asks for. ValueError, in words, where it cannot be fitted; ImmortalTime for a covariate or
    stratum that looks later than time zero, unless as published.
    """
    endpoint = study.endpoint(asked.endpoint)
    dated = [name for name in asked.strata if name in LATER]
    if dated:
        raise ValueError(f"{dated[0]} is dated after time zero and cannot be a stratum: make it a covariate")
    baseline = [*asked.covariates, *asked.strata]
    baseline = [name for name in baseline if name not in LATER]
    names = baseline or ["age_years"]
    found = analysis_set(assessment, names, endpoint.rule, endpoint.clock, subgroup=study.population)
    one_each(names, found.scores)
    warning = warned_of(assessment, endpoint, found.scores, as_published=asked.as_published)
    frame = found.patients.select(
        "patient_id",
        "time_months",
        "entry_months",
        "event",
        *(
            # Groups keep their model's order: the first that anybody is in is what others are compared with.
            (
                pl.col(score.column("group")).cast(pl.Enum(score.groups))
                if score.groups
                else pl.col(score.column("score"))
            ).alias(name)
            for name, score in zip(names, found.scores, strict=True)
        ),
    )
    late = bool((frame["entry_months"] > 0).any())
    options: dict[str, Any] = {"time": "time_months", **({"entry": "entry_months"} if late else {})}
    at_start = [name for name in asked.covariates if name not in LATER]
    alone = univariable(frame, event="event", covariates=at_start, **options)
    covariates = at_start
    if TRANSPLANT in asked.covariates:
        frame = _with_transplant(assessment, endpoint, frame)
        options = {"time": "stop", "entry": "start"}
        alone |= univariable(frame, event="event", covariates=[TRANSPLANTED], **options)
        covariates = [TRANSPLANTED if name == TRANSPLANT else name for name in asked.covariates]
    together = cox(frame, event="event", covariates=covariates, strata=list(asked.strata), **options)
    unknown = {name: frame.filter(pl.col(name).is_null()) for name in together.left_out}
    used = frame.drop_nulls(list(unknown))
    left_out = {name: rows["patient_id"].n_unique() for name, rows in unknown.items()}
    return StudyCox(
        asked,
        endpoint.label,
        together,
        used["patient_id"].n_unique(),
        _table(alone, together),
        (*_notes(together, left_out), *found.never_at_risk, *found.unsettled),
        cause_specific=bool(endpoint.rule.competing),
        warning=warning,
    )


def _with_transplant(assessment: Assessment, endpoint: AskedEndpoint, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with one row for each interval before and after a transplant. ValueError where a day is not known."""
    rows = times_of(assessment, endpoint.rule, endpoint.clock)
    days = graft_days(assessment.registry).rename({"had": "grafted"})
    told = frame.join(rows.select("patient_id", "start_day"), on="patient_id", how="left", maintain_order="left")
    told = told.join(days, on="patient_id", how="left", maintain_order="left")
    unknown = told["grafted"].null_count()
    if unknown:
        raise ValueError(
            f"{endpoint.label}: whether they were transplanted is not known of {unknown} patients; record the transplants "
            "(an empty transplants table says that there were none)"
        )
    undated = told.filter((pl.col("fact_day").is_null() | pl.col("start_day").is_null()) & pl.col("grafted"))
    if undated.height:
        raise ValueError(
            f"{endpoint.label}: the day of the transplant or of the start is not known of {undated.height}"
        )
    told = told.with_columns(transplant_months=(pl.col("fact_day") - pl.col("start_day")) / DAYS_PER_MONTH)
    return split_at_transplant(
        told, time="time_months", event="event", transplant="transplant_months", entry="entry_months"
    )


def _table(alone: dict[str, CoxModel], together: CoxModel) -> pl.DataFrame:
    """One row a coefficient: hazard ratio alone, hazard ratio together, and the test of proportional hazards."""
    by_name = {one.name: one for one in together.coefficients}
    try:
        departure = {name: test.p for name, test in proportional_hazards(together).of.items()}
    except ValueError:
        departure = {}
    rows = []
    for model in alone.values():
        for one in model.coefficients:
            other = by_name.get(one.name)
            rows.append(
                {
                    "covariate": one.covariate,
                    "level": one.level,
                    "reference": one.reference,
                    "patients": one.n,
                    "events": one.events,
                    "alone_hazard_ratio": one.ratio,
                    "alone_low": one.low,
                    "alone_high": one.high,
                    "alone_p": one.p,
                    "together_hazard_ratio": other.ratio if other else None,
                    "together_low": other.low if other else None,
                    "together_high": other.high if other else None,
                    "together_p": other.p if other else None,
                    "proportional_hazards_p": departure.get(one.covariate),
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def _notes(model: CoxModel, left_out: dict[str, int]) -> tuple[str, ...]:
    notes = list(model.warnings)
    if left_out:
        said = ", ".join(f"{name} {count}" for name, count in left_out.items())
        notes.append(f"patients left out of the model for a value not known: {said}")
    notes += too_few_for_a_ratio(model.coefficients, model.n, model.events)
    per = model.events / max(len(model.coefficients), 1)
    if per < EVENTS_PER_COVARIATE:
        notes.append(f"{per:.1f} events for each coefficient: few; read the intervals, not the point estimates")
    return tuple(notes)

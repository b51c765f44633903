"""Curves by a later fact, made soundly: from a landmark, or (Simon and Makuch) with each patient moving at the fact.

At a landmark only those still followed without the event count, from it on, by what had happened by then: a transplant, or
the response that a column or model looks at. A Simon-Makuch curve counts a patient without transplant until its day and
with it from then on, and is tested by Mantel and Byar's test; `landmark_months` beside it is where its curves begin.

Traps: a landmark answers only for those who reach it, and must be fixed beforehand; a Simon-Makuch curve follows no set of
patients; the fitter are transplanted, and nothing here undoes that. Whether a patient was transplanted must be recorded.

Anderson, Cain and Gelber, J Clin Oncol 1983;1:710-719; Simon and Makuch, Stat Med 1984;3:35-44; Mantel and Byar, J Am Stat
Assoc 1974;69:81-86.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.analysis import analysis_set, times_of
from tenfold.cohort.delayed_entry import kaplan_meier_from
from tenfold.cohort.groups import log_rank
from tenfold.cohort.incidence import CENSORED, Incidence, gray_test, incidence
from tenfold.cohort.study.asked_models import AskedLandmark
from tenfold.cohort.study.curves import EVENT, EVERY
from tenfold.cohort.study.file import LATER, AskedEndpoint, Study
from tenfold.cohort.study.later_facts import graft_days
from tenfold.cohort.survival import Curve, kaplan_meier
from tenfold.cohort.time_dependent import WITH, WITHOUT, simon_makuch
from tenfold.records.timeline import DAYS_PER_MONTH

LOG_RANK, GRAY, MANTEL_BYAR = "log-rank test", "Gray's test", "Mantel-Byar test"
WORDS = {"event": EVENT, "competing": "competing event", "censored": CENSORED}


@dataclass(frozen=True)
class StudyLandmark:
    """Curves by a later fact. `from_`: what their time counts from, in words.

    `patients`: patient_id, time_months (from there), event, status, group (null in a Simon-Makuch curve, where patients
    move). `curves`, or of an endpoint with competing events `incidences`; `p` of `test`; `left_out`: `why`, `patients`.
    """

    asked: AskedLandmark
    endpoint: AskedEndpoint
    title: str
    from_: str
    patients: pl.DataFrame
    curves: dict[str, Curve]
    incidences: dict[str, Incidence]
    table: pl.DataFrame
    test: str
    p: float | None
    left_out: pl.DataFrame
    notes: tuple[str, ...]


def study_landmark(
    assessment: Assessment, study: Study, asked: AskedLandmark, endpoint: AskedEndpoint
) -> StudyLandmark:
    """Make the curves of one endpoint. ValueError or LookupError, in words, where they cannot be made."""
    return (
        _moving(assessment, study, asked, endpoint) if asked.simon_makuch else _at(assessment, study, asked, endpoint)
    )


def _at(assessment: Assessment, study: Study, asked: AskedLandmark, endpoint: AskedEndpoint) -> StudyLandmark:
    assert asked.months is not None  # a study file without it is refused
    names = [EVERY] if asked.by in LATER else [asked.by]
    found = analysis_set(
        assessment, names, endpoint.rule, endpoint.clock, subgroup=study.population, landmark_months=asked.months
    )
    if asked.by in LATER:
        frame = found.patients.join(
            _by_then(assessment, endpoint, asked), on="patient_id", how="left", maintain_order="left"
        )
        order = [f"{asked.by} by then: no", f"{asked.by} by then: yes"]
    else:
        if len(found.scores) != 1 or not found.scores[0].groups:
            raise ValueError(f"{asked.by} has no groups, or means several models: name one model, or a yes/no column")
        frame = found.patients.with_columns(group=pl.col(found.scores[0].column("group")))
        order = list(found.scores[0].groups)
    kept = frame.filter(pl.col("group").is_not_null()).sort("patient_id")
    lost = found.left_out.filter(pl.col("step") != "no score").select("why", "patients")
    open_ = frame.height - kept.height
    if open_:
        why = f"not known by the landmark: {asked.by}"
        lost = pl.concat([lost, pl.DataFrame([(why, open_)], lost.schema, orient="row")])
    if not kept.height:
        raise ValueError(f"nobody is left at {asked.months:g} months of whom {asked.by} is known")
    late = bool((kept["entry_months"] > 0).any())
    parts = {name: part for name in order if (part := kept.filter(pl.col("group") == name)).height}
    curves: dict[str, Curve] = {}
    incidences: dict[str, Incidence] = {}
    for name, part in parts.items():
        months, entry = part["time_months"].to_numpy(), part["entry_months"].to_numpy()
        if endpoint.rule.competing:
            incidences[name] = incidence(months, _causes(part), entry=entry if late else None)
        else:
            happened = part["event"].to_numpy()
            curves[name] = kaplan_meier_from(entry, months, happened) if late else kaplan_meier(months, happened)
    test, p = _tested(kept, endpoint, late=late, order=list(parts))
    return StudyLandmark(
        asked,
        endpoint,
        f"{endpoint.label}, by {asked.by.replace('_', ' ')} by {asked.months:g} months",
        f"the landmark, {asked.months:g} months after the {found.clock.partition(' + ')[0]}",
        kept.select("patient_id", "time_months", "event", "status", "group"),
        curves,
        incidences,
        _table(
            endpoint, asked, curves, incidences, {name: part["event"].sum() for name, part in parts.items()}, study, p
        ),
        test,
        p,
        lost,
        (*found.notes, *found.unsettled),
    )


def _by_then(assessment: Assessment, endpoint: AskedEndpoint, asked: AskedLandmark) -> pl.DataFrame:
    """Patients with and without a transplant by the landmark: patient_id, `group`; null where that is not recorded."""
    rows = times_of(assessment, endpoint.rule, endpoint.clock).select("patient_id", "start_day")
    days = rows.join(graft_days(assessment.registry), on="patient_id", how="left", maintain_order="left")
    assert asked.months is not None
    by_then = (pl.col("fact_day") - pl.col("start_day")) / DAYS_PER_MONTH <= asked.months
    had = pl.when(pl.col("had")).then(by_then).otherwise(pl.col("had"))
    said = (
        pl.when(had)
        .then(pl.lit(f"{asked.by} by then: yes"))
        .when(~had)
        .then(pl.lit(f"{asked.by} by then: no"))
    )  # fmt: skip
    return days.select("patient_id", group=said)


def _moving(assessment: Assessment, study: Study, asked: AskedLandmark, endpoint: AskedEndpoint) -> StudyLandmark:
    if endpoint.rule.competing:
        raise ValueError("other events compete: a Simon-Makuch curve is of one event; give landmark_months instead")
    found = analysis_set(assessment, [EVERY], endpoint.rule, endpoint.clock, subgroup=study.population)
    if (found.patients["entry_months"] > 0).any():
        raise ValueError("patients enter late: a Simon-Makuch curve begins for everybody at time zero")
    rows = times_of(assessment, endpoint.rule, endpoint.clock).select("patient_id", "start_day")
    told = found.patients.join(rows, on="patient_id", how="left", maintain_order="left")
    told = told.join(graft_days(assessment.registry), on="patient_id", how="left", maintain_order="left")
    sure = (~pl.col("had") | (pl.col("fact_day").is_not_null() & pl.col("start_day").is_not_null())).fill_null(False)
    kept = told.filter(sure).with_columns(transplant_months=(pl.col("fact_day") - pl.col("start_day")) / DAYS_PER_MONTH)
    kept = kept.with_columns(pl.when("had").then("transplant_months").alias("transplant_months"))
    start = asked.months or 0.0
    drawn = simon_makuch(kept, time="time_months", event="event", transplant="transplant_months", start=start)
    lost = found.left_out.filter(pl.col("step") != "no score").select("why", "patients")
    for why, many in (
        ("whether or when they were transplanted is not known", told.height - kept.height),
        (f"their time ended by {start:g} months, where the curves begin", drawn.ended_before),
    ):
        if many:
            lost = pl.concat([lost, pl.DataFrame([(why, many)], lost.schema, orient="row")])
    curves: dict[str, Curve] = {WITHOUT: drawn.without, WITH: drawn.transplanted}
    events = dict(drawn.mantel_byar.groups.select("group", "events").iter_rows())
    p = drawn.mantel_byar.p
    patients = kept.select("patient_id", "time_months", "event", "status", group=pl.lit(None, pl.String))
    return StudyLandmark(
        asked,
        endpoint,
        f"{endpoint.label}, Simon-Makuch by {asked.by}",
        f"the {found.clock}",
        patients,
        {name: curve for name, curve in curves.items() if curve.n},
        {},
        _table(endpoint, asked, curves, {}, events, study, p),
        MANTEL_BYAR,
        p,
        lost,
        (
            *found.notes,
            "A patient counts without transplant until its day and with it from then on, so under both headings.",
        ),
    )


def _causes(part: pl.DataFrame) -> list[str]:
    return [WORDS[status] for status in part["status"]]


def _tested(
    patients: pl.DataFrame, endpoint: AskedEndpoint, *, late: bool, order: list[str]
) -> tuple[str, float | None]:
    name = GRAY if endpoint.rule.competing else LOG_RANK
    if len(order) < 2 or not patients["event"].any() or (late and endpoint.rule.competing):
        return name, None
    months, group = patients["time_months"].to_numpy(), patients["group"].to_list()
    if endpoint.rule.competing:
        return name, gray_test(months, _causes(patients), group).tests[EVENT].p
    entry = patients["entry_months"].to_numpy() if late else None
    return name, log_rank(months, patients["event"].to_numpy(), group, entry=entry, order=order).p


def _table(
    endpoint: AskedEndpoint,
    asked: AskedLandmark,
    curves: dict[str, Curve],
    incidences: dict[str, Incidence],
    events: dict[str, Any],
    study: Study,
    p: float | None,
) -> pl.DataFrame:
    """One row a group: patients, events, median (of curves), share at each of the study's landmarks, p."""
    rows = []
    for name, one in (incidences or curves).items():
        row: dict[str, Any] = {
            "endpoint": endpoint.label,
            "by": asked.by,
            "landmark_months": asked.months,
            "group": name,
            "patients": one.n,
            "events": int(events.get(name, 0)),
        }
        if isinstance(one, Curve):
            median = one.median()
            row |= {"median_months": median.value, "median_low": median.low, "median_high": median.high}
        for month in study.landmarks_months:
            value: tuple[float | None, ...] = (None, None, None)
            if isinstance(one, Curve):
                at = one.at(month)
                value = (at.survival, at.low, at.high)
            elif EVENT in one.causes:
                found = one.at(EVENT, month)
                value = (found.incidence, found.low, found.high)
            names = (f"at_{month:g}_months", f"at_{month:g}_low", f"at_{month:g}_high")
            row |= dict(zip(names, value, strict=True))
        rows.append(row | {"p": p})
    return pl.DataFrame(rows, infer_schema_length=None)

"""A cohort's report: patients, molecular response, endpoints with their curves, and who is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from tenfold.assessment import RISK_MODELS, Assessment
from tenfold.cohort.outcomes import EVERYBODY, Outcome, Outcomes, outcomes
from tenfold.figures.kaplan_meier import kaplan_meier_figure
from tenfold.figures.response import MOST_PATIENTS, before_and_after, best_responses, comparable, response_counts
from tenfold.guidance.venetoclax.toxicity import toxicity
from tenfold.guidance.venetoclax.toxicity_summary import toxicity_summary
from tenfold.mrd.levels import UNSCALED
from tenfold.records.csv_out import write_csv
from tenfold.records.registry import Registry
from tenfold.reports.card import card
from tenfold.reports.impossible import impossible_of, impossible_view
from tenfold.reports.page import patient_picture, patient_view, render
from tenfold.reports.pictures import Picture, number, picture
from tenfold.reports.simulated import labelled, mark
from tenfold.reports.tables import in_short, outside_scope
from tenfold.reports.text import either

MOST_ROWS = 200
MOST_SECTIONS = 50
"""A cohort of more patients gets no section for each: their pages are made one by one."""


def cohort_page(
    assessment: Assessment,
    *,
    title: str,
    lead: Sequence[str] = (),
    groups: Mapping[str, str] | None = None,
    findings: Mapping[str, Any] | None = None,
    found: Outcomes | None = None,
) -> str:
    """Return a cohort's report, with a section for each patient where they are no more than 50.

    `groups` gives the group of each patient whose curves are compared; `found` are the outcomes where they are at hand.
    """
    found = outcomes(assessment, groups) if found is None else found
    ids = assessment.patients["patient_id"].to_list()
    sections = ids if len(ids) <= MOST_SECTIONS else []
    cards = {patient: card(assessment, patient) for patient in sections}
    return render(
        "cohort.html.j2",
        assessment,
        title=title,
        lead=lead,
        whole=_whole(assessment, found, sections),
        findings=findings,
        patients=[(one, patient_view(cards[one]), patient_picture(assessment, one)) for one in sections],
    )


def write_outcomes(found: Outcomes, registry: Registry, folder: Path) -> list[str]:
    """Write every patient's times, every curve and who is left out as CSV; return the file names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {
        "endpoints.csv": registry.dated(_together([outcome.times for outcome in found.reached])),
        "curves.csv": _together(
            [
                curve.steps.select(
                    endpoint=pl.lit(str(outcome.rule.name)),
                    clock=pl.lit(outcome.clock),
                    group=pl.lit(group),
                    time_months="time",
                    at_risk="at_risk",
                    events="events",
                    censored="censored",
                    survival="survival",
                    low="low",
                    high="high",
                )
                for outcome in found.reached
                for group, curve in outcome.curves.items()
            ]
        ),
        "left_out.csv": found.left_out,
    }
    for name, frame in names.items():
        shown = frame if name == "endpoints.csv" else labelled(frame, registry.simulated)
        write_csv(shown, folder / name)
    return [*names, *mark(folder, registry.simulated)]


def _together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames) if frames else pl.DataFrame()


def _whole(assessment: Assessment, found: Outcomes, sections: Sequence[str]) -> dict[str, Any]:
    best = best_responses(assessment.responses)
    families = sorted(set(best["family"].unique()) - {UNSCALED})
    return {
        "counts": _counts(assessment),
        "patients": _patients(assessment, found, best),
        "outside_scope": outside_scope(assessment),
        "responses": picture(
            lambda width: response_counts(best, width=width),
            "Number of treatments by best molecular response, each regimen.",
        ),
        "levels": [drawn for family in families if (drawn := _levels(best, family))],
        "outcomes": [_outcome(outcome) for outcome in found.reached],
        "left_out": [tuple(row.values()) for row in found.left_out.to_dicts()],
        "impossible": impossible_view(impossible_of(assessment)),
        "toxicity": _toxicity(assessment),
    }


def _toxicity(assessment: Assessment) -> list[dict[str, Any]]:
    """Toxicity of cycle 1 (as FILO prints it) and of all cycles (as Tiong does); nothing where no cycle is recorded."""
    cycles = toxicity(assessment.registry)
    if not cycles.height:
        return []
    asked: tuple[tuple[str, tuple[int, ...] | None], ...] = (("cycle 1", (1,)), ("all cycles", None))
    return [
        {"title": title, "rows": [_toxicity_row(row) for row in toxicity_summary(cycles, numbers).to_dicts()]}
        for title, numbers in asked
    ]


def _toxicity_row(row: Mapping[str, Any]) -> tuple[Any, ...]:
    share = "" if row["percent"] is None else f"{row['patients']} ({row['percent']:.0f} %)"
    days = ""
    if row["median_days"] is not None:
        days = f"{row['median_days']:g} ({row['quartile_1_days']:g} to {row['quartile_3_days']:g})"
    return row["what"], share, row["evaluable"], row["not_evaluable"], days


def _levels(best: pl.DataFrame, family: int) -> Picture | None:
    return picture(
        lambda width: before_and_after(best, family, width=width),
        "Residual disease before treatment and at best response, one line a treatment.",
        cut=comparable(best, family).height > MOST_PATIENTS,
    )


def _counts(assessment: Assessment) -> list[str]:
    states = Counter(
        either(row) if row is not None else "no MRD sample" for row in assessment.patients["state_possible"].to_list()
    )
    said = ", ".join(f"{count} {state}" for state, count in states.most_common())
    lines = [f"{assessment.patients.height} patients. Molecular state now: {said}."]
    return [*lines, *set_aside_in_words(assessment.registry)]


def set_aside_in_words(registry: Registry) -> list[str]:
    """How many rows could not be used, and which patients have none left; nothing where all were used."""
    aside = registry.set_aside
    if not aside.height:
        return []
    said = f"{aside.height} row{'s' * (aside.height > 1)} of the records could not be used; tenfold check names each."
    lost = aside.join(registry.patient_ids(), on="patient_id", how="anti")["patient_id"].drop_nulls().unique().sort()
    if not len(lost):
        return [said]
    named = ", ".join([*lost.head(5), *(["..."] if len(lost) > 5 else [])])
    return [said, f"{len(lost)} patient{'s' * (len(lost) > 1)} with no row that can be used are not counted: {named}."]


def _patients(assessment: Assessment, found: Outcomes, best: pl.DataFrame) -> dict[str, Any]:
    """One row a patient: who, molecular state, best response, scores, and the time to each endpoint."""
    people = {row["patient_id"]: row for row in assessment.registry.table("patients").to_dicts()}
    risks = {row["patient_id"]: row for row in assessment.risk.to_dicts()}
    last_best = {row["patient_id"]: row for row in best.sort("patient_id", "line_start").to_dicts()}
    clocks = [outcome.rule.name for outcome in found.reached]
    timed = [{row["patient_id"]: row for row in outcome.times.to_dicts()} for outcome in found.reached]
    rows = []
    for patient in assessment.patients.head(MOST_ROWS).to_dicts():
        name = patient["patient_id"]
        person, response = people.get(name, {}), last_best.get(name)
        rows.append(
            (
                name,
                ", ".join(str(part) for part in (person.get("sex"), _years(person)) if part),
                either(patient["state_possible"]) if patient["state_possible"] else "no MRD sample",
                f"{response['response']} ({response['regimen'] or 'regimen not recorded'})" if response else "",
                *(in_short(model, risks[name][f"{model.key}_possible"]) for model in RISK_MODELS),
                *(_time(times.get(name)) for times in timed),
            )
        )
    columns = ["patient", "sex, age", "molecular state", "last molecular response"]
    columns += [model.name for model in RISK_MODELS]
    columns += [
        f"{endpoint}, months" + (f" from {outcome.clock}" if clocks.count(endpoint) > 1 else "")
        for endpoint, outcome in zip(clocks, found.reached, strict=True)
    ]
    first = 4 + len(RISK_MODELS)
    return {
        "columns": columns,
        "rows": rows,
        "numbers": tuple(range(first, first + len(timed))),
        "more": assessment.patients.height if assessment.patients.height > MOST_ROWS else None,
    }


def _years(person: Mapping[str, Any]) -> str | None:
    age = person.get("age_at_diagnosis_years") or person.get("age_years")
    return f"{age:g}" if age is not None else None


def _time(row: Mapping[str, Any] | None) -> str:
    """A time for reading: "11.8+" while the event has not happened."""
    return "" if row is None else f"{row['time_months']:.1f}" + ("" if row["event"] else "+")


def _outcome(outcome: Outcome) -> dict[str, Any]:
    data = outcome.as_data()
    clock, meaning, source = data["clock"], data["meaning"], data["citation"]
    if outcome.source == "reported":
        clock, meaning = f"a clock {clock}", f"without the event of {data['endpoint']}"
        source = "The endpoint's definition is the reporter's own"
    drawn = picture(
        lambda width: kaplan_meier_figure(
            {"": outcome.curves[EVERYBODY]} if set(outcome.curves) == {EVERYBODY} else outcome.curves,
            y_title=f"{data['endpoint']}, % of patients",
            x_title=f"months from {clock}",
            width=width,
        ),
        f"Kaplan-Meier curve of {data['endpoint']}; the table below gives its numbers.",
    )
    caption = (
        f"{data['endpoint']}: {meaning}; time from {clock}, {data['times']}. Kaplan-Meier with 95 %"
        f" log-log intervals; ticks are patients followed no longer. {source}."
    )
    return {"picture": drawn, "caption": caption, "rows": [_group(group) for group in data["groups"]]}


def _group(group: Mapping[str, Any]) -> tuple[str | int, ...]:
    followed = group["follow_up_months"]
    plain = followed["plain_median_of_times"]
    return (
        group["group"],
        group["n"],
        group["events"],
        _with_interval(group["median_months"]),
        *(_share(at) for at in group["at_months"]),
        _with_interval(followed["reverse_kaplan_meier"]),
        f"{plain:.1f} ({followed['shortest']:.1f}-{followed['longest']:.1f})",
    )


def _with_interval(quantile: Mapping[str, float | None]) -> str:
    low, high = (number(quantile[bound]) for bound in ("low", "high"))
    said = number(quantile["value"])
    return said if low == high == "not reached" else f"{said} ({low} to {high})"


def _share(at: Mapping[str, Any]) -> str:
    if at["survival"] is None:
        return "nobody followed so long"
    said = f"{100 * at['survival']:.0f} %"
    return said if at["low"] is None else f"{said} ({100 * at['low']:.0f}-{100 * at['high']:.0f})"

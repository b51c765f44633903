"""A patient in remission as lines: where on the way, the next samples, what may follow, and the question of stopping."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.guidance.remission.after_remission import (
    CYCLE_4,
    MAINTENANCE,
    OBSERVATION,
    RECHALLENGE,
    TRANSPLANT,
    TRANSPLANT_IN_CR1,
)
from tenfold.guidance.remission.journey import JOURNEY, STATIONS
from tenfold.guidance.remission.stopping import AGAINST_STOPPING, NEVER_AN_ORDER, STOPPING_QUESTIONS
from tenfold.logic.decision import Decision
from tenfold.logic.explain import Explanation, Reading, explain
from tenfold.reports.options import evidence_rows

EVIDENCE = {
    OBSERVATION.name: ("EV040",),
    TRANSPLANT.name: ("EV044", "EV045"),
    CYCLE_4.name: ("EV038", "EV039"),
    RECHALLENGE.name: ("EV025",),
}
STOPPING_EVIDENCE = ("EV040", "EV042", "EV023")
MUST_NOT_BE = frozenset(
    criterion.wording
    for question in STOPPING_QUESTIONS
    for criterion in question.criteria
    if criterion.name in AGAINST_STOPPING
)
Line = Callable[[str, str | None], dict[str, Any]]


def next_lines(assessment: Assessment, patient_id: str, line: Line) -> list[dict[str, Any]]:
    """When which sample is due next, and what is overdue; the schedule and its source."""
    rows = assessment.next_samples.filter(pl.col("patient_id") == patient_id).to_dicts()
    return [line(_due(assessment, row), row["source"]) for row in rows]


def _due(assessment: Assessment, row: Mapping[str, Any]) -> str:
    def day(name: str) -> str | None:
        return None if row[name] is None else assessment.registry.format_day(row[name])

    first, last = day("earliest_day"), day("latest_day")
    window = (
        f"{first} to {last}" if first and last else f"from {first}" if first else f"by {last}" if last else "no date"
    )
    late = {True: "OVERDUE, ", False: "", None: ""}[row["overdue"]]
    what = f"{row['marker']} in {row['tissue']}" if row["tissue"] else str(row["marker"])
    verified = "" if row["verified"] else " (not verified in the source)"
    return f"{late}{what}: {window} - {row['schedule']}: {row['because']}{verified}"


def remission_sections(assessment: Assessment, patient_id: str, line: Line) -> list[tuple[str, list[dict[str, Any]]]]:
    """What may follow the remission, and the question of stopping venetoclax; nothing outside a remission."""
    [row] = assessment.remission.filter(pl.col("patient_id") == patient_id).to_dicts()
    if row["relapsed_or_refractory"]:
        return []
    journey = explain(JOURNEY, row)
    sections = []
    if journey.possible:
        stations = [f"[{name}]" if name in journey.possible else name for name in STATIONS]
        sections = [("On the way to treatment-free remission", [line(" > ".join(stations), JOURNEY.citation)])]
    after = [_answer(question, row, line) for question in _asked(row)]
    return [
        *sections,
        ("After remission", [part for parts in after for part in parts]),
        *_stopping(assessment, row, line),
    ]


def _asked(row: Mapping[str, Any]) -> list[Decision]:
    """The questions that are not refused and whose answer says something of this patient."""
    asked = (CYCLE_4, OBSERVATION, MAINTENANCE, TRANSPLANT, TRANSPLANT_IN_CR1, RECHALLENGE)
    told = []
    for question in asked:
        possible = row[f"{question.key}_possible"]
        if possible and len(possible) < len(question.answers):
            told.append(question)
    return told


def _answer(question: Decision, row: Mapping[str, Any], line: Line) -> list[dict[str, Any]]:
    explained = explain(question, row)
    why = f" ({explained.rules[0]})" if len(explained.rules) == 1 and explained.rules[0] else ""
    name = question.name.replace("-", " ")
    found = [line(f"{name}: {explained.brief}{why}", question.citation)]
    return found + _evidence(EVIDENCE.get(question.name, ()), line)


def _criteria(explained: Explanation) -> list[str]:
    """The criteria of stopping that speak for it, against it, and those not known."""
    good = {one.wording for one in explained.because if one.level == _wanted(one)}
    lists = {
        "fulfilled": [_valued(one) for one in explained.because if one.wording in good],
        "against": [_valued(one) for one in explained.because if one.level is not None and one.wording not in good],
        "not known": [one.wording for one in explained.because if one.level is None],
    }
    return [f"{name}: {'; '.join(found)}" for name, found in lists.items() if found]


def _valued(one: Reading) -> str:
    said = one.wording if one.level == "yes" else f"not: {one.wording}"
    return f"{said} ({one.value})" if one.value else said


def _wanted(one: Reading) -> str:
    """The level that speaks for stopping: no for what must not be."""
    return "no" if one.wording in MUST_NOT_BE else "yes"


def _evidence(names: Sequence[str], line: Line) -> list[dict[str, Any]]:
    told = []
    for row in evidence_rows(names):
        n = "" if row["n"] is None else f", n {row['n']}"
        told.append(line(f"{row['study']} ({row['population']}{n}): {row['said']}", row["citation"]))
    return told


def _stopping(assessment: Assessment, row: Mapping[str, Any], line: Line) -> list[tuple[str, list[dict[str, Any]]]]:
    """The question by the chosen duration with every criterion, and by the other durations in short."""
    chosen = assessment.settings["guidance.stopping_duration"]
    by_name = {question.name.removeprefix("Stopping-venetoclax-"): question for question in STOPPING_QUESTIONS}
    question = by_name.pop(chosen.replace(" ", "-"), STOPPING_QUESTIONS[0])
    explained = explain(question, row)
    if not explained.possible:
        return []
    lines = [line(f"{explained.brief} (duration: {chosen})", question.citation)]
    lines += [line(text, question.citation) for text in _criteria(explained)]
    others = {name.replace("-", " "): explain(other, row) for name, other in by_name.items()}
    told = "; ".join(f"{name}: {' or '.join(other.possible)}" for name, other in others.items())
    lines.append(line(f"by the other published durations: {told}", question.citation))
    lines.append(line(NEVER_AN_ORDER, None))
    return [("Stopping venetoclax", lines + _evidence(STOPPING_EVIDENCE, line))]

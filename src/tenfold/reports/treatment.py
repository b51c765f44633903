"""A patient's venetoclax as lines: what each source prints for the dose of the day, interactions, and cytopenias by cycle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.calculator import answer_to
from tenfold.guidance.venetoclax.cycle_length import CYCLE_IN_PRACTICE, PRACTICE
from tenfold.guidance.venetoclax.dose_data import CAUTIONS
from tenfold.guidance.venetoclax.dosing import DOSE_QUESTIONS, NEVER_AN_ORDER, NOT_STATED, TAKEN
from tenfold.guidance.venetoclax.interactions import medicines
from tenfold.guidance.venetoclax.picture import dosing, venetoclax_lines
from tenfold.guidance.venetoclax.toxicity import LINEAGES, toxicity
from tenfold.logic.answering import answer
from tenfold.logic.decision import Decision
from tenfold.logic.explain import explain
from tenfold.records.registry import Registry
from tenfold.records.timeline import FAR, placed

Line = Callable[[str, str | None], dict[str, Any]]
TOXICITY_SOURCE = "CTCAE v5.0 (thresholds not verified); reported as by Tiong et al. and FILO 2025"
MOST_CYCLES = 3
FIRST_DAYS = 7
"""For so long after the first dose what belongs to its beginning is said: ours."""


def treatment_lines(assessment: Assessment, patient_id: str, line: Line) -> list[dict[str, Any]]:
    """Doses of the day by source for a patient on venetoclax, its interactions, and the last cycles' toxicity."""
    registry = assessment.registry.patient(patient_id)
    day = _day(registry, assessment.on)
    found = [] if day is None else _dose(registry, assessment, patient_id, day, line)
    return found + _toxicity(registry, assessment, patient_id, line)


def _day(registry: Registry, on: int | None) -> int | None:
    """The day of the assessment, else the last day on record."""
    if on is not None:
        return on
    days = [placed(registry, name)["earliest_day"].max() for name in ("treatments", "cycles", "counts", "mrd_samples")]
    known = [int(day) for day in days if isinstance(day, int) and -FAR < day < FAR]
    return max(known, default=None)


def _dose(registry: Registry, assessment: Assessment, patient_id: str, day: int, line: Line) -> list[dict[str, Any]]:
    if not venetoclax_lines(registry, day).height:
        return []
    mine = pl.col("patient_id") == patient_id
    picture = assessment.risk.filter(mine).select("patient_id", "in_remission")
    [row] = dosing(registry, picture, day).to_dicts()
    told = [explain(question, row) for question in DOSE_QUESTIONS]
    when = f"day {row['venetoclax_day']:.0f}"
    closed = [one for one in told if len(one.possible) == 1 and one.answer != NOT_STATED]
    lines = [line(f"{one.edition}, {when}: {one.headline}", one.citation) for one in closed]
    lines += [line(text, source) for text, source in _if_nothing_interacts(row, when)]
    open_ = [one for one in told if len(one.possible) > 1]
    if open_:
        sources = ", ".join(one.edition for one in open_)
        lines.append(line(f"{when}, by {sources}: {open_[0].brief}", open_[0].citation))
    if row["sources_differ"]:
        lines.append(line("the labels and the consensus differ: a pharmacist decides", None))
    lines += [
        line(f"{one['drug']}: {one['note']}", one["source"] or None)
        for one in medicines(registry, day).to_dicts()
        if one["acts"]
        and one["note"]
        and (one["cyp3a4"] in ("strong", "moderate", "disputed") or one["p_gp"] or one["inducer"])
    ]
    lines += [line(f"{one.about}: {one.text}", one.source) for one in CAUTIONS if _concerns(one.about, row)]
    return [*lines, line(NEVER_AN_ORDER, None)]


def _if_nothing_interacts(row: Mapping[str, Any], when: str) -> list[tuple[str, str]]:
    """The doses that open answers come to if nothing interacts and the liver is sound, each once, with who prints it."""
    none = {one.name: False for one in TAKEN if row[one.name] is None} | {"child_pugh": row["child_pugh"] or "none"}
    printed: dict[str, list[Decision]] = {}
    for question in DOSE_QUESTIONS:
        if len(row[f"{question.key}_possible"]) > 1:
            told = answer_to(question, {**row, **none})
            if told["answer"] is not None and told["answer"] != NOT_STATED:
                printed.setdefault(told["headline"], []).append(question)
    unless = "only if no medicine interacts and the liver is not severely impaired, which is not known"
    return [
        (f"{', '.join(one.edition for one in those)}, {when}: {told} - {unless}", those[0].citation)
        for told, those in printed.items()
    ]


def _concerns(about: str, row: Mapping[str, Any]) -> bool:
    """Whether a caution beside every dose concerns this patient; in the first days also where that is not known."""
    early = row["venetoclax_day"] <= FIRST_DAYS
    fact = {"posaconazole": "posaconazole", "inhibitor stopped": "posaconazole", "QT interval": "qt_stacking"}.get(
        about
    )
    if fact is not None:
        return row[fact] is True or (row[fact] is None and early)
    if about == "tumour lysis":
        return early and row["in_remission"] is not True
    return early and about == "kidney"


def _toxicity(registry: Registry, assessment: Assessment, patient_id: str, line: Line) -> list[dict[str, Any]]:
    if registry.table("cycles").is_empty():
        return []
    cycles = toxicity(registry).filter(pl.col("start_day").is_not_null()).to_dicts()
    said = [(one, text) for one in cycles[-MOST_CYCLES:] if (text := _cycle(one))]
    lines = [line(f"cycle {one['cycle']}: {text}", TOXICITY_SOURCE) for one, text in said]
    if said and (grade := said[-1][0]["neutropenia_grade"]) is not None:
        remission = assessment.risk.filter(pl.col("patient_id") == patient_id)["in_remission"]
        asked = pl.DataFrame({"in_remission": remission, "neutropenia_grade": [float(grade)]})
        [row] = answer(asked, [CYCLE_IN_PRACTICE]).to_dicts()
        if PRACTICE in row[f"{CYCLE_IN_PRACTICE.key}_possible"]:
            lines.append(line(f"in practice: {explain(CYCLE_IN_PRACTICE, row).headline}", CYCLE_IN_PRACTICE.citation))
    return lines


def _cycle(one: dict[str, Any]) -> str:
    """The cytopenias, fever and transfusions of one cycle, as far as they are known."""
    parts = []
    for name in LINEAGES:
        grade = one[f"{name}_grade"]
        if grade is not None:
            days = one[f"{name}_grade_4_days"]
            lasted = f" for {days} days" if grade == 4 and days is not None else ""
            parts.append(f"{name} grade {grade}{lasted}")
    parts += [words for name, words in FOUND.items() if one[name]]
    return ", ".join(parts)


FOUND = {
    "febrile_neutropenia": "febrile neutropenia",
    "red_cell_transfusion": "red cells transfused",
    "platelet_transfusion": "platelets transfused",
}

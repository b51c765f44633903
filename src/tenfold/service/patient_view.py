"""All that the page of one patient shows as of a day: worked out once for each revision of the records, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.figures import style
from tenfold.figures.heading import SIMULATED, headed
from tenfold.figures.timeline import has_timeline, timeline
from tenfold.logic.at_once import of_one_patient
from tenfold.records.asof import days_of_change
from tenfold.records.registry import EPOCH, Registry
from tenfold.reports.board import Elsewhere, board
from tenfold.reports.card import card
from tenfold.reports.page import changed_settings, patient_view
from tenfold.reports.queries import data_queries
from tenfold.reports.streams import place
from tenfold.service.answers import Answers
from tenfold.service.attention import entries_of
from tenfold.service.store.centre import Centre, Patient
from tenfold.service.ways_out import incomplete_tables
from tenfold.vocabulary import Happening
from tenfold.worklist import undecided

ON_THE_PAGE = Elsewhere(
    models="under “Risk, by every model” below",
    open="under “In detail” below all are listed",
    evidence="under Evidence, search for {}",
)
WIDTHS = {"wide": style.WIDE, "narrow": style.NARROW}
CAPTION = (
    "Above: residual disease on its own logarithmic scale. Hollow: not detected, at the limit of detection where one is"
    " recorded; pointing down: below quantification, at the most it can be. Below: treatments (blue: with venetoclax) and"
    " events, in order. A pale bar: its end is not on record; an arrow: nothing on record ended it. A pale band stands for a day that was not published or recorded: it shows order, not time; on a grey"
    " ground time has no scale."
)
View = dict[str, Any]


def view_of(answers: Answers, centre: Centre, patient: Patient, on: int | None, about: dict[str, Any]) -> View | None:
    """What is shown of a patient as of a day; None where nothing was known by it."""
    key = ("patient page", *_key(centre, patient, about), on)
    return answers.drawn(key, lambda: shown(answers.of_patient(centre, patient, on, about), patient.patient_id))


def days_of(answers: Answers, centre: Centre, patient: Patient) -> list[int]:
    """The days on which something of the patient became known, in order."""

    def make() -> list[int]:
        return days_of_change(centre.registry([patient.id])[0])

    return answers.drawn(("days", centre.id, patient.id, patient.revision), make)


def timeline_of(
    answers: Answers, centre: Centre, patient: Patient, on: int | None, about: dict[str, Any], width: str
) -> str | None:
    """The patient's timeline as SVG, "wide" or "narrow"; None where there is nothing to draw."""

    def make() -> str | None:
        return picture_of(answers.of_patient(centre, patient, on, about), patient.patient_id, WIDTHS[width])

    return answers.drawn(("timeline", *_key(centre, patient, about), on, width), make)


@of_one_patient
def picture_of(assessment: Assessment, patient_id: str, width: int) -> str | None:
    """A patient's timeline as SVG, which says itself that its patient is simulated; None where there is nothing to draw."""
    chart = timeline(assessment, patient_id, width)
    if chart is not None and assessment.registry.simulated:
        chart = headed(chart, SIMULATED, width=width)
    return None if chart is None else style.svg(chart)


def _key(centre: Centre, patient: Patient, about: Mapping[str, Any]) -> tuple[Any, ...]:
    return centre.id, patient.id, patient.revision, about["settings_revision"]


def nothing_known(registry: Registry) -> bool:
    """Whether there is no record but of what is complete."""
    return all(frame.is_empty() for name, frame in registry.tables.items() if name != "completeness")


def shown(assessment: Assessment, patient_id: str) -> View | None:
    """What is shown of a patient of an assessment, wherever the records come from; None where nothing was known."""
    if nothing_known(assessment.registry) or patient_id not in assessment.patients["patient_id"]:
        return None
    told = card(assessment, patient_id)
    one = patient_view(told)
    board_page = board(assessment, told, elsewhere=ON_THE_PAGE)
    rows = list(zip(told["models"], one["model_rows"], strict=True))
    return {
        "one": one,
        "board": board_page,
        "who": ", ".join(filter(None, [told["sex"], told["age"]])),
        "worklist": entries_of(assessment),
        "open_entries": undecided(assessment).to_dicts(),
        "models": [row for view, row in rows if view["applies"] != "outside its scope"],
        "outside": [row for view, row in rows if view["applies"] == "outside its scope"],
        "disagreement": disagreement(told["models"]),
        "history": history_rows(assessment, patient_id),
        "incomplete": incomplete_tables(assessment.registry, patient_id),
        "missing": [_question(one) for one in data_queries(assessment)],
        "drawn": has_timeline(assessment, patient_id),
        "changed": changed_settings(assessment.settings),
    }


def disagreement(models: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The models that apply, or may, and use the same words, side by side: `groups` and, by model, where it can put the patient.

    `differ`: no group is left in which all of them can be.
    """
    together: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for view in models:
        if view["possible"] and view["applies"] != "outside its scope":
            together.setdefault(tuple(view["groups"]), []).append(view)
    return [
        {
            "groups": groups,
            "rows": [(one["model"], [_cell(one["possible"], group) for group in groups]) for one in views],
            "differ": not set.intersection(*(set(one["possible"]) for one in views)),
        }
        for groups, views in together.items()
        if len(views) > 1
    ]


def _cell(possible: Sequence[str], group: str) -> str:
    return "" if group not in possible else "here" if len(possible) == 1 else "possible"


def history_rows(assessment: Assessment, patient_id: str) -> list[tuple[str, str, str]]:
    """Every dated fact of a patient in order: when, what, and in detail."""
    registry = assessment.registry
    told = []
    for row in assessment.history.filter(pl.col("patient_id") == patient_id).to_dicts():
        detail = [row["detail"]]
        if row["kind"] == Happening.TREATMENT:
            detail += [
                row["intent"],
                {True: "with venetoclax", False: None, None: "venetoclax not known"}[row["venetoclax"]],
            ]
            detail.append(
                f"until {registry.format_day(row['end_day'])}" if row["end_day"] is not None else "end not recorded"
            )
        what = f"{row['kind']} {row['number']}" if row["number"] is not None else str(row["kind"])
        told.append((place(registry, row), what, ", ".join(filter(None, detail))))
    return told


def _question(one: Any) -> dict[str, Any]:
    return {
        "question": one.question,
        "row": one.row,
        "why": one.why,
        "consequence": str(one.consequence),
        "sort": str(one.sort),
    }


def signed_by(about: Mapping[str, Any], on: int | None) -> date | None:
    """The last day of which signed reasons are read as of a day; None for all, as on days without a calendar."""
    return None if on is None or about["axis"] == "relative" else date.fromordinal(EPOCH.toordinal() + on)

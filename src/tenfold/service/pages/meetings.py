"""The meeting page: today's patients in one list, what was decided of each and by whom, and later what followed."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from tenfold.assessment import Assessment
from tenfold.history import followed
from tenfold.records.csv_out import write_csv
from tenfold.records.registry import calendar_date
from tenfold.reports.board import board
from tenfold.reports.card import card
from tenfold.service.access.permissions import Permission
from tenfold.service.pages.worklist import PATIENCE, open_entries, seen_on
from tenfold.service.store import meetings as store
from tenfold.service.store.outcome import Refused
from tenfold.service.visitor import Visitor, requires

router = APIRouter(prefix="/meetings", include_in_schema=False)
Reader = Annotated[Visitor, requires(Permission.READ)]
Decider = Annotated[Visitor, requires(Permission.DECIDE)]
COLUMNS = ("patient_id", "on", "option", "reason", "decided_by", "recorded_by", "withdrawn", "followed")
STANDS = "Where the patient stands"


@router.get("")
def meetings(visitor: Reader) -> HTMLResponse:
    """Every meeting, and the latest decisions with what followed."""
    return _list(visitor)


def _list(visitor: Visitor, said: str = "", status: int = 200) -> HTMLResponse:
    return visitor.page(
        "meetings.html.j2",
        status,
        said=said,
        today=_written(visitor, visitor.day(None)),
        meetings=store.meetings(visitor.centre),
        decisions=_with_outcomes(visitor, store.decisions(visitor.centre)),
    )


def _written(visitor: Visitor, day: int | None) -> str:
    """A day as the store holds it: a date, or a day number."""
    if day is None:
        return ""
    return str(day) if visitor.about["axis"] == "relative" else calendar_date(day).isoformat()


def _day_given(visitor: Visitor, on: str) -> str:
    day = visitor.day(on or None)
    if day is None:
        raise Refused("give the day as a number, such as 120: this centre keeps no dates")
    return _written(visitor, day)


@router.post("")
def add(visitor: Decider, title: Annotated[str, Form()] = "", on: Annotated[str, Form()] = "") -> Response:
    """Add a meeting."""
    try:
        number = store.add_meeting(visitor.centre, _day_given(visitor, on), title)
    except Refused as error:
        return _list(visitor, _sentence(error), 422)
    return visitor.to(f"/meetings/{number}")


@router.get("/decisions.csv")
def as_table(visitor: Annotated[Visitor, requires(Permission.IMPORT)]) -> Response:
    """Every decision with what followed, as a table."""
    rows = [
        {
            "patient_id": one["patient_id"],
            "on": one["on"],
            "option": one["option"],
            "reason": one["reason"],
            "decided_by": one["decided_by"],
            "recorded_by": one["account_name"],
            "withdrawn": one["withdrawn_reason"],
            "followed": "; ".join(one["followed"]),
        }
        for one in _with_outcomes(visitor, store.decisions(visitor.centre))
    ]
    table = BytesIO()
    write_csv(pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String)), table)
    headers = {"content-disposition": 'attachment; filename="decisions.csv"'}
    return Response(table.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{number}")
def meeting(visitor: Reader, number: str) -> HTMLResponse:
    """One meeting: each patient's short page, with a form for the decision."""
    return _meeting(visitor, number)


def _meeting(
    visitor: Visitor, number: str, said: str = "", given: dict[str, str] | None = None, status: int = 200
) -> HTMLResponse:
    found = store.meeting(visitor.centre, number)
    decided = _with_outcomes(visitor, store.decisions(visitor.centre))
    listed = {one["id"] for one in found["patients"]}
    seen = seen_on(visitor, visitor.day(None), PATIENCE) if found["patients"] else None
    entries = [] if seen is None else open_entries(visitor, seen).to_dicts()
    return visitor.page(
        "meeting.html.j2",
        status,
        said=said,
        given=given or {},
        meeting=found,
        patients=[
            {
                **one,
                **_shown(visitor, one["id"]),
                "attention": [entry for entry in entries if entry["patient_id"] == one["patient_id"]],
                "decisions": [row for row in decided if row["patient"] == one["id"]],
            }
            for one in found["patients"]
        ],
        others=[one for one in visitor.centre.patients() if one.id not in listed],
        today=_written(visitor, visitor.day(None)),
    )


def _shown(visitor: Visitor, key: str) -> dict[str, Any]:
    """What is shown of a patient at a meeting: where they stand, and the options that stand for them."""
    patient = visitor.centre.patient(key)
    assessment = visitor.service.answers.of_patient(visitor.centre, patient, visitor.day(None), visitor.about)
    if patient.patient_id not in assessment.patients["patient_id"]:
        return {"who": "nothing was known of this patient by today", "stands": [], "options": []}
    made = ("board", visitor.centre.id, key, patient.revision, visitor.about["settings_revision"], assessment.on)
    page = visitor.service.answers.drawn(made, lambda: board(assessment, card(assessment, patient.patient_id)))
    stands: list[dict[str, Any]] = next((part["lines"] for part in page["sections"] if part["title"] == STANDS), [])
    return {
        "who": page["who"],
        "stands": [line["text"] for line in stands],
        "options": [f"{one['says']} ({one['standing']})" for one in page["options"]],
    }


@router.post("/{number}/patients")
def list_patient(
    visitor: Decider, number: str, patient: Annotated[str, Form()], question: Annotated[str, Form()] = ""
) -> Response:
    """Put a patient on the list."""
    try:
        store.list_patient(visitor.centre, number, patient, question)
    except Refused as error:
        return _meeting(visitor, number, _sentence(error), status=422)
    return visitor.to(f"/meetings/{number}")


@router.post("/{number}/patients/{key}/remove")
def remove(visitor: Decider, number: str, key: str) -> Response:
    """Take a patient off the list."""
    store.unlist_patient(visitor.centre, number, key)
    return visitor.to(f"/meetings/{number}")


@router.post("/{number}/patients/{key}/decision")
def decide(
    visitor: Decider,
    number: str,
    key: str,
    option: Annotated[str, Form()] = "",
    other: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    decided_by: Annotated[str, Form()] = "",
) -> Response:
    """Record what was decided of a patient, with what was shown when it was."""
    found = store.meeting(visitor.centre, number)
    shown = _shown(visitor, key)
    try:
        store.decide(
            visitor.centre,
            key,
            on=found["on"],
            option=other if other.strip() else option,
            reason=reason,
            decided_by=decided_by,
            stood={"stands": shown["stands"], "options": shown["options"]},
            meeting_id=number,
        )
    except Refused as error:
        given = {"key": key, "option": option, "other": other, "reason": reason, "decided_by": decided_by}
        return _meeting(visitor, number, _sentence(error), given, 422)
    return visitor.to(f"/meetings/{number}#patient-{key}")


@router.post("/decisions/{decision}/withdraw")
def withdraw(visitor: Decider, decision: str, reason: Annotated[str, Form()] = "") -> Response:
    """Withdraw a decision that was recorded in error."""
    store.withdraw(visitor.centre, decision, reason)
    return visitor.to("/meetings")


def _with_outcomes(visitor: Visitor, decisions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Decisions with what followed each, as the records of today say."""
    if not decisions:
        return []
    assessment = visitor.service.answers.of_centre(visitor.centre, visitor.day(None), visitor.about)
    return [{**one, "followed": _followed(visitor, assessment, one)} for one in decisions]


def _followed(visitor: Visitor, assessment: Assessment, decision: dict[str, Any]) -> list[str]:
    day = visitor.day(decision["on"])
    assert day is not None
    registry = assessment.registry
    lines = []
    for row in followed(assessment.history, decision["patient_id"], day).to_dicts():
        what = f"{row['kind']} ({row['detail']})" if row["detail"] else row["kind"]
        exact = row["earliest_day"] == row["latest_day"]
        lines.append(
            f"{what}: {registry.format_day(row['earliest_day'])}, {row['earliest_day'] - day} days later"
            if exact
            else f"{what}: on or after {registry.format_day(row['earliest_day'])}"
        )
    return lines


def _sentence(error: Exception) -> str:
    return f"{str(error)[:1].upper()}{str(error)[1:]}."

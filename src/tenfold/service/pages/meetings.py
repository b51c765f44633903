"""The meeting page: today's patients in one list, what was decided of each and by whom, and later what followed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from io import BytesIO
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from tenfold.records.csv_out import write_csv
from tenfold.records.registry import calendar_date
from tenfold.reports.board import board
from tenfold.reports.card import card
from tenfold.service.access.permissions import Permission
from tenfold.service.attention import entries_of
from tenfold.service.discreet import FAULTS, where
from tenfold.service.exports import in_file_names
from tenfold.service.store import meetings as store
from tenfold.service.store.centre import Patient
from tenfold.service.store.closings import closings, still_open
from tenfold.service.store.outcome import Conflict, Refused
from tenfold.service.visitor import Visitor, requires
from tenfold.service.what_followed import with_outcomes

log = logging.getLogger("tenfold.service")
router = APIRouter(prefix="/meetings", include_in_schema=False)
Reader = Annotated[Visitor, requires(Permission.READ)]
Decider = Annotated[Visitor, requires(Permission.DECIDE)]
COLUMNS = ("patient_id", "on", "option", "reason", "decided_by", "recorded_by", "withdrawn", "followed")
SHOWN = 100
"""Decisions on the page of all meetings."""
DAYS = range(-36_525, 36_526)
"""The days that a meeting can have: a century around 1970, or around day 0."""
STANDS = "Where the patient stands"


@router.get("")
def meetings(visitor: Reader) -> HTMLResponse:
    """Every meeting, and the latest decisions with what followed."""
    return _list(visitor)


def _list(visitor: Visitor, said: str = "", status: int = 200) -> HTMLResponse:
    decisions = store.decisions(visitor.centre)
    return visitor.page(
        "meetings.html.j2",
        status,
        said=said,
        today=_written(visitor, visitor.day(None)),
        meetings=store.meetings(visitor.centre),
        decisions=_with_outcomes(visitor, decisions[:SHOWN]),
        older=max(0, len(decisions) - SHOWN),
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
    if day not in DAYS:
        raise Refused(f"{on[:40]} is too far away for the day of a meeting")
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
            "followed": "; ".join(one["followed"]) or one["untold"],
        }
        for one in _with_outcomes(visitor, store.decisions(visitor.centre))
    ]
    visitor.took("decisions", decisions=len(rows))
    table = BytesIO()
    write_csv(pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String)), table)
    name = f"decisions-{in_file_names(visitor.about)}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(table.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{number}")
def meeting(visitor: Reader, number: str) -> HTMLResponse:
    """One meeting: each patient's short page, with a form for the decision."""
    return _meeting(visitor, number)


def _meeting(
    visitor: Visitor, number: str, said: str = "", given: dict[str, str] | None = None, status: int = 200
) -> HTMLResponse:
    found = store.meeting(visitor.centre, number)
    listed = {one["id"] for one in found["patients"]}
    about = [one for one in store.decisions(visitor.centre) if one["patient"] in listed]
    decided = _with_outcomes(visitor, about)
    day = visitor.day(None)
    people = visitor.centre.patients()
    patients = {one.id: one for one in people}
    return visitor.page(
        "meeting.html.j2",
        status,
        said=said,
        given=given or {},
        meeting=found,
        patients=[
            {
                **one,
                **_seen(visitor, patients[one["id"]], day),
                "revision": patients[one["id"]].revision,
                "decisions": [row for row in decided if row["patient"] == one["id"]],
            }
            for one in found["patients"]
        ],
        others=[one for one in people if one.id not in listed],
        today=_written(visitor, day),
    )


def _seen(visitor: Visitor, patient: Patient, day: int | None) -> dict[str, Any]:
    """What is shown of a patient; one who cannot be assessed is said so, and the rest of the list stands."""
    try:
        return _shown(visitor, patient, day)
    except FAULTS as error:
        log.error("a patient cannot be assessed: %s", where(error))
        return {"who": "the records of this patient cannot be assessed", "attention": [], "stands": [], "options": []}


def _shown(visitor: Visitor, patient: Patient, day: int | None) -> dict[str, Any]:
    """What is shown of a patient at a meeting: what needs attention, where they stand, and the options that stand for them."""
    assessment = visitor.service.answers.of_patient(visitor.centre, patient, day, visitor.about)
    if patient.patient_id not in assessment.patients["patient_id"]:
        return {"who": "nothing was known of this patient by today", "attention": [], "stands": [], "options": []}
    made = ("board", visitor.centre.id, patient.id, patient.revision, visitor.about["settings_revision"], day)
    page, entries = visitor.service.answers.drawn(
        made, lambda: (board(assessment, card(assessment, patient.patient_id)), entries_of(assessment))
    )
    stands: list[dict[str, Any]] = next((part["lines"] for part in page["sections"] if part["title"] == STANDS), [])
    return {
        "who": page["who"],
        "attention": still_open(entries, closings(visitor.centre)).to_dicts(),
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
    revision: Annotated[str, Form()] = "",
    settings: Annotated[str, Form()] = "",
    shown_on: Annotated[str, Form()] = "",
) -> Response:
    """Record what was decided of a patient, with what the form showed. Conflict if the records or settings have changed since,
    or it was shown before yesterday.
    """
    found = store.meeting(visitor.centre, number)
    patient = visitor.centre.patient(key)
    if (revision, settings) != (str(patient.revision), str(visitor.about["settings_revision"])):
        raise Conflict("this patient's records, or the settings, have changed since this page was opened")
    day = visitor.day(None)
    # Somebody may have read the page before midnight.
    if shown_on not in ({""} if day is None else {_written(visitor, day), _written(visitor, day - 1)}):
        raise Conflict("this page was opened on another day: what it shows may not hold any more")
    shown = _seen(visitor, patient, visitor.day(shown_on))
    attention = [
        f"{one['kind']}{'' if one['certain'] else ' (in doubt)'}: {one['because']}" for one in shown["attention"]
    ]
    try:
        store.decide(
            visitor.centre,
            key,
            on=found["on"],
            option=other if other.strip() else option,
            reason=reason,
            decided_by=decided_by,
            stood={"on": shown_on, "stands": shown["stands"], "options": shown["options"], "attention": attention},
            meeting_id=number,
            revision=patient.revision,
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
    return with_outcomes(visitor.service.answers, visitor.centre, decisions, visitor.day(None), visitor.about)


def _sentence(error: Exception) -> str:
    return f"{str(error)[:1].upper()}{str(error)[1:]}."

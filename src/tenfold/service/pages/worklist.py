"""The worklist: what needs attention in this centre; an entry closes by a sample or by a signed reason."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from tenfold.service.access.permissions import Permission
from tenfold.service.access.signing import signed
from tenfold.service.attention import WITH_WHAT, entries_of
from tenfold.service.patient_view import signed_by
from tenfold.service.standings import Seen
from tenfold.service.store.centre import Patient
from tenfold.service.store.closings import (
    ENDS_FOLLOW_UP,
    close,
    closed_before,
    closings,
    days_of_closing,
    holding,
    reopen,
    still_open,
)
from tenfold.service.store.outcome import Conflict, NotThere, Refused
from tenfold.service.visitor import Visitor, requires
from tenfold.worklist.entries import ordered

router = APIRouter(prefix="/worklist", include_in_schema=False)
Reader = Annotated[Visitor, requires(Permission.READ)]
Decider = Annotated[Visitor, requires(Permission.DECIDE)]


def open_entries(visitor: Visitor, seen: Seen, by: date | None = None) -> pl.DataFrame:
    """The entries of patients who were seen, without those that a closing holds for; the most urgent first."""
    entries = ordered([row for one in seen.standings.values() for row in one.entries], WITH_WHAT)
    return still_open(entries, closings(visitor.centre), by)


def seen_on(visitor: Visitor, on: int | None, seconds: float = 4) -> Seen:
    """Where the centre's patients stand on a day, as far as that is worked out within some seconds."""
    return visitor.service.standings.of(visitor.centre, on, visitor.about, seconds)


@router.get("")
def page(visitor: Reader, on: str = "") -> HTMLResponse:
    """Every open entry, what was closed and why, and how many hang on what is not known."""
    return _page(visitor, on)


def _page(
    visitor: Visitor, on: str = "", said: str = "", given: dict[str, str] | None = None, status: int = 200
) -> HTMLResponse:
    day = visitor.day(on)
    by = signed_by(visitor.about, day if on else None)
    seen = seen_on(visitor, day)
    people = {one.patient_id: one for one in seen.patients}
    entries = open_entries(visitor, seen, by)
    closed = [one for one in closings(visitor.centre) if by is None or one["at"].date() <= by]
    in_doubt = [row for one in seen.standings.values() for row in one.undecided]
    return visitor.page(
        "worklist.html.j2",
        status,
        on=on,
        day=day,
        said=said,
        given=given or {},
        total=len(seen.patients),
        pending=seen.pending,
        not_assessed=[one.patient for one in seen.standings.values() if not one.assessed],
        entries=[_shown(row, people[row["patient_id"]], closed) for row in entries.to_dicts()],
        kinds=entries["kind"].value_counts(sort=True).rows(),
        in_doubt=[{**row, "key": people[row["patient_id"]].id} for row in in_doubt],
        closed=holding(closed, entries.to_dicts()),
        for_good=ENDS_FOLLOW_UP,
        tomorrow=date.today() + timedelta(1),
    )


def _shown(row: dict[str, Any], patient: Patient, closed: list[dict[str, Any]]) -> dict[str, Any]:
    """An entry as the page shows it: with how it was closed before, and until when it can be closed."""
    usual, longest = days_of_closing(row["kind"])
    today = date.today()
    return {
        **row,
        "key": patient.id,
        "revision": patient.revision,
        "closed_before": closed_before(row, closed),
        "usual": today + timedelta(usual),
        "longest": today + timedelta(longest),
    }


@router.post("/close")
def close_entry(
    visitor: Decider,
    patient: Annotated[str, Form()],
    kind: Annotated[str, Form()],
    subject: Annotated[str, Form()],
    revision: Annotated[str, Form()] = "",
    rests_on: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
    for_good: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Close an entry that is open today, by a reason that is signed with the password. Conflict if it is not what was shown."""
    found = visitor.centre.patient(patient)
    entry = _as_shown(visitor, found, kind, subject, rests_on)
    if str(found.revision) != revision:
        raise Conflict("this patient's records have changed since the entry was shown")
    try:
        day = _day(until)
        signed(visitor, password)
        close(visitor.centre, patient, entry, reason, revision=found.revision, until=day, for_good=for_good)
    except Refused as error:
        given = {
            "key": patient,
            "kind": kind,
            "subject": subject,
            "reason": reason,
            "until": until,
            "for_good": for_good,
        }
        return _page(visitor, said=f"{str(error)[:1].upper()}{str(error)[1:]}.", given=given, status=422)
    return visitor.to("/worklist")


def _as_shown(visitor: Visitor, patient: Patient, kind: str, subject: str, rests_on: str) -> dict[str, Any]:
    """The entry that a form showed. NotThere if the records call for none any more, Conflict if it is another by now."""
    assessment = visitor.service.answers.of_patient(visitor.centre, patient, visitor.day(None), visitor.about)
    same = (pl.col("patient_id") == patient.patient_id) & (pl.col("kind") == kind) & (pl.col("subject") == subject)
    entries = entries_of(assessment).filter(same)
    if entries.is_empty():
        raise NotThere("this entry is not there any more: what is on record by now does not call for it")
    found = entries.filter(pl.col("rests_on") == rests_on).to_dicts()
    if not found:
        raise Conflict("this entry is not what it was when it was shown")
    return found[0]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(f"{text[:40]} is no date: give one such as 2024-05-03") from None


@router.post("/{number}/reopen")
def open_again(visitor: Decider, number: int) -> Response:
    """Open a closed entry again."""
    reopen(visitor.centre, number)
    return visitor.to("/worklist")

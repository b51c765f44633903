"""One patient as of a day: what needs attention, where the patient stands and why, the options, the risk, what is missing.

Nothing on the page became known after the day that it is asked for.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from tenfold.records.registry import calendar_date
from tenfold.service.access.permissions import Permission
from tenfold.service.answers import today
from tenfold.service.patient_view import CAPTION, days_of, signed_by, timeline_of, view_of
from tenfold.service.store.centre import Patient
from tenfold.service.store.closings import closed_before, closings, still_open
from tenfold.service.store.outcome import NotThere
from tenfold.service.suppositions import Chosen, choices
from tenfold.service.templating import day_in_words
from tenfold.service.visitor import Visitor, requires
from tenfold.service.ways_out import ways_out

router = APIRouter(include_in_schema=False)
Reading = Annotated[Visitor, requires(Permission.READ)]


@router.get("/patients/{key}")
def patient(visitor: Reading, key: str, on: str = "") -> HTMLResponse:
    """The page of a patient."""
    asked = visitor.day(on)
    one = visitor.centre.patient(key)
    about, answers = visitor.about, visitor.service.answers
    view = view_of(answers, visitor.centre, one, asked, about)
    shared = {"patient": one, **as_of(visitor, one, on, asked)}
    if view is None:
        return visitor.page("patient_unknown.html.j2", **shared)
    by = signed_by(about, asked if on else None)
    signed = [row for row in closings(visitor.centre) if row["patient"] == one.id]
    signed = [row for row in signed if by is None or row["at"].date() <= by]
    entries = still_open(view["worklist"], signed, by)
    shut = {(row["kind"], row["subject"]) for row in view["worklist"].to_dicts()} - {
        (row["kind"], row["subject"]) for row in entries.to_dicts()
    }
    undecided = view["one"]["molecular_state"]["decided_by"]
    writes = visitor.may("WRITE") and not on
    return visitor.page(
        "patient_page.html.j2",
        **shared,
        ways_out=ways_out(undecided, view["incomplete"], one.id) if writes else {},
        **view,
        entries=[{**row, "closed_before": closed_before(row, signed)} for row in entries.to_dicts()],
        closed=[row for row in signed if (row["kind"], row["subject"]) in shut],
        caption=CAPTION,
        choices=choices(),
        given=Chosen(),
        supposed=[],
    )


@router.get("/patients/{key}/timeline.svg")
def timeline(visitor: Reading, key: str, on: str = "", size: Literal["wide", "narrow"] = "wide") -> Response:
    """The patient's timeline as a picture."""
    one = visitor.centre.patient(key)
    drawn = timeline_of(visitor.service.answers, visitor.centre, one, visitor.day(on), visitor.about, size)
    if drawn is None:
        raise NotThere("nothing of this patient can be drawn")
    return Response(drawn, media_type="image/svg+xml")


def as_of(visitor: Visitor, one: Patient, on: str, asked: int | None) -> dict[str, Any]:
    """What the choice of the day shows: the days of the patient's own records, and where among them the page stands."""
    axis = visitor.about["axis"]
    days = days_of(visitor.service.answers, visitor.centre, one)
    last = today(visitor.about)
    past = [day for day in days if last is None or day <= last]
    stops = [(_in_address(day, axis), day_in_words(day, axis)) for day in past]
    stops.append(("", "today" if axis == "calendar" else "all that is on record"))
    at = len(past) if not on or asked is None else sum(day <= asked for day in past) - 1
    earlier = [day for day in past if asked is not None and day < asked] if on else past
    later = [day for day in past if on and asked is not None and day > asked]
    return {
        "on": on,
        "axis": axis,
        "on_words": day_in_words(asked, axis) if asked is not None else "all that is on record",
        "stops": json.dumps(stops, separators=(",", ":")),
        "several": len(stops) > 2,
        "at": max(at, 0),
        "most": len(stops) - 1,
        "earlier": _stop(earlier[-1], axis) if earlier else None,
        "later": _stop(later[0], axis) if later else None,
    }


def _stop(day: int, axis: str) -> tuple[str, str]:
    return _in_address(day, axis), day_in_words(day, axis)


def _in_address(day: int, axis: str) -> str:
    return str(day) if axis == "relative" else calendar_date(day).isoformat()

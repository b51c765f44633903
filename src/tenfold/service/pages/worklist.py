"""The worklist: what needs attention in this centre; an entry closes by a sample or by a signed reason."""

from __future__ import annotations

from typing import Annotated

import polars as pl
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from tenfold.service.access.permissions import Permission
from tenfold.service.access.signing import signed
from tenfold.service.standings import Seen
from tenfold.service.store.closings import close, closings, reopen, still_open
from tenfold.service.store.outcome import NotThere, Refused
from tenfold.service.visitor import Visitor, requires
from tenfold.worklist.entries import ordered

router = APIRouter(prefix="/worklist", include_in_schema=False)
Reader = Annotated[Visitor, requires(Permission.READ)]
PATIENCE = 60
"""Seconds to wait for the whole centre where an answer needs it."""
Decider = Annotated[Visitor, requires(Permission.DECIDE)]


def open_entries(visitor: Visitor, seen: Seen) -> pl.DataFrame:
    """The entries of patients who were seen, without those that somebody closed; the most urgent first."""
    entries = ordered([row for one in seen.standings.values() for row in one.entries])
    return still_open(entries, closings(visitor.centre))


def seen_on(visitor: Visitor, on: int | None, seconds: float = 4) -> Seen:
    """Where the centre's patients stand on a day, as far as that is worked out within some seconds."""
    return visitor.service.standings.of(visitor.centre, on, visitor.about, seconds)


@router.get("")
def page(visitor: Reader, on: str = "") -> HTMLResponse:
    """Every open entry, what was closed and why, and how many hang on what is not known."""
    return _page(visitor, on)


def _page(
    visitor: Visitor, on: str = "", said: str = "", asked: tuple[str, ...] = (), status: int = 200
) -> HTMLResponse:
    day = visitor.day(on)
    seen = seen_on(visitor, day)
    keys = {one.patient_id: one.id for one in seen.patients}
    entries = open_entries(visitor, seen)
    in_doubt = [row for one in seen.standings.values() for row in one.undecided]
    return visitor.page(
        "worklist.html.j2",
        status,
        on=on,
        day=day,
        said=said,
        asked=asked,
        total=len(seen.patients),
        pending=seen.pending,
        not_assessed=[one.patient for one in seen.standings.values() if not one.assessed],
        entries=[{**row, "key": keys[row["patient_id"]]} for row in entries.to_dicts()],
        kinds=entries["kind"].value_counts(sort=True).rows(),
        in_doubt=[{**row, "key": keys[row["patient_id"]]} for row in in_doubt],
        closed=closings(visitor.centre),
    )


@router.post("/close")
def close_entry(
    visitor: Decider,
    patient: Annotated[str, Form()],
    kind: Annotated[str, Form()],
    subject: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Close an entry that is open today, by a reason that is signed with the password."""
    found = visitor.centre.patient(patient)
    entry = open_entries(visitor, seen_on(visitor, visitor.day(None), PATIENCE)).filter(
        (pl.col("patient_id") == found.patient_id) & (pl.col("kind") == kind) & (pl.col("subject") == subject)
    )
    if entry.is_empty():
        raise NotThere("this entry is not open any more: a sample or a reason has closed it")
    try:
        signed(visitor, password)
        close(visitor.centre, patient, kind, subject, bool(entry["certain"][0]), reason)
    except Refused as error:
        return _page(
            visitor,
            said=f"{str(error)[:1].upper()}{str(error)[1:]}.",
            asked=(patient, kind, subject, reason),
            status=422,
        )
    return visitor.to("/worklist")


@router.post("/{number}/reopen")
def open_again(visitor: Decider, number: int) -> Response:
    """Open a closed entry again."""
    reopen(visitor.centre, number)
    return visitor.to("/worklist")

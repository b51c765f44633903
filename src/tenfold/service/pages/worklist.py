"""The worklist: what needs attention in this centre; an entry closes by a sample or by a signed reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from tenfold.assessment import Assessment
from tenfold.service.access.permissions import Permission
from tenfold.service.access.signing import signed
from tenfold.service.store.closings import close, closings, reopen, still_open
from tenfold.service.store.outcome import NotThere, Refused
from tenfold.service.visitor import Visitor, requires
from tenfold.worklist import undecided, worklist

router = APIRouter(prefix="/worklist", include_in_schema=False)
Reader = Annotated[Visitor, requires(Permission.READ)]
Decider = Annotated[Visitor, requires(Permission.DECIDE)]


def open_entries(visitor: Visitor, on: int | None) -> pl.DataFrame:
    """The entries of the centre's worklist that nobody closed, the most urgent first."""
    entries = _all(visitor, on)
    return still_open(entries, closings(visitor.centre))


def _all(visitor: Visitor, on: int | None) -> pl.DataFrame:
    key = ("worklist", visitor.centre.id, visitor.about["revision"], visitor.about["settings_revision"], on)
    assessment = visitor.service.answers.of_centre(visitor.centre, on, visitor.about)
    return visitor.service.answers.drawn(key, lambda: worklist(assessment))


@router.get("")
def page(visitor: Reader, on: str = "") -> HTMLResponse:
    """Every open entry, what was closed and why, and how many hang on what is not known."""
    return _page(visitor, on)


def _page(
    visitor: Visitor, on: str = "", said: str = "", asked: tuple[str, ...] = (), status: int = 200
) -> HTMLResponse:
    keys = {one.patient_id: one.id for one in visitor.centre.patients()}
    day = visitor.day(on)
    closed = closings(visitor.centre)
    entries = still_open(_all(visitor, day), closed) if keys else pl.DataFrame()
    assessment = visitor.service.answers.of_centre(visitor.centre, day, visitor.about) if keys else None
    return visitor.page(
        "worklist.html.j2",
        status,
        on=on,
        day=day,
        said=said,
        asked=asked,
        entries=[{**row, "key": keys[row["patient_id"]]} for row in entries.to_dicts()],
        kinds=entries["kind"].value_counts(sort=True).rows() if entries.height else [],
        in_doubt=[] if assessment is None else _in_doubt(assessment, keys),
        closed=closed,
    )


def _in_doubt(assessment: Assessment, keys: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{**row, "key": keys[row["patient_id"]]} for row in undecided(assessment).to_dicts()]


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
    entry = open_entries(visitor, visitor.day(None)).filter(
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

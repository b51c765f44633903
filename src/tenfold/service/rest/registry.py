"""A centre's records: who is there, one patient's answers and facts, the worklist, endpoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from tenfold.cohort.outcomes import outcomes
from tenfold.reports.board import board
from tenfold.reports.card import card
from tenfold.service.access.permissions import Permission
from tenfold.service.pages.worklist import open_entries, seen_on
from tenfold.service.patient_view import signed_by
from tenfold.service.rest.plain import plain
from tenfold.service.rest.shapes import (
    FAILURES,
    LATER,
    AssessedPatient,
    Endpoints,
    Patients,
    RecordsOfPatient,
    Worklist,
)
from tenfold.service.store.entry import records_of
from tenfold.service.store.outcome import NotThere
from tenfold.service.visitor import Visitor, requires

router = APIRouter(prefix="/api/v1", tags=["registry"], responses=FAILURES)
PATIENCE = 20
"""Seconds to wait for the whole centre, before a program is told to ask again."""
AGAIN = 10
"""Seconds after which it is worth asking again."""
Reader = Annotated[Visitor, requires(Permission.READ)]
On = Annotated[str | None, Query(description="as of this day: 2024-05-03, or a day number; today if left out")]


@router.get("/patients", responses=LATER)
def patients(visitor: Reader, response: Response, on: On = None) -> Patients:
    """Every patient of the centre: key, identifier, molecular state with what it can still be, last haematological turn."""
    seen = seen_on(visitor, visitor.day(on), PATIENCE)
    ask_again(response, seen.pending)
    standings = [seen.standings[one.id] for one in seen.patients if one.id in seen.standings]
    return Patients(
        simulated=visitor.about["simulated"],
        patients=[{"key": one.patient.id, **plain(one.summary)} for one in standings if one.summary],
        not_assessed=[one.patient.id for one in standings if not one.assessed],
        pending=seen.pending,
    )


def ask_again(response: Response, pending: int) -> None:
    """Where some are not worked out yet, say so to who does not read on."""
    if pending:
        response.status_code = 202
        response.headers["retry-after"] = str(AGAIN)


@router.get("/patients/{key}")
def patient(visitor: Reader, key: str, on: On = None) -> AssessedPatient:
    """One patient: everything that the card says, and the page for the tumour board."""
    one = visitor.centre.patient(key)
    assessment = visitor.service.answers.of_patient(visitor.centre, one, visitor.day(on), visitor.about)
    if one.patient_id not in assessment.patients["patient_id"]:
        raise NotThere("nothing was known of this patient by that day")
    told = card(assessment, one.patient_id)
    return AssessedPatient(
        patient_id=one.patient_id,
        simulated=visitor.about["simulated"],
        card=plain(told),
        board=plain(board(assessment, told)),
    )


@router.get("/patients/{key}/records")
def records(visitor: Reader, key: str) -> RecordsOfPatient:
    """A patient's facts as they are recorded at present: number, table, cells."""
    told = [{"id": row["id"], "table": row["kind"], "row": row["content"]} for row in records_of(visitor.centre, key)]
    return RecordsOfPatient(simulated=visitor.about["simulated"], records=told)


@router.get("/worklist", responses=LATER)
def attention(visitor: Reader, response: Response, on: On = None) -> Worklist:
    """What needs attention, the most urgent first, without what is closed by a signed reason; and what may need it."""
    day = visitor.day(on)
    seen = seen_on(visitor, day, PATIENCE)
    ask_again(response, seen.pending)
    keys = {one.patient_id: one.id for one in seen.patients}
    entries = open_entries(visitor, seen, signed_by(visitor.about, day if on else None))
    standings = seen.standings.values()

    def told(row: dict[str, Any]) -> dict[str, Any]:
        return {"key": keys[row["patient_id"]], **plain(row)}

    return Worklist(
        simulated=visitor.about["simulated"],
        entries=[told(row) for row in entries.drop("rests_on").to_dicts()],
        in_doubt=[told(row) for one in standings for row in one.undecided],
        closed=sum(len(one.entries) for one in standings) - entries.height,
        not_assessed=[one.patient.id for one in standings if not one.assessed],
        pending=seen.pending,
    )


@router.get("/endpoints", responses=LATER)
def endpoints(visitor: Reader, response: Response, on: On = None) -> Endpoints:
    """The usual endpoints of the centre's patients, with estimates and who is left out and why."""
    day, about, centre, answers = visitor.day(on), visitor.about, visitor.centre, visitor.service.answers
    everybody = len(centre.patients())
    nothing = Endpoints(simulated=about["simulated"], endpoints=[], left_out=[], not_assessed=[], pending=0)
    if not everybody:
        return nothing

    def count(_said: Callable[[str], None]) -> dict[str, Any]:
        found = answers.of_centre(centre, day, about)
        told: dict[str, Any] = plain(outcomes(found.assessment).as_data())
        return {**told, "not_assessed": list(found.not_assessed)}

    made = (centre.id, about["revision"], about["settings_revision"], day)
    told = visitor.service.endpoints.at(made, count).done(PATIENCE)
    if told is None:
        ask_again(response, everybody)
        return nothing.model_copy(update={"pending": everybody})
    return nothing.model_copy(update=told)

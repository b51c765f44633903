"""A centre's records: who is there, one patient's answers and facts, the worklist, endpoints."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from tenfold.cohort.outcomes import outcomes
from tenfold.reports.board import board
from tenfold.reports.card import card
from tenfold.service.access.permissions import Permission
from tenfold.service.rest.plain import plain
from tenfold.service.rest.shapes import FAILURES, AssessedPatient
from tenfold.service.store.entry import records_of
from tenfold.service.store.outcome import NotThere
from tenfold.service.visitor import Visitor, requires
from tenfold.worklist import worklist

router = APIRouter(prefix="/api/v1", tags=["registry"], responses=FAILURES)
Reader = Annotated[Visitor, requires(Permission.READ)]
On = Annotated[str | None, Query(description="as of this day: 2024-05-03, or a day number; today if left out")]


@router.get("/patients")
def patients(visitor: Reader, on: On = None) -> list[dict[str, Any]]:
    """Every patient of the centre: key, identifier, molecular state with what it can still be, last haematological turn."""
    keys = {one.patient_id: one.id for one in visitor.centre.patients()}
    if not keys:
        return []
    found = visitor.service.answers.of_centre(visitor.centre, visitor.day(on), visitor.about).patients
    columns = ("patient_id", "molecular_state", "state_possible", "state_decided_by", "last_turn", "last_turn_day")
    return [{"key": keys[row["patient_id"]], **plain(row)} for row in found.select(columns).to_dicts()]


@router.get("/patients/{key}")
def patient(visitor: Reader, key: str, on: On = None) -> AssessedPatient:
    """One patient: everything that the card says, and the page for the tumour board."""
    one = visitor.centre.patient(key)
    assessment = visitor.service.answers.of_patient(visitor.centre, one, visitor.day(on), visitor.about)
    if one.patient_id not in assessment.patients["patient_id"]:
        raise NotThere("nothing was known of this patient by that day")
    told = card(assessment, one.patient_id)
    return AssessedPatient(patient_id=one.patient_id, card=plain(told), board=plain(board(assessment, told)))


@router.get("/patients/{key}/records")
def records(visitor: Reader, key: str) -> list[dict[str, Any]]:
    """A patient's facts as they are recorded at present: number, table, cells."""
    return [{"id": row["id"], "table": row["kind"], "row": row["content"]} for row in records_of(visitor.centre, key)]


@router.get("/worklist")
def attention(visitor: Reader, on: On = None) -> list[dict[str, Any]]:
    """What needs attention, the most urgent first. What was closed by a signed reason is not taken away here."""
    keys = {one.patient_id: one.id for one in visitor.centre.patients()}
    if not keys:
        return []
    assessment = visitor.service.answers.of_centre(visitor.centre, visitor.day(on), visitor.about)
    return [{"key": keys[row["patient_id"]], **plain(row)} for row in worklist(assessment).to_dicts()]


@router.get("/endpoints")
def endpoints(visitor: Reader, on: On = None) -> dict[str, Any]:
    """The usual endpoints of the centre's patients, with estimates and who is left out and why."""
    if not visitor.centre.patients():
        return {"endpoints": [], "left_out": []}
    assessment = visitor.service.answers.of_centre(visitor.centre, visitor.day(on), visitor.about)
    told: dict[str, Any] = plain(outcomes(assessment).as_data())
    return told

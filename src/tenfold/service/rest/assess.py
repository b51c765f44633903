"""Assess what is posted, and keep nothing of it."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter

from tenfold.assessment import assess
from tenfold.exchange.converted import Converted
from tenfold.exchange.fhir import read_resources
from tenfold.records.registry import Registry
from tenfold.reports.board import board
from tenfold.reports.card import card
from tenfold.service.access.permissions import Permission
from tenfold.service.rest.days import day_of
from tenfold.service.rest.plain import plain
from tenfold.service.rest.shapes import FAILURES, MOST_PATIENTS, Assessed, Records
from tenfold.service.store.outcome import Refused
from tenfold.service.visitor import Visitor, requires

router = APIRouter(prefix="/api/v1", tags=["assess"], responses=FAILURES)


@router.post("/assess")
def assess_posted(visitor: Annotated[Visitor, requires(Permission.READ)], records: Records) -> Assessed:
    """Assess the patients of posted records with the centre's settings: molecular state, risk, options, next sample.

    Nothing is stored. A row with a fault is set aside and named; the rest is used.
    """
    converted = _read(records)
    registry = converted.registry
    ids = registry.patient_ids()["patient_id"]
    if ids.is_empty():
        raise Refused("there is no patient in what was sent", registry.check())
    if len(ids) > MOST_PATIENTS:
        raise Refused(f"{len(ids)} patients were sent, and at most {MOST_PATIENTS} are assessed at once")
    on = day_of(registry, records.on)
    assessment = assess(registry, visitor.settings, on)
    told = []
    for patient_id in assessment.patients["patient_id"]:
        one = card(assessment, patient_id)
        page = plain(board(assessment, one))
        told.append({"patient_id": patient_id, "simulated": registry.simulated, "card": plain(one), "board": page})
    return Assessed(
        patients=told,  # type: ignore[arg-type]
        faults=registry.check().to_dicts(),
        rows_set_aside=registry.set_aside.height,
        notes=list(converted.notes),
    )


def _read(records: Records) -> Converted:
    if (records.bundle is None) == (not records.tables):
        raise Refused("send tables or a bundle: one of the two")
    if records.bundle is None:
        tables: dict[str, pl.DataFrame | list[dict[str, Any]]] = {
            name: [dict(row) for row in rows] for name, rows in records.tables.items()
        }
        return Converted(Registry.from_tables(tables, relative=records.relative), "tables")
    try:
        return read_resources([records.bundle], "the bundle")
    except ValueError as error:
        raise Refused(str(error)) from None

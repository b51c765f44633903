"""The list of a centre's patients: who they are, where each stands, and what needs attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from tenfold.exchange.published import published
from tenfold.service.access.permissions import Permission, Role
from tenfold.service.answers import today
from tenfold.service.attention import WITH_WHAT
from tenfold.service.standings import Standing
from tenfold.service.store import accounts, sessions
from tenfold.service.store.centre import Centre, Patient
from tenfold.service.store.closings import closings, still_open
from tenfold.service.store.imports import store_registry
from tenfold.service.visitor import Visitor, requires
from tenfold.worklist import EntryKind

router = APIRouter(include_in_schema=False)
A_PAGE = 100
"""Patients on a page."""
ANY, OPEN, NOT_ASSESSED = "any", "open", "not-assessed"
LAST = 1_000_000
"""The rank of who has no entry."""


@dataclass(frozen=True)
class Asked:
    """What of the list is asked for: words to find, the kind of attention, the order, the page."""

    find: str = ""
    attention: str = ""
    order: str = "urgency"
    page: int = 1


@router.get("/")
def patients(
    visitor: Annotated[Visitor, requires(Permission.READ)],
    attention: str = "",
    order: str = "urgency",
    page: int = 1,
) -> HTMLResponse:
    """Every patient, or those who need one kind of attention."""
    return visitor.page("patients.html.j2", **_listed(visitor, Asked("", attention, order, page)))


@router.get("/patients")
def listed(visitor: Annotated[Visitor, requires(Permission.READ)]) -> Response:
    """On to the list: a search is never repeated by its address alone."""
    return visitor.to("/")


@router.post("/patients")
def found(
    visitor: Annotated[Visitor, requires(Permission.READ)],
    find: Annotated[str, Form(max_length=200)] = "",
    attention: Annotated[str, Form()] = "",
    order: Annotated[str, Form()] = "urgency",
    page: Annotated[int, Form()] = 1,
) -> HTMLResponse:
    """Patients whose row holds some words; what is looked for never stands in an address."""
    return visitor.page("patients.html.j2", **_listed(visitor, Asked(find, attention, order, page)))


@router.post("/patients/rows")
def rows(
    visitor: Annotated[Visitor, requires(Permission.READ)],
    find: Annotated[str, Form(max_length=200)] = "",
    attention: Annotated[str, Form()] = "",
    order: Annotated[str, Form()] = "urgency",
) -> HTMLResponse:
    """The same as a part of the page, for who is typing."""
    return visitor.page("patients_rows.html.j2", **_listed(visitor, Asked(find, attention, order)))


@router.get("/patients/progress")
def progress(visitor: Annotated[Visitor, requires(Permission.READ)]) -> Response:
    """How many patients are assessed by now: 202 while some are not."""
    seen = visitor.service.standings.of(visitor.centre, today(visitor.about), visitor.about, 2)
    told = f"{len(seen.standings)} of {len(seen.patients)} patients are assessed."
    return PlainTextResponse(told, 202 if seen.pending else 200)


def _listed(visitor: Visitor, asked: Asked) -> dict[str, Any]:
    centre = visitor.centre
    seen = visitor.service.standings.of(centre, today(visitor.about), visitor.about)
    rows = [row for one in seen.standings.values() for row in one.entries]
    entries = pl.DataFrame(rows, WITH_WHAT, orient="row")
    open_: dict[str, list[dict[str, Any]]] = {}
    for row in still_open(entries, closings(centre)).to_dicts():
        open_.setdefault(row["patient_id"], []).append(row)
    told = [_row(one, seen.standings.get(one.id), open_.get(one.patient_id, [])) for one in seen.patients]
    kept = [row for row in told if asked.find.strip().lower() in row["text"] and _wanted(row, asked.attention)]
    if asked.order != "name":
        kept.sort(key=lambda row: row["rank"])
    pages = max(-(-len(kept) // A_PAGE), 1)
    page = min(max(asked.page, 1), pages)
    counted = Counter(kind for row in told for kind in row["kinds"])
    return {
        "rows": kept[(page - 1) * A_PAGE : page * A_PAGE],
        "shown": len(kept),
        "first": (page - 1) * A_PAGE + 1,
        "page": page,
        "pages": pages,
        "total": len(told),
        "pending": seen.pending,
        "asked": asked,
        "choices": _choices(counted, len(told)),
        "dated": visitor.about["axis"] == "calendar",
    }


def _wanted(row: dict[str, Any], attention: str) -> bool:
    return not attention or attention in row["kinds"]


def _choices(counted: Counter[str], total: int) -> list[tuple[str, str, int]]:
    """What the list can be narrowed to: its name in the address, in words, how many."""
    named = [
        ("", "All", total),
        (ANY, "Needs attention", counted[ANY]),
        *[(_slug(kind), kind.value.capitalize(), counted[_slug(kind)]) for kind in EntryKind],
        (OPEN, "Hangs on what is not known", counted[OPEN]),
        (NOT_ASSESSED, "Cannot be assessed", counted[NOT_ASSESSED]),
    ]
    return [one for one in named if one[2] or one[0] in ("", ANY)]


def _slug(kind: str) -> str:
    return str(kind).replace(" ", "-")


def _row(patient: Patient, standing: Standing | None, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """A row of the list. `rank` sorts by urgency, the longest overdue first."""
    if standing is None:
        return {
            "patient": patient,
            "standing": None,
            "entries": [],
            "kinds": set(),
            "rank": (LAST + 1, 0),
            "text": patient.patient_id.lower(),
        }
    kinds = {_slug(one["kind"]) for one in entries}
    if kinds:
        kinds.add(ANY)
    if standing.open:
        kinds.add(OPEN)
    if not standing.assessed:
        kinds.add(NOT_ASSESSED)
    ranks: Iterable[tuple[int, int]] = ((one["urgency"], -(one["overdue_days"] or 0)) for one in entries)
    words = (patient.patient_id, *standing.states, standing.turn, standing.sample, *(one["kind"] for one in entries))
    return {
        "patient": patient,
        "standing": standing,
        "entries": entries,
        "kinds": kinds,
        "rank": min(ranks, default=(LAST if standing.assessed else 0, 0)),
        "text": " ".join(words).lower(),
    }


@router.post("/demonstration")
def demonstration(request: Request, visitor: Annotated[Visitor, requires(Permission.READ)]) -> Response:
    """Put the published patients into a centre of their own, make the visitor a viewer there, and go there.

    They keep days since each patient's day 0, and must not stand among a centre's own. Nobody changes anything of them.
    """
    store, who = visitor.service.store, visitor.who
    number = accounts.demonstration_centre(store, who.account)
    centre = Centre(store, number, who.account_id, who.account)
    if not centre.patients():  # the first to look, or whoever comes after one whose looking was cut short
        store_registry(centre, published(), "the published patients, for demonstration")
    if number not in who.centres:
        accounts.set_roles(store, who.account_id, number, [Role.VIEWER], who.account)
    sessions.move(store, request.cookies.get(visitor.service.cookie, ""), number)
    return visitor.to("/")

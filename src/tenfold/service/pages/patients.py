"""The list of a centre's patients: who they are, where each stands, and what needs attention."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from tenfold.exchange.published import published
from tenfold.service.access.permissions import Permission
from tenfold.service.store import accounts, sessions
from tenfold.service.store.centre import Centre
from tenfold.service.store.imports import store_registry
from tenfold.service.visitor import Visitor, requires

router = APIRouter(include_in_schema=False)
DEMONSTRATION = "Published patients (demonstration)"


@router.get("/")
def patients(visitor: Annotated[Visitor, requires(Permission.READ)]) -> HTMLResponse:
    """Every patient."""
    return visitor.page("patients.html.j2", patients=visitor.centre.patients())


@router.post("/demonstration")
def demonstration(request: Request, visitor: Annotated[Visitor, requires(Permission.READ)]) -> Response:
    """Put the published patients into a centre of their own, make the visitor a member there, and go there.

    They keep days since each patient's day 0, and must not stand among a centre's own.
    """
    store = visitor.service.store
    number = accounts.centres(store).get(DEMONSTRATION)
    if number is None:
        number = accounts.add_centre(store, DEMONSTRATION, visitor.who.account)
        centre = Centre(store, number, visitor.who.account_id, visitor.who.account)
        store_registry(centre, published(), "the published patients, for demonstration")
    held = visitor.who.centres.get(number)
    if held is None:
        accounts.set_roles(store, visitor.who.account_id, number, visitor.who.roles, visitor.who.account)
    sessions.move(store, request.cookies.get(visitor.service.cookie, ""), number)
    return visitor.to("/")

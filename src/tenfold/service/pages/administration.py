"""Accounts and their roles, tokens of programs, and the audit trail of a centre."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from tenfold.service.access.permissions import ALLOWED, Permission, Role
from tenfold.service.sent import number
from tenfold.service.store import accounts, schema, sessions
from tenfold.service.store.outcome import NotThere, Refused
from tenfold.service.store.subjects import account_of, set_subject, subject_of
from tenfold.service.visitor import Forbidden, Visitor, requires

router = APIRouter(prefix="/administration", include_in_schema=False)
Administrator = Annotated[Visitor, requires(Permission.ACCOUNTS)]
ENTRIES_SHOWN = 200
LOOK = "seen"
"""What the trail calls a look at patients. They are shown apart: there are so many that what was done would drown in them."""


@router.get("")
def administration(visitor: Administrator, looks: bool = False, before: str = "") -> HTMLResponse:
    """Members, tokens and the last entries of the trail: of what was done, or of who looked; or those `before` an entry."""
    return _page(visitor, looks=looks, before=number(before))


def _page(
    visitor: Visitor, said: str = "", status: int = 200, *, looks: bool = False, before: int | None = None
) -> HTMLResponse:
    store, centre = visitor.service.store, visitor.centre
    audit = schema.audit
    kind = audit.c.action == LOOK if looks else audit.c.action != LOOK
    trail = select(audit).where(audit.c.centre == centre.id, kind).order_by(audit.c.id.desc())
    if before is not None:
        trail = trail.where(audit.c.id < before)
    with centre.reading() as connection:
        found = connection.execute(trail.limit(ENTRIES_SHOWN + 1)).mappings().all()
        entries = found[:ENTRIES_SHOWN]
        subjects = {one["subject"] for one in entries if one["subject"]}
        patient = schema.patient
        known = select(patient.c.id).where(patient.c.centre == centre.id, patient.c.id.in_(subjects))
        patients = set(connection.execute(known).scalars())
    return visitor.page(
        "administration.html.j2",
        status,
        said=said,
        members=accounts.members(store, centre.id),
        tokens=sessions.tokens(store, centre.id),
        roles={role: sorted(ALLOWED[role]) for role in Role},
        entries=entries,
        patients=patients,
        looks=looks,
        before=before,
        older=entries[-1]["id"] if len(found) > len(entries) else None,
    )


def _roles(given: list[str]) -> list[Role]:
    try:
        return [Role(one) for one in given]
    except ValueError as error:
        raise Refused(f"{error}; there are {', '.join(Role)}") from None


def _member(visitor: Visitor, account: int) -> dict[str, Any]:
    """A member of this centre. NotThere for an account of another: an administrator has no say there."""
    for one in accounts.members(visitor.service.store, visitor.centre.id):
        if one["id"] == account:
            return one
    raise NotThere("there is no such member of this centre")


def _not_oneself(visitor: Visitor, account: int) -> None:
    if account == visitor.who.account_id:
        raise Forbidden("another administrator does this for you: nobody shuts themselves out")


@router.post("/accounts")
def add(
    visitor: Administrator,
    name: Annotated[str, Form()],
    password: Annotated[str, Form()] = "",
    subject: Annotated[str, Form()] = "",
    role: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Add a member: a new account. One that stands elsewhere is added on the server, where the person has agreed to it."""
    store = visitor.service.store
    try:
        roles = _roles(role or [])
        whom = subject_of(subject)
        if not roles:
            raise Refused("choose at least one role")
        held: Any = accounts.account_named(store, name)
        if held is None:
            if whom is not None and account_of(store, whom) is not None:
                raise Refused("another account has this subject already")
            first = None if whom is not None and not password else password
            accounts.add_account(store, name, first, roles, visitor.centre.id, visitor.who.account, whom)
        elif not accounts.belongs_to(store, held["id"], visitor.centre.id):
            raise Refused(
                f"there is an account called {name.strip()} already: if it is the same person, who agrees to it, add it on the"
                f' server: tenfold store account "{name.strip()}" --centre "{visitor.about["name"]}" --role viewer'
            )
        elif password or whom is not None:
            raise Refused(
                f"there is an account called {name.strip()} already: leave password and subject empty to add it again"
            )
        else:
            accounts.set_roles(store, held["id"], visitor.centre.id, roles, visitor.who.account)
    except Refused as error:
        return _page(visitor, f"{str(error)[:1].upper()}{str(error)[1:]}.", status=422)
    return visitor.to("/administration")


@router.post("/accounts/{account}/roles")
def set_roles(visitor: Administrator, account: int, role: Annotated[list[str] | None, Form()] = None) -> Response:
    """Give a member other roles; none ends the membership."""
    _member(visitor, account)
    _not_oneself(visitor, account)
    accounts.set_roles(visitor.service.store, account, visitor.centre.id, _roles(role or []), visitor.who.account)
    return visitor.to("/administration")


def _only_here(visitor: Visitor, account: int) -> None:
    """What concerns an account as a whole is done by the centre that made it, where it is a member of no other."""
    if not accounts.belongs_to(visitor.service.store, account, visitor.centre.id):
        raise Forbidden("this account belongs to another centre, too: on the server, `tenfold store account` does it")


@router.post("/accounts/{account}/active")
def set_active(visitor: Administrator, account: int, active: Annotated[bool, Form()]) -> Response:
    """Let an account in, or shut it out."""
    _member(visitor, account)
    _not_oneself(visitor, account)
    _only_here(visitor, account)
    accounts.change_account(visitor.service.store, account, visitor.who.account, active=active)
    return visitor.to("/administration")


@router.post("/accounts/{account}/password")
def set_password(visitor: Administrator, account: int, password: Annotated[str, Form()]) -> Response:
    """Set a new password for who has forgotten theirs; it should be changed at the next sign-in."""
    _member(visitor, account)
    _only_here(visitor, account)
    try:
        accounts.change_account(visitor.service.store, account, visitor.who.account, password=password)
    except Refused as error:
        return _page(visitor, f"{str(error)[:1].upper()}{str(error)[1:]}.", status=422)
    return visitor.to("/administration")


@router.post("/accounts/{account}/subject")
def set_member_subject(visitor: Administrator, account: int, subject: Annotated[str, Form()] = "") -> Response:
    """Have a member sign in through the hospital, or, where it is empty, no longer."""
    _member(visitor, account)
    _only_here(visitor, account)
    try:
        set_subject(visitor.service.store, account, subject_of(subject), visitor.who.account)
    except Refused as error:
        return _page(visitor, f"{str(error)[:1].upper()}{str(error)[1:]}.", status=422)
    return visitor.to("/administration")


@router.post("/accounts/{account}/second-factor")
def take_second_factor(visitor: Administrator, account: int) -> Response:
    """Take away a second factor that was lost, so that another can be set up."""
    _member(visitor, account)
    _not_oneself(visitor, account)
    _only_here(visitor, account)
    accounts.keep_second_factor(visitor.service.store, account, None, visitor.who.account)
    return visitor.to("/administration")


@router.post("/tokens/{token}/withdraw")
def withdraw(visitor: Administrator, token: int) -> Response:
    """Withdraw a token: it stops to work at once."""
    sessions.withdraw_token(visitor.service.store, token, visitor.centre.id, visitor.who.account)
    return visitor.to("/administration")


@router.get("/audit")
def verify(visitor: Administrator) -> HTMLResponse:
    """Walk the whole trail and say whether it is whole."""
    store = visitor.service.store
    with store.reading() as connection:
        verdict = store.trail.verify(connection)
    return visitor.page("audit.html.j2", verdict=verdict)

"""Who arrives from another house's sign-in: the account of that subject, or a refusal in words; both are in the audit trail."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tenfold.service.access.rate import place
from tenfold.service.access.under_way import set_cookie
from tenfold.service.store import accounts, sessions
from tenfold.service.store.subjects import account_of

if TYPE_CHECKING:
    from tenfold.service.application import Service

log = logging.getLogger("tenfold.service")


def refused(
    request: Request,
    said: str,
    again: str,
    *,
    status: int = 403,
    subject: str | None = None,
    known: dict[str, Any] | None = None,
    why: str = "",
) -> HTMLResponse:
    """The page that says why nobody was signed in, and what to do.

    `subject`: whom no account has; `known`: the account; `why`: for the trail.
    """
    service: Service = request.app.state.service
    service.metrics.sign_ins.labels("refused").inc()
    here = place(request.client.host if request.client else None)
    if service.knocks.wait(f"hospital {here}"):
        status, said = 429, "Too many sign-ins were refused from your address: wait a quarter of an hour"
    else:
        log.warning("sign-in refused: %s", why or said)
        with service.store.writing() as connection:
            more: Any = {"subject": subject, "why": (why or said)[:200]}
            if known is None:
                service.store.trail.add(connection, "sign-in refused", **more)
            else:
                accounts.told(service.store, connection, "sign-in refused", known["id"], by=known["name"], **more)
    page = service.templates.render(
        "hospital_refused.html.j2", said=said, subject=subject, again=again, local="/sign-in"
    )
    return HTMLResponse(page, status)


def centre_of_launch(service: Service, account: int) -> tuple[int | None, str]:
    """The centre whose settings answer a launch, of which the account must be a member; else None and why, in words.

    Named by TENFOLD_SMART_CENTRE, or else by TENFOLD_CDS_CENTRE: the page then says what the cards say.
    """
    name = service.configuration.launch_centre
    with service.store.reading() as connection:
        held = set(accounts.roles_of(connection, account))
    if not held:
        return None, "Your account is a member of no centre: ask an administrator"
    known = accounts.centres(service.store)
    if name is None:
        own = held - {known.get(accounts.DEMONSTRATION)}
        if len(own) == 1:
            return own.pop(), ""
        return None, (
            "You are a member of several centres, and the server does not say which one's settings answer here:"
            " its administrator sets TENFOLD_SMART_CENTRE"
        )
    number = known.get(name)
    if number is None or number not in held:
        return (
            None,
            f"Record systems open Tenfold in the centre {name}, of which you are no member: ask its administrator",
        )
    return number, ""


def arrived(
    request: Request,
    subject: str,
    then: str,
    again: str,
    launch: dict[str, Any] | None = None,
    *,
    embedded: bool = False,
) -> RedirectResponse | HTMLResponse:
    """Begin the session of the account that has a subject, and go on. An unknown subject is refused by name."""
    service: Service = request.app.state.service
    found = account_of(service.store, subject)
    if found is None:
        said = (
            "The hospital knows you, but no account of this service is yours yet. Give the line below to an administrator of"
            " your centre, who adds you under Administration, “Add a member”"
        )
        return refused(request, said, again, subject=subject, why="no account has this subject")
    if not found["active"]:
        said = "Your account was shut out: ask an administrator of your centre"
        return refused(request, said, again, known=found, why="the account is shut out")
    centre = None
    if launch is not None:
        centre, why = centre_of_launch(service, found["id"])
        if centre is None:
            return refused(request, f"{why}. Nobody was signed in", again, known=found, why=why)
    service.metrics.sign_ins.labels("signed in").inc()
    old = request.cookies.get(service.cookie)
    if old:
        sessions.end(service.store, old)
    answer = RedirectResponse(then, 303)
    secret = sessions.begin(service.store, found["id"], centre, launch)
    set_cookie(answer, service, service.cookie, secret, embedded=embedded)
    return answer

"""Who visits, in which centre, and what they may: every page and address asks for a permission before it does anything."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastapi import BackgroundTasks, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tenfold.records.registry import EPOCH
from tenfold.service.access.permissions import Permission, allowed
from tenfold.service.answers import settings_of, today
from tenfold.service.seen import page_seen_later, seen_later, taken_later
from tenfold.service.sent import refuse_unusable
from tenfold.service.store.centre import Centre
from tenfold.service.store.outcome import Conflict, Refused
from tenfold.service.store.sessions import SignedIn, session_of, token_of
from tenfold.settings import Settings

if TYPE_CHECKING:
    from tenfold.service.application import Service

MOST_DAYS = 1_000_000
"""From day 0, or from 1970: beyond, nothing is a day of a patient."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CENTRE = "centre"
"""What the address of a download calls the centre of the page on which it stands."""
PROGRAMS = "/api/"
"""Where a program's token is taken; every other address is for people, and asks for a session."""
OF_A_PROGRAM = frozenset({Permission.SIGNED_IN, Permission.READ})


class NotSignedIn(Exception):
    """Nobody is signed in."""


class Forbidden(Exception):
    """Who is signed in may not do this; the message says what is needed."""


@dataclass
class Visitor:
    """A request with who makes it and the centre that they work in."""

    request: Request
    service: Service
    who: SignedIn
    centre: Centre
    afterwards: BackgroundTasks

    @cached_property
    def about(self) -> dict[str, Any]:
        """The centre's own row, as this request first saw it."""
        return self.centre.about()

    @property
    def settings(self) -> Settings:
        """The settings of the centre."""
        return settings_of(self.about)

    def may(self, permission: str) -> bool:
        """Whether the visitor may do something, by the permission's name (READ, WRITE ...)."""
        return Permission[permission] in permitted(self.who)

    def day(self, text: str | None) -> int | None:
        """The day of the centre's axis that an address names; without one, today. Refused in words for no day."""
        if not text:
            return today(self.about)
        try:
            if self.about["axis"] == "relative":
                day = int(text)
                if abs(day) > MOST_DAYS:
                    raise ValueError
                return day
            return (date.fromisoformat(text) - EPOCH).days
        except ValueError:
            wanted = "a day number such as 120" if self.about["axis"] == "relative" else "a date such as 2024-05-03"
            raise Refused(f"{text[:40]} is no day of this centre: give {wanted}") from None

    def took(self, what: str, **detail: Any) -> None:
        """Put into the audit trail, once the answer is sent, that something was taken away, such as a table."""
        taken_later(self.afterwards, self.service.scribe, self.centre, what, **detail)

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page of the service; that it shows patients is told, once it is sent."""
        service = self.service
        page_seen_later(self.request, template, self.afterwards, self.centre, service.seen, service.scribe)
        return HTMLResponse(self.service.templates.render(template, visitor=self, **values), status)

    def to(self, address: str) -> RedirectResponse:
        """Go on to another page after something was done."""
        return RedirectResponse(address, 303)


def permitted(who: SignedIn) -> frozenset[Permission]:
    """What an account may do in its centre; a program that acts for it reads, and nothing else."""
    held = allowed(who.roles)
    return held if who.token is None else held & OF_A_PROGRAM


def signed_in(request: Request) -> SignedIn:
    """Who makes a request: by cookie, or, where programs ask, by token. NotSignedIn for nobody."""
    service: Service = request.app.state.service
    authorization = request.headers.get("authorization", "")
    if authorization.lower().startswith("bearer ") and request.url.path.startswith(PROGRAMS):
        found = token_of(service.store, authorization[7:].strip())
    else:
        found = session_of(service.store, request.cookies.get(service.cookie, ""))
    if found is None:
        raise NotSignedIn
    return found


async def same_origin(request: Request, who: SignedIn, permission: Permission) -> None:
    """Refuse a change that another site's page had the browser make, or a page of another centre.

    A form holds the centre for which it was shown beside the session's own secret. What asks for nothing but being signed in
    (to go to another centre, to sign out, the own account) is of no centre. The address of a download names its centre, too.
    """
    if who.csrf is None:
        return
    if request.method in SAFE:
        if (named := request.query_params.get(CENTRE)) is not None and permission is not Permission.SIGNED_IN:
            of_this_centre(named, who)
        return
    given = request.headers.get("x-csrf-token")
    if given is None:
        given = str((await request.form()).get("csrf", ""))
    centre, _, secret = given.partition(".")
    if not hmac.compare_digest(secret.encode(), who.csrf.partition(".")[2].encode()):
        raise Forbidden("this form is out of date: open the page again and repeat what you did")
    if permission is not Permission.SIGNED_IN:
        of_this_centre(centre, who)


def of_this_centre(named: str, who: SignedIn) -> None:
    """Nothing, where what is sent names the centre in which somebody works. Conflict for a page of another."""
    if named != str(who.centre or 0):
        shown = next((name for number, name in who.centres.items() if str(number) == named), "another centre")
        now = who.centres.get(who.centre or 0, "none")
        raise Conflict(f"this page is of {shown}, and in another window you went on to {now}")


def requires(permission: Permission) -> Any:
    """A visitor who may do something: `visitor: Annotated[Visitor, requires(Permission.READ)]`."""

    async def visitor(request: Request, afterwards: BackgroundTasks) -> Visitor:
        from starlette.concurrency import run_in_threadpool

        service: Service = request.app.state.service
        who = await run_in_threadpool(signed_in, request)
        await refuse_unusable(request)
        await same_origin(request, who, permission)
        if who.centre is None:
            raise Forbidden("your account is a member of no centre: ask an administrator")
        if permission not in permitted(who):
            if who.token is not None:
                raise Forbidden(f"a token reads, and nothing else: to {permission} needs another role than yours")
            raise Forbidden(f"to {permission} needs another role than yours ({', '.join(sorted(who.roles))})")
        missing = service.configuration.second_factor_required and not who.has_second_factor
        if missing and who.csrf is not None and permission is not Permission.SIGNED_IN:
            raise SecondFactorNeeded
        if wait := service.requests.wait(who.told):
            raise TooMany(wait)
        centre = Centre(service.store, who.centre, who.account_id, who.told)
        seen_later(request, afterwards, centre, service.seen, service.scribe)
        return Visitor(request, service, who, centre, afterwards)

    visitor.permission = permission  # type: ignore[attr-defined]
    return Depends(visitor)


class SecondFactorNeeded(Exception):
    """The account has to set up its second factor first."""


class TooMany(Exception):
    """Too many requests: how many seconds to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many requests: wait {seconds:.0f} seconds")
        self.seconds = seconds

"""Who visits, in which centre, and what they may: every page and address asks for a permission before it does anything."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tenfold.records.registry import EPOCH
from tenfold.service.access.permissions import Permission, allowed
from tenfold.service.answers import settings_of, today
from tenfold.service.store.centre import Centre
from tenfold.service.store.outcome import Refused
from tenfold.service.store.sessions import SignedIn, session_of, token_of
from tenfold.settings import Settings

if TYPE_CHECKING:
    from tenfold.service.application import Service

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


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
        return Permission[permission] in allowed(self.who.roles)

    def day(self, text: str | None) -> int | None:
        """The day of the centre's axis that an address names; without one, today. Refused in words for no day."""
        if not text:
            return today(self.about)
        try:
            if self.about["axis"] == "relative":
                return int(text)
            return (date.fromisoformat(text) - EPOCH).days
        except ValueError:
            wanted = "a day number such as 120" if self.about["axis"] == "relative" else "a date such as 2024-05-03"
            raise Refused(f"{text[:40]} is no day of this centre: give {wanted}") from None

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page of the service."""
        return HTMLResponse(self.service.templates.render(template, visitor=self, **values), status)

    def to(self, address: str) -> RedirectResponse:
        """Go on to another page after something was done."""
        return RedirectResponse(address, 303)


def signed_in(request: Request) -> SignedIn:
    """Who makes a request, by token or by cookie. NotSignedIn for nobody."""
    service: Service = request.app.state.service
    authorization = request.headers.get("authorization", "")
    if authorization.lower().startswith("bearer "):
        found = token_of(service.store, authorization[7:].strip())
    else:
        found = session_of(service.store, request.cookies.get(service.cookie, ""))
    if found is None:
        raise NotSignedIn
    return found


async def same_origin(request: Request, who: SignedIn) -> None:
    """Refuse a change that another site's page had the browser make."""
    if request.method in SAFE or who.csrf is None:
        return
    given = request.headers.get("x-csrf-token")
    if given is None:
        given = str((await request.form()).get("csrf", ""))
    if not hmac.compare_digest(given, who.csrf):
        raise Forbidden("this form is out of date: open the page again and repeat what you did")


def requires(permission: Permission) -> Any:
    """A visitor who may do something: `visitor: Annotated[Visitor, requires(Permission.READ)]`."""

    async def visitor(request: Request) -> Visitor:
        from starlette.concurrency import run_in_threadpool

        service: Service = request.app.state.service
        who = await run_in_threadpool(signed_in, request)
        await same_origin(request, who)
        if who.centre is None:
            raise Forbidden("your account is a member of no centre: ask an administrator")
        if permission not in allowed(who.roles):
            raise Forbidden(f"to {permission} needs another role than yours ({', '.join(sorted(who.roles))})")
        missing = service.configuration.second_factor_required and not who.has_second_factor
        if missing and who.csrf is not None and permission is not Permission.SIGNED_IN:
            raise SecondFactorNeeded
        if wait := service.requests.wait(str(who.account_id)):
            raise TooMany(wait)
        centre = Centre(service.store, who.centre, who.account_id, who.account)
        return Visitor(request, service, who, centre)

    visitor.permission = permission  # type: ignore[attr-defined]
    return Depends(visitor)


class SecondFactorNeeded(Exception):
    """The account has to set up its second factor first."""


class TooMany(Exception):
    """Too many requests: how many seconds to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many requests: wait {seconds:.0f} seconds")
        self.seconds = seconds

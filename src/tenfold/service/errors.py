"""How requests fail: a page in plain words for a person, JSON for a program; never a stack of code."""

from __future__ import annotations

import logging
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from starlette.exceptions import HTTPException

from tenfold.service.discreet import where
from tenfold.service.store.outcome import Conflict, NotThere, Refused
from tenfold.service.visitor import Forbidden, NotSignedIn, SecondFactorNeeded, TooMany

log = logging.getLogger("tenfold.service")
PROGRAMS = ("/api/", "/cds-services", "/health")

TITLES = {
    400: "This cannot be understood",
    403: "This needs another role",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "Something has changed since",
    413: "This is too large",
    422: "This cannot be kept as it is",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "The store is busy",
}


def answer(request: Request, status: int, said: str, **more: object) -> Response:
    """An answer that says what went wrong, for who asked."""
    if request.url.path.startswith(PROGRAMS):
        return JSONResponse({"error": said, **more}, status)
    service = request.app.state.service
    page = service.templates.render("error.html.j2", title=TITLES.get(status, "This cannot be done"), said=said, **more)
    return HTMLResponse(page, status)


def install(app: FastAPI) -> None:
    """Tell the application how each failure is answered."""

    async def not_signed_in(request: Request, _error: Exception) -> Response:
        if request.url.path.startswith(PROGRAMS):
            return JSONResponse({"error": "sign in, or send a token"}, 401, {"www-authenticate": "Bearer"})
        if request.headers.get("x-csrf-token") is not None:
            return HTMLResponse("You are signed out: open the page again.", 401)
        back = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={quote(back)}", 303)

    async def second_factor(request: Request, _error: Exception) -> Response:
        if request.url.path.startswith(PROGRAMS):
            return JSONResponse({"error": "set up the second factor first"}, 403)
        return RedirectResponse("/account", 303)

    async def forbidden(request: Request, error: Exception) -> Response:
        return answer(request, 403, str(error))

    async def not_there(request: Request, error: Exception) -> Response:
        return answer(request, 404, str(error.args[0]) if error.args else "")

    async def conflict(request: Request, error: Exception) -> Response:
        return answer(
            request, 409, f"{error}. Nothing of yours was written. Go back, open it anew and look at the change."
        )

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        faults = [] if error.faults is None else error.faults.to_dicts()
        return answer(request, 422, str(error), faults=faults)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        told = [f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in error.errors()]
        return answer(request, 422, "; ".join(told) or "the request cannot be read")

    async def too_many(request: Request, error: Exception) -> Response:
        assert isinstance(error, TooMany)
        found = answer(request, 429, str(error))
        found.headers["retry-after"] = str(int(error.seconds) + 1)
        return found

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        said = "there is no page of this address" if error.status_code == 404 else str(error.detail)
        return answer(request, error.status_code, said)

    async def unusable(request: Request, error: Exception) -> Response:
        log.error("%s", where(error))
        said = "a number or a character in what was sent is none that can be kept; nothing was written"
        return answer(request, 422, said)

    async def busy(request: Request, error: Exception) -> Response:
        log.error("the store: %s", type(error).__name__)
        return answer(
            request, 503, "the store is busy or cannot be reached; nothing was written. Try again in a moment"
        )

    async def broken(request: Request, error: Exception) -> Response:
        log.error("%s", where(error))
        return answer(request, 500, "the fault is ours, and it was written down; nothing was changed")

    for kind, handler in (
        (NotSignedIn, not_signed_in),
        (SecondFactorNeeded, second_factor),
        (Forbidden, forbidden),
        (NotThere, not_there),
        (Conflict, conflict),
        (Refused, refused),
        (TooMany, too_many),
        (RequestValidationError, invalid),
        (HTTPException, http),
        (DataError, unusable),
        (OverflowError, unusable),
        (UnicodeEncodeError, unusable),
        (OperationalError, busy),
        (NoConnectionLeft, busy),
        (Exception, broken),
    ):
        app.add_exception_handler(kind, handler)

"""Signing in and out, the account's own page with its second factor, and going on in another centre."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from tenfold.service.access import passwords, second_factor
from tenfold.service.access.permissions import Permission
from tenfold.service.access.rate import counted, place
from tenfold.service.access.signing import signed
from tenfold.service.store import accounts, sessions
from tenfold.service.store.outcome import Refused
from tenfold.service.visitor import Forbidden, Visitor, requires

router = APIRouter(include_in_schema=False)
TOKEN_DAYS = 90
"""For which a token lasts unless its maker says otherwise, or it may not."""
WRONG = "Name, password or code are not right."


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> HTMLResponse:
    """The form."""
    return _form(request, next)


def _form(request: Request, next: str, said: str = "", status: int = 200) -> HTMLResponse:
    service = request.app.state.service
    oidc = service.configuration.oidc.get("name") or service.configuration.oidc.get("issuer")
    return HTMLResponse(service.templates.render("sign_in.html.j2", next=local(next), said=said, oidc=oidc), status)


def local(address: str) -> str:
    """An address of this service, and of no other."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"


@router.post("/sign-in")
def sign_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Begin a session for who knows the password, and the code where a second factor is set up."""
    service = request.app.state.service
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("sign in on this service's own page")
    here = place(request.client.host if request.client else None)
    known = name.strip().lower()
    key = f"{here} {known}"
    # Each is a try until it turns out right, so that guesses made at once are counted, too. What one place was refused is none
    # of a name: else one machine could keep a name out everywhere.
    wait = counted((service.attempts, key), (service.knocks, here), (service.names, known))
    if wait:
        service.metrics.sign_ins.labels("too many").inc()
        return _form(request, next, f"Too many attempts: wait {wait / 60:.0f} minutes.", 429)
    found: dict[str, Any] | None = accounts.account_named(service.store, name)
    right = passwords.fits(password, None if found is None else found["password"])
    if not right or found is None or not found["active"] or not _second(service, found, code):
        service.metrics.sign_ins.labels("refused").inc()
        _told_refused(service, found)
        return _form(request, next, WRONG, 401)
    service.attempts.forget(key)
    service.knocks.give_back(here)
    service.names.give_back(known)
    service.metrics.sign_ins.labels("signed in").inc()
    old = request.cookies.get(service.cookie)
    if old:
        sessions.end(service.store, old)
    return with_session(request, sessions.begin(service.store, found["id"], None), local(next))


def _told_refused(service: Any, found: dict[str, Any] | None) -> None:
    with service.store.writing() as connection:
        if found is None:
            service.store.trail.add(connection, "sign-in refused")
        else:
            accounts.told(service.store, connection, "sign-in refused", found["id"], by=found["name"])


def _second(service: Any, found: dict[str, Any], code: str) -> bool:
    if found["second_factor"] is None:
        return True
    step = second_factor.step_of(found["second_factor"], code, found["second_factor_step"])
    return step is not None and accounts.used_step(service.store, found["id"], step)


def with_session(request: Request, secret: str, address: str) -> RedirectResponse:
    """Go on to a page with the cookie of a new session."""
    service = request.app.state.service
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        service.cookie, secret, httponly=True, secure=service.configuration.secure, samesite="lax", path="/"
    )
    return answer


@router.post("/sign-out")
def sign_out(request: Request, visitor: Annotated[Visitor, requires(Permission.SIGNED_IN)]) -> Response:
    """End the session."""
    sessions.end(visitor.service.store, request.cookies.get(visitor.service.cookie, ""))
    answer = visitor.to("/sign-in")
    answer.delete_cookie(
        visitor.service.cookie, secure=visitor.service.configuration.secure, httponly=True, samesite="lax"
    )
    return answer


@router.post("/centre")
def other_centre(
    request: Request,
    visitor: Annotated[Visitor, requires(Permission.SIGNED_IN)],
    centre: Annotated[int, Form()],
) -> Response:
    """Go on in another centre."""
    sessions.move(visitor.service.store, request.cookies.get(visitor.service.cookie, ""), centre)
    return visitor.to("/")


Visiting = Annotated[Visitor, requires(Permission.SIGNED_IN)]


@router.get("/account")
def account(visitor: Visiting) -> HTMLResponse:
    """The account's own page."""
    return _account(visitor)


def _account(visitor: Visitor, said: str = "", status: int = 200, token: str | None = None) -> HTMLResponse:
    service, who = visitor.service, visitor.who
    secret = None if visitor.who.has_second_factor else second_factor.new_secret()
    by_name = _signs_by_name(visitor)
    return visitor.page(
        "account.html.j2",
        status,
        said=said,
        token=token,
        tokens=sessions.tokens(service.store, visitor.centre.id, who.account_id),
        by_the_hospital=by_name,
        longest_token=_longest_token(by_name),
        usual_token=min(TOKEN_DAYS, _longest_token(by_name)),
        required=service.configuration.second_factor_required,
        sealed=None if secret is None else second_factor.sealed(service.store.cipher, secret, who.account_id),
        readable=secret,
        qr=None if secret is None else Markup(second_factor.as_svg(second_factor.address(secret, visitor.who.account))),
    )


def _row(visitor: Visitor) -> dict[str, Any]:
    found: Any = accounts.account_named(visitor.service.store, visitor.who.account)
    return dict(found)


def _signs_by_name(visitor: Visitor) -> bool:
    """Whether the account has no password here, and signs with its name, which an open screen shows."""
    return _row(visitor)["password"] is None


def _longest_token(by_name: bool) -> int:
    """In days."""
    return sessions.LONGEST_NAMED_TOKEN_DAYS if by_name else sessions.LONGEST_TOKEN_DAYS


@router.post("/account/second-factor")
def set_up(
    request: Request,
    visitor: Visiting,
    secret: Annotated[str, Form()],
    code: Annotated[str, Form()],
    password: Annotated[str, Form()] = "",
) -> Response:
    """Keep a second factor once the password and a code of it were given; every other session of the account ends."""
    store = visitor.service.store
    try:
        signed(visitor, password)
    except Refused:
        return _account(visitor, "The password is not right. The picture below is a new one: read it again.", 422)
    plain = second_factor.opened(store.cipher, secret, visitor.who.account_id)
    if plain is None:
        return _account(visitor, "The page was open for too long: use the new code below.", 422)
    step = None if visitor.who.has_second_factor else second_factor.step_of(plain, code, 0)
    if step is None:
        return _account(visitor, "This code does not fit. The picture below is a new one: read it again.", 422)
    mine = sessions.digest(request.cookies.get(visitor.service.cookie, ""))
    who = visitor.who
    accounts.keep_second_factor(store, who.account_id, plain, who.account, step=step, session=mine)
    return visitor.to("/")


@router.post("/account/tokens")
def new_token(
    visitor: Annotated[Visitor, requires(Permission.READ)],
    name: Annotated[str, Form()],
    password: Annotated[str, Form()] = "",
    days: Annotated[int | None, Form(ge=1, le=sessions.LONGEST_TOKEN_DAYS)] = None,
) -> Response:
    """Make a token for a program that reads what the account reads in this centre; it is shown once and never again."""
    who = visitor.who
    try:
        signed(visitor, password)
        longest = _longest_token(_signs_by_name(visitor))
        lasts = min(TOKEN_DAYS, longest) if days is None else days
        if lasts > longest:
            raise Refused(
                f"a token of an account without a password here lasts {longest} days at most, since its name alone signs for it"
            )
        made = sessions.new_token(visitor.service.store, who.account_id, visitor.centre.id, name, lasts, who.account)
    except Refused as error:
        return _account(visitor, f"{str(error)[:1].upper()}{str(error)[1:]}.", 422)
    return _account(visitor, token=made)


@router.post("/account/tokens/{token}/withdraw")
def withdraw_token(visitor: Annotated[Visitor, requires(Permission.READ)], token: int) -> Response:
    """Withdraw an own token: it stops to work at once."""
    who = visitor.who
    sessions.withdraw_token(visitor.service.store, token, visitor.centre.id, who.account, who.account_id)
    return visitor.to("/account")


@router.post("/account/password")
def own_password(visitor: Visiting, old: Annotated[str, Form()], new: Annotated[str, Form()]) -> Response:
    """Change the own password; every session of the account ends, and its tokens are withdrawn."""
    store, who = visitor.service.store, visitor.who
    if wait := visitor.service.attempts.wait(f"password {who.account_id}"):
        return _account(visitor, f"Too many attempts: wait {wait / 60:.0f} minutes.", 429)
    if not passwords.fits(old, _row(visitor)["password"]):
        return _account(visitor, "The present password is not right.", 422)
    try:
        accounts.change_account(store, who.account_id, who.account, password=new)
    except Refused as error:
        return _account(visitor, f"{str(error).capitalize()}.", 422)
    return visitor.to("/sign-in")

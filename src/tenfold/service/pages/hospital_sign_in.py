"""Signing in through the hospital: off to its own sign-in, and back with a code."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from tenfold.service.access import under_way
from tenfold.service.access.arrival import arrived, refused
from tenfold.service.access.oidc import NotSignedInThere, Provider, named
from tenfold.service.pages.sign_in import local
from tenfold.service.store.outcome import NotThere

router = APIRouter(prefix="/sign-in/hospital", include_in_schema=False)
KIND = "hospital"
AGAIN = "/sign-in/hospital"
LONGEST_ADDRESS = 500


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.service.providers.hospital()
    if provider is None:
        raise NotThere("sign-in by the hospital is not set up here: sign in with name and password")
    return provider


def _back(request: Request) -> str:
    return f"{request.app.state.service.configuration.address}/sign-in/hospital/callback"


@router.get("")
def go_there(request: Request, next: str = "/") -> Response:
    """Send the browser to the hospital's sign-in."""
    provider = _provider(request)
    one = under_way.begin(KIND, provider.about.base, local(next) if len(next) <= LONGEST_ADDRESS else "/")
    try:
        address = provider.authorization(state=one.state, nonce=one.nonce, verifier=one.verifier, back=_back(request))
    except NotSignedInThere as why:
        return _failed(request, why)
    answer = RedirectResponse(address, 303)
    under_way.keep(answer, request, one)
    return answer


@router.get("/callback")
def come_back(request: Request, code: str = "", state: str = "", error: str = "", iss: str = "") -> Response:
    """Begin the session of who comes back from the hospital's sign-in."""
    provider = _provider(request)
    one = under_way.returned(request, KIND, state)
    if one is None or one.base != provider.about.base:
        said = (
            "This answer of the hospital's sign-in was not asked for by this browser, or longer than ten minutes ago. Nobody"
            " was signed in. Begin again here"
        )
        return refused(request, said, AGAIN, why="the state is not one of this browser")
    try:
        answer = _signed_in(request, provider, one, code=code, error=error, iss=iss)
    except NotSignedInThere as why:
        answer = _failed(request, why)
    under_way.done(answer, request, KIND, state)
    return answer


def _signed_in(
    request: Request, provider: Provider, one: under_way.UnderWay, *, code: str, error: str, iss: str
) -> Response:
    if error or not code:
        said = f"The hospital's sign-in was not completed{named(error)}. Nobody was signed in"
        return refused(request, said, AGAIN, why=f"not completed there{named(error)}")
    if iss and iss != provider.endpoints().issuer:
        raise NotSignedInThere("the answer is of another issuer")
    found = provider.exchanged(code=code, verifier=one.verifier, back=_back(request))
    return arrived(request, provider.subject(provider.claims(found, one.nonce)), one.then, AGAIN)


def _failed(request: Request, why: NotSignedInThere) -> Response:
    if not why.reachable:
        said = f"The hospital's sign-in does not answer at present ({why}). Try again in a moment, or sign in with name and password"
        return refused(request, said, AGAIN, status=502, why=str(why))
    said = f"What came back from the hospital's sign-in was not accepted: {why}. Nobody was signed in. Begin again; if it happens anew, tell an administrator"
    return refused(request, said, AGAIN, why=str(why))

"""The launch itself: from the record system to its sign-in, and back with a code.

SMART App Launch 2, EHR launch. `iss` comes with the browser, so that only record systems of the list are ever asked.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from tenfold.service.access import under_way
from tenfold.service.access.arrival import arrived, refused
from tenfold.service.access.oidc import NotSignedInThere, Provider, named
from tenfold.service.smart.launched import kept, read_answer

router = APIRouter(prefix="/smart", include_in_schema=False)
KIND = "smart"
LONGEST_LAUNCH = 4000
ANEW = "Open Tenfold again from the patient's chart in the record system"


def _back(request: Request) -> str:
    return f"{request.app.state.service.configuration.address}/smart/callback"


def _embedded(request: Request) -> bool:
    """Whether record systems may show our pages in a frame of theirs."""
    return bool(request.app.state.service.configuration.frame_ancestors)


@router.get("/launch")
def launch(request: Request, iss: str = "", launch: str = "") -> Response:
    """Where the record system sends the browser: on to its own sign-in, if it is on the list."""
    if not iss or not launch:
        said = "This address is opened by the record system, which tells the patient; something of it is missing"
        return refused(request, f"{said}. {ANEW}", "", status=400, why="a launch without iss or launch")
    provider = request.app.state.service.providers.record_system(iss)
    if provider is None:
        said = (
            "This record system is not one of those that may open Tenfold here. An administrator of the server adds its FHIR"
            " address to TENFOLD_SMART_ISSUERS"
        )
        return refused(request, said, "", why="a launch from a record system that is not listed")
    if len(launch) > LONGEST_LAUNCH:
        return refused(request, f"The record system sent a launch that is too long. {ANEW}", "", status=400)
    one = under_way.begin(KIND, provider.about.base)
    try:
        address = provider.authorization(
            state=one.state, nonce=one.nonce, verifier=one.verifier, back=_back(request), launch=launch, aud=iss
        )
    except NotSignedInThere as why:
        return _failed(request, why)
    answer = RedirectResponse(address, 303)
    under_way.keep(answer, request, one, embedded=_embedded(request))
    return answer


@router.get("/callback")
def come_back(request: Request, code: str = "", state: str = "", error: str = "", iss: str = "") -> Response:
    """Begin the session of who comes back from the record system's sign-in, with the patient of the launch."""
    one = under_way.returned(request, KIND, state)
    provider = None if one is None else request.app.state.service.providers.record_system(one.base)
    if one is None or provider is None:
        said = (
            "This launch was not begun by this browser, or longer than ten minutes ago, or the browser keeps no cookies within"
            " the record system's frame. Nobody was signed in"
        )
        return refused(request, f"{said}. {ANEW}", "", why="the state is not one of this browser")
    try:
        answer = _signed_in(request, provider, one, code=code, error=error, iss=iss)
    except NotSignedInThere as why:
        answer = _failed(request, why)
    under_way.done(answer, request, KIND, state, embedded=_embedded(request))
    return answer


def _signed_in(
    request: Request, provider: Provider, one: under_way.UnderWay, *, code: str, error: str, iss: str
) -> Response:
    if error or not code:
        said = f"The record system did not let the launch go on{named(error)}. Nobody was signed in. {ANEW}"
        return refused(request, said, "", why=f"not completed there{named(error)}")
    if iss and iss not in (provider.endpoints().issuer, provider.about.base):
        raise NotSignedInThere("the answer is of another issuer")
    found = provider.exchanged(code=code, verifier=one.verifier, back=_back(request))
    subject = provider.subject(provider.claims(found, one.nonce))
    launched = read_answer(found, provider.about.base)
    launch = kept(request.app.state.service.store, launched)
    then = f"/smart/patient?launch={launched.key}"
    return arrived(request, subject, then, "", launch, embedded=_embedded(request))


def _failed(request: Request, why: NotSignedInThere) -> Response:
    if not why.reachable:
        said = f"The record system's sign-in does not answer at present ({why}). Try again in a moment"
        return refused(request, said, "", status=502, why=str(why))
    said = f"What came back from the record system was not accepted: {why}. Nobody was signed in. {ANEW}; if it happens anew, tell an administrator"
    return refused(request, said, "", why=str(why))

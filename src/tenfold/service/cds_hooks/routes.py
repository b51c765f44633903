"""The addresses of the service: discovery, the services, and feedback.

What is sent is checked in this order: who sends it and how often, how large it is, whether it is JSON, whether it is the
specification's request; only then is it read. A refusal is JSON with one sentence, and the right number: 400 not the
specification's, 401 not signed, 404 no such service, 412 what is needed is not there, 413 too large, 429 too often, 503 too many
at the same time. Nothing to say is 200 with no cards. The log holds service, number of cards and time, never a patient, a token
or an address that was asked.

How often is counted for each client once its token is verified, so that nobody elsewhere uses up what is a client's; calls
without a client, refused ones among them, are counted for the address that they come from. A token is counted there before it is
looked at, and given back once it is right. Tokens are verified in threads of their own: a client whose keys do not come holds up
no page.

CDS Hooks 2.0, Discovery, Calling a CDS Service, Feedback, Cross-Origin Resource Sharing; RFC 6585 (429), RFC 9110 (Retry-After).
"""

from __future__ import annotations

import json
import logging
import math
import time
from asyncio import get_running_loop
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

import httpx2
from fastapi import APIRouter
from fastapi import Request as Call
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from tenfold.service.access.rate import Rate, place
from tenfold.service.cds_hooks.card_parts import made
from tenfold.service.cds_hooks.cards import patient_view
from tenfold.service.cds_hooks.configuration import RATE_SECONDS, Configuration
from tenfold.service.cds_hooks.fhir_server import server_for
from tenfold.service.cds_hooks.messages import Card, Feedback, OrderRequest, Request, Response
from tenfold.service.cds_hooks.order_cards import order_select
from tenfold.service.cds_hooks.orders import drafts_of
from tenfold.service.cds_hooks.prefetched import Gathered, PreconditionFailed, gather
from tenfold.service.cds_hooks.services import HOOKS, ORDER_SELECT, discovery
from tenfold.service.cds_hooks.tokens import TokenRefused, TokenVerifier
from tenfold.service.cds_hooks.views import Busy, Views
from tenfold.service.sent import REFUSED, texts_in, unusable
from tenfold.settings import DEFAULTS, Settings

LOG = logging.getLogger("tenfold.cds_hooks")
MOST_SAID = 3
"""Faults of a request that are named."""
VERIFIED_AT_ONCE = 8
"""Tokens."""
BUSY_SECONDS = 2
"""After which a call that was one too many may come again."""

Model = TypeVar("Model", bound=BaseModel)
KeepFeedback = Callable[[str, dict[str, Any]], None]
"""The id of a service and a checked feedback as JSON, to be stored. It may hold a clinician's words: it is never logged."""


@dataclass(frozen=True)
class Served:
    """Cards that were given out, so that feedback on one can be understood later.

    `patient_id` as in the client's FHIR server (`fhir_server`, "" where none was named).
    """

    service: str
    day: date
    fhir_server: str
    patient_id: str
    cards: tuple[Card, ...]


class _Refused(Exception):
    """An answer other than 200: its number, one sentence, and the seconds after which to try again."""

    def __init__(self, status: int, why: str, wait: float = 0) -> None:
        super().__init__(why)
        self.status, self.why, self.wait = status, why, wait


def router_for(
    about: Configuration,
    *,
    verifier: TokenVerifier | None,
    keep_feedback: KeepFeedback,
    settings: Callable[[], Settings] = lambda: DEFAULTS,
    keep_cards: Callable[[Served], None] | None = None,
    http: httpx2.AsyncClient | None = None,
    today: Callable[[], date] = date.today,
) -> APIRouter:
    """Return the routes of the service.

    `verifier`: None lets anybody call, for a service that nobody else can reach. `keep_feedback` and `keep_cards` store; where
    they raise, the client learns that nothing was stored (500). `http` reads from the listed FHIR servers; None reads nothing.
    """
    router = APIRouter(tags=["CDS Hooks"])
    calls = Rate(about.most_calls, RATE_SECONDS)
    views = Views(settings, about.complete)
    verifying = ThreadPoolExecutor(VERIFIED_AT_ONCE, "tenfold-tokens")

    def answered(call: Call, status: int, body: Mapping[str, Any] | None, **more: str) -> JSONResponse:
        headers = {"Cache-Control": "no-store", "Vary": "Origin", **_cross_origin(about, call), **more}
        return JSONResponse(body, status, headers)

    def refused(call: Call, service: str, why: _Refused) -> JSONResponse:
        LOG.info("%s refused: %d", service if service in HOOKS else "unknown service", why.status)
        again = {"Retry-After": str(math.ceil(why.wait))} if why.wait else {}
        return answered(call, why.status, {"error": why.why}, **again)

    def counted(caller: str) -> None:
        """Count a call. _Refused for one too many."""
        if wait := calls.wait(caller):
            raise _Refused(429, f"more calls than {about.calls_a_second:g} a second: try again later", wait)

    @router.get("/cds-services")
    async def list_services(call: Call) -> JSONResponse:
        """The services, and what each asks to be sent along."""
        try:
            counted(_place(call))
        except _Refused as why:
            return refused(call, "", why)
        return answered(call, 200, discovery().as_json())

    @router.post("/cds-services/{service}")
    async def answer(call: Call, service: str) -> JSONResponse:
        """Cards for a patient whose chart is opened, or for orders that were chosen."""
        began = time.perf_counter()
        try:
            request = await _request(call, service)
            server = server_for(request, about.fhir_servers, http)
            gathered = await gather(request, server)
            cards = await run_in_threadpool(_cards, request, service, gathered)
        except _Refused as why:
            return refused(call, service, why)
        except PreconditionFailed as why:
            return refused(call, service, _Refused(412, str(why)))
        except Busy:
            return refused(
                call, service, _Refused(503, "too many calls at the same time: try again later", BUSY_SECONDS)
            )
        LOG.info("%s: %d cards in %.0f ms", service, len(cards), 1000 * (time.perf_counter() - began))
        return answered(call, 200, Response(cards=cards).as_json())

    @router.post("/cds-services/{service}/feedback")
    async def feedback(call: Call, service: str) -> JSONResponse:
        """What became of cards: agreed with, or put aside and why."""
        try:
            addresses = (about.url(service, "feedback"), about.url(service))
            body = await _checked(call, service, addresses)
            entries = _valid(Feedback, body)
        except _Refused as why:
            return refused(call, service, why)
        await run_in_threadpool(keep_feedback, service, entries.model_dump(mode="json", exclude_none=True))
        LOG.info("%s: %d entries of feedback", service, len(entries.feedback))
        return answered(call, 200, {})

    @router.options("/cds-services")
    @router.options("/cds-services/{service}")
    @router.options("/cds-services/{service}/feedback")
    async def preflight(call: Call) -> JSONResponse:
        """Whether a page of another origin may call."""
        return answered(call, 200, {})

    async def _request(call: Call, service: str) -> Request:
        body = await _checked(call, service, (about.url(service),))
        request: Request = _valid(OrderRequest if service == ORDER_SELECT else Request, body)
        if request.hook != HOOKS[service]:
            raise _Refused(400, f"hook must be {HOOKS[service]} for this service")
        return request

    async def _checked(call: Call, service: str, addresses: tuple[str, ...]) -> Any:
        """The JSON of a call, once it is known who calls."""
        if service not in HOOKS:
            counted(_place(call))
            raise _Refused(404, "there is no such service; GET /cds-services lists them")
        if verifier is None:
            counted(_place(call))
        else:
            counted(_place(call))
            given = call.headers.get("Authorization")
            try:
                caller = await get_running_loop().run_in_executor(verifying, verifier.verify, given, addresses)
            except TokenRefused as why:
                raise _Refused(401, f"not authenticated: {why}") from None
            calls.give_back(_place(call))
            counted(f"client {caller.issuer}")
        return _parsed(await _body(call, about.largest))

    def _cards(request: Request, service: str, gathered: Gathered) -> tuple[Card, ...]:
        day = today()
        view = views.of(gathered, request.context.patientId, day)
        if isinstance(request, OrderRequest):
            drafts = drafts_of(request.context.selections, request.context.draftOrders)
            said = order_select(view, drafts, view.assessment.on)
        else:
            said = patient_view(view)
        if view.patient.registry.simulated:
            said = tuple(replace(one, summary=f"Simulated patient: {one.summary}") for one in said)
        where = (request.fhirServer or "").rstrip("/")
        whom = f"{where} {request.context.patientId}"
        cards = tuple(made(one, about, whom, day, service) for one in said)
        if keep_cards is not None and cards:
            keep_cards(Served(service, day, where, request.context.patientId, cards))
        return cards

    return router


def _place(call: Call) -> str:
    """The address that a call without a client comes from."""
    return f"address {place(call.client.host if call.client else None)}"


def _cross_origin(about: Configuration, call: Call) -> dict[str, str]:
    """The headers by which a browser lets a page of a listed origin call; none for any other."""
    origin = call.headers.get("Origin")
    if origin is None or origin not in about.origins:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept",
        "Access-Control-Expose-Headers": "Retry-After",
        "Access-Control-Max-Age": "600",
    }


async def _body(call: Call, largest: int) -> bytes:
    data = bytearray()
    async for piece in call.stream():
        data += piece
        if len(data) > largest:
            raise _Refused(413, f"the request is larger than {largest} bytes: send fewer resources along")
    return bytes(data)


def _parsed(data: bytes) -> Any:
    try:
        text = data.decode("utf-8-sig")
        body = json.loads(text, parse_constant=_no_number, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise _Refused(400, "the request is not JSON in UTF-8") from None
    # What no store can keep comes through UTF-8 and JSON only where it is written as an escape.
    if "\\u" in text and any(unusable(one) for one in texts_in(body)):
        raise _Refused(400, REFUSED)
    return body


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made_of = dict(pairs)
    if len(made_of) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return made_of


def _valid(model: type[Model], body: Any) -> Model:
    try:
        return model.model_validate(body)
    except ValidationError as faults:
        # What was sent is not said back: it may name the patient.
        said = [f"{'.'.join(map(str, one['loc'])) or 'request'}: {one['msg']}" for one in faults.errors()[:MOST_SAID]]
        raise _Refused(400, f"not a request of CDS Hooks 2.0: {'; '.join(said)}") from None

"""Whether the service is well, what it counts, and the files that its pages load."""

from __future__ import annotations

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from tenfold.service.configuration import Configuration, this_machine
from tenfold.service.store.store import Store
from tenfold.service.templating import MARKS, STATIC

router = APIRouter()


_apart = ThreadPoolExecutor(1, thread_name_prefix="health")
"""Not among the threads of pages: a service that is busy is well all the same."""


@router.get("/health", include_in_schema=False)
async def health(request: Request) -> JSONResponse:
    """Whether the service can reach its store."""
    store: Store = request.app.state.service.store

    def reached() -> None:
        with store.reading() as connection:
            connection.execute(select(1))

    try:
        await asyncio.get_running_loop().run_in_executor(_apart, reached)
    except SQLAlchemyError:
        return JSONResponse({"status": "the store cannot be reached"}, 503)
    return JSONResponse({"status": "well"})


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Counts and times of requests, as Prometheus reads them: for this machine alone, or for who has the token."""
    service = request.app.state.service
    if not _may_count(request, service.configuration):
        said = "The metrics are for this machine alone, or for who sends TENFOLD_METRICS_TOKEN as a bearer token."
        return PlainTextResponse(said, 403)
    return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _may_count(request: Request, configuration: Configuration) -> bool:
    token = configuration.metrics_token
    given = request.headers.get("authorization", "").partition(" ")[2]
    if token and hmac.compare_digest(given.strip().encode(), token.encode()):
        return True
    # What comes through a proxy on this machine may come from anywhere.
    through = configuration.behind_a_proxy or "x-forwarded-for" in request.headers or "forwarded" in request.headers
    return request.client is not None and this_machine(request.client.host) and not through


@router.get("/static/{mark}/{name}", include_in_schema=False)
async def static(mark: str, name: str) -> Response:
    """A script or style; its address changes with its content, so that it may be kept for good."""
    if MARKS.get(name) != mark:
        return Response(status_code=404)
    content, kind = STATIC[name]
    return Response(content, media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"})

"""The service put together: its store, its pages, its interfaces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata
from typing import Any

from fastapi import FastAPI

from tenfold.service import errors, health
from tenfold.service.access.providers import Providers
from tenfold.service.access.rate import Rate
from tenfold.service.answers import Answers
from tenfold.service.cds_hooks.served import cds_router
from tenfold.service.configuration import Configuration
from tenfold.service.forgetting import forgetting
from tenfold.service.headers import Headers, Limit, Measured, Metrics
from tenfold.service.jobs import Jobs
from tenfold.service.looks import Looks
from tenfold.service.pages import ROUTERS as PAGES
from tenfold.service.rest import ROUTERS as INTERFACE
from tenfold.service.scribe import Scribe
from tenfold.service.standings import Standings
from tenfold.service.store.accounts import centres
from tenfold.service.store.engine import StoreError
from tenfold.service.store.store import Store
from tenfold.service.studied import Studied
from tenfold.service.templating import Templates


@dataclass
class Service:
    """What the requests share."""

    configuration: Configuration
    store: Store
    answers: Answers = field(default_factory=Answers)
    looks: Looks = field(default_factory=Looks)
    studies: Jobs[Studied] = field(default_factory=lambda: Jobs(8))
    endpoints: Jobs[dict[str, Any]] = field(default_factory=lambda: Jobs(8, workers=1))
    """For programs: the usual endpoints of centres, as data."""
    standings: Standings = field(default_factory=Standings)
    templates: Templates = field(default_factory=Templates)
    metrics: Metrics = field(default_factory=Metrics)
    requests: Rate = field(default_factory=lambda: Rate(600, 60))
    """Of one account by its people, and of each of its tokens."""
    attempts: Rate = field(default_factory=lambda: Rate(5, 900))
    """To sign in, of one name from one address."""
    knocks: Rate = field(default_factory=lambda: Rate(30, 900))
    """Refused sign-ins, from one address."""
    names: Rate = field(default_factory=lambda: Rate(50, 900))
    """Refused sign-ins, of one name from wherever."""
    seen: Rate = field(default_factory=lambda: Rate(1, 3600))
    """Of one patient by one account: told once an hour."""
    scribe: Scribe = field(init=False)

    def __post_init__(self) -> None:
        self.scribe = Scribe(self.store)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie: with TLS, one that no other host can set."""
        return "__Host-tenfold" if self.configuration.secure else "tenfold"

    @cached_property
    def providers(self) -> Providers:
        """Those who sign people in: the hospital, and the record systems."""
        return Providers(self.configuration.oidc, self.configuration.smart)


def _beside(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What goes on beside the requests, from the start of the service to its end."""

    @asynccontextmanager
    async def beside(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with forgetting(service.store)(app):
                yield
        finally:
            await asyncio.to_thread(service.scribe.close)

    return beside


def create_app(configuration: Configuration, store: Store) -> FastAPI:
    """The application."""
    service = Service(configuration, store)
    app = FastAPI(
        title="Tenfold",
        version=metadata.version("tenfold"),
        summary="MRD-guided, venetoclax-based treatment of AML: decision support. Not a medical device.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_beside(service),
        # Nothing is reported to anybody.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.service = service
    app.add_middleware(Limit, most=configuration.largest_upload)
    app.add_middleware(Headers, configuration=configuration)
    app.add_middleware(Measured, metrics=service.metrics)
    errors.install(app)
    # Each route as its module has built it, once for the process: to include a router builds all of its routes anew.
    for router in (health.router, *PAGES, *INTERFACE):
        app.router.routes.extend(router.routes)
    named = configuration.launch_centre
    if configuration.smart and named is not None and named not in centres(store):
        raise StoreError("TENFOLD_SMART_CENTRE (or TENFOLD_CDS_CENTRE) must name a centre of the store")
    if (cards := cds_router(service)) is not None:
        app.include_router(cards, include_in_schema=False)
    return app

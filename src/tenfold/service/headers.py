"""What every answer carries, how much a request may carry, and what is written down of both: nothing about a patient."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenfold.service.configuration import Configuration

log = logging.getLogger("tenfold.service")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def policy(frame_ancestors: Sequence[str]) -> str:
    """The content-security policy: everything from the service itself, nothing inline."""
    ancestors = " ".join(frame_ancestors) or "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        f" connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )


class Headers:
    """Puts the security headers on every answer."""

    def __init__(self, app: ASGIApp, configuration: Configuration) -> None:
        self.app = app
        self._said = {
            "content-security-policy": policy(configuration.frame_ancestors),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "cross-origin-opener-policy": "same-origin",
        }
        if not configuration.frame_ancestors:
            self._said["x-frame-options"] = "DENY"
        if configuration.secure:
            self._said["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._said.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, with_headers)


class TooLarge(Exception):
    """More was sent than is taken."""


class Limit:
    """Refuses a body that is larger than is taken, before it is all read."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        refused = PlainTextResponse(f"This is larger than the {self.most / 1_000_000:.0f} MB that are taken.", 413)
        if not declared.isdigit() or int(declared) > self.most:
            await refused(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most:
                raise TooLarge
            return message

        async def answered(message: Message) -> None:
            # Whoever read the body may have taken its end for a fault of another kind.
            if read <= self.most:
                await send(message)
            elif message["type"] == "http.response.start":
                await refused(scope, receive, send)

        try:
            await self.app(scope, counted, answered)
        except TooLarge:
            await refused(scope, receive, send)


class Measured:
    """Counts requests and their time by the address's pattern, and writes one line each: never what stands in the address."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with self.metrics.running.track_inprogress():
                await self.app(scope, receive, noted)
        finally:
            seconds = time.perf_counter() - start
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.metrics.requests.labels(method, route, str(status)).inc()
            self.metrics.seconds.labels(route).observe(seconds)
            log.info("%s %s %s %.0f ms", method, route, status, 1000 * seconds)


class Metrics:
    """What the service counts of itself."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        kept = self.registry
        self.requests = Counter("tenfold_requests", "requests", ["method", "route", "status"], registry=kept)
        self.seconds = Histogram("tenfold_request_seconds", "seconds a request took", ["route"], registry=kept)
        self.running = Gauge("tenfold_requests_running", "requests that are being answered", registry=kept)
        self.sign_ins = Counter("tenfold_sign_ins", "sign-ins", ["outcome"], registry=kept)

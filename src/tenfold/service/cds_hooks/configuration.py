"""What a centre says once about its CDS Hooks service. Everything that reaches out or lets in is closed unless it is named."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tenfold.records.tables import TABLES

SHORTEST_SECRET = 32
CALLS_A_SECOND = 40.0
RATE_SECONDS = 10
"""Seconds over which calls are counted: a burst may use them up at once."""


@dataclass(frozen=True)
class Configuration:
    """The settings of the service.

    `base_url`: the public address before /cds-services, as clients call it; tokens must be made out to it.
    `secret`: bytes from which the cards' uuids are made, so that none can be traced to a patient; the same on every worker.
    `smart_launch_url`: the launch address of the patient page, if there is one. `about_url`, `evidence_url`: pages on what
    Tenfold is and on the evidence. `fhir_servers`: those from which we may read, with a token of the call.
    `origins`: where pages may call from within a browser (CORS). `complete`: tables of which the centre states that its record
    system holds every row (an absent transplant is then none); nothing is complete unless it is said here.
    `largest`: bytes of a request. `calls_a_second`: of one client, or of one address without a client, over ten seconds.
    """

    base_url: str
    secret: bytes = field(repr=False)
    smart_launch_url: str | None = None
    about_url: str | None = None
    evidence_url: str | None = None
    fhir_servers: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    complete: frozenset[str] = frozenset()
    largest: int = 20 * 1024**2
    calls_a_second: float = CALLS_A_SECOND

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("https://", "http://")):
            raise ValueError(f"base_url must be an https or http address, not {self.base_url!r}")
        if len(self.secret) < SHORTEST_SECRET:
            raise ValueError(f"secret must have at least {SHORTEST_SECRET} bytes: openssl rand -hex 32 makes one")
        if unknown := sorted(self.complete - TABLES.keys()):
            raise ValueError(f"complete names tables that there are not: {', '.join(unknown)}")

        if not 1 / RATE_SECONDS <= self.calls_a_second < math.inf:
            raise ValueError(f"calls_a_second must be a number of {1 / RATE_SECONDS:g} or more")

    @property
    def most_calls(self) -> int:
        """The most calls within `RATE_SECONDS`."""
        return round(self.calls_a_second * RATE_SECONDS)

    def url(self, *parts: str) -> str:
        """The address of a service, as clients call it and as their tokens name it."""
        return "/".join([self.base_url.rstrip("/"), "cds-services", *parts])

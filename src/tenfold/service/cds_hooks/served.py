"""CDS Hooks as a part of the service: for one centre, with its settings, from the record systems that are named.

TENFOLD_CDS_CENTRE names the centre; TENFOLD_CDS_CLIENTS the record systems as `ISSUER=ADDRESS OF ITS KEYS` or `ISSUER=file:FILE`,
separated by blanks; TENFOLD_CDS_FHIR_SERVERS, TENFOLD_CDS_ORIGINS and TENFOLD_CDS_COMPLETE are lists, separated by blanks;
TENFOLD_CDS_CALLS_A_SECOND is how often each client may call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
from fastapi import APIRouter

from tenfold.service.answers import settings_of
from tenfold.service.cds_hooks.configuration import CALLS_A_SECOND, Configuration
from tenfold.service.cds_hooks.routes import router_for
from tenfold.service.cds_hooks.tokens import Client, TokenVerifier
from tenfold.service.store import accounts
from tenfold.service.store.centre import Centre
from tenfold.service.store.engine import StoreError
from tenfold.service.store.feedback import keep_feedback

if TYPE_CHECKING:
    from tenfold.service.application import Service

ACCOUNT = "CDS Hooks"
"""Who the audit trail names for what record systems send."""
SECONDS = 5.0


def cds_router(service: Service) -> APIRouter | None:
    """The routes; None where no centre is named. StoreError for a configuration that is incomplete or wrong."""
    given = service.configuration.cds
    if not given:
        return None
    number = accounts.centres(service.store).get(given.get("centre", ""))
    if number is None:
        raise StoreError("TENFOLD_CDS_CENTRE must name a centre of the store")
    centre = Centre(service.store, number, None, ACCOUNT)

    def keep(name: str, body: dict[str, Any]) -> None:
        keep_feedback(centre, name, body)

    try:
        about = Configuration(
            base_url=service.configuration.address,
            secret=hashlib.sha256(b"tenfold cards" + service.store.secret).hexdigest().encode(),
            smart_launch_url=f"{service.configuration.address}/smart/launch" if service.configuration.smart else None,
            about_url=service.configuration.address,
            evidence_url=f"{service.configuration.address}/evidence",
            fhir_servers=_listed(given, "fhir_servers"),
            origins=_listed(given, "origins"),
            complete=_listed(given, "complete"),
            calls_a_second=_rate(given.get("calls_a_second", "")),
        )
        clients = [_client(one) for one in given.get("clients", "").split()]
    except ValueError as error:
        raise StoreError(f"TENFOLD_CDS_*: {error}") from None
    if not clients and service.configuration.reached_by_others:
        raise StoreError("TENFOLD_CDS_CLIENTS must name the record systems that may call, with their keys")
    http = httpx2.AsyncClient(timeout=SECONDS, follow_redirects=False) if about.fhir_servers else None
    verifier = TokenVerifier(clients) if clients else None
    return router_for(
        about, verifier=verifier, keep_feedback=keep, settings=lambda: settings_of(centre.about()), http=http
    )


def _listed(given: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(given.get(name, "").split())


def _rate(text: str) -> float:
    try:
        return float(text) if text else CALLS_A_SECOND
    except ValueError:
        raise ValueError(f"calls_a_second must be a number such as 40, not {text}") from None


def _client(text: str) -> Client:
    issuer, equals, keys = text.rpartition("=")
    if not equals:
        raise ValueError(f"{text}: write ISSUER=ADDRESS OF ITS KEYS, or ISSUER=file:FILE")
    return (
        Client(issuer, file=Path(keys.removeprefix("file:"))) if keys.startswith("file:") else Client(issuer, jku=keys)
    )

"""Reading from the client's FHIR server what it did not send along, with the token that it gave for this call.

Traps: the address comes with the request, so that only servers of the list are asked, never another address that a page or a
redirect names; the token goes nowhere else. Nothing of an address is logged: it holds the patient's id.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

import httpx2

from tenfold.service.cds_hooks.messages import Request

LARGEST = 20 * 1024**2
"""Bytes of one answer."""
SECONDS = 5.0

# At INFO httpx2 logs every address that it asks.
for _name in ("httpx2", "httpcore", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class NotFetched(Exception):
    """Why a search was not answered, in words that hold nothing of the patient."""


class FhirServer:
    """A FHIR server that may be asked for the length of one call."""

    def __init__(self, base: str, token: str, client: httpx2.AsyncClient) -> None:
        self._base = base.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/fhir+json"}
        self._client = client

    async def get(self, search: str) -> Any:
        """The answer to a read or a search such as "Patient/1". NotFetched where there is none."""
        try:
            async with self._client.stream(
                "GET", f"{self._base}/{search}", headers=self._headers, timeout=SECONDS, follow_redirects=False
            ) as answer:
                if answer.status_code != httpx2.codes.OK:
                    raise NotFetched(f"the FHIR server answered {answer.status_code}")
                data = bytearray()
                async for piece in answer.aiter_bytes():
                    data += piece
                    if len(data) > LARGEST:
                        raise NotFetched(f"the FHIR server's answer is larger than {LARGEST // 1024**2} MB")
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise NotFetched("the FHIR server did not answer") from None
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise NotFetched("the FHIR server's answer is not JSON") from None

    async def page(self, kind: str, address: str) -> Any:
        """A further page of a search: of its address only the query is taken. NotFetched where there is none."""
        path, query = urlsplit(address).path, urlsplit(address).query
        named = kind if path.endswith(f"/{kind}") else ""
        return await self.get(f"{named}?{query}")


def server_for(request: Request, allowed: Collection[str], client: httpx2.AsyncClient | None) -> FhirServer | None:
    """The FHIR server of a request; None where it may not be asked: without a token, or not on the list."""
    given = request.fhirAuthorization
    if client is None or given is None or request.fhirServer is None or given.expires_in <= 0:
        return None
    if given.patient is not None and given.patient != request.context.patientId:
        return None
    base = request.fhirServer.rstrip("/")
    return FhirServer(base, given.access_token, client) if base in {one.rstrip("/") for one in allowed} else None

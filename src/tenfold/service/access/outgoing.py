"""Asking the hospital's own servers, and no other: of listed origins alone, for a short while, for a small answer, no redirect.

Traps: an address in a document that a server sends is only followed where its origin is on the list, so that nobody has the
service ask what only it can reach. An address is read by the library that will ask it, so that both mean the same place.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import time
from collections.abc import Collection, Mapping
from typing import Any

import httpx2

SECONDS = 5.0
"""For each step of an answer."""
LONGEST = 15.0
"""Seconds for the whole of it, however slowly it drips."""
LARGEST = 512 * 1024
"""Bytes of an answer."""

# At INFO every address that is asked is logged, and some hold a patient's id.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class NotAnswered(Exception):
    """Why a server gave no answer that can be used, in words."""


def origin_of(address: Any) -> str | None:
    """Scheme, host and port of an address that may be asked: https, or http on this machine itself; None for any other."""
    try:
        url = httpx2.URL(address)
        port = url.port
    except (httpx2.InvalidURL, TypeError, ValueError):
        return None
    if url.userinfo or url.fragment or not url.host or not str(address).isprintable():
        return None
    if url.scheme != "https" and not (url.scheme == "http" and _this_machine(url.host)):
        return None
    return f"{url.scheme}://{url.host}:{port or (443 if url.scheme == 'https' else 80)}"


def _this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Outgoing:
    """Asks servers of the listed origins."""

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = frozenset(origins)

    def may_ask(self, address: Any) -> bool:
        """Whether an address is of a listed origin."""
        return isinstance(address, str) and origin_of(address) in self._origins

    def document(self, address: str) -> dict[str, Any]:
        """The JSON object at an address. NotAnswered where there is none."""
        status, found = self._ask("GET", address, {}, None)
        if status != httpx2.codes.OK:
            raise NotAnswered(f"it answered {status}")
        return found

    def form(self, address: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Send a form and return the answer's number and its JSON object. NotAnswered where there is none."""
        return self._ask("POST", address, headers, fields)

    def _ask(
        self, method: str, address: str, headers: Mapping[str, str], fields: Mapping[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
        if not self.may_ask(address):
            raise NotAnswered("it names an address of another server, which is not on the list")
        until = time.monotonic() + LONGEST
        data = bytearray()
        try:
            with (
                httpx2.Client(timeout=SECONDS, follow_redirects=False) as client,
                client.stream(
                    method,
                    address,
                    headers={"Accept": "application/json", **headers},
                    data=None if fields is None else dict(fields),
                ) as answer,
            ):
                for piece in answer.iter_bytes():
                    data += piece
                    if len(data) > LARGEST or time.monotonic() > until:
                        raise NotAnswered("its answer is too large or too slow")
                status = answer.status_code
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise NotAnswered("it did not answer") from None
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise NotAnswered(f"it answered {status}, and not with a JSON object")
        return status, found

"""A sign-in that is under way at another house: what must come back with the browser, kept in a cookie of its own.

The cookie is encrypted with the service's secret and lives ten minutes; its name holds a digest of the state, so that sign-ins
in two tabs do not take each other's place, and an answer without the state that this browser was given finds none.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cryptography.fernet import InvalidToken
from fastapi import Request
from fastapi.responses import Response

if TYPE_CHECKING:
    from tenfold.service.application import Service

LIVES = 600
"""Seconds."""
MOST = 5
"""Sign-ins that one browser may have under way."""
LONGEST_STATE = 200


@dataclass(frozen=True)
class UnderWay:
    """A sign-in under way. `kind`: which way of sign-in it is; `base`: of whom; `then`: where to go on."""

    kind: str
    state: str
    nonce: str
    verifier: str
    base: str
    then: str = "/"


def begin(kind: str, base: str, then: str = "/") -> UnderWay:
    """A new one, with secrets that nobody can guess."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return UnderWay(kind, state, nonce, verifier, base, then)


def keep(answer: Response, request: Request, one: UnderWay, *, embedded: bool = False) -> None:
    """Give the browser the cookie of a sign-in under way."""
    service: Service = request.app.state.service
    prefix = _prefix(service, one.kind)
    mine = [name for name in request.cookies if name.startswith(prefix)]
    for name in mine if len(mine) >= MOST else ():
        set_cookie(answer, service, name, "", embedded=embedded, lives=0)
    sealed = service.store.cipher.encrypt(json.dumps(asdict(one)).encode()).decode()
    set_cookie(answer, service, _name(service, one.kind, one.state), sealed, embedded=embedded, lives=LIVES)


def returned(request: Request, kind: str, state: str) -> UnderWay | None:
    """The sign-in of which this browser brings back the state; None where it began none, or too long ago."""
    service: Service = request.app.state.service
    sealed = request.cookies.get(_name(service, kind, state)) if 0 < len(state) <= LONGEST_STATE else None
    if sealed is None:
        return None
    try:
        found = UnderWay(**json.loads(service.store.cipher.decrypt(sealed.encode(), ttl=LIVES)))
    except (InvalidToken, ValueError, TypeError):
        return None
    return found if found.kind == kind and secrets.compare_digest(found.state.encode(), state.encode()) else None


def done(answer: Response, request: Request, kind: str, state: str, *, embedded: bool = False) -> None:
    """Take the cookie of a sign-in away."""
    service: Service = request.app.state.service
    if _name(service, kind, state) in request.cookies:
        set_cookie(answer, service, _name(service, kind, state), "", embedded=embedded, lives=0)


def set_cookie(
    answer: Response, service: Service, name: str, value: str, *, embedded: bool = False, lives: int | None = None
) -> None:
    """Set a cookie that no script reads. `embedded`: also within another site's frame, and there for that site alone."""
    across = embedded and service.configuration.secure
    answer.set_cookie(
        name,
        value,
        max_age=lives,
        httponly=True,
        secure=service.configuration.secure,
        samesite="none" if across else "lax",
        path="/",
    )
    if across:  # the standard library knows this attribute only from Python 3.14 on
        last, said = answer.raw_headers[-1]
        answer.raw_headers[-1] = (last, said + b"; Partitioned")


def _prefix(service: Service, kind: str) -> str:
    return f"{'__Host-' if service.configuration.secure else ''}tenfold-{kind}-"


def _name(service: Service, kind: str, state: str) -> str:
    return _prefix(service, kind) + hashlib.sha256(state.encode()).hexdigest()[:16]

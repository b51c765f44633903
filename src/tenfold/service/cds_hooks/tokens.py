"""Who calls: the client's signed token, checked in full before anything of a request is used.

Only ES384 and RS384; made out to the very address that is called; five minutes of life at most; never twice. The issuer must be
on the list, and its keys come from where the list says: a file, or the address (`jku`) that stands there. The address in a token
is never believed, only compared. A refusal says why, for the one who sets the client up, and holds nothing of the token's body.

CDS Hooks 2.0, Trusting CDS Clients; RFC 7515, 7517, 7518, 7519.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

ALGORITHMS = {"ES384": "EC", "RS384": "RSA"}
LONGEST_LIFE = 300
"""Seconds from `iat` to `exp`."""
LEEWAY = 30
"""Seconds by which two clocks may differ."""
LARGEST_TOKEN = 16 * 1024
LARGEST_KEYS = 256 * 1024
KEYS_LIVE = 600
"""Seconds for which fetched keys are believed."""
ASK_AGAIN = 30
"""Seconds before the same address is asked again, for a key that it did not have, or after it failed."""
LONGEST_FETCH = 5.0
"""Seconds."""
SMALLEST_RSA = 2048
LONGEST_NAME = 512
NO_ANSWER = "the address of the client's keys did not answer"

Json = dict[str, Any]


class TokenRefused(Exception):
    """Why a token is not accepted."""


@dataclass(frozen=True)
class Client:
    """A client that may call: its issuer, and where its keys are: a `jku` to fetch them from, or a JWK set in a `file`."""

    issuer: str
    jku: str | None = None
    file: Path | None = None

    def __post_init__(self) -> None:
        if (self.jku is None) == (self.file is None):
            raise ValueError(f"{self.issuer}: give either the address (jku) or the file of its keys")
        if self.jku is not None and not _may_be_fetched(self.jku):
            raise ValueError(f"{self.issuer}: the address of its keys must be https (http only on this machine itself)")


@dataclass(frozen=True)
class Caller:
    """Who called."""

    issuer: str
    tenant: str | None = None


def _may_be_fetched(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))


class Once:
    """A memory of tokens that were used, for as long as they live. One process alone: several workers share one of a store."""

    def __init__(self, most: int = 100_000) -> None:
        self._until: dict[tuple[str, str], float] = {}
        self._most = most
        self._lock = threading.Lock()

    def __call__(self, issuer: str, jti: str, until: float, now: float) -> bool:
        """Whether this is the first use of a token's `jti`."""
        with self._lock:
            if len(self._until) >= self._most:
                self._until = {key: end for key, end in self._until.items() if end >= now}
            if self._until.get((issuer, jti), now - 1) >= now:
                return False
            if len(self._until) >= self._most:
                raise TokenRefused("too many calls at once; try again in a few minutes")
            self._until[issuer, jti] = until
            return True


def fetched_keys(address: str) -> Any:
    """The JWK set at an address. TokenRefused where there is none."""
    try:
        until = time.monotonic() + LONGEST_FETCH
        with httpx2.stream("GET", address, timeout=LONGEST_FETCH, follow_redirects=False) as answer:
            if answer.status_code != httpx2.codes.OK:
                raise TokenRefused(f"the address of the client's keys answered {answer.status_code}")
            data = bytearray()
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > LARGEST_KEYS:
                    raise TokenRefused("the client's set of keys is too large")
                if time.monotonic() > until:
                    raise TokenRefused(NO_ANSWER)
        return json.loads(data)
    except httpx2.HTTPError:
        raise TokenRefused(NO_ANSWER) from None
    except (ValueError, RecursionError):
        raise TokenRefused("the client's set of keys is not JSON") from None


class _Keys:
    """The keys of one client. An address that does not answer is waited for once, by who asks it, and then left alone a while.

    Who comes meanwhile waits with the one who asks; while the address is known to fail, nobody does.
    """

    def __init__(self, fetch: Callable[[], Any] | None, clock: Callable[[], float], keys: Sequence[Json] = ()) -> None:
        self._fetch, self._clock = fetch, clock
        self._held: tuple[float, Sequence[Json]] = (0.0 if fetch else float("inf"), keys)
        self._asked = float("-inf")
        self._failed: str | None = None
        self._lock = threading.Lock()

    def get(self, *, again: bool = False) -> Sequence[Json]:
        """The set of keys, fetched anew where it is old or, for a key that it has not, asked for `again`."""
        until, keys = self._held
        if self._fetch is None or (not again and self._clock() <= until):
            return keys
        if not self._lock.acquire(blocking=self._failed is None):
            return self._without_asking()
        try:
            until, keys = self._held
            if self._clock() <= until and not again:
                return keys
            if self._clock() < self._asked + ASK_AGAIN:
                return self._without_asking()
            return self._fetched(self._fetch)
        finally:
            self._lock.release()

    def _without_asking(self) -> Sequence[Json]:
        until, keys = self._held
        if self._clock() > until:
            raise TokenRefused(self._failed or NO_ANSWER)
        return keys

    def _fetched(self, fetch: Callable[[], Any]) -> Sequence[Json]:
        failed: str | None = NO_ANSWER
        try:
            keys = _set(fetch())
            self._held, failed = (self._clock() + KEYS_LIVE, keys), None
        except TokenRefused as why:
            failed = str(why)
            raise
        finally:
            self._asked, self._failed = self._clock(), failed
        return keys


class TokenVerifier:
    """Checks tokens of the listed clients. Safe to use from several threads; clients do not wait for each other's keys."""

    def __init__(
        self,
        clients: Iterable[Client],
        *,
        fetch: Callable[[str], Any] = fetched_keys,
        once: Callable[[str, str, float, float], bool] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clients = {client.issuer: client for client in clients}
        self._once, self._clock = once or Once(), clock
        self._keys: dict[str, _Keys] = {}
        for client in self._clients.values():
            if client.file is not None:
                self._keys[client.issuer] = _Keys(None, clock, _set(json.loads(client.file.read_text("utf-8"))))
            elif client.jku is not None:
                self._keys[client.issuer] = _Keys(partial(fetch, client.jku), clock)

    def verify(self, authorization: str | None, audiences: Sequence[str]) -> Caller:
        """Who sent an Authorization header, to one of these addresses of ours. TokenRefused with the reason."""
        token = _bearer(authorization)
        header, claims = _unverified(token)
        client = self._client(header, claims)
        self._signed(token, header, client)
        self._in_time(claims)
        aud = claims.get("aud")
        named = [aud] if isinstance(aud, str) else aud if isinstance(aud, list) else []
        if not any(one in audiences for one in named if isinstance(one, str)):
            raise TokenRefused(f"aud is not the address of this service, {audiences[0]}")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_NAME:
            raise TokenRefused("jti is missing: without it a token could be used twice")
        if not self._once(client.issuer, jti, float(claims["exp"]) + LEEWAY, self._clock()):
            raise TokenRefused("this token was used before (jti)")
        tenant = claims.get("tenant")
        return Caller(client.issuer, tenant if isinstance(tenant, str) else None)

    def _client(self, header: Json, claims: Json) -> Client:
        if header.get("alg") not in ALGORITHMS:
            raise TokenRefused(f"alg must be {' or '.join(ALGORITHMS)}")
        if str(header.get("typ")).upper() != "JWT":
            raise TokenRefused("typ must be JWT")
        if "crit" in header:
            raise TokenRefused("crit is not understood")
        if not isinstance(header.get("kid"), str):
            raise TokenRefused("kid is missing: it names the key")
        issuer = claims.get("iss")
        client = self._clients.get(issuer) if isinstance(issuer, str) else None
        if client is None:
            raise TokenRefused("iss is not on the list of clients")
        if client.jku is not None and header.get("jku", client.jku) != client.jku:
            raise TokenRefused("jku is not the address that is listed for this client")
        return client

    def _signed(self, token: str, header: Json, client: Client) -> None:
        key = self._key(client, header["kid"], header["alg"])
        try:
            jws.deserialize_compact(token, key, algorithms=[header["alg"]])
        except (JoseError, ValueError, TypeError):
            raise TokenRefused("the signature is not that of the key") from None

    def _in_time(self, claims: Json) -> None:
        now = self._clock()
        times = {name: claims.get(name) for name in ("iat", "exp", "nbf") if name in claims}
        for name in ("iat", "exp"):
            if name not in times:
                raise TokenRefused(f"{name} is missing")
        for name, value in times.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e11:
                raise TokenRefused(f"{name} must be a number of seconds")
        iat, exp = float(claims["iat"]), float(claims["exp"])
        if exp < now - LEEWAY:
            raise TokenRefused("the token has expired (exp)")
        if exp <= iat or exp - iat > LONGEST_LIFE:
            raise TokenRefused(f"exp must be after iat, by at most {LONGEST_LIFE} seconds")
        if iat > now + LEEWAY or float(claims.get("nbf", iat)) > now + LEEWAY:
            raise TokenRefused("the token is from the future (iat or nbf): compare the clocks")

    def _key(self, client: Client, kid: str, alg: str) -> ECKey | RSAKey:
        keys = self._keys[client.issuer]
        found = _named(keys.get(), kid) or _named(keys.get(again=True), kid)
        if found is None:
            raise TokenRefused("kid names no key of this client")
        return _public(found, alg)


def _bearer(authorization: str | None) -> str:
    if authorization is None:
        raise TokenRefused("the Authorization header is missing")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenRefused("the Authorization header must be Bearer and a token")
    if len(token) > LARGEST_TOKEN:
        raise TokenRefused("the token is too long")
    return token.strip()


def _unverified(token: str) -> tuple[Json, Json]:
    """Header and claims before the signature is checked: only to find the key."""
    try:
        read = jws.extract_compact(token.encode())
        header, claims = read.headers(), json.loads(read.payload)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise TokenRefused("it is no signed JSON web token") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise TokenRefused("it is no signed JSON web token")
    return header, claims


def _set(found: Any) -> Sequence[Json]:
    keys = found.get("keys") if isinstance(found, Mapping) else None
    if not isinstance(keys, list):
        raise TokenRefused("the client's keys are no JWK set")
    return [one for one in keys if isinstance(one, dict)]


def _named(keys: Sequence[Json], kid: str) -> Json | None:
    found = [one for one in keys if one.get("kid") == kid]
    if len(found) > 1:
        raise TokenRefused("kid names two keys of this client")
    return found[0] if found else None


def _public(key: Json, alg: str) -> ECKey | RSAKey:
    """A key that may check a signature of this kind, from its public parts alone."""
    kind = ALGORITHMS[alg]
    if key.get("kty") != kind or key.get("use", "sig") != "sig" or key.get("alg", alg) != alg:
        raise TokenRefused("the key is not one for this kind of signature")
    parts: Json = {name: key[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in key}
    try:
        if kind == "EC":
            if parts.get("crv") != "P-384":
                raise TokenRefused("ES384 needs a key on the curve P-384")
            return ECKey.import_key(parts)
        read = RSAKey.import_key(parts)
        if read.raw_value.key_size < SMALLEST_RSA:
            raise TokenRefused(f"an RSA key must have at least {SMALLEST_RSA} bits")
        return read
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise TokenRefused("the key cannot be read") from None


__all__ = ["Caller", "Client", "Once", "TokenRefused", "TokenVerifier", "fetched_keys"]

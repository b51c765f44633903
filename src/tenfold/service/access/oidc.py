"""Sign-in by another house: OpenID Connect's authorization code with PKCE, for the hospital and for its record system alike.

What is believed of who signed in is the ID token alone, once its signature, issuer, audience, times and nonce were checked; it
comes straight from the token endpoint. Nothing is ever taken from an e-mail address or a name in it.

OpenID Connect Core 1.0 (3.1.3.7, ID Token Validation) and Discovery 1.0; RFC 6749, 7517, 7519, 7636 (S256), 9207.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from tenfold.service.access.outgoing import NotAnswered, Outgoing, origin_of

Json = dict[str, Any]
ALGORITHMS = {"RS256": ("RSA", None), "ES256": ("EC", "P-256"), "ES384": ("EC", "P-384")}
SMALLEST_RSA = 2048
LEEWAY = 60
"""Seconds by which two clocks may differ."""
LIVES = 600
"""Seconds for which what a provider says of itself, and its keys, are believed."""
ASK_AGAIN = 20
"""Seconds before it is asked again after it failed, or for a key that it did not have."""
LONGEST_SUBJECT = 255
ERRORS = frozenset(
    (
        *("access_denied", "consent_required", "interaction_required", "login_required", "invalid_client"),
        *("invalid_grant", "invalid_launch", "invalid_request", "invalid_scope", "unauthorized_client"),
        *("server_error", "temporarily_unavailable", "unsupported_response_type"),
    )
)
"""Errors that are said back; any other text of theirs is not repeated."""


class NotSignedInThere(Exception):
    """Why nobody is signed in, in words; `reachable` is False where the provider did not answer."""

    def __init__(self, said: str, *, reachable: bool = True) -> None:
        super().__init__(said)
        self.reachable = reachable


@dataclass(frozen=True)
class About:
    """A provider and what we are to it.

    `base`: the issuer, or the FHIR server's address where it is a record system (`records`). `hosts`: further hosts at which its
    endpoints may be; without one, they must be of the same origin as `base`.
    """

    base: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scope: str = "openid"
    hosts: Collection[str] = ()
    records: bool = False


@dataclass(frozen=True)
class Endpoints:
    """What a provider says of itself. `basic`: it takes the client's secret in the header, else in the form."""

    issuer: str
    authorization: str
    token: str
    keys: str
    basic: bool = True


class Provider:
    """A provider of sign-in. Safe to use from several threads."""

    def __init__(self, about: About, clock: Callable[[], float] = time.time) -> None:
        origin = origin_of(about.base)
        if origin is None:
            raise ValueError(f"{about.base} must be an https address (http only on this machine itself)")
        self.about = about
        further = map(host_origin, about.hosts)
        self._outgoing = Outgoing({origin, *(one for one in further if one is not None)})
        self._clock = clock
        self._lock = threading.RLock()
        self._kept: dict[str, tuple[float, float, Any]] = {}

    def authorization(self, *, state: str, nonce: str, verifier: str, back: str, **more: str) -> str:
        """The address to which the browser goes to sign in. NotSignedInThere where the provider is not to be had."""
        asked = {
            "response_type": "code",
            "client_id": self.about.client_id,
            "redirect_uri": back,
            "scope": self.about.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
            **more,
        }
        address = self.endpoints().authorization
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    def endpoints(self) -> Endpoints:
        """What the provider says of itself, which is kept for a while."""
        found: Endpoints = self._of("itself", self._discovered)
        return found

    def exchanged(self, *, code: str, verifier: str, back: str) -> Json:
        """The answer of the token endpoint to a code. NotSignedInThere where it gives none."""
        endpoints, about = self.endpoints(), self.about
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers: dict[str, str] = {}
        if about.client_secret is not None and endpoints.basic:
            both = f"{quote_plus(about.client_id)}:{quote_plus(about.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(both.encode()).decode()}"
        else:
            fields["client_id"] = about.client_id
            if about.client_secret is not None:
                fields["client_secret"] = about.client_secret
        try:
            status, found = self._outgoing.form(endpoints.token, fields, headers)
        except NotAnswered as why:
            raise NotSignedInThere(f"the code could not be exchanged: {why}", reachable=False) from None
        if status != 200:
            raise NotSignedInThere(
                f"the code was not accepted{named(found.get('error'))}: it works once, for a short while"
            )
        return found

    def claims(self, answer: Json, nonce: str) -> Json:
        """What the ID token in a token endpoint's answer says, after every check. NotSignedInThere with the reason."""
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise NotSignedInThere("the answer holds no ID token: the scope openid must be allowed")
        header, claims = _unverified(token)
        try:
            jws.deserialize_compact(token, self._key(header), algorithms=[header["alg"]])
        except (JoseError, ValueError, TypeError):
            raise NotSignedInThere("the ID token's signature is not the provider's") from None
        self._hold(claims, nonce)
        return claims

    def subject(self, claims: Json) -> str:
        """By what an account is found: issuer and subject."""
        return f"{claims['iss']}|{claims['sub']}"

    def _hold(self, claims: Json, nonce: str) -> None:
        """Hold the claims against what they must be."""
        if claims.get("iss") != self.endpoints().issuer:
            raise NotSignedInThere("the ID token is of another issuer")
        aud, mine = claims.get("aud"), self.about.client_id
        audiences = aud if isinstance(aud, list) else [aud]
        if mine not in audiences or claims.get("azp", mine) != mine or (len(audiences) > 1 and "azp" not in claims):
            raise NotSignedInThere("the ID token is made out to another application")
        now = self._clock()
        times: Json = {name: claims[name] for name in ("exp", "iat", "nbf") if name in claims}
        for name, value in times.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e11:
                raise NotSignedInThere(f"the ID token's {name} is no time")
        if not {"exp", "iat"} <= times.keys():
            raise NotSignedInThere("the ID token does not say when it was made and until when it holds")
        if times["exp"] <= now - LEEWAY:
            raise NotSignedInThere("the ID token has expired")
        if max(times["iat"], times.get("nbf", 0)) > now + LEEWAY:
            raise NotSignedInThere("the ID token is from the future: compare the clocks")
        given = claims.get("nonce")
        if not isinstance(given, str) or not given.isascii() or not hmac.compare_digest(given, nonce):
            raise NotSignedInThere("the ID token is not of this sign-in (nonce)")
        sub = claims.get("sub")
        if not isinstance(sub, str) or not 0 < len(sub) <= LONGEST_SUBJECT or not sub.isprintable():
            raise NotSignedInThere("the ID token names nobody")

    def _key(self, header: Json) -> ECKey | RSAKey:
        if header.get("alg") not in ALGORITHMS:
            raise NotSignedInThere(f"the ID token must be signed with {', '.join(ALGORITHMS)}")
        if str(header.get("typ", "JWT")).upper() != "JWT" or "crit" in header:
            raise NotSignedInThere("the ID token is of an unknown kind")
        found = list(_fitting(self._of("keys", self._keys), header))
        if not found:
            found = list(_fitting(self._of("keys", self._keys, again=True), header))
        if len(found) != 1:
            raise NotSignedInThere("the ID token names no key of the provider")
        return found[0]

    def _keys(self) -> list[Json]:
        listed = self._document(self.endpoints().keys).get("keys")
        if not isinstance(listed, list):
            raise NotSignedInThere("the provider's keys cannot be read")
        return [one for one in listed if isinstance(one, dict)]

    def _discovered(self) -> Endpoints:
        base = self.about.base.rstrip("/")
        if not self.about.records:
            found = self._document(f"{base}/.well-known/openid-configuration")
            if found.get("issuer") != self.about.base:
                raise NotSignedInThere(f"the provider at {self.about.base} says that it is another issuer")
        else:
            found = self._document(f"{base}/.well-known/smart-configuration")
            if "issuer" not in found or "jwks_uri" not in found:
                issuer = found.get("issuer", self.about.base)
                openid = self._document(f"{str(issuer).rstrip('/')}/.well-known/openid-configuration")
                if openid.get("issuer") != issuer:
                    raise NotSignedInThere("the record system's provider says that it is another issuer")
                found = {**found, "issuer": issuer, "jwks_uri": openid.get("jwks_uri")}
        named = {name: found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        for name, address in {**named, "issuer": found["issuer"]}.items():
            if not self._outgoing.may_ask(address):
                raise NotSignedInThere(f"the provider's {name} is not an https address of the listed hosts")
        ways = found.get("token_endpoint_auth_methods_supported")
        post = isinstance(ways, list) and "client_secret_basic" not in ways and "client_secret_post" in ways
        return Endpoints(
            issuer=str(found["issuer"]),
            authorization=str(named["authorization_endpoint"]),
            token=str(named["token_endpoint"]),
            keys=str(named["jwks_uri"]),
            basic=not post,
        )

    def _document(self, address: str) -> Json:
        try:
            return self._outgoing.document(address)
        except NotAnswered as why:
            raise NotSignedInThere(f"the provider cannot be reached: {why}", reachable=False) from None

    def _of(self, name: str, make: Callable[[], Any], *, again: bool = False) -> Any:
        """What is kept, or is asked for now; a failure is kept as well, so that a provider that is down is left alone."""
        now = time.monotonic()
        with self._lock:
            made_at, until, value = self._kept.get(name, (0.0, 0.0, None))
            if now >= until or (again and now >= made_at + ASK_AGAIN):
                lives = LIVES
                try:
                    value = make()
                except NotSignedInThere as why:
                    value, lives = why, ASK_AGAIN
                now = time.monotonic()
                self._kept[name] = (now, now + lives, value)
        if isinstance(value, NotSignedInThere):
            raise NotSignedInThere(str(value), reachable=value.reachable)
        return value


def host_origin(host: str) -> str | None:
    """The origin of a host by its name, or by an address of it; None for what is none."""
    return origin_of(host if "://" in host else f"https://{host}")


def challenge(verifier: str) -> str:
    """What is shown beforehand of a code verifier (S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def named(error: Any) -> str:
    """An error's name in brackets, where it is one of the standard's."""
    return f" ({error})" if isinstance(error, str) and error in ERRORS else ""


def _unverified(token: str) -> tuple[Json, Json]:
    """Header and claims before the signature is checked."""
    try:
        read = jws.extract_compact(token.encode())
        header, claims = read.headers(), json.loads(read.payload)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise NotSignedInThere("the ID token cannot be read") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise NotSignedInThere("the ID token cannot be read")
    return header, claims


def _fitting(keys: list[Json], header: Json) -> Iterator[ECKey | RSAKey]:
    """The keys with which a token may have been signed, of their public parts alone."""
    kind, curve = ALGORITHMS[header["alg"]]
    for one in keys:
        if "kid" in header and one.get("kid") != header["kid"]:
            continue
        if one.get("kty") != kind or one.get("use", "sig") != "sig" or one.get("alg", header["alg"]) != header["alg"]:
            continue
        parts: Json = {name: one[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in one}
        try:
            if kind == "EC":
                if parts.get("crv") == curve:
                    yield ECKey.import_key(parts)
            else:
                key = RSAKey.import_key(parts)
                if key.raw_value.key_size >= SMALLEST_RSA:
                    yield key
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue

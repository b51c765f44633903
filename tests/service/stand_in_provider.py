"""A provider of sign-in that runs for the tests and speaks the documented protocol: OpenID Connect, PKCE, SMART App Launch.

It signs everybody in as the same person. What it tells can be bent for one answer (`bend`), as an attacker would bend it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "tenfold", "a secret & with: signs"
SUBJECT = "f3c0a1"
Json = dict[str, Any]


@contextmanager
def running(app: Any, port: int) -> Iterator[str]:
    """The address of an application that runs while the block does."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@dataclass
class Bent:
    """What is told otherwise than is right."""

    claims: Json = field(default_factory=dict)
    header: Json = field(default_factory=dict)
    answer: Json = field(default_factory=dict)
    discovery: Json = field(default_factory=dict)
    sign: Callable[[Json, Json], str] | None = None
    down: bool = False


class StandIn:
    """The provider, and in front of a FHIR server (`records`) where one is given."""

    def __init__(self, port: int, records: str = "", patient: str = "") -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.records, self.patient = records, patient
        self.keys = {"RS256": RSAKey.generate_key(2048), "ES256": ECKey.generate_key("P-256")}
        self.keys["ES384"] = ECKey.generate_key("P-384")
        self.codes: dict[str, Json] = {}
        self.tokens: dict[str, Json] = {}
        self.asked: list[tuple[str, Json]] = []
        self.algorithm = "RS256"
        self.public = False
        self.bent = Bent()

    @property
    def fhir(self) -> str:
        return f"{self.base}/fhir"

    def issuer(self) -> str:
        return self.base

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        @app.get("/fhir/.well-known/smart-configuration")
        def discovery(request: Request) -> Response:
            self.asked.append((request.url.path, {}))
            if self.bent.down:
                return Response("<html>maintenance</html>", 503)
            return JSONResponse(
                {
                    "issuer": self.base,
                    "authorization_endpoint": f"{self.base}/authorize",
                    "token_endpoint": f"{self.base}/token",
                    "jwks_uri": f"{self.base}/keys",
                    "code_challenge_methods_supported": ["S256"],
                    "capabilities": ["launch-ehr", "sso-openid-connect"],
                    **self.bent.discovery,
                }
            )

        @app.get("/keys")
        def keys() -> Json:
            self.asked.append(("/keys", {}))
            listed = [{**key.as_dict(private=False), "kid": name, "use": "sig"} for name, key in self.keys.items()]
            return {"keys": [{"kty": "unheard-of", "kid": "new"}, *listed]}

        @app.get("/authorize")
        def authorize(request: Request) -> RedirectResponse:
            asked = dict(request.query_params)
            assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
            assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
            self.asked.append(("/authorize", asked))
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            back = urllib.parse.urlencode({"code": code, "state": asked["state"]})
            return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302)

        @app.post("/token")
        def token(
            request: Request,
            grant_type: Annotated[str, Form()],
            code: Annotated[str, Form()],
            redirect_uri: Annotated[str, Form()],
            code_verifier: Annotated[str, Form()],
            client_id: Annotated[str, Form()] = "",
        ) -> JSONResponse:
            asked = self.codes.pop(code, None)
            wanted = "Basic " + base64.b64encode(b"tenfold:a+secret+%26+with%3A+signs").decode()
            known = client_id == CLIENT if self.public else request.headers.get("authorization") == wanted
            if not known:
                return JSONResponse({"error": "invalid_client"}, 401)
            shown = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")
            right = asked is not None and asked["code_challenge"] == shown and asked["redirect_uri"] == redirect_uri
            if not right or grant_type != "authorization_code":
                return JSONResponse({"error": "invalid_grant"}, 400)
            return JSONResponse(self.answer(asked))

        @app.get("/fhir/{path:path}")
        def read(request: Request, path: str) -> Response:
            self.asked.append((f"/fhir/{path}", dict(request.query_params)))
            held = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
            if held is None or held["until"] < time.time():
                return Response(status_code=401)
            whose = request.query_params.get("patient", path.removeprefix("Patient/"))
            if whose != held["patient"] or path == held.get("refuse"):
                return Response(status_code=403)
            try:
                with urllib.request.urlopen(f"{self.records}/{path}?{request.url.query}", timeout=60) as found:
                    return Response(found.read(), media_type="application/fhir+json")
            except urllib.error.HTTPError as error:
                return Response(status_code=error.code)

        return app

    def answer(self, asked: Json) -> Json:
        """What the token endpoint gives for a code."""
        now = int(time.time())
        claims = {"iss": self.base, "sub": SUBJECT, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims = {**claims, "nonce": asked["nonce"], "email": "somebody@hospital.example", **self.bent.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.algorithm, **self.bent.header}
        access = secrets.token_urlsafe(24)
        self.tokens[access] = {"patient": self.patient, "until": now + 300}
        signed = (self.bent.sign or self.signed)(header, claims)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": signed}
        if "launch" in asked:
            answer |= {"patient": self.patient, "scope": asked["scope"]}
        return {name: value for name, value in {**answer, **self.bent.answer}.items() if value is not None}

    def signed(self, header: Json, claims: Json) -> str:
        return jwt.encode(header, claims, self.keys[header["alg"]], algorithms=list(self.keys))


def part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def unsigned(header: Json, claims: Json) -> str:
    """A token with the algorithm "none"."""
    return f"{said({**header, 'alg': 'none'}, claims)}."


def with_the_client_secret(header: Json, claims: Json) -> str:
    """A token with the secret that application and provider share (HS256)."""
    return with_a_shared_secret(SECRET.encode(), header, claims)


def with_a_shared_secret(secret: bytes, header: Json, claims: Json) -> str:
    """A token signed with what is taken for a secret (HS256): the client's own, or the provider's public key."""
    signed = said({**header, "alg": "HS256"}, claims)
    return f"{signed}.{part(hmac.digest(secret, signed.encode(), 'sha256'))}"


def said(header: Json, claims: Json) -> str:
    return f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"


def with_another_key(header: Json, claims: Json) -> str:
    """A token with a key of somebody else under the provider's name of it."""
    return jwt.encode(header, claims, RSAKey.generate_key(2048), algorithms=["RS256"])

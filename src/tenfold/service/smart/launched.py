"""What a launch told, kept with the session: the patient, the record system, and its token, encrypted."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tenfold.service.access.oidc import NotSignedInThere
from tenfold.service.store.store import Store

LONGEST_PATIENT = 64
LONGEST = 12 * 3600
"""Seconds for which a token is believed at most."""
USUAL = 300
"""Seconds, where the record system does not say."""


@dataclass(frozen=True)
class Launched:
    """A launch. `key`: its own random name, which addresses carry; `until`: in seconds since 1970."""

    key: str
    base: str
    patient_id: str
    until: float
    token: str = field(repr=False)

    @property
    def over(self) -> bool:
        """Whether the record system's permission has run out."""
        return time.time() >= self.until


def read_answer(answer: Mapping[str, Any], base: str) -> Launched:
    """The launch in a token endpoint's answer. NotSignedInThere with what it lacks."""
    token, kind, patient_id = (answer.get(name) for name in ("access_token", "token_type", "patient"))
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable() or " " in token:
        raise NotSignedInThere("the answer holds no access token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise NotSignedInThere("the access token is of an unknown kind")
    if not isinstance(patient_id, str) or not patient_id:
        raise NotSignedInThere("the launch names no patient: open Tenfold from a patient's chart")
    # FHIR R4, 2.24.0.1: the characters of an id. Any other could lead to another address.
    if (
        len(patient_id) > LONGEST_PATIENT
        or not patient_id.isascii()
        or not patient_id.replace("-", "").replace(".", "").isalnum()
    ):
        raise NotSignedInThere("the launch names its patient in a way that FHIR does not have")
    lives = answer.get("expires_in", USUAL)
    if isinstance(lives, str) and lives.isdecimal():
        lives = int(lives[:9])
    if isinstance(lives, bool) or not isinstance(lives, int | float) or not lives > 0:
        lives = USUAL
    return Launched(secrets.token_urlsafe(12), base, patient_id, time.time() + min(lives, LONGEST), token)


def kept(store: Store, one: Launched) -> dict[str, Any]:
    """A launch as a session keeps it: patient and token encrypted."""
    sealed = store.cipher.encrypt(json.dumps([one.patient_id, one.token]).encode()).decode()
    return {"key": one.key, "base": one.base, "until": one.until, "sealed": sealed}


def opened(store: Store, launch: Mapping[str, Any]) -> Launched:
    """A launch that a session keeps."""
    patient_id, token = json.loads(store.cipher.decrypt(launch["sealed"].encode()))
    return Launched(launch["key"], launch["base"], patient_id, launch["until"], token)

"""The second factor: a code that changes with time (RFC 6238), from any authenticator application."""

from __future__ import annotations

import time

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken

ISSUER = "Tenfold"
STEP_SECONDS = 30
DRIFT_STEPS = 1
ENROLMENT_SECONDS = 3600


def new_secret() -> str:
    """A secret for an account."""
    return pyotp.random_base32()


def sealed(cipher: Fernet, secret: str, account: int) -> str:
    """A secret as the page holds it until a code was given: for this account alone, and nothing else that the service sealed."""
    return cipher.encrypt(f"{_for(account)}{secret}".encode()).decode()


def opened(cipher: Fernet, given: str, account: int) -> str | None:
    """The secret that was sealed for an account; None for another's, for any other text, and after an hour."""
    try:
        found = cipher.decrypt(given.encode(), ttl=ENROLMENT_SECONDS).decode()
    except (InvalidToken, UnicodeDecodeError):
        return None
    return found.removeprefix(_for(account)) if found.startswith(_for(account)) else None


def _for(account: int) -> str:
    return f"enrol:{account}:"


def address(secret: str, name: str) -> str:
    """What an authenticator reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def as_svg(text: str) -> str:
    """The QR code of a text."""
    return segno.make(text, error="m").svg_inline(scale=5, omitsize=False, border=2)


def step_of(secret: str, code: str, last_step: int, moment: float | None = None) -> int | None:
    """The time step whose code was given; None for a wrong code, or one that was used before."""
    digits = code.replace(" ", "")
    present = int((time.time() if moment is None else moment) // STEP_SECONDS)
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if step > last_step and pyotp.utils.strings_equal(pyotp.HOTP(secret).at(step), digits):
            return step
    return None

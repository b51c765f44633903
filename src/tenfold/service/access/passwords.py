"""Passwords: kept as Argon2 hashes, as long as the guidance of NIST SP 800-63B asks, and checked in the same time for every name."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST, LONGEST = 12, 200


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody has this password")


def refuse(password: str, name: str) -> str | None:
    """Why a password cannot be taken, in words; None if it can."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"a password has from {SHORTEST} to {LONGEST} characters; several words make a good one"
    if name.lower() in password.lower() or len(set(password)) < 5:
        return "this password is easily guessed: leave the name out, and do not repeat one sign"
    return None


def hashed(password: str) -> str:
    """The hash to keep."""
    return _hasher().hash(password)


def fits(password: str, held: str | None) -> bool:
    """Whether a password is the one whose hash is held. A missing hash takes as long to refuse as a wrong password."""
    try:
        return _hasher().verify(held or _nobodys(), password) and held is not None
    except (Argon2Error, InvalidHashError):
        return False

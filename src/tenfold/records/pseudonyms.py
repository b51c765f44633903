"""Keyed pseudonyms and shifts of dates: the same key and the same patient always give the same, and without the key nobody
can go back or try identifiers one by one.

HMAC with SHA-256 (RFC 2104, FIPS 198-1). What is made for one purpose (a patient, a sample, a shift) tells nothing of what
is made for another, because the purpose is part of the message. The key is as secret as the list of patients itself.
"""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import b32encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

SHORTEST_KEY = 32
"""Characters of a key file, at least: 128 bits where it is written in hexadecimal digits."""
LETTERS = 16
"""Characters of a pseudonym, 5 bits each: among a million patients two alike are not to be expected (1 in 2.4 million)."""


def read_key(path: Path) -> bytes:
    """The key that a file holds, without the blanks around it.

    FileNotFoundError if it is not there; ValueError if it is too short, or one character repeated.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no key file {path}; --new-key makes one")
    key = path.read_bytes().strip()
    if len(key) < SHORTEST_KEY or len(set(key)) < 8:
        raise ValueError(
            f"{path} is no key: it needs at least {SHORTEST_KEY} characters that nobody can guess; --new-key makes one"
        )
    return key


def weakness_of(key: bytes) -> str | None:
    """Why a key that was made by hand may be guessed, in words; None for one as `new_key` makes it (64 hexadecimal digits)."""
    made_here = len(key) == 64 and all(letter in b"0123456789abcdef" for letter in key.lower()) and len(set(key)) > 8
    if made_here:
        return None
    return (
        "The key is not one that --new-key made (64 hexadecimal digits). Whoever guesses it knows every patient: a key made "
        "by hand, a row of digits or a sentence can be guessed."
    )


def new_key(path: Path) -> bytes:
    """Make a key of 256 random bits and write it where only its owner may read it. FileExistsError if the file is there."""
    key = secrets.token_hex(32).encode()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key + b"\n")
    return key


def pseudonym(key: bytes, purpose: str, *names: str) -> str:
    """Sixteen letters and digits (A to Z, 2 to 7) for what is named."""
    return b32encode(_digest(key, purpose, names))[:LETTERS].decode()


def pseudonyms(key: bytes, purpose: str, names: Iterable[str], mark: str) -> dict[str, str]:
    """Each name with its pseudonym, which begins with `mark`. ValueError in the event that two of them agree."""
    made = {name: mark + pseudonym(key, purpose, name) for name in names}
    if len(set(made.values())) < len(made):
        raise ValueError(f"two {purpose}s would have the same pseudonym under this key: use another key")
    return made


def shift_days(key: bytes, patient_id: str, most: int) -> int:
    """By how many days a patient's dates move: from -most to most, each as likely, never 0."""
    if most < 1:
        raise ValueError("dates move by at least one day: give 1 or more")
    place = int.from_bytes(_digest(key, "shift of dates", (patient_id,))[:16], "big") % (2 * most)
    return place - most if place < most else place - most + 1


def _digest(key: bytes, purpose: str, names: Iterable[str]) -> bytes:
    message = b"".join(len(part).to_bytes(4, "big") + part for part in map(str.encode, (purpose, *names)))
    return hmac.new(key, message, sha256).digest()

"""A store opened: its database, its secret, its trail."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import Connection, Engine

from tenfold.service.store.audit import Trail
from tenfold.service.store.engine import StoreError, address_of, open_engine, reading, ready, shape_of

SECRET = "TENFOLD_SECRET"
SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Store:
    """A store of this version's shape."""

    engine: Engine
    secret: bytes

    @cached_property
    def trail(self) -> Trail:
        """The audit trail."""
        return Trail(self.secret)

    @cached_property
    def cipher(self) -> Fernet:
        """What is kept encrypted in the store, is so with the service's secret."""
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"tenfold cipher" + self.secret).digest()))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with reading(self.engine).begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: all of it is kept, or nothing."""
        with self.engine.begin() as connection:
            yield connection


def open_store(url: str, *, verifying: bool = False) -> Store:
    """Open a store, and make its tables where there are none. StoreError with what to do where that cannot be.

    A secret that is not the one with which the store was written is refused: what was added with it could never be verified.
    `verifying`: the trail is about to be verified as a whole, and what is found is told then.
    """
    engine = open_engine(url)
    try:
        secret = secret_for(url, new=shape_of(engine) is None)
        ready(engine)
        store = Store(engine, secret)
        with store.reading() as connection:
            if not verifying and not store.trail.fits(connection):
                raise StoreError(
                    "the last entry of the audit trail does not fit the service's secret: either the secret is not the one with"
                    f" which this store was written (see {SECRET}), or the entry was changed: tenfold store verify-audit"
                )
    except StoreError:
        engine.dispose()
        raise
    return store


def secret_for(url: str, *, new: bool = False) -> bytes:
    """The service's secret: from the environment; for a store in a file, else from a file beside it that only its owner reads.

    `new`: the store is empty, and a file store's secret is made where there is none. StoreError for a secret that is short,
    or missing.
    """
    given = os.environ.get(SECRET)
    if given:
        return _long_enough(given, SECRET).encode()
    place = secret_file(url)
    if place is None:
        raise StoreError(f"set {SECRET} in the environment, the same at every start: openssl rand -hex 32 makes one")
    if new and not place.exists():
        _keep_secret(place)
    try:
        return _long_enough(place.read_text("ascii").strip(), str(place)).encode()
    except FileNotFoundError:
        raise StoreError(
            f"the secret of this store is not in {place}: put it back, or set {SECRET}; without it nothing that was sealed or"
            " encrypted with it can be read"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"the secret of this store in {place} cannot be read: {error}") from None


def secret_file(url: str) -> Path | None:
    """Where a store in a file keeps its secret; None for a store on a server, which keeps none."""
    address = address_of(url)
    if address.get_backend_name() != "sqlite":
        return None
    return Path(str(address.database)).with_suffix(".secret")


def _keep_secret(place: Path) -> None:
    """Make a secret: whole or not at all, and the first of two that start at once makes it for both."""
    draft = place.with_name(f"{place.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, place)
    except OSError as error:
        raise StoreError(f"the store's secret cannot be kept in {place}: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)


def _long_enough(secret: str, where: str) -> str:
    if len(secret) < SHORTEST_SECRET:
        raise StoreError(
            f"the secret in {where} must be at least {SHORTEST_SECRET} characters long: openssl rand -hex 32 makes one"
        )
    return secret

"""A store opened: its database, its secret, its trail."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import Connection, Engine, make_url

from tenfold.service.store.audit import Trail
from tenfold.service.store.engine import StoreError, open_engine, reading, ready

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


def open_store(url: str) -> Store:
    """Open a store, and make its tables where there are none. StoreError with what to do where that cannot be."""
    engine = open_engine(url)
    secret = secret_for(url)
    ready(engine)
    return Store(engine, secret)


def secret_for(url: str) -> bytes:
    """The service's secret: from the environment; for a store in a file, else from a file beside it that only its owner reads.

    StoreError for a secret that is short, or missing where the store is on a server.
    """
    given = os.environ.get(SECRET)
    if given:
        if len(given) < SHORTEST_SECRET:
            raise StoreError(
                f"{SECRET} must be at least {SHORTEST_SECRET} characters long: openssl rand -hex 32 makes one"
            )
        return given.encode()
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        raise StoreError(f"set {SECRET} in the environment, the same at every start: openssl rand -hex 32 makes one")
    place = Path(address.database).with_suffix(".secret")
    try:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return place.read_text("ascii").strip().encode()

"""Opening a store, its migrations, and what each database needs to keep what it acknowledged."""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from functools import cache
from importlib import resources
from pathlib import Path
from threading import Lock
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from tenfold.service.store import guard

BUSY_MILLISECONDS = 20_000
"""How long a writer waits for another on SQLite before it is told to try again."""
POOL = {"pool_size": 10, "max_overflow": 40, "pool_timeout": 20}
"""As many connections as requests are served at a time, and some for the tools; most are closed again after use."""

_MIGRATING = Lock()
"""Alembic keeps what it works on in one place for the whole process."""


class StoreError(Exception):
    """The store cannot be used, in words, with what to do."""


def open_engine(url: str) -> Engine:
    """An engine of `sqlite:///FILE` or `postgresql://...`. StoreError for an address that names neither."""
    address = address_of(url)
    if address.get_backend_name() == "postgresql":
        try:
            engine = create_engine(address, hide_parameters=True, pool_pre_ping=True, **POOL)
        except ModuleNotFoundError as error:
            raise StoreError(f"PostgreSQL needs {error.name}: pip install 'tenfold[service]'") from None
    else:
        _private_file(Path(str(address.database)))
        engine = create_engine(
            address, hide_parameters=True, connect_args={"timeout": BUSY_MILLISECONDS / 1000}, **POOL
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    guard.watch(engine)
    # Whoever forgets an engine closes its connections.
    weakref.finalize(engine, engine.pool.dispose)
    return engine


def address_of(url: str) -> URL:
    """The address of a store, understood. StoreError for what is none; a password in it is not repeated."""
    try:
        address = make_url(url)
    except ArgumentError:
        raise StoreError("this is no address of a store: write sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    kind = address.get_backend_name()
    if kind in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise StoreError(f"a store is kept in SQLite or PostgreSQL, not in {kind}")
    if not address.database or address.database == ":memory:" or "mode=memory" in address.database:
        raise StoreError("a store is kept in a file: write sqlite:///FILE")
    return address


def _private_file(file: Path) -> None:
    """Make the file of a new store so that only its owner reads it; SQLite gives the files beside it the same mode."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"the store cannot be kept in {file}: {error.strerror}") from None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Durable on every commit, readers beside one writer, foreign keys, what is deleted overwritten; transactions are ours to
    begin.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def empty_log(engine: Engine) -> None:
    """Write SQLite's log into its file and empty it, so that what was deleted is not left in it; not while others are busy."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=500")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        cursor.close()
    finally:
        connection.close()


def _write_ahead(cursor: Any) -> None:
    """Turn on the write-ahead log. SQLite does not wait for others at this one step, so that two first openings collide."""
    deadline = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    if mode != "wal":
        raise sqlite3.OperationalError("this disk does not let SQLite keep a write-ahead log: use a local one")


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that will write takes its place at once: two that read first would otherwise both fail at the end."""
    only_reads = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if only_reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


RULES = {
    "sqlite": frozenset(
        [
            "audit_kept",
            "audit_whole",
            "audit_not_replaced",
            "change_kept",
            "change_whole",
            "change_not_replaced",
            "record_kept",
            "record_ended_once",
            "record_whole",
            "record_not_replaced",
            "audit_head_whole",
            "audit_head_not_replaced",
            "audit_head_onwards",
        ]
    ),
    "postgresql": frozenset(
        "audit_kept change_kept record_kept record_ended_once record_whole audit_head_onwards audit_head_whole".split()  # noqa: SIM905
    ),
}
"""The database's own rules against changing what is kept."""


def rules_missing(connection: Connection) -> list[str]:
    """The rules that are gone from a store, or switched off."""
    kind = connection.dialect.name
    asked = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if kind == "sqlite"
        else "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal AND tgenabled = 'O'"
        " AND relnamespace = current_schema()::regnamespace"
    )
    return sorted(RULES[kind] - {row[0] for row in connection.execute(text(asked))})


def reading(engine: Engine) -> Engine:
    """The same engine for transactions that only read: each sees the store as it was at one moment, and cannot write."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(reading=True)
    return engine.execution_options(reading=True, isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _migrations(engine: Engine | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("tenfold.service.store") / "migrations"))
    config.attributes["engine"] = engine
    return config


@cache
def shapes() -> tuple[str, ...]:
    """The names of every shape that a store has had, the oldest first; read once for the process."""
    script = ScriptDirectory.from_config(_migrations())
    return tuple(one.revision for one in script.walk_revisions())[::-1]


def newest() -> str:
    """The name of the newest shape of the store."""
    return shapes()[-1]


def shape_of(engine: Engine) -> str | None:
    """The shape that a store has; None for an empty database. StoreError where it cannot be reached."""
    try:
        with reading(engine).begin() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise StoreError(f"the store cannot be opened: {getattr(error, 'orig', error)}") from error


def migrate(engine: Engine, to: str = "head") -> None:
    """Bring a store to a shape, up or down ("base": no tables at all), keeping what it holds; all of it or nothing.

    StoreError for a shape that this version does not know, and where the database refuses.
    """
    known = ["base", *shapes()]
    present = known_shape(engine) or "base"
    wanted = known[-1] if to == "head" else to
    if wanted not in known:
        raise StoreError(f"there is no shape {to}: there are {', '.join(known)}")
    try:
        with _MIGRATING:
            if known.index(wanted) < known.index(present):
                command.downgrade(_migrations(engine), wanted)
            elif wanted != "base":
                command.upgrade(_migrations(engine), wanted)
    except SQLAlchemyError as error:
        raise StoreError(
            f"the store keeps shape {present}, as the step to {wanted} failed: {getattr(error, 'orig', error)}"
        ) from error


def known_shape(engine: Engine) -> str | None:
    """The shape of a store; None for an empty database. StoreError where a newer version has made it."""
    present = shape_of(engine)
    if present is not None and present not in shapes():
        raise StoreError(
            f"the store has shape {present}, and this version of Tenfold knows none newer than {newest()}:"
            " run the version that wrote it, or a newer one"
        )
    return present


def ready(engine: Engine) -> None:
    """Make the tables of an empty database; StoreError for one whose shape is not this version's."""
    present = known_shape(engine)
    if present is None:
        migrate(engine)
    elif present != newest():
        raise StoreError(
            f"the store has shape {present} and this version of Tenfold needs {newest()}:"
            " make a backup (tenfold store backup FILE), then run tenfold store upgrade"
        )

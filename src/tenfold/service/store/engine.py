"""Opening a store, its migrations, and what each database needs to keep what it acknowledged."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

BUSY_MILLISECONDS = 20_000
"""How long a writer waits for another on SQLite before it is told to try again."""


class StoreError(Exception):
    """The store cannot be used, in words, with what to do."""


def open_engine(url: str) -> Engine:
    """An engine of `sqlite:///FILE` or `postgresql://...`. StoreError for an address that names neither."""
    try:
        address = make_url(url)
    except ArgumentError:
        raise StoreError(
            f"{url} is no address of a store: write sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from None
    kind = address.get_backend_name()
    if kind == "postgresql":
        return create_engine(address.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10)
    if kind != "sqlite":
        raise StoreError(f"a store is kept in SQLite or PostgreSQL, not in {kind}")
    if address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": BUSY_MILLISECONDS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: object, _record: object) -> None:
    """Durable on every commit, readers beside one writer, foreign keys; transactions are ours to begin."""
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that will write takes its place at once: two that read first would otherwise both fail at the end."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def reading(engine: Engine) -> Engine:
    """The same engine for transactions that only read."""
    return engine.execution_options(reading=True)


def _migrations(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("tenfold.service.store") / "migrations"))
    config.attributes["engine"] = engine
    return config


def newest() -> str:
    """The name of the newest shape of the store."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("tenfold.service.store") / "migrations"))
    return str(ScriptDirectory.from_config(config).get_current_head())


def shape_of(engine: Engine) -> str | None:
    """The shape that a store has; None for an empty database. StoreError where it cannot be reached."""
    try:
        with reading(engine).begin() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise StoreError(f"the store cannot be opened: {getattr(error, 'orig', error)}") from error


def migrate(engine: Engine, to: str = "head") -> None:
    """Bring a store to a shape, up or down, keeping what it holds."""
    config = _migrations(engine)
    present = shape_of(engine)
    if to in ("head", newest()) or present is None:
        command.upgrade(config, "head" if present is None and to == "base" else to)
    else:
        command.downgrade(config, to)


def ready(engine: Engine) -> None:
    """Make the tables of an empty database; StoreError for one whose shape is not this version's."""
    present = shape_of(engine)
    if present is None:
        migrate(engine)
    elif present != newest():
        raise StoreError(
            f"the store has shape {present} and this version of Tenfold needs {newest()}:"
            " make a backup (tenfold store backup), then run tenfold store upgrade"
        )

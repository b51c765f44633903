"""Runs the migrations on the engine that is handed over: one at a time, all in one transaction."""

from alembic import context
from sqlalchemy import Engine, text

from tenfold.service.store.schema import metadata

LOCK = 7_106_310
"""Any number, the same for all: two services that start on one empty database wait for each other."""

engine: Engine = context.config.attributes["engine"]
sqlite = engine.dialect.name == "sqlite"
with engine.connect() as connection:
    if sqlite:
        # A table that is written anew is dropped on the way: what refers to it must hold at the end, not in between.
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            if not sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            # SQLite cannot change a column in place: the table is written anew there. That drops its triggers, too.
            context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
            context.run_migrations()
            if sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).first()):
                raise RuntimeError(
                    f"after the migration a row of {broken[0]} would refer to nothing: nothing was changed"
                )
    finally:
        if sqlite:
            connection.connection.cursor().execute("PRAGMA foreign_keys=ON")

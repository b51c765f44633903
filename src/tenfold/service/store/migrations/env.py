"""Runs the migrations on the engine that is handed over."""

from alembic import context
from sqlalchemy import Engine

from tenfold.service.store.schema import metadata

engine: Engine = context.config.attributes["engine"]
with engine.begin() as connection:
    # SQLite cannot change a column in place: the table is written anew there.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    context.run_migrations()

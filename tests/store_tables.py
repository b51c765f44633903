"""What the tests of the store are made with: databases of their own, small registries, and everything that a store holds."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import JSON, Connection, Integer, Table, make_url

from tenfold.records import Registry
from tenfold.service.store import accounts
from tenfold.service.store.backup import lines_of, tables_of
from tenfold.service.store.centre import Centre
from tenfold.service.store.schema import Instant
from tenfold.service.store.store import Store, open_store

SECRET = "a secret for tests, and for no other use"
Row = dict[str, Any]


def new_database(server: str) -> str:
    """A new database on a server."""
    name = f"store_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def copy_store(source: str, to: str) -> None:
    """Put a store that nobody has open in the place of an empty one of the same kind, with its secret."""
    kept, place = make_url(source), make_url(to)
    assert kept.database is not None
    assert place.database is not None
    if kept.get_backend_name() == "sqlite":
        for kind in (".db", ".secret"):
            shutil.copy(Path(kept.database).with_suffix(kind), Path(place.database).with_suffix(kind))
        return
    server = place.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {place.database}")
        connection.execute(f"CREATE DATABASE {place.database} TEMPLATE {kept.database}")


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """A store, closed again afterwards."""
    store = open_store(url)
    try:
        yield store
    finally:
        store.engine.dispose()


def a_centre(store: Store, name: str = "North") -> Centre:
    """A centre, made if there is none of that name."""
    number = accounts.centres(store).get(name)
    return Centre(store, accounts.add_centre(store, name) if number is None else number, None, "somebody")


def patients(*names: str, **tables: list[Row]) -> Registry:
    """A registry of patients with one sample and one count each; further rows as they are given."""
    rows: dict[str, list[Row]] = {
        "patients": [{"patient_id": name, "sex": "female", "diagnosis_date": "2023-01-05"} for name in names],
        "mrd_samples": [a_sample(name) for name in names],
        "counts": [{"patient_id": name, "sample_date": "2023-02-01", "platelets_e9_l": 210.5} for name in names],
    }
    for name, more in tables.items():
        rows[name] = [*rows.get(name, []), *more]
    return Registry.from_tables(rows, sources={"patients": "a file of the tests"})


def a_sample(patient: str, day: str = "2023-03-01", **more: Any) -> Row:
    return {
        "patient_id": patient,
        "sample_id": f"{patient}-{day}",
        "sample_date": day,
        "marker": "NPM1",
        "tissue": "marrow",
        "method": "rt-qpcr",
        "detected": "yes",
        "value": 0.25,
        "scale": "percent_abl1",
        **more,
    }


def whole_row(table: Table, **given: Any) -> Row:
    """A row of a table of which only some cells matter to a test."""
    row = dict(given)
    for column in table.columns:
        free = (
            column.nullable
            or column.server_default is not None
            or (column.primary_key and isinstance(column.type, Integer))
        )
        if column.name not in row and not free:
            empty = {Instant: lambda: datetime.now(UTC), JSON: dict}.get(type(column.type), column.type.python_type)
            row[column.name] = empty()
    return row


def everything(connection: Connection) -> dict[str, list[bytes]]:
    """Every row of every table of a store but its sessions."""
    return {table.name: list(lines_of(connection, table)) for table in tables_of(connection)}


def held(store: Store) -> dict[str, list[bytes]]:
    with store.reading() as connection:
        return everything(connection)

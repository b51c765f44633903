"""Restoring a backup into an empty store, in SQLite or PostgreSQL, whichever it was written from.

All of it is held against the manifest before anything is written, and what stands in the store is held against it once more
before it is kept: all of the backup is there, or nothing.
"""

from __future__ import annotations

import hmac
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from tenfold.service.store.audit import START, Trail
from tenfold.service.store.backup import (
    AT_ONCE,
    KIND,
    MANIFEST,
    VERSION,
    Counted,
    Held,
    Manifest,
    lines_of,
    member,
    row_of,
    rows_in,
    tables_of,
)
from tenfold.service.store.engine import StoreError, known_shape, migrate, reading, shapes

LONGEST_MANIFEST = 1_000_000


def restore(engine: Engine, secret: bytes, file: Path, *, accept_broken: bool = False) -> Manifest:
    """Restore a backup into an empty store, and bring it to this version's shape.

    `accept_broken`: also one of a store whose audit trail was broken when it was backed up. StoreError, and a store that is as
    empty as before, where the file is damaged or was changed, where the secret is not the one with which it was written, and
    where the store holds anything.
    """
    manifest = verified(file, secret)
    if manifest.broken and not accept_broken:
        raise StoreError(
            f"the audit trail was broken already when this backup was written: {manifest.broken}. --accept-broken-trail restores"
            " it as it was"
        )
    _empty(engine)
    migrate(engine, manifest.shape)
    try:
        with zipfile.ZipFile(file) as archive, engine.begin() as connection:
            tables = {table.name: table for table in tables_of(connection)}
            if missing := {held.name for held in manifest.tables} ^ set(tables):
                raise StoreError(
                    f"the backup and a store of its shape do not have the same tables: {', '.join(missing)}"
                )
            for name, table in tables.items():
                _load(connection, table, _lines(archive, name))
            _compare(connection, tables, manifest, secret)
    except (SQLAlchemyError, ValueError) as error:
        raise StoreError(f"the backup could not be restored, and nothing was kept: {_said(error)}") from error
    migrate(engine)
    return manifest


def verified(file: Path, secret: bytes) -> Manifest:
    """What a backup says of itself, once all of it was found to be so. StoreError for what is not."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive, secret)
            for held in manifest.tables:
                counted = Counted()
                for line in _lines(archive, held.name):
                    counted.take(line)
                if counted.held(held.name) != held:
                    raise StoreError(
                        f"the backup's {held.name} is not what was written: the file is damaged, or was changed"
                    )
            entries = (json.loads(line) for line in _lines(archive, "audit"))
            head = next((json.loads(line) for line in _lines(archive, "audit_head")), None)
            verdict = Trail(secret).verdict(entries, head)
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, EOFError) as error:
        raise StoreError(f"{file} is no backup of a store, or is damaged: {_said(error)}") from None
    if (verdict.entries, verdict.seal, verdict.broken) != (manifest.entries, manifest.seal, manifest.broken):
        raise StoreError("the audit trail in the backup is not the one that was written")
    return manifest


def _manifest(archive: zipfile.ZipFile, secret: bytes) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > LONGEST_MANIFEST:
        raise ValueError("its manifest is too long")
    said: dict[str, Any] = json.loads(archive.read(MANIFEST))
    seal = str(said.pop("manifest_seal"))
    if said["kind"] != KIND:
        raise ValueError("its manifest is of something else")
    if said["version"] != VERSION or said["shape"] not in shapes():
        raise StoreError("the backup was written by a newer version of Tenfold: restore it with that one")
    manifest = Manifest(**{**said, "tables": tuple(Held(**held) for held in said["tables"])})
    if not hmac.compare_digest(seal.encode(), manifest.sealed(secret).encode()):
        raise StoreError(
            "the backup does not fit the secret: it was written with another, or was changed since. The secret of the store that"
            " was backed up is needed, and is not in the backup"
        )
    return manifest


def _lines(archive: zipfile.ZipFile, table: str) -> Iterator[bytes]:
    with archive.open(member(table)) as lines:
        yield from lines


def _empty(engine: Engine) -> None:
    """StoreError unless the store holds nothing."""
    if known_shape(engine) is None:
        return
    with reading(engine).begin() as connection:
        for table in tables_of(connection):
            found = rows_in(connection, table)
            if table.name == "audit_head" and found:
                found = 0 if connection.execute(select(table.c.seal)).scalar_one() == START else found
            if found:
                raise StoreError(f"the store is not empty ({table.name} has {found} rows): restore into a new one")


def _load(connection: Connection, table: Table, lines: Iterator[bytes]) -> None:
    rows: list[dict[str, Any]] = []
    for line in lines:
        row = row_of(table, line)
        if table.name == "audit_head" and rows_in(connection, table):
            connection.execute(update(table).values(row))
            continue
        rows.append(row)
        if len(rows) == AT_ONCE:
            connection.execute(insert(table), rows)
            rows = []
    if rows:
        connection.execute(insert(table), rows)
    if connection.dialect.name == "postgresql":
        _go_on_counting(connection, table)


def _go_on_counting(connection: Connection, table: Table) -> None:
    """PostgreSQL's own count of the next number knows nothing of numbers that were given."""
    for column in table.primary_key.columns:
        sequence = connection.execute(
            select(func.pg_get_serial_sequence(f'"{table.name}"', column.name))
        ).scalar_one_or_none()
        if sequence is not None:
            last = connection.execute(select(func.max(column))).scalar_one_or_none()
            if last is not None:
                connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


def _compare(connection: Connection, tables: dict[str, Table], manifest: Manifest, secret: bytes) -> None:
    for held in manifest.tables:
        counted = Counted()
        for line in lines_of(connection, tables[held.name]):
            counted.take(line)
        if counted.held(held.name) != held:
            raise StoreError(f"{held.name} would not be in the store what it was in the backup: nothing was kept")
    audit = tables["audit"]
    entries = connection.execute(select(audit).order_by(audit.c.id)).mappings()
    head = connection.execute(select(tables["audit_head"])).mappings().one_or_none()
    if Trail(secret).verdict(entries, head).broken != manifest.broken:
        raise StoreError("the audit trail would not be in the store what it was in the backup: nothing was kept")


def _said(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]

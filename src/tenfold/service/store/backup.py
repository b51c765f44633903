"""A backup of a store in one file, and what such a file holds: the store as it was at one moment, whichever its database.

The file is a zip of one table each as JSON lines, with a manifest that names the store's shape, every table's rows and SHA-256,
and the last seal of the audit trail. The manifest is sealed with the service's secret. The secret itself is not in it, nor are
the browsers' sessions and the files that wait to be stored. It holds patients' records as they are: keep it as safe as the store.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata as installed
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Engine, Integer, LargeBinary, MetaData, Table, func, select

from tenfold.service.store.audit import Trail
from tenfold.service.store.engine import StoreError, known_shape, reading
from tenfold.service.store.schema import metadata

KIND, VERSION = "tenfold store backup", 1
MANIFEST = "manifest.json"
LEFT_OUT = ("session", "pending_import")
"""A session of a browser is begun anew; a file that nobody has stored is forgotten after a day, and not kept in a backup."""
AT_ONCE = 2_000


@dataclass(frozen=True)
class Held:
    """A table of a backup."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `entries` and `seal`: of the audit trail; `broken`: where it was found so, in words."""

    shape: str
    made_at: str
    made_with: str
    entries: int
    seal: str
    tables: tuple[Held, ...]
    broken: str | None = None
    kind: str = KIND
    version: int = VERSION

    def sealed(self, secret: bytes) -> str:
        """The seal of the manifest itself."""
        key = hashlib.sha256(b"tenfold backup" + secret).digest()
        return hmac.new(key, json.dumps(asdict(self), sort_keys=True).encode(), hashlib.sha256).hexdigest()


def back_up(engine: Engine, secret: bytes, file: Path) -> Manifest:
    """Write a backup of a store into a new file while the store may be in use; the file is there whole, or not at all.

    A trail of which an entry was changed or is gone is backed up as it is, and the manifest says so. StoreError for a file that
    is there already, an empty store, and a secret that is not the store's.
    """
    shape = known_shape(engine)
    if shape is None:
        raise StoreError("there is no store yet, and nothing to back up")
    if file.exists():
        raise StoreError(f"{file} is there already: name a new file")
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as whole:
            with reading(engine).begin() as connection:
                manifest = _write(connection, secret, shape, whole)
            whole.flush()
            os.fsync(whole.fileno())
        os.link(draft, file)
    except FileExistsError:
        raise StoreError(f"{file} is there already: name a new file") from None
    except OSError as error:
        raise StoreError(f"the backup cannot be written to {file}: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _write(connection: Connection, secret: bytes, shape: str, whole: Any) -> Manifest:
    tables = tables_of(connection)
    audit, head = (next(one for one in tables if one.name == name) for name in ("audit", "audit_head"))
    if not Trail(secret).fits(connection):
        raise StoreError(
            "the last entry of the audit trail does not fit the secret: set the one that the store was written with"
        )
    last = connection.execute(select(head)).mappings().one_or_none()
    with connection.execute(select(audit).order_by(audit.c.id).execution_options(yield_per=AT_ONCE)) as entries:
        verdict = Trail(secret).verdict(entries.mappings(), last)
    held = []
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for table in tables:
            with archive.open(member(table.name), "w", force_zip64=True) as out:
                counted = Counted()
                for line in lines_of(connection, table):
                    out.write(counted.take(line))
            held.append(counted.held(table.name))
        manifest = Manifest(
            shape=shape,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            made_with=installed.version("tenfold"),
            entries=verdict.entries,
            seal=verdict.seal,
            tables=tuple(held),
            broken=verdict.broken,
        )
        said = {**asdict(manifest), "manifest_seal": manifest.sealed(secret)}
        archive.writestr(MANIFEST, json.dumps(said, indent=1))
    return manifest


class Counted:
    """Lines, counted and hashed as they pass."""

    def __init__(self) -> None:
        self._rows, self._hash = 0, hashlib.sha256()

    def take(self, line: bytes) -> bytes:
        """The line itself."""
        self._rows += 1
        self._hash.update(line)
        return line

    def held(self, name: str) -> Held:
        """What has passed."""
        return Held(name, self._rows, self._hash.hexdigest())


def member(table: str) -> str:
    """The name of a table's file in a backup."""
    return f"tables/{table}.ndjson"


def tables_of(connection: Connection) -> list[Table]:
    """The tables of a store of whatever shape, as the database has them; those first to which others refer."""
    found = MetaData()
    # Other tables of the same database are not ours.
    found.reflect(connection, only=lambda name, _: name in metadata.tables)
    return [table for table in found.sorted_tables if table.name not in LEFT_OUT]


def rows_in(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """The rows of a table as JSON, one a line, in the order of its key; the same of either database."""
    key = list(table.primary_key.columns)
    asked = select(table).execution_options(yield_per=AT_ONCE)
    by_number = len(key) == 1 and isinstance(key[0].type, Integer)
    with connection.execute(asked.order_by(*key) if by_number else asked) as found:
        rows: Iterable[Any] = found.mappings()
        if not by_number:  # each database has its own order of text
            names = [column.name for column in key]
            rows = sorted(rows, key=lambda row: [row[name] for name in names])
        for row in rows:
            plain = {name: _plain(value) for name, value in row.items()}
            yield json.dumps(plain, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds")
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def row_of(table: Table, line: bytes | str) -> dict[str, Any]:
    """A row of a table from its line. StoreError for a column that the table has not; ValueError for what cannot be read."""
    row: dict[str, Any] = json.loads(line)
    for name, value in row.items():
        if name not in table.c:
            raise StoreError(f"the backup's {table.name} has a column {name}, which the store has not")
        if value is None:
            continue
        kind = table.c[name].type
        if isinstance(kind, DateTime):
            row[name] = datetime.fromisoformat(value)
        elif isinstance(kind, LargeBinary):
            row[name] = base64.b64decode(value, validate=True)
    return row

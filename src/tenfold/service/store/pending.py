"""Files that were uploaded and are not stored as records until somebody says so; what is forgotten, is gone for good."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from tenfold.service.store import schema
from tenfold.service.store.centre import Centre, now
from tenfold.service.store.outcome import NotThere, Refused
from tenfold.service.store.store import Store

KEPT_FOR = timedelta(days=1)
MOST_PENDING = 10
"""Of one centre at a time."""
table = schema.pending_import
ABOUT = (table.c.id, table.c.at, table.c.filename, table.c.format, table.c.account)


@dataclass(frozen=True, slots=True)
class Pending:
    """An uploaded file: the random name that stands in addresses, when it came, what it is called, what it is to be read as.

    `format`: the name of a format where somebody chose one; None if it is to be recognised.
    """

    id: str
    at: datetime
    filename: str
    format: str | None
    account: int

    @property
    def title(self) -> str:
        """What the file is called; several files were packed into one."""
        return self.filename.removesuffix(".zip") if self.filename.endswith(" more.zip") else self.filename


def keep(centre: Centre, filename: str, content: bytes) -> str:
    """Keep an uploaded file and return its random name. Refused where the centre has too many that wait."""
    key = uuid.uuid4().hex
    with centre.writing() as connection:
        if len(connection.execute(centre.mine(table, table.c.id)).all()) >= MOST_PENDING:
            raise Refused(f"{MOST_PENDING} files of this centre wait already: store or discard one of them first")
        row = {"id": key, "account": centre.account_id, "at": now(), "filename": filename, "content": content}
        connection.execute(insert(table).values(centre=centre.id, **row))
        centre.told(connection, "file uploaded", key, bytes=len(content))
    return key


def waiting(centre: Centre) -> list[Pending]:
    """The files of a centre that wait, the newest first; those of more than a day ago are not among them."""
    mine = centre.mine(table, *ABOUT).where(table.c.at >= now() - KEPT_FOR).order_by(table.c.at.desc())
    with centre.reading() as connection:
        return [Pending(**row) for row in connection.execute(mine).mappings()]


def pending(centre: Centre, key: str) -> Pending:
    """One file that waits. NotThere once it was stored, discarded, or a day old."""
    mine = centre.mine(table, *ABOUT).where(table.c.id == key, table.c.at >= now() - KEPT_FOR)
    with centre.reading() as connection:
        row = connection.execute(mine).mappings().one_or_none()
    if row is None:
        raise NotThere("this file is not there any more: it was stored, discarded, or waited for more than a day")
    return Pending(**row)


def content_of(centre: Centre, key: str) -> bytes:
    """What an uploaded file holds. NotThere as in `pending`."""
    with centre.reading() as connection:
        row = connection.execute(centre.mine(table, table.c.content).where(table.c.id == key)).first()
    if row is None:
        raise NotThere("this file is not there any more: it was stored or discarded")
    return bytes(row[0])


def read_it_as(centre: Centre, key: str, format: str | None) -> None:
    """Say what a file is to be read as; None to have it recognised."""
    with centre.writing() as connection:
        mine = update(table).where(table.c.centre == centre.id, table.c.id == key)
        connection.execute(mine.values(format=format))
        centre.told(connection, "format of a file chosen", key, format=format)


def discard(centre: Centre, key: str, why: str = "file discarded") -> None:
    """Forget an uploaded file; nothing happens where it is gone already."""
    with centre.writing() as connection:
        if connection.execute(delete(table).where(table.c.centre == centre.id, table.c.id == key)).rowcount:
            centre.told(connection, why, key)


def forget_old(store: Store) -> int:
    """Forget the files of every centre that waited for more than a day; return how many there were."""
    old = table.c.at < now() - KEPT_FOR
    with store.reading() as connection:
        if connection.execute(select(table.c.id).where(old).limit(1)).first() is None:
            return 0
    with store.writing() as connection:
        gone = connection.execute(delete(table).where(old)).rowcount
        store.trail.add(connection, "old files forgotten", files=gone)
    return gone

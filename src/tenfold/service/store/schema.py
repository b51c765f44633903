"""The tables of the store. Records are append-only: a fact that is corrected or withdrawn stays, with who changed it and why.

A record's content is a row of one of the tables of `records`, as JSON without its empty cells: a column that is added to those
tables needs no migration here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC; a time without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store in UTC. ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back in UTC; SQLite forgets the zone."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _of(table: str, *, name: str | None = None, nullable: bool = False) -> Column[Any]:
    return Column(name or table, ForeignKey(f"{table}.id"), nullable=nullable, index=True)


def _within(table: str, *, nullable: bool = False, index: bool = True) -> Column[Any]:
    """What is of a centre itself; `_same_centre` holds it to the row's own centre."""
    return Column(table, String(32), nullable=nullable, index=index)


def _same_centre(table: str) -> ForeignKeyConstraint:
    """The database itself refuses a row of one centre about a patient, or a meeting, of another."""
    return ForeignKeyConstraint(["centre", table], [f"{table}.centre", f"{table}.id"])


centre = Table(
    "centre",
    metadata,
    _id(),
    Column("name", String(200), nullable=False, unique=True),
    Column("axis", String(10), nullable=False, server_default="calendar"),
    Column("simulated", Boolean, nullable=False, server_default=false()),
    Column("title", Text),
    Column("sources", JSON, nullable=False, server_default="{}"),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("settings", Text, nullable=False, server_default=""),
    Column("settings_revision", Integer, nullable=False, server_default="0"),
)
"""A centre and how it keeps time; `revision` rises with every change of its records. `settings`: its TOML file."""

account = Table(
    "account",
    metadata,
    _id(),
    Column("name", String(100), nullable=False, unique=True),
    Column("password", Text),
    Column("second_factor", Text),
    Column("second_factor_step", Integer, nullable=False, server_default="0"),
    Column("subject", Text, unique=True),
    Column("active", Boolean, nullable=False, server_default=true()),
    _of("centre", name="made_by"),
    Column("created_at", Instant, nullable=False),
)
"""`password`: Argon2 hash; `second_factor`: the encrypted secret; `subject`: issuer and subject of the hospital's sign-in.

`made_by`: the centre that made the account, whose administrators alone may reset it.
"""

membership = Table(
    "membership",
    metadata,
    Column("account", ForeignKey("account.id"), primary_key=True),
    Column("centre", ForeignKey("centre.id"), primary_key=True),
    Column("role", String(30), primary_key=True),
)

session = Table(
    "session",
    metadata,
    Column("digest", String(64), primary_key=True),
    _of("account"),
    _of("centre", nullable=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("launch", JSON),
)
"""`digest`: of the cookie, which is not stored. `launch`: what a launch from the record system told."""

token = Table(
    "token",
    metadata,
    _id(),
    Column("digest", String(64), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    _of("account"),
    _of("centre"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
)

patient = Table(
    "patient",
    metadata,
    Column("id", String(32), primary_key=True),
    _of("centre"),
    Column("patient_id", String(200), nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
    UniqueConstraint("centre", "patient_id"),
    UniqueConstraint("centre", "id", name="uq_patient_of_centre"),
)
"""`id` is random: it stands in addresses, where the centre's own identifier must not. `revision` tells two writers apart."""

change = Table(
    "change",
    metadata,
    _id(),
    _of("centre"),
    _within("patient", nullable=True),
    _of("account", nullable=True),
    Column("at", Instant, nullable=False),
    Column("action", String(40), nullable=False),
    Column("reason", Text),
    _same_centre("patient"),
)

record = Table(
    "record",
    metadata,
    _id(),
    Column("centre", ForeignKey("centre.id"), nullable=False),
    _within("patient", index=False),
    Column("kind", String(40), nullable=False),
    Column("content", JSON, nullable=False),
    Column("added_by", ForeignKey("change.id"), nullable=False),
    Column("ended_by", ForeignKey("change.id")),
    _same_centre("patient"),
    Index("ix_record_live", "centre", "patient", "ended_by"),
)
"""A row of a patient's records: `kind` names its table."""

pending_import = Table(
    "pending_import",
    metadata,
    Column("id", String(32), primary_key=True),
    _of("centre"),
    _of("account"),
    Column("at", Instant, nullable=False),
    Column("filename", Text, nullable=False),
    Column("format", String(40)),
    Column("content", LargeBinary, nullable=False),
)
"""A file that was uploaded and looked at, and is not stored as records until somebody says so."""

laboratory_run = Table(
    "laboratory_run",
    metadata,
    Column("id", String(32), primary_key=True),
    _of("centre"),
    _of("account"),
    Column("at", Instant, nullable=False),
    Column("filename", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("signed_by", ForeignKey("account.id")),
    Column("signed_at", Instant),
    Column("comment", Text),
)

closing = Table(
    "closing",
    metadata,
    _id(),
    _of("centre"),
    _within("patient"),
    Column("kind", String(60), nullable=False),
    Column("subject", Text, nullable=False),
    Column("certain", Boolean, nullable=False),
    Column("rests_on", String(64), nullable=False),
    Column("reminder", Integer, nullable=False),
    Column("until", Date),
    Column("for_good", Text),
    Column("reason", Text, nullable=False),
    _of("account"),
    Column("at", Instant, nullable=False),
    Column("reopened_by", ForeignKey("account.id")),
    Column("reopened_at", Instant),
    _same_centre("patient"),
)
"""An entry of the worklist that was closed by a signed reason: what it rested on, the reminder reached, until when.

`for_good`: the reason that ended the follow-up, where there is no day.
"""

meeting = Table(
    "meeting",
    metadata,
    Column("id", String(32), primary_key=True),
    _of("centre"),
    Column("on", String(10), nullable=False),
    Column("title", String(200), nullable=False),
    _of("account"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("centre", "id", name="uq_meeting_of_centre"),
)

meeting_patient = Table(
    "meeting_patient",
    metadata,
    Column("meeting", String(32), primary_key=True),
    Column("patient", String(32), primary_key=True),
    _of("centre"),
    Column("question", Text, nullable=False, server_default=""),
    _same_centre("meeting"),
    _same_centre("patient"),
)

decision = Table(
    "decision",
    metadata,
    Column("id", String(32), primary_key=True),
    _of("centre"),
    _within("patient"),
    _within("meeting", nullable=True),
    Column("on", String(10), nullable=False),
    Column("option", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("stood", JSON, nullable=False),
    _of("account"),
    Column("at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_reason", Text),
    _same_centre("patient"),
    _same_centre("meeting"),
)
"""What a meeting decided; `stood`: what was shown of the patient when it was recorded."""

feedback = Table(
    "feedback",
    metadata,
    _id(),
    _of("centre"),
    Column("at", Instant, nullable=False),
    Column("service", String(100), nullable=False),
    Column("card", String(60), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("content", JSON, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("at", String(40), nullable=False),
    Column("account", String(250)),
    _of("centre", nullable=True),
    Column("action", String(60), nullable=False),
    Column("subject", String(100)),
    Column("detail", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("seal", String(64), nullable=False),
)
"""Who did what (a program is named as its account by its token): each entry's seal covers its content and the seal before it."""

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entries", Integer, nullable=False),
    Column("seal", String(64), nullable=False),
)
"""One row: the last seal. It is locked while an entry is added, so that the chain has no fork."""

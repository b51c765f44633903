"""The audit trail: who did what, in a chain that shows when an entry was changed, taken out or put in between.

Each entry's seal is a keyed hash of its content and of the seal before it: who can write to the database but has not the
service's secret cannot mend the chain. Entries cut off at the end show against the head; where the head was set back as well,
or the whole database to an older state, against a seal that was noted elsewhere. The database refuses to change or delete
entries, too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from tenfold.service.store.schema import audit, audit_head

START = "0" * 64
NAMED = ("id", "at", "account", "centre", "action", "subject", "detail", "previous")
"""What a seal covers."""


class TrailBroken(RuntimeError):
    """The trail cannot be gone on with: its head is gone. Nothing was written."""


@dataclass(frozen=True)
class Verdict:
    """What the verification of the trail found: `broken` names the first entry that does not fit, in words."""

    entries: int
    seal: str
    broken: str | None = None


class Trail:
    """Adds entries to the trail, and verifies it. `secret`: the service's own."""

    def __init__(self, secret: bytes) -> None:
        self._key = hashlib.sha256(b"tenfold audit trail" + secret).digest()

    def add(
        self,
        connection: Connection,
        action: str,
        *,
        account: str | None = None,
        centre: int | None = None,
        subject: str | None = None,
        at: datetime | None = None,
        **detail: Any,
    ) -> None:
        """Add an entry in the caller's transaction: what was done and that it was done stand or fall together.

        `at`: when it happened, where it is written down later. `subject` and `detail` hold no identifier of a patient but the store's own random one. Other entries wait until the
        transaction ends, so that an entry is best added last.
        """
        head = connection.execute(select(audit_head).with_for_update()).mappings().one_or_none()
        if head is None:
            raise TrailBroken("the head of the audit trail is gone: run tenfold store verify-audit")
        entry: dict[str, Any] = {
            "id": head["entries"] + 1,
            "at": (at or datetime.now(UTC)).isoformat(timespec="microseconds"),
            "account": account,
            "centre": centre,
            "action": action,
            "subject": subject,
            # As the database will give it back: a number as a name, say, becomes text.
            "detail": json.loads(json.dumps(detail, allow_nan=False)),
            "previous": head["seal"],
        }
        entry["seal"] = self._seal(entry)
        connection.execute(insert(audit).values(entry))
        connection.execute(update(audit_head).values(entries=entry["id"], seal=entry["seal"]))

    def fits(self, connection: Connection) -> bool:
        """Whether the last entry was sealed with this secret; an empty trail fits any."""
        last = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(1))
        try:
            row = last.mappings().one_or_none()
            return row is None or self._sealed(row)
        except (TypeError, ValueError):
            return False

    def verify(self, connection: Connection, noted: str | None = None) -> Verdict:
        """Walk the whole chain. `noted`: a seal that was noted elsewhere, which must be part of it."""
        head = connection.execute(select(audit_head)).mappings().one_or_none()
        asked = select(audit).order_by(audit.c.id).execution_options(yield_per=1000)
        with connection.execute(asked) as rows:  # the walk may end before they do
            return self.verdict(rows.mappings(), head, noted)

    def verdict(self, rows: Iterable[Any], head: Any, noted: str | None = None) -> Verdict:
        """The verification of entries in order and of their head, wherever they were read."""
        previous, number = START, 0
        wanted = None if noted is None else noted.strip().lower()
        seen = wanted in (None, START)
        given = iter(rows)
        while True:
            try:
                row = next(given, None)
                if row is None:
                    break
                fits = row["id"] == number + 1 and row["previous"] == previous and self._sealed(row)
            except (TypeError, ValueError):  # what stands there is not even of the right kind
                return Verdict(number, previous, f"an entry after entry {number} cannot be read")
            number += 1
            if not fits:
                return Verdict(number, previous, f"entry {row['id']} does not fit the one before it, or was changed")
            previous = row["seal"]
            seen = seen or previous == wanted
        if head is None:
            return Verdict(number, previous, "the head of the trail is gone")
        if (head["entries"], head["seal"]) != (number, previous):
            return Verdict(number, previous, f"the trail ends at entry {number}, and {head['entries']} were written")
        return Verdict(number, previous, None if seen else "the noted seal is not part of the trail")

    def _sealed(self, entry: Any) -> bool:
        return hmac.compare_digest(str(entry["seal"]).encode(), self._seal(entry).encode())

    def _seal(self, entry: Any) -> str:
        said = json.dumps({name: entry[name] for name in NAMED}, sort_keys=True, separators=(",", ":"))
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()

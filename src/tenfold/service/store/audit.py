"""The audit trail: who did what, in a chain that shows when an entry was changed, taken out or put in between.

Each entry's seal is a keyed hash of its content and of the seal before it: who can write to the database but has not the
service's secret cannot mend the chain. Entries cut off at the end show against the head, and against a seal that was noted
elsewhere. The database refuses to change or delete entries, too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from tenfold.service.store.schema import audit, audit_head

START = "0" * 64


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
        **detail: Any,
    ) -> None:
        """Add an entry in the caller's transaction: what was done and that it was done stand or fall together.

        `subject` and `detail` hold no identifier of a patient but the store's own random one.
        """
        held = connection.execute(select(audit_head).with_for_update()).mappings().one_or_none()
        if held is None:
            connection.execute(insert(audit_head).values(id=1, entries=0, seal=START))
        entries, previous = (0, START) if held is None else (held["entries"], held["seal"])
        entry: dict[str, Any] = {
            "id": entries + 1,
            "at": datetime.now(UTC).isoformat(timespec="microseconds"),
            "account": account,
            "centre": centre,
            "action": action,
            "subject": subject,
            "detail": detail,
            "previous": previous,
        }
        entry["seal"] = self._seal(entry)
        connection.execute(insert(audit).values(entry))
        connection.execute(update(audit_head).values(entries=entry["id"], seal=entry["seal"]))

    def verify(self, connection: Connection, noted: str | None = None) -> Verdict:
        """Walk the whole chain. `noted`: a seal that was noted elsewhere, which must be part of it."""
        head = connection.execute(select(audit_head)).mappings().one_or_none()
        previous, number, seen = START, 0, noted is None
        for row in connection.execute(select(audit).order_by(audit.c.id).execution_options(yield_per=1000)).mappings():
            number += 1
            fits = row["id"] == number and row["previous"] == previous
            if not fits or not hmac.compare_digest(row["seal"], self._seal(row)):
                return Verdict(number, previous, f"entry {row['id']} does not fit the one before it, or was changed")
            previous = row["seal"]
            seen = seen or previous == noted
        if head is None and number:
            return Verdict(number, previous, "the head of the trail is gone")
        if head is not None and (head["entries"], head["seal"]) != (number, previous):
            return Verdict(number, previous, f"the trail ends at entry {number}, and {head['entries']} were written")
        return Verdict(number, previous, None if seen else "the noted seal is not part of the trail")

    def _seal(self, entry: Any) -> str:
        named = ("id", "at", "account", "centre", "action", "subject", "detail", "previous")
        said = json.dumps({name: entry[name] for name in named}, sort_keys=True, separators=(",", ":"))
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()

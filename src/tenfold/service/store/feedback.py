"""What clinicians answered to the cards of CDS Hooks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from tenfold.service.store import schema
from tenfold.service.store.centre import Centre, now


def keep_feedback(centre: Centre, service: str, body: dict[str, Any]) -> None:
    """Keep each entry of a feedback that was checked."""
    rows = [
        {
            "centre": centre.id,
            "at": now(),
            "service": service,
            "card": str(entry.get("card", ""))[:60],
            "outcome": str(entry.get("outcome", ""))[:20],
            "content": entry,
        }
        for entry in body.get("feedback", [])
    ]
    if rows:
        with centre.writing() as connection:
            connection.execute(insert(schema.feedback), rows)
            centre.told(connection, "feedback on cards", None, service=service, entries=len(rows))


def feedback_of(centre: Centre, most: int = 200) -> list[dict[str, Any]]:
    """The last feedback, the newest first."""
    table = schema.feedback
    with centre.reading() as connection:
        asked = centre.mine(table).order_by(table.c.id.desc()).limit(most)
        return [dict(row) for row in connection.execute(asked).mappings()]

"""Days as programs give them."""

from __future__ import annotations

from datetime import date

from tenfold.records.registry import EPOCH, Registry
from tenfold.service.store.outcome import Refused
from tenfold.service.visitor import MOST_DAYS


def day_of(registry: Registry, given: str | int | None) -> int | None:
    """A day of a registry's axis. Refused in words for one that is none."""
    if given is None:
        return None
    wanted = "a day number such as 120" if registry.axis == "relative" else "a date such as 2024-05-03"
    try:
        day = int(given) if registry.axis == "relative" else (date.fromisoformat(str(given)) - EPOCH).days
    except ValueError:
        day = MOST_DAYS + 1
    if abs(day) > MOST_DAYS:
        raise Refused(f"on: {str(given)[:40]} is no day of these records: give {wanted}")
    return day

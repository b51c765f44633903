"""What stays open where a whole table is not in the records: the few tables that most answers hang on, in words."""

from __future__ import annotations

from tenfold.records.registry import Registry
from tenfold.records.tables import TABLES

STAYS_OPEN = {
    "mrd_samples": "no molecular state can be told",
    "treatments": "molecular states, endpoints and options stay open",
    "transplants": "molecular states, endpoints and options stay open",
    "responses": "remission, and with it the molecular state, is known only where a marrow shows it",
    "genes_tested": "a gene in which no variant is on record counts as not tested",
    "events": "a relapse, or disease outside the marrow, cannot be ruled out",
}
"""Table -> what hangs on it in most patients."""
MAY_BE_EMPTY = ("treatments", "transplants", "events")
"""Tables in which no row is an answer: nothing of the kind happened."""


def not_recorded(registry: Registry) -> dict[str, str]:
    """Return the absent tables that most answers hang on, with what stays open and what to do."""
    found = {}
    for name, said in STAYS_OPEN.items():
        if registry.recorded(name):
            continue
        remedy = f"; if there was none, add {name}.csv with only its header" if name in MAY_BE_EMPTY else ""
        found[name] = f"not recorded - {said}{remedy}"
    return found


def other_absent(registry: Registry) -> list[str]:
    """Return the other tables that are not there."""
    quiet = ("patients", "completeness", *STAYS_OPEN)
    return [name for name in TABLES if name not in quiet and not registry.recorded(name)]

"""Single results put together as rows: those of one specimen, of one report, or of one time.

A result without a specimen or a report is of its time alone. Where another result of that time has two values, nothing says
which of them it goes with: then each stands in a row of its own.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from tenfold.exchange.fhir.found import Found
from tenfold.exchange.fhir.sources import Source

Row = dict[str, Any]
Of = tuple[str, str | None, Hashable]


class Panels:
    """Results by what they are of: a table, a patient, and a specimen, report or time."""

    def __init__(self) -> None:
        self._values: dict[Of, list[tuple[Source, Row, str, Any]]] = {}
        self._of_one_sample: set[Of] = set()

    def add(self, source: Source, table: str, row: Row, name: str, value: Any, of: Hashable, one_sample: bool) -> None:
        """Put a value beside those of the same patient; `one_sample`: what has the same `of` is of one specimen for certain."""
        key = (table, row["patient_id"], of)
        self._values.setdefault(key, []).append((source, row, name, value))
        if one_sample:
            self._of_one_sample.add(key)

    def put(self, found: Found) -> None:
        """Give every row that came of it, and say how many results could not be put together."""
        apart = 0
        for key, values in self._values.items():
            by_name: dict[str, set[Any]] = {}
            for _, _, name, value in values:
                by_name.setdefault(name, set()).add(value)
            several = any(len(one) > 1 for one in by_name.values())
            alone = several and len(by_name) > 1 and key not in self._of_one_sample
            rows = _rows(values, alone)
            apart += len(rows) if alone else 0
            for source, row in rows:
                found.row(key[0], source, row)
        if apart:
            found.notes.append(
                f"{apart} results stand in rows of their own: something was measured twice at their time, and neither specimen "
                "nor report says what goes with what"
            )


def _rows(values: list[tuple[Source, Row, str, Any]], alone: bool) -> list[tuple[Source, Row]]:
    rows: list[tuple[Source, Row]] = []
    for source, row, name, value in values:
        fit = (other for _, other in rows if (other.get(name) == value if alone else other.get(name, value) == value))
        other = next(fit, None)
        if other is None:
            rows.append((source, row | {name: value}))
        else:
            other[name] = value
    return rows

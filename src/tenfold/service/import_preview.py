"""What storing a file would do, for the page that asks: what would be complete, what is held back, which cells are merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from tenfold.records.shape import Kind
from tenfold.records.tables import TABLES
from tenfold.service.store.centre import SET_ASIDE
from tenfold.service.store.imports import Planned
from tenfold.service.templating import in_words

NAMES = {SET_ASIDE: "rows that cannot be used", "completeness": "what is complete"}
MOST_HELD, MOST_CHANGED = 100, 200
"""On the page; the download holds all."""
COLUMNS = ("what", "patient", "table", "row", "column", "old", "new", "why")


def table_in_words(kind: str) -> str:
    """What a table is called."""
    return NAMES.get(kind, kind.replace("_", " "))


def preview(planned: Planned) -> dict[str, Any]:
    """What a page shows of an import beside the number of its rows."""
    claims = sorted(planned.claims.items())
    changes = list(_cells(planned, MOST_CHANGED))
    return {
        "stated": [(table_in_words(name), one.stated) for name, one in claims if one.stated],
        "offered": [
            (name, table_in_words(name), one.offered, one.bare)
            for name, one in claims
            if one.offered and name != "patients"
        ],
        "absent": [(table_in_words(name), one.absent) for name, one in claims if one.absent],
        "doubted": [(name, table_in_words(name), one.doubted) for name, one in claims if one.doubted],
        "held_back": [
            {
                "key": one.key,
                "patient_id": one.patient_id,
                "table": table_in_words(one.kind),
                "row": _row(one.kind, one.row),
                "said": _all(one.kind, one.cells),
                "now": "the row is not there" if one.now is None else _all(one.kind, one.now),
                "why": f"{one.action} on {in_words(one.at)}" + (f": {one.reason}" if one.reason else ""),
            }
            for one in planned.held_back[:MOST_HELD]
        ],
        "held_back_of": len(planned.held_back),
        "changes": changes[:MOST_CHANGED],
        "more_changes": len(changes) > MOST_CHANGED,
    }


def changes_frame(planned: Planned) -> pl.DataFrame:
    """Every cell that would be merged, and everything that is held back, with what stands there and what the file says."""
    merged = [("merged", *row, "") for row in _cells(planned, None)]
    held = [
        (
            "held back",
            one.patient_id,
            table_in_words(one.kind),
            _row(one.kind, one.row),
            name,
            _cell(one.kind, name, None if one.now is None else one.now.get(name)),
            _cell(one.kind, name, cell),
            f"{one.action} on {in_words(one.at)}" + (f": {one.reason}" if one.reason else ""),
        )
        for one in planned.held_back
        for name, cell in one.cells.items()
        if name != "patient_id"
    ]
    return pl.DataFrame([*merged, *held], schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def _cells(planned: Planned, most: int | None) -> Iterator[tuple[str, ...]]:
    """The merged cells: patient, table, row, column, old, new; one more than `most` says that there are more."""
    told = 0
    for step in planned.changes:
        for name, old, new in step.cells():
            if most is not None and told > most:
                return
            told += 1
            table, row = table_in_words(step.kind), _row(step.kind, step.row)
            yield step.patient_id, table, row, name, _cell(step.kind, name, old), _cell(step.kind, name, new)


def _row(kind: str, row: Mapping[str, Any]) -> str:
    """What names a row beside its patient: a number, or the first cell that is a day."""
    identity = [name for name in (TABLES[kind].identity if kind in TABLES else ()) if name != "patient_id"]
    days = [name for name in row if name.endswith(("_date", "_day"))][: int(kind != "patients")]
    return ", ".join(_cell(kind, name, row[name]) for name in identity or days if row.get(name) is not None)


def _all(kind: str, cells: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_cell(kind, name, cell)}" for name, cell in cells.items() if name != "patient_id")


def _cell(kind: str, name: str, value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    days = {column.name for column in TABLES[kind].columns if column.kind is Kind.DATE} if kind in TABLES else ()
    if name in days and isinstance(value, str):
        return in_words(value)
    return str(value)

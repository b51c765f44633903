"""Whether a row of another table makes none of ours, and whether that may pass for "there was none".

Traps: where the mapping states that a table is complete, no row means no. So a row is only then passed over in silence when
nothing in it says otherwise: an empty cell is not known, never no, and a date without a result, or a donor without a date, is
a row whose patient is not complete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tenfold.exchange.mapping.held import Cell, Wrong, unusable
from tenfold.exchange.mapping.plan import VISIT, TableRule
from tenfold.records.faults import OR_IN_MAPPING
from tenfold.records.shape import Axis
from tenfold.records.tables import TABLES

NOT_COMPLETE = "do not state that the table is complete"


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A row that is set aside because what it leaves out cannot be told: our column, its own, and why."""

    into: str
    source: str
    wrong: Wrong


Read = Mapping[str, str | Wrong | None]
"""Our columns as read from one row."""


def row_test(
    rule: TableRule, visit: str, header: Sequence[str], axis: Axis
) -> Callable[[Sequence[Cell], Read], str | Doubtful | None]:
    """A test for rows of a file: why a row makes none, in words; Doubtful where it is set aside instead; else None."""
    # Not on the patient's own cell: whose the row is, is known.
    marked = next((one.into for one in rule.columns if one.into != "patient_id"), "patient_id")
    by_name = {column.named(axis): column for column in TABLES[rule.into].columns}
    means = [
        (one.into, one.of(visit), by_name[one.into].empty_means)
        for one in rule.columns
        if one.source and by_name[one.into].empty_means
    ]
    dates = [name for name, column in by_name.items() if column in TABLES[rule.into].dates]
    asked_for = _asked_for(rule, dates)
    of_row = [
        (one.into, one.of(visit))
        for one in rule.columns
        if one.source and one.into != "patient_id" and (not rule.visits or VISIT in one.source)
    ]
    where = rule.rows_where
    column = "" if where is None else where.source.replace(VISIT, visit)
    position = -1 if where is None else header.index(column)

    def test(cells: Sequence[Cell], read: Read) -> str | Doubtful | None:
        if where is not None:
            cell = cells[position]
            listed = str(cell) != "" and str(cell) in where.not_known
            if not listed and (wrong := unusable(cell)) is not None:
                return Doubtful(marked, column, wrong)
            said = "" if cell is None or str(cell) in where.not_known else str(cell)
            if said in where.not_when:
                return f"{where.source} says so"
            if not said:
                if not rule.complete:
                    return f"{where.source} is empty"
                why = "the cell is empty, which says neither yes nor no"
                remedy = f'fill it in{OR_IN_MAPPING}add "" to not_when if it says no, or {NOT_COMPLETE}'
                return Doubtful(marked, column, Wrong("", why, remedy))
            if said not in where.when:
                why = f"{said} is none of the values that are known here ({', '.join(sorted({*where.when, *where.not_when} - {''}))})"
                remedy = f"correct it, or say what it means{OR_IN_MAPPING}add it to when or to not_when of rows_where"
                return Doubtful(marked, column, Wrong(said, why, remedy))
        for into, source, meaning in means:
            if read[into] is None:
                if not rule.complete:
                    return f"{source} is not known"
                why = f"{into} is not known, and an empty cell would mean {meaning}"
                return Doubtful(marked, source, Wrong("", why, f"fill it in{OR_IN_MAPPING}{NOT_COMPLETE}"))
        if not asked_for or any(read[name] is not None for name in asked_for):
            return None
        for into, source in of_row if rule.complete else ():
            value = read[into]
            if value is not None:
                why = f"{into} is filled, and none of {', '.join(asked_for)} is: it cannot be told whether this is one"
                shown = value.value if isinstance(value, Wrong) else value
                remedy = f"fill one of them{OR_IN_MAPPING}name it under row_if, or {NOT_COMPLETE}"
                return Doubtful(into, source, Wrong(shown, why, remedy))
        return "nothing in it is filled"

    return test


def _asked_for(rule: TableRule, dates: Sequence[str]) -> tuple[str, ...]:
    """The columns of which one must be filled; none where every row makes one."""
    if rule.row_if or not rule.visits or rule.rows_where is not None:
        return rule.row_if
    of_visit = tuple(one.into for one in rule.columns if VISIT in one.source)
    return tuple(name for name in of_visit if name not in dates) or of_visit

"""What becomes of every column of a REDCap export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tenfold.exchange.converted import Fate, Field
from tenfold.exchange.redcap.exports import Export
from tenfold.exchange.redcap.project import (
    EVENT,
    GROUP,
    INSTANCE,
    INSTRUMENT,
    RECORD,
    STATUS_LABEL,
    SURVEY,
    known_items,
)
from tenfold.records.shape import Axis
from tenfold.records.tables import TABLES

LEFT = {
    INSTANCE: "the number of an instance: the order of rows means nothing",
    EVENT: "the event: each form filled at it is a row, dated by its own date",
    GROUP: "who may see the record: no fact about the patient",
    SURVEY: "who answered a survey: no fact about the patient",
}
STATUS = "REDCap's state of the form: how far entry has got, not whether the table is complete"


def fields_of(export: Export, axis: Axis, replaced: Mapping[str, int]) -> tuple[Field, ...]:
    """Every column once, by the heading that the file gives it. `replaced`: the missing codes that a field held."""
    times = Counter(export.sheet.header)
    found: dict[str, Field] = {}
    for place, (heading, name) in enumerate(zip(export.sheet.header, export.names, strict=True)):
        cells = export.sheet.cells[str(place)]
        filled = cells.len() - cells.null_count()
        if heading in found:
            found[heading] = _again(found[heading], filled, times[heading])
        else:
            fate, into, note = _fate(name, heading, axis, replaced.get(name, 0))
            found[heading] = Field(export.sheet.file, heading, fate, into, note, filled)
    return tuple(found.values())


def _again(one: Field, filled: int, times: int) -> Field:
    note = one.note if one.field == STATUS_LABEL else f"{times} columns are headed so"
    return Field(one.source, one.field, one.fate, one.into, note, one.filled + filled)


def _fate(name: str, heading: str, axis: Axis, missing: int) -> tuple[Fate, str, str]:
    item = known_items().get(name)
    if name == RECORD:
        fate = Fate.MAPPED if heading in (RECORD, known_items()[RECORD].label, "record") else Fate.GUESSED
        why = "" if fate is Fate.MAPPED else ", which REDCap puts first whatever its name"
        return fate, "patients.patient_id", f"the record id{why}: patient_id of every table"
    if name == INSTRUMENT:
        return Fate.MAPPED, "", "says of which table a row is"
    if name in LEFT:
        return Fate.LEFT, "", LEFT[name]
    if item is None:
        status = heading == STATUS_LABEL or name.endswith("_complete")
        return Fate.LEFT, "", STATUS if status else "no field of Tenfold's data dictionary"
    if item.table in TABLES and item.column not in TABLES[item.table].schema(axis):
        return Fate.LEFT, "", "on the other axis than the project's"
    note = f"{missing} missing data codes read as not known" if missing else ""
    return Fate.MAPPED, f"{item.table}.{item.column}", note

"""Marrow, blood count and chemistry beside each specimen, in the units that the data dictionary states.

Traps: the dictionary gives haemoglobin in "%" and platelets "per liter", which their values cannot be, so neither is used;
neutrophils are a share of the leucocytes, not a count; creatinine is in mg/dL. A result lies within a day of the specimen
(pathology: within seven), and is placed on the day of the specimen.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from tenfold.exchange.beataml.course import Course
from tenfold.exchange.beataml.release import Release
from tenfold.exchange.beataml.rows import Row, once

UMOL_PER_MG = Decimal("88.4")
"""Micromoles per litre in one mg/dL of creatinine (113.12 g/mol)."""
COLUMNS = {
    "marrows": {"%.Blasts.in.BM": "blasts_pct"},
    "counts": {"wbcCount": "wbc_e9_l", "%.Blasts.in.PB": "blasts_pb_pct"},
    "chemistry": {"creatinine": "creatinine_umol_l", "ALT": "alt_u_l", "LDH": "ldh_u_l"},
}
"""Table -> column of the workbook -> column of the records."""


def laboratory(release: Release, courses: Mapping[str, Course]) -> dict[str, list[Row]]:
    """The rows of marrows, counts and chemistry; what is no number ("rare", ">90") is left to admission to refuse."""
    tables: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    for one in release.specimens:
        for table, columns in COLUMNS.items():
            place = {"patient_id": one.patient, **courses[one.patient].where(one)}
            values = {ours: _value(theirs, one.get(theirs)) for theirs, ours in columns.items()}
            numbers = {name: value for name, value in values.items() if value is not None and is_number(value)}
            # A word among numbers gets a row of its own: what is set aside with it is the word alone.
            words = [{name: value} for name, value in values.items() if value is not None and name not in numbers]
            tables[table] += [Row(one.line, {**place, **cells}) for cells in (numbers, *words) if cells]
    return {name: once(rows) for name, rows in tables.items()}


def _value(column: str, written: str | None) -> str | None:
    if column != "creatinine" or written is None or not is_number(written):
        return written
    return str(Decimal(written) * UMOL_PER_MG)


def is_number(text: str) -> bool:
    """Whether a text is a plain number."""
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False

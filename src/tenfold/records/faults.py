"""Faults: what is wrong with a record, in words that a data manager understands.

Faults are gathered as frames, because a registry may have very many; ``Fault`` is one of them as an object.
"""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from enum import StrEnum

import polars as pl

OR_IN_MAPPING = "; or in the mapping: "
"""In a remedy: before it stands what can be done in the file, behind it what in the mapping by which the file is read."""


class Used(StrEnum):
    """What was done with what the fault was found in."""

    ROW_SET_ASIDE = "row set aside"
    COLUMN_NOT_USED = "column not used"
    FILE_NOT_USED = "file not used"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    ``line`` is the line of the file (the row's number in a Parquet file or a frame in memory); None for a
    fault of a whole file. ``value`` is what the cell holds, as written.
    """

    file: str
    line: int | None
    patient_id: str | None
    column: str | None
    value: str | None
    rule: str
    remedy: str
    used: Used

    def __str__(self) -> str:
        """One sentence to print: where, what is wrong, what to do, what was done."""
        where = self.file if self.line is None else f"{self.file} line {self.line}"
        who = f", patient {self.patient_id}" if self.patient_id else ""
        column = f", {self.column}" if self.column else ""
        return f"{where}{who}{column}: {self.rule}. To mend it: {self.remedy}. [{self.used}]"


FAULT_SCHEMA: dict[str, pl.DataType] = {
    "file": pl.String(),
    "line": pl.Int64(),
    "patient_id": pl.String(),
    "column": pl.String(),
    "value": pl.String(),
    "rule": pl.String(),
    "remedy": pl.String(),
    "used": pl.String(),
}
"""The columns of a frame of faults."""


_NONE = pl.DataFrame(schema=FAULT_SCHEMA)


def no_faults() -> pl.DataFrame:
    """An empty frame of faults."""
    return _NONE.clone()


def fault_frame(faults: Iterable[Fault]) -> pl.DataFrame:
    """Faults as a frame, in the order given."""
    rows = [astuple(fault) for fault in faults]
    return pl.DataFrame(rows, schema=FAULT_SCHEMA, orient="row") if rows else no_faults()


def each_fault(frame: pl.DataFrame) -> Iterator[Fault]:
    """A frame of faults, one object at a time."""
    for row in frame.select(*FAULT_SCHEMA).iter_rows(named=True):
        yield Fault(**(row | {"used": Used(row["used"])}))


def file_fault(file: str, rule: str, remedy: str, *, column: str | None = None, value: str | None = None) -> Fault:
    """A fault for which a whole file cannot be used."""
    return Fault(file, None, None, column, value, rule, remedy, Used.FILE_NOT_USED)

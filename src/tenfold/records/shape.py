"""What a table of records is: its columns, their kinds and ranges, and from which date each is known.

The tables themselves are data and stand in ``tables``. A registry keeps time on one of two axes: the
calendar (``sample_date``, a date) or the relative axis (``sample_day``, days since each patient's day 0,
for cohorts that were published without dates). A column list is written once, with the calendar names.
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Literal

import polars as pl

Axis = Literal["calendar", "relative"]


class Kind(Enum):
    """What a cell may hold."""

    TEXT = "text"
    WORD = "word"
    """One of the words of a vocabulary."""
    NUMBER = "number"
    COUNT = "whole number"
    YESNO = "yes or no"
    DATE = "date"
    GENE = "gene symbol"
    MARKER = "marker"
    """A gene (NPM1), a fusion (RUNX1::RUNX1T1), a kind of change (FLT3-ITD) or a flow phenotype (LAIP)."""
    DRUGS = "drugs"
    """Generic names, joined by a plus sign when there are several."""


STORED_AS: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.WORD: pl.String(),
    Kind.NUMBER: pl.Float64(),
    Kind.COUNT: pl.Int64(),
    Kind.YESNO: pl.Boolean(),
    Kind.DATE: pl.Date(),
    Kind.GENE: pl.String(),
    Kind.MARKER: pl.String(),
    Kind.DRUGS: pl.String(),
}
"""How each kind is stored; a date of the relative axis is an Int32."""


def day_name(name: str) -> str:
    """``sample_date`` -> ``sample_day``; any other name is returned as it is."""
    return name.removesuffix("_date") + "_day" if name.endswith("_date") else name


def date_name(name: str) -> str:
    """``sample_day`` -> ``sample_date``; any other name is returned as it is."""
    return name.removesuffix("_day") + "_date" if name.endswith("_day") else name


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    ``low`` and ``high`` are the least and the most that can be, both allowed. ``known_from`` names the date
    column from which the value is known; None stands for the row's own date (``reported_date``, else the
    table's ``dated_by``). A ``required`` column must be in the file and filled in every row.
    ``empty_means``: what an empty cell stands for, where that is not "not known"; such a column is never
    left out of use on its own, because the rows would then say something else.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str | None = None
    words: type[StrEnum] | None = None
    low: float | None = None
    high: float | None = None
    required: bool = False
    known_from: str | None = None
    empty_means: str | None = None

    def named(self, axis: Axis) -> str:
        """The column's name on an axis: ``sample_date`` or ``sample_day``."""
        return day_name(self.name) if self.kind is Kind.DATE and axis == "relative" else self.name

    def dtype(self, axis: Axis) -> pl.DataType:
        """How the column is stored on an axis."""
        return pl.Int32() if self.kind is Kind.DATE and axis == "relative" else STORED_AS[self.kind]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of records: a row is one dated fact about one patient.

    ``identity`` names the columns that no two rows may share; where it is empty, only an exactly repeated
    row is a duplicate. ``date_required``: each row needs its date, or else a ``sequence``.
    ``known_if_undated``: a row without a date counts as known from the beginning (a patient without a
    diagnosis date is still a patient).
    """

    name: str
    meaning: str
    dated_by: str | None
    columns: tuple[Column, ...]
    identity: tuple[str, ...] = ()
    date_required: bool = False
    known_if_undated: bool = False
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the columns by name."""
        object.__setattr__(self, "_by_name", {column.name: column for column in self.columns})

    def __getitem__(self, name: str) -> Column:
        """The column of that (calendar) name; KeyError if the table has none."""
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        """Whether the table has a column of that (calendar) name."""
        return name in self._by_name

    @property
    def dates(self) -> tuple[Column, ...]:
        """The date columns, in order."""
        return tuple(column for column in self.columns if column.kind is Kind.DATE)

    def schema(self, axis: Axis = "calendar") -> dict[str, pl.DataType]:
        """Column name -> stored type, in order, on an axis."""
        return {column.named(axis): column.dtype(axis) for column in self.columns}

    def empty(self, axis: Axis = "calendar") -> pl.DataFrame:
        """A frame of no rows with every column of the table."""
        return pl.DataFrame(schema=self.schema(axis))

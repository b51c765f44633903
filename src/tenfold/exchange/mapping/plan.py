"""A mapping: which columns of which files become which columns of our tables. Read from TOML; every mistake is named at once.

What a file leaves to be said (an empty unit, date format, code or constant, as a draft leaves it) is a mistake, too: nothing
is guessed when records are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from tenfold.records.shape import Axis

VISIT = "{visit}"
Other = Literal["fault", "keep", "empty"]
Part = Literal["", "number", "comparator"]


class MappingError(ValueError):
    """What is wrong in a mapping: one line for each mistake, with what to do."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """How one column is filled: from the column `source` of the file, or with a `constant`.

    `factor`: ours = theirs x factor; `codes`: value as written -> value here; `other`: what a value not among the codes is;
    `part`: of "<0.01" the number or the comparator; `bounded`: whether another column keeps the comparator that stands with
    the number; `not_known`: what is written for not known; `years_from`: the first of the hundred years that two digits
    stand for.
    """

    into: str
    source: str = ""
    constant: str = ""
    prefix: str = ""
    unit: str = ""
    factor: Decimal = Decimal(1)
    decimal: str = "."
    thousands: str = ""
    date_formats: tuple[str, ...] = ()
    years_from: int | None = None
    codes: Mapping[str, str] | None = None
    other: Other = "fault"
    part: Part = ""
    bounded: bool = False
    not_known: frozenset[str] = frozenset()

    def of(self, visit: str) -> str:
        """The name of the source column for a visit."""
        return self.source.replace(VISIT, visit)


@dataclass(frozen=True, slots=True)
class RowsWhere:
    """Rows are made where the column `source` holds one of `when`, not where it holds one of `not_when`, or nothing.

    "" among `not_when`: that the cell is empty (or one of `not_known`) says that there is none.
    """

    source: str
    when: frozenset[str]
    not_when: frozenset[str]
    not_known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TableRule:
    """How rows of one file or sheet become rows of one of our tables.

    `number`: its place in the mapping, from 1; `visits`: what `{visit}` stands for, one row for each; `row_if`: a row is
    made only where one of these columns of ours is filled; `distinct`: rows that come out alike are one; `complete`: the
    file holds everything of its kind, so that no row means no; `left`: columns that are not used, with the reason.
    """

    number: int
    into: str
    columns: tuple[ColumnRule, ...]
    file: str = ""
    sheet: str = ""
    header_row: int = 1
    encoding: str = "utf-8"
    visits: tuple[str, ...] = ()
    row_if: tuple[str, ...] = ()
    rows_where: RowsWhere | None = None
    distinct: bool = False
    complete: bool = False
    left: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> ColumnRule | None:
        """The rule of one of our columns; None where it is not filled."""
        return next((rule for rule in self.columns if rule.into == name), None)


@dataclass(frozen=True, slots=True)
class FileMapping:
    """A whole mapping."""

    name: str
    tables: tuple[TableRule, ...]
    title: str | None = None
    axis: Axis = "calendar"
    simulated: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)

"""A registry: what is known about a set of patients, as typed tables that never change.

Every function returns a new registry. Tables are frames of ``tables.TABLES``, always with every column;
what could not be admitted stands beside them, as faults and as rows set aside.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import polars as pl

from tenfold.logic.kept import kept
from tenfold.records.asof import known_by, to_days
from tenfold.records.completeness import SET_ASIDE_SCHEMA, UNPLACED_SCHEMA, complete_patients
from tenfold.records.faults import no_faults
from tenfold.records.shape import Axis, date_name
from tenfold.records.tables import TABLES

EPOCH = date(1970, 1, 1)
MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def calendar_date(day: int) -> date:
    """A day number of the calendar axis as a date."""
    return EPOCH + timedelta(days=day)


def _nothing_set_aside() -> pl.DataFrame:
    return pl.DataFrame(schema=SET_ASIDE_SCHEMA)


@dataclass(frozen=True, eq=False)
class Registry:
    """The records of a set of patients.

    ``tables``: the tables that are present, by name, as read (``*_date`` columns on the calendar axis, ``*_day`` on
    the relative one). ``sources``: table -> citation. ``faults`` and ``set_aside``: what was found wrong on admission,
    and the rows that are not used. ``unplaced``: in a view of a day, the undated rows of which it cannot be told
    whether they were known by then. ``simulated``: no real patient is in it.
    """

    tables: dict[str, pl.DataFrame]
    axis: Axis = "calendar"
    title: str | None = None
    simulated: bool = False
    sources: dict[str, str] = field(default_factory=dict)
    faults: pl.DataFrame = field(default_factory=no_faults)
    set_aside: pl.DataFrame = field(default_factory=_nothing_set_aside)
    unplaced: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNPLACED_SCHEMA))

    @classmethod
    def from_tables(
        cls,
        tables: Mapping[str, pl.DataFrame | list[dict[str, Any]]],
        *,
        relative: bool = False,
        title: str | None = None,
        simulated: bool = False,
        sources: Mapping[str, str] | None = None,
    ) -> "Registry":
        """A registry from frames or rows in memory, through the same admission as files.

        ``relative``: times are days since each patient's day 0, in columns named ``*_day``. Lines of faults
        are row numbers.
        """
        from tenfold.records.admission import admit_tables

        return admit_tables(tables, relative=relative, title=title, simulated=simulated, sources=sources)

    def recorded(self, name: str) -> bool:
        """Whether the table is present, if only with its header.

        KeyError for a table that Tenfold does not have.
        """
        return TABLES[name].name in self.tables

    def table(self, name: str) -> pl.DataFrame:
        """A table as read, with every column; an empty one if it is absent."""
        frame = self.tables.get(name)
        return TABLES[name].empty(self.axis) if frame is None else frame

    def days(self, name: str) -> pl.DataFrame:
        """A table with every date as a day number (Int32) in a column named ``*_day``.

        On the calendar axis days count from 1970-01-01, on the relative axis from each patient's day 0.
        """
        if self.axis == "relative":
            return self.table(name)
        if name not in self._days:
            self._days[name] = to_days(self.table(name), TABLES[name])
        return self._days[name]

    def dated(self, frame: pl.DataFrame) -> pl.DataFrame:
        """An answer's ``*_day`` columns (integers) as dates named ``*_date``; unchanged on the relative
        axis.
        """
        if self.axis == "relative":
            return frame
        days = [name for name, dtype in frame.schema.items() if name.endswith("_day") and dtype in (pl.Int32, pl.Int64)]
        return frame.with_columns(pl.col(days).cast(pl.Int32).cast(pl.Date)).rename(
            {name: date_name(name) for name in days}
        )

    def format_day(self, day: int) -> str:
        """A day number in words: "3 May 2024", or "day 120" on the relative axis."""
        if self.axis == "relative":
            return f"day {day}"
        on = calendar_date(day)
        return f"{on.day} {MONTHS[on.month - 1]} {on.year}"

    def date_of(self, day: int | None) -> date | None:
        """The calendar date of a day number; None on the relative axis, or for no day."""
        return None if day is None or self.axis == "relative" else calendar_date(day)

    def last_entry(self) -> int | None:
        """The last day that any row became known; None if no row has one."""
        from tenfold.records.asof import known_day

        days = [
            frame.select(known_day(TABLES[name], self.axis)).to_series().max() for name, frame in self.tables.items()
        ]
        return max((day for day in days if isinstance(day, int)), default=None)

    # A registry never changes: what is read off it is read once.
    @kept
    def _days(self) -> dict[str, pl.DataFrame]:
        return {}

    @kept
    def _complete(self) -> dict[str, pl.DataFrame]:
        return {}

    @kept
    def _patient_ids(self) -> pl.DataFrame:
        columns = [
            frame.select("patient_id").unique() for frame in self.tables.values() if "patient_id" in frame.columns
        ]
        if not columns:
            return pl.DataFrame(schema={"patient_id": pl.String})
        return pl.concat(columns).drop_nulls().unique().sort("patient_id")

    def patient_ids(self) -> pl.DataFrame:
        """Every patient of any table: one column ``patient_id``, sorted, each once."""
        return self._patient_ids

    def patient(self, patient_id: str) -> "Registry":
        """The records of one patient.

        KeyError naming the nearest known patient if there is none of that id.
        """
        if self._patient_ids.filter(pl.col("patient_id") == patient_id).is_empty():
            from tenfold.records.nearest import nearest_patient

            near = nearest_patient(str(patient_id), self._patient_ids["patient_id"])
            raise KeyError(f"no patient {patient_id}" + (f"; the nearest is {near}" if near else ""))
        nothing_else = not (self.faults.height or self.set_aside.height or self.unplaced.height)
        if self._patient_ids.height == 1 and nothing_else:
            return self
        return self._only(pl.col("patient_id") == patient_id)

    def select(self, ids: Iterable[str] | pl.Series) -> "Registry":
        """The records of some patients; an id that the registry does not hold is simply not there."""
        wanted = ids if isinstance(ids, pl.Series) else pl.Series(list(ids), dtype=pl.String)
        return self._only(pl.col("patient_id").is_in(wanted.implode()))

    def _only(self, which: pl.Expr) -> "Registry":
        # Rows without a patient (completeness for everybody, faults of a whole file) concern each of them.
        for_anybody = which | pl.col("patient_id").is_null()
        chosen = replace(
            self,
            tables={
                name: frame.filter(for_anybody if name == "completeness" else which)
                for name, frame in self.tables.items()
            },
            faults=self.faults.filter(for_anybody),
            set_aside=self.set_aside.filter(for_anybody),
            unplaced=self.unplaced.filter(which),
        )
        # Every patient of any table is still one of some table.
        vars(chosen)["_patient_ids"] = self._patient_ids.filter(which)
        return chosen

    def as_of(self, on: date | int) -> "Registry":
        """What was known by a day: later rows are gone, later values blank.

        ``on``: a date, or a day number of the axis; a date has no place on the relative axis (ValueError).
        """
        from tenfold.records.asof import known_day
        from tenfold.records.timeline import day_column, placed

        day = self.day_number(on)
        # What places an undated fact must itself have been known by then.
        later = {name: known_day(TABLES[name], self.axis) > day for name in self.tables if TABLES[name].dated_by}
        # A table without dates stays whole; polars refuses a constant predicate on a frame in several chunks.
        by_then = replace(
            self,
            tables={
                name: frame.filter(~later[name].fill_null(False)) if name in later else frame
                for name, frame in self.tables.items()
            },
        )
        tables, unplaced = {}, [self.unplaced]
        for name, frame in by_then.tables.items():
            bounds = None if day_column(name) is None else placed(by_then, name)
            tables[name], in_doubt = known_by(frame, bounds, TABLES[name], self.axis, day)
            unplaced.append(in_doubt.select(pl.lit(name).alias("table"), "patient_id"))
        return replace(
            self,
            tables=tables,
            set_aside=self.set_aside.filter((pl.col("known_day") <= day).fill_null(True)),
            unplaced=pl.concat(unplaced).unique(maintain_order=True),
        )

    def day_number(self, on: date | int) -> int:
        """A date as a day number of the axis; a number as it is.

        ValueError for a date on the relative axis.
        """
        if not isinstance(on, date):
            return int(on)
        if self.axis == "relative":
            raise ValueError("this registry keeps days since each patient's day 0 and has no dates: give a day number")
        return ((on.date() if isinstance(on, datetime) else on) - EPOCH).days

    def complete(self, name: str) -> pl.DataFrame:
        """The patients for whom the table holds everything, so that no row means "no".

        ``patient_id`` and ``complete_from_day`` (Int32; null: from the very beginning). A patient who is
        not there is not recorded. See ``completeness`` for the rules.
        """
        if name not in self._complete:
            self._complete[name] = self._completely_recorded(name)
        return self._complete[name]

    def _completely_recorded(self, name: str) -> pl.DataFrame:
        if not self.recorded(name):
            return pl.DataFrame(schema={"patient_id": pl.String, "complete_from_day": pl.Int32})
        found = complete_patients(name, self._patient_ids, self.tables.get("completeness"), self.set_aside, self.axis)
        if not self.unplaced.height:
            return found
        in_doubt = self.unplaced.filter(pl.col("table") == name)
        return found.join(in_doubt, on="patient_id", how="anti", maintain_order="left") if in_doubt.height else found

    def check(self) -> pl.DataFrame:
        """The faults found on admission, one a row (``faults.FAULT_SCHEMA``)."""
        return self.faults

    def write(self, path: str | Path, format: Literal["csv", "parquet"] = "csv") -> None:
        """Write the admitted tables and ``registry.toml`` into a folder, to be read back exactly as they
        are.
        """
        from tenfold.records.writing import write_registry

        write_registry(self, Path(path), format)

    @staticmethod
    def concat(registries: Iterable["Registry"]) -> "Registry":
        """Several registries of different patients as one.

        ValueError for none, two axes, or a patient in two.
        """
        from tenfold.records.joining import join_registries

        return join_registries(list(registries))

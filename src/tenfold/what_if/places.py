"""Where in a patient's course a supposed fact stands: the day of the question, or the day after the last record.

Traps: where a patient's facts are in a published sequence and have no days, a supposed fact comes last in it and a wait of
"28 days" cannot be placed; a death on record leaves no later day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from tenfold.records.registry import EPOCH, Registry
from tenfold.records.tables import TABLES
from tenfold.records.timeline import FAR, placed
from tenfold.vocabulary import EventKind

AFTER_DEATH = "the records say that the patient died: nothing can come after; suppose it as of an earlier day (--on)"


@dataclass(frozen=True)
class Place:
    """A day (number of the axis) and a place in the sequence; None where there is none. The cells of a row's date."""

    relative: bool
    day: int | None
    sequence: int | None

    def later(self, days: int) -> Place:
        """So many days later; in a sequence as many places, of which only the order counts."""
        moved = None if self.day is None else self.day + days
        return Place(self.relative, moved, None if self.sequence is None else self.sequence + days)

    def cells(self, table: str, column: str | None = None) -> dict[str, str]:
        """The cells that place a row of a table, on the registry's own axis; `column`: which date, if not the row's own."""
        shape = TABLES[table]
        assert shape.dated_by is not None
        dated = shape[column or shape.dated_by].named("relative" if self.relative else "calendar")
        placing: dict[str, str] = {}
        if self.day is not None:
            placing[dated] = str(self.day) if self.relative else (EPOCH + timedelta(days=self.day)).isoformat()
        if self.sequence is not None and column is None:
            placing["sequence"] = str(self.sequence)
        return placing


def _dates(registry: Registry) -> list[tuple[int, int | None]]:
    """(day, sequence) of every date of the patient's records but that of the birth."""
    found = []
    for name in registry.tables:
        if TABLES[name].dated_by is None:
            continue
        frame = registry.days(name)
        sequence = pl.col("sequence") if "sequence" in frame.columns else pl.lit(None, pl.Int64)
        for column in TABLES[name].dates:
            if column.name != "birth_date":
                day = column.named("relative")
                found += frame.filter(pl.col(day).is_not_null()).select(pl.col(day), sequence.alias("at")).rows()
    return found


def _sequences(registry: Registry) -> list[int]:
    return [
        int(place)
        for frame in registry.tables.values()
        if "sequence" in frame.columns
        for place in frame["sequence"].drop_nulls()
    ]


def present(registry: Registry, on: int | None) -> Place:
    """The place of what is supposed now, in the records of one patient. ValueError for a patient who died, or has no day."""
    died = registry.table("events").filter((pl.col("kind") == EventKind.DEATH) & pl.col("present").fill_null(True))
    dead = registry.days("patients")["death_day"].drop_nulls()
    if died.height or dead.len():
        raise ValueError(AFTER_DEATH)
    relative = registry.axis == "relative"
    places = _sequences(registry)
    sequence = max(places) + 1 if places else None
    days = _dates(registry)
    if on is not None:
        return Place(relative, on, sequence)
    if sequence is not None:
        # Only if the last fact of the sequence has its day is a later day known.
        last = [day for day, at in days if at == sequence - 1]
        return Place(relative, max(day for day, _ in days) + 1 if last else None, sequence)
    if not days:
        raise ValueError("no day is recorded of this patient: say on which day it is supposed (--on)")
    return Place(relative, max(day for day, _ in days) + 1, None)


def at_diagnosis(registry: Registry) -> Place:
    """The place of what is supposed of the diagnosis. ValueError where neither its day nor a first treatment is recorded."""
    relative = registry.axis == "relative"
    places = _sequences(registry)
    diagnosed = registry.days("patients")["diagnosis_day"].drop_nulls()
    day = int(diagnosed[0]) if diagnosed.len() else None
    if places:
        return Place(relative, day, min(places))
    if day is None:
        first = placed(registry, "treatments").filter(pl.col("order").is_not_null())["order"].min()
        if first is None:
            raise ValueError(
                "neither the day of diagnosis nor a treatment is recorded: of the diagnosis nothing can be said"
            )
        day = int(str(first))
    return Place(relative, day, None)


def in_words(registry: Registry, place: Place) -> str:
    """A place as a sentence would say it."""
    if place.day is not None and abs(place.day) < FAR:
        return registry.format_day(place.day)
    return "after everything that is recorded (no days are published)"

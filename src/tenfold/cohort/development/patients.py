"""The patients of a development, coded: times, events, delayed entry, and one column of numbers a coded level.

Rows may be drawn again and again (a resample, a split, a fold) without coding anything twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.cohort.covariates import as_event, as_times
from tenfold.cohort.development.terms import Term
from tenfold.cohort.significance import Floats

Rows = NDArray[np.intp]


class Coded(Protocol):
    """Coded patients of any outcome: who had it, and one column of numbers a coded level."""

    @property
    def n(self) -> int:
        """How many rows."""
        ...

    @property
    def events(self) -> int:
        """How many had the event (or the response)."""
        ...

    @property
    def event(self) -> NDArray[np.bool_]:
        """Who had it."""
        ...

    @property
    def x(self) -> Floats:
        """One column a coded level."""
        ...

    @property
    def terms(self) -> tuple[Term, ...]:
        """The coding of each candidate."""
        ...


@dataclass(frozen=True)
class Patients:
    """Times, events and coded candidates, one row a patient. `of` tells whose row each is (a row drawn twice has one)."""

    time: Floats
    event: NDArray[np.bool_]
    entry: Floats | None
    x: Floats
    terms: tuple[Term, ...]
    of: Rows = field(repr=False)

    @property
    def n(self) -> int:
        """How many rows."""
        return int(self.time.size)

    @property
    def events(self) -> int:
        """How many had the event."""
        return int(self.event.sum())

    @property
    def slices(self) -> dict[str, slice]:
        """Where the columns of each term lie."""
        return slices_of(self.terms)

    def take(self, rows: Rows) -> Patients:
        """These rows, as often as named."""
        entry = None if self.entry is None else self.entry[rows]
        return replace(
            self, time=self.time[rows], event=self.event[rows], entry=entry, x=self.x[rows], of=self.of[rows]
        )


def slices_of(terms: Sequence[Term]) -> dict[str, slice]:
    """Where the columns of each term lie in the matrix of all of them."""
    ends = np.cumsum([0, *(len(term.columns) for term in terms)]).tolist()
    return {term.name: slice(ends[k], ends[k + 1]) for k, term in enumerate(terms)}


def coded_columns(frame: pl.DataFrame, terms: Sequence[Term]) -> Floats:
    """The columns of numbers of a frame's rows; NaN where a value is not known."""
    return np.column_stack([term.coded(frame[term.name]) for term in terms]) if terms else np.empty((frame.height, 0))


def coded_patients(
    frame: pl.DataFrame,
    terms: Sequence[Term],
    *,
    time: str = "time_months",
    event: str = "event",
    entry: str | None = None,
) -> Patients:
    """Code a frame of one row a patient; unknown values of a candidate become NaN.

    ValueError for absent columns, unknown or impossible times and events, an entry that is not before the time, and if
    nobody had the event.
    """
    needed = [name for name in (time, event, entry) if name is not None]
    for name in needed:
        if name not in frame.columns:
            raise ValueError(f"no column {name!r}; there are {', '.join(frame.columns)}")
        if unknown := frame[name].null_count():
            raise ValueError(f"{name} is not known for {unknown} of {frame.height} rows; leave those patients out")
    if not frame.height:
        raise ValueError("there is no patient")
    times, happened = as_times(frame[time]), as_event(frame[event]).astype(bool)
    if not happened.any():
        raise ValueError(f"{event}: nobody of the {frame.height} rows had the event; there is nothing to learn")
    entries = None
    if entry is not None:
        entries = as_times(frame[entry], None)
        if late := int((entries >= times).sum()):
            raise ValueError(f"{entry}: {late} rows enter at or after their {time}; leave them out")
        entries = None if (entries <= 0).all() else entries
    return Patients(times, happened, entries, coded_columns(frame, terms), tuple(terms), np.arange(frame.height))


def usable(
    frame: pl.DataFrame, candidates: Sequence[str], needed: Sequence[str], *, impute: bool
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the rows that can be used, and by column how many rows had it unknown (a row may count under several).

    Without imputation a row needs every candidate; with it only the outcome. ValueError if none is left.
    """
    names = [*needed, *candidates]
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise ValueError(f"no column {', '.join(absent)}; there are {', '.join(frame.columns)}")
    frame = frame.with_columns(pl.col(name).fill_nan(None) for name in names if frame[name].dtype.is_float())
    unknown = {name: count for name in names if (count := frame[name].null_count())}
    kept = frame.drop_nulls(list(needed) if impute else names)
    if not kept.height:
        told = ", ".join(f"{name} is not known for {count}" for name, count in unknown.items())
        raise ValueError(f"of {frame.height} patients none has everything needed: {told}")
    return kept, unknown

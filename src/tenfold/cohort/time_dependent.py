"""A transplant (or any step taken in time) as what it is: time-dependent.

To be transplanted a patient must first live long enough. Whoever counts a later transplant from time 0 gives the
transplanted that waiting time for nothing (immortal time). Three sound ways: split each patient's time at the transplant
(for `cox` with `entry`), the Simon-Makuch curve with the Mantel-Byar test, and a landmark analysis.

Conventions: a transplant at the very end of a patient's time comes too late to count; one at or before its start counts
from the start; an unknown (null) transplant time means not transplanted. At a landmark, a patient whose time ends at or
before it is left out and counted.

Traps: none of these undoes that the fitter are transplanted. A Simon-Makuch curve follows no set of patients; read it as a
picture of hazards. A landmark must be fixed beforehand, and answers only for those who reach it.

Mantel and Byar, J Am Stat Assoc 1974;69:81-86; Simon and Makuch, Stat Med 1984;3:35-44; Anderson, Cain and Gelber,
J Clin Oncol 1983;1:710-719 (landmark).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tenfold.cohort.covariates import Table, as_event, as_times, design
from tenfold.cohort.delayed_entry import DelayedCurve, kaplan_meier_from
from tenfold.cohort.groups import LogRank, log_rank
from tenfold.cohort.survival import ConfidenceScale

WITHOUT, WITH = "without transplant", "with transplant"


@dataclass(frozen=True)
class SimonMakuch:
    """Curves before (`without`) and after (`transplanted`) the transplant, from `start`, and the Mantel-Byar test.

    `n_given` patients came in; `left_out` counts the unknown by column, `ended_before` those whose time ended at or
    before the start.
    """

    start: float
    without: DelayedCurve
    transplanted: DelayedCurve
    mantel_byar: LogRank
    n_given: int
    left_out: dict[str, int]
    ended_before: int


@dataclass(frozen=True)
class Landmark:
    """Those still followed without an event at a landmark.

    `frame`: their rows with `transplanted` (by the landmark) and `time_from_landmark`. Left out, and counted: `event_before`
    and `censored_before` (at or before the landmark), and by column the unknown.
    """

    at: float
    frame: pl.DataFrame
    event_before: int
    censored_before: int
    n_given: int
    left_out: dict[str, int]


def split_at_transplant(
    table: Table,
    *,
    time: str,
    event: str,
    transplant: str,
    entry: str | None = None,
    into: str = "transplanted",
) -> pl.DataFrame:
    """Return one row for each interval of a patient: all columns, and `row`, `start`, `stop`, `event` and `into`.

    `row` numbers the patients (a cluster for `cox`); `transplant` is the column of transplant times, null for none. The
    interval before a transplant ends without event. Rows with an unknown time, event or entry are left out. Fit with
    `cox(split, entry="start", time="stop", event=<the event column>, covariates=[into, ...])`. ValueError for bad columns
    or an entry at or after its time.
    """
    given = _frame(table).with_row_index("row")
    taken = {"row", "start", "stop", into} & {*_frame(table).columns}
    if taken:
        raise ValueError(f"the columns {', '.join(sorted(taken))} are made here; rename yours")
    used = design(given, (), [each for each in (time, event, entry) if each is not None]).frame
    end = as_times(used[time])
    begin = np.zeros(len(end)) if entry is None else as_times(used[entry], None)
    late = int((begin >= end).sum())
    if late:
        raise ValueError(
            f"{time}: {late} rows end at or before their {entry or 'time 0'}; they are never at risk, leave them out"
        )
    when = _transplant_times(used, transplant)
    happened = as_event(used[event]).astype(bool)
    before, after = when > begin, when < end
    first = used.with_columns(
        pl.Series("start", begin),
        pl.Series("stop", np.where(after, when, end)),
        pl.Series(event, happened & ~after),
        pl.lit(False).alias(into),
    ).filter(before)
    second = used.with_columns(
        pl.Series("start", np.maximum(when, begin)),
        pl.Series("stop", end),
        pl.Series(event, happened),
        pl.lit(True).alias(into),
    ).filter(after)
    return pl.concat([first, second]).sort("row", "start")


def simon_makuch(
    table: Table,
    *,
    time: str,
    event: str,
    transplant: str,
    start: float = 0.0,
    interval: ConfidenceScale = "log-log",
    level: float = 0.95,
) -> SimonMakuch:
    """Return the curves with and without transplant from a start (a landmark, or 0), each patient moving at transplant.

    ValueError as for `split_at_transplant`.
    """
    used = design(table, (), (time, event))
    split = split_at_transplant(table, time=time, event=event, transplant=transplant)
    later = split.filter(pl.col("stop") > start).with_columns(pl.col("start").clip(lower_bound=start))
    parts = {name: later.filter(pl.col("transplanted") == name) for name in (False, True)}
    curves = {
        name: kaplan_meier_from(part["start"], part["stop"], part[event], start=start, interval=interval, level=level)
        for name, part in parts.items()
    }
    names = [WITH if each else WITHOUT for each in later["transplanted"]]
    test = log_rank(later["stop"], later[event], names, entry=later["start"], order=(WITHOUT, WITH))
    ended_before = split["row"].n_unique() - later["row"].n_unique()
    return SimonMakuch(start, curves[False], curves[True], test, used.n_given, used.left_out, ended_before)


def landmark(table: Table, *, time: str, event: str, transplant: str, at: float) -> Landmark:
    """Return those still followed without an event at a landmark, by whether they were transplanted by it.

    Compare with `kaplan_meier`, `log_rank` or `cox` on `time_from_landmark`. A later transplant changes no group.
    ValueError for bad columns, and for a landmark below 0.
    """
    if not 0 <= at < np.inf:
        raise ValueError(f"the landmark must be a time from 0 on, not {at}")
    used = design(table, (), (time, event))
    end, happened = as_times(used.frame[time]), as_event(used.frame[event]).astype(bool)
    when = _transplant_times(used.frame, transplant)
    reached = end > at
    frame = used.frame.with_columns(
        pl.Series("transplanted", when <= at), pl.Series("time_from_landmark", end - at)
    ).filter(pl.Series(reached))
    return Landmark(
        at, frame, int((~reached & happened).sum()), int((~reached & ~happened).sum()), used.n_given, used.left_out
    )


def _frame(table: Table) -> pl.DataFrame:
    return table if isinstance(table, pl.DataFrame) else pl.DataFrame({k: np.asarray(v) for k, v in table.items()})


def _transplant_times(frame: pl.DataFrame, transplant: str) -> np.ndarray:
    """Return when each was transplanted; never is infinity."""
    if transplant not in frame.columns:
        raise ValueError(f"no column {transplant!r}; there are {', '.join(frame.columns)}")
    values = frame[transplant]
    if not (values.dtype.is_numeric() or values.dtype == pl.Null):
        raise ValueError(f"{transplant}: the time of transplant is a number (null for none), not {values.dtype}")
    return values.cast(pl.Float64).fill_nan(None).fill_null(np.inf).to_numpy()

"""Survival curves of patients who come under observation late: Kaplan-Meier with left truncation.

A patient counts as at risk from their entry (not yet at the very time of it) to the end of their time: a referral centre
sees nobody who died before being referred, and a transplanted patient survived to the transplant.

Traps: early on few are at risk, and if all of them fail the curve falls to 0 and stays there, however many enter later:
read `at_risk`, and start the curve later (`start`) if need be. A curve with a `start` is of those who got that far.

Tsai, Jewell and Wang, Biometrika 1987;74:883-886.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from tenfold.cohort.significance import Floats, deviate, known
from tenfold.cohort.survival import _NO_STEPS, ConfidenceScale, Curve, Estimate


@dataclass(frozen=True)
class DelayedCurve(Curve):
    """A survival curve with delayed entry: a `Curve` whose numbers at risk rise as well as fall.

    `start`: from when it is told (1 there); null for the first entry.
    """

    start: float | None
    _entry: Floats
    _time: Floats

    def at(self, time: float) -> Estimate:
        """The estimate at a time; null before the start, and beyond the last patient followed unless it ended at 0."""
        if self.start is not None and time < self.start:
            return Estimate(time, None, None, None, self.at_risk([time])[0])
        return super().at(time)

    def at_risk(self, times: Sequence[float]) -> list[int]:
        """How many are under observation and without the event just before each time."""
        return [int(((self._entry < time) & (self._time >= time)).sum()) for time in times]


def kaplan_meier_from(
    entry: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    start: float | None = None,
    interval: ConfidenceScale = "log-log",
    level: float = 0.95,
) -> DelayedCurve:
    """Estimate the share without an event over time, each patient being at risk from `entry` to `time`.

    Both on one clock, in one unit; entries may lie before 0. With `start`, of those still without an event there.
    ValueError as for `kaplan_meier`, and for an entry at or after its time.
    """
    from survival import Surv, survfit

    entries, times, happened = at_risk_times(entry, time, event)
    deviate(level)
    if start is not None:
        later = times > start
        entries, times, happened = np.maximum(entries[later], start), times[later], happened[later]
    if not len(times):
        return DelayedCurve(_NO_STEPS.clone(), 0, 0, "survival", None, start, entries, times)
    response = Surv(entries.tolist(), times.tolist(), happened.astype(int).tolist())
    fit: Any = survfit(response, conf_type=interval, conf_int=level)
    steps = pl.DataFrame(
        {
            "time": fit.time,
            "at_risk": [int(n) for n in fit.n_risk],
            "events": [int(n) for n in fit.n_event],
            "censored": [int(n) for n in fit.n_censor],
            "survival": fit.surv,
            "low": [known(value) for value in fit.lower],
            "high": [known(value) for value in fit.upper],
        },
        schema=_NO_STEPS.schema,
    )
    if interval == "log-log":
        steps = steps.with_columns(pl.when(pl.col("survival") < 1).then(pl.col("low", "high")))
    return DelayedCurve(steps, len(times), int(happened.sum()), "survival", fit, start, entries, times)


def at_risk_times(
    entry: ArrayLike | None, time: ArrayLike, event: ArrayLike
) -> tuple[Floats, Floats, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Return entry (before any time, if none is given), time and event as arrays.

    ValueError for lengths that differ, anything missing, a negative time, an event that is not yes or no, or an entry at
    or after its time.
    """
    times, happened = np.asarray(time, dtype=float), np.asarray(event)
    entries = np.full(times.shape, -np.inf) if entry is None else np.asarray(entry, dtype=float)
    if not times.shape == happened.shape == entries.shape or times.ndim != 1:
        raise ValueError(
            f"entry, time and event must be of one length: {entries.shape}, {times.shape}, {happened.shape}"
        )
    if happened.dtype != bool and not np.isin(happened.astype(object), (0, 1)).all():
        raise ValueError("event must be yes or no for every patient; leave out those of whom it is not known")
    if not np.isfinite(times).all() or (times < 0).any():
        raise ValueError("every time must be known and not negative; leave out those of whom it is not known")
    if entry is not None and not np.isfinite(entries).all():
        raise ValueError("every entry must be known; leave out those of whom it is not known")
    late = int((entries >= times).sum())
    if late:
        raise ValueError(f"{late} patients enter at or after their time ends; they are never at risk, leave them out")
    return entries, times, happened.astype(bool)

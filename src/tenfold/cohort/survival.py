"""Survival curves: Kaplan-Meier with log-log intervals, and follow-up by reverse Kaplan-Meier.

Conventions, all of R's `survival`: at a tie events come before censorings; the standard error is Greenwood's; intervals
are on the log-log scale unless asked otherwise; a quantile is the first time at which the curve falls to it, and the
middle of the step where the curve lies exactly on it. Times may be in any unit; what goes in comes out.

Kaplan and Meier, J Am Stat Assoc 1958;53:457-481; Schemper and Smith, Control Clin Trials 1996;17:343-346 (follow-up).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

ConfidenceScale = Literal["log-log", "log", "plain"]


@dataclass(frozen=True)
class Estimate:
    """The share without an event at a time, with its interval; null where the curve says nothing."""

    time: float
    survival: float | None
    low: float | None
    high: float | None
    at_risk: int


@dataclass(frozen=True)
class Quantile:
    """A time by which a share has had the event; null where the curve does not fall that far ("not reached")."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Curve:
    """A survival curve.

    `steps`: one row a distinct time: `time`, `at_risk`, `events`, `censored`, `survival`, `low`, `high` (null where the
    interval is not defined). `n` patients, `events` among them. `of`: "survival" or "follow-up" (reverse Kaplan-Meier).
    """

    steps: pl.DataFrame
    n: int
    events: int
    of: Literal["survival", "follow-up"]
    _fit: Any

    def at(self, time: float) -> Estimate:
        """The estimate at a time; null beyond the last patient followed, unless the curve has ended at 0."""
        at_risk = self.at_risk([time])[0]
        before = self.steps.filter(pl.col("time") <= time)
        beyond = bool(self.n == 0 or time > self.steps["time"][-1])
        if beyond and not (self.n and self.steps["survival"][-1] == 0):
            return Estimate(time, None, None, None, at_risk)
        if not before.height:
            return Estimate(time, 1.0, None, None, at_risk)
        last = before.row(-1, named=True)
        return Estimate(time, last["survival"], last["low"], last["high"], at_risk)

    def at_risk(self, times: Sequence[float]) -> list[int]:
        """How many are still followed and without the event just before each time."""
        left = self.steps["events"] + self.steps["censored"]
        return [int(left.filter(self.steps["time"] >= time).sum()) for time in times]

    def quantile(self, share: float) -> Quantile:
        """The time by which `share` (0 to 1) have had the event, with the interval read off the curve's own limits."""
        from survival import quantile

        if self.n == 0:
            return Quantile(None, None, None)
        found: Any = quantile(self._fit, [share])
        value, low, high = (_known(part[0][0]) for part in (found.quantile, found.lower, found.upper))
        return Quantile(value, low, high)

    def median(self) -> Quantile:
        """The median time, with its interval."""
        return self.quantile(0.5)


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, interval: ConfidenceScale = "log-log", level: float = 0.95
) -> Curve:
    """Estimate the share without an event over time.

    `time` and `event` (whether the event happened at that time, else censored) have one entry a patient. ValueError for
    lengths that differ, a missing or negative time, a missing event, or a level outside 0 to 1.
    """
    return _curve(time, event, interval=interval, level=level, reverse=False)


def follow_up(
    time: ArrayLike, event: ArrayLike, *, interval: ConfidenceScale = "log-log", level: float = 0.95
) -> Curve:
    """Estimate how long patients were followed: reverse Kaplan-Meier, in which being censored is the event.

    Arguments and errors as for `kaplan_meier`; `event` is still the event itself.
    """
    return _curve(time, event, interval=interval, level=level, reverse=True)


def _curve(time: ArrayLike, event: ArrayLike, *, interval: ConfidenceScale, level: float, reverse: bool) -> Curve:
    from survival import Surv, survfit

    times, happened = np.asarray(time, dtype=float), np.asarray(event)
    if times.shape != happened.shape or times.ndim != 1:
        raise ValueError(f"time and event must be of one length: {times.shape} and {happened.shape}")
    if happened.dtype != bool:
        if not np.isin(happened.astype(object), (0, 1)).all():
            raise ValueError("event must be yes or no for every patient; leave out those of whom it is not known")
        happened = happened.astype(bool)
    if not np.isfinite(times).all() or (times < 0).any():
        raise ValueError("every time must be known and not negative; leave out those of whom it is not known")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    of: Literal["survival", "follow-up"] = "follow-up" if reverse else "survival"
    if not len(times):
        return Curve(_NO_STEPS.clone(), 0, 0, of, None)
    # Patients of one day and fate are one row of that weight: the same curve, and a million patients are as fast as their days.
    alike = (
        pl.DataFrame({"time": times, "event": happened}).group_by("time", "event").len("weight").sort("time", "event")
    )
    outcome = Surv(alike["time"].to_list(), alike["event"].cast(pl.Int64).to_list())
    weights = alike["weight"].cast(pl.Float64).to_list()
    fit: Any = survfit(outcome, weights=weights, conf_type=interval, conf_int=level, reverse=reverse)
    steps = pl.DataFrame(
        {
            "time": fit.time,
            "at_risk": [int(n) for n in fit.n_risk],
            "events": [int(n) for n in fit.n_event],
            "censored": [int(n) for n in fit.n_censor],
            "survival": fit.surv,
            "low": [_known(value) for value in fit.lower],
            "high": [_known(value) for value in fit.upper],
        },
        schema=_NO_STEPS.schema,
    )
    if interval == "log-log":
        # The log of minus log 1 does not exist: before the first event R gives no interval, nor do we.
        steps = steps.with_columns(pl.when(pl.col("survival") < 1).then(pl.col("low", "high")))
    return Curve(steps, len(times), int(steps["events"].sum()), of, fit)


_NO_STEPS = pl.DataFrame(
    schema={
        "time": pl.Float64,
        "at_risk": pl.Int64,
        "events": pl.Int64,
        "censored": pl.Int64,
        "survival": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
)


def _known(value: float) -> float | None:
    return None if value is None or math.isnan(value) else float(value)

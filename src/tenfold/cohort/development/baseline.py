"""The baseline of a model: the cumulative hazard where the score is 0, and what an interval of a prediction needs.

Breslow's estimator, delayed entry allowed. The survival of a patient with columns x is exp(-H0(t) exp(x b)). Its interval is
on the log cumulative hazard, whose variance is x' V x + 2 x' c(t) + v(t): V of the coefficients, v(t) of log H0(t), c(t)
between the two. From the model they give R's own interval (`survfit` after `coxph`); from a bootstrap of the whole
procedure they also hold what choosing and shrinking leave uncertain.

Trap: the interval is of the share of such patients alive, not of how long one of them lives.

Breslow, J R Stat Soc B 1972;34:216-217; Therneau and Grambsch, Modeling Survival Data, 2000 (the variance).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tenfold.cohort.development.fitting import at_risk, light_fit
from tenfold.cohort.development.patients import Patients
from tenfold.cohort.significance import Floats, deviate

MOST_TIMES = 150
OF_THE_MODEL = "of the model; that its factors were chosen here is not counted, so it is too narrow"
LEAST_ANSWERED = 0.9
"""A time at which fewer resamples than this share had an event by then has no interval from them."""


@dataclass(frozen=True)
class Baseline:
    """Times, the cumulative hazard from each on, and the parts of a variance (NaN where there is none).

    `coefficients`: V; `between`: c(t), a row a time; `own`: v(t). `until`: the longest follow-up. `interval` says where the
    variance comes from. `on`: "columns", or "total" where the model was recalibrated on the total of its score.
    `event_times`: the times are those of the events, between which survival stays; else they are the times at which
    somebody printed it, between which it lies anywhere from one to the next.
    """

    times: Floats
    hazard: Floats
    until: float
    interval: str = ""
    on: str = "columns"
    coefficients: Floats = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    between: Floats = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    own: Floats = field(default_factory=lambda: np.zeros(0), repr=False)
    event_times: bool = False

    @property
    def told_until(self) -> float:
        """The last time of which survival is told."""
        return self.until if self.event_times else min(self.until, float(self.times[-1]))

    def tells(self, time: float) -> bool:
        """Whether survival at a time is one number."""
        return time <= self.until and len(set(self.around(time))) == 1

    def around(self, time: float) -> tuple[int, int]:
        """The places of the times that survival at a time lies between, one place twice where it is told.

        The place -1 is time zero; as many as there are times: after the last.
        """
        k = int(np.searchsorted(self.times, time, side="right")) - 1
        return k, k if self.event_times or (k >= 0 and self.times[k] == time) else k + 1

    def cumulative_hazard(self, time: float) -> float:
        """The cumulative hazard at a time where the score is 0."""
        k = int(np.searchsorted(self.times, time, side="right")) - 1
        return 0.0 if k < 0 else float(self.hazard[k])

    def curve(self, x: Floats, predictor: float, level: float = 0.95) -> tuple[Floats, Floats, Floats]:
        """Survival at every time, with low and high (NaN without a variance), of one patient's columns and sum."""
        logged = np.log(self.hazard) + predictor
        survival = np.exp(-np.exp(logged))
        if not self.own.size:
            return survival, np.full(survival.size, np.nan), np.full(survival.size, np.nan)
        variance = float(x @ self.coefficients @ x) + 2 * (self.between @ x) + self.own
        reach = deviate(level) * np.sqrt(np.maximum(variance, 0))
        return survival, np.exp(-np.exp(logged + reach)), np.exp(-np.exp(logged - reach))


def breslow(patients: Patients, predictor: Floats) -> tuple[Floats, Floats]:
    """Return the event times and the cumulative hazard of a patient whose predictor is 0."""
    when, hazard, _, _ = _sums(patients, predictor, np.empty((patients.n, 0)))
    return when, hazard


def hazard_at(when: Floats, hazard: Floats, times: Floats) -> Floats:
    """The cumulative hazard at times; 0 before the first event."""
    return np.asarray(np.concatenate([[0.0], hazard])[np.searchsorted(when, times, side="right")])


def from_model(
    completed: Sequence[Patients], weights: Floats, columns: Sequence[int], variance: Floats | None
) -> Baseline:
    """Return the baseline at given weights, with the variance of the fit (pooled over completed data sets).

    `columns`: those of the model; `variance`: theirs (pooled), or null for no interval.
    """
    held = list(columns)
    every = [_sums(each, each.x @ weights, each.x[:, held]) for each in completed]
    when = every[0][0]
    logged = np.log([hazard for _, hazard, _, _ in every])
    kept = thinned(when)
    until = float(completed[0].time.max())
    if variance is None:
        return Baseline(when[kept], np.exp(logged.mean(axis=0))[kept], until, event_times=True)
    index = np.array(held, dtype=np.intp)
    fits = [light_fit(each, index) for each in completed]
    between, own = [], []
    for fit, (_, hazard, spread, pull) in zip(fits, every, strict=True):
        share = pull / hazard[:, None]
        within = variance if len(completed) == 1 else fit.variance
        between.append(-share @ within)
        own.append(spread / hazard**2 + np.einsum("ij,jk,ik->i", share, within, share))
    c, v = np.mean(between, axis=0), np.mean(own, axis=0)
    if len(completed) > 1:
        found = np.array([fit.coefficients for fit in fits])
        levels = np.log([_sums(e, e.x[:, held] @ b, e.x[:, held])[1] for e, b in zip(completed, found, strict=True)])
        apart, moved = found - found.mean(axis=0), levels - levels.mean(axis=0)
        inflate = (1 + 1 / len(completed)) / (len(completed) - 1)
        c = c + inflate * (moved.T @ apart)
        v = v + inflate * (moved**2).sum(axis=0)
    logged_mean = logged.mean(axis=0)
    return Baseline(
        when[kept],
        np.exp(logged_mean)[kept],
        until,
        OF_THE_MODEL,
        "columns",
        variance,
        c[kept],
        v[kept],
        event_times=True,
    )


def with_bootstrap(baseline: Baseline, weights: Floats, levels: Floats, resamples: int) -> Baseline:
    """Return the baseline with the variance of bootstrap replicates.

    `weights`: a row a resample, the columns of the model; `levels`: the log cumulative hazard of each at the baseline's
    times (minus infinity before its first event).
    """
    seen = np.isfinite(levels)
    enough = seen.mean(axis=0) >= LEAST_ANSWERED
    centred = weights - weights.mean(axis=0)
    variance = centred.T @ centred / (len(weights) - 1)
    between = np.full((baseline.times.size, weights.shape[1]), np.nan)
    own = np.full(baseline.times.size, np.nan)
    for k in np.flatnonzero(enough):
        rows = seen[:, k]
        moved = levels[rows, k] - levels[rows, k].mean()
        own[k] = float(moved @ moved / (rows.sum() - 1))
        between[k] = moved @ centred[rows] / (rows.sum() - 1)
    said = f"of {resamples} bootstrap resamples, in each of which the whole procedure was repeated"
    return replace(baseline, interval=said, on="columns", coefficients=variance, between=between, own=own)


def thinned(when: Floats) -> np.ndarray:
    """Which event times to keep: all, or as many as an entry should hold, evenly over the events."""
    if when.size <= MOST_TIMES:
        return np.arange(when.size)
    return np.unique(np.linspace(0, when.size - 1, MOST_TIMES).round().astype(int))


def _sums(patients: Patients, predictor: Floats, x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Event times; the sums over them of d/S0, of d/S0^2, and of d S1/S0^2."""
    risk = at_risk(patients.time, patients.event, patients.entry)
    top = float(predictor.max())
    relative = np.exp(predictor - top)
    m = risk.when.size
    there = risk.last > risk.begin
    total = _at_risk(relative, risk.begin, risk.last, there, m)
    hazard = risk.deaths / total
    pulled = np.column_stack(
        [_at_risk(relative * column, risk.begin, risk.last, there, m) for column in x.T] or [np.empty((m, 0))]
    )
    scale = np.exp(-top)
    summed = np.cumsum(hazard * scale)
    spread = np.cumsum(risk.deaths / total**2) * scale**2
    return risk.when, summed, spread, np.cumsum(pulled * (hazard * scale / total)[:, None], axis=0)


def _at_risk(values: Floats, begin: np.ndarray, last: np.ndarray, there: np.ndarray, m: int) -> Floats:
    """The sum of values over who is at risk at each event time."""
    leaving = np.bincount(last[there], values[there], minlength=m + 1)
    entering = np.bincount(begin[there], values[there], minlength=m + 1)
    # From the last time backwards, so that without delayed entry nothing is ever subtracted.
    from_here = np.cumsum(leaving[::-1])[::-1]
    later = np.cumsum(entering[::-1])[::-1]
    return np.asarray(from_here[1:] - later[1:])

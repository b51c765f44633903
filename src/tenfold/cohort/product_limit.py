"""Kaplan-Meier as bare arrays, for measures that weight patients by the inverse of the chance to be still observed.

At a tie events come before censorings, so those with the event at a time are no longer at risk of censoring at it
(as R's `prodlim` with `reverse = TRUE`). Intervals and medians are in `survival`.

Robins and Rotnitzky, AIDS epidemiology (1992), 297-331 (inverse probability of censoring weights).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.cohort.scored import CENSORED, Codes
from tenfold.cohort.significance import Floats


@dataclass(frozen=True)
class Steps:
    """A product-limit curve. One entry a distinct time; `at_risk` of the happening, `happened`, `survival` after it."""

    time: Floats
    at_risk: Floats
    happened: Floats
    survival: Floats

    def at(self, times: Floats | float) -> Floats:
        """The curve at times, a step at the time itself included."""
        return self._read(np.searchsorted(self.time, times, side="right"))

    def before(self, times: Floats | float) -> Floats:
        """The curve just before times."""
        return self._read(np.searchsorted(self.time, times, side="left"))

    def _read(self, passed: NDArray[np.intp] | np.intp) -> Floats:
        return np.concatenate([[1.0], self.survival])[passed]


def product_limit(times: Floats, event: NDArray[np.bool_]) -> Steps:
    """The share without the event, over the distinct times."""
    distinct, leaving, events = _counted(times, event)
    return _steps(distinct, times.size - _before(leaving), events)


def still_observed(times: Floats, codes: Codes) -> Steps:
    """The share not yet censored: the weights' denominator. Whoever has any event at a time is not at risk at it."""
    distinct, leaving, events = _counted(times, codes != CENSORED)
    return _steps(distinct, times.size - _before(leaving) - events, leaving - events)


def censoring_influence(steps: Steps, times: Floats, codes: Codes, derivative: Floats, read_at: Floats) -> Floats:
    """How each patient moves a measure through the estimated share still observed.

    `derivative` of the measure by the logarithm of each patient's weight, and `read_at`, the time up to which (included)
    that weight reads the curve. Returns the derivative by each patient's own count: minus the sum over patients of
    `derivative` times the derivative of log G(read_at).
    """
    k = np.searchsorted(steps.time, read_at, side="right")
    later = np.bincount(k, weights=derivative, minlength=steps.time.size + 1)
    reading = later[::-1].cumsum()[::-1][1:]  # the sum over all whose weight reads the curve up to this time or later
    left = steps.at_risk - steps.happened
    jump = np.where(left > 0, reading / np.maximum(left, 1), 0.0)
    share = np.divide(steps.happened, steps.at_risk, out=np.zeros_like(left), where=steps.at_risk > 0)
    drift = np.concatenate([[0.0], np.cumsum(jump * share)])
    own = np.searchsorted(steps.time, times)
    censored = codes == CENSORED
    return np.asarray(np.where(censored, jump[own] - drift[own + 1], -drift[own]))


def _counted(times: Floats, event: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Distinct times, how many leave at each, and with the event."""
    top = times.max()
    days = times.astype(np.int64) if top < 4 * times.size + 64 else None
    if days is not None and (days == times).all():
        leaving = np.bincount(days)
        events = np.bincount(days[event], minlength=leaving.size)
        seen = np.flatnonzero(leaving)
        return seen.astype(float), leaving[seen].astype(float), events[seen].astype(float)
    distinct, leaving = _runs(np.sort(times))
    at, many = _runs(np.sort(times[event]))
    happened = np.zeros(distinct.size)
    happened[np.searchsorted(distinct, at)] = many
    return distinct, leaving.astype(float), happened


def _runs(ordered: Floats) -> tuple[Floats, NDArray[np.intp]]:
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if ordered.size else np.zeros(0, int)
    return ordered[starts], np.diff(np.append(starts, ordered.size))


def _before(leaving: Floats) -> Floats:
    return np.asarray(np.cumsum(leaving) - leaving)


def _steps(distinct: Floats, at_risk: Floats, happened: Floats) -> Steps:
    share = np.divide(happened, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0)
    return Steps(distinct, at_risk, happened, np.cumprod(1 - share))

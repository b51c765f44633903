"""Restricted mean survival: the average time without an event up to a horizon, and how two groups differ in it.

It is the area under the Kaplan-Meier curve to the horizon, in the unit of the times; it needs no proportional hazards and
exists where the median is not reached. Greenwood-type variance, as in R's `print(survfit, rmean=)`.

Traps: the horizon must be stated and lie within the follow-up of every group compared: beyond the last patient followed
(with the curve above 0) there is no answer, where R silently draws the curve on.

Karrison, Control Clin Trials 1997;18:151-167; Royston and Parmar, BMC Med Res Methodol 2013;13:152;
Uno et al., J Clin Oncol 2014;32:2380-2385 (the intervals of difference and ratio).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tenfold.cohort.significance import deviate, two_sided
from tenfold.cohort.survival import Curve


@dataclass(frozen=True)
class RestrictedMean:
    """The mean time without an event up to `horizon`; null where the curve does not reach so far."""

    horizon: float
    value: float | None
    standard_error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Contrast:
    """A difference (null value 0) or a ratio (null value 1) with its interval and p; null where a mean is."""

    value: float | None
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True)
class RestrictedMeanComparison:
    """Two groups to one horizon: the means, and the first less, and over, the second."""

    first: RestrictedMean
    second: RestrictedMean
    difference: Contrast
    ratio: Contrast


def restricted_mean(curve: Curve, horizon: float, *, level: float = 0.95) -> RestrictedMean:
    """Return the restricted mean of a curve (from time 0). ValueError for a horizon not above 0."""
    reach = deviate(level)
    if not 0 < horizon < math.inf:
        raise ValueError(f"the horizon must lie above 0, not {horizon}")
    if curve.at(horizon).survival is None:
        return RestrictedMean(horizon, None, None, None, None)
    steps = curve.steps.filter(curve.steps["time"] <= horizon)
    edges = np.concatenate([[0.0], steps["time"].to_numpy(), [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], steps["survival"].to_numpy()])
    after = np.cumsum(areas[::-1])[::-1][1:]  # the area to the right of each step
    events, at_risk = steps["events"].to_numpy(), steps["at_risk"].to_numpy()
    some = (events > 0) & (at_risk > events)
    variance = float((after[some] ** 2 * events[some] / (at_risk[some] * (at_risk[some] - events[some]))).sum())
    mean, error = float(areas.sum()), math.sqrt(variance)
    return RestrictedMean(horizon, mean, error, mean - reach * error, mean + reach * error)


def compare_restricted_means(
    first: Curve, second: Curve, horizon: float, *, level: float = 0.95
) -> RestrictedMeanComparison:
    """Return how the first curve differs from the second up to the horizon; errors as for `restricted_mean`."""
    reach = deviate(level)
    one, other = (restricted_mean(curve, horizon, level=level) for curve in (first, second))
    unknown = Contrast(None, None, None, None)
    if one.value is None or other.value is None or one.standard_error is None or other.standard_error is None:
        return RestrictedMeanComparison(one, other, unknown, unknown)
    error = math.hypot(one.standard_error, other.standard_error)
    apart = one.value - other.value
    p = two_sided(apart / error) if error else None
    difference = Contrast(apart, apart - reach * error, apart + reach * error, p)
    ratio = unknown
    if one.value > 0 and other.value > 0:
        error = math.hypot(one.standard_error / one.value, other.standard_error / other.value)
        log = math.log(one.value / other.value)
        p = two_sided(log / error) if error else None
        ratio = Contrast(math.exp(log), math.exp(log - reach * error), math.exp(log + reach * error), p)
    return RestrictedMeanComparison(one, other, difference, ratio)

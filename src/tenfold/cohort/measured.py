"""An estimate that remembers how each patient moved it, so that two of the same patients are compared as a pair.

Influence is the derivative of the estimate by the patient's own count (infinitesimal jackknife); the variance is the sum of
its squares, and that of a difference the sum of the squared differences.

Efron, Stanford technical report 1981 (infinitesimal jackknife); DeLong, Biometrics 1988;44:837-845 (paired areas).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from tenfold.cohort.significance import Floats, deviate, two_sided


@dataclass(frozen=True)
class Measured:
    """An estimate with its standard error and interval, cut to what the measure can be (`lowest` to `highest`).

    `of` says of what: the measure, with its horizon. The standard error is null where it cannot be estimated.
    """

    of: str
    value: float
    standard_error: float | None
    low: float | None
    high: float | None
    n: int
    events: int
    level: float
    influence: Floats = field(repr=False, compare=False)


@dataclass(frozen=True)
class Difference:
    """First less second on the same patients, with interval and two-sided p; null where their difference cannot vary."""

    of: str
    value: float
    standard_error: float
    low: float
    high: float
    p: float | None


def measured(
    of: str,
    value: float,
    influence: Floats,
    events: int,
    *,
    level: float = 0.95,
    lowest: float = 0.0,
    highest: float = 1.0,
) -> Measured:
    """Make an estimate of its value and influence."""
    error = math.sqrt(float(np.sum(influence**2)))
    reach = deviate(level) * error
    low, high = max(lowest, value - reach), min(highest, value + reach)
    return Measured(of, float(value), error, low, high, influence.size, events, level, influence)


def difference(first: Measured, second: Measured) -> Difference:
    """Compare two estimates of the same measure on the same patients, in the same order.

    ValueError where the measures (or horizons) or the numbers of patients differ.
    """
    if first.of != second.of:
        raise ValueError(f"{first.of} cannot be compared with {second.of}")
    if first.influence.shape != second.influence.shape or first.events != second.events:
        raise ValueError(f"the two were measured on different patients: {first.n} and {second.n}")
    value = first.value - second.value
    error = math.sqrt(float(np.sum((first.influence - second.influence) ** 2)))
    reach = deviate(first.level) * error
    p = None if error <= 1e-12 else two_sided(value / error)
    return Difference(first.of, value, error, value - reach, value + reach, p)

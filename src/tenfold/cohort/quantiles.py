"""Quantiles of observed values: medians, quartiles and ranges, with the convention named.

Type 7 (R, numpy, Excel) unless stated; type 6 is SPSS's, which some papers use. These are quantiles of what was
observed: for follow-up with patients still alive use `survival.follow_up` (FILO's printed follow-up quartiles are plain
quantiles; Tiong's medians are reverse Kaplan-Meier).

Hyndman and Fan, Am Stat 1996;50:361-365.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

QuantileType = Literal[6, 7]
_METHOD: dict[QuantileType, Literal["weibull", "linear"]] = {6: "weibull", 7: "linear"}


@dataclass(frozen=True)
class Spread:
    """Median, quartiles and range of `n` values; null throughout where there are none."""

    n: int
    median: float | None
    lower_quartile: float | None
    upper_quartile: float | None
    lowest: float | None
    highest: float | None
    type: QuantileType


def quantiles(values: ArrayLike, shares: Sequence[float], *, type: QuantileType = 7) -> list[float]:
    """Return the quantiles of values, one for each share (0 to 1), by Hyndman and Fan's type.

    ValueError for no values or a missing one.
    """
    known = np.asarray(values, dtype=float)
    if not known.size or np.isnan(known).any():
        raise ValueError("quantiles need at least one value, and none missing")
    return [float(value) for value in np.quantile(known, shares, method=_METHOD[type])]


def spread(values: ArrayLike, *, type: QuantileType = 7) -> Spread:
    """Return median, quartiles and range; missing values (NaN) are left out and not counted in `n`."""
    known = np.asarray(values, dtype=float)
    known = known[~np.isnan(known)]
    if not known.size:
        return Spread(0, None, None, None, None, None, type)
    lower, median, upper = quantiles(known, [0.25, 0.5, 0.75], type=type)
    return Spread(int(known.size), median, lower, upper, float(known.min()), float(known.max()), type)

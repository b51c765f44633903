"""Series of levels for tests of kinetics, and what is answered, refused and reached."""

from __future__ import annotations

from typing import Any

import numpy as np

from tenfold.logic.fold import NO, UNKNOWN, YES
from tenfold.mrd.kinetics import Crossing, Growth, Refused, crossing, growth
from tenfold.mrd.kinetics_numbers import threshold
from tenfold.mrd.levels import ABL1
from tenfold.mrd.serial_levels import Series

OVERT = threshold("overt_relapse")
LIMIT = -3.0


def samples(*rows: tuple[float, Any], limit: float = LIMIT, laboratory: str | None = "A") -> Series:
    """A stream of (day, what): a level in % of ABL1, "neg", "unknown", or bounds [a, b] in % of ABL1."""
    low, high, detected = [], [], []
    for _, what in rows:
        bounds = what if isinstance(what, list) else [what, what]
        called = not isinstance(what, str)
        low.append(float(np.log10(bounds[0])) if called and bounds[0] > 0 else -np.inf)
        high.append(float(np.log10(bounds[1])) if called else np.inf)
        detected.append(YES if called else NO if what == "neg" else UNKNOWN)
    n = len(rows)
    days = [day for day, _ in rows]
    return Series(days, low, high, detected, [limit] * n, [ABL1] * n, ("remission",) * n, (laboratory,) * n)


def answered(series: Series, **asked: Any) -> Growth:
    answer = growth(series, **asked)
    assert isinstance(answer, Growth), answer
    return answer


def refused(series: Series, **asked: Any) -> str:
    answer = growth(series, **asked)
    assert isinstance(answer, Refused), answer
    return answer.reason


def reached(kinetics: Growth, **asked: Any) -> Crossing:
    answer = crossing(kinetics, asked.pop("level", OVERT), **asked)
    assert isinstance(answer, Crossing), answer
    return answer

"""The intercept of a response model, and what an interval of a prediction needs.

The probability of a response of a patient with columns x and total t is that of the log odds a + t; its interval is on the
log odds, whose variance is (1, x)' V (1, x). Weights are rounded and the interval stands around the rounded sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from tenfold.cohort.regression import share_of
from tenfold.cohort.significance import Floats, deviate


@dataclass(frozen=True)
class Intercept:
    """The log odds of a response where the score is 0. `variance` of the intercept, then the columns; empty for none.

    `interval` says where the variance comes from.
    """

    log_odds: float
    interval: str = ""
    variance: Floats = field(default_factory=lambda: np.zeros((0, 0)), repr=False)

    def probability(self, total: float) -> float:
        """The probability of a response at a total."""
        return float(share_of(np.array([self.log_odds + total]))[0])

    def reach(self, x: Floats, level: float = 0.95) -> float | None:
        """Half the width of the interval of the log odds of one patient's columns; null without a variance."""
        if not self.variance.size:
            return None
        whole = np.concatenate([[1.0], x])
        return deviate(level) * math.sqrt(max(0.0, float(whole @ self.variance @ whole)))

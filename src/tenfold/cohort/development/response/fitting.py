"""Logistic fits on coded patients, quick enough to repeat a whole development thousands of times.

The same coefficients as `regression.logistic`, and where one runs to infinity (a cell is empty) as `regression.firth`. A
column alike in all rows, or told by those before it, has no coefficient of its own and counts for nothing.

Firth's coefficients make the mean prediction differ from the share that responded; the intercept is therefore fitted anew
by maximum likelihood with the weights held (Puhr's FLIC), as it is after weights are rounded.

Firth, Biometrika 1993;80:27-38; Puhr et al., Stat Med 2017;36:2302-2317.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.cohort.covariates import aliased_columns
from tenfold.cohort.regression import Method, inverse_of, maximised, share_of
from tenfold.cohort.response_optimism import FAR
from tenfold.cohort.significance import Floats


@dataclass(frozen=True)
class LogisticFit:
    """Coefficients (the intercept first) with their variance, and the log-likelihoods, both without a penalty.

    `separated`: columns whose coefficient runs to infinity, so that the method is Firth's; `idle`: columns that count for
    nothing; `rank`: how many do count.
    """

    coefficients: Floats
    variance: Floats
    log_likelihood_null: float
    log_likelihood: float
    method: Method
    separated: NDArray[np.bool_]
    idle: NDArray[np.bool_]

    @property
    def rank(self) -> int:
        """How many columns have a coefficient."""
        return int((~self.idle).sum())


def logistic_fit(x: Floats, y: Floats) -> LogisticFit:
    """Fit columns of numbers (without an intercept) to answers of 0 and 1, of which there are both."""
    many = x.shape[1]
    idle = np.array(aliased_columns(x), dtype=bool) if many else np.zeros(0, dtype=bool)
    held = np.concatenate([[0], np.flatnonzero(~idle) + 1])
    whole = np.column_stack([np.ones(len(y)), x])[:, held]
    beta, information, likelihood = maximised(whole, y, penalised=False)
    far = np.abs(beta) * np.concatenate([[1.0], np.ptp(whole[:, 1:], axis=0)]) > FAR
    method: Method = "logistic"
    if far.any():
        method = "Firth"
        beta, information, _ = maximised(whole, y, penalised=True)
    coefficients, variance = np.zeros(many + 1), np.zeros((many + 1, many + 1))
    coefficients[held] = beta
    variance[np.ix_(held, held)] = inverse_of(information)
    separated = np.zeros(many, dtype=bool)
    separated[held[1:] - 1] = far[1:]
    share = float(y.mean())
    null = len(y) * (share * math.log(share) + (1 - share) * math.log(1 - share))
    return LogisticFit(coefficients, variance, null, likelihood, method, separated, idle)


def intercept_of(y: Floats, total: Floats) -> float:
    """The log odds where the total is 0, fitted by maximum likelihood with the total as it is (an offset)."""
    share = float(y.mean())
    found = math.log(share / (1 - share)) - float(total.mean())
    for _ in range(100):
        predicted = share_of(found + total)
        step = float((y - predicted).sum() / max(float((predicted * (1 - predicted)).sum()), 1e-12))
        found += max(-2.0, min(2.0, step))
        if abs(step) < 1e-12:
            break
    return found

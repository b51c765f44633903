"""The weighted risk sets of Fine and Gray's model, as sums over sorted times.

Ties are as in `cmprsk::crr`: censoring survival is taken just before a time, and in the part of the variance that comes from
estimating it a competing event at the very time of a censoring does not meet it.

Fine and Gray, J Am Stat Assoc 1999;94:496-509, formulas 7 and 8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.cohort.significance import Floats


@dataclass(frozen=True)
class SubdistributionRiskSets:
    """The weighted risk sets of sorted times: `first` row at risk at each event time, and censoring survival G before it.

    A row with a competing event at X weighs G(t-) / G(X-) at a later t.
    """

    time: Floats
    kind: NDArray[np.int64]
    when: Floats
    events: Floats
    first: NDArray[np.int64]
    free_when: Floats
    free_own: Floats

    @staticmethod
    def of(time: Floats, kind: NDArray[np.int64]) -> SubdistributionRiskSets:
        """Return the risk sets of sorted times (kind: 1 the cause, 2 another, 0 censored)."""
        when, events = np.unique(time[kind == 1], return_counts=True)
        gone, number = np.unique(time[kind == 0], return_counts=True)
        at_risk = len(time) - np.searchsorted(time, gone, side="left")
        free = np.concatenate([[1.0], np.cumprod(1 - number / at_risk)])
        before = [free[np.searchsorted(gone, each, side="left")] for each in (when, time)]
        return SubdistributionRiskSets(
            time, kind, when, events.astype(float), np.searchsorted(time, when, side="left"), *before
        )

    def sums(self, values: Floats) -> Floats:
        """Return the weighted sum over each risk set of one value a row."""
        shape = (-1, *(1,) * (values.ndim - 1))
        zero = np.zeros((1, *values.shape[1:]))
        still = np.concatenate([np.cumsum(values[::-1], axis=0)[::-1], zero])
        gone = np.concatenate([zero, np.cumsum(values * self._competing.reshape(shape), axis=0)])
        return np.asarray(still[self.first] + self.free_when.reshape(shape) * gone[self.first], dtype=float)

    @property
    def _competing(self) -> Floats:
        return np.where(self.kind == 2, 1 / np.where(self.free_own > 0, self.free_own, 1), 0.0)

    def at(self, beta: Floats, x: Floats) -> tuple[float, Floats, Floats, Floats, Floats]:
        """Return log-likelihood, score, information, and the mean and sum of each risk set."""
        linear = x @ beta
        relative = np.exp(linear)
        total = self.sums(relative)
        means = self.sums(relative[:, None] * x) / total[:, None]
        squares = self.sums(relative[:, None, None] * x[:, :, None] * x[:, None, :]) / total[:, None, None]
        ours = self.kind == 1
        likelihood = float(linear[ours].sum() - self.events @ np.log(total))
        score = x[ours].sum(axis=0) - self.events @ means
        information = np.einsum("t,tij->ij", self.events, squares - means[:, :, None] * means[:, None, :])
        return likelihood, score, np.asarray(information, dtype=float), means, total

    def influence(self, beta: Floats, x: Floats, means: Floats, hazard: Floats) -> Floats:
        """Return what each row adds to the score: by its own events, and by its censoring to the weights."""
        relative = np.exp(x @ beta)
        own = np.searchsorted(self.when, self.time, side="right")
        plain = _running(hazard), _running(hazard[:, None] * means)
        weighed = _running(hazard * self.free_when), _running((hazard * self.free_when)[:, None] * means)
        eta = -relative[:, None] * (x * plain[0][own][:, None] - plain[1][own])
        ours = self.kind == 1
        eta[ours] += x[ours] - means[own[ours] - 1]
        stay = relative * self._competing
        left = weighed[0][-1] - weighed[0][own], weighed[1][-1] - weighed[1][own]
        eta -= stay[:, None] * (x * left[0][:, None] - left[1])

        gone, number = np.unique(self.time[self.kind == 0], return_counts=True)
        at_risk = len(self.time) - np.searchsorted(self.time, gone, side="left")
        until = np.searchsorted(self.time, gone, side="left")
        past = np.searchsorted(self.when, gone, side="left")
        of_x, of_one = _running(stay[:, None] * x)[until], _running(stay)[until]
        ahead = weighed[0][-1] - weighed[0][past], weighed[1][-1] - weighed[1][past]
        q = (of_x * ahead[0][:, None] - of_one[:, None] * ahead[1]) / at_risk[:, None]
        drawn = _running(q * (number / at_risk)[:, None])
        psi = -drawn[np.searchsorted(gone, self.time, side="right")]
        censored = self.kind == 0
        psi[censored] += q[np.searchsorted(gone, self.time[censored])]
        return eta + psi


def _running(values: Floats) -> Floats:
    """Return running sums that start from zero."""
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])

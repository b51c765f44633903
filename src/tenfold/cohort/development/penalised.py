"""Penalised Cox regression: ridge, lasso and what lies between, the penalty chosen by cross-validation.

Shrinkage holds back what a plain fit of many candidates to few events exaggerates. The conventions are those of R's
`glmnet`: Breslow's ties, columns on a scale of standard deviation 1 (n in the denominator), and as objective the log
partial likelihood over n less penalty * (mixing |b| + (1 - mixing) b^2 / 2). Mixing 0 is ridge, 1 the lasso. Delayed
entry is allowed. The penalty is the one with the greatest cross-validated partial likelihood (Verweij and van
Houwelingen); rows of one patient stay in one fold, so that a resample is not tested on the patient it was fitted to.

Traps: the coefficients are biased towards 0 by intent and have no standard errors of the usual kind; bootstrap them.

Simon, J Stat Softw 2011;39(5):1-13; Verweij and van Houwelingen, Stat Med 1993;12:2305-2314.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.cohort.development.fitting import AtRisk, at_risk, kernel, log_likelihood
from tenfold.cohort.development.patients import Patients
from tenfold.cohort.significance import Floats

FOLDS, PENALTIES = 10, 30
LEAST_MIXING = 0.001
"""Ridge has no penalty at which all coefficients are 0: the path starts where this mixing has it (as in glmnet)."""
SETTLED, ROUGHLY = 1e-9, 1e-5


@dataclass(frozen=True)
class CrossValidated:
    """The penalties tried, the cross-validated partial likelihood of each (per event), and the one chosen."""

    penalties: Floats
    likelihoods: Floats
    chosen: float

    @property
    def at_the_end(self) -> bool:
        """Whether the greatest likelihood lay at an end of the path, so that the best penalty may lie beyond."""
        return self.chosen in (self.penalties[0], self.penalties[-1])


def elastic_net(
    patients: Patients,
    penalties: Sequence[float] | Floats,
    *,
    mixing: float = 0.0,
    unpenalised: Sequence[str] = (),
    factor: Floats | None = None,
) -> Floats:
    """Return the coefficients at each penalty (from the greatest to the least, in the order given), a row each.

    `unpenalised` names terms that are not held back; `factor`, instead, weighs the penalty of each column (scaled to a
    mean of 1, as glmnet does). ValueError for a mixing outside 0 to 1 or penalties that are negative or rise.
    """
    given = np.asarray(penalties, dtype=float)
    if not 0 <= mixing <= 1:
        raise ValueError(f"mixing lies between 0 (ridge) and 1 (lasso), not {mixing}")
    if (given < 0).any() or (np.diff(given) > 0).any():
        raise ValueError("penalties are not negative, and fall from each to the next")
    z, scale = _scaled(patients.x)
    weights = _factor(patients, unpenalised) if factor is None else np.asarray(factor, dtype=float)
    return _path(z, _risk(patients), given, mixing, weights, settled=SETTLED)[0] / scale


def cross_validate(
    patients: Patients,
    *,
    mixing: float = 0.0,
    unpenalised: Sequence[str] = (),
    folds: int = FOLDS,
    seed: int = 1,
    penalties: Sequence[float] | Floats | None = None,
    fold: NDArray[np.intp] | None = None,
) -> CrossValidated:
    """Choose the penalty by cross-validation. `fold`: each row's fold, if not drawn here (events spread evenly).

    ValueError for fewer than two folds, or fewer events than folds.
    """
    if folds < 2:
        raise ValueError("cross-validation needs at least two folds")
    z, _ = _scaled(patients.x)
    risk, weights = _risk(patients), _factor(patients, unpenalised)
    tried = _penalties(z, risk, mixing, weights) if penalties is None else np.asarray(penalties, dtype=float)
    parts = _folds(patients, folds, seed) if fold is None else fold
    total = np.zeros(tried.size)
    for k in np.unique(parts):
        inside = parts != k
        if not patients.event[inside].any():
            raise ValueError("too few events to leave a fold out; ask for fewer folds")
        part = patients.take(np.flatnonzero(inside))
        train = _risk(part)
        scaled, scale = _scaled(part.x)
        found, inside_likelihoods = _path(scaled, train, tried, mixing, weights, settled=ROUGHLY)
        for j, beta in enumerate(found / scale):
            total[j] += log_likelihood(patients.x, risk, beta, efron=False) - inside_likelihoods[j]
    # Of equal likelihoods the greater penalty: the simpler model.
    return CrossValidated(tried, total / patients.events, float(tried[int(np.argmax(np.round(total, 9)))]))


def penalised(
    patients: Patients, *, mixing: float = 0.0, unpenalised: Sequence[str] = (), folds: int = FOLDS, seed: int = 1
) -> tuple[Floats, CrossValidated]:
    """Return the coefficients at the penalty that cross-validation chooses, with how it was chosen."""
    found = cross_validate(patients, mixing=mixing, unpenalised=unpenalised, folds=folds, seed=seed)
    upto = found.penalties[found.penalties >= found.chosen]
    return elastic_net(patients, upto, mixing=mixing, unpenalised=unpenalised)[-1], found


def _risk(patients: Patients) -> AtRisk:
    return at_risk(patients.time, patients.event, patients.entry)


def _scaled(x: Floats) -> tuple[Floats, Floats]:
    spread = x.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    return (x - x.mean(axis=0)) / scale, scale


def _factor(patients: Patients, unpenalised: Sequence[str]) -> Floats:
    factor = np.ones(patients.x.shape[1])
    for name in unpenalised:
        factor[patients.slices[name]] = 0.0
    return factor


def _path(
    z: Floats, risk: AtRisk, penalties: Floats, mixing: float, factor: Floats, *, settled: float
) -> tuple[Floats, Floats]:
    """Coefficients of the scaled columns, and log-likelihoods, at each penalty."""
    weights = factor * (factor.size / factor.sum()) if factor.sum() else factor
    found = kernel(z, risk, penalties, mixing, weights, efron=False, rounds=100, settled=settled)
    return found[0], found[1]


def _penalties(z: Floats, risk: AtRisk, mixing: float, factor: Floats) -> Floats:
    """The path: from where all coefficients would be 0 down to a ten-thousandth of it, evenly on the log scale."""
    n, p = z.shape
    if not p or not factor.any():
        return np.zeros(1)
    # Where the likelihood is steepest with only the unpenalised fitted: a very great penalty leaves the others at 0.
    weights = factor * (p / factor.sum())
    at_zero = kernel(z, risk, np.array([1e6]), 1.0, weights, efron=False, rounds=100)[0][0]
    steep = np.array([_slope(z, risk, at_zero, j) for j in range(p)])
    most = float(np.max(np.abs(steep[factor > 0]) / (n * max(mixing, LEAST_MIXING) * weights[factor > 0])))
    return np.asarray(most * np.logspace(0, -4, PENALTIES))


def _slope(z: Floats, risk: AtRisk, beta: Floats, j: int) -> float:
    """The derivative of the log-likelihood by one coefficient, by a central difference (it only sets the path's start)."""
    step = np.zeros(beta.size)
    step[j] = 1e-4
    return (
        log_likelihood(z, risk, beta + step, efron=False) - log_likelihood(z, risk, beta - step, efron=False)
    ) / 2e-4


def _folds(patients: Patients, folds: int, seed: int) -> NDArray[np.intp]:
    """Each row's fold: patients dealt out at random, those with the event evenly, all rows of one patient together."""
    who, first = np.unique(patients.of, return_index=True)
    order = np.random.Generator(np.random.PCG64(seed)).random(who.size)
    dealt = np.empty(who.size, dtype=np.intp)
    dealt[np.lexsort((order, ~patients.event[first]))] = np.arange(who.size) % folds
    return np.asarray(dealt[np.searchsorted(who, patients.of)])

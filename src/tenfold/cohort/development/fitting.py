"""Cox fits on coded patients, quick enough to repeat a whole development thousands of times.

Efron's ties (Breslow's for the penalised ones, as in `glmnet`), delayed entry, and no report: `tenfold.cohort.cox` gives
that, with the same coefficients. A coefficient that runs to infinity is told, and held at `HELD` (in the column's own
range) so that a score can go on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.cohort.compiled import compiled
from tenfold.cohort.development.kernel import cox_path
from tenfold.cohort.development.patients import Patients
from tenfold.cohort.significance import Floats

ROUNDS, SETTLED = 40, 1e-9
HELD = 4.0
"""What stands for an infinite coefficient: a hazard ratio of 55 from one end of the column to the other."""
RUNAWAY = 8.0
"""A coefficient past this (over the column's range) whose standard error is as large has no finite estimate."""


@dataclass(frozen=True)
class LightFit:
    """Coefficients with their variance and the likelihoods. `infinite`: columns whose coefficient is held."""

    coefficients: Floats
    variance: Floats
    log_likelihood_null: float
    log_likelihood: float
    infinite: NDArray[np.bool_]


@dataclass(frozen=True)
class AtRisk:
    """Between which event times each patient is at risk: what the kernel reads."""

    begin: NDArray[np.int64]
    last: NDArray[np.int64]
    at: NDArray[np.int64]
    deaths: NDArray[np.int64]
    when: Floats


def at_risk(time: Floats, event: NDArray[np.bool_], entry: Floats | None) -> AtRisk:
    """Return who is at risk when. At a tie one who enters at a time is not yet at risk at it."""
    when, deaths = np.unique(time[event], return_counts=True)
    last = np.searchsorted(when, time, side="right").astype(np.int64)
    begin = (
        np.zeros(time.size, np.int64) if entry is None else np.searchsorted(when, entry, side="right").astype(np.int64)
    )
    return AtRisk(begin, last, np.where(event, last - 1, -1), deaths.astype(np.int64), when)


def kernel(
    x: Floats,
    risk: AtRisk,
    penalties: Floats,
    mixing: float = 0.0,
    factor: Floats | None = None,
    start: Floats | None = None,
    *,
    efron: bool = True,
    rounds: int = ROUNDS,
    settled: float = SETTLED,
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Fit along penalties: coefficients (a row a penalty), log-likelihoods, the last information, and which settled."""
    p = x.shape[1]
    found: tuple[Floats, Floats, Floats, NDArray[np.bool_]] = compiled(cox_path)(
        np.ascontiguousarray(x, dtype=float),
        risk.begin,
        risk.last,
        risk.at,
        risk.deaths,
        efron,
        np.ascontiguousarray(penalties, dtype=float),
        float(mixing),
        np.ones(p) if factor is None else np.ascontiguousarray(factor, dtype=float),
        np.zeros(p) if start is None else np.ascontiguousarray(start, dtype=float),
        rounds,
        settled,
    )
    return found


def log_likelihood(x: Floats, risk: AtRisk, beta: Floats, *, efron: bool = True) -> float:
    """The log partial likelihood at coefficients."""
    return float(kernel(x, risk, np.zeros(1), start=beta, efron=efron, rounds=0)[1][0])


def light_fit(patients: Patients, columns: NDArray[np.intp] | None = None, risk: AtRisk | None = None) -> LightFit:
    """Fit a Cox model (Efron's ties) to some columns of coded patients, or to all."""
    chosen = np.arange(patients.x.shape[1]) if columns is None else columns
    x = patients.x[:, chosen]
    risk = at_risk(patients.time, patients.event, patients.entry) if risk is None else risk
    scale = np.ptp(x, axis=0) if x.shape[0] else np.ones(0)
    scale = np.where(scale > 0, scale, 1.0)
    z = (x - x.mean(axis=0)) / scale
    null = log_likelihood(z, risk, np.zeros(z.shape[1]))
    if not z.shape[1]:
        return LightFit(np.zeros(0), np.zeros((0, 0)), null, null, np.zeros(0, bool))
    found, likelihoods, information, _ = kernel(z, risk, np.zeros(1))
    beta = found[0]
    there = np.diag(information) > 1e-12
    variance = np.zeros((len(beta), len(beta)))
    held = np.flatnonzero(there)
    if held.size:
        variance[np.ix_(held, held)] = np.linalg.pinv(information[np.ix_(held, held)], rcond=1e-12, hermitian=True)
    # A column that tells who fails next leaves almost nothing in the information: it counts as infinite, not as nothing.
    vanished = ~there & (np.ptp(x, axis=0) > 0)
    infinite = vanished | ((np.abs(beta) > RUNAWAY) & (np.diag(variance) > 0.5 * beta**2))
    beta = np.where(infinite, np.sign(beta) * HELD, beta)
    return LightFit(beta / scale, variance / np.outer(scale, scale), null, float(likelihoods[0]), infinite)

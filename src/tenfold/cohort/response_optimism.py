"""How well a response model tells responders from the others, and how much it flatters itself on its own patients.

C (the area under the ROC curve: the chance that a responder has the higher prediction) and the calibration slope, each as
it looks in the patients the model was made from, and corrected for optimism: the model is fitted anew in each resample,
measured there and in the patients as they are, and the mean difference is taken off.

Traps: only the fit is repeated; whoever chose the covariates by looking at these patients has an optimism that stays. A
resample in which a cell is empty is fitted by Firth's method. Internal validation says nothing of another hospital.

Harrell, Lee and Mark, Stat Med 1996;15:361-387; Steyerberg et al., J Clin Epidemiol 2001;54:774-781.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tenfold.cohort.regression import fitted
from tenfold.cohort.resampling import drawn_rows, percentiles
from tenfold.cohort.significance import Floats

FAR = 15.0
"""A log odds beyond this over a column's range has run to infinity: there is no such ratio."""


@dataclass(frozen=True)
class Corrected:
    """A measure: as it looks, the mean optimism, what is left, and the percentile interval moved by the optimism."""

    apparent: float | None
    optimism: float | None
    corrected: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ResponseOptimism:
    """C and calibration slope of a response model. `resamples` asked for, `without_answer` of them (all or none respond)."""

    c: Corrected
    slope: Corrected
    resamples: int
    without_answer: int
    seed: int


def area_of(y: Floats, score: Floats) -> float:
    """The chance that a responder scores higher than another patient, ties counting half; NaN if all or none respond."""
    from scipy.stats import rankdata

    cases = int(y.sum())
    others = len(y) - cases
    if not cases or not others:
        return float("nan")
    ranks = np.asarray(rankdata(score), dtype=float)
    return float((ranks[y == 1].sum() - cases * (cases + 1) / 2) / (cases * others))


def slope_of(y: Floats, linear: Floats) -> float:
    """The calibration slope of log odds; NaN where they are alike in all, or part responders from the others exactly."""
    if np.ptp(linear) < 1e-9:
        return float("nan")
    slope = float(fitted(np.column_stack([np.ones(len(y)), linear]), y, penalised=False)[1])
    return slope if abs(slope) * np.ptp(linear) < 2 * FAR else float("nan")


def response_optimism(
    x: Floats, y: Floats, *, resamples: int, seed: int, penalised: bool, level: float = 0.95
) -> ResponseOptimism:
    """Measure a logistic (or, `penalised`, Firth) model of these columns and correct it by bootstrap.

    `x` without an intercept, nothing unknown; `resamples` 0 gives the apparent values alone.
    """
    whole = np.column_stack([np.ones(len(y)), x])
    seen = _measured(whole, y, _fit(whole, y, penalised))
    own, tested = np.full((resamples, 2), np.nan), np.full((resamples, 2), np.nan)
    drawn = drawn_rows(seed, len(y), resamples) if resamples else ()
    for k, rows in enumerate(drawn):
        if np.ptp(y[rows]) == 0:
            continue
        beta = _fit(whole[rows], y[rows], penalised)
        own[k], tested[k] = _measured(whole[rows], y[rows], beta), _measured(whole, y, beta)
    parts = [_corrected(seen[k], own[:, k], tested[:, k], level, near_one=k == 1) for k in range(2)]
    answered = int(np.isfinite(own[:, 0]).sum())
    return ResponseOptimism(parts[0], parts[1], resamples, resamples - answered, seed)


def _corrected(seen: float, own: Floats, tested: Floats, level: float, *, near_one: bool) -> Corrected:
    apparent = float(seen) if np.isfinite(seen) else None
    told = np.isfinite(own) & np.isfinite(tested)
    if apparent is None or not told.any():
        return Corrected(apparent, None, None, None, None)
    gap = float((own[told] - tested[told]).mean())
    # A slope is 1 in any model's own patients: only those as they are say how it spreads.
    moved = tested[told] if near_one else own[told] - gap
    low, high = percentiles(moved, (1 - level) / 2, (1 + level) / 2)
    return Corrected(apparent, gap, apparent - gap, low, high)


def _fit(x: Floats, y: Floats, penalised: bool) -> Floats:
    """The coefficients, by Firth's method where asked for or where one runs to infinity."""
    varies = np.ptp(x, axis=0) > 0
    varies[0] = True
    beta = np.zeros(x.shape[1])
    beta[varies] = fitted(x[:, varies], y, penalised=penalised)
    reach = np.concatenate([[1.0], np.ptp(x[:, 1:], axis=0)])
    if not penalised and (np.abs(beta) * reach > FAR).any():
        beta[varies] = fitted(x[:, varies], y, penalised=True)
    return beta


def _measured(x: Floats, y: Floats, beta: Floats) -> Floats:
    linear = x @ beta
    return np.array([0.5 if np.ptp(linear) < 1e-9 else area_of(y, linear), slope_of(y, linear)])

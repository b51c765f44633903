"""Risks predicted for patients who took no part in the fit: a score's Cox model, refitted without each fold in turn.

Most published scores come without a baseline survival, so that they predict no risk by themselves. Here the baseline is
estimated on these patients, and so is the slope unless the score is a published linear predictor, which stays as it is.
Each patient's risk comes from a fit without the patient's fold, so that no score is flattered by its own refit.

With competing events each cause has a Cox model of its own, and the risk is the share with the event before another
(Benichou and Gail). Folds are drawn from the seed alone. Traps: cross-validation corrects for the refit, never for a
score that was developed on these patients; nobody in a training fold with a group leaves that group no risk to predict.

Breslow, J R Stat Soc B 1972;34:216-217; Benichou and Gail, Biometrics 1990;46:813-826.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tenfold.cohort.resampled_cox import BEYOND, CoxData, cox_fit
from tenfold.cohort.scored import COMPETING, EVENT, Codes, followed
from tenfold.cohort.significance import Floats

FOLDS = 10


@dataclass(frozen=True)
class Entered:
    """How a score enters the model that predicts: as `words` say; `design` has no column where an `offset` is taken."""

    words: str
    design: Floats
    offset: Floats


def as_predictor(linear_predictor: ArrayLike) -> Entered:
    """The published linear predictor as it stands; only the baseline is estimated."""
    offset = np.asarray(linear_predictor, dtype=float)
    return Entered("published coefficients, baseline estimated here", np.zeros((offset.size, 0)), offset)


def as_factor(groups: Sequence[str]) -> Entered:
    """The groups as a factor."""
    named = np.asarray(groups)
    design = (named[:, None] == np.unique(named)[None, 1:]).astype(float)
    return Entered("groups, refitted here", design, np.zeros(named.size))


def as_term(score: ArrayLike) -> Entered:
    """The score as one term."""
    values = np.asarray(score, dtype=float)
    return Entered("score as one term, refitted here", values[:, None], np.zeros(values.size))


def predicted_risks(
    time: ArrayLike, event: ArrayLike, entered: Entered, at: Sequence[float], *, seed: int, folds: int = FOLDS
) -> Floats:
    """Return the predicted share with the event by each time of `at`: one row a patient, one column a time.

    `event` 2 is a competing event. ValueError where a training fold holds no event, or fewer than two folds are asked for.
    """
    times, codes = followed(time, event, competing=True)
    if not 2 <= folds <= times.size:
        raise ValueError(f"cross-validation needs 2 to {times.size} folds, not {folds}")
    fold = fold_of(times.size, folds, seed)
    risks = np.empty((times.size, len(at)))
    for k in range(folds):
        held = fold == k
        risks[held] = _fold(times, codes, entered, ~held, held, np.asarray(at, dtype=float))
    return risks


def fold_of(n: int, folds: int, seed: int) -> NDArray[np.int64]:
    """The fold of each of n patients, of sizes that differ by one at most; the same for a seed on any machine."""
    order = np.argsort(np.random.PCG64(seed).random_raw(n), kind="stable")
    fold = np.empty(n, dtype=np.int64)
    fold[order] = np.arange(n) % folds
    return fold


def _fold(
    times: Floats, codes: Codes, entered: Entered, train: NDArray[np.bool_], held: NDArray[np.bool_], at: Floats
) -> Floats:
    causes = [EVENT, COMPETING] if (codes == COMPETING).any() else [EVENT]
    log_hazards = [_log_hazard(times, codes == cause, entered, train, cause) for cause in causes]
    when = np.unique(times[train & np.isin(codes, causes)])
    steps = [
        _baseline_steps(times[train], (codes == cause)[train], np.exp(hazard[train]), when)
        for cause, hazard in zip(causes, log_hazards, strict=True)
    ]
    relative = [np.exp(hazard[held]) for hazard in log_hazards]
    hazards = [one[:, None] * step[None, :] for one, step in zip(relative, steps, strict=True)]
    before = np.exp(-(np.cumsum(sum(hazards), axis=1) - sum(hazards)))
    own = np.cumsum(before * -np.expm1(-hazards[0]), axis=1) if len(causes) == 1 else np.cumsum(before * hazards[0], 1)
    so_far = np.column_stack([np.zeros(held.sum()), own])
    return np.asarray(np.clip(so_far[:, np.searchsorted(when, at, side="right")], 0, 1))


def _log_hazard(
    times: Floats, event: NDArray[np.bool_], entered: Entered, train: NDArray[np.bool_], cause: int
) -> Floats:
    if not event[train].any():
        raise ValueError("a fold leaves no event to learn from; use fewer folds, or do without predicted risks")
    if cause == EVENT and not entered.design.shape[1]:
        return np.asarray(entered.offset - entered.offset[train].mean())
    # What competes has no published coefficients: the linear predictor then enters as one term.
    design = entered.design if entered.design.shape[1] else entered.offset[:, None]
    fit = cox_fit(CoxData(times[train], event[train], design[train]))
    middle = design[train].mean(axis=0)
    # A group without events has a hazard of almost none, one that training has never seen that of the others.
    coefficients = np.clip(np.nan_to_num(fit.coefficients, nan=0.0, posinf=BEYOND, neginf=-BEYOND), -BEYOND, BEYOND)
    return np.asarray((design - middle) @ coefficients)


def _baseline_steps(times: Floats, event: NDArray[np.bool_], relative: Floats, when: Floats) -> Floats:
    """The steps of Breslow's cumulative baseline hazard at `when`."""
    order = np.argsort(times, kind="stable")
    at_risk = np.append(np.cumsum(relative[order][::-1])[::-1], 0.0)[np.searchsorted(times[order], when, side="left")]
    place = np.searchsorted(when, times[event])
    failed = np.bincount(place, minlength=when.size)
    return np.asarray(np.divide(failed, at_risk, out=np.zeros(when.size), where=at_risk > 0))

"""Are predicted risks accurate, and would acting on them help: Brier score, its integral, and net benefit.

A predicted risk is the chance of the event by the horizon, from 0 to 1. The Brier score weighs patients by the inverse of
the chance to be still observed (reverse Kaplan-Meier; censoring must not depend on the patient). 0.25 is a coin, 0 is
perfect; what a useful score is depends on the event's frequency, so the score of the overall curve stands beside it.

Traps: net benefit is of one threshold; "treat all" and "treat none" belong in every picture.

Graf, Stat Med 1999;18:2529-2545; Gerds and Schumacher, Biom J 2006;48:1029-1040; Vickers, BMC Med Inform Decis Mak
2008;8:53 (net benefit with censoring).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from tenfold.cohort.measured import Measured, measured
from tenfold.cohort.product_limit import censoring_influence, product_limit, still_observed
from tenfold.cohort.scored import COMPETING, EVENT, Codes, followed, probabilities, reached
from tenfold.cohort.significance import Floats


@dataclass(frozen=True)
class Brier(Measured):
    """The Brier score at a horizon; `of_everybody` is that of one prediction for all (the overall curve).

    `explained`: 1 less the ratio of the two (index of prediction accuracy); below 0 is worse than the overall curve.
    """

    horizon: float
    of_everybody: float

    @property
    def explained(self) -> float:
        """The share of the overall curve's Brier score that the predictions save."""
        return 1 - self.value / self.of_everybody


@dataclass(frozen=True)
class IntegratedBrier(Measured):
    """The mean Brier score from 0 to a time, by trapezia over the times asked for (0 at time 0)."""

    until: float
    steps: pl.DataFrame


def brier(time: ArrayLike, event: ArrayLike, risk: ArrayLike, horizon: float, *, level: float = 0.95) -> Brier:
    """Estimate the Brier score of predicted risks at a horizon (`event` 2 is a competing event, which is not the event).

    It is riskRegression's with Kaplan-Meier censoring; the interval is by influence, that of the estimated censoring
    included. ValueError for a missing risk (with how many rows lack it), one out of 0 to 1, bad times or events, or a
    horizon past which nobody is followed.
    """
    times, codes = followed(time, event, competing=True)
    horizon = reached(times, horizon)
    value, influence = _brier(times, codes, probabilities("risk", risk, times.size), horizon)
    overall = _brier(times, codes, np.full(times.size, _share_by(times, codes, horizon)), horizon)[0]
    base = measured(f"Brier score at {horizon:g}", value, influence, int((codes == EVENT).sum()), level=level)
    return Brier(**vars(base), horizon=horizon, of_everybody=overall)


def integrated_brier(
    time: ArrayLike, event: ArrayLike, risks: ArrayLike, times: Sequence[float], *, level: float = 0.95
) -> IntegratedBrier:
    """Estimate the mean Brier score up to the last of `times`. `risks`: one row a patient, one column a time.

    ValueError as for `brier`, for times that do not rise, or a shape that does not match.
    """
    observed, codes = followed(time, event, competing=True)
    grid = np.asarray(times, dtype=float)
    if grid.ndim != 1 or not grid.size or (np.diff(grid) <= 0).any():
        raise ValueError("the times must rise, and there must be at least one")
    predicted = np.asarray(risks, dtype=float)
    if predicted.shape != (observed.size, grid.size):
        raise ValueError(f"risks must be {observed.size} rows of {grid.size} columns, not of shape {predicted.shape}")
    each = [
        _brier(observed, codes, probabilities(f"risk at {at:g}", predicted[:, k], observed.size), reached(observed, at))
        for k, at in enumerate(grid)
    ]
    width = np.diff(np.concatenate([[0.0], grid]))
    weight = (width + np.append(width[1:], 0.0)) / 2 / grid[-1]
    value = float(np.sum(weight * [found[0] for found in each]))
    influence = np.sum(weight[:, None] * np.array([found[1] for found in each]), axis=0)
    steps = pl.DataFrame({"time": grid, "brier": [found[0] for found in each]})
    named = f"integrated Brier score to {grid[-1]:g} over {grid.size} times"
    base = measured(named, value, influence, int((codes == EVENT).sum()), level=level)
    return IntegratedBrier(**vars(base), until=float(grid[-1]), steps=steps)


def decision_curve(
    time: ArrayLike, event: ArrayLike, risk: ArrayLike, horizon: float, thresholds: Sequence[float]
) -> pl.DataFrame:
    """Net benefit of treating those whose risk by the horizon reaches a threshold.

    Columns: `threshold`, `treated` (patients), `net_benefit`, `treat_all`, `treat_none` (0), `interventions_avoided`
    (net, per 100 patients). True positives are the event's share among the treated by Kaplan-Meier (by Aalen-Johansen
    with competing events) times their share; null where the treated were not followed to the horizon. ValueError as for
    `brier`, and for a threshold outside 0 to 1.
    """
    times, codes = followed(time, event, competing=True)
    horizon, risks = reached(times, horizon), probabilities("risk", risk, times.size)
    if not all(0 < threshold < 1 for threshold in thresholds):
        raise ValueError("a threshold is a risk above 0 and below 1 at which one would act")
    overall = _share_by(times, codes, horizon)
    rows = []
    for threshold in thresholds:
        treated = risks >= threshold
        odds = threshold / (1 - threshold)
        everybody = overall - (1 - overall) * odds
        benefit: float | None = 0.0
        if treated.any():
            followed_so_far = (times[treated] >= horizon).any() or (codes[treated] != 0).all()
            share = _share_by(times[treated], codes[treated], horizon)
            benefit = float(treated.mean() * (share - (1 - share) * odds)) if followed_so_far else None
        avoided = None if benefit is None else 100 * (benefit - everybody) / odds
        rows.append((threshold, int(treated.sum()), benefit, everybody, 0.0, avoided))
    columns = ("net_benefit", "treat_all", "treat_none", "interventions_avoided")
    schema = {"threshold": pl.Float64, "treated": pl.Int64} | dict.fromkeys(columns, pl.Float64)
    return pl.DataFrame(rows, schema, orient="row")


def _brier(times: Floats, codes: Codes, risk: Floats, horizon: float) -> tuple[float, Floats]:
    observed = still_observed(times, codes)
    past = times > horizon
    happened = ~past & (codes == EVENT)
    known = past | happened | (~past & (codes == COMPETING))
    chance = np.where(past, observed.at(horizon), observed.before(times))
    residual = np.divide((happened - risk) ** 2, chance, out=np.zeros_like(risk), where=known)
    value = float(residual.mean())
    own = residual / times.size
    read_at = np.where(past, horizon, np.nextafter(times, -1.0))
    return value, (residual - value) / times.size + censoring_influence(observed, times, codes, own, read_at)


def _share_by(times: Floats, codes: Codes, horizon: float) -> float:
    """The share with the event by the horizon: 1 less Kaplan-Meier, by Aalen-Johansen with competing events."""
    anything = product_limit(times, codes != 0)
    at = np.searchsorted(anything.time, times[(codes == EVENT) & (times <= horizon)])
    before = np.concatenate([[1.0], anything.survival])[at]
    return float(np.sum(before / anything.at_risk[at]))

"""The ROC curve at a horizon by nearest neighbours: survival given the score is smoothed over patients of like scores.

Each patient is given the Kaplan-Meier survival at the horizon of those whose scores are nearest; sensitivity and specificity
follow from these. Unlike weighting by the censoring it allows censoring to depend on the score, and the curve is monotone.

Two readings of "nearest" are in use. "survivalROC" (R's function, default): upwards, the scores within the distance of
the neighbour `span * n` places on; downwards the same distance, so that at the highest score only equals are left.
"ranks" (the paper): all whose share of patients at or below differs by less than half the span.
The default span is 0.25 * n^-0.20, that of R's own example.

Traps: the area depends on the span and on which reading; with few distinct scores the windows are the groups themselves.

Heagerty, Lumley and Pepe, Biometrics 2000;56:337-344; Akritas, Ann Stat 1994;22:1299-1327.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tenfold.cohort.compiled import compiled
from tenfold.cohort.scored import EVENT, Codes, followed, numbers
from tenfold.cohort.significance import Floats

Window = Literal["survivalROC", "ranks"]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class NearestNeighbourRoc:
    """The curve and its area. `roc`: `cut`, `sensitivity`, `specificity` of "score above the cut".

    `survival`: the share without the event at the horizon, as the smoothed average. There is no interval: bootstrap it.
    """

    area: float
    horizon: float
    span: float
    window: Window
    survival: float
    n: int
    events: int
    roc: pl.DataFrame


def default_span(n: int) -> float:
    """The span for n patients unless another is named: 0.25 * n^-0.20."""
    return float(0.25 * n**-0.2)


def nearest_neighbour_roc(
    time: ArrayLike,
    event: ArrayLike,
    score: ArrayLike,
    horizon: float,
    *,
    span: float | None = None,
    window: Window = "survivalROC",
) -> NearestNeighbourRoc:
    """Estimate the ROC curve at a horizon; a higher score means a higher risk.

    ValueError for a missing score (with how many rows lack it), bad times or events, a horizon that is not positive, a
    span outside 0 to 1, or a smoothed survival of 0 or 1 at the horizon (nobody, or everybody, would be a case).
    """
    times, codes = followed(time, event)
    scores = numbers("score", score, times.size)
    width = default_span(times.size) if span is None else span
    if not 0 < width <= 1:
        raise ValueError(f"the span is a share of the patients, above 0 and at most 1, not {width}")
    if not horizon > 0:
        raise ValueError(f"the horizon must be positive, not {horizon}")
    cuts, alive, many = smoothed_survival(times, codes, scores, horizon, width, window)
    n = times.size
    marginal = float(np.sum(alive * many) / n)
    if not 0 < marginal < 1:
        raise ValueError(f"at {horizon:g} the estimated share without the event is {marginal:g}: no curve can be drawn")
    above = (n - np.cumsum(many)) / n
    alive_above = marginal - np.cumsum(alive * many) / n
    alive_above[-1] = 0.0
    sensitivity = np.concatenate([[1.0], (above - alive_above) / (1 - marginal)])
    specificity = np.concatenate([[0.0], 1 - alive_above / marginal])
    roc = pl.DataFrame(
        {"cut": np.concatenate([[-np.inf], cuts]), "sensitivity": sensitivity, "specificity": specificity}
    )
    area = float(np.sum(np.diff(specificity) * (sensitivity[1:] + sensitivity[:-1]) / 2))
    return NearestNeighbourRoc(area, float(horizon), width, window, marginal, n, int((codes == EVENT).sum()), roc)


def smoothed_survival(
    times: Floats, codes: Codes, scores: Floats, horizon: float, span: float, window: Window
) -> tuple[Floats, Floats, Floats]:
    """Distinct scores, the smoothed survival at the horizon of each, and how many patients have it."""
    by_score = np.argsort(scores, kind="stable")
    ordered = scores[by_score]
    cuts, first, many = np.unique(ordered, return_index=True, return_counts=True)
    low, high = (_by_distance if window == "survivalROC" else _by_rank)(ordered, cuts, first, many, span)
    place = np.empty(times.size, dtype=np.int64)
    place[by_score] = np.arange(times.size)
    # Only who leaves by the horizon moves the curve; the rest are at risk throughout.
    leaves = np.flatnonzero(times <= horizon)
    leaves = leaves[np.lexsort((codes[leaves] != EVENT, times[leaves]))]
    alive: Floats = compiled(_windows)(low, high, place[leaves], times[leaves], codes[leaves] == EVENT)
    return cuts, alive, many.astype(float)


def _by_distance(
    ordered: Floats, cuts: Floats, first: Integers, many: Integers, span: float
) -> tuple[Integers, Integers]:
    n = ordered.size
    reach = math.trunc(n * span + 0.5)
    distance = ordered[np.minimum(first + reach, n - 1)] - cuts
    # Differences, as the reference takes them: a sum could round to the other side of a tie.
    low = np.array([np.searchsorted(ordered - cut, -far, side="left") for cut, far in zip(cuts, distance, strict=True)])
    high = np.array(
        [np.searchsorted(ordered - cut, far, side="right") for cut, far in zip(cuts, distance, strict=True)]
    )
    return low.astype(np.int64), high.astype(np.int64)


def _by_rank(ordered: Floats, cuts: Floats, first: Integers, many: Integers, span: float) -> tuple[Integers, Integers]:
    n, half = ordered.size, span / 2
    upto = first + many
    low = np.searchsorted(upto, upto - half * n, side="right")
    high = np.searchsorted(upto, upto + half * n, side="left") - 1
    return first[np.minimum(low, np.arange(cuts.size))].astype(np.int64), upto[
        np.maximum(high, np.arange(cuts.size))
    ].astype(np.int64)


def _windows(low, high, place, times, event):  # type: ignore[no-untyped-def]
    """Kaplan-Meier at the horizon of each window of places (low included, high not); rows in order of time."""
    survival = np.ones(low.size)
    for k in range(low.size):
        at_risk = high[k] - low[k]
        share, i, n = 1.0, 0, place.size
        while i < n:
            now, failed, left = times[i], 0, 0
            while i < n and times[i] == now:
                if low[k] <= place[i] < high[k]:
                    left += 1
                    failed += event[i]
                i += 1
            if failed > 0:
                share *= 1.0 - failed / at_risk
            at_risk -= left
        survival[k] = share
    return survival

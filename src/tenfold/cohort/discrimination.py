"""Does a higher score go with an earlier event: Harrell's and Uno's C, and the area under the ROC curve at a horizon.

Conventions: a higher score means a higher risk; patients with one score count half. Areas are cumulative/dynamic: cases
have the event by the horizon, controls are free of it past the horizon, and each counts by the inverse of the chance to
be still observed (reverse Kaplan-Meier), which assumes censoring that does not depend on the score.

Traps: Harrell's C depends on how long patients were followed, Uno's on the truncation time; both, unlike the area, use
the order of all times. A score developed on these patients looks better here than it is.

Harrell, Stat Med 1996;15:361-387; Uno, Stat Med 2011;30:1105-1117; Blanche, Stat Med 2013;32:5381-5397 (areas, competing
events, and intervals); Uno, J Am Stat Assoc 2007;102:527-537.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from tenfold.cohort.concordant_pairs import concordant_pairs
from tenfold.cohort.measured import Difference, Measured, difference, measured
from tenfold.cohort.product_limit import censoring_influence, still_observed
from tenfold.cohort.scored import CENSORED, COMPETING, EVENT, Codes, followed, numbers, reached
from tenfold.cohort.significance import Floats

Controls = Literal["free of any event", "free of this event"]


@dataclass(frozen=True)
class Concordance(Measured):
    """A C-statistic with its (weighted) pairs: C is concordant and half the tied scores over all comparable pairs."""

    concordant: float
    discordant: float
    tied_score: float


@dataclass(frozen=True)
class Area(Measured):
    """The area under the ROC curve at a horizon. `roc`: `cut`, `sensitivity`, `specificity` of "score above the cut".

    `cases` and `controls` are patients, not weights; whoever was censored before the horizon is neither.
    """

    horizon: float
    cases: int
    controls: int
    roc: pl.DataFrame


def harrell_c(time: ArrayLike, event: ArrayLike, score: ArrayLike, *, level: float = 0.95) -> Concordance:
    """Estimate Harrell's C: of pairs in which it is known who failed first, the share in which the higher score did.

    It is R's `concordance(..., reverse = TRUE)`, standard error (infinitesimal jackknife) included. ValueError for a
    missing score, with how many rows lack it, for bad times or events, and where no two patients can be compared.
    """
    times, codes = followed(time, event)
    return _concordance("Harrell's C", times, codes, numbers("score", score, times.size), np.ones(times.size), level)


def uno_c(
    time: ArrayLike, event: ArrayLike, score: ArrayLike, *, until: float | None = None, level: float = 0.95
) -> Concordance:
    """Estimate Uno's C: Harrell's with each pair weighed by 1/G(t)^2, so that it no longer depends on the censoring.

    `until`: pairs whose earlier event is past this time do not count (default: all; then the last ones weigh heavily).
    It is R's `concordance(..., timewt = "n/G2")`; the standard error takes the weights as known, as R does.
    ValueError as for `harrell_c`.
    """
    times, codes = followed(time, event)
    scores = numbers("score", score, times.size)
    named = "Uno's C"
    if until is not None:
        named = f"Uno's C to {reached(times, until):g}"
        codes = np.where(times > until, CENSORED, codes).astype(np.int8)
        # All past the limit leave together, so that none of them is compared with another.
        times = np.minimum(times, np.nextafter(until, np.inf))
    observed = still_observed(times, codes).before(times)
    weights = np.divide(1.0, observed**2, out=np.zeros_like(observed), where=(codes == EVENT) & (observed > 0))
    return _concordance(named, times, codes, scores, weights, level)


def area(
    time: ArrayLike,
    event: ArrayLike,
    score: ArrayLike,
    horizon: float,
    *,
    controls: Controls = "free of this event",
    level: float = 0.95,
) -> Area:
    """Estimate the cumulative/dynamic area under the ROC curve at a horizon, weighted by inverse probability.

    With competing events (`event` 2), controls are those free of this event, to whom whoever had another one by then
    belongs (riskRegression; definition 2 of Blanche), or those free of any event (definition 1). The interval is by
    influence, what the weights owe to the estimated censoring included. ValueError for a missing score, bad times or
    events, or a horizon by which nobody has the event or past which nobody is followed.
    """
    times, codes = followed(time, event, competing=True)
    scores = numbers("score", score, times.size)
    horizon = reached(times, horizon)
    case, other = (times <= horizon) & (codes == EVENT), (times <= horizon) & (codes == COMPETING)
    control = (times > horizon) | (other if controls == "free of this event" else False)
    if not case.any():
        raise ValueError(f"nobody has the event by {horizon:g}: there is no case to discriminate")
    observed = still_observed(times, codes)
    weight = np.where(times > horizon, 1 / observed.at(horizon), 1 / np.maximum(observed.before(times), 1e-300))
    case_weight, control_weight = np.where(case, weight, 0.0), np.where(control, weight, 0.0)

    cuts, rank = np.unique(scores, return_inverse=True)
    of_cases, of_controls = np.bincount(rank, case_weight), np.bincount(rank, control_weight)
    all_cases, all_controls = of_cases.sum(), of_controls.sum()
    controls_below = (np.cumsum(of_controls) - of_controls / 2)[rank] / all_controls
    cases_above = (all_cases - np.cumsum(of_cases) + of_cases / 2)[rank] / all_cases
    value = float(np.sum(case_weight * controls_below) / all_cases)

    direct = case_weight / all_cases * (controls_below - value) + control_weight / all_controls * (cases_above - value)
    read_at = np.where(times > horizon, horizon, np.nextafter(times, -1.0))
    influence = direct + censoring_influence(observed, times, codes, direct, read_at)
    roc = pl.DataFrame(
        {
            "cut": np.concatenate([[-np.inf], cuts]),
            "sensitivity": np.concatenate([[1.0], 1 - np.cumsum(of_cases) / all_cases]).clip(0, 1),
            "specificity": np.concatenate([[0.0], np.cumsum(of_controls) / all_controls]).clip(0, 1),
        }
    )
    named = f"area under the ROC curve at {horizon:g}"
    if (codes == COMPETING).any():
        named += f", controls {controls}"
    base = measured(named, value, influence, int((codes == EVENT).sum()), level=level)
    return Area(**vars(base), horizon=horizon, cases=int(case.sum()), controls=int(control.sum()), roc=roc)


def pairwise(estimates: Mapping[str, Measured]) -> pl.DataFrame:
    """Compare each two scores: `first`, `second`, `difference`, `standard_error`, `low`, `high`, `p` (not corrected).

    ValueError as for `measured.difference`.
    """
    names: Sequence[str] = list(estimates)
    rows = []
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            found: Difference = difference(estimates[first], estimates[second])
            rows.append((first, second, found.value, found.standard_error, found.low, found.high, found.p))
    schema = {"first": pl.String, "second": pl.String} | dict.fromkeys(
        ("difference", "standard_error", "low", "high", "p"), pl.Float64
    )
    return pl.DataFrame(rows, schema, orient="row")


def _concordance(named: str, times: Floats, codes: Codes, scores: Floats, weights: Floats, level: float) -> Concordance:
    pairs = concordant_pairs(times, codes, scores, weights)
    concordant, discordant, tied = (each.sum() / 2 for each in (pairs.concordant, pairs.discordant, pairs.tied_score))
    comparable = concordant + discordant + tied
    if not comparable > 0:
        raise ValueError("no two patients can be compared: nobody has the event while another is still followed")
    value = (concordant + tied / 2) / comparable
    own = pairs.concordant + pairs.tied_score / 2
    influence = (own - value * (pairs.concordant + pairs.discordant + pairs.tied_score)) / comparable
    base = measured(named, value, influence, int((codes == EVENT).sum()), level=level)
    return Concordance(**vars(base), concordant=concordant, discordant=discordant, tied_score=tied)

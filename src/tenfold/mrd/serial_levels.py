"""Serial levels of one stream, and whether they are one series that a line may be drawn through.

Traps: a negative says something only with its detection limit; a laboratory recorded for some samples and not for
others may have changed; a stretch that nobody labelled may hold a treatment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tenfold.logic.fold import NO, YES
from tenfold.mrd.censored_line import Floats
from tenfold.settings import Settings


@dataclass(frozen=True)
class Series:
    """Serial samples of one stream, arrays of length n in any order.

    `day`; `low`, `high`: log10 bounds of a detected level (equal: quantified); `detected`: no, yes or unknown (0, 1,
    2); `limit`: log10 detection limit, NaN where not known; `family` of the scale, of a negative's limit too;
    `segment`: any label of the stretch between treatments, transplants and relapses, None where not known;
    `laboratory`: None where not recorded.
    """

    day: ArrayLike
    low: ArrayLike
    high: ArrayLike
    detected: ArrayLike
    limit: ArrayLike
    family: ArrayLike
    segment: tuple[Any, ...]
    laboratory: tuple[str | None, ...]


def informative(series: Series, as_of: float | None) -> tuple[Series, int]:
    """The samples up to a day that bound the level at all, and how many of them did not."""
    day, detected = np.asarray(series.day, float), np.asarray(series.detected)
    low, high, limit = (np.asarray(values, float) for values in (series.low, series.high, series.limit))
    not_later = np.ones(len(day), bool) if as_of is None else ~(day > as_of)
    positive = (detected == YES) & ((low > -np.inf) | (high < np.inf)) & (low <= high)
    says = not_later & np.isfinite(day) & (positive | ((detected == NO) & np.isfinite(limit)))
    keep = np.flatnonzero(says)
    return (
        replace(
            series,
            day=day[keep],
            low=low[keep],
            high=high[keep],
            detected=detected[keep],
            limit=limit[keep],
            family=np.asarray(series.family)[keep],
            segment=tuple(series.segment[i] for i in keep),
            laboratory=tuple(series.laboratory[i] for i in keep),
        ),
        int(not_later.sum() - says.sum()),
    )


def not_one_series(used: Series, alignment: Mapping[str, float] | None) -> str | None:
    """Why the samples are not one series; None where they are."""
    if len(np.unique(np.asarray(used.family))) > 1:
        return "the levels are on different scales, which never compare"
    if any(segment is None for segment in used.segment):
        return "it is not known whether a treatment, a transplant or a relapse lies between the samples"
    if len(set(used.segment)) > 1:
        return "a treatment, a transplant or a relapse lies between the samples: ask within one stretch"
    laboratories = set(used.laboratory)
    if len(laboratories) > 1 and None in laboratories:
        return "the laboratory of some samples is not recorded, of others it is: it may have changed"
    missing = sorted(laboratories - set(alignment or {}), key=str) if len(laboratories) > 1 else []
    if missing:
        return f"the laboratory changed and no alignment factor is given for {', '.join(map(str, missing))}"
    return None


def too_little(used: Series, numbers: Settings) -> str | None:
    """Why the samples are too few or too close; None where they suffice."""
    day, positive = np.asarray(used.day), np.asarray(used.detected) == YES
    days, needed, needed_detected = len(np.unique(day)), numbers["series.samples"], numbers["series.detected"]
    if days and not positive.any():
        return "nothing was detected in any sample: how fast it grows or falls cannot be known"
    if days < needed:
        return f"informative samples on different days: {days}; at least {needed} are needed"
    bounded = positive & np.isfinite(np.asarray(used.high)) & np.isfinite(_floor(used))
    if (found := len(np.unique(day[bounded]))) < needed_detected:
        return f"samples with a level between two bounds: {found}; at least {needed_detected} are needed"
    if (span := float(np.ptp(day))) < numbers["series.span"]:
        return f"the samples span {span:g} days; at least {numbers['series.span']:g} are needed"
    return None


def bounds(used: Series, alignment: Mapping[str, float]) -> tuple[Floats, Floats, Floats]:
    """Days and log10 bounds of what was measured, laboratories aligned, oldest first."""
    positive = np.asarray(used.detected) == YES
    shift = np.array([alignment.get(lab, 0.0) if lab else 0.0 for lab in used.laboratory])
    lows = np.where(positive, _floor(used), -np.inf) + shift
    highs = np.where(positive, np.asarray(used.high), np.asarray(used.limit)) + shift
    order = np.lexsort((highs, lows, np.asarray(used.day)))
    return np.asarray(used.day)[order], lows[order], highs[order]


def _floor(used: Series) -> Floats:
    """Lower bounds: what was detected was measured at its detection limit or above, if that limit is known."""
    low, limit = np.asarray(used.low, float), np.asarray(used.limit, float)
    return np.where(np.isneginf(low) & (limit < np.asarray(used.high)), limit, low)

"""Who moves between the groups of two models, and how those fare who moved: a cross table with event rates by cell.

No net reclassification index is given: it rewards models that are badly calibrated, and depends on the cut-offs.

Cook, Ann Intern Med 2009;150:795-802 (the table); Hilden and Gerds, Stat Med 2014;33:3405-3414 (against the index).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from tenfold.cohort.scored import followed, labels
from tenfold.cohort.survival import kaplan_meier


@dataclass(frozen=True)
class Reclassification:
    """`cells`: `first`, `second` (group by each model), `n`, `share` (of the first model's group), `events` (by the
    horizon), `at_risk` (at it), `event_rate` with `low` and `high`; null where nobody of a cell was followed so far.
    """

    horizon: float
    n: int
    moved: int
    cells: pl.DataFrame


def reclassification(
    time: ArrayLike, event: ArrayLike, first: ArrayLike, second: ArrayLike, horizon: float, *, level: float = 0.95
) -> Reclassification:
    """Cross two models' groups on the same patients, with the Kaplan-Meier share with the event by the horizon.

    Cells stand in alphabetical order. ValueError for a missing group (with how many rows), bad times or events, or a
    horizon that is not positive.
    """
    times, codes = followed(time, event)
    if not horizon > 0:
        raise ValueError(f"the horizon must be positive, not {horizon}")
    one = labels("the first model's group", first, times.size)
    other = labels("the second model's group", second, times.size)
    rows: list[dict[str, Any]] = []
    for here in np.unique(one):
        for there in np.unique(other[one == here]):
            cell = (one == here) & (other == there)
            estimate = kaplan_meier(times[cell], codes[cell], level=level).at(horizon)
            rows.append(
                {
                    "first": str(here),
                    "second": str(there),
                    "n": int(cell.sum()),
                    "share": float(cell.sum() / (one == here).sum()),
                    "events": int((codes[cell] & (times[cell] <= horizon)).sum()),
                    "at_risk": estimate.at_risk,
                    "event_rate": _less(estimate.survival),
                    "low": _less(estimate.high),
                    "high": _less(estimate.low),
                }
            )
    schema = {"first": pl.String, "second": pl.String, "n": pl.Int64, "share": pl.Float64, "events": pl.Int64}
    schema |= {"at_risk": pl.Int64} | dict.fromkeys(("event_rate", "low", "high"), pl.Float64)
    return Reclassification(float(horizon), times.size, int((one != other).sum()), pl.DataFrame(rows, schema))


def _less(survival: float | None) -> float | None:
    return None if survival is None else 1 - survival

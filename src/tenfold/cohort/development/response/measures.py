"""What a response model's predictions are worth in some patients: discrimination, calibration, and both in one.

The area under the ROC curve is the chance that a responder has the higher prediction. Slope (of the log odds predicted, in a
logistic model; below 1 where predictions are too extreme) and intercept (with the slope held at 1; 0 where as many respond
as predicted) are calibration; the Brier score, the mean squared error, is both. Nobody is censored, so there is no horizon.

Trap: a Brier score is read against that of predicting everybody's share, `share * (1 - share)`.

Cox, Biometrika 1958;45:562-565 (slope and intercept); Steyerberg et al., Epidemiology 2010;21:128-138.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from tenfold.cohort.development.response.fitting import intercept_of
from tenfold.cohort.regression import share_of
from tenfold.cohort.response_optimism import area_of, slope_of
from tenfold.cohort.response_tables import exact_interval
from tenfold.cohort.significance import Floats

MEASURES = {
    "area": "area under the ROC curve (C)",
    "slope": "calibration slope",
    "intercept": "calibration in the large (intercept, log odds)",
    "brier": "Brier score",
    "observed_to_expected": "responses observed over expected",
}
NEAR = ("slope", "intercept", "observed_to_expected")
"""What is the same in any model's own patients: only other patients say how it spreads."""
BANDS, FEWEST = 10, 15


def performance(y: Floats, linear: Floats) -> Floats:
    """The values of `MEASURES` in their order for predicted log odds; NaN where there is no answer."""
    if np.ptp(y) == 0:
        return np.full(len(MEASURES), np.nan)
    predicted = share_of(linear)
    area = 0.5 if np.ptp(linear) < 1e-9 else area_of(y, linear)
    return np.array(
        [
            area,
            slope_of(y, linear),
            intercept_of(y, linear),
            float(((y - predicted) ** 2).mean()),
            float(y.sum() / predicted.sum()),
        ]
    )


def calibration_bands(y: Floats, linear: Floats) -> pl.DataFrame:
    """Predicted against observed in bands of rising prediction: at most ten, of about fifteen patients or more.

    Equal predictions stay together, so that bands differ in size where there are many. Columns: `group`, `n`, `responders`, `predicted` (mean), `observed`, `low`, `high`
    (exact, 95 %).
    """
    from scipy.stats import rankdata

    predicted = share_of(linear)
    bands = max(1, min(BANDS, len(y) // FEWEST))
    # By the middle rank of equal predictions, so that many of one prediction make a band of their own.
    part = np.minimum(((rankdata(np.round(predicted, 12)) - 0.5) / len(y) * bands).astype(int), bands - 1)
    held = [part == k for k in np.unique(part)]
    rows: list[tuple[Any, ...]] = []
    for k, of in enumerate(held, 1):
        many, responders = int(of.sum()), int(y[of].sum())
        low, high = exact_interval(responders, many)
        rows.append(
            (f"{k} of {len(held)}", many, responders, float(predicted[of].mean()), responders / many, low, high)
        )
    counts = {"group": pl.String, "n": pl.Int64, "responders": pl.Int64}
    return pl.DataFrame(
        rows, counts | dict.fromkeys(("predicted", "observed", "low", "high"), pl.Float64), orient="row"
    )

"""What a model's predictions are worth in some patients, in the few numbers that a resampling repeats.

Harrell's C and the calibration slope (the coefficient of the total in a Cox model: below 1 where predictions are too
extreme) allow delayed entry. The area under the ROC curve and the Brier score at the horizon weigh patients by the inverse
of the chance to be still observed, which does not; with delayed entry they are left open.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from tenfold.cohort.accuracy import brier
from tenfold.cohort.concordant_pairs import concordant_pairs
from tenfold.cohort.development.fitting import light_fit
from tenfold.cohort.development.patients import Patients
from tenfold.cohort.discrimination import area
from tenfold.cohort.significance import Floats

MEASURES = {
    "concordance": "Harrell's C",
    "slope": "calibration slope",
    "area": "area under the ROC curve at the horizon",
    "brier": "Brier score at the horizon",
    "observed_to_expected": "events observed over expected by the horizon",
}


NEARLY_CONSTANT = 0.05
"""Predictors that spread less (standard deviation of the log hazard) have no slope: with 100 events its interval would be
4 either way. A hazard ratio of 1.05 a standard deviation tells nobody apart."""


@dataclass(frozen=True)
class Performance:
    """The measures by name; NaN where there is no answer (nobody followed to the horizon, a score nearly alike in all)."""

    concordance: float
    slope: float
    area: float
    brier: float
    observed_to_expected: float

    def as_array(self) -> Floats:
        """The values in the order of `MEASURES`."""
        return np.array([getattr(self, field.name) for field in fields(self)])


def performance(patients: Patients, total: Floats, hazard: float, horizon: float) -> Performance:
    """Measure totals in patients. `hazard`: the model's cumulative hazard at the horizon where the total is 0."""
    varies = float(np.ptp(total)) > 1e-9
    slope = _slope(patients, total) if float(np.std(total)) >= NEARLY_CONSTANT else float("nan")
    concordance = _concordance(patients, total) if varies else 0.5
    if patients.entry is not None or not (patients.time > horizon).any():
        return Performance(concordance, slope, *(float("nan"),) * 3)
    risk = -np.expm1(-hazard * np.exp(np.minimum(total, 50)))
    try:
        at_horizon = area(patients.time, patients.event, total, horizon).value
    except ValueError:
        at_horizon = float("nan")
    alive = _survival(patients, horizon)
    return Performance(
        concordance,
        slope,
        at_horizon,
        brier(patients.time, patients.event, np.clip(risk, 0, 1), horizon).value,
        (1 - alive) / float(risk.mean()) if risk.mean() > 0 else float("nan"),
    )


def _concordance(patients: Patients, total: Floats) -> float:
    if patients.entry is None:
        pairs = concordant_pairs(patients.time, patients.event.astype(np.int8), total, np.ones(patients.n))
        concordant, discordant, tied = pairs.concordant.sum(), pairs.discordant.sum(), pairs.tied_score.sum()
    else:
        concordant, discordant, tied = _late_pairs(patients, total)
    every = concordant + discordant + tied
    return float((concordant + tied / 2) / every) if every > 0 else float("nan")


def _late_pairs(patients: Patients, total: Floats) -> tuple[float, float, float]:
    """Pairs of one who fails with all at risk at that time who stay longer: whoever had not yet entered is none of them."""
    assert patients.entry is not None
    found = np.zeros(3)
    for i in np.flatnonzero(patients.event):
        when = patients.time[i]
        longer = (patients.time > when) | ((patients.time == when) & ~patients.event)
        others = total[longer & (patients.entry < when)]
        found += ((others < total[i]).sum(), (others > total[i]).sum(), (others == total[i]).sum())
    return float(found[0]), float(found[1]), float(found[2])


def _slope(patients: Patients, total: Floats) -> float:
    alone = Patients(patients.time, patients.event, patients.entry, total[:, None], (), patients.of)
    fit = light_fit(alone)
    return float("nan") if fit.infinite[0] else float(fit.coefficients[0])


def _survival(patients: Patients, horizon: float) -> float:
    from tenfold.cohort.product_limit import product_limit

    return float(product_limit(patients.time, patients.event).at(horizon))

"""Times by proportional hazards: VEN-PRS from the first dose of venetoclax, and relapse after a first remission.

Overall and event-free survival both keep exactly the published hazard ratios: death has its own hazard, failure the
rest of the hazard of an event. The baselines are those at which the whole cohort has the published medians, 7.9 and 5.1
months. Traps: failure therefore does not hasten death, which in real patients it does; of the few in whom the published
hazard ratios make death likelier than an event, an event is a death (`impossible`), at the hazard of death. A first
relapse has a bounded cumulative hazard, so that a share is cured.

Shahswar et al., Leukemia 2025;39:614-622, Table 4 and Results.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from tenfold.cohort.simulation.numbers import Floats, number
from tenfold.cohort.simulation.population import expected_log_hazards
from tenfold.records.timeline import DAYS_PER_MONTH

MEDIANS = {"OS": "survival.overall_median", "EFS": "survival.event_free_median"}


@cache
def baseline(endpoint: str) -> float:
    """Return the cumulative baseline hazard of a first month at which the cohort has its published median."""
    values, share = expected_log_hazards(endpoint)
    median = number(MEDIANS[endpoint]) ** number("survival.shape")
    low, high = 1e-4, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        alive = float(np.sum(share * np.exp(-middle * np.exp(values) * median)))
        low, high = (middle, high) if alive > 0.5 else (low, middle)
    return (low + high) / 2


def venetoclax_times(overall: Floats, event_free: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw days from the first dose to death and to failure (inf: none) for log hazards of the two endpoints."""
    death_hazard = baseline("OS") * np.exp(overall)
    failure_hazard = np.maximum(baseline("EFS") * np.exp(event_free) - death_hazard, 0.0)
    drawn = generator.standard_exponential((2, len(overall)))
    with np.errstate(divide="ignore"):
        months = (drawn / np.stack([death_hazard, failure_hazard])) ** (1 / number("survival.shape"))
    return months[0] * DAYS_PER_MONTH, months[1] * DAYS_PER_MONTH


def impossible(overall: Floats, event_free: Floats) -> np.ndarray:
    """Whether the published hazard of death exceeds that of an event: event-free survival cannot keep its own."""
    return np.asarray(baseline("EFS") * np.exp(event_free) < baseline("OS") * np.exp(overall))


def relapse_times(log_hazard: Floats, generator: np.random.Generator) -> Floats:
    """Draw days from a first remission to relapse (inf: cured) by proportional hazards with a bounded baseline."""
    total = -np.log(1 - number("first_line.relapse"))
    by_median = -np.log(1 - number("first_line.relapse") / 2)
    rate = -np.log(1 - by_median / total) / (number("first_line.relapse_median") * DAYS_PER_MONTH)
    share = generator.standard_exponential(len(log_hazard)) / (total * np.exp(log_hazard))
    return np.where(share < 1, -np.log1p(-np.minimum(share, 1 - 1e-12)) / rate, np.inf)

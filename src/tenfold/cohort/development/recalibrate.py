"""Fitting a model's baseline, and its slope if wanted, to local patients; weights and groups stay as they are.

The hazard of a patient with total S is taken as h0(t) exp(slope S). With the slope held at 1 only the baseline is fitted:
the local level of risk with the published differences. With the slope fitted too, differences that were exaggerated
shrink. Whether the slope departs from 1 is tested by the likelihood ratio.

So a score published without its baseline, as VEN-PRS was, can tell a local patient's survival.

Traps: a baseline fitted to few patients is as uncertain as their Kaplan-Meier curve (the intervals say so); what it says
afterwards of those same patients is no validation.

van Houwelingen, Stat Med 2000;19:3401-3415; Vergouwe et al., Stat Med 2017;36:4529-4539 (which update the data allow).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any

import numpy as np
import polars as pl

from tenfold.cohort.development.baseline import from_model
from tenfold.cohort.development.entry import Entry
from tenfold.cohort.development.external import Validation, case_mix, scored, validate
from tenfold.cohort.development.fitting import at_risk, light_fit, log_likelihood
from tenfold.cohort.significance import Test, chi_square_test, deviate

ENOUGH_EVENTS = 100
"""Below so many events a recalibration (and a validation) is imprecise: Collins et al., Stat Med 2016;35:214-226."""


@dataclass(frozen=True)
class Recalibrated:
    """The new entry and what it rests on. `slope` (of the total as it came) with interval; `slope_is_one` tests it.

    `before`: how the model as it came did in these patients (an external validation of it). `warnings` in plain words.
    """

    entry: Entry
    n: int
    events: int
    left_out: dict[str, int]
    slope: float
    slope_low: float
    slope_high: float
    slope_fitted: bool
    slope_is_one: Test
    before: Validation
    warnings: tuple[str, ...]


def recalibrate(
    entry: Entry,
    frame: pl.DataFrame,
    *,
    slope: bool = False,
    horizon: float = 12.0,
    source: str = "local patients",
    name: str | None = None,
    time: str = "time_months",
    event: str = "event",
    entry_time: str | None = None,
) -> Recalibrated:
    """Fit the baseline (and the slope) of a model to a frame of one row a patient.

    ValueError as for `scored`, and where all totals are equal or the slope cannot be estimated.
    """
    used, patients, left_out = scored(entry, frame, time=time, event=event, entry_time=entry_time)
    total = patients.x[:, 0]
    if float(np.ptp(total)) < 1e-9:
        raise ValueError(
            f"all {patients.n} patients have one total of {entry.name}: there is nothing to recalibrate on"
        )
    fit = light_fit(patients)
    if fit.infinite[0]:
        raise ValueError(f"the total of {entry.name} tells exactly who fails next: the slope cannot be estimated")
    risk = at_risk(patients.time, patients.event, patients.entry)
    centred = patients.x - total.mean()
    gained = 2 * (fit.log_likelihood - log_likelihood(centred, risk, np.array([entry.slope])))
    found = float(fit.coefficients[0])
    reach = deviate(0.95) * math.sqrt(float(fit.variance[0, 0]))
    used_slope = round(found, 4) if slope else entry.slope
    variance = fit.variance if slope else np.zeros((1, 1))
    baseline = from_model([patients], np.array([used_slope]), [0], variance)
    said = "of the local baseline" + (" and slope" if slope else ""), "; the weights are taken as known"
    baseline = replace(baseline, on="total", interval="".join(said))
    before = validate(entry, frame, horizon=horizon, time=time, event=event, entry_time=entry_time)
    provenance: Mapping[str, Any] = {
        **entry.provenance,
        "recalibrated_on": source,
        "recalibrated_patients": patients.n,
        "recalibrated_events": patients.events,
        "recalibrated_slope": "fitted" if slope else "kept",
        "recalibrated_with": f"tenfold {metadata.version('tenfold')}",
    }
    caution = f"baseline {'and slope ' if slope else ''}fitted to {patients.n} patients ({source}), not validated since"
    made = replace(
        entry,
        name=name or f"{entry.name}-recalibrated",
        edition=f"{entry.edition}, recalibrated",
        caution="; ".join(part for part in (entry.caution, caution) if part),
        baseline=baseline,
        slope=used_slope,
        provenance=provenance,
        performance=(),
        case_mix=case_mix(entry.terms, used, total),
    )
    return Recalibrated(
        entry=made,
        n=patients.n,
        events=patients.events,
        left_out=left_out,
        slope=found,
        slope_low=found - reach,
        slope_high=found + reach,
        slope_fitted=slope,
        slope_is_one=chi_square_test(gained, 1),
        before=before,
        warnings=_warnings(patients.events, found, reach, entry.slope, slope),
    )


def _warnings(events: int, found: float, reach: float, expected: float, fitted: bool) -> tuple[str, ...]:
    said = []
    if events < ENOUGH_EVENTS:
        said.append(f"{events} events: below {ENOUGH_EVENTS} a baseline and a validation are imprecise")
    if not fitted and (found + reach < expected or found - reach > expected):
        said.append(f"the slope here is {found:.2f}, not {expected:g}: recalibrate the slope too")
    if found <= 0:
        said.append("the total does not go with a higher hazard here: the model does not hold in these patients")
    return tuple(said)

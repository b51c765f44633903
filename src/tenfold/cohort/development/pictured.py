"""What is drawn of a model in some patients: survival by its groups, calibration and decision curve at the horizon.

Trap: in the patients a model was made from the curves lie further apart, and the predictions closer to what was seen, than
in others; nothing here is corrected for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tenfold.cohort.accuracy import decision_curve
from tenfold.cohort.calibration import calibration_by_groups
from tenfold.cohort.development.entry import Entry
from tenfold.cohort.development.external import scored
from tenfold.cohort.measured_scores import THRESHOLDS, Calibration
from tenfold.cohort.survival import Curve, kaplan_meier


@dataclass(frozen=True)
class Pictured:
    """Survival by group, calibration by fifths of predicted risk, net benefit; null where nothing can be drawn.

    `elsewhere`: the patients are others than those the model was made from.
    """

    model: str
    endpoint: str
    horizon: float
    n: int
    elsewhere: bool
    curves: dict[str, Curve]
    calibration: Calibration | None = None
    decision: pl.DataFrame | None = None


Frame = tuple[pl.DataFrame | None, str | None]
"""Patients, and their column of delayed entry."""


def all_pictured(entries: Sequence[Entry | None], horizon: float, here: Frame, elsewhere: Frame) -> list[Pictured]:
    """What is drawn of every model there is, where it was made and in other patients."""
    return [
        pictured(entry, frame, horizon=horizon, entry_time=column, elsewhere=bool(away))
        for away, (frame, column) in enumerate((here, elsewhere))
        for entry in entries
        if entry is not None and frame is not None
    ]


def pictured(
    entry: Entry,
    frame: pl.DataFrame,
    *,
    horizon: float,
    elsewhere: bool = False,
    time: str = "time_months",
    event: str = "event",
    entry_time: str | None = None,
) -> Pictured:
    """Work out what is drawn of a model in a frame of one row a patient. ValueError as for `scored`.

    With delayed entry nothing is drawn: neither curves nor risks are estimated so.
    """
    used, patients, _ = scored(entry, frame, time=time, event=event, entry_time=entry_time)
    if patients.entry is not None:
        return Pictured(entry.name, entry.endpoint, horizon, patients.n, elsewhere, {})
    of = np.array([group or "open" for group in entry.groups(used)])
    curves = {
        name: kaplan_meier(patients.time[of == name], patients.event[of == name])
        for name in entry.score.answers
        if (of == name).any()
    }
    found = Pictured(entry.name, entry.endpoint, horizon, patients.n, elsewhere, curves)
    if entry.baseline is None or not entry.baseline.tells(horizon) or not (patients.time > horizon).any():
        return found
    hazard = entry.baseline.cumulative_hazard(horizon)
    risk = np.clip(-np.expm1(-hazard * np.exp(entry.slope * patients.x[:, 0])), 0, 1)
    groups = calibration_by_groups(patients.time, patients.event, risk, horizon)
    decision = decision_curve(patients.time, patients.event, risk, horizon, THRESHOLDS)
    calibration = Calibration(None, None, None, groups)
    return Pictured(entry.name, entry.endpoint, horizon, patients.n, elsewhere, curves, calibration, decision)

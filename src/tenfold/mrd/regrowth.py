"""Simulated regrowth: a true level that rises exponentially, and what an assay sees of it.

One clone per patient: nothing measurable until regrowth starts, then doubling at the patient's own constant rate, up to
the level of overt relapse. What comes out is simulated and has to be labelled so wherever it is shown.

Traps: real clones slow down, change under treatment and lose markers; a floor far below the detection limit hides that
some patients keep a stable low level. All levels are log10 on one scale; days are days.

Model: exponential regrowth with a doubling time by marker, after Ommen et al., Blood 2010;115:198-205.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tenfold.logic.fold import NO, YES
from tenfold.mrd.kinetics_numbers import LOG10_2

Floats = NDArray[np.float64]
SIMULATED = "SIMULATED"
"""The label of everything that comes from here."""


@dataclass(frozen=True)
class Regrowth:
    """Simulated patients, arrays of length n: `start_day` of regrowth, `doubling_days`, `start_level` (log10, one for all)."""

    start_day: Floats
    doubling_days: Floats
    start_level: float

    def level(self, day: ArrayLike) -> Floats:
        """The true log10 level on each day; shape (n, days) for a row of days, or as the days for (n, k)."""
        grown = np.maximum(np.asarray(day, float) - self.start_day[:, None], 0.0)
        return self.start_level + grown * LOG10_2 / self.doubling_days[:, None]

    def reaches(self, level: float) -> Floats:
        """The day on which each patient's true level reaches a log10 level; shape (n,)."""
        return self.start_day + (level - self.start_level) / LOG10_2 * self.doubling_days


def regrowths(
    patients: int,
    *,
    median_days: float,
    spread: float,
    start_until: float,
    start_level: float,
    generator: np.random.Generator,
) -> Regrowth:
    """Draw patients: doubling times log-normal about a median (spread: SD on log10), start uniform from 0 to a day."""
    doubling = median_days * 10 ** (spread * generator.standard_normal(patients))
    return Regrowth(generator.uniform(0.0, start_until, patients), doubling, start_level)


@dataclass(frozen=True)
class Assay:
    """What a measurement does to a level: noise (SD, log10), and its limits of detection and quantification (log10)."""

    noise: float
    detection: float
    quantification: float

    def measure(self, level: Floats, generator: np.random.Generator) -> Floats:
        """The measured log10 level of each sample, before any limit is applied."""
        return level + self.noise * generator.standard_normal(level.shape)

    def detects(self, level: Floats, generator: np.random.Generator) -> NDArray[np.bool_]:
        """Whether each sample is positive."""
        return self.measure(level, generator) >= self.detection

    def report(self, level: Floats, generator: np.random.Generator) -> Report:
        """What the laboratory reports of each sample, with the limits applied."""
        measured = self.measure(level, generator)
        detected, quantified = measured >= self.detection, measured >= self.quantification
        return Report(
            low=np.where(quantified, measured, np.where(detected, self.detection, -np.inf)),
            high=np.where(quantified, measured, np.where(detected, self.quantification, np.inf)),
            detected=np.where(detected, YES, NO),
            limit=np.full(level.shape, self.detection),
        )


@dataclass(frozen=True)
class Report:
    """Reported samples, arrays as the levels given: log10 bounds, `detected` (no, yes) and the detection `limit`."""

    low: Floats
    high: Floats
    detected: NDArray[np.int64]
    limit: Floats

"""The numbers of the kinetics of residual disease and the named levels, each with its source and whether it was read.

Traps: medians of doubling times are of patients who relapsed, read in an abstract that prints no spread; 200 per 10^4
and 2 % of ABL1 are one level.

Ommen et al., Blood 2010;115:198-205; sources of the rest stand in `kinetics.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tenfold.mrd.levels import FAMILIES, PERCENT_OF_ABL1
from tenfold.settings import Setting, Settings
from tenfold.vocabulary import Scale

LOG10_2 = float(np.log10(2.0))


def read_numbers(file: str) -> Settings:
    """Return the numbers of a data file beside this module, each with its source; what is no number is left."""
    sections = tomllib.loads(resources.files("tenfold.mrd").joinpath(file).read_text("utf-8"))
    return Settings(
        {
            f"{section}.{name}": Setting(f"{section}.{name}", **fields)
            for section, items in sections.items()
            for name, fields in items.items()
            if isinstance(fields, dict) and "value" in fields
        }
    )


KINETICS = read_numbers("kinetics.toml")
"""The numbers as shipped; `KINETICS.changed(assay__noise_sd=0.2)` for a laboratory that knows its own."""


@dataclass(frozen=True)
class Threshold:
    """A named log10 level on one family of scales."""

    name: str
    level: float
    family: int
    source: str
    verified: bool


def threshold(name: str, numbers: Settings = KINETICS) -> Threshold:
    """Return a threshold of `kinetics.toml` by name ("low_level_limit" ...); KeyError when unknown."""
    entry = numbers.entries[f"threshold.{name}"]
    scale = Scale(entry.unit)
    level = float(np.log10(entry.value / PERCENT_OF_ABL1.get(scale, 1.0)))
    return Threshold(name, level, FAMILIES[scale], entry.source, entry.verified)


def detection_limit(control_copies: ArrayLike, numbers: Settings = KINETICS) -> NDArray[np.float64]:
    """Return the log10 detection limit (% of ABL1) of samples with so many copies of ABL1; NaN where unknown or none."""
    copies = np.asarray(control_copies, float)
    measured = np.where(copies > 0, copies, np.nan)
    limit: NDArray[np.float64] = np.log10(100 * numbers["assay.detectable_copies"] / measured)
    return limit


def doubling_time(marker: str, numbers: Settings = KINETICS) -> tuple[Setting, Setting]:
    """Return a marker's median doubling time (days) and the spread between patients (SD, log10); KeyError without."""
    return numbers.entries[f"doubling_time.{marker}"], numbers.entries["doubling_time_spread.between_patients"]


def said(entry: Setting) -> str:
    """Say a number with its unit, and that it is unverified where it is."""
    return f"{entry.meaning}: {entry.value:g} {entry.unit}" + ("" if entry.verified else " (unverified)")

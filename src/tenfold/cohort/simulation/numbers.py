"""The numbers simulated patients are made of, from `frequencies.toml`, each with its source and whether it was read."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

FREQUENCIES: dict[str, Any] = tomllib.loads(
    resources.files("tenfold.cohort.simulation").joinpath("frequencies.toml").read_text("utf-8")
)
NEVER = 1_000_000
"""The day of what does not happen, or is not seen to."""


def number(name: str) -> Any:
    """Return the value of an entry ("relapsed.age"); KeyError when unknown."""
    section, entry = name.split(".")
    return FREQUENCIES[section][entry]["value"]


def frequency(name: str) -> dict[str, float]:
    """Return a section's frequencies by what they are of ("genes_npm1"); KeyError when unknown."""
    found: dict[str, float] = FREQUENCIES[name]["frequency"]
    return found


def draw(shares: Any, patients: int, generator: np.random.Generator) -> Integers:
    """Draw a category, from 0 on, for each patient; shares need not add up to 1."""
    bounds = np.cumsum(np.asarray(shares, float))
    return np.searchsorted(bounds / bounds[-1], generator.random(patients), side="right").astype(np.int64)

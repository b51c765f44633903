"""Tails and quantiles of the normal and chi-square distributions, and the test result that every comparison returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Test:
    """A chi-square test: statistic, degrees of freedom and p; p is null where there was nothing to test (0 degrees)."""

    __test__ = False  # a test of a hypothesis, not of the code

    statistic: float
    degrees_of_freedom: int
    p: float | None


def chi_square_test(statistic: float, degrees_of_freedom: int) -> Test:
    """Return the test with its p; rounding below zero counts as zero."""
    from scipy.special import gammaincc

    if degrees_of_freedom < 1:
        return Test(0.0, 0, None)
    statistic = max(0.0, float(statistic))
    return Test(statistic, degrees_of_freedom, float(gammaincc(degrees_of_freedom / 2, statistic / 2)))


def quadratic_test(difference: Floats, variance: Floats) -> Test:
    """Return difference' variance^-1 difference on the rank of the variance (a group nobody could fail in adds none)."""
    if not difference.size:
        return Test(0.0, 0, None)
    scale = np.sqrt(np.clip(np.diag(variance), 0, None))
    counts = scale > 1e-12 * max(1.0, float(scale.max()))
    if not counts.any():
        return Test(0.0, 0, None)
    root = scale[counts]
    standard = variance[np.ix_(counts, counts)] / np.outer(root, root)
    inverse = np.linalg.pinv(standard, rcond=1e-10, hermitian=True)
    rank = int(np.linalg.matrix_rank(standard, tol=1e-10, hermitian=True))
    z = difference[counts] / root
    return chi_square_test(float(z @ inverse @ z), rank)


def two_sided(z: float) -> float:
    """Return the two-sided p of a standard normal deviate."""
    return math.erfc(abs(z) / math.sqrt(2))


def deviate(level: float) -> float:
    """Return the normal deviate of a two-sided interval (1.96 for 0.95). ValueError outside 0 to 1."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    return NormalDist().inv_cdf((1 + level) / 2)


def known(value: float | None) -> float | None:
    """Return the value, with null in place of "not a number"."""
    return None if value is None or math.isnan(value) else float(value)

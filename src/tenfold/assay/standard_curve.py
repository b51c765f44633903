"""Standard curves: threshold cycle against log10 copies, by ordinary least squares, and what may be read off them.

Ct = slope * log10(copies) + intercept; efficiency = 10^(-1/slope) - 1, so that -3.32 is a doubling with each cycle.
Traps: the noise of a well is not the same along the curve, since few copies scatter by chance (Poisson); the line stays
the ordinary one that laboratories print, but its uncertainty takes this into account. What is left of the scatter after
that share is the noise of measuring, pooled over the wells of plenty among standards and replicates of the run.
Whether the standards hold what their labels say is not part of any interval.

Gabert et al., Leukemia 2003;17:2318-2357; Rutledge and Côté, Nucleic Acids Res 2003;31:e93.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tenfold.assay.profile import StoredCurve

LN10 = math.log(10)
PLENTY = 100
"""Copies from which the noise of measuring outweighs chance, so that wells tell of it."""
Interval = tuple[float, float]


@dataclass(frozen=True)
class StandardCurve:
    """A line fitted to the standards of one target.

    `lowest` and `highest`: copies of the least and greatest standard that amplified; `levels`: how many different ones
    did; `wells`: how many wells the line rests on; `failed`: wells of standards without a threshold cycle. `noise`: the
    variance of measuring one well, in cycles squared, with its degrees of `freedom`; None for a stored curve, whose
    uncertainty is not known. `stored`: where a stored curve comes from.
    """

    target: str
    slope: float
    intercept: float
    r2: float | None
    levels: int
    wells: int
    failed: tuple[str, ...]
    lowest: float | None
    highest: float | None
    noise: float | None
    freedom: float
    covariance: tuple[tuple[float, float], tuple[float, float]] | None
    stored: str | None = None

    @property
    def efficiency(self) -> float:
        """The share of molecules copied with each cycle: 1 is a doubling. Not a number where the slope is not negative."""
        return efficiency(self.slope)

    def log10_copies(self, ct: float) -> float:
        """log10 of the copies that a threshold cycle stands for."""
        return (ct - self.intercept) / self.slope

    def expected_ct(self, copies: float) -> float:
        """The threshold cycle that so many copies are expected to give."""
        return self.slope * math.log10(copies) + self.intercept

    def variance(self, log10_copies: float, replicates: int) -> float | None:
        """The variance of log10 copies read from the mean of so many replicates: noise, chance and the curve's own.

        None for a stored curve.
        """
        if self.noise is None or self.covariance is None:
            return None
        chance = float(poisson_in_cycles(self.slope, 10**log10_copies))
        at = np.array([1.0, log10_copies])
        curve = float(at @ np.array(self.covariance) @ at)
        return float((self.noise + chance) / replicates + curve) / self.slope**2

    def slope_interval(self, confidence: float) -> Interval | None:
        """The interval of the slope; None for a stored curve."""
        if self.covariance is None:
            return None
        half = student(confidence, self.freedom) * math.sqrt(self.covariance[1][1])
        return self.slope - half, self.slope + half

    def efficiency_interval(self, confidence: float) -> Interval | None:
        """The interval of the efficiency; None for a stored curve, or where a slope of 0 cannot be excluded."""
        slopes = self.slope_interval(confidence)
        return None if slopes is None or slopes[1] >= 0 else (efficiency(slopes[0]), efficiency(slopes[1]))


def efficiency(slope: float) -> float:
    """10^(-1/slope) - 1 of a slope below 0; else not a number."""
    return math.pow(10, -1 / slope) - 1 if slope < 0 else math.nan


def poisson_in_cycles(slope: float, copies: Any) -> Any:
    """The variance, in cycles squared, of what chance puts into a well of so many copies on average (or an array)."""
    return (slope / LN10) ** 2 / copies


def student(confidence: float, freedom: float) -> float:
    """The two-sided quantile of Student's distribution; the normal one for infinite freedom."""
    from scipy.special import ndtri, stdtrit

    tail = (1 + confidence) / 2
    return float(ndtri(tail)) if math.isinf(freedom) else float(stdtrit(freedom, tail))


def stored(curve: StoredCurve) -> StandardCurve:
    """Return a laboratory's stored curve: no standards of this run stand behind it, and its uncertainty is not known."""
    return StandardCurve(
        curve.target, curve.slope, curve.intercept, None, 0, 0, (), None, None, None, math.inf, None, curve.source
    )


def fit(
    target: str,
    wells: Sequence[str],
    copies: Sequence[float],
    cts: Sequence[float | None],
    replicates: Sequence[Sequence[float]] = (),
    *,
    repeatability: float,
) -> StandardCurve | None:
    """Fit a curve to standards: known copies per reaction, and threshold cycles (None where there was none).

    `replicates`: threshold cycles of the concordant replicates of each sample of the run, which add to what is known of
    the noise; `repeatability`: its least standard deviation in cycles. None where fewer than two levels amplified.
    """
    amplified = [k for k, ct in enumerate(cts) if ct is not None]
    failed = tuple(wells[k] for k in range(len(cts)) if cts[k] is None)
    x = np.log10([copies[k] for k in amplified])
    y = np.array([cts[k] for k in amplified], dtype=float)
    levels = len({round(value, 9) for value in x})
    if levels < 2:
        return None
    design = np.column_stack([np.ones_like(x), x])
    inverse = np.linalg.inv(design.T @ design)
    intercept, slope = (float(value) for value in inverse @ design.T @ y)
    residuals = y - design @ [intercept, slope]
    total = float(((y - y.mean()) ** 2).sum())
    chance = poisson_in_cycles(slope, 10**x)
    # What a residual holds of every well's scatter; few copies scatter so much that they tell little of the measuring.
    spread = (np.eye(len(x)) - design @ inverse @ design.T) ** 2
    plenty = x >= math.log10(PLENTY) if (x >= math.log10(PLENTY)).sum() > 2 else np.full(len(x), True)
    squares = float((residuals[plenty] ** 2).sum())
    explained = float((spread @ chance)[plenty].sum())
    freedom = float(spread.sum(axis=1)[plenty].sum())
    for group in replicates:
        mean = float(np.mean(group))
        copies_of_group = 10 ** ((mean - intercept) / slope) if slope < 0 else 0.0
        if len(group) > 1 and copies_of_group >= PLENTY:
            squares += float(((np.array(group) - mean) ** 2).sum())
            explained += (len(group) - 1) * poisson_in_cycles(slope, copies_of_group)
            freedom += len(group) - 1
    noise = max(repeatability**2, (squares - explained) / freedom) if freedom > 1e-9 else None
    covariance = None
    if noise is not None:
        scatter = design * (noise + chance)[:, None]
        (a, b), (c, d) = inverse @ design.T @ scatter @ inverse
        covariance = ((float(a), float(b)), (float(c), float(d)))
    return StandardCurve(
        target,
        slope,
        intercept,
        1 - float(residuals @ residuals) / total if total else None,
        levels,
        len(x),
        failed,
        float(10 ** x.min()),
        float(10 ** x.max()),
        noise,
        freedom if noise is not None else math.inf,
        covariance,
    )

"""A straight line through levels that are only partly known: Tobit regression with assay noise known about.

The level is exact where it was quantified, between two bounds where it was detected below quantification, and below the
detection limit where nothing was found. The posterior is computed on a grid under flat priors of slope and level, with
the noise itself uncertain around its stated value, so that its intervals are as wide as few samples make them.

Traps: without two quantified or bounded samples on different days the slope has no upper bound; the likelihood takes
the noise as normal on log10, which it is not near one copy.

Tobin, Econometrica 1958;26:24-36 (censored regression). Normal tail: Press et al., Numerical Recipes, erfcc (relative
error below 1.2e-7 everywhere).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ERFCC = (
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
    -1.26551223,
)  # fmt: skip
_COARSE, _FINE = 49, 81
_REACH = 7.0
"""How many standard deviations of the bounded samples alone the grid spans at first."""
_NEGLIGIBLE = 16.0
"""Cells this far below the best in log posterior are left out of the fine grid (1e-7 of its height)."""
_NOISE_NODES = 5
_BEYOND = 1e100
"""Stands for infinitely many standard deviations."""


def log_normal_cdf(x: Floats) -> Floats:
    """Return log P(Z <= x) of a standard normal, in both tails to a relative error below 1.2e-7 of the probability."""
    z = np.minimum(np.abs(x), _BEYOND) / np.sqrt(2.0)
    t = 1.0 / (1.0 + 0.5 * z)
    log_tail: Floats = np.log(0.5 * t) - z * z + np.polyval(_ERFCC, t)
    return np.where(x <= 0, log_tail, np.log1p(-np.exp(log_tail)))


def log_interval(low: Floats, high: Floats) -> Floats:
    """Return log P(low < Z <= high) of a standard normal; bounds may be infinite, low < high."""
    flip = low > -high  # work in the left tail, where differences keep their digits
    left, right = np.where(flip, -high, low), np.where(flip, -low, high)
    upper = log_normal_cdf(right)
    result: Floats = upper + np.log1p(-np.exp(np.minimum(log_normal_cdf(left) - upper, -1e-12)))
    return result


def log_likelihood(centre: Floats, low: float, high: float, noise: Floats | float) -> Floats:
    """Return the log likelihood of one sample whose log10 level is in [low, high] (equal: exact), given its centre."""
    if low == high:
        exact: Floats = -0.5 * ((low - centre) / noise) ** 2 - np.log(noise) - 0.5 * np.log(2 * np.pi)
        return exact
    if np.isneginf(low):
        return log_normal_cdf((high - centre) / noise)
    if np.isposinf(high):
        return log_normal_cdf((centre - low) / noise)
    return log_interval((low - centre) / noise, (high - centre) / noise)


@dataclass(frozen=True)
class Line:
    """The likeliest line: log10 level at day 0, slope (log10 a day), their covariance (2, 2) and the log likelihood.

    `deviance` is twice the distance to a curve through every sample: large where the samples lie on no line.
    """

    intercept: float
    slope: float
    covariance: Floats
    log_likelihood: float
    deviance: float


def fit_line(day: Floats, low: Floats, high: Floats, noise: float) -> Line:
    """Return the maximum-likelihood line at a given noise (SD, log10) by Newton's method; arrays of length n.

    The likelihood is log-concave, so the maximum is the only one. ValueError with fewer than two bounded days.
    """
    origin, start = _bounded(day, low, high, noise)[:2]
    design = np.column_stack([np.ones_like(day), day - origin])
    beta = start.copy()

    def total(at: Floats) -> float:
        centre = design @ at
        return float(sum(log_likelihood(c, a, b, noise) for c, a, b in zip(centre, low, high, strict=True)))

    value, information = total(beta), np.eye(2)
    for _ in range(100):
        gradient, curvature = _derivatives(design @ beta, low, high, noise)
        information = (design * curvature[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ gradient)
        while (better := total(beta + step)) < value - 1e-12 and np.abs(step).max() > 1e-14:
            step = step / 2
        beta, value = beta + step, better
        if np.abs(step).max() < 1e-12:
            break
    back = np.array([[1.0, -origin], [0.0, 1.0]])
    intercept, slope = back @ beta
    best = -np.log(noise) - 0.5 * np.log(2 * np.pi)
    width = np.where(np.isfinite(low) & np.isfinite(high), high - low, np.inf) / (2 * noise)
    saturated = sum(best if w == 0 else float(log_interval(np.array(-w), np.array(w))) for w in width)
    return Line(
        float(intercept), float(slope), back @ np.linalg.inv(information) @ back.T, value, 2 * (saturated - value)
    )


def _derivatives(centre: Floats, low: Floats, high: Floats, noise: float) -> tuple[Floats, Floats]:
    """First derivative and negative second derivative of each sample's log likelihood in its centre."""
    exact = low == high
    residual = np.where(exact, np.where(exact, low, 0.0) - centre, 0.0) / noise**2
    a, b = np.where(exact, -1.0, (low - centre) / noise), np.where(exact, 1.0, (high - centre) / noise)
    probability = log_interval(a, b)

    def ratio(z: Floats) -> Floats:
        return np.where(np.isfinite(z), np.exp(-0.5 * z * z - 0.5 * np.log(2 * np.pi) - probability), 0.0)

    at_a, at_b = ratio(a), ratio(b)
    gradient = (at_a - at_b) / noise
    moved = np.where(np.isfinite(b), b, 0.0) * at_b - np.where(np.isfinite(a), a, 0.0) * at_a
    curvature = gradient**2 + moved / noise**2
    return np.where(exact, residual, gradient), np.where(exact, 1 / noise**2, np.maximum(curvature, 0.0))


def _bounded(day: Floats, low: Floats, high: Floats, noise: float) -> tuple[float, Floats, Floats]:
    """Mean day, line and SDs (level there, slope) from the samples with two finite bounds alone."""
    bounded = np.isfinite(low) & np.isfinite(high)
    days, a, b = day[bounded], low[bounded], high[bounded]
    if len(np.unique(days)) < 2:
        raise ValueError("a line needs bounded levels on two different days")
    weight = 1 / (noise**2 + ((b - a) / 2) ** 2)
    origin = float(np.average(days, weights=weight))
    spread = float((weight * (days - origin) ** 2).sum())
    middle = (a + b) / 2
    slope = float((weight * (days - origin) * middle).sum()) / spread
    level = float(np.average(middle, weights=weight))
    return origin, np.array([level, slope]), np.array([weight.sum() ** -0.5, spread**-0.5])


@dataclass(frozen=True)
class Posterior:
    """Weights (sum 1) of lines on a grid: `slope` (m,) log10 a day, `level` (k,) log10 at day `origin`, `weight` (m, k)."""

    origin: float
    slope: Floats
    level: Floats
    weight: Floats

    def rising(self) -> float:
        """The probability that the level rises."""
        return float(self.weight[self.slope > 0].sum())

    def slope_quantiles(self, shares: Floats) -> Floats:
        """Quantiles of the slope, log10 a day."""
        mass = self.weight.sum(axis=1)
        return np.interp(shares, np.cumsum(mass) - mass / 2, self.slope)

    def crossing_days(self, level: float, *, up: bool) -> tuple[Floats, Floats]:
        """Return the days on which lines cross a log10 level in one direction, sorted, and their weights.

        Lines that go the other way never do: infinity.
        """
        slope, at_origin = np.broadcast_arrays(self.slope[:, None], self.level[None, :])
        goes = slope > 0 if up else slope < 0
        days = np.where(goes, self.origin + (level - at_origin) / np.where(goes, slope, 1.0), np.inf).ravel()
        order = np.argsort(days)
        return days[order], self.weight.ravel()[order]


def quantiles(sorted_values: Floats, weight: Floats, shares: Floats) -> Floats:
    """Quantiles of weighted values in order, the last of which may be infinite."""
    finite = np.isfinite(sorted_values)
    if not finite.any():
        return np.full(len(shares), np.inf)
    mass, total = weight[finite], weight[finite].sum()
    inside = np.interp(shares, np.cumsum(mass) - mass / 2, sorted_values[finite])
    return np.where(shares <= total, inside, np.inf)


def posterior(
    day: Floats,
    low: Floats,
    high: Floats,
    noise: float,
    noise_spread: float,
    slope_prior: Callable[[Floats], Floats] | None = None,
    slope_range: tuple[float, float] = (-np.inf, np.inf),
) -> Posterior:
    """Return the posterior of the line; flat in level and, unless `slope_prior` gives its log density, in slope.

    `noise` is the assay's SD on log10; its logarithm is normal around that with SD `noise_spread`. Arrays of length n;
    ValueError with fewer than two bounded days.
    """
    nodes, shares = np.polynomial.hermite_e.hermegauss(_NOISE_NODES if noise_spread else 1)
    noises = noise * np.exp(nodes * noise_spread)
    origin, middle, sd = _bounded(day, low, high, float(noises.max()))
    lowest, highest = np.clip(middle[1] + _REACH * sd[1] * np.array([-1, 1]), *slope_range)
    bottom, top = middle[0] + _REACH * sd[0] * np.array([-1, 1])
    exact = low == high

    def log_posterior(slope: Floats, level: Floats) -> Floats:
        line = (slope[:, None], level[None, :])
        squares = sum(
            ((a - line[1] - line[0] * (t - origin)) ** 2 for t, a in zip(day[exact], low[exact], strict=True)),
            np.zeros((len(slope), len(level))),
        )
        scale = noises[:, None, None]
        logs = np.log(shares)[:, None, None] - squares / (2 * scale**2) - exact.sum() * np.log(scale)
        for t, a, b in zip(day[~exact], low[~exact], high[~exact], strict=True):
            logs = logs + log_likelihood(line[1] + line[0] * (t - origin), a, b, scale)
        if slope_prior:
            logs = logs + slope_prior(slope)[None, :, None]
        best = logs.max()
        result: Floats = np.log(np.exp(logs - best).sum(axis=0)) + best
        return result

    with np.errstate(divide="ignore"):
        slope, level = np.linspace(lowest, highest, _COARSE), np.linspace(bottom, top, _COARSE)
        for points in (2 * _COARSE, _FINE):
            logs = log_posterior(slope, level)
            likely = logs > logs.max() - _NEGLIGIBLE
            slope = _around(slope, likely.any(axis=1), points)
            level = _around(level, likely.any(axis=0), points)
        logs = log_posterior(slope, level)
    weight = np.exp(logs - logs.max())
    return Posterior(origin, slope, level, weight / weight.sum())


def _around(axis: Floats, likely: NDArray[np.bool_], points: int) -> Floats:
    """A finer axis over the likely part of one, a cell wider on each side."""
    where = np.flatnonzero(likely)
    return np.linspace(axis[max(where[0] - 1, 0)], axis[min(where[-1] + 1, len(axis) - 1)], points)

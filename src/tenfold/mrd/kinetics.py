"""Kinetics of residual disease: how fast a level doubles or halves, and when it will reach a named level.

Serial levels of one stream (one patient, marker, tissue and method) on one family of scales, read as one exponential:
a straight line through log10 levels by censored regression (`censored_line`). Every answer is an interval; a series
that cannot carry one is refused in plain words.

Traps: samples on both sides of a treatment, a transplant or a relapse are not one exponential, nor are levels of two
laboratories one series unless somebody aligned them; a negative counts only with its detection limit; a doubling time
is of patients who did relapse (Ommen), so a prior made of it presumes regrowth; a date of overt relapse carries the
exponential beyond what was measured. Intervals are as good as the stated noise: 90 % ones hold the truth nine times in
ten where it is right, and about 84 % of times where the assay scatters 0.35 log10 and 0.25 is stated. Days are days from any fixed day; levels are log10 of percent on the family's
scale, as `levels.with_levels` gives them.

Doubling times: Ommen et al., Blood 2010;115:198-205. Regression: Tobin, Econometrica 1958;26:24-36.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tenfold.logic.fold import YES
from tenfold.mrd.censored_line import Floats, Posterior, fit_line, posterior, quantiles
from tenfold.mrd.kinetics_numbers import KINETICS, LOG10_2, Threshold, doubling_time, said
from tenfold.mrd.serial_levels import Series, bounds, informative, not_one_series, too_little
from tenfold.settings import Settings

SHARES = np.array([0.05, 0.5, 0.95])
"""The interval's ends and its middle: 90 %, equal tails."""


@dataclass(frozen=True)
class Refused:
    """No kinetics can be given, and why, in words for the report."""

    reason: str


@dataclass(frozen=True)
class Interval:
    """A value with its 90 % interval; None where the data set no bound, or no value."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Growth:
    """How a level moves: `slope` in log10 a day; `doubling` and `halving` time in days, with 90 % intervals.

    Where the slope's interval takes in zero, both times are open upwards and neither has a value; where it does not,
    one of them is None. `rising` is the probability that the level rises. `samples` were used, `detected` of them
    detected, from `first_day` to `last_day`; `left_out` said nothing. `assumes`: what the answer rests on.
    """

    slope: Interval
    doubling: Interval | None
    halving: Interval | None
    rising: float
    samples: int
    detected: int
    left_out: int
    first_day: float
    last_day: float
    family: int
    assumes: tuple[str, ...]
    horizon: float
    lines: Posterior


@dataclass(frozen=True)
class Crossing:
    """When a level is reached: its `direction` ("rise" or "fall"), `day` and the `lead` from a day, in days.

    `probability`: that it is crossed by `until`, the horizon after the last sample; `already`: that it lies beyond the
    level on the day asked from. A day or a bound is None where it lies beyond the horizon or is never reached; a lead
    below zero lies in the past.
    """

    threshold: Threshold
    direction: str
    day: Interval
    lead: Interval
    probability: float
    already: float
    until: float
    assumes: tuple[str, ...]


def growth(
    series: Series,
    *,
    as_of: float | None = None,
    alignment: Mapping[str, float] | None = None,
    prior: str | None = None,
    numbers: Settings = KINETICS,
) -> Growth | Refused:
    """Return the kinetics of the samples up to a day, or why there are none.

    `alignment`: log10 to add to each laboratory's levels to bring them onto one scale. `prior`: a marker whose
    published doubling times are taken into account; it presumes regrowth. KeyError for a marker without one,
    ValueError for an assay without noise.
    """
    used, left_out = informative(series, as_of)
    if reason := not_one_series(used, alignment) or too_little(used, numbers):
        return Refused(reason)
    day, low, high = bounds(used, alignment or {})
    noise, spread = float(numbers["assay.noise_sd"]), float(numbers["assay.noise_uncertainty"])
    if noise <= 0:
        raise ValueError("assay.noise_sd must be above 0: no assay is without noise")
    # Judged with the noise at its upper 95 % bound: only a series that no plausible assay explains is refused.
    if fit_line(day, low, high, noise * np.exp(1.645 * spread)).deviance > _chi_squared_99(len(day) - 2):
        return Refused(
            "the levels do not lie on one exponential: they scatter more than assay noise explains; look for a change "
            "of treatment, of laboratory or of course between them"
        )
    lines = posterior(day, low, high, noise, spread)
    assumes = [said(numbers.entries["assay.noise_sd"])]
    if all(lab is None for lab in used.laboratory):
        assumes.append("laboratory not recorded: taken as one")
    if len(set(used.laboratory)) > 1:
        shifts = ", ".join(f"{lab} {value:+g}" for lab, value in sorted((alignment or {}).items()))
        assumes.append(f"levels of several laboratories aligned by (log10): {shifts}")
    if left_out:
        assumes.append(f"samples left out, without a day, a call or (negative) a detection limit: {left_out}")
    if prior is not None:
        median, between = doubling_time(prior, numbers)
        density, reach = _prior(float(median.value), float(between.value))
        if lines.slope_quantiles(SHARES)[2] <= reach[0]:
            return Refused(f"the level does not rise: doubling times of {prior} at relapse do not apply")
        lines = posterior(day, low, high, noise, spread, density, reach)
        assumes += [
            f"regrowth, as in patients who relapsed: median doubling time of {prior} {median.value:g} days "
            f"({median.source})",
            said(between),
        ]
    slopes = lines.slope_quantiles(SHARES)
    return Growth(
        slope=_interval(slopes),
        doubling=_time_to(slopes, 1),
        halving=_time_to(slopes, -1),
        rising=lines.rising(),
        samples=len(day),
        detected=int((np.asarray(used.detected) == YES).sum()),
        left_out=left_out,
        first_day=float(day.min()),
        last_day=float(day.max()),
        family=int(np.asarray(used.family)[0]),
        assumes=tuple(assumes),
        horizon=float(numbers["series.horizon"]),
        lines=lines,
    )


def crossing(
    kinetics: Growth, level: Threshold, *, up: bool = True, from_day: float | None = None
) -> Crossing | Refused:
    """Return when the level rises (or falls) to a threshold, with the lead from a day (the last sample's unless given).

    Refused where the threshold is on another family of scales, or the day is before the last sample.
    """
    if level.family != kinetics.family:
        return Refused(f"{level.name} is on another scale than the levels")
    start = kinetics.last_day if from_day is None else from_day
    if start < kinetics.last_day:
        return Refused("the day asked from lies before the last sample: ask with the samples known on that day")
    days, weight = kinetics.lines.crossing_days(level.level, up=up)
    until = kinetics.last_day + kinetics.horizon
    across = quantiles(days, weight, SHARES)
    # A line that hardly moves crossed "ages ago": that is only known to be before the samples.
    across = np.maximum(np.where(across > until, np.inf, across), kinetics.first_day - kinetics.horizon)
    lines = kinetics.lines
    now = lines.level[None, :] + lines.slope[:, None] * (start - lines.origin)
    beyond = now >= level.level if up else now <= level.level
    rests_on = () if level.verified else (f"{level.name}: {level.source} (unverified)",)
    return Crossing(
        threshold=level,
        direction="rise" if up else "fall",
        day=_interval(across),
        lead=_interval(across - start),
        probability=float(weight[days <= until].sum()),
        already=float(lines.weight[beyond].sum()),
        until=until,
        assumes=(*kinetics.assumes, *rests_on),
    )


def _prior(median: float, spread: float) -> tuple[Callable[[Floats], Floats], tuple[float, float]]:
    """Log density of the slope where doubling times are log-normal about a median (days), and the slopes it reaches."""

    def density(slope: Floats) -> Floats:
        log_density: Floats = -0.5 * ((np.log10(LOG10_2 / slope) - np.log10(median)) / spread) ** 2 - np.log(slope)
        return log_density

    reach = 10 ** (5 * spread)
    return density, (LOG10_2 / median / reach, LOG10_2 / median * reach)


def _interval(ends: Floats) -> Interval:
    low, value, high = (float(end) if np.isfinite(end) else None for end in ends)
    return Interval(value, low, high)


def _time_to(slopes: Floats, sign: int) -> Interval | None:
    """Doubling (sign 1) or halving (sign -1) time of the slope's quantiles; None where they exclude the direction."""
    slow, value, fast = (float(end) for end in (sign * slopes)[::sign])
    if fast <= 0:
        return None
    if slow <= 0:
        return Interval(None, LOG10_2 / fast, None)
    return Interval(LOG10_2 / value, LOG10_2 / fast, LOG10_2 / slow)


def _chi_squared_99(degrees: int) -> float:
    """The 99 % quantile of chi-squared (Wilson and Hilferty, PNAS 1931;17:684-688)."""
    share = 2 / (9 * degrees)
    return float(degrees * (1 - share + 2.326348 * share**0.5) ** 3)

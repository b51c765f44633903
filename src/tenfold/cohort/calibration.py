"""Do predicted risks agree with what happened: by groups, as a smooth curve, and as a slope and intercept at a horizon.

Four levels: in the large (`observed_to_expected`), weak (slope and intercept), by groups, and smooth. The slope is below 1
where predictions are too extreme, as those of a model on new patients mostly are. Intercept and slope are of the
complementary log-log of risk (in which proportional hazards is a straight line), by pseudo-observations.

Traps: a slope of 1 and an intercept of 0 do not mean that each risk is right; groups by quantiles hide what happens within;
in the patients a model was developed on the slope is about 1 whatever it is worth.

Andersen and Pohar Perme, Stat Methods Med Res 2010;19:71-99 (pseudo-observations); Austin, Harrell and van Klaveren, Stat
Med 2020;39:2714-2742 (smooth curve, ICI); Van Calster, BMC Med 2019;17:230 (levels); Crowson, Stat Methods Med Res 2016;25:1692-1706.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from tenfold.cohort.product_limit import product_limit
from tenfold.cohort.resampled_cox import CoxData, cox_fit
from tenfold.cohort.scored import Codes, followed, labels, probabilities, reached
from tenfold.cohort.significance import Floats, deviate
from tenfold.cohort.survival import kaplan_meier

KNOT_SHARES = {3: (0.1, 0.5, 0.9), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.5, 0.725, 0.95)}
"""Where the knots of a restricted cubic spline lie (Harrell, Regression Modeling Strategies, 2015, table 2.3)."""


@dataclass(frozen=True)
class InTheLarge:
    """Observed share with the event by the horizon (Kaplan-Meier) over the mean predicted, with interval on the log scale."""

    observed: float
    expected: float
    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class WeakCalibration:
    """Slope, and the intercept with the slope held at 1, each with standard error (sandwich) and interval."""

    slope: float
    slope_standard_error: float
    slope_low: float
    slope_high: float
    intercept: float
    intercept_standard_error: float
    intercept_low: float
    intercept_high: float


@dataclass(frozen=True)
class SmoothCalibration:
    """Each patient's risk and what patients of such a risk had. `curve`: `predicted`, `observed`, ordered by the first.

    `mean_error` (integrated calibration index), `median_error` and `error_90` are of the absolute differences.
    """

    curve: pl.DataFrame
    mean_error: float
    median_error: float
    error_90: float
    greatest_error: float


def calibration_by_groups(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    horizon: float,
    *,
    groups: ArrayLike | None = None,
    quantiles: int = 5,
    level: float = 0.95,
) -> pl.DataFrame:
    """Mean predicted risk and observed share with the event, by groups of patients.

    `groups`: a label a patient; else quantiles of risk (equal risks stay together, so there may be fewer). Columns:
    `group`, `n`, `events` (by the horizon), `at_risk` (at it), `predicted`, `observed`, `low`, `high` (null where nobody
    of the group was followed so far). ValueError for missing risks or groups, bad times or events, or fewer than two
    quantiles.
    """
    times, codes = followed(time, event)
    risks = probabilities("risk", risk, times.size)
    if not horizon > 0:
        raise ValueError(f"the horizon must be positive, not {horizon}")
    if groups is None:
        if quantiles < 2:
            raise ValueError("split into at least two quantiles")
        edges = np.quantile(risks, np.arange(1, quantiles) / quantiles)
        part = np.searchsorted(edges, risks, side="left")
        members = {f"{k + 1} of {quantiles}": part == k for k in np.unique(part)}
    else:
        named = labels("the group", groups, times.size)
        members = {str(name): named == name for name in np.unique(named)}
    rows: list[dict[str, Any]] = []
    for name, held in members.items():
        seen = kaplan_meier(times[held], codes[held], level=level).at(horizon)
        rows.append(
            {
                "group": name,
                "n": int(held.sum()),
                "events": int((codes[held] & (times[held] <= horizon)).sum()),
                "at_risk": seen.at_risk,
                "predicted": float(risks[held].mean()),
                "observed": None if seen.survival is None else 1 - seen.survival,
                "low": None if seen.high is None else 1 - seen.high,
                "high": None if seen.low is None else 1 - seen.low,
            }
        )
    schema: dict[str, Any] = {"group": pl.String, "n": pl.Int64, "events": pl.Int64, "at_risk": pl.Int64}
    return pl.DataFrame(rows, schema | dict.fromkeys(("predicted", "observed", "low", "high"), pl.Float64))


def in_the_large(
    time: ArrayLike, event: ArrayLike, risk: ArrayLike, horizon: float, *, level: float = 0.95
) -> InTheLarge:
    """Compare the observed with the mean predicted share at a horizon; ValueError as for `calibration_by_groups`."""
    times, codes, risks = _checked(time, event, risk, horizon)
    curve = product_limit(times, codes == 1)
    alive, expected = float(curve.at(horizon)), float(risks.mean())
    observed = 1 - alive
    if not expected > 0:
        raise ValueError("the mean predicted risk is 0: nothing can be compared with it")
    used = curve.time <= horizon
    left = curve.at_risk[used] - curve.happened[used]
    greenwood = float(np.sum(curve.happened[used] / (curve.at_risk[used] * np.maximum(left, 1))))
    ratio = observed / expected
    if observed in (0.0, 1.0):
        return InTheLarge(observed, expected, ratio, None, None)
    reach = deviate(level) * alive * math.sqrt(greenwood) / observed
    return InTheLarge(observed, expected, ratio, ratio * math.exp(-reach), ratio * math.exp(reach))


def weak_calibration(
    time: ArrayLike, event: ArrayLike, risk: ArrayLike, horizon: float, *, level: float = 0.95
) -> WeakCalibration:
    """Regress pseudo-observations at the horizon on the complementary log-log of risk.

    ValueError as for `calibration_by_groups`, for a risk of exactly 0 or 1, or risks that do not vary.
    """
    times, codes, risks = _checked(time, event, risk, horizon)
    predictor = _log_minus_log(risks)
    pseudo = pseudo_observations(times, codes, horizon)
    both, both_variance = _estimating_equations(pseudo, np.column_stack([np.ones(times.size), predictor]), None)
    alone, alone_variance = _estimating_equations(pseudo, np.ones((times.size, 1)), predictor)
    slope_error, error = math.sqrt(both_variance[1, 1]), math.sqrt(alone_variance[0, 0])
    z, slope, intercept = deviate(level), float(both[1]), float(alone[0])
    return WeakCalibration(
        slope, slope_error, slope - z * slope_error, slope + z * slope_error,
        intercept, error, intercept - z * error, intercept + z * error,
    )  # fmt: skip


def smooth_calibration(
    time: ArrayLike, event: ArrayLike, risk: ArrayLike, horizon: float, *, knots: int = 3
) -> SmoothCalibration:
    """Refit risk: Cox on a restricted cubic spline of the complementary log-log of risk, read at the horizon.

    ValueError as for `weak_calibration`, for other than 3 to 5 knots, or too few distinct risks for them.
    """
    times, codes, risks = _checked(time, event, risk, horizon)
    if knots not in KNOT_SHARES:
        raise ValueError(f"a spline takes 3, 4 or 5 knots, not {knots}")
    predictor = _log_minus_log(risks)
    x = _spline(predictor, np.quantile(predictor, KNOT_SHARES[knots]))
    fit = cox_fit(CoxData(times, codes, x))
    if not np.isfinite(fit.coefficients).all():
        raise ValueError("the smooth curve cannot be estimated: too few events for its knots")
    relative = np.exp((x - x.mean(axis=0)) @ fit.coefficients)
    observed = -np.expm1(-baseline_hazard(times, codes, relative, horizon) * relative)
    error = np.abs(observed - risks)
    order = np.argsort(risks, kind="stable")
    return SmoothCalibration(
        pl.DataFrame({"predicted": risks[order], "observed": observed[order]}),
        float(error.mean()),
        float(np.median(error)),
        float(np.quantile(error, 0.9)),
        float(error.max()),
    )


def baseline_hazard(times: Floats, codes: Codes, relative: Floats, horizon: float) -> float:
    """Breslow's cumulative baseline hazard at the horizon. `relative`: each patient's hazard over the baseline's."""
    failed = np.sort(times[(codes == 1) & (times <= horizon)])
    order = np.argsort(times, kind="stable")
    at_risk = np.cumsum(relative[order][::-1])[::-1]
    return float(np.sum(1 / at_risk[np.searchsorted(times[order], failed, side="left")]))


def pseudo_observations(times: Floats, codes: Codes, horizon: float) -> Floats:
    """Each patient's pseudo-observation of the event by the horizon: n times the estimate less (n - 1) times that without.

    Every leave-one-out Kaplan-Meier is read off two cumulative sums, so that the time grows as n log n.
    """
    n = times.size
    curve = product_limit(times, codes == 1)
    used = curve.time <= horizon
    if not used.any():
        return np.zeros(n)
    at_risk, failed = curve.at_risk[used], curve.happened[used]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Without a patient who stays past a time there is one fewer at risk at it.
        fewer = np.where(at_risk > 1, np.log((at_risk - 1 - failed) / np.maximum(at_risk - 1, 1)), 0.0)
        same = np.log(1 - failed / at_risk)
        own = np.where(at_risk > 1, np.log1p(-np.minimum((failed - 1) / np.maximum(at_risk - 1, 1), 1)), 0.0)
    fewer_so_far = np.concatenate([[0.0], np.cumsum(fewer)])
    rest = np.concatenate([np.cumsum(same[::-1])[::-1], [0.0]])
    place = np.searchsorted(curve.time[used], times)
    inside = times <= horizon
    k = np.minimum(place, used.sum() - 1)
    here = np.where(codes == 1, own[k], fewer[k])
    without = np.where(inside, np.exp(fewer_so_far[k] + here + rest[k + 1]), np.exp(fewer_so_far[-1]))
    overall = float(curve.at(horizon))
    return np.asarray(1 - (n * overall - (n - 1) * without))


def _checked(time: ArrayLike, event: ArrayLike, risk: ArrayLike, horizon: float) -> tuple[Floats, Codes, Floats]:
    times, codes = followed(time, event)
    return times, codes, probabilities("risk", risk, times.size) if reached(times, horizon) else times


def _log_minus_log(risks: Floats) -> Floats:
    extreme = int(((risks <= 0) | (risks >= 1)).sum())
    if extreme:
        raise ValueError(f"{extreme} of {risks.size} risks are exactly 0 or 1, which no observation can calibrate")
    if np.ptp(risks) == 0:
        raise ValueError("all risks are equal: there is no slope to estimate")
    return np.asarray(np.log(-np.log1p(-risks)))


def _estimating_equations(pseudo: Floats, x: Floats, offset: Floats | None) -> tuple[Floats, Floats]:
    """Solve X' D (y - m) = 0 with m = 1 - exp(-exp(eta)), by Gauss and Newton; returns coefficients and sandwich."""
    moved = np.zeros(pseudo.size) if offset is None else offset
    share = min(max(float(pseudo.mean()), 1e-3), 1 - 1e-3)
    beta = np.zeros(x.shape[1])
    beta[0] = math.log(-math.log1p(-share)) if offset is None else 0.0
    for _ in range(100):
        eta = np.clip(x @ beta + moved, -30, 4)
        mean = -np.expm1(-np.exp(eta))
        slope = np.exp(eta - np.exp(eta))
        design = x * slope[:, None]
        step = np.linalg.solve(design.T @ design, design.T @ (pseudo - mean))
        step *= min(1.0, 2 / max(float(np.abs(step).max()), 1e-300))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    else:
        raise ValueError("calibration could not be estimated: too few events by the horizon")
    bread = np.linalg.inv(design.T @ design)
    scores = design * (pseudo - mean)[:, None]
    return beta, bread @ (scores.T @ scores) @ bread


def _spline(values: Floats, knots: Floats) -> Floats:
    """Restricted cubic spline: linear beyond the outer knots."""
    if np.unique(knots).size < knots.size:
        raise ValueError(f"too few distinct risks for {knots.size} knots; look at groups instead")
    last, before = knots[-1], knots[-2]

    def cubed(knot: float) -> Floats:
        return np.asarray(np.maximum(values - knot, 0) ** 3)

    terms = [
        cubed(knot) - cubed(before) * (last - knot) / (last - before) + cubed(last) * (before - knot) / (last - before)
        for knot in knots[:-2]
    ]
    return np.column_stack([values, *(term / (last - knots[0]) ** 2 for term in terms)])

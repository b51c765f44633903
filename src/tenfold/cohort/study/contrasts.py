"""What is asked of a study's curves beyond their test: restricted means with their differences, and a trend across groups.

Traps: a restricted mean needs every group to be followed to the horizon, and is not told where one is not, or where patients
enter late (nobody is seen from time zero on). The groups of a trend need an order that was meant beforehand: that of their
model, or the one that the study file writes; bands of a number rise.

Royston and Parmar, BMC Med Res Methodol 2013;13:152; Tarone, Biometrika 1975;62:679-682 (trend).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.cohort.asked_scores import order_of
from tenfold.cohort.groups import log_rank
from tenfold.cohort.restricted_mean import Contrast, compare_restricted_means, restricted_mean
from tenfold.cohort.study.asked_models import AskedTrend
from tenfold.cohort.study.curves import StudyCurves
from tenfold.cohort.study.file import Study
from tenfold.cohort.study.grouping import EVERYBODY

ALIKE = "the horizon lies beyond the last patient followed"
LATE = "patients enter late: nobody is seen from time zero on"
NOTHING = Contrast(None, None, None, None)


@dataclass(frozen=True)
class StudyTrend:
    """A log-rank test for a trend across groups in `order`, scored 1, 2, 3 ...; `statistic` on one degree of freedom."""

    label: str
    by: str
    order: tuple[str, ...]
    statistic: float | None
    p: float | None


def restricted_means(curves: Sequence[StudyCurves]) -> pl.DataFrame:
    """Return one row a group of every endpoint with a horizon: the mean with its interval, and less the first group's.

    `difference` with interval and p (null for the first group); `why_not` in words where there is no mean.
    """
    rows: list[dict[str, Any]] = []
    for one in curves:
        horizon = one.endpoint.restricted_mean_months
        if horizon is None or not one.curves:
            continue
        late = bool((one.patients["entry_months"] > 0).any())
        reference = next(iter(one.curves))
        for group, curve in one.curves.items():
            mean = restricted_mean(curve, horizon)
            beside = NOTHING
            if group != reference and not late:
                beside = compare_restricted_means(curve, one.curves[reference], horizon).difference
            told = mean.value is not None and not late
            rows.append(
                {
                    "endpoint": one.endpoint.label,
                    "by": one.by,
                    "group": group,
                    "patients": curve.n,
                    "events": curve.events,
                    "horizon_months": horizon,
                    "restricted_mean_months": mean.value if told else None,
                    "mean_low": mean.low if told else None,
                    "mean_high": mean.high if told else None,
                    "compared_with": None if group == reference else reference,
                    "difference_months": beside.value,
                    "difference_low": beside.low,
                    "difference_high": beside.high,
                    "difference_p": beside.p,
                    "why_not": None if told else LATE if late else ALIKE,
                }
            )
    return pl.DataFrame(rows, schema=_MEANS)


def trends(curves: Sequence[StudyCurves], study: Study) -> tuple[list[StudyTrend], list[str]]:
    """Return the tests for a trend that a study asks for, and in words those that cannot be made."""
    found, failed = [], []
    for wanted in study.further.trends:
        for one in curves:
            if one.by == EVERYBODY or one.by != wanted.by or one.endpoint.name not in wanted.endpoints:
                continue
            try:
                found.append(_trend(one, wanted))
            except ValueError as error:
                failed.append(f"trend of {one.endpoint.label} across {one.by}: {error.args[0]}")
    return found, failed


def _trend(one: StudyCurves, wanted: AskedTrend) -> StudyTrend:
    if one.competing:
        raise ValueError("other events compete, and Gray's test has no form for a trend here")
    present = list(one.curves)
    order = wanted.order or order_of(one.by, str(one.endpoint.rule.name)) or _bands(present)
    if order is None:
        listed = ", ".join(f'"{group}"' for group in present)
        raise ValueError(f"its groups have no order of their own: write trend = [{listed}] in the order meant")
    absent = [group for group in present if group not in order]
    if absent:
        raise ValueError(f"{', '.join(absent)} is not in the order {', '.join(order)}")
    kept = [group for group in order if group in present]
    late = bool((one.patients["entry_months"] > 0).any())
    test = log_rank(
        one.patients["time_months"].to_numpy(),
        one.patients["event"].to_numpy(),
        one.patients["group"].to_list(),
        entry=one.patients["entry_months"].to_numpy() if late else None,
        order=kept,
    ).trend()
    return StudyTrend(one.endpoint.label, one.by, tuple(kept), test.statistic, test.p)


def _bands(groups: Sequence[str]) -> tuple[str, ...] | None:
    """The order of groups that are bands of a number, "below 60" first; null for any other groups."""
    low = [group for group in groups if group.startswith("below ")]
    rest = [group for group in groups if group not in low]
    try:
        placed = sorted((float(group.split(" ", 1)[0]), group) for group in rest)
    except ValueError:
        return None
    return (*low, *(group for _, group in placed)) if len(low) <= 1 else None


_NUMBERS = dict.fromkeys(("restricted_mean_months", "mean_low", "mean_high"), pl.Float64)
_MEANS: dict[str, Any] = {
    "endpoint": pl.String,
    "by": pl.String,
    "group": pl.String,
    "patients": pl.Int64,
    "events": pl.Int64,
    "horizon_months": pl.Float64,
    **_NUMBERS,
    "compared_with": pl.String,
    **dict.fromkeys(("difference_months", "difference_low", "difference_high", "difference_p"), pl.Float64),
    "why_not": pl.String,
}

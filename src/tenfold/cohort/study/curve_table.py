"""The numbers of a study's curves: one row a group, with medians, the share at each landmark, and follow-up.

Of an endpoint that looks no further than some days (early death) the incidence by then is told, not a share at months that
nobody can reach. Traps: where other events compete the share at a landmark is that with the event, else that without it.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from tenfold.cohort.study.curves import EVENT, StudyCurves
from tenfold.cohort.study.file import Study
from tenfold.records.timeline import DAYS_PER_MONTH

FOLLOW_UP = ("follow_up_reverse", "follow_up_plain_type_7")


def as_table(found: StudyCurves, study: Study) -> pl.DataFrame:
    """One row a group: patients, events, median, share at each landmark, follow-up by reverse Kaplan-Meier and plainly."""
    rows = [_row(found, study, group) for group in (found.incidences or found.curves)]
    return pl.DataFrame(rows, infer_schema_length=None)


def bounds_table(found: StudyCurves, study: Study) -> pl.DataFrame:
    """The table with the doubtful patients left out, and with their doubts settled either way (`counted`)."""
    if not found.bounds:
        return pl.DataFrame()
    parts = [
        as_table(one, study).with_columns(counted=pl.lit(one.counted or LEFT_OUT)) for one in (found, *found.bounds)
    ]
    return pl.concat(parts, how="diagonal_relaxed")


LEFT_OUT = "doubtful left out"


def _row(found: StudyCurves, study: Study, group: str) -> dict[str, Any]:
    mine = found.patients.filter(pl.col("group") == group)
    row: dict[str, Any] = {
        "endpoint": found.endpoint.label,
        "by": found.by,
        "group": group,
        "patients": mine.height,
        "events": int(mine["event"].sum()),
    }
    horizon = found.endpoint.rule.horizon_days
    if found.competing:
        row["competing_events"] = int((mine["status"] == "competing").sum())
        for month in study.landmarks_months if horizon is None else ():
            row |= _share(f"at_{month:g}", "months", _incidence(found, group, month))
    else:
        median = found.curves[group].median()
        row |= {"median_months": median.value, "median_low": median.low, "median_high": median.high}
        for month in study.landmarks_months if horizon is None else ():
            share = found.curves[group].at(month)
            row |= _share(f"at_{month:g}", "months", (share.survival, share.low, share.high))
    if horizon is not None:
        row |= {"horizon_days": horizon} | _share("incidence_by_horizon", "", _by_horizon(found, group, horizon))
    observed = mine["time_months"]
    reverse = found.followed[group]
    quartiles = [reverse.quantile(share).value for share in (0.25, 0.5, 0.75)]
    plain = [observed.quantile(share, "linear") for share in (0.25, 0.5, 0.75)]
    for name, values in zip(FOLLOW_UP, (quartiles, plain), strict=True):
        row |= dict(zip((f"{name}_quartile_1", f"{name}_median", f"{name}_quartile_3"), values, strict=True))
    tested = {"p": found.p, "test": None if found.p is None else found.test}
    return row | tested | {"warning": found.warning}


Interval = tuple[float | None, float | None, float | None]
"""An estimate, its lower and its upper bound."""


def _by_horizon(found: StudyCurves, group: str, days: int) -> Interval:
    """The share with the event by a day: one less the curve, or the incidence where other events compete."""
    month = days / DAYS_PER_MONTH
    if found.competing:
        return _incidence(found, group, month)
    share = found.curves[group].at(month)
    less = [None if value is None else 1 - value for value in (share.survival, share.high, share.low)]
    return less[0], less[1], less[2]


def _incidence(found: StudyCurves, group: str, month: float) -> Interval:
    one = found.incidences[group]
    if EVENT not in one.causes:
        return None, None, None
    at = one.at(EVENT, month)
    return at.incidence, at.low, at.high


def _share(name: str, unit: str, estimate: Interval) -> dict[str, float | None]:
    value, low, high = estimate
    return {f"{name}_{unit}" if unit else name: value, f"{name}_low": low, f"{name}_high": high}

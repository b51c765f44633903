"""Endpoints of a cohort: curves, medians and follow-up of each endpoint and clock, and who is left out and why.

Traps: times on different clocks, or from dates and as reported, never share a curve; every patient without a time is
counted with the reason; follow-up is by reverse Kaplan-Meier, with the plain median of the times beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.analysis import times_of
from tenfold.cohort.quantiles import spread
from tenfold.cohort.survival import Curve, Quantile, follow_up, kaplan_meier
from tenfold.endpoints import OVERALL_SURVIVAL, RELAPSE_FREE_SURVIVAL, RELAPSE_FREE_SURVIVAL_MRD, EndpointRule
from tenfold.vocabulary import Clock

EVERYBODY = "all patients"
LANDMARKS_MONTHS = (12.0, 24.0)

USUAL: tuple[tuple[EndpointRule, Clock | None], ...] = (
    (OVERALL_SURVIVAL, None),
    (OVERALL_SURVIVAL, Clock.VENETOCLAX),
    (RELAPSE_FREE_SURVIVAL, None),
    (RELAPSE_FREE_SURVIVAL_MRD, None),
)
"""The endpoints of a cohort's report, each on its own clock (None) or another."""


@dataclass(frozen=True)
class Outcome:
    """One endpoint on one clock: each patient's time, and the curves of the groups in months.

    `source`: "dates" or "reported". `times`: the rows of `endpoints.times` with a time, and `group`.
    """

    rule: EndpointRule
    clock: str
    source: str
    times: pl.DataFrame
    curves: dict[str, Curve]
    followed: dict[str, Curve]

    def as_data(self) -> dict[str, Any]:
        """The numbers that a paper prints of it, as plain data."""
        return {
            "endpoint": str(self.rule.name),
            "meaning": self.rule.meaning,
            "clock": self.clock,
            "times": "derived from dates" if self.source == "dates" else "as reported, without dates",
            "citation": self.rule.citation,
            "groups": [self._group(name) for name in self.curves],
        }

    def _group(self, name: str) -> dict[str, Any]:
        curve = self.curves[name]
        observed = self.times.filter(pl.col("group") == name)["time_months"]
        return {
            "group": name,
            "n": curve.n,
            "events": curve.events,
            "median_months": _quantile(curve.median()),
            "at_months": [_estimate(curve, month) for month in LANDMARKS_MONTHS],
            "follow_up_months": {
                "reverse_kaplan_meier": _quantile(self.followed[name].median()),
                "plain_median_of_times": spread(observed).median,
                "shortest": observed.min(),
                "longest": observed.max(),
            },
        }


@dataclass(frozen=True)
class Outcomes:
    """The endpoints of a cohort. `left_out`: endpoint, clock, why, patients (number)."""

    reached: list[Outcome]
    left_out: pl.DataFrame

    def as_data(self) -> dict[str, Any]:
        """Every endpoint, and who is left out and why, as plain data."""
        return {"endpoints": [outcome.as_data() for outcome in self.reached], "left_out": self.left_out.to_dicts()}


def outcomes(
    assessment: Assessment,
    groups: Mapping[str, str] | None = None,
    asked: Sequence[tuple[EndpointRule, Clock | None]] = USUAL,
) -> Outcomes:
    """Return the endpoints asked for. `groups` gives a group to each patient to compare; others are left out."""
    reached, left_out = [], []
    for rule, clock in asked:
        rows = times_of(assessment, rule, clock)
        rows = rows.with_columns(group=_groups(groups))
        left_out.append(_left_out(rows, rule, clock))
        timed = rows.filter(pl.col("time_months").is_not_null() & pl.col("group").is_not_null())
        for (on, source), part in timed.group_by("clock", "source", maintain_order=True):
            reached.append(_outcome(rule, str(on), str(source), part))
    return Outcomes(reached, pl.concat(left_out))


def _groups(groups: Mapping[str, str] | None) -> pl.Expr:
    if groups is None:
        return pl.lit(EVERYBODY)
    return pl.col("patient_id").replace_strict(dict(groups), default=None, return_dtype=pl.String)


def _outcome(rule: EndpointRule, clock: str, source: str, rows: pl.DataFrame) -> Outcome:
    curves, followed = {}, {}
    for (group,), part in rows.sort("group", "patient_id").group_by("group", maintain_order=True):
        months, event = part["time_months"].to_numpy(), part["event"].to_numpy()
        curves[str(group)] = kaplan_meier(months, event)
        followed[str(group)] = follow_up(months, event)
    return Outcome(rule, clock, source, rows, curves, followed)


def _left_out(rows: pl.DataFrame, rule: EndpointRule, clock: Clock | None) -> pl.DataFrame:
    why = pl.when(pl.col("group").is_null()).then(pl.lit("in none of the groups")).otherwise("left_out_because")
    return (
        rows.with_columns(why=why)
        .filter(pl.col("why").is_not_null())
        .group_by("why")
        .agg(patients=pl.len())
        .sort("patients", "why", descending=[True, False])
        .select(
            endpoint=pl.lit(str(rule.name)),
            clock=pl.lit(str(clock or rule.clock)),
            why="why",
            patients=pl.col("patients").cast(pl.Int64),
        )
    )


def _quantile(quantile: Quantile) -> dict[str, float | None]:
    return {"value": quantile.value, "low": quantile.low, "high": quantile.high}


def _estimate(curve: Curve, month: float) -> dict[str, float | int | None]:
    at = curve.at(month)
    return {"month": month, "survival": at.survival, "low": at.low, "high": at.high, "at_risk": at.at_risk}

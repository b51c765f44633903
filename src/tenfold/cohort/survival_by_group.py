"""Survival at 1, 2 and 3 years by group, and by each factor of a univariable analysis.

Traps: groups by a fact dated after time zero are refused unless asked for as published (immortal time); times from dates
and times as reported never share a curve; a number split at its median is split by these patients' own median.

Kaplan and Meier, J Am Stat Assoc 1958;53:457-481; Mantel, Cancer Chemother Rep 1966;50:163-170 (log-rank).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.characteristics import Variable
from tenfold.cohort.groups import LogRank, log_rank
from tenfold.cohort.quantiles import spread
from tenfold.cohort.survival import Curve, kaplan_meier
from tenfold.endpoints import OVERALL_SURVIVAL, EndpointRule, times
from tenfold.endpoints.time_zero import KNOWN_FACTS, refuse_later_facts
from tenfold.vocabulary import Clock

YEARS = (12.0, 24.0, 36.0)
"""Months at which papers print survival."""


@dataclass(frozen=True)
class ByGroup:
    """Survival by group. `at`: `group`, `n`, `events`, `month`, `survival`, `low`, `high`, `at_risk`; `medians`: `group`,
    `n`, `events`, `median`, `low`, `high`; `test`: log-rank, null for one group; `warning` if split as published.

    `left_out`: `why`, `patients`.
    """

    endpoint: str
    clock: str
    factor: str
    curves: dict[str, Curve]
    at: pl.DataFrame
    medians: pl.DataFrame
    test: LogRank | None
    warning: str | None
    left_out: pl.DataFrame


def survival_by_group(
    assessment: Assessment,
    groups: pl.DataFrame,
    rule: EndpointRule = OVERALL_SURVIVAL,
    clock: Clock | None = None,
    *,
    factor: str = "group",
    at: Sequence[float] = YEARS,
    order: Sequence[str] = (),
    later_fact: str | None = None,
    as_published: bool = False,
) -> ByGroup:
    """Return survival at 1, 2 and 3 years (or other months) in groups: patient_id, `group` and perhaps `fact_day`.

    Where `groups` holds `fact_day` (or `later_fact` names one of `time_zero.KNOWN_FACTS`), the split is by a dated fact: it
    is refused (ImmortalTime) if that comes after time zero, unless `as_published`, and then carries the warning. Times from
    dates and times as reported never share a curve: where both are found those from dates are kept.
    """
    rows = times(
        assessment.registry,
        assessment.history,
        assessment.molecular,
        rule,
        clock,
        assessment.settings,
        marrows=assessment.marrows,
    )
    warning = _refused(assessment, rows, groups, factor, later_fact, as_published=as_published)
    rows = rows.join(groups.select("patient_id", pl.col("group").cast(pl.String)), on="patient_id", how="left")
    sources = rows["source"].drop_nulls()
    kept = "dates" if (sources == "dates").any() else "reported"
    why = (
        pl.when(pl.col("group").is_null())
        .then(pl.lit("in none of the groups"))
        .when(pl.col("left_out_because").is_not_null())
        .then("left_out_because")
        .when(pl.col("source") != kept)
        .then(pl.lit("time as reported, not from dates"))
    )
    rows = rows.with_columns(why=why)
    timed = rows.filter(pl.col("why").is_null() & pl.col("time_months").is_not_null()).sort("group", "patient_id")
    present = timed["group"].unique().sort().to_list()
    names = [*(name for name in order if name in present), *(name for name in present if name not in order)]
    curves = {}
    for name in names:
        part = timed.filter(pl.col("group") == name)
        curves[name] = kaplan_meier(part["time_months"].to_numpy(), part["event"].to_numpy())
    test = None
    if len(names) > 1:
        test = log_rank(
            timed["time_months"].to_numpy(), timed["event"].to_numpy(), timed["group"].to_list(), order=names
        )
    left_out = rows.filter(pl.col("why").is_not_null()).group_by("why").agg(patients=pl.len().cast(pl.Int64))
    said = str(clock or rule.clock) if kept == "dates" else "a clock as reported"
    return ByGroup(
        str(rule.name),
        said,
        factor,
        curves,
        _at(curves, at),
        _medians(curves),
        test,
        warning,
        left_out.sort("patients", "why", descending=[True, False]),
    )


def survival_by_factor(
    assessment: Assessment,
    facts: pl.DataFrame,
    variables: Sequence[Variable],
    rule: EndpointRule = OVERALL_SURVIVAL,
    clock: Clock | None = None,
) -> list[ByGroup]:
    """Return survival by each factor of univariable analysis: yes and no, the levels of a category, a number at its median.

    `facts` is a frame such as `patient_facts`; who is not known is left out and counted. A factor alike in everybody is
    skipped. These are facts at diagnosis or before; for later ones use `survival_by_group`, which asks for their days.
    """
    found = []
    for variable in variables:
        groups, order = _groups_of(facts, variable)
        if groups["group"].drop_nulls().n_unique() > 1:
            found.append(survival_by_group(assessment, groups, rule, clock, factor=variable.label, order=order))
    return [one for one in found if len(one.curves) > 1]


def _groups_of(facts: pl.DataFrame, variable: Variable) -> tuple[pl.DataFrame, tuple[str, ...]]:
    column = facts[variable.column]
    value = pl.col(variable.column)
    if column.dtype == pl.Boolean:
        said = pl.when(value).then(pl.lit("yes")).when(~value).then(pl.lit("no"))
        return facts.select("patient_id", group=said), ("yes", "no")
    if column.dtype.is_numeric():
        middle = spread(column.cast(pl.Float64).drop_nulls().to_numpy()).median
        cut = f"{middle:g}" if middle is not None else ""
        low, high = f"up to {cut}", f"above {cut}"
        return facts.select("patient_id", group=pl.when(value <= middle).then(pl.lit(low)).when(value > middle).then(pl.lit(high))), (low, high)  # fmt: skip
    return facts.select("patient_id", group=value.cast(pl.String)), variable.levels


def _refused(
    assessment: Assessment,
    rows: pl.DataFrame,
    groups: pl.DataFrame,
    factor: str,
    later_fact: str | None,
    *,
    as_published: bool,
) -> str | None:
    if later_fact is not None:
        return refuse_later_facts(
            rows, KNOWN_FACTS[later_fact](assessment.history), later_fact, as_published=as_published
        )
    if "fact_day" in groups.columns:
        facts = groups.filter(pl.col("group").is_not_null() & pl.col("fact_day").is_not_null())
        return refuse_later_facts(rows, facts.select("patient_id", "fact_day"), factor, as_published=as_published)
    return None


def _at(curves: dict[str, Curve], months: Sequence[float]) -> pl.DataFrame:
    rows = [
        {"group": name, "n": curve.n, "events": curve.events, "month": float(month), **_estimate(curve, float(month))}
        for name, curve in curves.items()
        for month in months
    ]
    numbers = dict.fromkeys(("month", "survival", "low", "high"), pl.Float64)
    return pl.DataFrame(
        rows, schema={"group": pl.String, "n": pl.Int64, "events": pl.Int64, **numbers, "at_risk": pl.Int64}
    )


def _estimate(curve: Curve, month: float) -> dict[str, Any]:
    found = curve.at(month)
    return {"survival": found.survival, "low": found.low, "high": found.high, "at_risk": found.at_risk}


def _medians(curves: dict[str, Curve]) -> pl.DataFrame:
    rows = []
    for name, curve in curves.items():
        middle = curve.median()
        told = {"median": middle.value, "low": middle.low, "high": middle.high}
        rows.append({"group": name, "n": curve.n, "events": curve.events, **told})
    numbers = dict.fromkeys(("median", "low", "high"), pl.Float64)
    return pl.DataFrame(rows, schema={"group": pl.String, "n": pl.Int64, "events": pl.Int64, **numbers})

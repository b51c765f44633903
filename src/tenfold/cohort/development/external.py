"""A model in patients it was not made from: discrimination, calibration, groups, and how those patients differ.

A lower C in patients who are more alike is no fault of the model; so the case mix stands beside the measures: each input
and the spread of the total, here and where the model was made, and (with both cohorts at hand) how well a patient's cohort
can be told from the inputs (membership: 0.5 not at all).

Trap: patients whose inputs are not all known have no total and are left out, counted by input.

Debray et al., J Clin Epidemiol 2015;68:279-289 (case mix, membership); Van Calster et al., BMC Med 2019;17:230.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tenfold.cohort.accuracy import brier
from tenfold.cohort.calibration import InTheLarge, calibration_by_groups, in_the_large
from tenfold.cohort.development.entry import Entry
from tenfold.cohort.development.fitting import light_fit
from tenfold.cohort.development.measures import Performance, performance
from tenfold.cohort.development.patients import Patients, coded_patients
from tenfold.cohort.development.shared_patients import told_apart
from tenfold.cohort.development.terms import Term
from tenfold.cohort.discrimination import area, harrell_c
from tenfold.cohort.significance import Floats, deviate
from tenfold.cohort.survival import kaplan_meier


@dataclass(frozen=True)
class Validation:
    """How a model did. `measures` as in internal validation (NaN where there is no answer).

    `intervals`: 95 %, by measure; `in_the_large` is null without a baseline. `groups`: `group`, `n`, `events`, `median`, `low`,
    `high`, and with a baseline `predicted` and `observed` survival at the horizon with `observed_low`, `observed_high`.
    `left_out`: by input, patients of whom it is not known. `remarks`: whether some are those the model was made from.
    """

    model: str
    n_given: int
    n: int
    events: int
    left_out: dict[str, int]
    horizon: float
    measures: Performance
    intervals: dict[str, tuple[float | None, float | None]]
    in_the_large: InTheLarge | None
    groups: pl.DataFrame
    case_mix: pl.DataFrame
    total_mean: float
    total_spread: float
    remarks: tuple[str, ...] = ()


def scored(
    entry: Entry, frame: pl.DataFrame, *, time: str, event: str, entry_time: str | None
) -> tuple[pl.DataFrame, Patients, dict[str, int]]:
    """Return the rows with a total, as patients whose one column is the total, and who was left out for what.

    ValueError if nobody has a total, and as for `coded_patients`.
    """
    needed = [name for name in (time, event, entry_time) if name is not None]
    absent = [name for name in needed if name not in frame.columns]
    if absent:
        raise ValueError(f"no column {', '.join(absent)}; there are {', '.join(frame.columns)}")
    totals = entry.totals(frame)
    known = ~np.isnan(totals)
    # What the scope guards read does not enter the total.
    read = frozenset[str]().union(*(criterion.reads for criterion in entry.score.criteria))
    inputs = [item.name for item in entry.score.inputs if item.name in read]
    left_out = {
        name: int(frame[name].is_null().sum()) if name in frame.columns else frame.height
        for name in inputs
        if name not in frame.columns or frame[name].null_count()
    }
    used = frame.with_columns(pl.Series("_total", totals)).filter(pl.Series(known))
    left_out |= {name: count for name in needed if (count := used[name].null_count())}
    used = used.drop_nulls(needed)
    if not used.height:
        told = ", ".join(f"{name} is not known for {count}" for name, count in left_out.items())
        raise ValueError(f"of {frame.height} patients none has a total of {entry.name}: {told}")
    patients = coded_patients(used, (), time=time, event=event, entry=entry_time)
    column = used["_total"].to_numpy()[:, None]
    return (
        used.drop("_total"),
        Patients(patients.time, patients.event, patients.entry, column, (), patients.of),
        left_out,
    )


def validate(
    entry: Entry,
    frame: pl.DataFrame,
    *,
    horizon: float,
    time: str = "time_months",
    event: str = "event",
    entry_time: str | None = None,
    developed: pl.DataFrame | None = None,
) -> Validation:
    """Measure a model in a frame of one row a patient. `developed`: the patients it was made from, where they are at hand.

    ValueError as for `scored`, for a horizon that is not positive, and where all patients are those it was made from.
    """
    if entry.intercept is not None:
        raise ValueError(f"{entry.name} tells who responds: it has no survival to measure")
    if not horizon > 0:
        raise ValueError(f"the horizon must be positive, not {horizon}")
    inputs = [term.name for term in entry.terms]
    remark = None if developed is None else told_apart(developed, frame, inputs, (time, event))
    used, patients, left_out = scored(entry, frame, time=time, event=event, entry_time=entry_time)
    total = patients.x[:, 0]
    within = entry.baseline is not None and entry.baseline.tells(horizon)
    hazard = entry.baseline.cumulative_hazard(horizon) if entry.baseline is not None and within else float("nan")
    measures = _measures(patients, entry.slope * total, hazard, horizon, within)
    fit = light_fit(Patients(patients.time, patients.event, patients.entry, entry.slope * patients.x, (), patients.of))
    reach = deviate(0.95) * math.sqrt(float(fit.variance[0, 0]))
    slope = (None, None) if np.isnan(measures.slope) else (measures.slope - reach, measures.slope + reach)
    risk = -np.expm1(-hazard * np.exp(entry.slope * total)) if within else None
    followed = patients.entry is None and bool((patients.time > horizon).any())
    large = in_the_large(patients.time, patients.event, risk, horizon) if risk is not None and followed else None
    return Validation(
        model=entry.name,
        n_given=frame.height,
        n=patients.n,
        events=patients.events,
        left_out=left_out,
        horizon=horizon,
        measures=measures,
        intervals={
            "concordance": _concordance_interval(patients, total),
            "slope": slope,
            **_at_horizon(patients, total, risk, horizon),
            "observed_to_expected": (None, None) if large is None else (large.low, large.high),
        },
        in_the_large=large,
        groups=_groups(entry, used, patients, risk, horizon),
        case_mix=compare_case_mix(entry.case_mix, case_mix(entry.terms, used, total)),
        total_mean=float(total.mean()),
        total_spread=float(total.std(ddof=1)) if total.size > 1 else 0.0,
        remarks=() if remark is None else (remark,),
    )


def case_mix(terms: Sequence[Term], frame: pl.DataFrame, total: Floats) -> tuple[dict[str, Any], ...]:
    """Describe patients: the share with each level, mean and standard deviation of numbers and of the total."""
    rows: list[dict[str, Any]] = []
    for term in terms:
        values = frame[term.name].drop_nulls()
        if term.coding in ("bands", "linear"):
            numbers = values.cast(pl.Float64).to_numpy()
            rows.append(_row(term.name, "mean", numbers))
            continue
        text = values.cast(pl.String) if term.coding == "levels" else values
        wanted = term.levels if term.coding == "levels" else (True,)
        rows += [
            _row(term.name, "yes" if level is True else str(level), (text == level).to_numpy().astype(float))
            for level in wanted
        ]
    return (*rows, _row("total", "mean", total))


def compare_case_mix(there: Sequence[Mapping[str, Any]], here: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Put two descriptions side by side: `input`, `level`, `developed`, `here`, `standardised_difference`.

    The difference is over the standard deviation where the model was made; 0.1 is small.
    """
    before = {(row["input"], row["level"]): row for row in there}
    rows = []
    for row in here:
        other = before.get((row["input"], row["level"]))
        gap = None
        if other is not None and other["spread"] > 0:
            gap = (row["value"] - other["value"]) / other["spread"]
        rows.append((row["input"], row["level"], None if other is None else other["value"], row["value"], gap))
    schema = {"input": pl.String, "level": pl.String} | dict.fromkeys(
        ("developed", "here", "standardised_difference"), pl.Float64
    )
    return pl.DataFrame(rows, schema, orient="row")


def membership(terms: Sequence[Term], developed: pl.DataFrame, here: pl.DataFrame) -> float:
    """How well the inputs tell which cohort a patient is from: 0.5 not at all, 1 always.

    ValueError if no patient of one of them has all inputs known.
    """
    from tenfold.cohort.regression import firth

    names = [term.name for term in terms]
    parts = [part.select(names).drop_nulls() for part in (developed, here)]
    if not all(part.height for part in parts):
        raise ValueError("in one of the cohorts no patient has all inputs known")
    x = np.vstack([np.column_stack([term.coded(part[term.name]) for term in terms]) for part in parts])
    which = np.repeat([0, 1], [part.height for part in parts])
    table = pl.DataFrame({f"x{k}": x[:, k] for k in range(x.shape[1])} | {"here": which})
    varying = [name for name in table.columns[:-1] if table[name].n_unique() > 1]
    chance = (
        firth(table, response="here", covariates=varying).probability(table) if varying else np.full(len(which), 0.5)
    )
    inside, outside = chance[which == 1], np.sort(chance[which == 0])
    below = np.searchsorted(outside, inside, side="left") + np.searchsorted(outside, inside, side="right")
    return float(below.sum() / (2 * inside.size * outside.size))


def _measures(patients: Patients, total: Floats, hazard: float, horizon: float, within: bool) -> Performance:
    if within:
        return performance(patients, total, hazard, horizon)
    # Without a baseline only what needs no probability: ranks and slope.
    found = performance(patients, total, 0.1, horizon)
    return Performance(found.concordance, found.slope, found.area, float("nan"), float("nan"))


def _concordance_interval(patients: Patients, total: Floats) -> tuple[float | None, float | None]:
    if patients.entry is not None or float(np.ptp(total)) < 1e-9:
        return None, None
    found = harrell_c(patients.time, patients.event, total)
    return found.low, found.high


def _at_horizon(
    patients: Patients, total: Floats, risk: Floats | None, horizon: float
) -> dict[str, tuple[float | None, float | None]]:
    """The intervals of area and Brier score, by influence."""
    found: dict[str, tuple[float | None, float | None]] = {}
    if patients.entry is not None or not (patients.time > horizon).any() or float(np.ptp(total)) < 1e-9:
        return found
    if (patients.event & (patients.time <= horizon)).any():
        one = area(patients.time, patients.event, total, horizon)
        found["area"] = (one.low, one.high)
    if risk is not None:
        score = brier(patients.time, patients.event, np.clip(risk, 0, 1), horizon)
        found["brier"] = (score.low, score.high)
    return found


def _groups(entry: Entry, used: pl.DataFrame, patients: Patients, risk: Floats | None, horizon: float) -> pl.DataFrame:
    if patients.entry is not None:
        return pl.DataFrame(schema=_GROUPS)
    of = np.array([group or "open" for group in entry.groups(used)])
    told = calibration_by_groups(patients.time, patients.event, risk, horizon, groups=of) if risk is not None else None
    rows = []
    for name in (*entry.score.answers, "open"):
        held = of == name
        if not held.any():
            continue
        median = kaplan_meier(patients.time[held], patients.event[held]).median()
        row = None if told is None else told.row(by_predicate=pl.col("group") == name, named=True)
        alive = [None] * 4
        if row is not None:
            # Of who had the event the higher end is that of who are alive the lower.
            alive = [None if row[end] is None else 1 - row[end] for end in ("predicted", "observed", "high", "low")]
        rows.append(
            (name, int(held.sum()), int(patients.event[held].sum()), median.value, median.low, median.high, *alive)
        )
    return pl.DataFrame(rows, _GROUPS, orient="row")


_GROUPS = {"group": pl.String, "n": pl.Int64, "events": pl.Int64} | dict.fromkeys(
    ("median", "low", "high", "predicted", "observed", "observed_low", "observed_high"), pl.Float64
)


def _row(name: str, level: str, values: Floats) -> dict[str, Any]:
    if not values.size:
        return {"input": name, "level": level, "value": 0.0, "spread": 0.0, "n": 0}
    spread = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return {
        "input": name,
        "level": level,
        "value": round(float(values.mean()), 4),
        "spread": round(spread, 4),
        "n": values.size,
    }

"""One patient's survival from a model's baseline: at chosen months and as a median, with intervals.

Where something is not known, the answer is a range: the survival with the lowest and with the highest total that are still
possible, each with its interval. Beyond the longest follow-up of the patients the model was made from nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from tenfold.calculator import _answer, _parse, inputs_of
from tenfold.cohort.development.baseline import Baseline
from tenfold.cohort.development.entry import Entry
from tenfold.cohort.development.response.chance import chance, chance_lines, extremes
from tenfold.cohort.significance import Floats
from tenfold.logic.answering import answer

MONTHS = (6.0, 12.0, 24.0)
LEVEL = 0.95


@dataclass(frozen=True)
class Survival:
    """Survival at a month. `survival` is null where what is not known leaves `least` to `most`; `low` and `high`: the
    interval, over all that is possible. All null past the follow-up the model was made from.
    """

    months: float
    survival: float | None
    least: float | None
    most: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Individual:
    """One patient's prediction. `median`, `median_low`, `median_high` in months: null where not reached, or open."""

    at: tuple[Survival, ...]
    median: float | None
    median_low: float | None
    median_high: float | None
    median_least: float | None
    median_most: float | None
    relative_hazard: tuple[float, float]
    until: float
    interval: str
    notes: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The prediction as plain data."""
        return asdict(self)


def score_file(entry: Entry, values: Sequence[str], months: Sequence[float] = MONTHS) -> list[dict[str, Any]]:
    """Answer a model in a file from "field=value" texts, as `calculate` does for one of the catalogue.

    The answer has `individual` beside the rest, null where there is neither baseline nor intercept, or the model refuses.
    A model of who responds tells a probability (`Chance`), whatever the months. ValueError as for
    `calculate`, and for months that are not positive.
    """
    if any(not month > 0 for month in months):
        raise ValueError("survival is asked for at months above 0")
    question = entry.score
    given, _ = _parse([question], values)
    known = inputs_of([question])
    row = pl.DataFrame({name: [value] for name, value in given.items()}, {name: known[name].dtype for name in known})
    [answered] = answer(row, [question]).to_dicts()
    told = _answer(question, answered)
    refused = not told["possible"]
    if entry.intercept is not None:
        likely = None if refused else chance(entry, entry.coded(row)[0])
        shown = None if likely is None else likely.as_data()
        return [{**told, "individual": shown, "lines": chance_lines(entry, likely)}]
    found = None if refused or entry.baseline is None else _individual(entry, row, answered, months)
    return [{**told, "individual": None if found is None else found.as_data(), "lines": lines(entry, found)}]


def individual(entry: Entry, row: pl.DataFrame, months: Sequence[float] = MONTHS) -> Individual:
    """Predict for a frame of one row. ValueError where the entry has no baseline, or there is not one row."""
    if entry.intercept is not None:
        raise ValueError(f"{entry.name} tells who responds, and no survival")
    if entry.baseline is None:
        raise ValueError(f"{entry.name} has no baseline: `tenfold recalibrate` fits one on local patients")
    if row.height != 1:
        raise ValueError(f"give one row, not {row.height}")
    [answered] = answer(row, [entry.score], outside_scope="compute").to_dicts()
    return _individual(entry, row, answered, months)


def lines(entry: Entry, found: Individual | None) -> list[str]:
    """The prediction in words."""
    if found is None:
        return [] if entry.baseline else ["no baseline is held: no survival can be told for one patient"]
    said = []
    for each in found.at:
        if each.most is None or each.least is None:
            said.append(f"at {each.months:g} months: nobody was followed so far ({found.until:.1f} months at most)")
            continue
        value = (
            _percent(each.survival)
            if each.survival is not None
            else f"{_percent(each.least)} to {_percent(each.most)} (open)"
        )
        said.append(f"at {each.months:g} months: {value}{_interval(each.low, each.high)}")
    if found.median is not None:
        low, high = (_months(end) for end in (found.median_low, found.median_high))
        told = f"{found.median:.1f} months" + (f" (95 % interval {low} to {high})" if found.interval else "")
    elif found.median_least is not None and found.median_least != found.median_most:
        told = f"{_months(found.median_least)} to {_months(found.median_most)} (open)"
    else:
        told = f"not reached within the {found.until:.1f} months of follow-up"
    return [*said, f"median: {told}", *found.notes]


def _individual(entry: Entry, row: pl.DataFrame, answered: Mapping[str, Any], months: Sequence[float]) -> Individual:
    baseline = entry.baseline
    assert baseline is not None
    key = entry.score.key
    if entry.of is None:
        low, high = extremes(entry, entry.coded(row)[0])
    else:
        low, high = (np.array([float(answered[f"{key}_{end}"])]) for end in ("low", "high"))
    weights = entry.columns if entry.of is None else np.ones(1)
    curves = []
    for x in (low, high):
        total = float(np.round(x @ weights, 10))
        curves.append(
            (total, baseline.curve(np.array([total]) if baseline.on == "total" else x, entry.slope * total, LEVEL))
        )
    open_ = abs(curves[0][0] - curves[1][0]) > 1e-12
    if entry.slope < 0:
        curves.reverse()
    at = tuple(_at(baseline, month, curves[0][1], curves[1][1], open_) for month in months)
    best, worst = (_first(baseline, curve[0]) for _, curve in curves)
    has_interval = bool(baseline.own.size)
    return Individual(
        at=at,
        median=None if open_ else best,
        median_low=_first(baseline, curves[1][1][1]) if has_interval else None,
        median_high=_first(baseline, curves[0][1][2]) if has_interval else None,
        median_least=worst,
        median_most=best,
        relative_hazard=tuple(float(np.exp(entry.slope * total)) for total, _ in curves),  # type: ignore[arg-type]
        until=baseline.until,
        interval=baseline.interval,
        notes=_notes(entry),
    )


def _at(baseline: Baseline, month: float, best: tuple[Floats, ...], worst: tuple[Floats, ...], open_: bool) -> Survival:
    if month > baseline.until:
        return Survival(month, None, None, None, None, None)
    k = int(np.searchsorted(baseline.times, month, side="right")) - 1
    if k < 0:
        return Survival(month, 1.0, 1.0, 1.0, None, None)
    most, least = float(best[0][k]), float(worst[0][k])
    low, high = (None if np.isnan(value) else float(value) for value in (worst[1][k], best[2][k]))
    return Survival(month, None if open_ else most, least, most, low, high)


def _first(baseline: Baseline, curve: Floats) -> float | None:
    """The first time at which a curve has fallen to a half."""
    fallen = np.flatnonzero(curve <= 0.5)
    return float(baseline.times[fallen[0]]) if fallen.size else None


def _notes(entry: Entry) -> tuple[str, ...]:
    baseline = entry.baseline
    assert baseline is not None
    said = [f"interval: {baseline.interval}"] if baseline.interval else ["no interval is held"]
    return (*said, "the share of such patients, not how long one of them lives")


def _percent(share: float) -> str:
    return f"{100 * Decimal(str(share)):.0f} %"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" (95 % interval {100 * low:.0f} to {100 * high:.0f})"


def _months(value: float | None) -> str:
    return "not reached" if value is None else f"{value:.1f}"

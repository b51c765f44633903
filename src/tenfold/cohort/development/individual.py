"""One patient's survival from a model's baseline: at chosen months and as a median, with intervals.

Where something is not known, the answer is a range: the survival with the lowest and with the highest total that are still
possible, each with its interval. Between the times of a printed table survival lies from what is printed before to what is
printed after. Beyond the longest follow-up of the patients the model was made from nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from tenfold.calculator import _answer, _parse, inputs_of
from tenfold.catalogue import find
from tenfold.cohort.development.baseline import Baseline
from tenfold.cohort.development.entry import Entry
from tenfold.cohort.development.known_inputs import slips
from tenfold.cohort.development.response.chance import chance, chance_lines, extremes
from tenfold.cohort.significance import Floats
from tenfold.logic.answering import answer

MONTHS = (6.0, 12.0, 24.0)
LEVEL = 0.95


@dataclass(frozen=True)
class Survival:
    """Survival at a month. `survival` is null where what is not known, or not printed, leaves `least` to `most`; `low` and
    `high`: the interval, over all that is possible. All null past the follow-up the model was made from. `between`: the
    printed months it lies between (null after the last), null where the model tells it.
    """

    months: float
    survival: float | None
    least: float | None
    most: float | None
    low: float | None
    high: float | None
    between: tuple[float, float | None] | None = None


@dataclass(frozen=True)
class Individual:
    """One patient's prediction. `median`, `median_low`, `median_high` in months: null where not reached, or open.

    `open`: what is not known leaves several totals.
    """

    at: tuple[Survival, ...]
    median: float | None
    median_low: float | None
    median_high: float | None
    median_least: float | None
    median_most: float | None
    relative_hazard: tuple[float, float]
    until: float
    interval: str
    open: bool = False
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
    told = _answer(question, answered, None if entry.of is None else find(entry.of)[0])
    told["published"] += [f"note: {slip}" for slip in slips([item.name for item in question.inputs])]
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
    alive, title = endpoint_words(entry.endpoint)
    said = []
    for each in found.at:
        what = f"{alive} at {each.months:g} months"
        if each.most is None or each.least is None:
            said.append(f"{what}: nobody was followed so far ({found.until:.1f} months at most)")
            continue
        value = (
            _percent(each.survival) if each.survival is not None else f"{_percent(each.least)} to {_percent(each.most)}"
        )
        why = _why(found.open and each.survival is None, each.between)
        said.append(f"{what}: {value}{_interval(each.low, each.high)}{why}")
    return [*said, f"{title}: {_median(found, entry.baseline)}", *found.notes]


def endpoint_words(endpoint: str) -> tuple[str, str]:
    """How the patients are called who did not have the event, and what the median is of."""
    if endpoint.strip().lower() in ("os", "overall survival"):
        return "alive", "median survival"
    return f"without the event of {endpoint}", f"median time to the event of {endpoint}"


def _median(found: Individual, baseline: Baseline | None) -> str:
    if found.median is not None:
        low, high = (_months(end) for end in (found.median_low, found.median_high))
        return f"{found.median:.1f} months" + (f" (95 % interval {low} to {high})" if found.interval else "")
    if found.median_least is None:
        last = found.until if baseline is None else baseline.told_until
        return f"not reached within {last:.1f} months, and nothing is told of later"
    upper = "or more, perhaps not reached" if found.median_most is None else f"to {found.median_most:.1f}"
    why = "depending on what is not known" if found.open else "between two months that the model prints"
    return f"{found.median_least:.1f} {upper} months, {why}"


def _why(open_: bool, between: tuple[float, float | None] | None) -> str:
    """Why survival is a range."""
    said = ["depending on what is not known"] if open_ else []
    if between is not None:
        first, then = between
        printed = f"after the last month that the model prints, {first:g}"
        if then is not None:
            printed = (
                f"as the model prints it for {first:g} and for {then:g} months"
                if first
                else (f"as the model prints it from {then:g} months on")
            )
        said.append(printed)
    return "".join(f", {each}" for each in said)


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
    (best, latest), (earliest, _) = (_first(baseline, curve[0]) for _, curve in curves)
    has_interval = bool(baseline.own.size)
    return Individual(
        at=at,
        median=best if best == latest and not open_ else None,
        median_low=_first(baseline, curves[1][1][1])[0] if has_interval else None,
        median_high=_first(baseline, curves[0][1][2])[1] if has_interval else None,
        median_least=earliest,
        median_most=latest,
        relative_hazard=tuple(float(np.exp(entry.slope * total)) for total, _ in curves),  # type: ignore[arg-type]
        until=baseline.until,
        interval=baseline.interval,
        open=open_,
        notes=_notes(entry),
    )


def _at(baseline: Baseline, month: float, best: tuple[Floats, ...], worst: tuple[Floats, ...], open_: bool) -> Survival:
    if month > baseline.until:
        return Survival(month, None, None, None, None, None)
    before, after = baseline.around(month)
    most = 1.0 if before < 0 else float(best[0][before])
    least = 1.0 if after < 0 else 0.0 if after == baseline.times.size else float(worst[0][after])
    low, high = None, None
    if before >= 0 and after < baseline.times.size:
        low, high = (None if np.isnan(value) else float(value) for value in (worst[1][after], best[2][before]))
    between = None
    if before != after:
        first, then = (float(baseline.times[k]) if 0 <= k < baseline.times.size else None for k in (before, after))
        between = (first or 0.0, then)
    return Survival(month, None if open_ or between else most, least, most, low, high, between)


def _first(baseline: Baseline, curve: Floats) -> tuple[float | None, float | None]:
    """When a curve falls to a half: the earliest and the latest time that can be; nulls where it does not."""
    fallen = np.flatnonzero(curve <= 0.5)
    if not fallen.size:
        return None, None
    k = int(fallen[0])
    latest = float(baseline.times[k])
    return latest if baseline.event_times else float(baseline.times[k - 1]) if k else 0.0, latest


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

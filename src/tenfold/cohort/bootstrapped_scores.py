"""Scores resampled together, and each two of them compared: the same resamples for every score, so that they stay paired.

Predicted risks are held as they are: what is resampled is who they are measured on, and not how they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.cohort.accuracy import brier
from tenfold.cohort.discrimination import area, harrell_c, pairwise, uno_c
from tenfold.cohort.measured import Measured
from tenfold.cohort.measured_scores import MeasuredScore, Outcome, columns_of
from tenfold.cohort.nearest_neighbour_roc import nearest_neighbour_roc
from tenfold.cohort.resampling import bootstrapped, drawn_rows
from tenfold.cohort.scored import EVENT
from tenfold.cohort.significance import Floats

HARRELL, UNO, AREA, NEAREST, BRIER = "Harrell's C", "Uno's C", "AUC (IPCW)", "AUC (nearest neighbours)", "Brier score"
PAIRS = ("measure", "first", "second", "difference", "low", "high", "p", "boot_low", "boot_high", "boot_p")
Progress = Callable[[int], None]
Measures = dict[tuple[str, str], Floats]


def resampled(
    frame: pl.DataFrame,
    measured: Sequence[MeasuredScore],
    outcome: Outcome,
    resamples: int,
    seed: int,
    progress: Progress | None,
) -> Measures:
    """Each measure of each score in each resample; NaN where a resample has no answer."""
    if resamples < 2:
        return {}
    values = {score.asked.name: columns_of(frame, score.asked)[0] for score in measured}
    wanted = {
        (score.asked.name, name): np.full(resamples, np.nan)
        for score in measured
        for name, estimate in _estimates(score).items()
        if estimate is not None
    }
    risks = {score.asked.name: score.risks for score in measured}
    for k, rows in enumerate(drawn_rows(seed, outcome.times.size, resamples)):
        for name, measure in wanted:
            given = risks[name] if measure == BRIER else values[name]
            assert given is not None  # what was estimated has the values that it was estimated from
            try:
                wanted[name, measure][k] = _again(measure, outcome, given, rows)
            except ValueError:
                continue
        if progress is not None:
            progress(1)
    return wanted


def _again(measure: str, outcome: Outcome, given: Floats, rows: NDArray[np.intp]) -> float:
    """One measure on one resample."""
    times, codes, score, horizon = outcome.times[rows], outcome.codes[rows], given[rows], outcome.horizon
    event = codes == EVENT
    if measure == HARRELL:
        return harrell_c(times, event, score).value
    if measure == UNO:
        return uno_c(times, event, score, until=horizon).value
    if measure == AREA:
        return area(times, codes, score, horizon).value
    if measure == NEAREST:
        return nearest_neighbour_roc(times, event, score, horizon).area
    return brier(times, codes, score, horizon).value


def _estimates(score: MeasuredScore) -> dict[str, float | None]:
    return {
        HARRELL: None if score.harrell is None else score.harrell.value,
        UNO: None if score.uno is None else score.uno.value,
        AREA: None if score.area is None else score.area.value,
        NEAREST: None if score.nearest is None else score.nearest.area,
        BRIER: None if score.brier is None else score.brier.value,
    }


def with_bootstrap(score: MeasuredScore, replicates: Measures, seed: int) -> MeasuredScore:
    """The score with the bootstrap of each of its measures."""
    found = {}
    for measure, value in _estimates(score).items():
        drawn = replicates.get((score.asked.name, measure))
        if value is not None and drawn is not None and (~np.isnan(drawn)).any():
            found[measure] = bootstrapped(value, drawn, seed=seed)
    return replace(score, bootstrapped=found)


def in_pairs(measured: Sequence[MeasuredScore], replicates: Measures, seed: int) -> pl.DataFrame:
    """Each two scores by measure (`PAIRS`): first less second, by influence and, where there are resamples, by bootstrap."""
    rows: list[tuple[object, ...]] = []
    by_influence: dict[str, dict[str, Measured | None]] = {
        HARRELL: {score.asked.name: score.harrell for score in measured},
        UNO: {score.asked.name: score.uno for score in measured},
        AREA: {score.asked.name: score.area for score in measured},
        BRIER: {score.asked.name: score.brier for score in measured},
    }
    tested = {
        measure: {(row["first"], row["second"]): row for row in pairwise(_there(estimates)).to_dicts()}
        for measure, estimates in by_influence.items()
    }
    for measure in (HARRELL, UNO, AREA, NEAREST, BRIER):
        for first, second in combinations(measured, 2):
            one, other = _estimates(first)[measure], _estimates(second)[measure]
            if one is None or other is None:
                continue
            names = (first.asked.name, second.asked.name)
            test = tested.get(measure, {}).get(names, {})
            drawn = [replicates.get((name, measure)) for name in names]
            boot: tuple[float | None, ...] = (None, None, None)
            if drawn[0] is not None and drawn[1] is not None and (~np.isnan(drawn[0] - drawn[1])).any():
                found = bootstrapped(one - other, drawn[0] - drawn[1], seed=seed)
                boot = (found.low, found.high, found.p)
            rows.append((measure, *names, one - other, test.get("low"), test.get("high"), test.get("p"), *boot))
    schema = dict.fromkeys(PAIRS[:3], pl.String) | dict.fromkeys(PAIRS[3:], pl.Float64)
    return pl.DataFrame(rows, schema, orient="row")


def _there(estimates: dict[str, Measured | None]) -> dict[str, Measured]:
    return {name: estimate for name, estimate in estimates.items() if estimate is not None}

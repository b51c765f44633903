"""Simulated series with planted truth: what the molecular state finds of relapses that are known to be there.

Each simulated patient enters remission on day 0 and is sampled on a schedule, a positive sample being repeated within
four weeks: some never carry anything, some keep a stable level below 2 %, some convert and regrow, some regrow from a
low level. Noise-free, every planted relapse that was adequately sampled must be found and none invented; with assay
noise, the share found and the share invented are measured. All of it is SIMULATED.

Traps: "adequately sampled" means that the series itself holds what the edition asks for: a conversion, or a tenfold rise
over a low level, and a second sample that still shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import CONTINUOUS, UNIQUE, IntEnum, verify

import numpy as np
from numpy.typing import NDArray

from tenfold.logic.fold import NO, YES
from tenfold.mrd.kinetics_numbers import KINETICS, LOG10_2, doubling_time
from tenfold.mrd.levels import ABL1
from tenfold.mrd.molecular_memory import Kind, Rows, State
from tenfold.mrd.molecular_state import MOLECULAR_STATE
from tenfold.mrd.regrowth import Assay
from tenfold.mrd.streams import rules
from tenfold.records.timeline import DAYS_PER_MONTH
from tenfold.settings import DEFAULTS, Settings

Floats = NDArray[np.float64]
DETECTION, QUANTIFICATION = float(np.log10(100 * 1 / 50_000)), float(np.log10(100 * 10 / 50_000))
"""log10 of % of ABL1 at 50,000 copies: one copy, ten copies."""
REPEAT_DAYS = 21


@verify(UNIQUE, CONTINUOUS)
class Course(IntEnum):
    """What was planted."""

    CLEAR = 0
    STABLE_LOW = 1
    CONVERSION = 2
    RISE_FROM_LOW_LEVEL = 3


@dataclass(frozen=True)
class Planted:
    """Simulated series. Arrays by patient (n) or by patient and sample (n, k); levels are log10 % of ABL1.

    `course`; `days` of the samples; `true` levels (-inf for none); `low`, `high`, `detected` as reported.
    """

    course: NDArray[np.int64]
    days: NDArray[np.int64]
    true: Floats
    low: Floats
    high: Floats
    detected: NDArray[np.int64]


def plant(patients: int, *, noise: float, seed: int, months_between: float = 3.0, samples: int = 8) -> Planted:
    """Simulate series of NPM1 in marrow: every so many months, each sample repeated after three weeks."""
    generator = np.random.default_rng(seed)
    course = generator.integers(0, len(Course), patients)
    visits = np.rint((1 + np.arange(samples)) * months_between * DAYS_PER_MONTH).astype(np.int64)
    days = np.sort(np.concatenate([visits, visits + REPEAT_DAYS]))
    every = np.broadcast_to(days, (patients, len(days)))
    median, spread = doubling_time("NPM1", KINETICS)
    doubling = median.value * 10 ** (spread.value * generator.standard_normal(patients))
    start = generator.uniform(days[1], days[-1], patients)
    grown = np.maximum(every - start[:, None], 0.0) * LOG10_2 / doubling[:, None]
    stable = generator.uniform(QUANTIFICATION + 0.3, np.log10(2.0) - 1.2, patients)
    level = np.full(every.shape, -np.inf)
    persists = np.isin(course, (Course.STABLE_LOW, Course.RISE_FROM_LOW_LEVEL))
    level[persists] = stable[persists, None]
    level[course == Course.RISE_FROM_LOW_LEVEL] += grown[course == Course.RISE_FROM_LOW_LEVEL]
    converts = course == Course.CONVERSION
    level[converts] = np.where(grown[converts] > 0, DETECTION - 1.0 + grown[converts], -np.inf)
    level = np.minimum(level, 3.0)
    reported = Assay(noise, DETECTION, QUANTIFICATION).report(level, generator)
    return Planted(course, every, level, reported.low, reported.high, reported.detected)


def confirmed(planted: Planted, settings: Settings = DEFAULTS, *, compiled: bool | None = None) -> NDArray[np.bool_]:
    """Whether the molecular state finds a confirmed relapse in each series."""
    patients, samples = planted.days.shape
    size = samples + 1  # the remission and the samples
    columns = {name: np.zeros((patients, size), np.int64) for name in Rows._fields}
    for name in ("history_known", "treatments_known", "transplants_known", "responses_known", "low_level_rule"):
        columns[name][:] = YES
    columns["kind"][:, 0], columns["kind"][:, 1:] = Kind.REMISSION, Kind.SAMPLE
    columns["earliest_day"][:, 1:] = columns["latest_day"][:, 1:] = planted.days
    columns["detected"][:, 1:], columns["adequate"][:] = planted.detected, YES
    columns["family"][:], columns["therapy"][:] = ABL1, NO
    bounds = {name: np.full((patients, size), -np.inf) for name in ("low", "share_low")}
    bounds |= {name: np.full((patients, size), np.inf) for name in ("high", "share_high")}
    bounds["low"][:, 1:], bounds["high"][:, 1:] = planted.low, planted.high
    rows = Rows(**{name: values.ravel() for name, values in (columns | bounds).items()})
    starts = np.arange(patients + 1) * size
    walked = MOLECULAR_STATE.walk(rows, rules(settings), starts, compiled=compiled)
    return np.asarray((walked["states"] == 1 << State.RELAPSE_CONFIRMED).reshape(patients, size).any(axis=1))


def adequately_sampled(planted: Planted) -> NDArray[np.bool_]:
    """Whether the true levels, seen without noise, hold a relapse by ELN 2021's words and a second sample that shows it.

    Written apart from the state machine, from the definition: after negativity two positive samples in a row; or, without
    negativity, two samples in a row at least tenfold above the lowest before, which was below 2 %.
    """
    seen = planted.true >= DETECTION
    quantified = planted.true >= QUANTIFICATION
    negative_before = np.cumsum(~seen, axis=1) > 0
    pair = seen[:, :-1] & seen[:, 1:]
    converted = (pair & negative_before[:, :-1]).any(axis=1)
    level = np.where(quantified, planted.true, np.inf)
    lowest = np.minimum.accumulate(level, axis=1)[:, :-2]
    low = lowest < np.log10(2.0)
    tenfold = (planted.true[:, 1:-1] - lowest >= 1 - 1e-9) & (planted.true[:, 2:] - lowest >= 1 - 1e-9)
    never_negative = ~negative_before[:, 2:]
    return np.asarray(converted | (tenfold & low & never_negative & quantified[:, 1:-1]).any(axis=1))

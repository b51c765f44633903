"""Residual disease over time: true levels that fall, hold or double, and what a laboratory reports of them.

NPM1 and core-binding factor transcripts in marrow and blood, in % of ABL1, on log10. A level falls under treatment,
may hold at a stable low level, and before a relapse follows the line that reaches overt disease on its day with the
patient's own doubling time; the highest of these is the level. Marrow is due every three months in remission, and again
three weeks after a positive one; blood every month for two years.

Traps: noise is one figure (SD, log10) whatever the level; samples too poor to count are not simulated; the planted
relapse is read from the series without noise by ELN 2021's words, of each remission up to its transplant, and is not
asked for after pre-emptive treatment has begun.

Ommen et al., Blood 2010;115:198-205 (doubling times); Heuser et al., Blood 2021;138:2753-2767 (relapse).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from tenfold.cohort.simulation.course import DETECTABLE, MARROW_VISITS, OVERT, REPEAT_AFTER, START, Course
from tenfold.cohort.simulation.numbers import NEVER, Flags, Floats, Integers, number
from tenfold.cohort.simulation.population import Population
from tenfold.mrd.kinetics_numbers import LOG10_2
from tenfold.settings import DEFAULTS

NOTHING = DETECTABLE - 1.0
"""log10 % of ABL1: below this a level counts as none."""
BLOOD_VISITS = np.concatenate([30 * np.arange(1, 25), np.arange(811, 1500, 91)])
QUANTIFIABLE_COPIES = float(DEFAULTS["mrd.quantification_copies"])
TOLERANCE = 1e-9


class TrueState(IntEnum):
    """What truly goes on in the patient when a sample is taken."""

    NOTHING = 0
    FALLING = 1
    STABLE = 2
    RISING = 3
    OVERT = 4


STATE_NAMES = ("nothing there", "falling", "stable low level", "rising", "overt disease")


@dataclass(frozen=True)
class Series:
    """Samples of patients, arrays of shape (n, k), sorted by day in each patient and tissue (`blood`: of length k).

    `taken`: whether there is such a sample; `level`: true, log10 % of ABL1 (-inf for nothing); `copies`: of the target,
    of those that can be quantified, else NaN; `segment`: 0 outside remission, else a number for each remission up to
    its transplant and from there on; `asked`: in remission and before any pre-emptive treatment; `planted`: the first
    sample of a relapse that the series without noise confirms.
    """

    day: Integers
    blood: Flags
    taken: Flags
    level: Floats
    state: Integers
    control: Floats
    detected: Flags
    copies: Floats
    segment: Integers
    asked: Flags
    planted: Flags


def series(
    people: Population, happened: Course, noise: float, generator: np.random.Generator, scatter: np.random.Generator
) -> Series:
    """Take the samples of everybody who has a marker. `scatter` is the stream of the assay's noise (SD, log10)."""
    kinetics = _Kinetics.drawn(people, happened, generator)
    parts = [_samples(people, happened, kinetics, blood, noise, generator, scatter) for blood in (False, True)]
    joined = {name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in _FIELDS}
    return Series(**joined)


_FIELDS = tuple(Series.__dataclass_fields__)


@dataclass(frozen=True)
class _Kinetics:
    """Each patient's own first level, fall and stable level: in the first line, and after the index treatment."""

    top: Floats
    slope: Floats
    stable: Floats

    @classmethod
    def drawn(cls, people: Population, happened: Course, generator: np.random.Generator) -> _Kinetics:
        n = len(people)
        mean, spread = number("residual.at_diagnosis")
        slope, slope_spread = number("residual.fall")
        low, high = number("residual.stable")
        top = mean + spread * generator.standard_normal((2, n))
        slopes = slope * 10 ** (slope_spread * generator.standard_normal((2, n)))
        uniform = generator.random((4, n))
        relapses = np.stack([happened.true_relapse, happened.true_second_relapse]) < NEVER
        keeps = ~relapses & (uniform[:2] < number("first_line.stable_low_level"))
        return cls(top, slopes, np.where(keeps, low + (high - low) * uniform[2:], -np.inf))


def _levels(happened: Course, kinetics: _Kinetics, day: Integers) -> tuple[Floats, Integers]:
    """The true marrow level on each day, and what holds it there."""
    late = day >= happened.index[:, None]
    begun = np.where(late, happened.index[:, None], START)
    which = late.astype(int)
    patient = np.arange(len(day))[:, None]
    top, slope = kinetics.top[which, patient], kinetics.slope[which, patient]
    fall = top - np.maximum(day - begun, 0) * slope
    stable = np.where(day > begun, kinetics.stable[which, patient], -np.inf)
    aim = np.where(late, happened.true_second_relapse[:, None], happened.true_relapse[:, None])
    doubled = LOG10_2 / happened.doubling_days[:, None]
    rise = np.where(aim < NEVER, OVERT - (aim - day) * doubled, -np.inf)
    # Pre-emptive treatment that is answered turns the rise into a fall.
    since = day - happened.pre_emptive[:, None]
    answered = happened.responded[:, None] & (since > 0) & ~late
    turned = OVERT - (aim - happened.pre_emptive[:, None]) * doubled - since * slope
    rise, fall = np.where(answered, -np.inf, rise), np.where(answered, np.maximum(fall, turned), fall)
    every = np.stack([fall, stable, rise])
    level = every.max(axis=0)
    state = np.where(level < NOTHING, TrueState.NOTHING, every.argmax(axis=0) + TrueState.FALLING)
    return np.where(level < NOTHING, -np.inf, np.minimum(level, 3.0)), state


def _visits(happened: Course, blood: bool, generator: np.random.Generator) -> tuple[Integers, Flags, Flags]:
    """Days on which samples are due (n, k), whether each is in time, and which ones only repeat the one before."""
    n = len(happened.end)
    after = BLOOD_VISITS if blood else MARROW_VISITS
    columns, in_time, repeats = [np.zeros((n, 1), np.int64)], [np.ones((n, 1), bool)], [np.zeros(1, bool)]
    for remission, until in (
        (happened.remission, np.minimum(happened.relapse, happened.index)),
        (happened.second_remission, happened.second_relapse),
    ):
        jitter = generator.integers(-4, 5, (n, len(after)))
        due = remission[:, None] + after + jitter
        again = due + REPEAT_AFTER + generator.integers(-3, 4, due.shape)
        both = due if blood else np.stack([due, again], axis=2).reshape(n, -1)
        columns.append(both)
        in_time.append((both < until[:, None]) & (both < np.minimum(happened.end, NEVER)[:, None]))
        repeats.append(np.zeros(len(after), bool) if blood else np.tile([False, True], len(after)))
        if remission is happened.remission:
            before = (happened.index - 2)[:, None]
            columns.append(before)
            in_time.append((before > 0) & (happened.index < NEVER)[:, None])
            repeats.append(np.zeros(1, bool))
    return np.concatenate(columns, axis=1), np.concatenate(in_time, axis=1), np.concatenate(repeats)


def _samples(
    people: Population,
    happened: Course,
    kinetics: _Kinetics,
    blood: bool,
    noise: float,
    generator: np.random.Generator,
    scatter: np.random.Generator,
) -> Series:
    day, in_time, repeats = _visits(happened, blood, generator)
    level, state = _levels(happened, kinetics, np.where(in_time, day, 0))
    outside = ~_in_remission(happened, day)
    level, state = np.where(outside, np.maximum(level, OVERT), level), np.where(outside, TrueState.OVERT, state)
    level = level - number("residual.blood_below_marrow") if blood else level
    median, spread, least = number("residual.control_copies")
    control = np.maximum(np.round(median * 10 ** (spread * generator.standard_normal(day.shape))), least)
    drawn = scatter.standard_normal(day.shape)
    detected, copies = _reported(level + noise * drawn, control)
    sees, counts = _reported(level, control)
    # A repeat is taken only of a positive sample.
    wanted = in_time & (people.marker > 0)[:, None]
    taken = wanted & ~(repeats & ~np.roll(detected, 1, axis=1))
    segment = np.where(outside, 0, _segment(happened, day))
    asked = taken & (segment > 0) & ~((day > happened.pre_emptive[:, None]) & (day < happened.failed[:, None]))
    planted = planted_relapses(sees, counts, control, segment, asked)
    return Series(
        day=day,
        blood=np.full(day.shape[1], blood),
        taken=taken,
        level=level,
        state=state,
        control=control,
        detected=detected,
        copies=copies,
        segment=segment,
        asked=asked,
        planted=planted,
    )


def _in_remission(happened: Course, day: Integers) -> Flags:
    first = (day >= happened.remission[:, None]) & (day < happened.failed[:, None])
    second = (day >= happened.second_remission[:, None]) & (day < happened.second_relapse[:, None])
    return np.asarray(first | second)


def _segment(happened: Course, day: Integers) -> Integers:
    """1 and 2: the first remission up to its transplant and after it; 3 and 4: the second."""
    second = day >= happened.second_remission[:, None]
    graft = np.where(second, happened.second_transplant[:, None], happened.transplant[:, None])
    return np.where(second, 3, 1) + (day > graft)


def _reported(level: Floats, control: Floats) -> tuple[Flags, Floats]:
    """Whether the target is seen, and its copies to a thousandth where they can be quantified (else NaN)."""
    copies = np.round(10**level / 100 * control, 3)
    return copies >= 1, np.where(copies >= QUANTIFIABLE_COPIES, copies, np.nan)


def planted_relapses(detected: Flags, copies: Floats, control: Floats, segment: Integers, asked: Flags) -> Flags:
    """The first sample of each relapse that two samples in a row show: after negativity, or a rise from a low level.

    Arrays (n, k) in the order of days; only samples that are `asked` count, and each segment begins anew. A rise is at
    least tenfold above the lowest earlier level, which was below 2 % of ABL1; of a sample too low to be quantified only
    its upper end is known. Written from the definition, apart from the state machine.
    """
    n, k = detected.shape
    with np.errstate(invalid="ignore"):
        value = np.log10(copies / control * 100)
    low = np.where(np.isnan(value), -np.inf, value)
    high = np.where(np.isnan(value), np.log10(QUANTIFIABLE_COPIES / control * 100), value)
    found = np.zeros((n, k), bool)
    everybody = np.arange(n)
    current, lowest = np.zeros(n, np.int64), np.full(n, np.inf)
    negative, relapsed = np.zeros(n, bool), np.zeros(n, bool)
    pending = np.full(n, -1)
    for i in range(k):
        here = asked[:, i]
        new = here & (segment[:, i] != current)
        current = np.where(new, segment[:, i], current)
        lowest, pending = np.where(new, np.inf, lowest), np.where(new, -1, pending)
        negative, relapsed = negative & ~new, relapsed & ~new
        positive = here & detected[:, i]
        # Without any earlier sample the lowest is not known, and nothing has risen.
        risen = (low[:, i] - lowest >= 1 - TOLERANCE) & (lowest < np.log10(2.0) - TOLERANCE)
        shows = positive & (negative | risen) & ~relapsed
        confirms = shows & (pending >= 0)
        found[everybody[confirms], pending[confirms]] = True
        relapsed = relapsed | confirms
        pending = np.where(confirms, -1, np.where(here, np.where(shows, i, -1), pending))
        negative = negative | (here & ~detected[:, i])
        lowest = np.where(positive, np.minimum(lowest, high[:, i]), lowest)
    return found

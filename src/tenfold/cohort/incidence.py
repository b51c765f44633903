"""Cumulative incidence under competing risks: the Aalen-Johansen estimate and Gray's test between groups.

Relapse and death without relapse compete: whoever dies first can no longer relapse. One less Kaplan-Meier with the other
cause censored overstates both; these do not. Intervals are R's `survfit` for competing risks (infinitesimal jackknife
errors; log-log unless asked otherwise), the test is R's `cmprsk::cuminc`.

Traps: a cause is text for everybody, "censored" for those without any event: a null is unknown and is refused, not
censored. At a tie events come before censorings, and all causes at a time act at once.

Aalen and Johansen, Scand J Stat 1978;5:141-150; Gray, Ann Stat 1988;16:1141-1154.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tenfold.cohort.covariates import Table, as_times, design
from tenfold.cohort.delayed_entry import at_risk_times
from tenfold.cohort.groups import _codes
from tenfold.cohort.significance import Floats, Test, deviate, known, quadratic_test
from tenfold.cohort.survival import ConfidenceScale

CENSORED = "censored"


@dataclass(frozen=True)
class IncidenceEstimate:
    """The share with an event of a cause by a time, with its interval; null where the curve says nothing."""

    cause: str
    time: float
    incidence: float | None
    standard_error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Incidence:
    """The cumulative incidence of each cause.

    `steps`: one row a cause and distinct time: `cause`, `time`, `at_risk`, `events`, `censored`, `incidence`,
    `standard_error`, `low`, `high` (null where not defined). `n` patients, `events` by cause.
    """

    steps: pl.DataFrame
    n: int
    causes: tuple[str, ...]
    events: dict[str, int]

    def of(self, cause: str) -> pl.DataFrame:
        """The steps of one cause. KeyError for a cause nobody had."""
        if cause not in self.causes:
            raise KeyError(f"nobody had {cause!r}; there are {', '.join(self.causes)}")
        return self.steps.filter(pl.col("cause") == cause)

    def at(self, cause: str, time: float) -> IncidenceEstimate:
        """The incidence by a time; null beyond the last patient followed, unless nobody was left to have an event."""
        steps = self.of(cause)
        last = steps.row(-1, named=True)
        ended = last["at_risk"] == self.steps.filter(pl.col("time") == last["time"])["events"].sum()
        if time > last["time"] and not ended:
            return IncidenceEstimate(cause, time, None, None, None, None)
        before = steps.filter(pl.col("time") <= time)
        if not before.height:
            return IncidenceEstimate(cause, time, 0.0, None, None, None)
        row = before.row(-1, named=True)
        return IncidenceEstimate(cause, time, *(row[name] for name in ("incidence", "standard_error", "low", "high")))


@dataclass(frozen=True)
class GrayTest:
    """Gray's test between groups, for each cause. `n_given` rows came in; `left_out` counts the unknown by column."""

    tests: dict[str, Test]
    groups: tuple[Any, ...]
    n_given: int
    left_out: dict[str, int]


def incidence(
    time: ArrayLike,
    cause: Sequence[str],
    *,
    entry: ArrayLike | None = None,
    censored: str = CENSORED,
    interval: ConfidenceScale = "log-log",
    level: float = 0.95,
) -> Incidence:
    """Estimate the cumulative incidence of each cause; `cause` is `censored` for a patient without any event.

    With `entry` patients are at risk from then on. ValueError as for `kaplan_meier_from`, and for a cause that is null.
    """
    from survival import Surv, survfit

    causes = _causes(cause, censored)
    status = np.array([0 if each == censored else 1 + causes.index(each) for each in cause], dtype=np.int64)
    entries, times, _ = at_risk_times(entry, time, status > 0)
    deviate(level)
    counted = {name: int((status == k + 1).sum()) for k, name in enumerate(causes)}
    if not causes:
        return Incidence(pl.DataFrame(schema=_STEPS), len(times), (), {})
    states = States(status.tolist(), len(causes))
    options: dict[str, Any] = {"conf_type": interval, "conf_int": level}
    if entry is None:
        fit: Any = survfit(Surv(times.tolist(), states, type="mstate"), **options)
    else:
        response = Surv(entries.tolist(), times.tolist(), states, type="mstate")
        fit = survfit(response, id=list(range(len(times))), **options)
    parts = []
    for k, name in enumerate(causes):
        state = list(fit.states).index(str(k + 1))
        column = {
            part: np.array(getattr(fit, part), dtype=float)[:, state]
            for part in ("pstate", "std_err", "lower", "upper")
        }
        at_risk = np.asarray(fit.n_risk, dtype=float)[:, 0]
        parts.append(
            pl.DataFrame(
                {
                    "cause": [name] * len(fit.time),
                    "time": np.asarray(fit.time, dtype=float),
                    "at_risk": np.rint(at_risk).astype(int),
                    "events": np.rint(np.array(fit.n_event, dtype=float)[:, state]).astype(int),
                    "censored": np.rint(np.array(fit.n_censor, dtype=float).sum(axis=1)).astype(int),
                    "incidence": column["pstate"],
                    "standard_error": column["std_err"],
                    "low": [known(value) for value in column["lower"]],
                    "high": [known(value) for value in column["upper"]],
                },
                schema=_STEPS,
            )
        )
    steps = pl.concat(parts).with_columns(
        pl.when(pl.col("incidence") > 0).then(pl.col("standard_error", "low", "high"))
    )
    return Incidence(steps, len(times), causes, counted)


def gray_test(
    time: ArrayLike,
    cause: Sequence[str],
    group: Sequence[Hashable],
    *,
    strata: Sequence[Hashable] | None = None,
    censored: str = CENSORED,
) -> GrayTest:
    """Test, for each cause, whether its incidence differs between two or more groups (within strata, if given).

    ValueError as for `incidence`, and for a group or stratum that is missing.
    """
    causes = _causes(cause, censored)
    status = np.array([0 if each == censored else 1 + causes.index(each) for each in cause], dtype=np.int64)
    _, times, _ = at_risk_times(None, time, status > 0)
    names, codes = _codes(group, len(times), "group", None)
    _, stratum = _codes(["all"] * len(times) if strata is None else strata, len(times), "stratum", None)
    tests = {}
    for k, name in enumerate(causes):
        kind = np.where(status == 0, 0, np.where(status == k + 1, 1, 2))
        score, variance = np.zeros(len(names)), np.zeros((len(names), len(names)))
        for each in range(int(stratum.max(initial=-1)) + 1):
            of = stratum == each
            more, spread = _one_stratum(times[of], kind[of], codes[of], len(names))
            score, variance = score + more, variance + spread
        tests[name] = quadratic_test(score[:-1], variance[:-1, :-1])
    return GrayTest(tests, tuple(names), len(times), {})


def compare_incidence(
    table: Table, *, time: str, cause: str, group: str, strata: Sequence[str] = (), censored: str = CENSORED
) -> GrayTest:
    """Test as `gray_test` between the groups of a column; rows with anything unknown are left out and counted."""
    used = design(table, (), [time, cause, group, *strata])
    found = gray_test(
        as_times(used.frame[time]),
        used.frame[cause].cast(pl.String).to_list(),
        used.frame[group].to_list(),
        strata=[str(row) for row in used.frame.select(strata).rows()] if strata else None,
        censored=censored,
    )
    return GrayTest(found.tests, found.groups, used.n_given, used.left_out)


class States(list[int]):
    """State numbers with every level declared: were nobody censored, the first cause would else be taken for censoring."""

    def __init__(self, states: Sequence[int], causes: int) -> None:
        super().__init__(int(state) for state in states)
        self.categories = list(range(causes + 1))


def _causes(cause: Sequence[str], censored: str) -> tuple[str, ...]:
    told = set(cause)
    strange = [value for value in told if not isinstance(value, str)]
    if strange:
        raise ValueError(f"a cause is text for every patient ({censored!r} for none), not {strange[0]!r}")
    return tuple(sorted(told - {censored}))


def _one_stratum(time: Floats, kind: NDArray[np.int64], codes: NDArray[np.int64], groups: int) -> tuple[Floats, Floats]:
    """Return Gray's score of each group and its variance (kind: 1 the cause, 2 another, 0 censored).

    The weight of a time is the cohort's subdistribution at risk; ties are corrected as in `cmprsk`.
    """
    when = np.unique(time[kind > 0])
    if not when.size:
        return np.zeros(groups), np.zeros((groups, groups))
    at_risk, ours, others = (np.zeros((when.size, groups)) for _ in range(3))
    for k in range(groups):
        of = codes == k
        at_risk[:, k] = of.sum() - np.searchsorted(np.sort(time[of]), when, side="left")
        for counts, which in ((ours, 1), (others, 2)):
            at, number = np.unique(time[of & (kind == which)], return_counts=True)
            counts[np.searchsorted(when, at), k] = number
    there = at_risk > 0
    safe = np.where(there, at_risk, 1)
    free = np.cumprod(np.where(there, 1 - (ours + others) / safe, 1), axis=0)  # without any event, after each time
    free_before = np.vstack([np.ones(groups), free[:-1]])
    risen = free_before * np.where(there, ours / safe, 0)
    below = 1 - np.vstack([np.zeros(groups), np.cumsum(risen, axis=0)[:-1]])  # 1 - incidence before, of each group
    scaled = np.where(there, at_risk / np.where(there, free_before, 1), 0)
    total, events = scaled.sum(axis=1), ours.sum(axis=1)
    some = total > 0
    rise = np.where(some, events / np.where(some, total, 1), 0)  # of the pooled incidence
    pooled = np.cumsum(rise)
    pooled_before = np.concatenate([[0.0], pooled[:-1]])

    weighed = scaled * below
    denominator = weighed.sum(axis=1)
    expected = np.where(denominator[:, None] > 0, weighed / np.where(denominator > 0, denominator, 1)[:, None], 0)
    score = (ours - events[:, None] * expected).sum(axis=0)

    share = scaled / np.where(some, total, 1)[:, None]
    a = scaled[:, :, None] * (np.eye(groups)[None] - share[:, None, :])
    hazard = np.where(pooled_before < 1, rise / np.where(pooled_before < 1, 1 - pooled_before, 1), 0)
    c = np.cumsum(a * hazard[:, None, None], axis=0)
    later = c[-1] - c  # what still follows each time
    left = (1 - pooled)[:, None] / np.where(free > 0, free, 1)

    def spread(of: Floats, influence: Floats) -> Floats:
        return np.asarray(np.einsum("tk,tik,tjk->ij", of, influence, influence), dtype=float)

    lone = np.where(free > 0, 1 - left, 1)
    ties = np.ones_like(scaled)
    tied = (events[:, None] > 1) & there
    ties[tied] = 1 - ((events[:, None] - 1) / np.where(tied, total[:, None] * free_before - 1, 1))[tied]
    of_ours = np.where(there & (events[:, None] > 0), ties * free_before * rise[:, None] / safe, 0)
    variance = spread(of_ours, a + lone[:, None, :] * later)
    other = there & (others > 0) & (free > 0)
    ties = np.where(other & (others > 1), 1 - (others - 1) / np.where(at_risk > 1, at_risk - 1, 1), 1)
    of_others = np.where(other, ties * free_before**2 * others / safe**2, 0)
    return score, variance + spread(of_others, left[:, None, :] * later)


_STEPS = {
    "cause": pl.String,
    "time": pl.Float64,
    "at_risk": pl.Int64,
    "events": pl.Int64,
    "censored": pl.Int64,
    "incidence": pl.Float64,
    "standard_error": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}

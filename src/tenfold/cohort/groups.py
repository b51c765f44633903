"""Do groups differ in survival: the log-rank test for two or more groups, and the test for a trend across them.

Also stratified, and with delayed entry (with groups that patients join in time it is the Mantel-Byar test; see
`time_dependent`). Expected events and variance are hypergeometric at each time, as in R's `survdiff`; with delayed entry
they equal the score test of R's `coxph` with exact ties.

Traps: the test weighs all times alike and is weak where curves cross; a trend needs an order that was meant beforehand.

Mantel, Cancer Chemother Rep 1966;50:163-170; Peto and Peto, J R Stat Soc A 1972;135:185-207; Tarone, Biometrika
1975;62:679-682 (trend); Mantel and Byar, J Am Stat Assoc 1974;69:81-86.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tenfold.cohort.covariates import Table, as_event, as_times, design
from tenfold.cohort.delayed_entry import at_risk_times
from tenfold.cohort.significance import Floats, Test, chi_square_test, quadratic_test


@dataclass(frozen=True)
class LogRank:
    """The log-rank test. `groups`: one row a group: `group`, `n`, `events`, `expected`.

    `variance` is of events less expected. `n_given` rows came in; `left_out` counts the unknown by column.
    """

    groups: pl.DataFrame
    test: Test
    variance: Floats
    n_given: int
    left_out: dict[str, int]

    @property
    def p(self) -> float | None:
        """The p of the test; null where nothing could be compared."""
        return self.test.p

    def trend(self, scores: Mapping[Any, float] | None = None) -> Test:
        """The test for a trend across the groups: `scores` of each, or 1, 2, 3 ... in their order.

        ValueError for a group without a score.
        """
        names = self.groups["group"].to_list()
        missing = [name for name in names if scores is not None and name not in scores]
        if missing:
            raise ValueError(f"no score for the group {', '.join(map(str, missing))}")
        score = np.array([k if scores is None else scores[name] for k, name in enumerate(names)], dtype=float)
        score -= score.mean()  # moves nothing, and keeps the figures small
        difference = (self.groups["events"] - self.groups["expected"]).to_numpy()
        variance = float(score @ self.variance @ score)
        if variance <= 1e-12 * float(np.abs(self.variance).sum()) * float(score @ score):
            return chi_square_test(0.0, 0)
        return chi_square_test(float(score @ difference) ** 2 / variance, 1)


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: Sequence[Hashable],
    *,
    entry: ArrayLike | None = None,
    strata: Sequence[Hashable] | None = None,
    order: Sequence[Hashable] | None = None,
) -> LogRank:
    """Test whether groups differ in the time to an event.

    One entry a patient in each array; `strata`: compared within, summed over. Groups come in `order`, or sorted. ValueError
    as for `kaplan_meier_from`, for a group or stratum that is missing, and for a group that is not in `order`.
    """
    entries, times, happened = at_risk_times(entry, time, event)
    names, codes = _codes(group, len(times), "group", order)
    _, stratum = _codes(["all"] * len(times) if strata is None else strata, len(times), "stratum", None)
    expected, variance = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for each in range(int(stratum.max(initial=-1)) + 1):
        of = stratum == each
        expect, spread = _one_stratum(entries[of], times[of], happened[of], codes[of], len(names))
        expected, variance = expected + expect, variance + spread
    events = np.bincount(codes[happened], minlength=len(names))
    table = pl.DataFrame(
        {"group": names, "n": np.bincount(codes, minlength=len(names)), "events": events, "expected": expected}
    )
    difference = events - expected
    return LogRank(table, quadratic_test(difference, variance), variance, len(times), {})


def compare_groups(
    table: Table,
    *,
    time: str,
    event: str,
    group: str,
    entry: str | None = None,
    strata: Sequence[str] = (),
    order: Sequence[Hashable] | None = None,
) -> LogRank:
    """Test whether the groups of a column differ; rows with anything unknown are left out and counted.

    An Enum keeps its order. ValueError as for `log_rank`.
    """
    used = design(table, (), [name for name in (time, event, group, entry, *strata) if name is not None])
    kind = used.frame[group].dtype
    if order is None and isinstance(kind, pl.Enum):
        present = set(used.frame[group])
        order = [name for name in kind.categories if name in present]
    found = log_rank(
        as_times(used.frame[time]),
        as_event(used.frame[event]).astype(bool),
        used.frame[group].to_list(),
        entry=None if entry is None else as_times(used.frame[entry], None),
        strata=[str(row) for row in used.frame.select(strata).rows()] if strata else None,
        order=order,
    )
    return LogRank(found.groups, found.test, found.variance, used.n_given, used.left_out)


def pairwise(table: Table, *, group: str, **options: Any) -> pl.DataFrame:
    """Test every pair of groups: `one`, `other`, `statistic`, `p` and `p_holm` (adjusted for the number of pairs).

    Options as for `compare_groups`. Holm, Scand J Stat 1979;6:65-70.
    """
    frame = design(table, (), [group]).frame
    names = sorted(frame[group].unique(), key=str)
    rows = []
    for one, other in combinations(names, 2):
        test = compare_groups(frame.filter(pl.col(group).is_in([one, other])), group=group, **options).test
        rows.append({"one": one, "other": other, "statistic": test.statistic, "p": test.p})
    tested = sorted((row["p"], k) for k, row in enumerate(rows) if row["p"] is not None)
    highest = 0.0
    adjusted: dict[int, float] = {}
    for rank, (p, k) in enumerate(tested):
        highest = max(highest, min(1.0, p * (len(tested) - rank)))
        adjusted[k] = highest
    kind = frame[group].dtype
    schema: Any = {"one": kind, "other": kind, "statistic": pl.Float64, "p": pl.Float64, "p_holm": pl.Float64}
    return pl.DataFrame([{**row, "p_holm": adjusted.get(k)} for k, row in enumerate(rows)], schema=schema)


def _one_stratum(
    entry: Floats, time: Floats, event: NDArray[np.bool_], codes: NDArray[np.int64], groups: int
) -> tuple[Floats, Floats]:
    """Return the expected events of each group and the variance of events less expected."""
    when, deaths = np.unique(time[event], return_counts=True)
    expected, variance = np.zeros(groups), np.zeros((groups, groups))
    if not when.size:
        return expected, variance
    at_risk = np.empty((when.size, groups))
    for k in range(groups):
        ends, starts = np.sort(time[codes == k]), np.sort(entry[codes == k])
        at_risk[:, k] = np.searchsorted(starts, when, side="left") - np.searchsorted(ends, when, side="left")
    total = at_risk.sum(axis=1)
    share = at_risk / total[:, None]
    spread = deaths * (total - deaths) / np.maximum(total - 1, 1)
    expected = deaths @ share
    return expected, np.diag(spread @ share) - (share * spread[:, None]).T @ share


def _codes(
    values: Sequence[Hashable], n: int, what: str, order: Sequence[Hashable] | None
) -> tuple[list[Any], NDArray[np.int64]]:
    told = list(values)
    if len(told) != n:
        raise ValueError(f"one {what} is needed for each of {n} patients, not {len(told)}")
    if any(value is None or value != value for value in told):
        raise ValueError(f"every {what} must be known; leave out those of whom it is not known")
    if order is not None and (strange := {*told} - {*order}):
        raise ValueError(f"{what} {', '.join(map(str, strange))} is not in the order {', '.join(map(str, order))}")
    present = set(told)
    names = sorted(present, key=_sortable) if order is None else [name for name in order if name in present]
    number = {name: k for k, name in enumerate(names)}
    return [getattr(n, "item", lambda n=n: n)() for n in names], np.array([number[v] for v in told], dtype=np.int64)


def _sortable(value: Any) -> tuple[bool, Any]:
    number = isinstance(value, (int, float, np.number, np.bool_))
    return (not number, value if number else str(value))

"""Do groups differ in a characteristic: Fisher's exact and the chi-squared test, Wilcoxon's rank sum and Kruskal-Wallis.

Each is R's test of that name with R's defaults: Fisher sums the tables that are no more probable than the one seen (also
beyond two by two), the chi-squared test corrects for continuity in two by two only, Wilcoxon is exact below 50 values a
group without ties and else normal with ties and continuity corrected.

Traps: a p here says nothing of how large a difference is, and a table of characteristics holds many; values that are not
known take no part, so every test rests on its own patients.

Fisher, J R Stat Soc 1922;85:87-94; Freeman and Halton, Biometrika 1951;38:141-149; Mehta and Patel, J Am Stat Assoc
1983;78:427-434 (the network); Wilcoxon, Biometrics Bull 1945;1:80-83; Kruskal and Wallis, J Am Stat Assoc 1952;47:583-621.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tenfold.cohort.significance import chi_square_test

FISHER, CHI_SQUARED = "Fisher's exact test", "chi-squared test"
WILCOXON, KRUSKAL = "Wilcoxon rank sum test", "Kruskal-Wallis test"
FEW = 5
"""Fisher's test where an expected count is below this (Cochran's rule), else the chi-squared test."""
MOST_PATHS = 400_000
"""Partial tables that Fisher's test walks through before it gives up."""
SAME = 1e-7
"""Tables count as equally probable within this relative difference, as in R."""
EXACT_BELOW = 50

Categorical = Literal["auto", "fisher", "chi-squared"]


@dataclass(frozen=True)
class GroupTest:
    """A test between groups: its name and p; p is null where there was nothing to compare."""

    name: str
    p: float | None
    statistic: float | None = None


def compare_counts(table: ArrayLike, test: Categorical = "auto") -> GroupTest:
    """Test whether the rows of a table of counts (levels) are spread alike over its columns (groups).

    "auto": Fisher where a count below 5 is expected, else chi-squared, and that too where Fisher would take too long.
    Empty rows and columns are dropped; fewer than two of either leave nothing to compare. ValueError for counts that are
    negative or no whole numbers.
    """
    counts = _counts(table)
    if min(counts.shape, default=0) < 2:
        return GroupTest(CHI_SQUARED if test == "chi-squared" else FISHER, None)
    if test == "fisher" or (test == "auto" and _expected(counts).min() < FEW):
        p = fisher_exact(counts)
        if p is not None:
            return GroupTest(FISHER, p)
    return chi_squared(counts)


def chi_squared(table: ArrayLike, *, correct: bool = True) -> GroupTest:
    """Pearson's chi-squared test; two by two corrected for continuity (Yates), as R does, unless `correct` is false."""
    counts = _counts(table)
    if min(counts.shape, default=0) < 2:
        return GroupTest(CHI_SQUARED, None)
    expected = _expected(counts)
    away = np.abs(counts - expected)
    if correct and counts.shape == (2, 2):
        away = away - min(0.5, float(away.min()))
    statistic = float((away**2 / expected).sum())
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return GroupTest(CHI_SQUARED, chi_square_test(statistic, freedom).p, statistic)


def fisher_exact(table: ArrayLike) -> float | None:
    """The two-sided p of Fisher's exact test of a table of any size; null beyond `MOST_PATHS` partial tables.

    Whole branches are counted or dropped at once where all their tables are less, or more, probable than the one seen.
    """
    counts = _counts(table)
    if min(counts.shape, default=0) < 2:
        return None
    if counts.shape[0] < counts.shape[1]:
        counts = counts.T  # few groups, many levels: the state is what each group has left
    log_factorial = [math.lgamma(k + 1) for k in range(int(counts.sum()) + 1)]
    levels = sorted((int(total) for total in counts.sum(axis=1)), reverse=True)
    groups = tuple(sorted(int(total) for total in counts.sum(axis=0)))
    constant = sum(log_factorial[k] for k in (*levels, *groups)) - log_factorial[int(counts.sum())]
    seen = -sum(log_factorial[int(k)] for k in counts.ravel()) + SAME
    # Of each state: the sums of -log n! on the ways to it, and in how many ways each comes about.
    front: dict[tuple[int, ...], dict[float, float]] = {groups: {0.0: 1.0}}
    total, paths = 0.0, 0
    for step, level in enumerate(levels):
        rest = levels[step + 1 :]
        following: dict[tuple[int, ...], dict[float, float]] = {}
        for state, ways in front.items():
            for given in _spread(level, state):
                left = tuple(sorted(has - gets for has, gets in zip(state, given, strict=True)))
                cost = -sum(log_factorial[k] for k in given)
                most, least = _bounds(left, rest, log_factorial)
                whole = log_factorial[sum(left)] - sum(log_factorial[k] for k in (*left, *rest))
                onward = following.setdefault(left, {})
                for so_far, number in ways.items():
                    reached = so_far + cost
                    if reached + most <= seen:
                        total += number * math.exp(constant + reached + whole)
                    elif reached + least <= seen:
                        key = round(reached, 9)
                        onward[key] = onward.get(key, 0.0) + number
                        paths += 1
            if paths > MOST_PATHS:
                return None
        front = following
    return min(1.0, total)


def compare_numbers(groups: Sequence[ArrayLike]) -> GroupTest:
    """Test whether numbers lie alike in the groups: Wilcoxon for two, Kruskal-Wallis for more.

    Missing values (NaN) take no part and neither does a group without values.
    """
    known = [values[~np.isnan(values)] for values in (np.asarray(group, dtype=float) for group in groups)]
    known = [values for values in known if values.size]
    name = WILCOXON if len(groups) == 2 else KRUSKAL
    if len(known) < 2 or np.unique(np.concatenate(known)).size < 2:
        return GroupTest(name, None)
    if len(groups) == 2:
        return _wilcoxon(*known)
    from scipy.stats import kruskal

    found = kruskal(*known)
    return GroupTest(KRUSKAL, float(found.pvalue), float(found.statistic))


def _wilcoxon(one: NDArray[np.float64], other: NDArray[np.float64]) -> GroupTest:
    from scipy.stats import mannwhitneyu

    both = np.concatenate([one, other])
    exact = max(one.size, other.size) < EXACT_BELOW and np.unique(both).size == both.size
    found = mannwhitneyu(one, other, alternative="two-sided", method="exact" if exact else "asymptotic")
    return GroupTest(WILCOXON, min(1.0, float(found.pvalue)), float(found.statistic))


def _counts(table: ArrayLike) -> NDArray[np.int64]:
    """The table without empty rows and columns."""
    given = np.asarray(table)
    if given.ndim != 2 or not np.issubdtype(given.dtype, np.integer) or (given < 0).any():
        raise ValueError("counts must be whole numbers, none below 0, in rows (levels) and columns (groups)")
    filled: NDArray[np.int64] = given[given.sum(axis=1) > 0][:, given.sum(axis=0) > 0].astype(np.int64)
    return filled


def _expected(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    expected: NDArray[np.float64] = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return expected


def _spread(level: int, state: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every way to give a level's patients to groups that still have these places."""
    first, *others = state
    if not others:
        yield (level,)
        return
    for gets in range(max(0, level - sum(others)), min(level, first) + 1):
        for rest in _spread(level - gets, tuple(others)):
            yield (gets, *rest)


def _bounds(left: tuple[int, ...], rest: Sequence[int], log_factorial: Sequence[float]) -> tuple[float, float]:
    """The most and the least that -log n! can still add up to: spread evenly, and all in one cell, by row or column."""

    def even(totals: Sequence[int], cells: int) -> float:
        return -sum(cells * math.lgamma(total / cells + 1) for total in totals)

    def in_one(totals: Sequence[int]) -> float:
        return -sum(log_factorial[total] for total in totals)

    if not rest:
        return 0.0, 0.0
    return min(even(rest, len(left)), even(left, len(rest))), max(in_one(rest), in_one(left))

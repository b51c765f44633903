"""Resamples that are the same however they are batched: bootstrap counts, random splits, and the intervals made of them.

Resample r takes draws r*n to (r+1)*n of one PCG64 stream, whose raw numbers numpy keeps from version to version. So any
stretch of resamples can be drawn alone, in any order and on any number of processors.

Efron, Ann Stat 1979;7:1-26; Efron and Tibshirani, An Introduction to the Bootstrap, 1993 (percentile intervals).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tenfold.cohort.scored import labels
from tenfold.cohort.significance import Floats

Counts = NDArray[np.uint8]
Chosen = NDArray[np.bool_]


@dataclass(frozen=True)
class Bootstrapped:
    """A statistic on the patients as they are, and on each resample; a replicate that had no answer is NaN and counted.

    `low`, `high`: percentiles of the replicates that had one. Infinite replicates count at the ends. `p` (two-sided, of
    a value of 0) is twice the smaller share of replicates on one side, each counted with the estimate itself.
    """

    value: float
    low: float
    high: float
    p: float
    without_answer: int
    level: float
    seed: int
    replicates: Floats = field(repr=False, compare=False)


def bootstrap_counts(seed: int, n: int, begin: int, end: int) -> Counts:
    """How often resamples `begin` to `end` (less one) drew each of n patients: one row a resample, n drawn in each.

    ValueError for no patients, or more than can be drawn (2^31).
    """
    if not 0 < n < 1 << 31:
        raise ValueError(f"draw from at least one patient, not {n}")
    drawn = _raw(seed, n, begin, end)
    which = ((drawn >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32)
    which += (np.arange(end - begin, dtype=np.uint64) * np.uint64(n))[:, None]
    counts = np.bincount(which.astype(np.int64).ravel(), minlength=(end - begin) * n)
    return counts.reshape(end - begin, n).clip(max=255).astype(np.uint8)


def random_subsets(seed: int, n: int, size: int, begin: int, end: int, strata: ArrayLike | None = None) -> Chosen:
    """Choose `size` of n patients without replacement, in each of splits `begin` to `end` (less one): one row a split.

    With `strata` (one label a patient) each stratum gives its share, rounded so that `size` is kept (largest
    remainders first). ValueError unless 0 < size < n.
    """
    if not 0 < size < n:
        raise ValueError(f"choose at least one and fewer than all {n} patients, not {size}")
    drawn = _raw(seed, n, begin, end)
    of = np.zeros(n, dtype=np.str_) if strata is None else labels("the stratum", strata, n)
    names, which = np.unique(of, return_inverse=True)
    exact = np.bincount(which) * size / n
    wanted = np.floor(exact).astype(int)
    most = np.argsort(wanted - exact, kind="stable")[: size - wanted.sum()]
    wanted[most] += 1
    chosen = np.zeros((end - begin, n), dtype=bool)
    for k in range(len(names)):
        members = np.flatnonzero(which == k)
        first = np.argsort(drawn[:, members], axis=1, kind="stable")[:, : wanted[k]]
        chosen[np.arange(end - begin)[:, None], members[first]] = True
    return chosen


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float],
    n: int,
    *,
    resamples: int = 1000,
    seed: int,
    level: float = 0.95,
) -> Bootstrapped:
    """Bootstrap a statistic of patients, given by their row numbers (a row drawn twice stands there twice).

    A difference of two scores is bootstrapped as one statistic, which keeps the patients paired. A ValueError of the
    statistic (a resample without events, say) counts as no answer; ValueError where the patients themselves give none,
    or no resample does.
    """
    if resamples < 2:
        raise ValueError("a bootstrap needs at least two resamples")
    value = float(statistic(np.arange(n)))
    replicates = np.full(resamples, np.nan)
    for k, rows in enumerate(drawn_rows(seed, n, resamples)):
        try:
            replicates[k] = statistic(rows)
        except ValueError:
            continue
    return bootstrapped(value, replicates, seed=seed, level=level)


def bootstrapped(value: float, replicates: Floats, *, seed: int, level: float = 0.95) -> Bootstrapped:
    """Summarise replicates: percentile interval and p. ValueError where none has an answer, or for a level not in 0 to 1."""
    answered = replicates[~np.isnan(replicates)]
    if not answered.size:
        raise ValueError("no resample has an answer")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    low, high = percentiles(answered, (1 - level) / 2, (1 + level) / 2)
    below, above = int((answered <= 0).sum()) + 1, int((answered >= 0).sum()) + 1
    p = min(1.0, 2 * min(below, above) / (answered.size + 1))
    return Bootstrapped(value, low, high, p, replicates.size - answered.size, level, seed, replicates)


def percentiles(values: Floats, *shares: float) -> list[float]:
    """Percentiles of values as R's default (type 7), infinite values kept in their order; NaN for no values."""
    if not values.size:
        return [float("nan")] * len(shares)
    ordered = np.sort(values)
    found = []
    for share in shares:
        place = share * (ordered.size - 1)
        below, above = ordered[int(np.floor(place))], ordered[int(np.ceil(place))]
        found.append(float(below if below == above else below + (place - np.floor(place)) * (above - below)))
    return found


def drawn_rows(seed: int, n: int, resamples: int) -> Iterator[NDArray[np.intp]]:
    """The row numbers of each resample in turn, in order."""
    batch = max(1, 100_000 // n)
    for begin in range(0, resamples, batch):
        for counts in bootstrap_counts(seed, n, begin, min(begin + batch, resamples)):
            yield np.repeat(np.arange(n), counts)


def _raw(seed: int, n: int, begin: int, end: int) -> NDArray[np.uint64]:
    if not 0 <= begin <= end:
        raise ValueError(f"resamples run from 0 on, not {begin} to {end}")
    stream = np.random.PCG64(seed).advance(begin * n)
    return stream.random_raw((end - begin) * n).reshape(end - begin, n)

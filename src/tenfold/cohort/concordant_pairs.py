"""Counting pairs of patients in whom the higher score failed first, in time that grows as n log n.

A pair is comparable where the earlier of the two had the event; at one time an event comes before a censoring, and two
events at one time are not comparable. Each pair weighs as the earlier patient's weight says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.cohort.compiled import compiled
from tenfold.cohort.scored import EVENT, Codes
from tenfold.cohort.significance import Floats


@dataclass(frozen=True)
class Pairs:
    """Weighted pairs each patient is in, as the earlier or the later of the two, in the patients' own order."""

    concordant: Floats
    discordant: Floats
    tied_score: Floats


def concordant_pairs(times: Floats, codes: Codes, score: Floats, weights: Floats) -> Pairs:
    """Count the comparable pairs of each patient. `weights`: one a patient, used where the patient is the earlier."""
    _, rank = np.unique(score, return_inverse=True)
    event = codes == EVENT
    # Censorings first within a time: walked backwards or forwards, each side is met when it is due.
    order = np.lexsort((event, times))
    ordered = times[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    bounds = np.append(starts, times.size).astype(np.int64)
    counts: NDArray[np.float64] = compiled(_walk)(
        bounds, event[order], (rank[order] + 1).astype(np.int64), weights[order], int(rank.max()) + 1
    )
    back = np.empty_like(counts)
    back[:, order] = counts
    return Pairs(*back)


def _walk(bounds, event, rank, weights, top):  # type: ignore[no-untyped-def]
    """Walk the times backwards with a tree of those still followed, then forwards with a tree of those who failed."""
    n = rank.size
    counts = np.zeros((3, n))
    tree, exact = np.zeros(top + 1), np.zeros(top + 1)
    total = 0.0
    for g in range(bounds.size - 2, -1, -1):
        first_event = bounds[g]
        while first_event < bounds[g + 1] and not event[first_event]:
            k = rank[first_event]
            exact[k] += 1.0
            while k <= top:
                tree[k] += 1.0
                k += k & -k
            total += 1.0
            first_event += 1
        for i in range(first_event, bounds[g + 1]):
            lower, k = 0.0, rank[i] - 1
            while k > 0:
                lower += tree[k]
                k -= k & -k
            same = exact[rank[i]]
            counts[0, i] = weights[i] * lower
            counts[1, i] = weights[i] * (total - lower - same)
            counts[2, i] = weights[i] * same
        for i in range(first_event, bounds[g + 1]):
            k = rank[i]
            exact[k] += 1.0
            while k <= top:
                tree[k] += 1.0
                k += k & -k
            total += 1.0
    tree[:], exact[:] = 0.0, 0.0
    total = 0.0
    for g in range(bounds.size - 1):
        first_event = bounds[g]
        while first_event < bounds[g + 1] and not event[first_event]:
            first_event += 1
        # Earlier failures meet those who fail now and, with this time's failures, those censored now.
        for stage in range(2):
            if stage == 0:
                begin, end = first_event, bounds[g + 1]
            else:
                begin, end = bounds[g], first_event
                for i in range(first_event, bounds[g + 1]):
                    k = rank[i]
                    exact[k] += weights[i]
                    while k <= top:
                        tree[k] += weights[i]
                        k += k & -k
                    total += weights[i]
            for i in range(begin, end):
                lower, k = 0.0, rank[i] - 1
                while k > 0:
                    lower += tree[k]
                    k -= k & -k
                same = exact[rank[i]]
                counts[0, i] += total - lower - same
                counts[1, i] += lower
                counts[2, i] += same
    return counts

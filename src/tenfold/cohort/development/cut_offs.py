"""Cut-offs of a score: given, or searched where the groups' hazards differ most.

The search looks at every pair (or more) of places between two distinct totals that leaves no group smaller than a share
of the patients, and takes the greatest sum of (observed - expected)^2 / expected events over the groups.

Trap: a cut-off searched in the patients it is judged in looks better than it is. So it is searched anew in each resample.

Peto and Peto, J R Stat Soc A 1972;135:185-207 (observed and expected); Altman, J Natl Cancer Inst 1994;86:829-835
(the bias of "optimal" cut-offs).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from tenfold.cohort.development.fitting import AtRisk
from tenfold.cohort.significance import Floats
from tenfold.logic.decision import Group

MOST_PLACES = 40
LEAST_SHARE = 0.15


@dataclass(frozen=True)
class CutOff:
    """Totals below `at` (or up to it, where `includes`) belong to the groups below it."""

    at: Decimal
    includes: bool = True

    def __str__(self) -> str:
        return f"{'<=' if self.includes else '<'} {self.at}"


def read_cut_offs(text: str) -> tuple[CutOff, ...]:
    """Read "0.25,0.75" or "<0.25,<=0.75": a number without a sign belongs to the group below it.

    ValueError for what is no number of at most two decimals, or does not rise.
    """
    found = []
    for part in (each.strip() for each in text.split(",")):
        sign = "<=" if part.startswith("<=") else "<" if part.startswith("<") else ""
        try:
            at = Decimal(part.removeprefix(sign).strip())
        except InvalidOperation:
            raise ValueError(f"{part}: a cut-off is a number, or a number after < or <=") from None
        if at * 100 != int(at * 100):
            raise ValueError(f"{part}: a cut-off has at most two decimals, as the score has")
        found.append(CutOff(at, sign != "<"))
    if any(low.at >= high.at for low, high in pairwise(found)):
        raise ValueError(f"{text}: cut-offs rise from each to the next")
    return tuple(found)


def group_of(totals: Floats, cut_offs: Sequence[CutOff]) -> NDArray[np.intp]:
    """The number of each total's group, from 0 for the lowest. Totals count in hundredths, so that 0.75 is exactly 0.75."""
    hundredths = np.round(totals * 100, 6)
    over = [hundredths > int(cut.at * 100) if cut.includes else hundredths >= int(cut.at * 100) for cut in cut_offs]
    return np.asarray(np.sum(over, axis=0, dtype=np.intp)) if over else np.zeros(totals.size, np.intp)


def group_names(count: int) -> tuple[str, ...]:
    """What the groups are called, from the lowest risk; never as those of ELN, which are others."""
    named = {2: ("lower", "higher"), 3: ("lower", "middle", "higher")}
    return named.get(count) or tuple(f"group {k + 1} of {count}" for k in range(count))


def groups_of(cut_offs: Sequence[CutOff]) -> tuple[Group, ...]:
    """The groups of a score. ValueError without a cut-off."""
    if not cut_offs:
        raise ValueError("a score needs at least one cut-off")
    names = group_names(len(cut_offs) + 1)
    inner = (Group(name, cut.at, cut.includes) for name, cut in zip(names, cut_offs, strict=False))
    return (*inner, Group(names[-1], None, above=cut_offs[-1].at))


def search_cut_offs(
    totals: Floats, event: NDArray[np.bool_], risk: AtRisk, count: int = 2, *, least_share: float = LEAST_SHARE
) -> tuple[CutOff, ...]:
    """Return the cut-offs between which the groups differ most; fewer than `count` where the totals allow no more.

    Each lies halfway between two totals that occur, rounded down to a hundredth, and belongs to the group below.
    """
    hundredths = np.round(totals * 100).astype(np.int64)
    distinct, which, many = np.unique(hundredths, return_inverse=True, return_counts=True)
    if distinct.size < 2 or count < 1:
        return ()
    expected = _expected(risk)
    seen = np.concatenate([[0.0], np.cumsum(np.bincount(which, event.astype(float)))])
    due = np.concatenate([[0.0], np.cumsum(np.bincount(which, expected))])
    patients = np.concatenate([[0], np.cumsum(many)])
    places = np.arange(1, distinct.size)
    least = least_share * totals.size
    places = places[(patients[places] >= least) & (totals.size - patients[places] >= least)]
    if places.size > MOST_PLACES:
        wanted = np.linspace(least, totals.size - least, MOST_PLACES)
        places = np.unique(places[np.clip(np.searchsorted(patients[places], wanted), 0, places.size - 1)])
    if places.size < count:
        return search_cut_offs(totals, event, risk, count - 1, least_share=least_share)
    chosen = np.array(list(combinations(places.tolist(), count)))
    edges = np.column_stack([np.zeros(len(chosen), int), chosen, np.full(len(chosen), distinct.size)])
    sizes = np.diff(patients[edges], axis=1)
    observed, awaited = np.diff(seen[edges], axis=1), np.diff(due[edges], axis=1)
    apart = np.sum((observed - awaited) ** 2 / np.maximum(awaited, 1e-9), axis=1)
    apart[(sizes < least).any(axis=1)] = -1
    best = int(np.argmax(np.round(apart, 9)))
    if apart[best] < 0:
        return search_cut_offs(totals, event, risk, count - 1, least_share=least_share)
    middles = [int(np.floor((distinct[k - 1] + distinct[k]) / 2)) for k in chosen[best]]
    return tuple(CutOff(Decimal(middle).scaleb(-2)) for middle in middles)


def _expected(risk: AtRisk) -> Floats:
    """The events each patient would be due if nothing told patients apart."""
    steps = np.arange(risk.when.size)
    entered = np.sort(risk.begin)
    ended = np.sort(risk.last)
    many = np.searchsorted(entered, steps, side="right") - np.searchsorted(ended, steps, side="right")
    hazard = np.concatenate([[0.0], np.cumsum(risk.deaths / np.maximum(many, 1))])
    return np.asarray(hazard[np.maximum(risk.last, risk.begin)] - hazard[risk.begin])

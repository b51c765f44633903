"""The univariable screen: each candidate alone in a Cox model, kept if its p is below a threshold, or if it is forced.

The p of a candidate of several levels is of all of them together (Wald). A coefficient without a finite estimate has no
Wald p that means anything: there the likelihood ratio counts.

Traps: screening by p makes the kept coefficients look larger than they are, and drops what matters only together; the
bootstrap of the whole procedure shows how much. At 0.05 three of the seven factors of VEN-PRS could not have been kept.

Shahswar et al., Leukemia 2025;39:614-622 (the recipe); Sun et al., J Clin Epidemiol 1996;49:907-916 (why not to screen).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tenfold.cohort.development.fitting import AtRisk, at_risk, light_fit
from tenfold.cohort.development.patients import Patients
from tenfold.cohort.development.rubin import Pooled, pooled
from tenfold.cohort.development.terms import Term
from tenfold.cohort.significance import chi_square_test

THRESHOLD = 0.10


@dataclass(frozen=True)
class Screened:
    """One candidate alone. `alone` holds its coefficients (one a column); `infinite`: one has no finite estimate."""

    candidate: str
    columns: tuple[str, ...]
    alone: Pooled
    p: float | None
    kept: bool
    why: str
    infinite: bool


def screen(
    completed: Sequence[Patients], *, threshold: float = THRESHOLD, forced: Sequence[str] = ()
) -> tuple[Screened, ...]:
    """Screen every candidate, pooled over completed data sets.

    ValueError for a threshold outside 0 to 1, or a forced variable that is no candidate.
    """
    refuse_screen(completed[0].terms, threshold, forced)
    risks = _risks(completed)
    found = []
    for name, part in completed[0].slices.items():
        columns = np.arange(part.start, part.stop)
        fits = [light_fit(each, columns, risk) for each, risk in zip(completed, risks, strict=True)]
        alone = pooled(
            [fit.coefficients for fit in fits], [fit.variance for fit in fits], completed[0].events - columns.size
        )
        infinite = any(fit.infinite.any() for fit in fits)
        p = alone.together(range(columns.size))
        if infinite:
            gained = float(np.mean([2 * (fit.log_likelihood - fit.log_likelihood_null) for fit in fits]))
            p = chi_square_test(gained, columns.size).p
        names = completed[0].terms[list(completed[0].slices).index(name)].columns
        found.append(Screened(name, names, alone, p, *kept_by(name, p, threshold, forced), infinite))
    return tuple(found)


def refuse_screen(terms: Sequence[Term], threshold: float, forced: Sequence[str]) -> None:
    """ValueError for a threshold outside 0 to 1, or a forced variable that is no candidate."""
    if not 0 < threshold <= 1:
        raise ValueError(f"the threshold is a p above 0 and at most 1, not {threshold}")
    if strange := [name for name in forced if name not in {term.name for term in terms}]:
        raise ValueError(f"{', '.join(strange)} is forced, but no candidate")


def kept_by(name: str, p: float | None, threshold: float, forced: Sequence[str]) -> tuple[bool, str]:
    """Whether a candidate of such a p is kept, and why."""
    said = "it does not vary" if p is None else f"p = {p:.3g}" if p >= 0.001 else "p < 0.001"
    kept = name in forced or (p is not None and p < threshold)
    return kept, f"forced ({said})" if name in forced else f"{said}, {'below' if kept else 'not below'} {threshold:g}"


def _risks(completed: Sequence[Patients]) -> list[AtRisk]:
    # Imputations differ in candidates only: who is at risk when is the same in all of them.
    first = at_risk(completed[0].time, completed[0].event, completed[0].entry)
    return [first] * len(completed)

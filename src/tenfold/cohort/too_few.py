"""Which groups of a study's curves or models are too few for a curve or a ratio to say much, in words.

Conventions of ours, not of a paper: below ten patients one death moves a curve by ten points and more, and below five events
a median or a test rests on single patients. Trap: more patients than that are no proof that a difference is real.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tenfold.cohort.covariates import Coefficient
from tenfold.cohort.study.curves import StudyCurves

FEWEST_PATIENTS = 10
FEWEST_EVENTS = 5


def too_few(one: StudyCurves) -> list[str]:
    """What is too few in the curves of one endpoint and grouping; nothing where all groups are large enough."""
    counted = one.patients.drop_nulls("group").group_by("group", maintain_order=True)
    counts = {
        name: (patients, events) for name, patients, events in counted.agg(pl.len(), pl.col("event").sum()).rows()
    }
    small = [f"{name} ({patients})" for name, (patients, _) in counts.items() if patients < FEWEST_PATIENTS]
    quiet = [
        f"{name} ({events})"
        for name, (patients, events) in counts.items()
        if patients >= FEWEST_PATIENTS and events < FEWEST_EVENTS
    ]
    said = []
    if small:
        said.append(f"Fewer than {FEWEST_PATIENTS} patients: {', '.join(small)}. Their curve and its test say little.")
    if quiet:
        said.append(
            f"Fewer than {FEWEST_EVENTS} events: {', '.join(quiet)}. A median or a test rests on single patients."
        )
    return said


def too_few_for_a_ratio(coefficients: Sequence[Coefficient], patients: int, events: int) -> list[str]:
    """The groups of a model's covariates, the reference of each among them, on which a ratio says little; one sentence or none."""
    small = []
    for name in dict.fromkeys(one.covariate for one in coefficients if one.n < patients):
        levels = [one for one in coefficients if one.covariate == name]
        groups = [(one.level or "yes", one.n, one.events) for one in levels]
        rest = (patients - sum(one.n for one in levels), events - sum(one.events for one in levels))
        groups.append((levels[0].reference or "no", *rest))
        small += [
            f"{name} {group} ({n} patients, {happened} events)"
            for group, n, happened in groups
            if n < FEWEST_PATIENTS or happened < FEWEST_EVENTS
        ]
    if not small:
        return []
    return [
        f"fewer than {FEWEST_PATIENTS} patients or {FEWEST_EVENTS} events: {', '.join(small)}; a ratio on so few says little, "
        "whatever its p"
    ]

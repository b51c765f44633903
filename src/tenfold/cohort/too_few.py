"""Which groups of a study's curves are too few for a curve to say much, in words.

Conventions of ours, not of a paper: below ten patients one death moves a curve by ten points and more, and below five events
a median or a test rests on single patients. Trap: more patients than that are no proof that a difference is real.
"""

from __future__ import annotations

import polars as pl

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

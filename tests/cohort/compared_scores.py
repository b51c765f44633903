"""Scores compared on simulated patients, for tests."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from scored_registries import scored_registry
from tenfold.assessment import Assessment, assess
from tenfold.cohort.analysis import AnalysisSet
from tenfold.cohort.asked_scores import Asked
from tenfold.cohort.compare import Comparison, compare
from tenfold.endpoints import OVERALL_SURVIVAL
from tenfold.vocabulary import Clock

SCORES = ["venprs", "breems", "mayo2024", "eln2022", "age_years"]


@cache
def assessed() -> Assessment:
    return assess(scored_registry(150))


@cache
def compared() -> Comparison:
    return compare(assessed(), SCORES, OVERALL_SURVIVAL, Clock.VENETOCLAX, resamples=10, developed_here=("age_years",))


def score(name: str, found: Comparison | None = None) -> Any:
    return next(one for one in (found or compared()).scores if one.asked.name == name)


def made(n: int = 120, *, seed: int = 1, competing: bool = False, entry: float = 0.0) -> AnalysisSet:
    """Patients whose hazard doubles from group to group of one score; another is noise. No assessment is needed."""
    generator = np.random.default_rng(seed)
    level = generator.integers(0, 3, n)
    times = generator.exponential(10 / 2.0 ** (level - 1))
    left = generator.uniform(1, 40, n)
    rival = generator.exponential(15, n) if competing else np.full(n, math.inf)
    first = np.minimum(np.minimum(times, left), rival)
    status = np.select([first == times, first == rival], ["event", "competing"], "censored")
    noise = generator.normal(size=n)
    groups = np.array(["favourable", "intermediate", "adverse"])
    columns: dict[str, Any] = {
        "patient_id": [f"p{k:03d}" for k in range(n)],
        "time_months": first,
        "event": status == "event",
        "status": status,
        "entry_months": np.full(n, entry),
    }
    true = Asked("true", "true", groups=tuple(groups), ordered=True, scored=True, predictor=True)
    other = Asked("noise", "noise", scored=True)
    for one, group, value in ((true, groups[level], level * math.log(2)), (other, [None] * n, noise)):
        columns |= {
            one.column("group"): group,
            one.column("score"): value,
            one.column("linear_predictor"): value if one.predictor else [None] * n,
            one.column("in_scope"): ["yes"] * n,
            one.column("decided_by"): [[]] * n,
        }
    patients = pl.DataFrame(columns)
    nothing = pl.DataFrame(schema={"step": pl.String, "why": pl.String, "patients": pl.Int64})
    return AnalysisSet(
        "OS", "alive", "diagnosis", "dates", None, None, patients, (true, other), nothing, nothing, n, ()
    )

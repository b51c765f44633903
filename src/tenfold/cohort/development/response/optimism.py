"""How much a response model flatters itself on the patients it was made from: the whole procedure in each resample.

As `development.optimism`, and with the same draws: screen, weights and intercept are made anew in each resample, measured
there and in the patients as they are. A resample in which all or none respond has no answer and is counted.

Harrell, Lee and Mark, Stat Med 1996;15:361-387; Noma, Stat Med 2021;40:5691-5701 (intervals).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from tenfold.cohort.development.optimism import corrected_table, inclusion
from tenfold.cohort.development.response.answered import Answered
from tenfold.cohort.development.response.measures import MEASURES, NEAR, performance
from tenfold.cohort.development.response.recipe import ResponseRecipe, ResponseScore
from tenfold.cohort.resampling import drawn_rows


@dataclass(frozen=True)
class Resampled:
    """`table`: one row a measure, as in `Optimism`; `inclusion`: how often each candidate was in the model.

    `without_answer` of the resamples had all or none respond; in `separated` of them Firth's method was needed.
    """

    resamples: int
    seed: int
    table: pl.DataFrame
    inclusion: pl.DataFrame
    without_answer: int
    separated: int

    def value(self, measure: str) -> tuple[float | None, float | None]:
        """The apparent and the corrected value of a measure."""
        row = self.table.row(by_predicate=pl.col("measure") == measure, named=True)
        return row["apparent"], row["corrected"]


def resampled(
    recipe: ResponseRecipe,
    patients: Answered,
    made: ResponseScore,
    *,
    resamples: int,
    seed: int,
    tell: Callable[[int], None] | None = None,
    level: float = 0.95,
) -> Resampled:
    """Bootstrap the recipe. `made`: what it gave on all patients; `tell` is called with each resample done."""
    own, tested = np.full((resamples, len(MEASURES)), np.nan), np.full((resamples, len(MEASURES)), np.nan)
    weights = np.zeros((resamples, patients.x.shape[1]))
    without, separated = 0, 0
    for k, rows in enumerate(drawn_rows(seed, patients.n, resamples)):
        drawn = patients.take(rows)
        if 0 < drawn.events < drawn.n:
            again = recipe.fit(drawn)
            own[k] = performance(drawn.y, again.linear(drawn.x))
            tested[k] = performance(patients.y, again.linear(patients.x))
            weights[k] = again.model.weights
            separated += again.fit.method == "Firth"
        else:
            without += 1
        if tell is not None:
            tell(1)
    seen = performance(patients.y, made.linear(patients.x))
    table = corrected_table(list(MEASURES), seen, own, tested, level, NEAR)
    return Resampled(resamples, seed, table, inclusion(weights, made.model), without, separated)

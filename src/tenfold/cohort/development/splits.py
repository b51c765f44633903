"""Random splits into training and test patients of any procedure: the weights refitted, or everything chosen anew.

The design is that of `tenfold.cohort.random_splits` (which refits given factors): in each split the procedure makes a model
of the training patients; each test patient gets a predicted survival at the horizon from the training patients' Breslow
baseline; by group the mean predicted stands against Kaplan-Meier, with both areas under the ROC curve.

Traps: as there. Where unknown values were filled in, a test patient's were filled in with help of the outcome, which
flatters a little; each split takes one of the completed data sets. With delayed entry there are no splits here.

Shahswar et al., Leukemia 2025;39:614-622 (200 splits of 100 and 74).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.cohort.development.baseline import breslow, hazard_at
from tenfold.cohort.development.cut_offs import group_names
from tenfold.cohort.development.patients import Patients
from tenfold.cohort.development.recipe import Model, Procedure
from tenfold.cohort.nearest_neighbour_roc import default_span
from tenfold.cohort.random_splits import _AREAS, _GROUPS, RandomSplits, _group, _Measured, _near, _weighted
from tenfold.cohort.resampling import random_subsets
from tenfold.cohort.significance import Floats


def procedure_splits(
    procedure: Procedure,
    completed: Sequence[Patients],
    model: Model,
    horizon: float,
    *,
    splits: int = 200,
    training: int = 100,
    seed: int,
    stratified: bool = False,
    tell: Callable[[int], None] | None = None,
) -> RandomSplits:
    """Split, make a model, and measure, as often as asked. `model`: what the procedure gave on all patients.

    A split whose training patients have no event has no answer and is counted. ValueError for delayed entry, or a
    training number that leaves nobody to train or to test.
    """
    first = completed[0]
    if first.entry is not None:
        raise ValueError("with delayed entry there are no random splits: use the bootstrap")
    if splits < 1:
        raise ValueError("ask for at least one split")
    names = group_names(len(model.cut_offs) + 1) if model.cut_offs else ("everybody",)
    chosen = random_subsets(seed, first.n, training, 0, splits, first.event.astype(int) if stratified else None)
    span = default_span(first.n - training)
    weights = np.full((splits, first.x.shape[1]), np.nan)
    areas: list[tuple[int, float | None, float | None]] = []
    groups: list[tuple[object, ...]] = []
    for k in range(splits):
        whole = completed[k % len(completed)]
        train, test = (whole.take(np.flatnonzero(rows)) for rows in (chosen[k], ~chosen[k]))
        if train.event.any():
            made = procedure.fit([train], seed + k + 1)
            weights[k] = made.weights
            area, tested = _measure(k, made, train, test, horizon, span, names)
        else:
            area, tested = (k, None, None), [(k, name, 0, 0, None, None) for name in names]
        areas.append(area)
        groups.extend(tested)
        if tell is not None:
            tell(1)
    seen = _measure(0, model, first, first, horizon, default_span(first.n), names)
    return RandomSplits(
        splits=splits,
        training=training,
        test=first.n - training,
        horizon=float(horizon),
        span=span,
        window="survivalROC",
        seed=seed,
        stratified=stratified,
        coefficients=weights,
        areas=pl.DataFrame(areas, _AREAS, orient="row"),
        groups=pl.DataFrame(groups, _GROUPS, orient="row"),
        apparent_areas={"nearest_neighbour": seen[0][1], "inverse_probability": seen[0][2]},
        apparent_groups=pl.DataFrame(seen[1], _GROUPS, orient="row").drop("split"),
    )


def _measure(
    split: int, model: Model, train: Patients, test: Patients, horizon: float, span: float, names: Sequence[str]
) -> _Measured:
    hazard = float(hazard_at(*breslow(train, model.score(train.x)), np.array([horizon]))[0])
    score = model.score(test.x)
    alive: Floats = np.exp(-hazard * np.exp(score))
    of = _placed(model.group(test.x), len(model.cut_offs) + 1, len(names))
    codes = test.event.astype(np.int8)
    tested = [
        (split, name, *_group(test.time, codes, alive, of == number, horizon)) for number, name in enumerate(names)
    ]
    near = _near(test.time, codes, score, horizon, span, "survivalROC")
    return (split, near, _weighted(test.time, codes, score, horizon)), tested


def _placed(numbers: NDArray[np.intp], found: int, wanted: int) -> NDArray[np.intp]:
    """Groups of a split that found fewer cut-offs: its lowest and highest are the lowest and highest of all."""
    if found == wanted or found == 1:
        return numbers
    return np.where(numbers == found - 1, wanted - 1, numbers)

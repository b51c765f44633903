"""Two ways from candidates to a score: the recipe of the VEN-PRS paper, and a penalised model.

The recipe: a univariable screen; a multivariable Cox model of what is kept and of what is forced; each coefficient, rounded
to two decimals, is the weight of its factor; cut-offs, given or searched, make risk groups. The penalised model holds all
candidates back instead of choosing among them by p. Both give weights, so that both are scores that can be added up by
hand, and both can be repeated as a whole in any resample.

Traps: "as a whole" is the point: what is done before the resampling starts (choosing factors, looking for a cut-off) is
invisible to it. Fewer than five patients with a factor is too few to weigh it (or to weigh its absence).

Shahswar et al., Leukemia 2025;39:614-622; Steyerberg, Clinical Prediction Models, 2nd ed. 2019.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tenfold.cohort.development.cut_offs import CutOff, group_of, search_cut_offs
from tenfold.cohort.development.fitting import at_risk, light_fit
from tenfold.cohort.development.patients import Coded, Patients, slices_of
from tenfold.cohort.development.penalised import FOLDS, CrossValidated, penalised
from tenfold.cohort.development.rubin import Pooled, pooled
from tenfold.cohort.development.screen import THRESHOLD, Screened, screen
from tenfold.cohort.development.terms import Term
from tenfold.cohort.significance import Floats

FEWEST = 5
"""Fewer patients with a factor, or without it, are warned of."""


@dataclass(frozen=True)
class Model:
    """Weights of every candidate column (0 where it is not in the model), and the cut-offs.

    `fitted` holds the unrounded coefficients of `columns` with their variance (null for a penalised model). `infinite`:
    columns whose coefficient has no finite estimate and is held. `penalty` of each completed data set, if penalised.
    """

    terms: tuple[Term, ...]
    weights: Floats
    cut_offs: tuple[CutOff, ...]
    columns: NDArray[np.intp]
    fitted: Pooled | None = None
    screened: tuple[Screened, ...] = ()
    infinite: tuple[str, ...] = ()
    penalty: tuple[CrossValidated, ...] = field(default=(), repr=False)

    @property
    def selected(self) -> tuple[str, ...]:
        """The candidates with a weight other than 0."""
        return tuple(name for name, part in slices_of(self.terms).items() if self.weights[part].any())

    def score(self, x: Floats) -> Floats:
        """The total of coded rows; rounded, so that equal sums stay equal whatever the order of adding."""
        return np.round(x @ self.weights, 10)

    def group(self, x: Floats) -> NDArray[np.intp]:
        """The number of each row's group, from 0 for the lowest risk."""
        return group_of(self.score(x), self.cut_offs)


class Procedure(Protocol):
    """All that is done from coded candidates to a model, so that it can be repeated in any resample."""

    @property
    def name(self) -> str:
        """What it is called in a report."""
        ...

    def fit(self, completed: Sequence[Patients], seed: int) -> Model:
        """Make a model of one or several completed data sets."""
        ...


@dataclass(frozen=True)
class Recipe:
    """Screen, multivariable Cox, weights, groups. Without `cut_offs`, `searched` of them are searched."""

    threshold: float = THRESHOLD
    forced: tuple[str, ...] = ()
    cut_offs: tuple[CutOff, ...] | None = None
    searched: int = 2
    name: str = "recipe"

    def fit(self, completed: Sequence[Patients], seed: int) -> Model:
        """Make a model. What has no finite coefficient is held at a large one, and told in `infinite`."""
        screened = screen(completed, threshold=self.threshold, forced=self.forced)
        return refit(completed, screened, self.cut_offs, self.searched)


@dataclass(frozen=True)
class Refit:
    """The factors already chosen, refitted; the cut-offs as given. It shows how stable the weights are, not the choice."""

    selected: tuple[str, ...]
    cut_offs: tuple[CutOff, ...]
    name: str = "refitted"

    def fit(self, completed: Sequence[Patients], seed: int) -> Model:
        """Refit the weights."""
        return _multivariable(completed, self.selected, (), self.cut_offs, 0)


@dataclass(frozen=True)
class Shrunken:
    """Penalised Cox of all candidates (mixing 0: ridge; 1: lasso). Forced ones are not held back."""

    mixing: float = 0.0
    forced: tuple[str, ...] = ()
    cut_offs: tuple[CutOff, ...] | None = None
    searched: int = 2
    folds: int = FOLDS
    name: str = "penalised"

    def fit(self, completed: Sequence[Patients], seed: int) -> Model:
        """Make a model; over completed data sets the coefficients are averaged."""
        found = [
            penalised(each, mixing=self.mixing, unpenalised=self.forced, folds=self.folds, seed=seed)
            for each in completed
        ]
        beta = np.mean([beta for beta, _ in found], axis=0)
        terms = completed[0].terms
        weights = rounded(beta, terms)
        model = Model(terms, weights, (), np.flatnonzero(weights), penalty=tuple(chosen for _, chosen in found))
        return _grouped(model, completed, self.cut_offs, self.searched)


def refit(
    completed: Sequence[Patients], screened: tuple[Screened, ...], cut_offs: tuple[CutOff, ...] | None, searched: int
) -> Model:
    """Make the multivariable model of what a screen has kept."""
    return _multivariable(
        completed, tuple(each.candidate for each in screened if each.kept), screened, cut_offs, searched
    )


def rounded(beta: Floats, terms: Sequence[Term]) -> Floats:
    """Coefficients as they are printed: two decimals; of a number (a weight a unit) four significant digits."""
    kinds = [term.coding == "linear" for term in terms for _ in term.columns]
    return np.array(
        [_significant(b) if linear else round(float(b), 2) + 0.0 for b, linear in zip(beta, kinds, strict=True)]
    )


def warnings_of(model: Model, completed: Sequence[Coded]) -> tuple[str, ...]:
    """Say what in a model rests on too few patients, or could not be estimated."""
    said = []
    names = [column for term in model.terms for column in term.columns]
    x = completed[0].x
    for k in model.columns:
        column = x[:, k]
        if not np.isin(column, (0.0, 1.0)).all():
            continue
        holds = float(np.mean([each.x[:, k].sum() for each in completed]))
        for many, who in ((holds, "with it"), (completed[0].n - holds, "without it")):
            if many < FEWEST:
                said.append(f"{names[k]}: {many:.0f} patients {who}, fewer than {FEWEST}: its weight is hardly known")
    said += [
        f"{name}: no finite coefficient; the weight is held, and the factor had better be left out"
        for name in model.infinite
    ]
    if model.screened and not model.selected:
        said.append("no candidate passed the screen: there is no score")
    if any(each.at_the_end for each in model.penalty):
        said.append(
            "the best penalty lay at an end of those tried: nothing here predicts, or nothing needs holding back"
        )
    return tuple(said)


def _multivariable(
    completed: Sequence[Patients],
    selected: Sequence[str],
    screened: tuple[Screened, ...],
    cut_offs: tuple[CutOff, ...] | None,
    searched: int,
) -> Model:
    first = completed[0]
    columns = np.array(
        [k for name in selected for k in range(*first.slices[name].indices(first.x.shape[1]))], dtype=np.intp
    )
    risk = at_risk(first.time, first.event, first.entry)
    fits = [light_fit(each, columns, risk) for each in completed]
    fitted = pooled(
        [fit.coefficients for fit in fits], [fit.variance for fit in fits], max(1, first.events - columns.size)
    )
    beta = np.zeros(first.x.shape[1])
    beta[columns] = fitted.estimates
    names = [column for term in first.terms for column in term.columns]
    infinite = np.any([fit.infinite for fit in fits], axis=0)
    held = tuple(names[k] for k, gone in zip(columns, infinite, strict=True) if gone)
    model = Model(first.terms, rounded(beta, first.terms), (), columns, fitted, screened, held)
    return _grouped(model, completed, cut_offs, searched)


def _grouped(model: Model, completed: Sequence[Patients], cut_offs: tuple[CutOff, ...] | None, searched: int) -> Model:
    if cut_offs is None:
        first = completed[0]
        # Over completed data sets a patient's totals differ: the search sees all of them, each patient as often.
        totals = np.concatenate([model.score(each.x) for each in completed])
        many = len(completed)
        entry = None if first.entry is None else np.tile(first.entry, many)
        risk = at_risk(np.tile(first.time, many), np.tile(first.event, many), entry)
        cut_offs = search_cut_offs(totals, np.tile(first.event, many), risk, searched)
    return Model(
        model.terms,
        model.weights,
        cut_offs,
        model.columns,
        model.fitted,
        model.screened,
        model.infinite,
        model.penalty,
    )


def _significant(value: float) -> float:
    return 0.0 if value == 0 else round(float(value), 3 - math.floor(math.log10(abs(value))))

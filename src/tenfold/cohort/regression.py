"""Who responds: logistic regression of a yes-or-no outcome, and Firth's penalised form where a cell is empty.

`logistic` is R's `glm(family = binomial)`: Wald intervals and tests, and the likelihood ratio. `firth` maximises the
likelihood penalised by Jeffreys' prior, with intervals and tests by profile of the penalised likelihood, as `logistf` does;
it has an answer where all (or none) of a group respond.

Traps: an odds ratio is no ratio of rates; where responses are common it looks far larger. Rows with anything unknown are
left out and counted. A cell that is empty has no odds ratio in `logistic`: null, with a warning.

Firth, Biometrika 1993;80:27-38; Heinze and Schemper, Stat Med 2002;21:2409-2419.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from tenfold.cohort.covariates import (
    Coefficient,
    Column,
    Design,
    Table,
    as_event,
    as_table,
    as_times,
    coefficients,
    design,
    why_aliased,
)
from tenfold.cohort.significance import Floats, Test, chi_square_test, deviate, quadratic_test

Method = Literal["logistic", "Firth"]
INTERCEPT = "(intercept)"


@dataclass(frozen=True)
class ResponseModel:
    """A fitted model of a response. `n` rows, `responses` among them; `coefficients[0]` is the intercept.

    `log_likelihood` (penalised for Firth) and that of no covariates give `likelihood_ratio`. `ratio` of a coefficient is
    an odds ratio. `warnings` say what could not be estimated, and why.
    """

    method: Method
    coefficients: tuple[Coefficient, ...]
    variance: Floats
    n: int
    responses: int
    n_given: int
    left_out: dict[str, int]
    log_likelihood_null: float
    log_likelihood: float
    wald_test: Test
    level: float
    warnings: tuple[str, ...]
    _design: Design

    @property
    def likelihood_ratio(self) -> Test:
        """The test of all covariates together against none (for Firth of the penalised likelihoods)."""
        return chi_square_test(2 * (self.log_likelihood - self.log_likelihood_null), self.parameters - 1)

    @property
    def parameters(self) -> int:
        """How many coefficients were fitted, the intercept among them."""
        return 1 + sum(not gone for gone in self._design.aliased)

    @property
    def aic(self) -> float:
        """Akaike's information criterion (of a Firth model comparable only with another)."""
        return 2 * self.parameters - 2 * self.log_likelihood

    @property
    def without_ratio(self) -> tuple[str, ...]:
        """The coefficients that run to infinity: a cell is empty, or covariates tell exactly who responds."""
        gone = [False, *self._design.aliased]
        return tuple(
            c.name for c, out in zip(self.coefficients, gone, strict=True) if not out and c.coefficient is None
        )

    def __getitem__(self, name: str) -> Coefficient:
        """The coefficient of a name: the covariate, or "covariate: level"."""
        for each in self.coefficients:
            if name in (each.name, each.covariate if each.level in (None, "yes") else None):
                return each
        raise KeyError(f"no coefficient {name!r}; there are {', '.join(each.name for each in self.coefficients)}")

    def table(self) -> pl.DataFrame:
        """One row a coefficient, without the intercept, with `odds_ratio`."""
        return as_table(self.coefficients[1:], "odds_ratio")

    def probability(self, rows: pl.DataFrame) -> Floats:
        """The probability of a response of new rows.

        ValueError for an unknown value, a level never seen, or a model with a coefficient that could not be estimated.
        """
        if self.without_ratio:
            raise ValueError(f"no prediction: the odds ratio of {', '.join(self.without_ratio)} cannot be estimated")
        estimates = np.array([each.coefficient or 0.0 for each in self.coefficients])
        return share_of(estimates[0] + self._design.coded(rows) @ estimates[1:])


def logistic(
    table: Table,
    *,
    response: str,
    covariates: Sequence[str],
    weights: str | None = None,
    reference: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> ResponseModel:
    """Fit a logistic regression; `weights` count a row so many times.

    ValueError for bad columns, responses or weights, and if all or none respond.
    """
    used, y, weight = _admitted(table, response, covariates, weights, reference, level)
    x, kept = _matrix(used)
    beta, information, likelihood = _maximise(x, y, weight, penalised=False)
    null = _maximise(x[:, :1], y, weight, penalised=False)[2]
    # Where a group wholly responds the maximum lies at infinity: one more Newton step still moves it.
    step = _solve(information, x.T @ (weight * (y - share_of(x @ beta))))
    reach = np.concatenate([[1.0], np.ptp(x[:, 1:], axis=0)])
    infinite = (np.abs(step) * reach > 0.1) & (np.abs(beta) * reach > 6)
    return _model("logistic", used, y, kept, beta, inverse_of(information), (null, likelihood), level, infinite)


def firth(
    table: Table,
    *,
    response: str,
    covariates: Sequence[str],
    weights: str | None = None,
    reference: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> ResponseModel:
    """Fit Firth's penalised logistic regression; `p`, `low` and `high` are by profile of the penalised likelihood.

    Arguments and errors as for `logistic`, but that all or none may respond.
    """
    used, y, weight = _admitted(table, response, covariates, weights, reference, level, always=True)
    x, kept = _matrix(used)
    beta, information, likelihood = _maximise(x, y, weight, penalised=True)
    # Without covariates, but penalised by the same columns: only so do the two likelihoods compare (as in logistf).
    null = _maximise(x, y, weight, penalised=True, fixed=dict.fromkeys(range(1, x.shape[1]), 0.0))[2]
    variance = inverse_of(information)
    model = _model("Firth", used, y, kept, beta, variance, (null, likelihood), level, np.zeros(len(beta), dtype=bool))
    profiled = list(model.coefficients)
    drop = deviate(level) ** 2 / 2
    for k, j in enumerate(kept):

        def profile(value: float, k: int = k) -> float:
            return likelihood - _maximise(x, y, weight, penalised=True, fixed={k: value}, start=beta)[2]

        low, high = (
            _crossing(profile, beta[k], math.copysign(math.sqrt(variance[k, k]), side), drop) for side in (-1, 1)
        )
        p = chi_square_test(2 * profile(0.0), 1).p
        ends = [None if end is None else math.exp(end) for end in (low, high)]
        profiled[j] = replace(profiled[j], low=ends[0], high=ends[1], p=p)
    return replace(model, coefficients=tuple(profiled))


def fitted(x: Floats, y: Floats, *, penalised: bool) -> Floats:
    """The coefficients of columns of numbers (the first is the intercept) and responses of 0 and 1, and no report.

    For resampling: the same coefficients as `logistic` or (`penalised`) `firth`, columns that tell nothing left at about 0.
    """
    return maximised(x, y, penalised=penalised)[0]


def maximised(x: Floats, y: Floats, *, penalised: bool) -> tuple[Floats, Floats, float]:
    """As `fitted`, with the information (whose inverse is the variance) and the log-likelihood."""
    return _maximise(x, y, np.ones(len(y)), penalised=penalised)


def logistic_or_firth(table: Table, *, response: str, covariates: Sequence[str]) -> ResponseModel:
    """The logistic model, or Firth's where a ratio of it runs to infinity. ValueError as for `logistic`."""
    plain = logistic(table, response=response, covariates=covariates)
    return firth(table, response=response, covariates=covariates) if plain.without_ratio else plain


def _admitted(
    table: Table,
    response: str,
    covariates: Sequence[str],
    weights: str | None,
    reference: Mapping[str, str] | None,
    level: float,
    always: bool = False,
) -> tuple[Design, Floats, Floats]:
    deviate(level)
    used = design(table, covariates, [each for each in (response, weights) if each is not None], reference)
    y = as_event(used.frame[response])
    weight = np.ones(len(y)) if weights is None else as_times(used.frame[weights])
    if (weight <= 0).any():
        raise ValueError(f"{weights}: every weight must be above 0; leave out the rows that are to count for nothing")
    if np.ptp(y) == 0 and not always:
        raise ValueError(
            f"{response}: {'all' if y[0] else 'none'} of the {len(y)} rows used respond; nothing to compare"
        )
    return used, y, weight


def _matrix(used: Design) -> tuple[Floats, list[int]]:
    """Return the columns with an intercept, the aliased left out, and the coefficients that they stand for."""
    kept = [k for k, gone in enumerate(used.aliased) if not gone]
    return np.column_stack([np.ones(used.frame.height), used.matrix[:, kept]]), [0, *(k + 1 for k in kept)]


def share_of(linear: Floats) -> Floats:
    """The probability of log odds."""
    return np.where(linear >= 0, 1 / (1 + np.exp(-np.abs(linear))), 1 - 1 / (1 + np.exp(-np.abs(linear))))


def _parts(x: Floats, y: Floats, weight: Floats, beta: Floats, penalised: bool) -> tuple[Floats, Floats, float]:
    """Return the score, the information and the log-likelihood at given coefficients."""
    linear = x @ beta
    share = share_of(linear)
    spread = weight * share * (1 - share)
    information = x.T @ (x * spread[:, None])
    likelihood = float((weight * (y * linear - np.logaddexp(0, linear))).sum())
    residual = weight * (y - share)
    if penalised:
        likelihood += 0.5 * float(np.linalg.slogdet(information)[1])
        leverage = spread * np.einsum("ij,ij->i", x, _solve(information, x.T).T)
        residual = residual + leverage * (0.5 - share)
    return x.T @ residual, information, likelihood


def _maximise(
    x: Floats,
    y: Floats,
    weight: Floats,
    *,
    penalised: bool,
    fixed: Mapping[int, float] | None = None,
    start: Floats | None = None,
) -> tuple[Floats, Floats, float]:
    """Return coefficients, information and log-likelihood at the maximum, some coefficients held fixed if asked."""
    beta = np.zeros(x.shape[1]) if start is None else start.copy()
    free = np.ones(len(beta), dtype=bool)
    for k, value in (fixed or {}).items():
        free[k], beta[k] = False, value
    score, information, likelihood = _parts(x, y, weight, beta, penalised)
    for _ in range(200):
        if not free.any():
            break
        step = np.zeros(len(beta))
        step[free] = _solve(information[np.ix_(free, free)], score[free])
        step *= min(1.0, 5 / max(1e-300, float((np.abs(step) * np.maximum(1, np.abs(x).max(axis=0))).max())))
        for _ in range(30):
            tried = _parts(x, y, weight, beta + step, penalised)
            if tried[2] >= likelihood - 1e-12 * (1 + abs(likelihood)):
                break
            step = step / 2
        gained, beta = tried[2] - likelihood, beta + step
        score, information, likelihood = tried
        # The penalised steps close in only linearly, so they go on until a step is nothing beside the standard errors.
        small = 1e-20 if penalised else 1e-11
        if abs(gained) < 1e-11 * (1 + abs(likelihood)) and abs(float(step @ information @ step)) < small:
            break
    return beta, information, likelihood


def _crossing(profile: Callable[[float], float], centre: float, step: float, drop: float) -> float | None:
    """Return where the profile has fallen by `drop` on one side; null if it never does."""
    from scipy.optimize import brentq

    inner, outer = centre, centre + 2 * step
    for _ in range(12):
        if profile(outer) > drop:
            return float(brentq(lambda value: profile(value) - drop, inner, outer, xtol=1e-12, rtol=1e-13))
        inner, outer = outer, outer + 2 * (outer - centre)
    return None


def _solve(matrix: Floats, right: Floats) -> Floats:
    return np.asarray(inverse_of(matrix) @ right, dtype=float)


def inverse_of(matrix: Floats) -> Floats:
    """The inverse of an information, generalised where it has none."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    inverse: Floats = np.linalg.pinv(matrix / np.outer(scale, scale), rcond=1e-13, hermitian=True)
    return np.asarray(inverse / np.outer(scale, scale), dtype=float)


def _model(
    method: Method,
    used: Design,
    y: Floats,
    kept: list[int],
    beta: Floats,
    spread: Floats,
    likelihoods: tuple[float, float],
    level: float,
    infinite: np.ndarray,
) -> ResponseModel:
    whole = Design(
        used.frame,
        np.column_stack([np.ones(len(y)), used.matrix]),
        (Column(INTERCEPT), *used.columns),
        used.n_given,
        used.left_out,
    )
    size = len(whole.columns)
    estimates, variance = np.full(size, np.nan), np.full((size, size), np.nan)
    estimates[kept] = np.where(infinite, np.nan, beta)
    variance[np.ix_(kept, kept)] = spread
    tested = [j for j, gone in zip(kept, infinite, strict=True) if j and not gone]
    said = [*why_aliased(used)]
    said += [_why_infinite(used, j - 1, y) for j, gone in zip(kept, infinite, strict=True) if gone and j]
    if infinite[0]:
        said.append("the odds of the reference group cannot be estimated: all or none of it respond")
    return ResponseModel(
        method=method,
        coefficients=coefficients(whole, y, estimates, variance, level),
        variance=variance,
        n=len(y),
        responses=int(y.sum()),
        n_given=used.n_given,
        left_out=used.left_out,
        log_likelihood_null=likelihoods[0],
        log_likelihood=likelihoods[1],
        wald_test=quadratic_test(estimates[tested], variance[np.ix_(tested, tested)]),
        level=level,
        warnings=tuple(said),
        _design=used,
    )


def _why_infinite(used: Design, j: int, y: Floats) -> str:
    column, values = used.columns[j], used.matrix[:, j]
    for value, who in ((1.0, "with it"), (0.0, "without it")):
        rows = values == value
        if set(np.unique(values)) <= {0.0, 1.0} and np.ptp(y[rows]) == 0:
            which = "all" if y[rows][0] else "none"
            return f"{column.name}: {which} of the {int(rows.sum())} {who} respond; no odds ratio, use firth"
    return f"{column.name}: it (or it with others) tells exactly who responds; no odds ratio, use firth"

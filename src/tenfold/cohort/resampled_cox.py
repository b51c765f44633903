"""Thousands of Cox fits of resampled patients: bootstrap intervals of coefficients, and the fits of random splits.

A resample is how often each patient was drawn. Efron's treatment of ties takes the sum of these weights, which equals a
fit of the data written out; R's case weights do not. All fits start at the estimate on all patients; whichever does not
settle quickly is fitted again from 0 with care. Results do not depend on the batch, the order or the processors.

Traps: a covariate that does not vary in a resample has no coefficient there (NaN, counted); one whose carriers all fail
first, or never, has an infinite one (counted, kept in its place in the percentiles).

Efron, J Am Stat Assoc 1977;72:557-565; Efron and Tibshirani, Stat Sci 1986;1:54-75.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tenfold.cohort.compiled import compiled
from tenfold.cohort.resampled_cox_kernel import GOOD, lanes, one
from tenfold.cohort.resampling import bootstrap_counts, percentiles
from tenfold.cohort.scored import followed
from tenfold.cohort.significance import Floats

BATCH = 512
QUICK, PATIENT = 10, 40
"""The most iterations side by side, and with care."""
SETTLED, SETTLED_WITH_CARE = 1e-10, 1e-11
RUNNING_AWAY = 1e6
"""A variance so many times that of no effect, of this covariate alone, is of a coefficient without a finite estimate."""
BEYOND = 20.0
"""So is a coefficient beyond this, in the covariate's own scale: a hazard ratio of five hundred million."""
STILL_MOVING = 0.01
"""Likewise a last step of this size (in the covariate's own scale), where the most iterations did not settle a fit."""


@dataclass(frozen=True)
class Fit:
    """One weighted fit. `coefficients` are NaN where the covariate does not vary, infinite where the likelihood rises on.

    `variance` has NaN in the rows of both. `log_likelihood_null` is of no covariates; `parameters` could be estimated.
    """

    coefficients: Floats
    variance: Floats
    log_likelihood_null: float
    log_likelihood: float
    parameters: int
    iterations: int


@dataclass(frozen=True)
class ResampledCox:
    """Bootstrap fits. `replicates`: one row a resample, one column a covariate; `fit` is of the patients as they are.

    `table`: one row a covariate: `covariate`, `coefficient`, `low`, `high` (percentiles), `standard_error` (standard
    deviation of the finite replicates), `not_estimable` and `infinite` (resamples).
    """

    fit: Fit
    table: pl.DataFrame
    n: int
    events: int
    seed: int
    level: float
    replicates: Floats = field(repr=False, compare=False)


class CoxData:
    """Patients prepared for many fits: sorted once, covariates put on a scale, equal covariate rows found.

    `time`, `event` and `covariates` (a column each, without unknowns) have one row a patient. ValueError says how many
    rows lack a covariate, and for bad times or events.
    """

    def __init__(self, time: ArrayLike, event: ArrayLike, covariates: ArrayLike) -> None:
        times, codes = followed(time, event)
        x = np.asarray(covariates, dtype=float)
        x = x[:, None] if x.ndim == 1 else x
        if x.ndim != 2 or x.shape[0] != times.size or not x.shape[1]:
            raise ValueError(f"covariates must be {times.size} rows of at least one column, not of shape {x.shape}")
        lacking = int((~np.isfinite(x)).any(axis=1).sum())
        if lacking:
            raise ValueError(
                f"a covariate is not known for {lacking} of {times.size} rows; fit the patients who have all"
            )
        if not codes.any():
            raise ValueError("nobody has the event: there is nothing to fit")
        self.order = np.argsort(times, kind="stable")
        ordered = times[self.order]
        self.times, self.codes = ordered, codes[self.order]
        starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        self.first = np.append(starts, times.size).astype(np.int64)
        # Columns of 0 and 1 keep their zeros, which cost nothing; others are centred, which the likelihood does not see.
        binary = np.array([bool(((column == 0) | (column == 1)).all()) for column in x.T])
        self.middle = np.where(binary, 0.0, x.mean(axis=0))
        spread = x.std(axis=0)
        self.scale = np.where(binary | (spread == 0), 1.0, spread)
        self.x = np.ascontiguousarray(((x - self.middle) / self.scale)[self.order])

    @property
    def event(self) -> NDArray[np.bool_]:
        """Whether each patient, in order of time, had the event."""
        return np.asarray(self.codes == 1)


def cox_fit(data: CoxData, weights: ArrayLike | None = None) -> Fit:
    """Fit once. `weights`: whole numbers, one a patient in the order given (how often each counts; all once if None).

    ValueError for other weights, or where nobody with a weight has the event. For entry times, strata, robust errors
    and reports use `cox.cox`.
    """
    w = _weights(weights, data)
    return _careful(data, w, np.zeros(data.x.shape[1]))[0]


def cox_fits(data: CoxData, counts: NDArray[np.uint8], *, start: Floats | None = None, threads: int = 1) -> Floats:
    """Fit each row of `counts` (how often each patient counts); returns one row of coefficients each.

    `start`: coefficients to start from (those of all patients if None). NaN and infinite as in `Fit`; a row without
    events is all NaN.
    """
    if counts.ndim != 2 or counts.shape[1] != data.order.size:
        raise ValueError(f"counts must have one column a patient, {data.order.size}, not be of shape {counts.shape}")
    begin = _start(data) if start is None else np.nan_to_num(start * data.scale, nan=0.0, posinf=0.0, neginf=0.0)
    patterns = _patterns(data.x)
    return np.concatenate(
        _mapped(
            lambda k: _batch(data, np.asarray(counts[k : k + BATCH]), begin, patterns),
            range(0, counts.shape[0], BATCH),
            threads,
        )
        or [np.zeros((0, data.x.shape[1]))]
    )


def resampled_cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    resamples: int = 10_000,
    seed: int,
    level: float = 0.95,
    threads: int | None = None,
) -> ResampledCox:
    """Bootstrap a Cox model: refit it on patients drawn with replacement, as often as asked.

    `threads`: processors to use (all if None); the answer is the same on any number. ValueError as for `CoxData`, and
    for names that do not match the covariates.
    """
    data = CoxData(time, event, covariates)
    n, p = data.x.shape
    named = [f"x{k + 1}" for k in range(p)] if names is None else list(names)
    if len(named) != p:
        raise ValueError(f"{len(named)} names for {p} covariates")
    if resamples < 2:
        raise ValueError("a bootstrap needs at least two resamples")
    fit = cox_fit(data)
    begin, patterns = _start(data), _patterns(data.x)

    def batch(k: int) -> Floats:
        return _batch(data, bootstrap_counts(seed, n, k, min(k + BATCH, resamples)), begin, patterns)

    processors = threads or os.cpu_count() or 1
    replicates = np.concatenate(_mapped(batch, range(0, resamples, BATCH), processors))
    rows = []
    for name, estimate, column in zip(named, fit.coefficients, replicates.T, strict=True):
        known, finite = column[~np.isnan(column)], column[np.isfinite(column)]
        low, high = percentiles(known, (1 - level) / 2, (1 + level) / 2)
        error = float(finite.std(ddof=1)) if finite.size > 1 else None
        rows.append((name, estimate, low, high, error, column.size - known.size, known.size - finite.size))
    table = pl.DataFrame(rows, _TABLE, orient="row").with_columns(pl.col("coefficient", "low", "high").fill_nan(None))
    return ResampledCox(fit, table, n, int(data.event.sum()), seed, level, replicates)


_TABLE: dict[str, type[pl.DataType]] = {
    "covariate": pl.String,
    "coefficient": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "standard_error": pl.Float64,
    "not_estimable": pl.Int64,
    "infinite": pl.Int64,
}
_Patterns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Floats]


def _patterns(x: Floats) -> _Patterns:
    """Each patient's distinct row, and the distinct rows as sparse: where each begins, columns and values."""
    distinct, row = np.unique(x, axis=0, return_inverse=True)
    held = distinct != 0
    begins = np.concatenate([[0], np.cumsum(held.sum(axis=1))]).astype(np.int64)
    return row.reshape(-1).astype(np.int64), begins, np.nonzero(held)[1].astype(np.int64), distinct[held]


def _batch(data: CoxData, counts: NDArray[np.uint8], start: Floats, patterns: _Patterns) -> Floats:
    row, begins, column, value = patterns
    ordered = np.ascontiguousarray(counts[:, data.order])
    found, status = compiled(lanes)(ordered, row, data.event, data.first, begins, column, value, start, QUICK, SETTLED)
    found = found / data.scale
    for k in np.flatnonzero(status != GOOD):
        weights = ordered[k].astype(float)
        if not weights[data.event].any():
            found[k] = np.nan
        else:
            found[k] = _careful(data, weights, np.zeros(start.size))[0].coefficients
    return np.asarray(found)


def _careful(data: CoxData, weights: Floats, start: Floats) -> tuple[Fit, Floats]:
    beta, estimable, information, null, likelihood, rounds, at_start, settled, step = compiled(one)(
        weights, data.x, data.event, data.first, start, PATIENT, SETTLED_WITH_CARE
    )
    coefficients = np.where(estimable, beta / data.scale, np.nan)
    held = np.flatnonzero(estimable)
    # What little is known of a coefficient that runs away: its variance has grown out of all proportion.
    floor = np.diag(at_start[held]) * 1e-12
    found = np.nan_to_num(information[np.ix_(held, held)], nan=0.0, posinf=0.0, neginf=0.0) + floor
    away = np.diag(np.linalg.pinv(found, hermitian=True)) * at_start[held] > RUNNING_AWAY
    away |= ~(np.abs(beta[held]) <= BEYOND)
    if not settled:
        away |= ~(np.abs(step[held]) <= STILL_MOVING)
    running = held[away]
    coefficients[running] = np.sign(beta[running]) * np.inf
    kept = held[~away]
    variance = np.full(information.shape, np.nan)
    if kept.size:
        variance[np.ix_(kept, kept)] = np.linalg.inv(information[np.ix_(kept, kept)]) / np.outer(
            data.scale[kept], data.scale[kept]
        )
    return Fit(coefficients, variance, null, likelihood, int(estimable.sum()), rounds), beta


def _start(data: CoxData) -> Floats:
    """Where all fits start: the estimate on all patients, what has none at 0."""
    fit, beta = _careful(data, np.ones(data.order.size), np.zeros(data.x.shape[1]))
    return np.where(np.isfinite(fit.coefficients), beta, 0.0)


def _weights(weights: ArrayLike | None, data: CoxData) -> Floats:
    if weights is None:
        return np.ones(data.order.size)
    w = np.asarray(weights, dtype=float)
    if w.shape != data.order.shape:
        raise ValueError(f"weights must be one a patient, {data.order.size}, not of shape {w.shape}")
    if not (np.isfinite(w).all() and (w >= 0).all() and (w == np.floor(w)).all()):
        raise ValueError("weights say how often each patient counts: whole numbers from 0 on (for others use cox.cox)")
    if not w[data.order][data.event].any():
        raise ValueError("nobody with a weight has the event: there is nothing to fit")
    return np.asarray(w[data.order])


def _mapped(work, numbers: range, threads: int) -> list[Floats]:  # type: ignore[no-untyped-def]
    if threads <= 1:
        return [work(k) for k in numbers]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, numbers))

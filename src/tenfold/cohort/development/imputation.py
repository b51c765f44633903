"""What is not known of a candidate, filled in several times over by chained equations.

Each candidate with unknown values is predicted in turn from all other candidates, the event, and the cumulative hazard at
the patient's time (White and Royston), with coefficients drawn anew each time, so that the fillings differ by as much as is
not known. Yes or no: logistic regression; words: one such regression a word; numbers: the value of one of the five
patients predicted most alike (predictive mean matching), so that no impossible number arises.

It follows the method of R's `mice` in kind, not draw by draw: a weak normal prior (2.5 standard deviations) keeps logistic
coefficients finite where a finding tells all, and words are not fitted jointly.

Trap: it assumes that what is unknown depends on nothing but what is known (missing at random). A gene not tested because the
patient was dying breaks that, and no number of imputations mends it.

White and Royston, Stat Med 2009;28:1982-1998; van Buuren and Groothuis-Oudshoorn, J Stat Softw 2011;45(3):1-67.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from tenfold.cohort.development.fitting import at_risk
from tenfold.cohort.development.terms import Term
from tenfold.cohort.significance import Floats

ROUNDS, DONORS = 8, 5
PRIOR_SPREAD = 2.5


def impute(
    frame: pl.DataFrame,
    terms: Sequence[Term],
    imputations: int,
    *,
    seed: int,
    time: str = "time_months",
    event: str = "event",
    entry: str | None = None,
    rounds: int = ROUNDS,
) -> list[pl.DataFrame]:
    """Return the frame completed so many times; what was known never changes.

    A frame in which all is known comes back as often, unchanged. ValueError for fewer than one imputation, or for a
    candidate known of fewer than ten patients.
    """
    if imputations < 1:
        raise ValueError("ask for at least one imputation")
    gaps = [term for term in terms if frame[term.name].null_count()]
    for term in gaps:
        if (known := frame.height - frame[term.name].null_count()) < 10:
            raise ValueError(
                f"{term.name} is known of {known} patients: too few to fill in the others from; leave it out"
            )
    if not gaps:
        return [frame] * imputations
    times, happened = frame[time].cast(pl.Float64).to_numpy(), frame[event].cast(pl.Boolean).to_numpy()
    entries = None if entry is None else frame[entry].cast(pl.Float64).to_numpy()
    outcome = np.column_stack([happened.astype(float), _hazard(times, happened, entries)])
    return [
        _completed(frame, terms, gaps, outcome, np.random.default_rng([seed, k]), rounds) for k in range(imputations)
    ]


def _hazard(times: Floats, happened: np.ndarray, entries: Floats | None) -> Floats:
    """Each patient's cumulative hazard (Nelson and Aalen's) at the end of follow-up."""
    risk = at_risk(times, happened, entries)
    steps = np.arange(risk.when.size)
    many = np.searchsorted(np.sort(risk.begin), steps, side="right") - np.searchsorted(
        np.sort(risk.last), steps, side="right"
    )
    return np.asarray(np.concatenate([[0.0], np.cumsum(risk.deaths / np.maximum(many, 1))])[risk.last])


def _completed(
    frame: pl.DataFrame,
    terms: Sequence[Term],
    gaps: Sequence[Term],
    outcome: Floats,
    rng: np.random.Generator,
    rounds: int,
) -> pl.DataFrame:
    now = frame
    unknown = {term.name: frame[term.name].is_null().to_numpy() for term in gaps}
    for term in gaps:  # to begin with: a value of somebody else
        known = frame[term.name].drop_nulls()
        now = _filled(
            now, term.name, unknown[term.name], known.gather(rng.integers(0, known.len(), unknown[term.name].sum()))
        )
    columns = {term.name: term.coded(now[term.name]) for term in terms}
    for _ in range(rounds):
        for term in gaps:
            gap = unknown[term.name]
            others = np.column_stack([outcome, *(x for name, x in columns.items() if name != term.name)])
            drawn = _drawn(term, now[term.name], gap, _standard(others), rng)
            now = _filled(now, term.name, gap, drawn)
            columns[term.name] = term.coded(now[term.name])
    return now


def _filled(frame: pl.DataFrame, name: str, gap: np.ndarray, values: pl.Series) -> pl.DataFrame:
    kind = frame[name].dtype
    return frame.with_columns(frame[name].scatter(np.flatnonzero(gap), values.cast(kind)).alias(name))


def _standard(x: Floats) -> Floats:
    spread = x.std(axis=0)
    kept = spread > 1e-12
    return np.column_stack([np.ones(len(x)), (x[:, kept] - x[:, kept].mean(axis=0)) / spread[kept]])


def _drawn(term: Term, values: pl.Series, gap: np.ndarray, x: Floats, rng: np.random.Generator) -> pl.Series:
    known = ~gap
    if term.coding == "yes/no":
        chance = _chances(x[known], values.cast(pl.Float64).to_numpy()[known], x[gap], rng)
        return pl.Series(term.name, rng.random(gap.sum()) < chance)
    if term.coding == "levels":
        words = np.array(term.input.words)
        text = values.cast(pl.String).to_numpy()[known]
        chances = np.column_stack([_chances(x[known], (text == word).astype(float), x[gap], rng) for word in words])
        shares = np.cumsum(chances / chances.sum(axis=1, keepdims=True), axis=1)
        return pl.Series(term.name, words[(rng.random((gap.sum(), 1)) > shares[:, :-1]).sum(axis=1)].tolist())
    return _matched(values, known, gap, x, rng)


def _chances(x: Floats, y: Floats, new: Floats, rng: np.random.Generator) -> Floats:
    """The chance of yes of new rows, under coefficients drawn from what the known rows leave possible."""
    held = np.full(x.shape[1], PRIOR_SPREAD**-2)
    held[0] = 1e-2
    beta = np.zeros(x.shape[1])
    for _ in range(30):
        share = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        information = x.T @ (x * (share * (1 - share))[:, None]) + np.diag(held)
        step = np.linalg.solve(information, x.T @ (y - share) - held * beta)
        beta = beta + step * min(1.0, 5 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-6:
            break
    # The square root of the inverse of the information gives the spread of what is possible.
    root = np.linalg.cholesky(np.linalg.inv(information))
    beta = beta + root @ rng.standard_normal(beta.size)
    return np.asarray(1 / (1 + np.exp(-np.clip(new @ beta, -30, 30))) + 1e-12)


def _matched(values: pl.Series, known: np.ndarray, gap: np.ndarray, x: Floats, rng: np.random.Generator) -> pl.Series:
    y = values.cast(pl.Float64).to_numpy()[known]
    inside = x[known]
    information = inside.T @ inside + np.eye(x.shape[1]) * 1e-3
    beta = np.linalg.solve(information, inside.T @ y)
    freedom = max(1, y.size - x.shape[1])
    spread = float(np.sum((y - inside @ beta) ** 2) / rng.chisquare(freedom))
    root = np.linalg.cholesky(np.linalg.inv(information))
    drawn = beta + np.sqrt(spread) * (root @ rng.standard_normal(beta.size))
    fitted, wanted = inside @ beta, x[gap] @ drawn
    near = np.argsort(np.abs(wanted[:, None] - fitted[None, :]), axis=1, kind="stable")[:, : min(DONORS, y.size)]
    donors = near[np.arange(near.shape[0]), rng.integers(0, near.shape[1], near.shape[0])]
    return values.gather(np.flatnonzero(known)[donors])

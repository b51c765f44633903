"""Cox's proportional hazards model: uni- and multivariable, weighted, stratified, with delayed entry and clusters.

Conventions, all of R's `coxph`: Efron's treatment of ties unless asked otherwise; at a tie a patient who enters at a time
is not yet at risk at it; robust (sandwich) errors with clusters or weights that are not whole numbers.

Traps: rows with anything unknown are left out and counted; a level in which nobody (or everybody at risk) fails has no
finite hazard ratio, so it is null with a warning while the likelihood ratio remains sound; a transplant after time 0 is
time-dependent (see `time_dependent`), never a plain covariate. AICc needs a sample size on which authors differ.

Cox, J R Stat Soc B 1972;34:187-220; Efron, J Am Stat Assoc 1977;72:557-565; Breslow, Biometrics 1974;30:89-99;
Lin and Wei, J Am Stat Assoc 1989;84:1074-1078 (robust errors); Volinsky and Raftery, Biometrics 2000;56:256-262 (events
as the sample size of an information criterion).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import polars as pl

from tenfold.cohort.covariates import (
    Coefficient,
    Design,
    Table,
    as_event,
    as_table,
    as_times,
    coefficients,
    design,
    why_aliased,
)
from tenfold.cohort.partial_likelihood import Ties, partial_likelihood, predicted_curves
from tenfold.cohort.significance import Floats, Test, chi_square_test, deviate, known, quadratic_test


@dataclass(frozen=True)
class Concordance:
    """The share of comparable pairs in which the higher risk fails first (Harrell's C), with its standard error."""

    value: float
    standard_error: float | None


@dataclass(frozen=True)
class CoxModel:
    """A fitted Cox model. `n` rows and `events` among them; `n_given` rows came in and `left_out` counts the unknown.

    `log_likelihood_null` is of no covariates. `warnings` say in plain words what could not be estimated, and why. Times
    are in the unit that came in. Hazard ratios are in `coefficients` (as `ratio`) and in `table()`.
    """

    coefficients: tuple[Coefficient, ...]
    variance: Floats
    n: int
    events: int
    n_given: int
    left_out: dict[str, int]
    log_likelihood_null: float
    log_likelihood: float
    score_test: Test
    wald_test: Test
    ties: Ties
    level: float
    robust: bool
    strata: tuple[str, ...]
    warnings: tuple[str, ...]
    _design: Design
    _fit: Any
    _strata_levels: tuple[str, ...]

    @cached_property
    def concordance(self) -> Concordance | None:
        """Harrell's C of the model, R's `concordance`; null for a model without covariates."""
        if all(self._dropped):
            return None
        found = self._fit.concordance
        return Concordance(float(found.concordance[0]), known(float(np.sqrt(found.var[0][0]))))

    @property
    def parameters(self) -> int:
        """How many coefficients the likelihood was maximised over (one that runs to infinity counts)."""
        return len(self._design.columns) - sum(self._dropped)

    @property
    def likelihood_ratio(self) -> Test:
        """The test of all covariates together against none."""
        return chi_square_test(2 * (self.log_likelihood - self.log_likelihood_null), self.parameters)

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2 * self.parameters - 2 * self.log_likelihood

    def aicc(self, sample: Literal["events", "rows"] = "events") -> float | None:
        """AIC corrected for small samples; null where the sample is too small for the number of coefficients.

        The sample size is the number of events (Volinsky and Raftery; R's `nobs` of a Cox model), or of rows.
        """
        size, k = self.events if sample == "events" else self.n, self.parameters
        return None if size - k - 1 <= 0 else self.aic + 2 * k * (k + 1) / (size - k - 1)

    def __getitem__(self, name: str) -> Coefficient:
        """The coefficient of a name: the covariate, or "covariate: level"."""
        for each in self.coefficients:
            if name in (each.name, each.covariate if each.level in (None, "yes") else None):
                return each
        raise KeyError(f"no coefficient {name!r}; there are {', '.join(each.name for each in self.coefficients)}")

    def table(self) -> pl.DataFrame:
        """One row a coefficient: covariate, level, reference, n, events, the estimates and `hazard_ratio`."""
        return as_table(self.coefficients)

    def log_hazard(self, rows: pl.DataFrame) -> Floats:
        """The sum of coefficients times covariates of new rows (0 at covariates of zero, not at their means).

        ValueError for an unknown value, a level never seen, or a model with a coefficient that could not be estimated.
        """
        infinite = [
            c.name
            for c, gone in zip(self.coefficients, self._dropped, strict=True)
            if not gone and c.coefficient is None
        ]
        if infinite:
            raise ValueError(f"no prediction: the hazard ratio of {', '.join(infinite)} cannot be estimated")
        estimates = np.array([each.coefficient or 0.0 for each in self.coefficients])
        return self._design.coded(rows) @ estimates if len(estimates) else np.zeros(rows.height)

    def baseline(self, estimator: Ties = "breslow") -> pl.DataFrame:
        """Survival where every covariate is zero: `stratum` (null without), `time`, `cumulative_hazard`, `survival`.

        Breslow's estimator, or Efron's, which is R's default after a fit with Efron's ties.
        """
        found = predicted_curves(self._fit, np.zeros((1, sum(self._kept))), estimator)
        parts = [
            pl.DataFrame(
                {"time": one.time, "cumulative_hazard": np.asarray(one.cumhaz, dtype=float).reshape(-1)}
            ).select(
                pl.lit(self._strata_levels[one.stratum] if self.strata else None, pl.String).alias("stratum"),
                "time",
                "cumulative_hazard",
                survival=(-pl.col("cumulative_hazard")).exp(),
            )
            for one in found
        ]
        return pl.concat(parts)

    def survival(self, rows: pl.DataFrame, times: Sequence[float], estimator: Ties = "breslow") -> pl.DataFrame:
        """Predicted survival of new rows: `row`, `time`, `survival`, `low`, `high` (log-log; null before any event).

        Null beyond the last patient followed. ValueError as for `log_hazard`, and for a model with strata, whose curves
        are `baseline` with `survival ** exp(log_hazard)`.
        """
        if self.strata:
            raise ValueError("a model with strata has one baseline a stratum: use baseline() and log_hazard()")
        self.log_hazard(rows)  # for its errors
        if not rows.height:
            return pl.DataFrame(schema=_PREDICTED)
        [found] = predicted_curves(self._fit, self._design.coded(rows)[:, list(self._kept)], estimator, errors=True)
        last = np.asarray(found.time, dtype=float)
        where = np.searchsorted(last, np.asarray(times, dtype=float), side="right") - 1
        share, error = (np.asarray(part, dtype=float).reshape(len(last), -1) for part in (found.surv, found.std_err))
        columns = dict(zip(("survival", "low", "high"), (share, *log_log(share, error, self.level)), strict=True))
        told = []
        for row in range(rows.height):
            for time, k in zip(times, where, strict=True):
                at = {name: known(part[k, row]) if k >= 0 else None for name, part in columns.items()}
                if k < 0 or at["survival"] == 1:
                    at = {"survival": 1.0, "low": None, "high": None}
                if time > last[-1]:
                    at = dict.fromkeys(at)
                told.append({"row": row, "time": float(time), **at})
        return pl.DataFrame(told, schema=_PREDICTED)

    @property
    def _kept(self) -> tuple[bool, ...]:
        return tuple(not gone for gone in self._design.aliased)

    @property
    def _dropped(self) -> tuple[bool, ...]:
        return tuple(bool(np.isnan(v)) for v in np.diag(self.variance)) if len(self.coefficients) else ()


def log_log(survival: Floats, error: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the limits of survival on the log-log scale; `error` is of the cumulative hazard. Null (nan) at 1 and 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logged = np.log(survival)
        middle, away = np.log(-logged), deviate(level) * error / np.abs(logged)
        return np.exp(-np.exp(middle + away)), np.exp(-np.exp(middle - away))


_PREDICTED = {"row": pl.Int64, "time": pl.Float64, "survival": pl.Float64, "low": pl.Float64, "high": pl.Float64}


def cox(
    table: Table,
    *,
    time: str,
    event: str,
    covariates: Sequence[str],
    entry: str | None = None,
    weights: str | None = None,
    strata: Sequence[str] = (),
    cluster: str | None = None,
    robust: bool | None = None,
    reference: Mapping[str, str] | None = None,
    ties: Ties = "efron",
    level: float = 0.95,
) -> CoxModel:
    """Fit a Cox model to named columns of a frame (or a mapping of arrays).

    `time` and `event` as for `kaplan_meier`; `entry`: when each row came under observation (delayed entry, or the start
    of an interval); `weights` above 0; `strata`: columns with a baseline of their own; `cluster`: rows of one patient
    have one value; `robust`: sandwich errors (null: with clusters, or weights that are not whole). `reference` names the
    reference level of a text column. ValueError for bad columns, times, events or weights, and if nobody had the event.
    """
    deviate(level)
    if ties not in ("efron", "breslow"):
        raise ValueError(f"ties are efron or breslow, not {ties}")
    needed = [name for name in (time, event, entry, weights, cluster, *strata) if name is not None]
    used = design(table, covariates, needed, reference)
    happened = as_event(used.frame[event])
    kept = [k for k, gone in enumerate(used.aliased) if not gone]
    arguments = _arguments(used, time, entry, weights, strata, cluster, robust)
    if not happened.any():
        raise ValueError(f"{event}: nobody of the {used.frame.height} rows used had the event; there is nothing to fit")
    levels, arguments["strata"] = _strata(used.frame, strata)
    if entry is not None:
        arguments["entry"] = _entries(used.frame, entry, time)
    fit, infinite = partial_likelihood(as_times(used.frame[time]), happened, used.matrix[:, kept], ties, **arguments)
    return _model(used, fit, kept, infinite, happened, ties, level, tuple(strata), levels)


def univariable(table: Table, *, covariates: Sequence[str], **options: Any) -> dict[str, CoxModel]:
    """Fit each covariate alone, each on all the rows that have it; options as for `cox`."""
    named = options.pop("reference", None) or {}
    return {
        each: cox(table, covariates=[each], reference={k: v for k, v in named.items() if k == each}, **options)
        for each in covariates
    }


def compare_nested(smaller: CoxModel, larger: CoxModel) -> Test:
    """Return the likelihood ratio test of what the larger model adds. ValueError if they rest on different rows."""
    if (smaller.n, smaller.events) != (larger.n, larger.events) or not np.isclose(
        smaller.log_likelihood_null, larger.log_likelihood_null
    ):
        raise ValueError("the models rest on different rows, weights or strata; fit both to the rows complete in both")
    added = larger.parameters - smaller.parameters
    return chi_square_test(2 * (larger.log_likelihood - smaller.log_likelihood), added)


def _arguments(
    used: Design,
    time: str,
    entry: str | None,
    weights: str | None,
    strata: Sequence[str],
    cluster: str | None,
    robust: bool | None,
) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if weights is not None:
        arguments["weights"] = as_times(used.frame[weights])
        if arguments["weights"].min() <= 0:
            raise ValueError(
                f"{weights}: every weight must be above 0; leave out the rows that are to count for nothing"
            )
    if cluster is not None:
        arguments["cluster"] = used.frame[cluster].rank("dense").cast(pl.Int64).to_numpy()
    if robust is not None:
        arguments["robust"] = robust
        if cluster is not None and not robust:
            raise ValueError("clusters are for robust errors; leave out the cluster or robust=False")
    return arguments


def _strata(frame: pl.DataFrame, strata: Sequence[str]) -> tuple[tuple[str, ...], Floats | None]:
    """The strata in order, and the number of each row's."""
    if not strata:
        return (), None
    distinct = frame.select(strata).unique().sort(strata).with_row_index("_number")
    number = frame.select(strata).join(distinct, on=list(strata), how="left", maintain_order="left")["_number"]
    return tuple(", ".join(map(str, row[1:])) for row in distinct.iter_rows()), number.cast(pl.Int64).to_numpy()


def _entries(frame: pl.DataFrame, entry: str, time: str) -> Floats:
    entries, times = as_times(frame[entry], None), as_times(frame[time])
    late = int((entries >= times).sum())
    if late:
        raise ValueError(f"{entry}: {late} rows enter at or after their {time}; they are never at risk, leave them out")
    return entries


def _model(
    used: Design,
    fit: Any,
    kept: list[int],
    infinite: list[bool],
    happened: Floats,
    ties: Ties,
    level: float,
    strata: tuple[str, ...],
    levels: tuple[str, ...],
) -> CoxModel:
    p = len(used.columns)
    estimates, variance = np.full(p, np.nan), np.full((p, p), np.nan)
    found, spread = np.asarray(fit.coefficients, dtype=float), np.asarray(fit.var, dtype=float)
    said = list(why_aliased(used))
    for k, j in enumerate(kept):
        if np.isnan(found[k]):
            said.append(f"{used.columns[j].name}: alike within every stratum, or told by the covariates before it")
        elif infinite[k]:
            said.append(_why_infinite(used, j, happened))
        else:
            estimates[j] = found[k]
    there = [k for k in range(len(kept)) if not np.isnan(found[k])]
    at = [kept[k] for k in there]
    if at:
        variance[np.ix_(at, at)] = spread[np.ix_(there, there)]
    finite = [j for j in at if not np.isnan(estimates[j])]
    first, last = (fit.loglik[0], fit.loglik[-1])
    return CoxModel(
        coefficients=coefficients(used, happened, estimates, variance, level),
        variance=variance,
        n=used.frame.height,
        events=int(happened.sum()),
        n_given=used.n_given,
        left_out=used.left_out,
        log_likelihood_null=float(first),
        log_likelihood=float(last),
        score_test=chi_square_test(float(fit.score), len(at)) if at else chi_square_test(0.0, 0),
        wald_test=quadratic_test(estimates[finite], variance[np.ix_(finite, finite)]),
        ties=ties,
        level=level,
        robust=fit.naive_var is not None,
        strata=strata,
        warnings=tuple(said),
        _design=used,
        _fit=fit,
        _strata_levels=levels,
    )


def _why_infinite(used: Design, j: int, happened: Floats) -> str:
    column, values = used.columns[j], used.matrix[:, j]
    if set(np.unique(values)) <= {0.0, 1.0}:
        for value, who in ((1.0, "with it"), (0.0, "without it")):
            rows = values == value
            if not happened[rows].any():
                return f"{column.name}: none of the {int(rows.sum())} {who} had the event; the hazard ratio cannot be estimated"
    return f"{column.name}: it (or it with others) tells exactly who fails next; the hazard ratio cannot be estimated"

"""Fine and Gray's model: which covariates go with the cumulative incidence of a cause under competing risks.

Whoever had another event stays in the risk set, with a weight that falls as censoring would have removed them. Estimates
and errors (which count that the weights were estimated) are R's `cmprsk::crr`. With delayed entry or case weights they are
R's `survival::finegray` followed by `coxph` (Breslow's ties, robust errors), which weighs ties a little otherwise.

Traps: a subdistribution hazard ratio orders incidences; it is no rate ratio among those still at risk (for that, `cox` with
the other causes censored). A low incidence of relapse may only mean that more died first: model every cause.

Fine and Gray, J Am Stat Assoc 1999;94:496-509; Geskus, Biometrics 2011;67:39-49 (delayed entry).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.cohort.covariates import Coefficient, Design, Table, as_table, as_times, coefficients, design, why_aliased
from tenfold.cohort.incidence import CENSORED, States
from tenfold.cohort.partial_likelihood import partial_likelihood, predicted_curves
from tenfold.cohort.significance import Floats, Test, chi_square_test, deviate, quadratic_test
from tenfold.cohort.subdistribution import SubdistributionRiskSets


@dataclass(frozen=True)
class FineGrayModel:
    """A fitted Fine-Gray model of `cause`. `n` rows: `events` of the cause, `competing` of others, the rest censored.

    `ratio` of a coefficient is a subdistribution hazard ratio. The log-likelihoods are of the weighted partial likelihood.
    `baseline`: `time` and `cumulative_hazard` where covariates are zero. `warnings` say what could not be estimated.
    """

    cause: str
    coefficients: tuple[Coefficient, ...]
    variance: Floats
    n: int
    events: int
    competing: int
    n_given: int
    left_out: dict[str, int]
    log_likelihood_null: float
    log_likelihood: float
    wald_test: Test
    level: float
    baseline: pl.DataFrame
    last_time: float
    warnings: tuple[str, ...]
    _design: Design

    @property
    def likelihood_ratio(self) -> Test:
        """The test of all covariates together by the weighted partial likelihood (approximate, unlike `wald_test`)."""
        parameters = sum(not gone for gone in self._design.aliased)
        return chi_square_test(2 * (self.log_likelihood - self.log_likelihood_null), parameters)

    def __getitem__(self, name: str) -> Coefficient:
        """The coefficient of a name: the covariate, or "covariate: level"."""
        for each in self.coefficients:
            if name in (each.name, each.covariate if each.level in (None, "yes") else None):
                return each
        raise KeyError(f"no coefficient {name!r}; there are {', '.join(each.name for each in self.coefficients)}")

    def table(self) -> pl.DataFrame:
        """One row a coefficient, with `subdistribution_hazard_ratio`."""
        return as_table(self.coefficients, "subdistribution_hazard_ratio")

    def incidence(self, rows: pl.DataFrame, times: Sequence[float]) -> pl.DataFrame:
        """Predicted cumulative incidence of new rows: `row`, `time`, `incidence`; null beyond the last patient followed.

        ValueError for an unknown value, a level never seen, or a model with a coefficient that could not be estimated.
        """
        gone = self._design.aliased
        infinite = [c.name for c, out in zip(self.coefficients, gone, strict=True) if not out and c.coefficient is None]
        if infinite:
            raise ValueError(f"no prediction: the ratio of {', '.join(infinite)} cannot be estimated")
        ratio = np.exp(self._design.coded(rows) @ np.array([each.coefficient or 0.0 for each in self.coefficients]))
        hazard = np.concatenate([[0.0], self.baseline["cumulative_hazard"].to_numpy()])
        at = hazard[np.searchsorted(self.baseline["time"].to_numpy(), np.asarray(times, dtype=float), side="right")]
        told = [
            {"row": k, "time": float(t), "incidence": None if t > self.last_time else float(-np.expm1(-h * ratio[k]))}
            for k in range(rows.height)
            for t, h in zip(times, at, strict=True)
        ]
        return pl.DataFrame(told, schema={"row": pl.Int64, "time": pl.Float64, "incidence": pl.Float64})


def fine_gray(
    table: Table,
    *,
    time: str,
    cause: str,
    of: str,
    covariates: Sequence[str],
    entry: str | None = None,
    weights: str | None = None,
    censored: str = CENSORED,
    reference: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> FineGrayModel:
    """Fit the incidence of the cause `of`; the column `cause` holds text, `censored` for rows without any event.

    `entry` and `weights` as for `cox`; one row a patient. ValueError for bad columns, and if nobody had the cause.
    """
    deviate(level)
    used = design(table, covariates, [each for each in (time, cause, entry, weights) if each is not None], reference)
    causes = used.frame[cause].cast(pl.String).to_numpy()
    kind = np.where(causes == censored, 0, np.where(causes == of, 1, 2))
    if not (kind == 1).any():
        raise ValueError(f"{cause}: nobody of the {used.frame.height} rows used had {of!r}; there is nothing to fit")
    times = as_times(used.frame[time])
    kept = [k for k, gone in enumerate(used.aliased) if not gone]
    x = used.matrix[:, kept]
    if entry is None and weights is None:
        found = _Fit.of(times, kind, x)
    else:
        entries = np.zeros(len(times)) if entry is None else as_times(used.frame[entry], None)
        weight = np.ones(len(times)) if weights is None else as_times(used.frame[weights])
        if (entries >= times).any():
            raise ValueError(f"{time}: {int((entries >= times).sum())} rows enter at or after it; leave them out")
        if (weight <= 0).any():
            raise ValueError(f"{weights}: every weight must be above 0; leave out the rows that count for nothing")
        found = _weighted(entries, times, kind, x, weight)
    p = len(used.columns)
    estimates, variance = np.full(p, np.nan), np.full((p, p), np.nan)
    estimates[kept] = np.where(found.infinite, np.nan, found.beta)
    variance[np.ix_(kept, kept)] = found.variance
    finite = [j for j in kept if not np.isnan(estimates[j])]
    ours = (kind == 1).astype(float)
    said = [*why_aliased(used)]
    for k, j in enumerate(kept):
        if found.infinite[k]:
            name = used.columns[j].name
            said.append(f"{name}: in one of its groups nobody, or always the next, had {of}; no ratio can be estimated")
    return FineGrayModel(
        cause=of,
        coefficients=coefficients(used, ours, estimates, variance, level),
        variance=variance,
        n=len(times),
        events=int((kind == 1).sum()),
        competing=int((kind == 2).sum()),
        n_given=used.n_given,
        left_out=used.left_out,
        log_likelihood_null=found.null,
        log_likelihood=found.likelihood,
        wald_test=quadratic_test(estimates[finite], variance[np.ix_(finite, finite)]),
        level=level,
        baseline=pl.DataFrame({"time": found.when, "cumulative_hazard": np.cumsum(found.hazard)}),
        last_time=float(times.max()),
        warnings=tuple(said),
        _design=used,
    )


@dataclass(frozen=True)
class _Fit:
    beta: Floats
    variance: Floats
    null: float
    likelihood: float
    when: Floats
    hazard: Floats
    infinite: NDArray[np.bool_]

    @staticmethod
    def of(time: Floats, kind: NDArray[np.int64], x: Floats) -> _Fit:
        """Fit by Newton's steps; sums over risk sets are sums over the sorted times."""
        order = np.argsort(time, kind="stable")
        middle = x.mean(axis=0)
        time, kind, x = time[order], kind[order], x[order] - middle
        risk = SubdistributionRiskSets.of(time, kind)
        beta: Floats = np.zeros(x.shape[1])
        null, score, information, *_ = risk.at(beta, x)
        likelihood = null
        for _ in range(50):
            step = np.asarray(np.linalg.lstsq(information, score, rcond=None)[0], dtype=float)
            while True:
                tried, score_tried, information_tried, *_ = risk.at(beta + step, x)
                if tried >= likelihood - 1e-10 * (1 + abs(likelihood)) or np.abs(step).max(initial=0) < 1e-12:
                    break
                step = step / 2
            gained, likelihood, beta = tried - likelihood, tried, beta + step
            score, information = score_tried, information_tried
            if abs(gained) < 1e-13 * (1 + abs(likelihood)):
                break
        step = np.asarray(np.linalg.lstsq(information, score, rcond=None)[0], dtype=float)
        reach = np.ptp(x, axis=0)
        infinite = (np.abs(step) * reach > 0.1) & (np.abs(beta) * reach > 6)
        *_, means, total = risk.at(beta, x)
        hazard = risk.events / total
        bread = np.linalg.pinv(information, hermitian=True)
        influence = risk.influence(beta, x, means, hazard)
        at_zero = hazard * np.exp(-middle @ beta)
        return _Fit(beta, bread @ (influence.T @ influence) @ bread, null, likelihood, risk.when, at_zero, infinite)


def _weighted(entry: Floats, time: Floats, kind: NDArray[np.int64], x: Floats, weight: Floats) -> _Fit:
    """Fit by rows that are split and weighed so that an ordinary Cox model of them is Fine and Gray's."""
    from survival import finegray

    middle = x.mean(axis=0)
    given: dict[str, Any] = {
        "entry": entry.tolist(),
        "time": time.tolist(),
        "kind": States(kind.tolist(), 2),
        "row": list(range(len(time))),
    }
    response = "Surv(entry, time, kind, type = 'mstate')"
    split: Any = finegray(f"{response} ~ row", data=given, etype="1", id="row", weights=weight.tolist())
    rows = np.asarray(split["row"], dtype=int)
    spread = (x - middle)[rows]
    start, stop, status, weights = (
        np.asarray(split[f"fg{name}"], dtype=float) for name in ("start", "stop", "status", "wt")
    )
    fit, infinite = partial_likelihood(stop, status, spread, "breslow", entry=start, weights=weights, cluster=rows)
    [curve] = predicted_curves(fit, np.zeros((1, x.shape[1])), "breslow")
    beta = np.asarray(fit.coefficients, dtype=float)
    steps = np.diff(np.asarray(curve.cumhaz, dtype=float).reshape(-1), prepend=0.0) * np.exp(-middle @ beta)
    rises = steps > 0
    variance = np.asarray(fit.var, dtype=float).reshape(len(beta), len(beta))
    when = np.asarray(curve.time, dtype=float)[rises]
    return _Fit(beta, variance, fit.loglik[0], fit.loglik[-1], when, steps[rises], np.array(infinite, dtype=bool))

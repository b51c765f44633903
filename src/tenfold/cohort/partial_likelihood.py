"""The one place where a Cox model is fitted, and where a coefficient that runs to infinity is found out.

A likelihood that rises for ever stops the fit somewhere arbitrary, with a ratio of millions: such a number must not be told.
The library is asked with arrays: its formulas look at every value in Python, which takes a million patients a minute.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from tenfold.cohort.significance import Floats

Ties = Literal["efron", "breslow"]


def partial_likelihood(
    time: Floats,
    event: ArrayLike,
    matrix: Floats,
    ties: Ties,
    *,
    entry: Floats | None = None,
    weights: Floats | None = None,
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    robust: bool | None = None,
) -> tuple[Any, list[bool]]:
    """Return the fitted model and, by column of `matrix` (rows by covariates), whether its coefficient is infinite.

    `strata` and `cluster` are numbers, one a row. `robust`: sandwich errors; if None as in R, with clusters or weights that
    are not whole. After the fit one more Newton step is taken: a coefficient that it still moves by a tenth over its range
    has no maximum.
    """
    from survival.regression import coxph_fit  # type: ignore[attr-defined]  # it is exported at run time

    if robust is None:
        robust = cluster is not None or bool(weights is not None and (weights != np.floor(weights)).any())
    happened = np.asarray(event).astype(np.int32)
    given: dict[str, Any] = {
        "entry": entry,
        "strata": strata,
        "weights": weights,
        "cluster": cluster,
        "robust": robust,
        "method": ties,
    }
    fit: Any = coxph_fit(time, happened, matrix, **given)
    estimates = np.asarray(fit.coefficients, dtype=float)
    infinite = [False] * len(estimates)
    reach = np.abs(estimates) * np.ptp(matrix, axis=0) if matrix.size else np.zeros(0)
    if (reach > 6).any():
        start = np.nan_to_num(estimates).tolist()
        again: Any = coxph_fit(time, happened, matrix, init=start, iter_max=1, **given)
        moved = np.abs(np.asarray(again.coefficients, dtype=float) - estimates) * np.ptp(matrix, axis=0)
        infinite = (moved > 0.1).tolist()
    return fit, infinite


def predicted_curves(fit: Any, matrix: Floats, estimator: Ties, *, errors: bool = False) -> list[Any]:
    """Return the library's curves of new rows, one a stratum: `time`, and `cumhaz`, `surv`, `std_err` by time and row.

    The standard error is that of the cumulative hazard.
    """
    ctype = {"breslow": 1, "efron": 2}[estimator]
    found: list[Any] = fit.survfit(newdata=matrix if matrix.shape[1] else None, stype=2, ctype=ctype, se_fit=errors)
    return found

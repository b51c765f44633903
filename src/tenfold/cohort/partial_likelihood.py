"""The one place where a Cox model is fitted, and where a coefficient that runs to infinity is found out.

A likelihood that rises for ever stops the fit somewhere arbitrary, with a ratio of millions: such a number must not be told.
"""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np

from tenfold.cohort.significance import Floats

Ties = Literal["efron", "breslow"]


def partial_likelihood(
    formula: str, columns: dict[str, Any], arguments: dict[str, Any], ties: Ties, matrix: Floats
) -> tuple[Any, list[bool]]:
    """Return the fitted model and, by column of `matrix` (the covariates x0, x1, ...), whether its coefficient is infinite.

    After the fit one more Newton step is taken: a coefficient that it still moves by a tenth over its range has no maximum.
    """
    from survival import coxph

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        fit: Any = coxph(formula, data=columns, ties=ties, **arguments)
        estimates = np.asarray(fit.coefficients, dtype=float)
        infinite = [False] * len(estimates)
        reach = np.abs(estimates) * np.ptp(matrix, axis=0) if matrix.size else np.zeros(0)
        if (reach > 6).any():
            start = np.nan_to_num(estimates).tolist()
            again: Any = coxph(formula, data=columns, ties=ties, init=start, iter_max=1, **arguments)
            moved = np.abs(np.asarray(again.coefficients, dtype=float) - estimates) * np.ptp(matrix, axis=0)
            infinite = (moved > 0.1).tolist()
    return fit, infinite

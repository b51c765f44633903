"""Are hazards proportional: the score test of Grambsch and Therneau for each covariate and the whole model.

It is R's `cox.zph` (survival 3 on), time being transformed by 1 less Kaplan-Meier unless asked otherwise. A text
covariate is tested whole, on as many degrees of freedom as it has levels beside the reference.

Traps: a large p is no proof of proportional hazards in a small cohort; in a large one a trifling departure has a small p:
look at the curve (`Departure.residuals`) too.

Grambsch and Therneau, Biometrika 1994;81:515-526.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from tenfold.cohort.cox import CoxModel
from tenfold.cohort.significance import Test, chi_square_test

Transform = Literal["km", "rank", "identity", "log"]


@dataclass(frozen=True)
class Departure:
    """The test of each covariate (`of`, by name) and of all together (`overall`).

    `residuals`: scaled Schoenfeld residuals, one row an event: `time`, `transformed` and a column a coefficient; their
    smoothed curve shows how the log hazard ratio moves with time.
    """

    of: dict[str, Test]
    overall: Test
    transform: Transform
    residuals: pl.DataFrame


def proportional_hazards(model: CoxModel, transform: Transform = "km") -> Departure:
    """Test whether hazard ratios are constant over time.

    ValueError for a model without covariates, or with one whose hazard ratio cannot be estimated: refit without it.
    """
    from survival.regression import cox_zph  # type: ignore[attr-defined]  # it is exported at run time

    if transform not in ("km", "rank", "identity", "log"):
        raise ValueError(f"time is transformed by km, rank, identity or log, not {transform}")
    kept = [each for each, gone in zip(model.coefficients, model._design.aliased, strict=True) if not gone]
    infinite = [each.name for each in kept if each.coefficient is None]
    if infinite or not kept:
        why = f"the hazard ratio of {', '.join(infinite)} cannot be estimated" if infinite else "there is no covariate"
        raise ValueError(f"no test of proportional hazards: {why}")
    columns: dict[str, list[int]] = {}
    for k, each in enumerate(kept):
        columns.setdefault(each.covariate, []).append(k)
    by_covariate: Any = cox_zph(model._fit, transform=transform, assign=list(columns.values()))
    by_column: Any = cox_zph(model._fit, transform=transform, terms=False)
    tests = {
        name: chi_square_test(row.chisq, round(row.df)) for name, row in zip(columns, by_covariate.table, strict=True)
    }
    overall = chi_square_test(by_covariate.global_test.chisq, round(by_covariate.global_test.df))
    residuals = pl.DataFrame({"time": by_column.time, "transformed": by_column.x})
    values = np.asarray(by_column.y, dtype=float).reshape(len(by_column.time), -1)
    residuals = residuals.with_columns(pl.Series(each.name, values[:, k]) for k, each in enumerate(kept))
    return Departure(tests, overall, transform, residuals)

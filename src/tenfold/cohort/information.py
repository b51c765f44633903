"""How well a score fits by information criteria: AIC and AICc against no model, with what it was entered as said.

The three ways in which a score enters Cox's model differ in degrees of freedom, and so in how low AIC can get: its groups
as a factor (one less than groups), the score as one term refitted (1), the published linear predictor as it stands (0).
AIC differences are model less null: negative is better than no model. With k degrees of freedom the difference never
exceeds 2k, so a published difference above 2 was no single term.

Traps: criteria compare only models of the same patients from the same time zero; a model developed on these patients is
flattered. The sample size of AICc is the number of events (Volinsky and Raftery 2000; R's `nobs` of a Cox model).

Akaike, IEEE Trans Automat Contr 1974;19:716-723; Hurvich and Tsai, Biometrika 1989;76:297-307.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from tenfold.cohort.resampled_cox import CoxData, cox_fit
from tenfold.cohort.scored import followed, labels, numbers
from tenfold.cohort.significance import Floats, Test, chi_square_test

Coding = Literal["groups as factor", "score as one term", "linear predictor as offset"]


@dataclass(frozen=True)
class Information:
    """The criteria of one score in one coding. Differences are model less null; AICc is null with too few events.

    `likelihood_ratio` tests the model against none; it has no p for an offset, which spends no degree of freedom (its
    statistic can then be below 0: worse than no model).
    """

    coding: Coding
    degrees_of_freedom: int
    log_likelihood: float
    log_likelihood_null: float
    aic: float
    aic_difference: float
    aicc: float | None
    aicc_difference: float | None
    likelihood_ratio: Test
    n: int
    events: int


def information_of_groups(time: ArrayLike, event: ArrayLike, group: ArrayLike) -> Information:
    """Enter the groups as a factor. ValueError for a missing group (with how many rows), or fewer than two groups."""
    times, codes = followed(time, event)
    named = labels("the group", group, times.size)
    levels = np.unique(named)
    if levels.size < 2:
        raise ValueError(f"all patients are in one group, {levels[0]}: there is nothing to compare")
    dummies = (named[:, None] == levels[None, 1:]).astype(float)
    return _fitted("groups as factor", times, codes, dummies)


def information_of_score(time: ArrayLike, event: ArrayLike, score: ArrayLike) -> Information:
    """Enter the score as one term and refit its coefficient. ValueError for a missing score, with how many rows."""
    times, codes = followed(time, event)
    return _fitted("score as one term", times, codes, numbers("score", score, times.size)[:, None])


def information_of_predictor(time: ArrayLike, event: ArrayLike, linear_predictor: ArrayLike) -> Information:
    """Take the published linear predictor (log hazard) as it stands. ValueError for a missing one, with how many rows."""
    times, codes = followed(time, event)
    predictor = numbers("linear predictor", linear_predictor, times.size)
    # Its likelihood is that of a model whose one coefficient is held at 1.
    from tenfold.cohort.compiled import compiled
    from tenfold.cohort.resampled_cox_kernel import one

    data = CoxData(times, codes, predictor - predictor.mean())
    held = compiled(one)(np.ones(times.size), data.x, data.event, data.first, data.scale.copy(), 0, 1e-11)[3]
    null = compiled(one)(np.ones(times.size), data.x, data.event, data.first, np.zeros(1), 0, 1e-11)[3]
    return _stated("linear predictor as offset", 0, held, null, times, codes)


def compared(informations: Mapping[str, Information]) -> pl.DataFrame:
    """One row a model: its criteria, and `delta_aic` from the best of them; ordered by AIC.

    ValueError where the models were not fitted to the same patients (their null likelihoods differ).
    """
    nulls = {round(each.log_likelihood_null, 6) for each in informations.values()}
    if len(nulls) > 1 or len({(each.n, each.events) for each in informations.values()}) > 1:
        raise ValueError("the models were fitted to different patients or times; their criteria cannot be compared")
    rows = [
        {
            "model": name,
            "coding": each.coding,
            "degrees_of_freedom": each.degrees_of_freedom,
            "aic": each.aic,
            "aic_difference": each.aic_difference,
            "aicc": each.aicc,
            "aicc_difference": each.aicc_difference,
            "likelihood_ratio": each.likelihood_ratio.statistic,
            "p": each.likelihood_ratio.p,
        }
        for name, each in informations.items()
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("aicc", "aicc_difference", "p").cast(float)
    )
    return frame.with_columns(delta_aic=pl.col("aic") - pl.col("aic").min()).sort("aic", maintain_order=True)


def _fitted(coding: Coding, times: Floats, codes: ArrayLike, x: Floats) -> Information:
    fit = cox_fit(CoxData(times, codes, x))
    return _stated(coding, fit.parameters, fit.log_likelihood, fit.log_likelihood_null, times, codes)


def _stated(
    coding: Coding, parameters: int, likelihood: float, null: float, times: Floats, codes: ArrayLike
) -> Information:
    events = int(np.asarray(codes, dtype=bool).sum())
    aic = 2 * parameters - 2 * likelihood
    spare = events - parameters - 1
    correction = 0.0 if parameters == 0 else 2 * parameters * (parameters + 1) / spare if spare > 0 else None
    aicc = None if correction is None else aic + correction
    ratio = 2 * (likelihood - null)
    return Information(
        coding=coding,
        degrees_of_freedom=parameters,
        log_likelihood=likelihood,
        log_likelihood_null=null,
        aic=aic,
        aic_difference=aic + 2 * null,
        aicc=aicc,
        aicc_difference=None if aicc is None else aicc + 2 * null,
        likelihood_ratio=chi_square_test(ratio, parameters) if parameters else Test(ratio, 0, None),
        n=times.size,
        events=events,
    )

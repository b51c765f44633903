"""From candidates to a response score: a screen by likelihood ratio, a logistic model of what is kept, weights, intercept.

Each candidate alone, all its levels together, is tested by the likelihood ratio, which has an answer also where a cell is
empty; it is kept if p is below a threshold, or if it is forced. Each coefficient of the model of what is kept, rounded to two
decimals, is the weight of its factor; the intercept is fitted to the rounded sum.

Traps: as for survival: the screen makes coefficients look larger than they are, and only repeating everything in each
resample shows how much. A weight is a log odds ratio, which is no ratio of rates.

Shahswar et al., Leukemia 2025;39:614-622 (predictors of response, screened at 0.10).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tenfold.cohort.development.recipe import Model, rounded
from tenfold.cohort.development.response.answered import Answered
from tenfold.cohort.development.response.fitting import LogisticFit, intercept_of, logistic_fit
from tenfold.cohort.development.rubin import pooled
from tenfold.cohort.development.screen import THRESHOLD, Screened, kept_by, refuse_screen
from tenfold.cohort.significance import Floats, chi_square_test


@dataclass(frozen=True)
class ResponseScore:
    """A model of who responds. `model`: weights of every candidate column; `fit`: unrounded, of the model's `columns`."""

    model: Model
    intercept: float
    fit: LogisticFit

    def linear(self, x: Floats) -> Floats:
        """The log odds of coded rows."""
        return self.intercept + self.model.score(x)


@dataclass(frozen=True)
class ResponseRecipe:
    """All that is done from coded candidates to a model, so that it can be repeated in any resample."""

    threshold: float = THRESHOLD
    forced: tuple[str, ...] = ()
    name: str = "recipe"

    def fit(self, patients: Answered) -> ResponseScore:
        """Make a model. ValueError as for `screen.refuse_screen`."""
        screened = response_screen(patients, threshold=self.threshold, forced=self.forced)
        slices = patients.slices
        kept = [
            k for each in screened if each.kept for k in range(*slices[each.candidate].indices(patients.x.shape[1]))
        ]
        columns = np.array(kept, dtype=np.intp)
        fit = logistic_fit(patients.x[:, columns], patients.y)
        beta = np.zeros(patients.x.shape[1])
        beta[columns] = fit.coefficients[1:]
        model = Model(patients.terms, rounded(beta, patients.terms), (), columns, screened=screened)
        return ResponseScore(model, round(intercept_of(patients.y, model.score(patients.x)), 2) + 0.0, fit)


def response_screen(
    patients: Answered, *, threshold: float = THRESHOLD, forced: tuple[str, ...] = ()
) -> tuple[Screened, ...]:
    """Test every candidate alone. ValueError as for `screen.refuse_screen`."""
    refuse_screen(patients.terms, threshold, forced)
    found = []
    for term, part in zip(patients.terms, patients.slices.values(), strict=True):
        fit = logistic_fit(patients.x[:, part], patients.y)
        p = chi_square_test(2 * (fit.log_likelihood - fit.log_likelihood_null), fit.rank).p
        alone = pooled([fit.coefficients[1:]], [fit.variance[1:, 1:]])
        said = kept_by(term.name, p, threshold, forced)
        found.append(Screened(term.name, term.columns, alone, p, *said, bool(fit.separated.any())))
    return tuple(found)

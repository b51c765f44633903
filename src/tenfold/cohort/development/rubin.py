"""Rubin's rules: estimates from several completed data sets made into one, with what the filling-in leaves uncertain.

Rubin, Multiple Imputation for Nonresponse in Surveys, 1987; Barnard and Rubin, Biometrika 1999;86:948-955 (degrees of
freedom); Li, Raghunathan and Rubin, J Am Stat Assoc 1991;86:1065-1073 (several coefficients tested together, their D1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tenfold.cohort.significance import Floats, deviate, two_sided


@dataclass(frozen=True)
class Pooled:
    """Estimates over imputations. `variance` is within plus (1 + 1/m) between; `degrees_of_freedom` infinite if m is 1."""

    estimates: Floats
    variance: Floats
    within: Floats
    degrees_of_freedom: Floats
    imputations: int

    def p(self, k: int) -> float | None:
        """The two-sided p of one estimate being 0; null where it has no variance."""
        spread = self.variance[k, k]
        if not spread > 0:
            return None
        return _two_sided(float(self.estimates[k] / math.sqrt(spread)), float(self.degrees_of_freedom[k]))

    def reach(self, k: int, level: float = 0.95) -> float:
        """Half the width of the interval of one estimate."""
        from scipy.stats import t

        freedom = float(self.degrees_of_freedom[k])
        width = deviate(level) if math.isinf(freedom) else float(t.ppf((1 + level) / 2, freedom))
        return width * math.sqrt(max(0.0, float(self.variance[k, k])))

    def together(self, columns: Sequence[int]) -> float | None:
        """The p of several estimates being 0 together (Wald; over imputations D1); null where there is nothing to test."""
        from scipy.stats import chi2, f

        held = [k for k in columns if self.within[k, k] > 0]
        if not held:
            return None
        if len(held) == 1:
            return self.p(held[0])
        q, within = self.estimates[held], self.within[np.ix_(held, held)]
        inverse = np.linalg.pinv(within, rcond=1e-12, hermitian=True)
        k, m = len(held), self.imputations
        if m == 1:
            return float(chi2.sf(q @ inverse @ q, k))
        between = (self.variance[np.ix_(held, held)] - within) / (1 + 1 / m)
        r = (1 + 1 / m) * float(np.trace(between @ inverse)) / k
        t = k * (m - 1)
        if r <= 1e-12:
            return float(chi2.sf(q @ inverse @ q, k))
        freedom = 4 + (t - 4) * (1 + (1 - 2 / t) / r) ** 2 if t > 4 else t * (1 + 1 / k) * (1 + 1 / r) ** 2 / 2
        return float(f.sf((q @ inverse @ q) / (k * (1 + r)), k, freedom))


def pooled(estimates: Sequence[Floats], variances: Sequence[Floats], complete: float = math.inf) -> Pooled:
    """Pool estimates and their variances, one of each a completed data set.

    `complete`: the degrees of freedom that the complete data would have had (events less coefficients). ValueError for
    none, or if the two differ in number.
    """
    if not estimates or len(estimates) != len(variances):
        raise ValueError("give one variance for each set of estimates, and at least one")
    m = len(estimates)
    q, within = np.mean(estimates, axis=0), np.mean(variances, axis=0)
    if m == 1:
        return Pooled(q, within, within, np.full(len(q), math.inf), 1)
    apart = np.asarray(estimates) - q
    between = apart.T @ apart / (m - 1)
    total = within + (1 + 1 / m) * between
    freedom = []
    for k in range(len(q)):
        share = (1 + 1 / m) * between[k, k] / total[k, k] if total[k, k] > 0 else 0.0
        if share <= 1e-12:
            freedom.append(complete)
            continue
        old = (m - 1) / share**2
        seen = math.inf if math.isinf(complete) else (complete + 1) / (complete + 3) * complete * (1 - share)
        freedom.append(old if math.isinf(seen) else old * seen / (old + seen))
    return Pooled(q, total, within, np.array(freedom), m)


def _two_sided(z: float, freedom: float) -> float:
    from scipy.stats import t

    return two_sided(z) if math.isinf(freedom) else float(2 * t.sf(abs(z), freedom))

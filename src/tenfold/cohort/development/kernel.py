"""The loop behind every Cox fit of a development: Newton's steps on the partial likelihood, penalised or not.

It may call nothing but numpy and `math` (see `tenfold.cohort.compiled`); vectors are worked on in loops, as each expression of
whole arrays takes numba half a second to compile. Patients are at risk for the event times
`begin` to `last` (less one), both numbers of distinct event times, so that delayed entry costs nothing extra.

Efron, J Am Stat Assoc 1977;72:557-565; Simon, J Stat Softw 2011;39(5):1-13 (coordinate descent for the elastic net).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def cox_path(
    x: Any,
    begin: Any,
    last: Any,
    at: Any,
    deaths: Any,
    efron: bool,
    penalties: Any,
    mixing: float,
    factor: Any,
    start: Any,
    rounds: int,
    settled: float,
) -> Any:
    """Fit along falling penalties, each from the one before: (coefficients, log-likelihoods, information, settled).

    `at`: the number of the event time at which a patient had the event, else -1; `deaths` at each event time. The
    objective is the log partial likelihood less n * penalty * sum factor * (mixing |b| + (1 - mixing) b^2 / 2). With no
    rounds only the likelihood at `start` is told.
    """
    n, p = x.shape
    m = deaths.size

    def derivatives(beta: Any, slopes: bool) -> Any:
        eta, risk = np.zeros(n), np.zeros(n)
        for i in range(n):
            for j in range(p):
                eta[i] += x[i, j] * beta[j]
        top = eta[0]
        for i in range(1, n):
            top = max(top, eta[i])
        for i in range(n):
            risk[i] = math.exp(eta[i] - top)
        enter0, leave0, dead0 = np.zeros(m + 1), np.zeros(m + 1), np.zeros(m + 1)
        enter1, leave1, dead1 = np.zeros((m + 1, p)), np.zeros((m + 1, p)), np.zeros((m + 1, p))
        likelihood = 0.0
        score, information = np.zeros(p), np.zeros((p, p))
        for i in range(n):
            if last[i] <= begin[i]:
                continue
            enter0[last[i] - 1] += risk[i]
            for j in range(p):
                enter1[last[i] - 1, j] += risk[i] * x[i, j]
            if begin[i] > 0:
                leave0[begin[i] - 1] += risk[i]
                for j in range(p):
                    leave1[begin[i] - 1, j] += risk[i] * x[i, j]
            if at[i] >= 0:
                likelihood += eta[i]
                dead0[at[i]] += risk[i]
                for j in range(p):
                    score[j] += x[i, j]
                    dead1[at[i], j] += risk[i] * x[i, j]
        hazard, tied = np.zeros(m), np.zeros(m)
        total0, total1, mean = 0.0, np.zeros(p), np.zeros(p)
        for k in range(m - 1, -1, -1):
            total0 += enter0[k] - leave0[k]
            for j in range(p):
                total1[j] += enter1[k, j] - leave1[k, j]
            for each in range(deaths[k]):
                share = each / deaths[k] if efron else 0.0
                sum0 = total0 - share * dead0[k]
                likelihood -= math.log(sum0) + top
                hazard[k] += 1 / sum0
                tied[k] += share / sum0
                if not slopes:
                    continue
                for j in range(p):
                    mean[j] = (total1[j] - share * dead1[k, j]) / sum0
                    score[j] -= mean[j]
                    for other in range(j + 1):
                        information[j, other] -= mean[j] * mean[other]
        if not slopes:
            return likelihood, score, information
        so_far = np.zeros(m + 1)
        for k in range(m):
            so_far[k + 1] = so_far[k] + hazard[k]
        for i in range(n):
            if last[i] <= begin[i]:
                continue
            weight = so_far[last[i]] - so_far[begin[i]]
            if at[i] >= 0:
                weight -= tied[at[i]]
            weight *= risk[i]
            for j in range(p):
                if x[i, j] != 0:
                    for other in range(j + 1):
                        information[j, other] += weight * x[i, j] * x[i, other]
        for j in range(p):
            for other in range(j):
                information[other, j] = information[j, other]
        return likelihood, score, information

    found = np.zeros((penalties.size, p))
    likelihoods, good = np.zeros(penalties.size), np.zeros(penalties.size, dtype=np.bool_)
    beta, tried, change, aim, right = np.zeros(p), np.zeros(p), np.zeros(p), np.zeros(p), np.zeros(p)
    matrix = np.zeros((p, p))
    for j in range(p):
        beta[j] = tried[j] = start[j]
    likelihood, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    step, taken, halved, objective, at_start = 0, 0, 0, 0.0, True
    # One loop with one place where the likelihood is worked out: each further place doubles the time to compile.
    while step < penalties.size:
        tried_likelihood, tried_score, tried_information = derivatives(tried, rounds > 0)
        first, second = n * penalties[step] * mixing, n * penalties[step] * (1 - mixing)
        cost = 0.0
        for j in range(p):
            cost += factor[j] * (first * abs(tried[j]) + second * tried[j] ** 2 / 2)
        value = tried_likelihood - cost
        if not at_start and halved < 25 and not value >= objective - 1e-10 * (1 + abs(objective)):
            for j in range(p):
                change[j] /= 2
                tried[j] = beta[j] + change[j]
            halved += 1
            continue
        objective, most = value, 0.0
        for j in range(p):
            beta[j] = tried[j]
            most = max(most, abs(change[j]))
        likelihood, score, information = tried_likelihood, tried_score, tried_information
        if not at_start:
            taken += 1
        settled_now = not at_start and most < settled
        at_start = False
        if settled_now or taken >= rounds:
            for j in range(p):
                found[step, j] = beta[j]
            likelihoods[step] = likelihood
            good[step] = settled_now
            step, taken = step + 1, 0
            if step == penalties.size or rounds == 0:
                continue
            first, second = n * penalties[step] * mixing, n * penalties[step] * (1 - mixing)
            objective = likelihood
            for j in range(p):
                objective -= factor[j] * (first * abs(beta[j]) + second * beta[j] ** 2 / 2)
        for j in range(p):
            aim[j], right[j] = beta[j], score[j]
        if first > 0:
            for _sweep in range(2000):
                most = 0.0
                for j in range(p):
                    held = information[j, j] + second * factor[j]
                    new = 0.0
                    if information[j, j] >= 1e-12:
                        z = right[j] + information[j, j] * aim[j]
                        new = math.copysign(max(abs(z) - first * factor[j], 0.0), z) / held
                    moved = new - aim[j]
                    if moved != 0:
                        for other in range(p):
                            right[other] -= information[other, j] * moved
                        aim[j] = new
                        most = max(most, abs(moved))
                if most < settled / 10:
                    break
        else:
            for j in range(p):
                for other in range(p):
                    matrix[j, other] = information[j, other]
            for j in range(p):
                matrix[j, j] += second * factor[j] + 1e-10 * information[j, j]
                right[j] -= second * factor[j] * beta[j]
                if information[j, j] < 1e-12:
                    for other in range(p):
                        matrix[j, other] = matrix[other, j] = 0.0
                    matrix[j, j] = 1.0
                    right[j] = -beta[j]
            # Cholesky's decomposition written out: numba takes 8 seconds to compile a call of LAPACK.
            for j in range(p):
                for other in range(j + 1):
                    rest = matrix[j, other]
                    for k in range(other):
                        rest -= matrix[j, k] * matrix[other, k]
                    if other < j:
                        matrix[j, other] = rest / matrix[other, other]
                    else:
                        # What rounding leaves of a column told by the others: it does not move.
                        matrix[j, j] = math.sqrt(rest) if rest > 1e-13 * matrix[j, j] else 1e150
            for j in range(p):
                for k in range(j):
                    right[j] -= matrix[j, k] * right[k]
                right[j] /= matrix[j, j]
            for j in range(p - 1, -1, -1):
                for k in range(j + 1, p):
                    right[j] -= matrix[k, j] * right[k]
                right[j] /= matrix[j, j]
            for j in range(p):
                aim[j] = beta[j] + right[j]
        most = 0.0
        for j in range(p):
            change[j] = aim[j] - beta[j]
            most = max(most, abs(change[j]))
        scale, halved = 3 / most if most > 3 else 1.0, 0
        for j in range(p):
            change[j] *= scale
            tried[j] = beta[j] + change[j]
    return found, likelihoods, information, good

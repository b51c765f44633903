"""Newton's method for Cox models with whole-number weights, several resamples side by side in the lanes of a processor.

Efron's ties with the sum of the weights, which equals a fit of the data written out as often as each weight says. The
second derivative is summed in two passes: the products of a row with itself once at the end, by distinct rows, and
the squared means at each time with events. Rows are sorted by time; `first` holds where each distinct time begins.
"""

from __future__ import annotations

import math

import numpy as np

LANES = 32
GOOD, WANTS_CARE = 0, 1
LONGEST_STEP, FARTHEST = 5.0, 50.0


def lanes(counts, row, event, first, begins, column, value, start, most, tolerance):  # type: ignore[no-untyped-def]
    """Fit each row of `counts` (resamples by sorted patients). Distinct covariate rows are sparse: `begins`, `column`,
    `value`. Returns coefficients and status; whatever is singular, slow or overshoots is left to `one`.
    """
    resamples, n = counts.shape
    p, distinct, moments = start.size, begins.size - 1, first.size - 1
    found = np.zeros((resamples, p))
    status = np.zeros(resamples, np.int8)
    w, d = np.zeros((n, LANES)), np.zeros((n, LANES))
    beta, step, gradient = np.zeros((p, LANES)), np.zeros((p, LANES)), np.zeros((p, LANES))
    risk, drawn, shared = np.zeros((distinct, LANES)), np.zeros((distinct, LANES)), np.zeros((distinct, LANES))
    hazard, own = np.zeros((moments, LANES)), np.zeros((moments, LANES))
    information = np.zeros((p, p, LANES))
    s0, t0, many = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    s1, t1, mean = np.zeros((p, LANES)), np.zeros((p, LANES)), np.zeros((p, LANES))
    a1, b1, a2, b2, c2 = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    each, ratio, rest, decrement, along = (
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
    )
    active, poor = np.zeros(LANES, np.bool_), np.zeros(LANES, np.bool_)
    for block in range(0, resamples, LANES):
        for lane in range(LANES):
            source = min(block + lane, resamples - 1)
            for i in range(n):
                w[i, lane] = counts[source, i]
            for j in range(p):
                beta[j, lane] = start[j]
        drawn[:] = 0.0
        for i in range(n):
            if event[i]:
                for lane in range(LANES):
                    drawn[row[i], lane] += w[i, lane]
        active[:], poor[:], step[:], decrement[:] = True, False, 0.0, 0.0
        for _ in range(most):
            for g in range(distinct):
                for lane in range(LANES):
                    a1[lane] = 0.0
                for z in range(begins[g], begins[g + 1]):
                    for lane in range(LANES):
                        a1[lane] += value[z] * beta[column[z], lane]
                for lane in range(LANES):
                    risk[g, lane] = math.exp(a1[lane])
            s0[:], s1[:], information[:], shared[:] = 0.0, 0.0, 0.0, 0.0
            for g in range(moments - 1, -1, -1):
                failing = 0
                single = 0
                for i in range(first[g], first[g + 1]):
                    k = row[i]
                    for lane in range(LANES):
                        d[i, lane] = w[i, lane] * risk[k, lane]
                        s0[lane] += d[i, lane]
                    for z in range(begins[k], begins[k + 1]):
                        for lane in range(LANES):
                            s1[column[z], lane] += value[z] * d[i, lane]
                    if event[i]:
                        failing += 1
                        single = i
                if failing == 0:
                    continue
                for lane in range(LANES):
                    many[lane], t0[lane] = w[single, lane], d[single, lane]
                    b1[lane], b2[lane], c2[lane] = 0.0, 0.0, 0.0
                if failing > 1:
                    t1[:], many[:], t0[:] = 0.0, 0.0, 0.0
                    for i in range(first[g], first[g + 1]):
                        if event[i]:
                            for lane in range(LANES):
                                many[lane] += w[i, lane]
                                t0[lane] += d[i, lane]
                            for z in range(begins[row[i]], begins[row[i] + 1]):
                                for lane in range(LANES):
                                    t1[column[z], lane] += value[z] * d[i, lane]
                top = 0.0
                for lane in range(LANES):
                    top = max(top, many[lane])
                for lane in range(LANES):
                    inverse = 1.0 / s0[lane] if many[lane] > 0.0 else 0.0
                    a1[lane], a2[lane] = inverse, inverse * inverse
                    each[lane] = 1.0 / max(many[lane], 1.0)
                for k in range(1, int(top)):
                    for lane in range(LANES):
                        share = k * each[lane]
                        inverse = 1.0 / (s0[lane] - share * t0[lane]) if k < many[lane] else 0.0
                        squared = inverse * inverse
                        a1[lane] += inverse
                        b1[lane] += share * inverse
                        a2[lane] += squared
                        b2[lane] += share * squared
                        c2[lane] += share * share * squared
                for lane in range(LANES):
                    hazard[g, lane], own[g, lane] = a1[lane], b1[lane]
                    ratio[lane] = b2[lane] / a2[lane] if a2[lane] > 0.0 else 0.0
                    rest[lane] = c2[lane] - b2[lane] * ratio[lane]
                for j in range(p):
                    for lane in range(LANES):
                        mean[j, lane] = s1[j, lane]
                if failing == 1:
                    k = row[single]
                    for z in range(begins[k], begins[k + 1]):
                        for lane in range(LANES):
                            mean[column[z], lane] -= ratio[lane] * value[z] * t0[lane]
                        for y in range(begins[k], z + 1):
                            for lane in range(LANES):
                                information[column[z], column[y], lane] -= (
                                    rest[lane] * t0[lane] * t0[lane] * value[z] * value[y]
                                )
                else:
                    for j in range(p):
                        for lane in range(LANES):
                            mean[j, lane] -= ratio[lane] * t1[j, lane]
                        for k in range(j + 1):
                            for lane in range(LANES):
                                information[j, k, lane] -= rest[lane] * t1[j, lane] * t1[k, lane]
                for j in range(p):
                    for k in range(j + 1):
                        for lane in range(LANES):
                            information[j, k, lane] -= a2[lane] * mean[j, lane] * mean[k, lane]
            a1[:] = 0.0
            for g in range(moments):
                failing = 0
                for i in range(first[g], first[g + 1]):
                    failing += event[i]
                if failing > 0:
                    for lane in range(LANES):
                        a1[lane] += hazard[g, lane]
                for i in range(first[g], first[g + 1]):
                    k = row[i]
                    if event[i]:
                        for lane in range(LANES):
                            shared[k, lane] += d[i, lane] * (a1[lane] - own[g, lane])
                    else:
                        for lane in range(LANES):
                            shared[k, lane] += d[i, lane] * a1[lane]
            gradient[:] = 0.0
            for g in range(distinct):
                for z in range(begins[g], begins[g + 1]):
                    for lane in range(LANES):
                        gradient[column[z], lane] += value[z] * (drawn[g, lane] - shared[g, lane])
                    for y in range(begins[g], z + 1):
                        for lane in range(LANES):
                            information[column[z], column[y], lane] += shared[g, lane] * value[z] * value[y]
            along[:] = 0.0
            for j in range(p):
                for lane in range(LANES):
                    along[lane] += gradient[j, lane] * step[j, lane]
            for lane in range(LANES):
                if active[lane] and not (along[lane] >= -0.9 * decrement[lane]):
                    poor[lane], active[lane] = True, False
            # Cholesky's factor in place of the information, then the step, lane by lane in step.
            for j in range(p):
                for lane in range(LANES):
                    t0[lane] = information[j, j, lane]
                for k in range(j):
                    for lane in range(LANES):
                        information[j, j, lane] -= information[j, k, lane] * information[j, k, lane]
                for lane in range(LANES):
                    if active[lane] and not (information[j, j, lane] > 1e-9 * t0[lane] and t0[lane] > 1e-9):
                        poor[lane], active[lane] = True, False
                    information[j, j, lane] = 1.0 / math.sqrt(max(information[j, j, lane], 1e-300))
                for k in range(j + 1, p):
                    for m in range(j):
                        for lane in range(LANES):
                            information[k, j, lane] -= information[k, m, lane] * information[j, m, lane]
                    for lane in range(LANES):
                        information[k, j, lane] *= information[j, j, lane]
            for j in range(p):
                for lane in range(LANES):
                    step[j, lane] = gradient[j, lane]
                for k in range(j):
                    for lane in range(LANES):
                        step[j, lane] -= information[j, k, lane] * step[k, lane]
                for lane in range(LANES):
                    step[j, lane] *= information[j, j, lane]
            for lane in range(LANES):
                decrement[lane] = 0.0
            for j in range(p):
                for lane in range(LANES):
                    decrement[lane] += step[j, lane] * step[j, lane]
            for j in range(p - 1, -1, -1):
                for k in range(j + 1, p):
                    for lane in range(LANES):
                        step[j, lane] -= information[k, j, lane] * step[k, lane]
                for lane in range(LANES):
                    step[j, lane] *= information[j, j, lane]
            left = 0
            for lane in range(LANES):
                if active[lane]:
                    for j in range(p):
                        beta[j, lane] += step[j, lane]
                    if decrement[lane] < tolerance:
                        active[lane] = False
                    else:
                        left += 1
            if left == 0:
                break
        for lane in range(min(LANES, resamples - block)):
            status[block + lane] = WANTS_CARE if poor[lane] or active[lane] else GOOD
            for j in range(p):
                found[block + lane, j] = beta[j, lane]
    return found, status


def one(weights, x, event, first, start, most, tolerance):  # type: ignore[no-untyped-def]
    """Fit one weighted data set with care: steps are halved where the likelihood falls, singular columns left at `start`.

    Returns coefficients, which columns could be estimated, the information, the log likelihood at `start` and at the
    end, the iterations, the information's diagonal at `start`, whether it settled, and the last step.
    """
    n, p = x.shape
    beta, before, step = start.copy(), start.copy(), np.zeros(p)
    information, gradient, first_information = np.zeros((p, p)), np.zeros(p), np.zeros(p)
    estimable = np.ones(p, np.bool_)
    risk = np.zeros(n)
    s1, t1, mean = np.zeros(p), np.zeros(p), np.zeros(p)
    moments = first.size - 1
    hazard, own = np.zeros(moments), np.zeros(moments)
    at_start, best, likelihood, settled, rounds = 0.0, -np.inf, 0.0, False, 0
    for rounds in range(most + 1):
        likelihood = 0.0
        information[:], s1[:], gradient[:] = 0.0, 0.0, 0.0
        s0 = 0.0
        for g in range(moments - 1, -1, -1):
            many, t0, failing = 0.0, 0.0, False
            for i in range(first[g], first[g + 1]):
                if weights[i] == 0.0:
                    risk[i] = 0.0
                    continue
                eta = 0.0
                for j in range(p):
                    eta += x[i, j] * beta[j]
                r = weights[i] * math.exp(eta)
                risk[i] = r
                s0 += r
                for j in range(p):
                    s1[j] += r * x[i, j]
                if event[i]:
                    if not failing:
                        t1[:] = 0.0
                        failing = True
                    many += weights[i]
                    t0 += r
                    likelihood += weights[i] * eta
                    for j in range(p):
                        t1[j] += r * x[i, j]
            a1, b1, a2, b2, c2 = 0.0, 0.0, 0.0, 0.0, 0.0
            for k in range(int(many)):
                share = k / many
                below = s0 - share * t0
                inverse = 1.0 / below
                likelihood -= math.log(below)
                a1 += inverse
                b1 += share * inverse
                a2 += inverse * inverse
                b2 += share * inverse * inverse
                c2 += share * share * inverse * inverse
            hazard[g], own[g] = a1, b1
            if failing:
                ratio = b2 / a2
                rest = c2 - b2 * ratio
                for j in range(p):
                    mean[j] = s1[j] - ratio * t1[j]
                for j in range(p):
                    for k in range(j + 1):
                        information[j, k] -= a2 * mean[j] * mean[k] + rest * t1[j] * t1[k]
        if rounds == 0:
            at_start = likelihood
        elif not likelihood >= best - 1e-9 * abs(best) - 1e-12:
            for j in range(p):
                beta[j] = (beta[j] + before[j]) / 2
            information[:] = 0.0
            continue
        else:
            # Against the null likelihood: that of data which covariates order perfectly goes to 0.
            settled = likelihood - best <= tolerance * abs(at_start)
        best = likelihood
        total = 0.0
        for g in range(moments):
            total += hazard[g]
            for i in range(first[g], first[g + 1]):
                share = risk[i] * (total - own[g]) if event[i] else risk[i] * total
                moved = weights[i] - share if event[i] else -share
                if share == 0.0 and moved == 0.0:
                    continue
                for j in range(p):
                    gradient[j] += moved * x[i, j]
                    scaled = share * x[i, j]
                    for k in range(j + 1):
                        information[j, k] += scaled * x[i, k]
        # Cholesky's factor; a pivot of nothing leaves its coefficient where it is.
        if rounds == 0:
            for j in range(p):
                first_information[j] = information[j, j]
        factor = information.copy()
        for j in range(p):
            whole = factor[j, j]
            for k in range(j):
                if estimable[k]:
                    factor[j, j] -= factor[j, k] * factor[j, k]
            if rounds == 0:
                estimable[j] = factor[j, j] > 1e-9 * max(whole, 1e-3)
            pivot = factor[j, j] > 1e-14 * max(whole, 1e-300) and estimable[j]
            factor[j, j] = math.sqrt(factor[j, j]) if pivot else np.inf
            for k in range(j + 1, p):
                for m in range(j):
                    if estimable[m]:
                        factor[k, j] -= factor[k, m] * factor[j, m]
                factor[k, j] = factor[k, j] / factor[j, j]
        for j in range(p):
            step[j] = gradient[j]
            for k in range(j):
                step[j] -= factor[j, k] * step[k]
            step[j] /= factor[j, j]
        for j in range(p - 1, -1, -1):
            for k in range(j + 1, p):
                step[j] -= factor[k, j] * step[k]
            step[j] /= factor[j, j]
        if settled or rounds == most:
            break
        longest = 0.0
        for j in range(p):
            longest = max(longest, abs(step[j]))
        for j in range(p):
            before[j] = beta[j]
            beta[j] += step[j] * min(1.0, LONGEST_STEP / max(longest, 1e-300))
        farthest = 0.0
        for j in range(p):
            farthest = max(farthest, abs(beta[j]))
        if farthest > FARTHEST:
            break
    for j in range(p):
        for k in range(j):
            information[k, j] = information[j, k]
    return beta, estimable, information, at_start, best, rounds, first_information, settled, step

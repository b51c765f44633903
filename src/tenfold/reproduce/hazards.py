"""Hazard ratios, their intervals, p values and coefficients, and AIC differences: what one printed number says of another.

With an interval on the logarithmic scale (Wald), the hazard ratio is the geometric middle of its limits, the width of
the interval gives the standard error, and both give p. Every printed number stands for all values that round to it, so
a disagreement is one that no rounding explains. Traps: profile-likelihood intervals are not symmetric, and p may come
from another test; an AIC difference names no degrees of freedom (Burnham and Anderson: AIC = 2k - 2 log L).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from tenfold.reproduce.finding import Finding, Verdict, agreement
from tenfold.reproduce.rounding import decimals, interval, rounds_to

Row = dict[str, Any]
Z_95 = 1.959963984540054
Span = tuple[float, float]


def span(printed: str) -> Span:
    """Return the values that round to a printed number, as floats."""
    low, high = interval(printed)
    return float(low), float(high)


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans have a value in common."""
    return max(one[0], other[0]) <= min(one[1], other[1])


def written(found: Span, places: int) -> str:
    """Write a span of values, once if both ends look the same."""
    low, high = (f"{end:.{places}f}" for end in found)
    return low if low == high else f"{low} to {high}"


def coefficient_span(ratio: str) -> Span:
    """Return the coefficients (natural logarithms) that a printed hazard ratio allows."""
    low, high = span(ratio)
    return math.log(low), math.log(high)


def middle_span(low: str, high: str) -> Span:
    """Return the geometric middles that a printed interval allows."""
    (a, b), (c, d) = span(low), span(high)
    return math.sqrt(a * c), math.sqrt(b * d)


def p_span(ratio: str, low: str, high: str) -> Span:
    """Return the two-sided Wald p values that a printed hazard ratio and 95 % interval allow."""
    (a, b), (c, d) = span(low), span(high)
    width = (math.log(c / b) / (2 * Z_95), math.log(d / a) / (2 * Z_95))
    coefficients = [abs(end) for end in coefficient_span(ratio)]
    nearest = 0.0 if coefficient_span(ratio)[0] <= 0 <= coefficient_span(ratio)[1] else min(coefficients)
    return _two_sided(max(coefficients) / width[0]), _two_sided(nearest / width[1])


def _two_sided(z: float) -> float:
    return math.erfc(z / math.sqrt(2))


def hazard_ratio(paper: str, row: Row) -> Iterator[Finding]:
    """Check a hazard ratio (`ratio`, `low`, `high`) against its interval, its `p` and, where printed, its `coefficient`."""
    ratio, low, high = row["ratio"], row["low"], row["high"]
    places = decimals(ratio)
    found = middle_span(low, high)
    agrees = overlap(found, span(ratio))
    yield Finding(
        paper,
        row["where"],
        f"{row['what']}: hazard ratio against its interval",
        f"{ratio} ({low}-{high})",
        written(found, places + 1),
        agreement(agrees),
        "The geometric middle of the 95 % interval, over all limits that round to those printed"
        + ("." if agrees else "; a Wald interval has the hazard ratio there, and no rounding brings it there."),
        row.get("discrepancy"),
    )
    if "p" in row:
        allowed = p_span(ratio, low, high)
        fits = overlap(allowed, span(row["p"]))
        yield Finding(
            paper,
            row["where"],
            f"{row['what']}: p against hazard ratio and interval",
            f"p {row['p']}",
            written(allowed, max(decimals(row["p"]), 2) + 1),
            Verdict.AGREES if fits else Verdict.CANNOT,
            "Two-sided Wald p from the hazard ratio and the width of its interval, over all values that round to those"
            " printed" + ("." if fits else "; the printed p lies outside, and which test gave it is not stated."),
            row.get("discrepancy"),
        )
    if "coefficient" in row:
        allowed = coefficient_span(ratio)
        yield Finding(
            paper,
            row["where"],
            f"{row['what']}: coefficient against hazard ratio",
            row["coefficient"],
            written(allowed, decimals(row["coefficient"]) + 1),
            agreement(overlap(allowed, span(row["coefficient"]))),
            f"The natural logarithm of the hazard ratios that round to {ratio}.",
            row.get("discrepancy"),
        )


def aic(paper: str, row: Row) -> Iterator[Finding]:
    """Turn an AIC `difference` to the null model into a likelihood ratio and its p, for a model of `groups` groups.

    A model of k parameters has likelihood ratio 2k - difference, which cannot be negative. With two parameters the
    chi-squared tail is exp(-ratio/2).
    """
    difference, degrees = float(row["difference"]), row["groups"] - 1
    if degrees != 2:
        raise ValueError("the tail is written for two parameters, that is three groups")
    least = max(1, math.ceil(difference / 2))
    ratio = 2 * degrees - difference
    p = math.exp(-ratio / 2)
    fits = ratio >= 0 and ("p" not in row or rounds_to(p, row["p"]) or overlap((p, p), span(row["p"])))
    why = (
        f"With {row['groups']} groups as a factor (2 parameters) the likelihood ratio is 2 x 2 - ({row['difference']})"
        f" = {ratio:.2f}, and p = exp(-{ratio:.2f}/2) = {p:.3g}."
    )
    if least > 1:
        why += f" A difference above 2 needs at least {least} parameters: the model did not enter as one score."
    else:
        why += " The coding is not stated; three groups are assumed."
    if "p" not in row:
        verdict = agreement(ratio >= 0) if least == 2 else Verdict.CANNOT
        published = f"AIC difference {row['difference']}"
    else:
        verdict = Verdict.AGREES if fits else Verdict.CANNOT
        published = f"AIC difference {row['difference']}, p {row['p']}"
        why += " The printed p is that of the survival curves" + (
            " and is the same." if fits else "; it comes from another test, so that the two need not be equal."
        )
    yield Finding(paper, row["where"], row["what"], published, f"likelihood ratio {ratio:.2f}, p {p:.3g}", verdict, why)

"""Which definition of a quantile could have given printed quartiles, if every observation is a whole number.

A quantile of n whole numbers lies between two neighbours in order, a fraction f of the way from the lower to the upper;
f is fixed by n and the definition (Hyndman and Fan, Am Stat 1996;50:361-365: type 7 is R's default, type 6 is SPSS's).
A Kaplan-Meier quantile is an observed time, or the middle between two. Trap: this is an inference. It shows which
definitions are possible, and how far apart the two neighbours must lie; it cannot show which one was used.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from tenfold.reproduce.finding import Finding, Verdict
from tenfold.reproduce.rounding import interval

Row = dict[str, Any]
FURTHEST = 40
"""Neighbours further apart than this are not considered."""


def fractions(n: int, at: Fraction) -> dict[str, Fraction]:
    """Return how far between its two neighbours a quantile of n values lies, by definition."""
    return {
        "type 7": (at * (n - 1)) % 1,
        "type 6": (at * (n + 1)) % 1,
        "Kaplan-Meier": Fraction(1, 2),
    }


def nearest_neighbours(printed: str, fraction: Fraction) -> int | None:
    """Return the smallest distance of two whole numbers whose quantile at `fraction` is printed so, or None."""
    low, high = interval(printed)
    for distance in range(FURTHEST + 1):
        below = low - fraction * distance
        if -(-below.numerator // below.denominator) + fraction * distance <= high:
            return distance
    return None


def quartiles(paper: str, row: Row) -> Iterator[Finding]:
    """Show which definitions could give the two `printed` quartiles of `n` whole numbers of a `unit`."""
    said = []
    for definition in ("type 7", "type 6", "Kaplan-Meier"):
        distances = []
        for text, at in zip(row["printed"], (Fraction(1, 4), Fraction(3, 4)), strict=True):
            distances.append(nearest_neighbours(text, fractions(row["n"], at)[definition]))
        known = [str(distance) for distance in distances if distance is not None]
        ways = f"with neighbours {' and '.join(known)} apart" if len(known) == len(distances) else "not possible"
        said.append(f"{definition}: {ways}")
    yield Finding(
        paper,
        row["where"],
        row["what"],
        "-".join(row["printed"]),
        "; ".join(said),
        Verdict.CANNOT,
        f"The {row['n']} values are not published. If each is a whole number of {row['unit']}, a quantile is a fixed"
        " fraction of the way between two neighbours, and its decimals tell which definitions could have given it"
        f" (at least so many {row['unit']} between the neighbours of the lower and of the upper quartile).",
        row.get("discrepancy"),
    )

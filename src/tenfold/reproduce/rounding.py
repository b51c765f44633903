"""A printed number stands for every value that rounds to it.

Traps: the number of printed decimals is part of the number ("2.0" is not "2"); a value exactly half-way may be printed
either way; two printed numbers agree when one value could have given both.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

Value = Fraction | float | int
TOLERANCE = Fraction(1, 10**9)
NUMBER = re.compile(r"[<>]?-?\d+(\.\d+)?")


def exact(value: Value) -> Fraction:
    """Return a number as the fraction that its decimal writing says (0.1 is a tenth)."""
    return value if isinstance(value, Fraction) else Fraction(repr(value))


def decimals(printed: str) -> int:
    """How many decimals a printed number has."""
    return len(printed.partition(".")[2])


def interval(printed: str) -> tuple[Fraction, Fraction]:
    """Return the values that round to a printed number; "<0.001" runs from 0."""
    if printed.startswith("<"):
        return Fraction(0), Fraction(printed[1:])
    half = Fraction(1, 2 * 10 ** decimals(printed))
    return Fraction(printed) - half, Fraction(printed) + half


def rounds_to(value: Value, printed: str) -> bool:
    """Whether a value may be printed so."""
    low, high = interval(printed)
    return low - TOLERANCE <= exact(value) <= high + TOLERANCE


def one_value(*printed: str) -> bool:
    """Whether one value could have been printed in all these ways (a half-way value in one of them); words must be the same."""
    if not all(NUMBER.fullmatch(text) for text in printed):
        return len(set(printed)) == 1
    lows, highs = zip(*(interval(text) for text in printed), strict=True)
    return bool(max(lows) < min(highs))


def fixed(value: Value, places: int) -> str:
    """Write a value with a number of decimals, halves away from zero."""
    number = exact(value)
    quotient = Decimal(number.numerator) / Decimal(number.denominator)
    return str(quotient.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def closer(value: Value, printed: str) -> str:
    """Write a value with two decimals more than the printed number has, so that its rounding can be seen."""
    return fixed(value, decimals(printed) + 2)

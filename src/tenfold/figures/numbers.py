"""A measured number as a laboratory would sign it."""

from __future__ import annotations

import math
from decimal import Decimal

DIGITS, BESIDE_A_LIMIT = 3, 5


def as_signed(value: float) -> str:
    """A number with three significant digits, never in powers of ten.

    One that would be rounded to a single digit, as limits are (2 %, 200), keeps the digits that tell on which side it lies.
    """
    short = float(f"{value:.{DIGITS}g}")
    at_a_limit = short != value and short == float(f"{value:.1g}")
    return format(Decimal(f"{value:.{BESIDE_A_LIMIT if at_a_limit else DIGITS}g}"), "f")


def sensitivity_in_words(value: float) -> str:
    """A sensitivity as a power of ten with one decimal: 10^-5, 10^-4.3."""
    return f"10^{round(math.log10(value), 1):g}"

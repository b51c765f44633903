"""Which patients stand in a figure that has no room for all of them: chosen by place alone, never by what became of them.

A cut by length of follow-up or by mutation shows another cohort than the one described; patients evenly spaced in the
order of their identifiers do not. Traps: identifiers may follow the order of inclusion, which even spacing keeps.
"""

from __future__ import annotations

from collections.abc import Sequence

EVENLY = "evenly spaced by identifier"


def evenly(ordered: Sequence[str], most: int) -> list[str]:
    """Return at most so many of them, evenly spaced in the order given."""
    n = len(ordered)
    if n <= most:
        return list(ordered)
    return [ordered[(2 * k + 1) * n // (2 * most)] for k in range(most)]


def how_many_shown(shown: int, of: int) -> str:
    """ "200 of 300 patients shown, evenly spaced by identifier", or nothing where all are."""
    return "" if shown == of else f"{shown} of {of} patients shown, {EVENLY}"

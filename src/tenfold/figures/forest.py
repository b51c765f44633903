"""Outcomes of studies side by side: one endpoint in one unit, with n, value and interval of each, one line a group.

No summary is drawn and no comparison meant: the groups were treated elsewhere, for other reasons, and their clocks differ.
Filled: read in the study's own report. Ring: read in another paper. A value that is no number stands as words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenfold.evidence.studies import NOT_STATED, READ_IN, Interval, Result
from tenfold.figures import style
from tenfold.figures.forest_lines import ForestLine, forest_figure


class NotComparable(ValueError):
    """Results that cannot stand side by side, in words."""


def forest(results: Sequence[Result], *, width: int = style.WIDE) -> Any:
    """Return the figure of results that share endpoint and unit. NotComparable if they do not, or if none is a number."""
    kinds = list(dict.fromkeys(_kind(result) for result in results))
    if len(kinds) > 1:
        raise NotComparable(
            f"a forest shows one endpoint in one unit, these are {len(kinds)}: {'; '.join(kinds)}. Choose one of them."
        )
    if not any(result.number is not None for result in results):
        raise NotComparable("none of these results is a number: there is nothing to draw")
    lines = [_line(result) for result in results]
    return forest_figure(
        lines, x_title=_kind(results[0]), domain=_domain(results), logarithmic=results[0].unit == "ratio", width=width
    )


def _line(result: Result) -> ForestLine:
    interval = result.interval
    return ForestLine(
        label(result),
        result.number,
        None if interval is None else interval.low,
        None if interval is None else interval.high,
        result.outcome,
        open=interval is not None and interval.high is None,
        filled=result.verified,
    )


def label(result: Result) -> str:
    """Return what a line of the figure says: study, whence it was read if not there, population, regimen, n."""
    # The space in "n = 5" does not break.
    n = f"n\u00a0=\u00a0{result.n}" if result.n is not None else f"n {NOT_STATED}"
    via = "" if result.verified else f" ({READ_IN[result.read_in]})"
    return f"{result.study}{via}: {result.population}; {result.regimen}; {n}"


def _kind(result: Result) -> str:
    return f"{result.endpoint}, {result.unit}" if result.unit else result.endpoint


def _ends(interval: Interval | None) -> list[float]:
    # Quartiles and ranges are of patients, not of the estimate, but are drawn too: the text beside says which.
    return [] if interval is None else [interval.low, *([] if interval.high is None else [interval.high])]


def _domain(results: Sequence[Result]) -> tuple[float, float]:
    """The ends of the axis: 0 to 100 for %, around 1 for ratios, else from 0 or below it."""
    if results[0].unit == "%":
        return 0.0, 100.0
    numbers = [end for one in results for end in _ends(one.interval)]
    numbers += [one.number for one in results if one.number is not None]
    least, most = min(numbers), max(numbers)
    if results[0].unit == "ratio":
        return min(0.5, least * 0.9), max(2.0, most * 1.1)
    room = 0.05 * (max(most, 0.0) - min(least, 0.0)) or 1.0
    return (least - room if least < 0 else 0.0), max(most, 0.0) + room

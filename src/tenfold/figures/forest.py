"""Outcomes of studies side by side: one endpoint in one unit, with n, value and interval of each, one line a group.

No summary is drawn and no comparison meant: the groups were treated elsewhere, for other reasons, and their clocks differ.
Filled: read in the study's own report. Ring: read in another paper. A value that is no number stands as words.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import altair as alt

from tenfold.evidence.studies import NOT_STATED, READ_IN, Interval, Result
from tenfold.figures import style

LINE, LETTER, MARK, MARGIN = 14, 6.1, 20, 10
"""Pixels: height of a line of words, width of a letter, height of the line with the mark, space after it."""
EDGES, ASIDE = 24, 12
"""Pixels beside the axis, and between a mark and its value."""


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
    rows, height = _rows(results, width)
    low, high = _domain(results)
    logarithmic = results[0].unit == "ratio"
    scale = alt.Scale(type="log" if logarithmic else "linear", domain=[low, high], nice=False)
    down = alt.Scale(domain=[height, 0], nice=False)

    def x(field: str) -> Any:
        return alt.X(f"{field}:Q", scale=scale, title=_kind(results[0]), axis=alt.Axis(orient="bottom", tickCount=6))

    def y(field: str) -> Any:
        return alt.Y(f"{field}:Q", scale=down, axis=None)

    def chart(*columns: str) -> Any:
        return alt.Chart(style.data([row for row in rows if all(row[name] is not None for name in columns)]))

    labels = [
        {"line": line, "y": row["top"] + LINE * index, "at": low}
        for row in rows
        for index, line in enumerate(row["label"])
    ]
    zero = {"at": 1.0 if logarithmic else low, "top": 0, "end": height}
    guide = alt.Chart(style.data([zero])).mark_rule(color=style.RULE, strokeDash=[3, 3])
    layers = [
        guide.encode(x=x("at"), y=y("top"), y2="end:Q"),
        chart("low").mark_rule(strokeWidth=2, opacity=0.6, color=style.BLUE).encode(x=x("low"), x2="high:Q", y=y("y")),
        chart("open")
        .mark_point(shape="triangle-right", size=50, filled=True, opacity=1, color=style.BLUE)
        .encode(x=x("high"), y=y("y")),
    ]
    for verified, fill in ((True, style.BLUE), (False, "white")):
        own = [row for row in rows if row["value"] is not None and row["verified"] is verified]
        point = alt.Chart(style.data(own)).mark_point(size=60, strokeWidth=1.6, opacity=1, color=style.BLUE, fill=fill)
        layers.append(point.encode(x=x("value"), y=y("y")))
    for side, mark in (("after", {"align": "left", "dx": 8}), ("before", {"align": "right", "dx": -8})):
        beside: Any = alt.Chart(style.data([row for row in rows if row["side"] == side]))
        layers.append(beside.mark_text(baseline="middle", **mark).encode(x=x("beside"), y=y("y"), text="said:N"))
    words = alt.Chart(style.data(labels)).mark_text(align="left", baseline="top", dx=2)
    layers.append(words.encode(x=x("at"), y=y("y"), text="line:N"))
    return alt.layer(*layers).properties(width=width - EDGES, height=height)


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


def _rows(results: Sequence[Result], width: int) -> tuple[list[dict[str, Any]], int]:
    """Lay the results out from the top: rows with their pixels, and the height of all."""
    ends, inner = _domain(results), width - EDGES
    across = _across(ends, inner, logarithmic=results[0].unit == "ratio")
    rows: list[dict[str, Any]] = []
    top = 0
    for result in results:
        lines = textwrap.wrap(label(result), int(inner / LETTER), break_on_hyphens=False)
        interval = result.interval
        low = None if interval is None else interval.low
        high = None if interval is None else ends[1] if interval.high is None else interval.high
        left = min((at for at in (low, result.number) if at is not None), default=ends[0])
        right = max((at for at in (high, result.number) if at is not None), default=ends[0])
        room = len(result.outcome) * LETTER + ASIDE
        side = "after" if across(right) + room <= inner else "before" if across(left) >= room else "above"
        if side == "above":
            lines += textwrap.wrap(result.outcome, int(inner / LETTER), break_on_hyphens=False)
        rows.append(
            {
                "label": lines,
                "top": top,
                "y": top + LINE * len(lines) + MARK / 2,
                "value": result.number,
                "low": low,
                "high": high,
                "open": True if interval is not None and interval.high is None else None,
                "verified": result.verified,
                "said": result.outcome,
                "side": side,
                "beside": left if side == "before" else right,
            }
        )
        top += LINE * len(lines) + MARK + MARGIN
    return rows, top


def _across(ends: tuple[float, float], inner: int, *, logarithmic: bool) -> Callable[[float], float]:
    """The pixels from the left edge at which a value lies."""
    form = math.log if logarithmic else float
    low, high = map(form, ends)
    return lambda value: inner * (form(value) - low) / (high - low)

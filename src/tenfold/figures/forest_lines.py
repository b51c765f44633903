"""The drawing that every forest figure shares: one line each, its words above its mark, its value beside it.

A filled mark and a ring are told apart by the caller's words; an interval without an upper end runs to an arrow at the edge;
a value that is no number stands as words and has no mark. Traps: ratios lie on a logarithmic axis, so that 0.5 and 2 are
equally far from 1; an interval beyond the axis is cut there and ends in an arrow.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from tenfold.figures import style

LINE, LETTER, MARK, MARGIN = 14, 6.1, 20, 10
"""Pixels: height of a line of words, width of a letter, height of the line with the mark, space after it."""
EDGES, ASIDE = 24, 12
"""Pixels beside the axis, and between a mark and its value."""


@dataclass(frozen=True)
class ForestLine:
    """One line of a forest: its words, its value with the ends of its interval, and the value in words.

    `open`: the interval has no upper end. `filled`: a filled mark, else a ring.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    said: str
    open: bool = False
    filled: bool = True


def forest_figure(
    lines: Sequence[ForestLine],
    *,
    x_title: str,
    domain: tuple[float, float],
    logarithmic: bool,
    width: int = style.WIDE,
) -> Any:
    """Return the figure of lines on one axis, from the top in the order given; `domain` are the ends of the axis."""
    low, high = domain
    rows, height = _rows(lines, domain, width, logarithmic=logarithmic)
    scale = alt.Scale(type="log" if logarithmic else "linear", domain=[low, high], nice=False)
    down = alt.Scale(domain=[height, 0], nice=False)

    def x(field: str) -> Any:
        return alt.X(f"{field}:Q", scale=scale, title=x_title, axis=alt.Axis(orient="bottom", tickCount=6))

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
        guide.encode(x=x("at"), y=y("top"), y2=alt.Y2("end:Q")),
        chart("low")
        .mark_rule(strokeWidth=2, opacity=0.6, color=style.BLUE)
        .encode(x=x("low"), x2=alt.X2("high:Q"), y=y("y")),
        chart("open")
        .mark_point(shape="triangle-right", size=50, filled=True, opacity=1, color=style.BLUE)
        .encode(x=x("high"), y=y("y")),
        chart("cut")
        .mark_point(shape="triangle-left", size=50, filled=True, opacity=1, color=style.BLUE)
        .encode(x=x("low"), y=y("y")),
    ]
    for filled, fill in ((True, style.BLUE), (False, "white")):
        own = [row for row in rows if row["value"] is not None and row["filled"] is filled]
        point = alt.Chart(style.data(own)).mark_point(size=60, strokeWidth=1.6, opacity=1, color=style.BLUE, fill=fill)
        layers.append(point.encode(x=x("value"), y=y("y")))
    for side, mark in (("after", {"align": "left", "dx": 8}), ("before", {"align": "right", "dx": -8})):
        beside: Any = alt.Chart(style.data([row for row in rows if row["side"] == side]))
        layers.append(
            beside.mark_text(baseline="middle", **mark).encode(x=x("beside"), y=y("y"), text=alt.Text("said:N"))
        )
    words = alt.Chart(style.data(labels)).mark_text(align="left", baseline="top", dx=2)
    layers.append(words.encode(x=x("at"), y=y("y"), text=alt.Text("line:N")))
    return alt.layer(*layers).properties(width=width - EDGES, height=height)


def _rows(
    lines: Sequence[ForestLine], domain: tuple[float, float], width: int, *, logarithmic: bool
) -> tuple[list[dict[str, Any]], int]:
    """Lay the lines out from the top: rows with their pixels, and the height of all."""
    least, most = domain
    inner = width - EDGES
    across = _across(domain, inner, logarithmic=logarithmic)
    rows: list[dict[str, Any]] = []
    top = 0
    for line in lines:
        wrapped = textwrap.wrap(line.label, int(inner / LETTER), break_on_hyphens=False)
        low = None if line.low is None else min(max(line.low, least), most)
        high = None if low is None else most if line.high is None else max(min(line.high, most), least)
        value = line.value if line.value is not None and least <= line.value <= most else None
        left = min((at for at in (low, value) if at is not None), default=least)
        right = max((at for at in (high, value) if at is not None), default=least)
        room = len(line.said) * LETTER + ASIDE
        side = "after" if across(right) + room <= inner else "before" if across(left) >= room else "above"
        if side == "above":
            wrapped += textwrap.wrap(line.said, int(inner / LETTER), break_on_hyphens=False)
        rows.append(
            {
                "label": wrapped,
                "top": top,
                "y": top + LINE * len(wrapped) + MARK / 2,
                "value": value,
                "low": low,
                "high": high,
                "open": True if low is not None and (line.open or (line.high or least) > most) else None,
                "cut": True if line.low is not None and line.low < least else None,
                "filled": line.filled,
                "said": line.said,
                "side": side,
                "beside": left if side == "before" else right,
            }
        )
        top += LINE * len(wrapped) + MARK + MARGIN
    return rows, top


def _across(ends: tuple[float, float], inner: int, *, logarithmic: bool) -> Callable[[float], float]:
    """The pixels from the left edge at which a value lies."""
    form = math.log if logarithmic else float
    low, high = map(form, ends)
    return lambda value: inner * (form(value) - low) / (high - low)

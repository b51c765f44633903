"""Survival at 1, 2 and 3 years by group: the estimates with their intervals, a line each, with the numbers beside it.

Traps: where nobody was followed so long there is no estimate, and the line says so; the interval is the curve's at that
time, not of the difference between groups.
"""

from __future__ import annotations

import textwrap
from typing import Any

import altair as alt

from tenfold.cohort.survival_by_group import ByGroup
from tenfold.figures import style

LINE, MARK, BETWEEN = 15, 14, 10
LETTER, EDGES = 6.3, 40


def survival_by_group_figure(found: ByGroup, *, width: int = style.WIDE) -> Any:
    """Return the survival of each group at each time, or None where there is no group.

    Groups have a colour and a shape each and are named on every line. ValueError for more than can be told apart.
    """
    groups = list(found.curves)
    if not groups:
        return None
    if len(groups) > len(style.SERIES):
        raise ValueError(f"{len(groups)} groups: no more than {len(style.SERIES)} can be told apart on one chart")
    rows, words, down = [], [], 0.0
    for (month,), part in found.at.group_by("month", maintain_order=True):
        words.append({"x": 0.0, "y": down + LINE / 2, "said": _when(float(str(month))), "head": True})
        down += LINE + 2
        for row in part.to_dicts():
            for line in textwrap.wrap(f"{row['group']}: {_said(row)}", int((width - EDGES) / LETTER)):
                words.append({"x": 0.0, "y": down + LINE / 2, "said": line, "head": False})
                down += LINE
            if row["survival"] is not None:
                rows.append({**row, "y": down + MARK / 2})
                down += MARK
        down += BETWEEN
    y_scale = alt.Scale(domain=[down, 0], nice=False)
    x_scale = alt.Scale(domain=[0, 1], nice=False)
    title = f"{found.endpoint}, % of patients (95 % interval)"

    def x(field: str) -> Any:
        axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], orient="bottom")
        return alt.X(f"{field}:Q", scale=x_scale, axis=axis, title=title)

    y = alt.Y("y:Q", scale=y_scale, axis=None)
    colours = alt.Scale(domain=groups, range=list(style.SERIES[: len(groups)]))
    shapes = alt.Scale(domain=groups, range=list(style.SHAPES[: len(groups)]))
    colour = alt.Color("group:N", scale=colours, legend=None)
    spanned = [row for row in rows if row["low"] is not None]
    layers = [
        alt.Chart(style.data(spanned))
        .mark_rule(strokeWidth=2, opacity=0.7)
        .encode(x=x("low"), x2=alt.X2("high:Q"), y=y, color=colour),
        alt.Chart(style.data(rows))
        .mark_point(size=65, filled=True, opacity=1)
        .encode(x=x("survival"), y=y, color=colour, shape=alt.Shape("group:N", scale=shapes, legend=None)),
    ]
    layers = layers[0 if spanned else 1 :] if rows else []
    for head in (True, False):
        lines = [word for word in words if word["head"] is head]
        made = alt.Chart(style.data(lines)).mark_text(
            align="left", baseline="middle", dx=2, fontWeight="bold" if head else "normal"
        )
        layers.append(made.encode(x=x("x"), y=y, text=alt.Text("said:N")))
    return alt.layer(*layers).properties(width=width - EDGES, height=down, title=_title(found, width))


def _when(month: float) -> str:
    years = month / 12
    return f"{years:g} year{'s' * (years != 1)}" if years == int(years) else f"{month:g} months"


def _said(row: dict[str, Any]) -> str:
    if row["survival"] is None:
        return f"nobody followed so long (n = {row['n']})"
    interval = "" if row["low"] is None else f" ({100 * row['low']:.0f}-{100 * row['high']:.0f})"
    return f"{100 * row['survival']:.0f} %{interval}, {row['at_risk']} at risk"


def _title(found: ByGroup, width: int) -> Any:
    """The clock, the test between the groups, and the warning where the split is as published."""
    said = [f"Time from {found.clock}."]
    if found.test is not None and found.test.p is not None:
        said.append("Log-rank p " + ("< 0.001." if found.test.p < 0.001 else f"= {found.test.p:.2g}."))
    if found.warning is not None:
        said.append(found.warning)
    lines = textwrap.wrap(" ".join(said), int((width - 20) / LETTER))
    return alt.TitleParams(lines, anchor="start", frame="group", fontSize=11, fontWeight="normal", color=style.GREY)

"""Kaplan-Meier curves with their intervals, censoring marks and numbers at risk.

Kaplan and Meier, J Am Stat Assoc 1958;53:457-481.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import altair as alt
import polars as pl

from tenfold.figures import style

HEIGHT, RISK_ROW = 230, 18
STEPS = (1, 2, 3, 6, 12, 24, 36, 60, 120)


class Drawn(Protocol):
    """A curve that can be drawn: `steps` with time, events, censored, survival, low and high, and `n` patients."""

    @property
    def steps(self) -> pl.DataFrame:
        """One row a distinct time."""
        ...

    @property
    def n(self) -> int:
        """Patients."""
        ...

    def at_risk(self, times: Sequence[float]) -> list[int]:
        """How many are still followed just before each time."""
        ...


def kaplan_meier_figure(
    curves: Mapping[str, Drawn],
    *,
    y_title: str | Sequence[str],
    x_title: str,
    width: int = style.WIDE,
    intervals: bool = True,
    start: float = 1.0,
) -> Any:
    """Return the curves of named groups in months, on one pair of axes, with numbers at risk below.

    `start` is the share at time 0. `y_title` says what the share is a share of, `x_title` what the clock counts from. Groups without patients are left
    out; ValueError if none is left, or more than can be told
    apart.
    """
    curves = {name: curve for name, curve in curves.items() if curve.n}
    if not curves:
        raise ValueError("no group has a patient with a known time: there is no curve to draw")
    if len(curves) > style.MOST_LINES:
        raise ValueError(f"{len(curves)} groups: no more than {style.MOST_LINES} curves can be told apart on one chart")
    y_title = y_title if isinstance(y_title, str) else list(y_title)
    gutter = 190 if width == style.WIDE else 112
    inner = width - gutter - 16
    longest = max(float(curve.steps["time"][-1]) for curve in curves.values())
    at_most = 9 if width == style.WIDE else 6
    step = next((step for step in STEPS if longest / step <= at_most), STEPS[-1])
    ticks = [float(step * k) for k in range(int(longest // step) + 1)]
    names = list(curves)
    x_scale = alt.Scale(domain=[0, longest * 1.02], nice=False)
    axis = alt.Axis(values=ticks, format=".0f", grid=False)
    x = alt.X("time:Q", scale=x_scale, axis=axis, title=x_title)
    y = alt.Y(
        "survival:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    ).title(y_title)
    colours = alt.Scale(domain=names, range=style.line_colours(len(names)))
    legend = None
    if len(names) > 1:
        legend = alt.Legend(
            columns=1 if width < 400 else 2,
            symbolType="stroke",
            symbolStrokeWidth=3,
            symbolSize=300 if len(names) > len(style.SERIES) else alt.Undefined,
            symbolOpacity=1,
        )
    colour = alt.Color("group:N", scale=colours, legend=legend)
    # Colours come again beyond the seventh: the legend then shows the dash with the colour.
    dash_legend = legend if len(names) > len(style.SERIES) else None
    dashes = alt.Scale(domain=names, range=style.line_dashes(len(names)))
    dash = alt.StrokeDash("group:N", scale=dashes, legend=dash_legend)
    lines, censored = _lines(curves, start)
    layers = []
    if intervals:
        banded = [row for row in lines if row["low"] is not None]
        band = alt.Chart(style.data(banded)).mark_area(interpolate="step-after", opacity=0.13)
        layers.append(band.encode(x=x, y=alt.Y("low:Q", title=y_title), y2=alt.Y2("high:Q"), color=colour))
    line = alt.Chart(style.data(lines)).mark_line(interpolate="step-after", strokeWidth=2)
    layers.append(line.encode(x=x, y=y, color=colour, strokeDash=dash))
    if censored:
        marks = alt.Chart(style.data(censored)).mark_tick(orient="vertical", size=9, thickness=1.5, opacity=1)
        layers.append(marks.encode(x=x, y=y, color=colour))
    curve = alt.layer(*layers).properties(width=inner, height=HEIGHT)
    return alt.vconcat(curve, _at_risk(curves, ticks, x_scale, colours, inner, gutter), spacing=62, bounds="flush")


def _lines(curves: Mapping[str, Drawn], start: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    lines, censored = [], []
    longest = max(float(curve.steps["time"][-1]) for curve in curves.values())
    for name, curve in curves.items():
        lines.append({"group": name, "time": 0.0, "survival": start, "low": None, "high": None})
        ends = (pl.col("events") > 0) | (pl.int_range(pl.len()) == pl.len() - 1)
        shown = _as_fine_as_seen(curve.steps.filter(ends), longest).select("time", "survival", "low", "high")
        lines += [{"group": name, **row} for row in shown.to_dicts()]
        left = _as_fine_as_seen(curve.steps.filter(pl.col("censored") > 0), longest).select("time", "survival")
        censored += [{"group": name, **row} for row in left.to_dicts()]
    return lines, censored


def _as_fine_as_seen(steps: pl.DataFrame, longest: float) -> pl.DataFrame:
    """The last step of each thousandth of the axis: no picture shows more."""
    part = (pl.col("time") / (longest or 1.0) * 1000).floor()
    return steps.group_by(part.alias("part"), maintain_order=True).last()


def _at_risk(
    curves: Mapping[str, Drawn], ticks: list[float], x_scale: Any, colours: Any, width: int, gutter: int
) -> Any:
    """The numbers still followed at each tick, one row a group, in the group's colour."""
    names = list(curves)
    rows = [
        {"group": name, "time": tick, "n": number}
        for name, curve in curves.items()
        for tick, number in zip(ticks, curve.at_risk(ticks), strict=True)
    ]
    return (
        alt.Chart(
            style.data(rows), title=alt.TitleParams("At risk", anchor="start", fontSize=11, frame="group", dx=-48)
        )
        .mark_text(fontSize=11)
        .encode(
            x=alt.X("time:Q", scale=x_scale, axis=None),
            y=alt.Y(
                "group:N",
                sort=names,
                axis=alt.Axis(labelLimit=gutter - 14, labelPadding=14, ticks=False, domain=False, grid=False),
                title=None,
            ),
            text=alt.Text("n:Q"),
            color=alt.Color("group:N", scale=colours, legend=None) if len(names) > 1 else alt.value(style.BLACK),
        )
        .properties(width=width, height=RISK_ROW * len(names))
    )

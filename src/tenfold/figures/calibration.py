"""Calibration at a horizon, one panel a score: observed against predicted risk, on the line where both agree.

Points: groups of patients (the score's own, else fifths of risk) with the interval of what was observed. Line: smooth.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from tenfold.cohort.measured_scores import Calibration
from tenfold.figures import style

SIDE, BESIDE = 172, 3
PERCENT = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])


def calibration_figure(scores: Mapping[str, Calibration], *, months: float, width: int = style.WIDE) -> Any:
    """Return one panel for each score that has groups of risk. ValueError where none has."""
    drawn = {name: each for name, each in scores.items() if each.groups is not None and _seen(each.groups)}
    if not drawn:
        raise ValueError("no score has a calibration: there is nothing to draw")
    panels = [
        _panel(name, each.groups, None if each.smooth is None else each.smooth.curve, f"by {months:g} months", width)
        for name, each in drawn.items()
        if each.groups is not None
    ]
    return alt.concat(*panels, columns=BESIDE if width == style.WIDE else 1, spacing=18)


def response_calibration_figure(bands: pl.DataFrame, *, width: int = style.WIDE) -> Any:
    """Return one panel of a response model: `predicted`, `observed`, `low`, `high` a band. ValueError for no band."""
    if not _seen(bands):
        raise ValueError("there is no band to draw")
    return _panel("", bands, None, "share of responders", width)


def _seen(groups: pl.DataFrame) -> list[dict[str, Any]]:
    return groups.filter(pl.col("observed").is_not_null()).to_dicts()


def _panel(name: str, groups: pl.DataFrame, smooth: pl.DataFrame | None, said: str, width: int) -> Any:
    side = SIDE if width == style.WIDE else width - 90
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("predicted:Q", scale=scale, axis=PERCENT, title=f"predicted {said}")
    y = alt.Y("observed:Q", scale=scale, axis=PERCENT, title="observed")
    ends = [{"predicted": 0, "observed": 0}, {"predicted": 1, "observed": 1}]
    layers = [
        alt.Chart(style.data(ends)).mark_line(color=style.GREY, strokeWidth=1, strokeDash=[3, 3]).encode(x=x, y=y)
    ]
    if smooth is not None:
        curve = smooth.to_dicts()
        layers.append(alt.Chart(style.data(curve)).mark_line(color=style.VERMILLION, strokeWidth=2).encode(x=x, y=y))
    points = _seen(groups)
    bars = alt.Chart(style.data([row for row in points if row["low"] is not None]))
    layers.append(
        bars.mark_rule(color=style.BLUE, strokeWidth=1.5).encode(
            x=x, y=alt.Y("low:Q", title="observed"), y2=alt.Y2("high:Q")
        )
    )
    layers.append(
        alt.Chart(style.data(points)).mark_point(color=style.BLUE, fill=style.BLUE, size=55, opacity=1).encode(x=x, y=y)
    )
    title = alt.TitleParams(name, anchor="start", fontSize=12, fontWeight="bold", color=style.BLACK)
    return alt.layer(*layers).properties(width=side, height=min(side, 190), title=title)

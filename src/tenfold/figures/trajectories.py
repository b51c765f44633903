"""MRD over time of many patients on one clock: a line a patient, on one family of scales, with lanes for what has no level.

Traps: scales have figures of their own; what was not detected stands in the lowest lane, what was detected without a level
in the one above it; a level known only as "at most" is a triangle at its bound, which the line does not go through;
samples without a published day are not drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from tenfold.figures import style
from tenfold.figures.levels import LANE, TITLES
from tenfold.figures.panel import exactly
from tenfold.figures.shown import evenly, how_many_shown

HEIGHT = 300
MOST_PATIENTS = 100
MANY_LINES = 25
"""More lines than this are drawn thinner and paler, so that they can be told apart where they cross."""
EVERYBODY = "all patients"


def trajectories(
    rows: pl.DataFrame,
    family: int,
    *,
    x_title: str,
    groups: Mapping[str, str] | None = None,
    start: str | None = "start",
    width: int = style.WIDE,
) -> Any:
    """Return the levels of one family of scales over months, from `figure_rows.trajectory_rows`; None for none.

    Groups have a colour, a dash and a shape each, and who is in none is left out; `start` names month 0, which a rule marks.
    At most 100 patients are drawn, evenly spaced by identifier, of how many the title says. ValueError for more groups than can be told apart.
    """
    streams = ["patient_id", "marker", "tissue", "method"]
    scaled = rows.filter(pl.col("family") == family).select(streams).unique()
    # What was not detected has no scale of its own: it belongs to the lines that have this one.
    bare = pl.col("undetected") | pl.col("unquantified")
    here = rows.join(scaled, on=streams, how="semi", nulls_equal=True).filter((pl.col("family") == family) | bare)
    if groups is not None:
        here = here.filter(pl.col("patient_id").is_in(list(groups)))
    everybody = sorted(here["patient_id"].unique(), key=lambda one: (groups[one] if groups else "", one))
    drawn_of = evenly(everybody, MOST_PATIENTS)
    here = here.filter(pl.col("patient_id").is_in(drawn_of))
    known = [value for name in ("level", "at_most") for value in here[name].drop_nulls() if value > 0]
    if not known:
        return None
    names = sorted({groups[one] for one in here["patient_id"]}) if groups else [EVERYBODY]
    if len(names) > len(style.SERIES):
        raise ValueError(f"{len(names)} groups: no more than {len(style.SERIES)} can be told apart on one chart")
    top, bottom = 10.0 ** math.ceil(math.log10(max(known)) + 0.05), 10.0 ** math.floor(math.log10(min(known)) - 0.05)
    lanes = {"undetected": bottom / 10 ** (2 * LANE), "unquantified": bottom / 10**LANE}
    drawn = [point for row in here.to_dicts() if (point := _point(row, groups, lanes))["y"] is not None]
    chart = _chart(drawn, names, (bottom, top), lanes, family, x_title, start, width)
    said = how_many_shown(len(drawn_of), len(everybody))
    if not said:
        return chart
    look: dict[str, Any] = {
        "anchor": "start",
        "frame": "group",
        "fontSize": 11,
        "fontWeight": "normal",
        "color": style.GREY,
    }
    return chart.properties(title=alt.TitleParams(f"{said}.", **look))


def _point(row: Mapping[str, Any], groups: Mapping[str, str] | None, lanes: Mapping[str, float]) -> dict[str, Any]:
    """Where a sample stands, on what line and of what kind."""
    kind = next((lane for lane in lanes if row[lane]), "at most" if row["at_most"] is not None else "level")
    y = lanes[kind] if kind in lanes else row["at_most"] if kind == "at most" else row["level"]
    line = " ".join(str(row[name]) for name in ("patient_id", "marker", "tissue", "method"))
    group = groups[row["patient_id"]] if groups else EVERYBODY
    return {"line": line, "group": group, "at": row["at"], "y": y, "kind": kind}


def _chart(
    points: Sequence[dict[str, Any]],
    names: Sequence[str],
    bounds: tuple[float, float],
    lanes: Mapping[str, float],
    family: int,
    x_title: str,
    start: str | None,
    width: int,
) -> Any:
    bottom, top = bounds
    wide = width > 400
    decades = [10.0**k for k in range(round(math.log10(bottom)), round(math.log10(top)) + 1)]
    words = {"unquantified": "detected", "undetected": "not detected"}
    used = {row["kind"] for row in points}
    labels = {value: f"{value:.10g} %" for value in decades} | {
        place: words[lane] for lane, place in lanes.items() if lane in used
    }
    months = [row["at"] for row in points]
    low, high = min(*months, 0.0), max(*months, 1.0)
    room = (high - low) * 0.02
    across = alt.Scale(domain=[low - room, high + room], nice=False)
    down = alt.Scale(type="log", domain=[bottom / 10 ** (3 * LANE), top], nice=False)
    x = alt.X("at:Q", scale=across, title=x_title, axis=alt.Axis(grid=False, tickMinStep=1))
    axis = alt.Axis(values=list(labels), labelExpr=exactly(labels), labelOverlap=False)
    y = alt.Y("y:Q", scale=down, axis=axis, title=TITLES[family])
    several = len(names) > 1
    colours = alt.Scale(domain=list(names), range=list(style.SERIES[: len(names)]))
    shapes = alt.Scale(domain=list(names), range=list(style.SHAPES[: len(names)]))
    dashes = alt.Scale(domain=list(names), range=list(style.DASHES[: len(names)]))
    key = alt.Legend(columns=2 if wide else 1) if several else None
    colour = alt.Color("group:N", scale=colours, legend=key)
    shape = alt.Shape("group:N", scale=shapes, legend=key)
    dash = alt.StrokeDash("group:N", scale=dashes, legend=None)
    layers = []
    if start is not None and low < 0:
        rule = alt.Chart(style.data([{"at": 0.0, "said": start, "y": top}]))
        layers.append(rule.mark_rule(color=style.GREY, strokeDash=[3, 3]).encode(x=x))
        layers.append(
            rule.mark_text(align="left", baseline="top", dx=4, dy=2, color=style.GREY).encode(
                x=x, y=y, text=alt.Text("said:N")
            )
        )
    joined = [row for row in points if row["kind"] != "at most"]
    few = len({row["line"] for row in points}) <= MANY_LINES
    size, thick = (42, 1.4) if few else (12, 0.8)
    line = alt.Chart(style.data(joined)).mark_line(strokeWidth=thick, opacity=0.65 if few else 0.3)
    layers.append(line.encode(x=x, y=y, detail=alt.Detail("line:N"), color=colour, strokeDash=dash))
    for bare, look in ((False, {"filled": True}), (True, {"filled": False, "fill": "white"})):
        rows = [row for row in points if row["kind"] != "at most" and (row["kind"] in lanes) is bare]
        if rows:
            made = alt.Chart(style.data(rows)).mark_point(size=size, opacity=1, strokeWidth=thick, **look)
            layers.append(made.encode(x=x, y=y, color=colour, shape=shape))
    most = [row for row in points if row["kind"] == "at most"]
    if most:
        made = alt.Chart(style.data(most)).mark_point(shape="triangle-down", filled=True, size=size, opacity=1)
        layers.append(made.encode(x=x, y=y, color=colour))
    gutter = 96
    return alt.layer(*layers).properties(width=width - gutter, height=HEIGHT)

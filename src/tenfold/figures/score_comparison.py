"""Scores side by side: AIC against no model in each coding, concordance, areas and Brier scores, each with its interval.

The dotted line is "no better than nothing": AIC of no model, a coin for C and areas, the overall curve for Brier scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from tenfold.cohort.asked_scores import OUTSIDE
from tenfold.cohort.compare import Comparison
from tenfold.cohort.measured import Measured
from tenfold.cohort.measured_scores import MeasuredScore
from tenfold.figures import style

ROW, BETWEEN = 34, 14
SHAPES = {"groups as factor": "square", "score as one term": "circle", "linear predictor as offset": "diamond"}
COLOURS = {
    "groups as factor": style.BLUE,
    "score as one term": style.VERMILLION,
    "linear predictor as offset": style.GREEN,
}
FLAGS = (
    ("later", "later than time zero"),
    ("outside", "partly " + OUTSIDE.removeprefix("applied ")),
    ("wholly", OUTSIDE.removeprefix("applied ") + " in all patients"),
    ("here", "developed here"),
)
MARKS = ("†", "‡", "¶", "§")


def score_comparison_figure(found: Comparison, *, width: int = style.WIDE) -> Any:
    """Return the figure of a comparison: one row a score, one panel a measure."""
    names = {score.asked.name: label(score, found) for score in found.scores}
    labels = list(names.values())
    wide = width == style.WIDE
    gutter = 170
    inner = (width - gutter - 4 * BETWEEN - 40) // 4 if wide else width - gutter - 24
    panels = [_criteria(found, names, inner, labels)]
    intervals: tuple[tuple[str, Mapping[str, Measured | None], float | None], ...] = (
        ("Harrell's C", {s.asked.name: s.harrell for s in found.scores}, 0.5),
        (f"AUC at {found.horizon:g} months", {s.asked.name: s.area for s in found.scores}, 0.5),
        (f"Brier score at {found.horizon:g} months", {s.asked.name: s.brier for s in found.scores}, _everybody(found)),
    )
    for k, (title, estimates, nothing) in enumerate(intervals):
        rows = [
            {"score": names[name], "value": one.value, "low": one.low, "high": one.high, "said": f"{one.value:.2f}"}
            for name, one in estimates.items()
            if isinstance(one, Measured)
        ]
        if rows:
            panels.append(_intervals(rows, title, nothing, inner, labels, named=not wide, first=k == 0))
    return alt.hconcat(*panels, spacing=BETWEEN) if wide else alt.vconcat(*panels, spacing=BETWEEN)


def label(score: MeasuredScore, found: Comparison) -> str:
    """The name of a score with the marks of what its figures must be read with (`flags_in_words`)."""
    held = {
        "later": score.asked.later and found.set.landmark_months is None,
        "outside": 0 < score.scope["no"] < score.n,
        "wholly": 0 < score.scope["no"] == score.n,
        "here": score.developed_here,
    }
    flags = [mark for mark, (key, _) in zip(MARKS, FLAGS, strict=True) if held[key]]
    return score.asked.name + (" " + "".join(flags) if flags else "")


def flags_in_words(found: Comparison) -> str:
    """What the marks after names say; empty where none is drawn."""
    drawn = "".join(label(score, found).rpartition(" ")[2] for score in found.scores if " " in label(score, found))
    return "; ".join(f"{mark} {said}" for mark, (_, said) in zip(MARKS, FLAGS, strict=True) if mark in drawn)


def _everybody(found: Comparison) -> float | None:
    return next((score.brier.of_everybody for score in found.scores if score.brier is not None), None)


def _y(labels: list[str], named: bool) -> Any:
    axis = alt.Axis(labelLimit=165, ticks=False, domain=False, grid=True, labelPadding=8) if named else None
    return alt.Y("score:N", sort=labels, title=None, axis=axis, scale=alt.Scale(domain=labels))


def _criteria(found: Comparison, names: dict[str, str], width: int, labels: list[str]) -> Any:
    rows = [
        {"score": names[score.asked.name], "value": one.aic_difference, "coding": f"{one.coding}"}
        for score in found.scores
        for one in score.information
    ]
    x = alt.X("value:Q", title="AIC less that of no model", axis=alt.Axis(tickCount=4, grid=False))
    zero = alt.Chart(style.data([{"value": 0}])).mark_rule(color=style.GREY, strokeDash=[3, 3]).encode(x=x)
    drawn = [coding for coding in SHAPES if coding in {row["coding"] for row in rows}]
    legend = alt.Legend(columns=1, symbolSize=60)
    points = alt.Chart(style.data(rows)).mark_point(size=60, filled=True, opacity=1)
    coded = points.encode(
        x=x,
        y=_y(labels, True),
        shape=alt.Shape("coding:N", scale=alt.Scale(domain=drawn, range=[SHAPES[c] for c in drawn]), legend=legend),
        color=alt.Color("coding:N", scale=alt.Scale(domain=drawn, range=[COLOURS[c] for c in drawn]), legend=legend),
    )
    return alt.layer(zero, coded).properties(width=width, height=ROW * len(labels))


def _intervals(
    rows: list[dict[str, Any]],
    title: str,
    nothing: float | None,
    width: int,
    labels: list[str],
    *,
    named: bool,
    first: bool,
) -> Any:
    ends = [end for row in rows for end in (row["low"], row["high"], row["value"]) if end is not None]
    ends += [] if nothing is None else [nothing]
    room = 0.05 * (max(ends) - min(ends) or 1.0)
    scale = alt.Scale(domain=[min(ends) - room, max(ends) + room], nice=False, zero=False)
    x = alt.X("value:Q", scale=scale, title=title, axis=alt.Axis(tickCount=3, grid=False, format=".2f"))
    y = _y(labels, named)
    layers = []
    if nothing is not None:
        line = alt.Chart(style.data([{"value": nothing}])).mark_rule(color=style.GREY, strokeDash=[3, 3])
        layers.append(line.encode(x=x))
    ranges = alt.Chart(style.data(rows)).mark_rule(color=style.BLUE, strokeWidth=2)
    layers.append(ranges.encode(x=alt.X("low:Q", scale=scale, title=title), x2=alt.X2("high:Q"), y=y))
    points = alt.Chart(style.data(rows)).mark_point(size=55, filled=True, color=style.BLUE, opacity=1)
    layers.append(points.encode(x=x, y=y))
    words = alt.Chart(style.data(rows)).mark_text(dy=-10)
    layers.append(words.encode(x=x, y=y, text=alt.Text("said:N")))
    return alt.layer(*layers).properties(width=width, height=ROW * len(labels))

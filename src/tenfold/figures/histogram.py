"""How a score lies in a cohort: a histogram with its cut-offs, and how many patients fall into each group.

Traps: bars end at the cut-offs, so that none holds two groups; a total of exactly a cut-off belongs to the group that the
model says; patients whose total is not known are counted, not drawn; those outside the model's scope are drawn and counted.
"""

from __future__ import annotations

import math
import textwrap
from typing import Any

import altair as alt
import polars as pl

from tenfold.cohort.describe import ScoreValues
from tenfold.figures import style

HEIGHT, HEAD = 190, 15
FINEST = 40
"""No more bars than this between the lowest and the highest total."""
LETTER = 6.3


def score_histogram(scores: ScoreValues, *, width: int = style.WIDE) -> Any:
    """Return the histogram of a score's totals, or None where no total is known."""
    known = scores.rows.filter(pl.col("total").is_not_null() & pl.col("group").is_not_null())
    if known.is_empty():
        return None
    cuts = [cut for cut, _ in scores.cuts]
    groups = [*(group for _, group in scores.cuts), scores.last_group]
    totals = known["total"].to_list()
    low, high = min(*totals, cuts[0]), max(*totals, cuts[-1])
    step = _step(low, high, cuts)
    bars: dict[tuple[str, int], int] = {}
    for total, group in zip(totals, known["group"], strict=True):
        # A total that lies on a cut-off stands on the side of its group.
        place = math.floor(round((total - cuts[0]) / step, 9))
        k = groups.index(group)
        if k < len(cuts) and total == cuts[k]:
            place -= 1
        bars[group, place] = bars.get((group, place), 0) + 1
    rows = [
        {"group": group, "start": cuts[0] + step * place, "end": cuts[0] + step * (place + 1), "n": n, "zero": 0}
        for (group, place), n in bars.items()
    ]
    return _drawn(scores, rows, groups, cuts, width)


def _step(low: float, high: float, cuts: list[float]) -> float:
    """The widest of some round steps that meets every cut-off and leaves at least twelve bars, else the finest that fits."""
    usual = (1.0, 0.5, 0.25, 0.2, 0.1, 0.05, 0.02, 0.01)
    fits = [
        step
        for step in usual
        if all(abs((cut - cuts[0]) / step - round((cut - cuts[0]) / step)) < 1e-6 for cut in cuts)
    ]
    enough = [step for step in fits if 12 <= (high - low) / step <= FINEST]
    some = [step for step in fits if (high - low) / step <= FINEST]
    return enough[0] if enough else some[-1] if some else fits[0] if fits else (high - low) / FINEST or 1.0


def _drawn(scores: ScoreValues, rows: list[dict[str, Any]], groups: list[str], cuts: list[float], width: int) -> Any:
    wide = width > 400
    inner = width - 58
    left, right = min(row["start"] for row in rows), max(row["end"] for row in rows)
    left, right = min(left, cuts[0] - (right - left) * 0.08), max(right, cuts[-1] + (right - left) * 0.08)
    most = max(sum(row["n"] for row in rows if row["start"] == start) for start in {row["start"] for row in rows})
    scale = alt.Scale(domain=[left, right], nice=False)
    x = alt.X(
        "start:Q", scale=scale, title=f"{scores.name}, total", axis=alt.Axis(grid=False, tickCount=8 if wide else 5)
    )
    y = alt.Y(
        "n:Q",
        title="patients",
        stack=None,
        axis=alt.Axis(tickMinStep=1, format=".0f"),
        scale=alt.Scale(domain=[0, most]),
    )
    present = [group for group in groups if any(row["group"] == group for row in rows)]
    palette = _palette(groups)
    colour = alt.Color("group:N", scale=alt.Scale(domain=present, range=[palette[g] for g in present]), legend=None)
    base = alt.Chart(style.data(rows)).mark_bar(stroke="white", strokeWidth=1, opacity=0.9)
    lines = alt.Chart(style.data([{"start": cut} for cut in cuts]))
    heads = _heads(scores, groups, cuts, (left, right), inner)
    words = [
        alt.Chart(style.data(rows)).mark_text(align=align, baseline="top", dx=4 if align == "left" else -2)
        for align in ("left", "right")
        if (rows := [head for head in heads if head["align"] == align])
    ]
    return alt.layer(
        base.encode(x=x, x2=alt.X2("end:Q"), y=y, y2=alt.Y2("zero:Q"), color=colour),
        lines.mark_rule(color=style.BLACK, strokeDash=[5, 3], strokeWidth=1.3).encode(x=x),
        *(made.encode(x=x, y=alt.Y("down:Q", scale=None), text=alt.Text("said:N")) for made in words),
    ).properties(
        width=inner,
        height=HEIGHT,
        title=alt.TitleParams(
            textwrap.wrap(_who(scores), 100 if wide else 48),
            anchor="start",
            frame="group",
            fontSize=11,
            fontWeight="normal",
            color=style.GREY,
            offset=6,
        ),
    )


def _palette(groups: list[str]) -> dict[str, str]:
    three = (style.GREEN, style.ORANGE, style.VERMILLION)
    return dict(zip(groups, three if len(groups) == 3 else style.SERIES, strict=False))


def _heads(
    scores: ScoreValues, groups: list[str], cuts: list[float], ends: tuple[float, float], inner: float
) -> list[dict[str, Any]]:
    """The name and number of each group over its part of the axis, above the plot; in steps where they do not fit."""
    edges = [ends[0], *cuts, ends[1]]
    across = inner / (ends[1] - ends[0])
    said = [
        f"{group}: {scores.rows.filter(pl.col('total').is_not_null() & (pl.col('group') == group)).height}"
        for group in groups
    ]
    wide = [len(word) * LETTER + 8 for word in said]
    fits = all(wide[k] <= (edges[k + 1] - edges[k]) * across for k in range(len(groups)))
    rows = []
    for k, word in enumerate(said):
        beyond = (edges[k] - ends[0]) * across + wide[k] > inner
        step = 0 if fits else len(groups) - 1 - k
        place = {"start": ends[1] if beyond else edges[k], "align": "right" if beyond else "left"}
        rows.append({**place, "said": word, "down": -HEAD * (step + 1) - 2})
    return rows


def _who(scores: ScoreValues) -> str:
    unknown = scores.rows["total"].null_count()
    outside = scores.rows.filter(pl.col("total").is_not_null() & (pl.col("in_scope") == "no")).height
    said = f"{scores.rows.height - unknown} patients."
    if unknown:
        said += f" Of {unknown} more the total is not known."
    if outside:
        said += f" {outside} of those drawn are outside the model's published scope."
    return said

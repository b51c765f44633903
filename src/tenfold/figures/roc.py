"""ROC curves of scores at a horizon: sensitivity against the share of false alarms, every cut of each score.

Heagerty, Lumley and Pepe, Biometrics 2000;56:337-344.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from tenfold.figures import lines, style

PERCENT = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])


def roc_figure(curves: Mapping[str, pl.DataFrame], *, months: float, width: int = style.WIDE) -> Any:
    """Return the curves of named scores on one pair of axes, with the line of no discrimination.

    Each frame has `sensitivity` and `specificity`, a row a cut. ValueError for no curve, or more than can be told apart.
    """
    names = list(curves)
    lines.told_apart(names)
    rows = [
        {"score": name, "false": 1 - row["specificity"], "true": row["sensitivity"], "cut": k}
        for name, curve in curves.items()
        for k, row in enumerate(curve.select("sensitivity", "specificity").to_dicts())
    ]
    side = min(width - 70, 380)
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("false:Q", scale=scale, axis=PERCENT, title=f"without the event at {months:g} months, but above the cut")
    y = alt.Y("true:Q", scale=scale, axis=PERCENT, title="with the event by then, and above the cut")
    chance = alt.Chart(style.data([{"false": 0, "true": 0}, {"false": 1, "true": 1}]))
    diagonal = chance.mark_line(color=style.GREY, strokeWidth=1, strokeDash=[3, 3]).encode(x=x, y=y)
    made = alt.Chart(style.data(rows)).mark_line(strokeWidth=2, interpolate="linear")
    drawn = made.encode(
        x=x,
        y=y,
        order=alt.Order("cut:Q"),
        color=lines.colour(names, columns=2 if width == style.WIDE else 1),
        strokeDash=lines.dash(names),
    )
    return alt.layer(diagonal, drawn).properties(width=side, height=side)

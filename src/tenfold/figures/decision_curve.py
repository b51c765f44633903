"""Decision curves: the net benefit of acting on each score at every threshold of risk, against acting on all or on none.

Vickers and Elkin, Med Decis Making 2006;26:565-574.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from tenfold.figures import lines, style

HEIGHT = 260
LEAST = -0.1
"""Below this a net benefit is not drawn: acting on all falls without end."""


def decision_curve_figure(curves: Mapping[str, pl.DataFrame], *, months: float, width: int = style.WIDE) -> Any:
    """Return the net benefit of named scores by threshold, with "act on all" and "act on none".

    Each frame is that of `accuracy.decision_curve`. ValueError for no curve, or more than can be told apart.
    """
    names = list(curves)
    lines.told_apart(names)
    rows = [
        {"score": name, "threshold": row["threshold"], "benefit": row["net_benefit"]}
        for name, curve in curves.items()
        for row in curve.to_dicts()
        if row["net_benefit"] is not None and row["net_benefit"] >= LEAST
    ]
    first = next(iter(curves.values()))
    everybody = [
        {"threshold": row["threshold"], "benefit": row["treat_all"]}
        for row in first.to_dicts()
        if row["treat_all"] >= LEAST
    ]
    inner = width - 70
    x = alt.X(
        "threshold:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", tickCount=5),
        title=f"risk of the event by {months:g} months at which one would act",
    )
    y = alt.Y("benefit:Q", title="net benefit", axis=alt.Axis(format=".2f", tickCount=6))
    none = alt.Chart(style.data([{"threshold": 0, "benefit": 0}, {"threshold": 1, "benefit": 0}]))
    on_all = alt.Chart(style.data(everybody)).mark_line(color=style.GREY, strokeWidth=1.5)
    made = alt.Chart(style.data(rows)).mark_line(strokeWidth=2)
    words = [{"threshold": 0.01, "benefit": 0, "said": "act on none"}]
    if everybody:
        words.append({**everybody[0], "said": "act on all"})
    said = alt.Chart(style.data(words[:1])).mark_text(align="left", dy=-7, color=style.GREY)
    layers = [
        none.mark_line(color=style.GREY, strokeWidth=1).encode(x=x, y=y),
        on_all.encode(x=x, y=y),
        made.encode(
            x=x,
            y=y,
            color=lines.colour(names, columns=2 if width == style.WIDE else 1),
            strokeDash=lines.dash(names),
        ),
        said.encode(x=x, y=y, text=alt.Text("said:N")),
    ]
    if len(words) > 1:
        over = alt.Chart(style.data(words[1:])).mark_text(align="left", dx=8, dy=-4, color=style.GREY)
        layers.append(over.encode(x=x, y=y, text=alt.Text("said:N")))
    return alt.layer(*layers).properties(width=inner, height=HEIGHT)

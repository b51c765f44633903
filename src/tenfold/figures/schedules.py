"""Sampling schedules side by side: the share of simulated relapses that each sees in time, and how early."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from tenfold.figures import style


def schedules_figure(compared: pl.DataFrame, *, width: int = style.WIDE) -> Any:
    """Return the figure of `mrd.surveillance.compare`'s rows, which are simulated."""
    rows = compared.with_columns(
        name=pl.format("{}: {}", "marker", "schedule"),
        seen_of_all=100 * pl.col("detected"),
        confirmed_of_all=100 * pl.col("confirmed"),
    ).to_dicts()
    names = [row["name"] for row in rows]
    wide = width == style.WIDE
    gutter = 290 if wide else 150
    inner = width - gutter - 20
    axis = alt.Axis(labelLimit=gutter - 8, ticks=False, orient="left")
    y = alt.Y("name:N", sort=names, title=None, axis=axis)
    height = 26 * len(names)

    def on(domain: list[float], title: str) -> Any:
        scale = alt.Scale(domain=domain, nice=False)
        return lambda field: alt.X(f"{field}:Q", scale=scale, title=title)

    top = max((row["lead_days_p90"] or 0 for row in rows), default=1)
    share = on([0, 100], "% of relapses seen before they are overt")
    days = on([0, top * 1.05], "days from first positive sample to overt relapse")
    of = alt.Chart(style.data(rows)).encode(y=y)
    shares = alt.layer(
        of.mark_rule(strokeWidth=2, opacity=0.5, color=style.BLUE).encode(
            x=share("confirmed_of_all"), x2=alt.X2("seen_of_all:Q")
        ),
        of.mark_point(filled=False, size=60, strokeWidth=1.6, fill="white", opacity=1, color=style.BLUE).encode(
            x=share("confirmed_of_all")
        ),
        of.mark_point(filled=True, size=70, opacity=1, color=style.BLUE).encode(x=share("seen_of_all")),
    ).properties(width=inner, height=height)
    leads = alt.layer(
        of.mark_rule(strokeWidth=2, opacity=0.5, color=style.VERMILLION).encode(
            x=days("lead_days_p10"), x2=alt.X2("lead_days_p90:Q")
        ),
        of.mark_point(filled=True, size=70, opacity=1, shape="diamond", color=style.VERMILLION).encode(
            x=days("lead_days")
        ),
    ).properties(width=inner, height=height)
    return alt.vconcat(shares, leads, spacing=20)

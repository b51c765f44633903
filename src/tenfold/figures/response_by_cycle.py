"""MRD response cycle by cycle: of those evaluable after each cycle, the share in each category, and of how many.

Traps: a bar's patients are not the next bar's, since who is transplanted, dies or stops begins no further cycle: each bar
says how many began the cycle and how many of them could be evaluated, and a share is of the evaluable.

Tiong et al., Br J Haematol 2021;192:1026-1030, Figure S1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from tenfold.cohort.molecular_tables import CATEGORIES, DEPTHS
from tenfold.figures import style

COLOURS = {
    **dict(zip(CATEGORIES, (style.GREEN, style.SKY, style.ORANGE, style.VERMILLION), strict=True)),
    **dict(zip(DEPTHS, (style.GREEN, style.SKY, style.VERMILLION), strict=True)),
}
BAR, LETTER = 24, 6.4


def response_by_cycle(cycles: pl.DataFrame, *, tissue: str, width: int = style.WIDE) -> Any:
    """Return the response after each cycle in one tissue, from the rows of `molecular_tables.by_cycle`; None for none.

    A part of a bar is labelled with its category where there is room, else with its number; the key has them all.
    """
    here = cycles.filter(pl.col("of") == tissue)
    if here.is_empty():
        return None
    wide = width > 400
    order = [name for name in COLOURS if (here["standing"] == name).any()]
    if not order:
        return None
    gutter = 196 if wide else 104
    inner = width - gutter - 24
    bars, labels, named = [], [], []
    for (cycle,), part in here.sort("cycle").group_by("cycle", maintain_order=True):
        counts = {name: int((part["standing"] == name).sum()) for name in order}
        evaluable = sum(counts.values())
        bar = _name(int(str(cycle)), evaluable, part["patient_id"].n_unique(), wide)
        named.append(bar)
        start = 0.0
        for name, n in counts.items():
            if not n:
                continue
            share = n / evaluable
            said = f"{name}: {n}"
            row = {"bar": bar, "start": start, "end": start + share, "response": name}
            bars.append(row)
            labels.append(
                {**row, "middle": start + share / 2, "said": said if len(said) * LETTER < share * inner else f"{n}"}
            )
            start += share
    axis = alt.Axis(
        labelLimit=gutter - 8, ticks=False, domain=False, labelPadding=6, labelExpr="split(datum.label, '|')"
    )
    y = alt.Y("bar:N", sort=named, title=None, axis=axis)
    return _layers(bars, labels, order, y, width, inner, len(named), wide)


def _name(cycle: int, evaluable: int, began: int, wide: bool) -> str:
    of = f"{evaluable} of {began} evaluable"
    return f"after cycle {cycle}: {of}" if wide else f"after cycle {cycle}:|{of}"


def _layers(
    bars: Sequence[dict[str, Any]],
    labels: Sequence[dict[str, Any]],
    order: Sequence[str],
    y: Any,
    width: int,
    inner: float,
    lanes: int,
    wide: bool,
) -> Any:
    x = alt.X(
        "start:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
        title="share of those evaluable",
    )
    colour = alt.Color(
        "response:N",
        scale=alt.Scale(domain=list(order), range=[COLOURS[name] for name in order]),
        legend=alt.Legend(columns=6 if wide else 2, symbolType="square"),
    )
    drawn = alt.Chart(style.data(bars)).mark_bar(height=BAR, stroke="white", strokeWidth=1)
    words = alt.Chart(style.data(labels)).mark_text(fontSize=11, color=style.BLACK)
    return alt.layer(
        drawn.encode(x=x, x2=alt.X2("end:Q"), y=y, color=colour),
        words.encode(x=alt.X("middle:Q", title="share of those evaluable"), y=y, text=alt.Text("said:N")),
    ).properties(width=inner, height=(BAR + 12) * lanes)

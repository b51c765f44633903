"""Molecular response to treatment: each patient's level before and the best after, and how many responded how.

Traps: a treatment's response is read in one tissue and on one scale; scales have figures of their own; what was not
detected has no level and stands in a lane below the scale; a response that cannot be told is shown as that.

Jimenez-Chillon et al., Blood Adv 2024;8:343 (categories, as FILO used them); Tiong et al., Br J Haematol
2021;192:1026-1030, Figure 1 (the picture).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from tenfold.figures import style
from tenfold.figures.levels import LANE, TITLES
from tenfold.figures.panel import exactly
from tenfold.logic.fold import NO, YES
from tenfold.mrd.levels import UNSCALED
from tenfold.mrd.molecular_response import MOLECULAR_RESPONSE
from tenfold.vocabulary import MolecularResponse

KEY = MOLECULAR_RESPONSE.key
CANNOT_BE_TOLD = "cannot be told"
CATEGORIES = (*(str(category) for category in MolecularResponse), CANNOT_BE_TOLD)
COLOURS = (style.GREEN, style.SKY, style.ORANGE, style.VERMILLION, style.GREY, "#c3c9d2")
MOST_PATIENTS = 40


def best_responses(responses: pl.DataFrame) -> pl.DataFrame:
    """Return the best response of every treatment in every stream, with the sample that showed it.

    The best is negativity, then reduction and so on, then the lowest level; where a sample that cannot be told may have
    shown a better one, it cannot be told either. `responses` are an assessment's; the columns are theirs, with
    `response` (a category or "cannot be told").
    """
    rank = {category: k for k, category in enumerate(CATEGORIES)}
    told = responses.with_columns(response=pl.col(KEY).fill_null(CANNOT_BE_TOLD))
    order = pl.col("response").replace_strict(rank, return_dtype=pl.Int8)
    line = ["patient_id", "marker", "tissue", "method", "line_start"]
    could_be = pl.col(f"{KEY}_possible").list.eval(pl.element().replace_strict(rank, return_dtype=pl.Int8)).list.min()
    ranked = told.with_columns(rank=order, could_be=could_be.min().over(line))
    best = ranked.sort(*line, "rank", "high", "order").group_by(line, maintain_order=True).first()
    in_doubt = pl.col("could_be") < pl.col("rank")
    return best.with_columns(response=pl.when(in_doubt).then(pl.lit(CANNOT_BE_TOLD)).otherwise("response"))


def response_counts(best: pl.DataFrame, *, width: int = style.WIDE) -> Any:
    """Return the number of treatments by best response, one bar a regimen and tissue; None where there are none.

    A treatment followed by two markers counts for each. Beyond the 12 most frequent, regimens share a bar.
    """
    if best.is_empty():
        return None
    counted = (
        best.with_columns(bar=pl.format("{}, {}", pl.col("regimen").fill_null("regimen not recorded"), "tissue"))
        .with_columns(bar=pl.when(pl.col("bar").is_in(_frequent(best))).then("bar").otherwise(pl.lit("other regimens")))
        .group_by("bar", "response")
        .agg(n=pl.len())
        .with_columns(total=pl.col("n").sum().over("bar"))
        .sort("total", "bar", descending=[True, False])
    )
    rows = [{**row, "rank": CATEGORIES.index(row["response"])} for row in counted.to_dicts()]
    bars = list(dict.fromkeys(row["bar"] for row in rows))
    gutter = 170 if width == style.WIDE else 112
    base = alt.Chart(style.data(rows)).encode(
        y=alt.Y("bar:N", sort=bars, title=None, axis=alt.Axis(labelLimit=gutter - 8, ticks=False, domain=False)),
        x=alt.X("n:Q", stack="zero", title="treatments", axis=alt.Axis(tickMinStep=1, format=".0f")),
        order=alt.Order("rank:Q"),
        color=_colour(rows, width),
    )
    numbers = alt.Chart(style.data(_centred(rows))).mark_text(fontSize=11, color=style.BLACK)
    return alt.layer(
        base.mark_bar(height=16),
        numbers.encode(y=alt.Y("bar:N", sort=bars), x=alt.X("centre:Q", title="treatments"), text=alt.Text("n:Q")),
    ).properties(width=width - gutter - 16, height=26 * len(bars))


def _frequent(best: pl.DataFrame) -> list[str]:
    """The 12 bars that hold most."""
    bars = best.select(bar=pl.format("{}, {}", pl.col("regimen").fill_null("regimen not recorded"), "tissue"))
    counted = bars.group_by("bar").len().sort("len", "bar", descending=[True, False])
    return counted["bar"].head(12).to_list()


def _centred(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where the number of each part of a bar is written."""
    so_far: dict[str, int] = {}
    placed = []
    for row in sorted(rows, key=lambda row: row["rank"]):
        start = so_far.get(row["bar"], 0)
        placed.append({"bar": row["bar"], "n": row["n"], "centre": start + row["n"] / 2})
        so_far[row["bar"]] = start + row["n"]
    return placed


def _colour(rows: Sequence[dict[str, Any]], width: int) -> Any:
    shown = [category for category in CATEGORIES if any(row["response"] == category for row in rows)]
    return alt.Color(
        "response:N",
        scale=alt.Scale(domain=shown, range=[COLOURS[CATEGORIES.index(category)] for category in shown]),
        legend=alt.Legend(columns=2 if width < 400 else 6, symbolType="square"),
    )


def comparable(best: pl.DataFrame, family: int) -> pl.DataFrame:
    """The best responses whose level before treatment is known on one family of scales, the highest first.

    What was not detected has no scale of its own and stands on that of the level before.
    """
    bare = (pl.col("family") == UNSCALED) & (pl.col("detected_code") == NO)
    on_its_scale = best.with_columns(
        family=pl.when(bare).then("last_family").otherwise("family"),
        before=pl.when(bare).then("last_low").otherwise("pre_aligned_low"),
    )
    known = (pl.col("family") == family) & pl.col("before").is_finite() & (family != UNSCALED)
    return on_its_scale.filter(known).sort("before", "patient_id", descending=[True, False])


def before_and_after(best: pl.DataFrame, family: int, *, width: int = style.WIDE) -> Any:
    """Return each patient's level before treatment and at best response on one family of scales, or None for none.

    The first 40 patients, in the order of the level before.
    """
    here = comparable(best, family)
    if here.is_empty():
        return None
    wide = width == style.WIDE
    rows = [_pair(row, wide) for row in here.head(MOST_PATIENTS).to_dicts()]
    levels = [value for row in rows for value in (row["before"], row["after"]) if value is not None]
    top, bottom = 10.0 ** math.ceil(math.log10(max(levels)) + 0.05), 10.0 ** math.floor(math.log10(min(levels)) - 0.05)
    lane = bottom / 10**LANE
    for row in rows:
        row["shown"] = lane if row["undetected"] else row["after"]
    ended = [row for row in rows if row["shown"] is not None]
    decades = [10.0**k for k in range(round(math.log10(bottom)), round(math.log10(top)) + 1)]
    every = max(1, math.ceil(len(decades) / (7 if wide else 3)))
    labels = {value: f"{value:.10g} %" for value in decades[:0:-every]} | {lane: "not detected"}
    names = [row["name"] for row in rows]
    gutter = 170 if wide else 80
    x_scale = alt.Scale(type="log", domain=[bottom / 10 ** (2 * LANE), top], nice=False)
    x_axis = alt.Axis(values=list(labels), labelExpr=exactly(labels), labelOverlap=False)
    title = [TITLES[family], "ring: before treatment; filled: best response; arrow: at most"]

    def x(field: str) -> Any:
        return alt.X(f"{field}:Q", scale=x_scale, axis=x_axis, title=title)

    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=gutter - 8, grid=True, ticks=False))
    base = alt.Chart(style.data(rows)).encode(y=y)
    colour = _colour(rows, width)
    return alt.layer(
        alt.Chart(style.data(ended))
        .mark_rule(strokeWidth=2, opacity=0.7)
        .encode(y=y, x=x("before"), x2=alt.X2("shown:Q"), color=colour),
        base.mark_point(filled=False, size=60, strokeWidth=1.6, fill="white", opacity=1).encode(
            x=x("before"), color=colour
        ),
        alt.Chart(style.data(ended))
        .mark_point(filled=True, size=80, opacity=1)
        .encode(y=y, x=x("shown"), color=colour, shape=alt.Shape("shape:N", scale=None)),
    ).properties(width=width - gutter - 16, height=20 * len(rows))


def _pair(row: dict[str, Any], with_regimen: bool) -> dict[str, Any]:
    """Where a treatment's line begins and ends: at a level, at most at one, in the lane, or nowhere that is known."""
    undetected = row["detected_code"] == NO
    quantified = row["detected_code"] == YES and row["low"] > -math.inf
    bounded = row["detected_code"] == YES and not quantified and row["high"] < math.inf
    regimen = f", {row['regimen'] or 'regimen not recorded'}" if with_regimen else ""
    return {
        "name": row["patient_id"] + regimen,
        "before": 10 ** row["before"],
        "undetected": undetected,
        "after": 10 ** row["aligned_low"] if quantified else 10 ** row["aligned_high"] if bounded else None,
        "shape": "triangle-left" if bounded else "circle",
        "response": row["response"],
    }

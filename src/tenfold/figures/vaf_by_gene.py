"""Variant allele fractions by gene: a ring a patient, a bar at the median.

Traps: patients whose variant has no recorded fraction are counted beside the gene, not drawn; a fraction near one half or
one may be germline.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from tenfold.figures import style

LANE = 22


def vaf_by_gene_figure(
    genes: pl.DataFrame, fractions: pl.DataFrame, *, width: int = style.WIDE, most_genes: int = 25
) -> Any:
    """Return the fractions of each gene, from the two frames of `describe.vaf_by_gene`; None where none is recorded."""
    shown = genes.filter(pl.col("with_vaf") > 0).head(most_genes)
    if shown.is_empty():
        return None
    wide = width > 400
    names = {
        row["gene"]: f"{row['gene']} ({row['with_vaf']} of {row['patients']})"
        if wide
        else f"{row['gene']} ({row['with_vaf']})"
        for row in shown.to_dicts()
    }
    points = fractions.filter(pl.col("gene").is_in(list(names)) & pl.col("vaf").is_not_null()).to_dicts()
    x = alt.X(
        "vaf:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
        title="variant allele fraction (bar: median)",
    )
    gutter = 130 if wide else 92
    axis = alt.Axis(labelLimit=gutter - 8, ticks=False, domain=False, grid=True, labelPadding=6)
    y = alt.Y("name:N", sort=list(names.values()), title=None, axis=axis)
    rings = alt.Chart(style.data([{"name": names[row["gene"]], "vaf": row["vaf"]} for row in points]))
    medians = [{"name": names[row["gene"]], "vaf": row["median"]} for row in shown.to_dicts()]
    return alt.layer(
        rings.mark_point(filled=False, size=46, strokeWidth=1.4, color=style.BLUE, opacity=0.8).encode(x=x, y=y),
        alt.Chart(style.data(medians))
        .mark_tick(thickness=3, size=16, color=style.VERMILLION, opacity=1)
        .encode(x=x, y=y),
    ).properties(width=width - gutter - 20, height=LANE * len(names))

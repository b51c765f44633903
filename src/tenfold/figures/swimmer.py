"""The swimmer plot: every patient a lane from the first day of treatment, with what happened marked on it.

Traps: only what has a published day can be marked; a lane known only as a reported time is dashed; an arrow is a patient
known to be alive at the end of the lane, and a lane without arrow or death ends where the records do.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from tenfold.cohort.figure_rows import FOLLOWED, NEGATIVITY, TREATMENT, Courses
from tenfold.figures import style
from tenfold.figures.shown import evenly, how_many_shown

LANE = 18
MOST_PATIENTS = 80
ALIVE = "alive at last news"
LOOKS: dict[str, tuple[str, str]] = {
    NEGATIVITY: ("circle", style.GREEN),
    "MRD relapse": ("triangle-up", style.ORANGE),
    "relapse": ("square", style.VERMILLION),
    "transplant": ("diamond", style.PURPLE),
    "death": ("cross", style.BLACK),
    ALIVE: ("triangle-right", style.BLUE),
}
OTHER = ("stroke", style.SKY)
"""The shape and colour of each mark; of what the records call otherwise, the last."""


def swimmer(courses: Courses, *, x_title: str, groups: Mapping[str, str] | None = None, width: int = style.WIDE) -> Any:
    """Return the lanes of a cohort, the longest first (in each of `groups`, where given), or None where there are none.

    `x_title` says what the months count from. At most 80 patients are drawn, evenly spaced by identifier so that neither
    those who lived long nor those who died early are chosen; who is in none of the groups is not drawn.
    """
    ends = courses.spans.filter(pl.col("what") == FOLLOWED)
    if groups is not None:
        ends = ends.filter(pl.col("patient_id").is_in(list(groups)))
    if ends.is_empty():
        return None
    lanes = ends.with_columns(
        group=pl.lit("")
        if groups is None
        else pl.col("patient_id").replace_strict(dict(groups), return_dtype=pl.String)
    ).sort("group", "patient_id")
    everybody = lanes.height
    lanes = lanes.filter(pl.col("patient_id").is_in(evenly(lanes["patient_id"].to_list(), MOST_PATIENTS)))
    lanes = lanes.sort("group", "end", "patient_id", descending=[False, True, False])
    names = lanes["patient_id"].to_list()
    wide = width > 400
    gutter = (min(150, max(len(name) for name in names) * 6.2 + 16)) if wide else 74
    scale = alt.Scale(domain=[0, float(str(lanes["end"].max())) * 1.04 or 1.0], nice=False)
    x = alt.X("start:Q", title=x_title, axis=alt.Axis(grid=True, tickMinStep=1), scale=scale)
    end = alt.X2("end:Q")
    y = alt.Y(
        "patient_id:N",
        sort=names,
        title=None,
        axis=alt.Axis(labelLimit=gutter - 10, labelPadding=6, ticks=False, domain=False),
    )
    layers = []
    for source, dash in (("dates", [1, 0]), ("reported", [4, 3])):
        rows = lanes.filter(pl.col("source") == source).select("patient_id", "start", "end").to_dicts()
        if rows:
            line = alt.Chart(style.data(rows)).mark_rule(strokeWidth=2, color=style.GREY, strokeDash=dash)
            layers.append(line.encode(x=x, x2=end, y=y))
    treated = courses.spans.filter((pl.col("what") == TREATMENT) & pl.col("patient_id").is_in(names))
    if treated.height:
        bars = alt.Chart(style.data(treated.select("patient_id", "start", "end").to_dicts()))
        layers.append(bars.mark_bar(height=9, color=style.SKY, opacity=0.75).encode(x=x, x2=end, y=y))
    marks = _marks(courses, lanes)
    if marks:
        shown = [
            what
            for what in (*LOOKS, *dict.fromkeys(row["what"] for row in marks))
            if any(row["what"] == what for row in marks)
        ]
        shown = list(dict.fromkeys(shown))
        looks = [LOOKS.get(what, OTHER) for what in shown]
        key = alt.Legend(columns=2 if not wide else 6, symbolSize=80)
        points = alt.Chart(style.data(marks)).mark_point(
            filled=True, size=75, opacity=1, stroke="white", strokeWidth=0.6
        )
        layers.append(
            points.encode(
                x=x,
                y=y,
                shape=alt.Shape(
                    "what:N", scale=alt.Scale(domain=shown, range=[shape for shape, _ in looks]), legend=key
                ),
                color=alt.Color(
                    "what:N", scale=alt.Scale(domain=shown, range=[colour for _, colour in looks]), legend=key
                ),
            )
        )
    return alt.layer(*layers).properties(
        width=width - gutter - 22,
        height=LANE * len(names),
        title=_title(courses, lanes, everybody, treated.height > 0, wide),
    )


def _marks(courses: Courses, lanes: pl.DataFrame) -> list[dict[str, Any]]:
    names = lanes["patient_id"].to_list()
    happened = courses.marks.filter(pl.col("patient_id").is_in(names)).select("patient_id", "what", start="at")
    alive = lanes.filter(pl.col("patient_id").is_in(courses.alive)).select(
        "patient_id", what=pl.lit(ALIVE), start=pl.col("end")
    )
    return pl.concat([happened, alive]).to_dicts()


def _title(courses: Courses, lanes: pl.DataFrame, everybody: int, treated: bool, wide: bool) -> Any:
    """What the lines mean, and who and what is not drawn."""
    said = ["Broad bar: on the treatment; line: followed."] if treated else ["Line: followed."]
    order = "longest first" if lanes["group"].n_unique() < 2 else "longest first in each group"
    cut = how_many_shown(lanes.height, everybody)
    said.append(f"{cut}; {order}." if cut else f"{order.capitalize()}.")
    if (lanes["source"] == "reported").any():
        said.append("Dashed: as long as reported, without dates.")
    if courses.undated:
        said.append(f"{courses.undated} facts without a published day are not marked.")
    if courses.left_out.height:
        said.append(f"{courses.left_out['patients'].sum()} patients cannot be drawn.")
    lines = textwrap.wrap(" ".join(said), 100) if wide else [line for one in said for line in textwrap.wrap(one, 48)]
    return alt.TitleParams(lines, anchor="start", frame="group", fontSize=11, fontWeight="normal", color=style.GREY)

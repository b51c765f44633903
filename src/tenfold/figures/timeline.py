"""One patient's timeline: residual disease on its own scale above; below, what was done and what happened, in order.

Traps: levels of different scales are drawn in panels of their own; a day that was not published is a pale band that
shows only its order; a treatment whose end is not recorded is pale up to what follows it; where nothing does, its end
is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from tenfold.assessment import Assessment
from tenfold.figures import style
from tenfold.figures.levels import level_panel
from tenfold.figures.panel import Panel
from tenfold.figures.time_axis import TimeAxis, time_axis
from tenfold.mrd.levels import UNSCALED
from tenfold.mrd.samples import counts
from tenfold.vocabulary import Happening

MARKS = {
    Happening.DIAGNOSIS: (style.BLACK, "square"),
    Happening.TRANSPLANT: (style.GREEN, "triangle-up"),
    Happening.REMISSION: (style.SKY, "circle"),
    Happening.RELAPSE: (style.VERMILLION, "diamond"),
    Happening.MRD_RELAPSE: (style.ORANGE, "diamond"),
    Happening.DEATH: (style.BLACK, "cross"),
    Happening.CONTACT: (style.GREY, "triangle-right"),
}
VENETOCLAX, OTHER = style.BLUE, "#8a94a3"
GUTTER = {style.WIDE: 190, style.NARROW: 112}
ROW = 20


def timeline(assessment: Assessment, patient_id: str, width: int = style.WIDE) -> Any:
    """Return the chart of one patient, or None for a patient without any placed fact.

    `width` is one of the two of `style`.
    """
    facts = _drawn(assessment.history.filter(pl.col("patient_id") == patient_id))
    if not facts:
        return None
    axis = _axis(assessment, facts, patient_id, width)
    samples = _samples(assessment, patient_id, axis)
    inner = width - GUTTER[width]
    panels = [
        level_panel([s for s in samples if s["family"] == family], family, axis, inner, assessment.settings)
        for family in sorted({sample["family"] for sample in samples})
    ]
    return alt.vconcat(*panels, _lanes(facts, axis, inner, GUTTER[width]), spacing=8, bounds="flush").resolve_scale(
        color="independent", shape="independent"
    )


def has_timeline(assessment: Assessment, patient_id: str) -> bool:
    """Whether there is anything to draw of a patient."""
    return bool(_drawn(assessment.history.filter(pl.col("patient_id") == patient_id)))


def _drawn(facts: pl.DataFrame) -> list[dict[str, Any]]:
    """The facts that take a place: not a contact whose day is not known, nor one of a patient who has died since."""
    rows = facts.to_dicts()
    died = any(row["kind"] == Happening.DEATH for row in rows)
    return [
        row
        for row in rows
        if row["kind"] != Happening.CONTACT or (row["earliest_day"] == row["latest_day"] and not died)
    ]


def _axis(assessment: Assessment, facts: Sequence[Mapping[str, Any]], patient_id: str, width: int) -> TimeAxis:
    registry = assessment.registry
    zero = registry.table("patients").filter(pl.col("patient_id") == patient_id)["day_zero"].to_list()
    since = zero[0] if zero and zero[0] else "day 0"
    ticks = 9 if width == style.WIDE else 5
    return time_axis(facts, calendar=registry.axis == "calendar", since=since, at_most_ticks=ticks)


def _samples(assessment: Assessment, patient_id: str, axis: TimeAxis) -> list[dict[str, Any]]:
    """The patient's counting samples with their series' name and place."""
    rows = assessment.molecular.filter((pl.col("patient_id") == patient_id) & counts()).to_dicts()
    several = len({row["method"] for row in rows}) > 1
    scales: dict[str, int] = {}
    for row in rows:
        row["series"] = f"{row['marker'] or 'marker not recorded'} in {row['tissue']}"
        if several:
            row["series"] += f", {row['method'] or 'method not recorded'}"
        row["start"], row["end"], row["exact"] = axis.place(row)
        if row["family"] != UNSCALED:
            scales.setdefault(row["series"], row["family"])
    # A bare "not detected" has no scale: it is shown where the same stream, or else the patient, is measured.
    anywhere = next(iter(scales.values()), UNSCALED)
    return [
        {**row, "family": scales.get(row["series"], anywhere) if row["family"] == UNSCALED else row["family"]}
        for row in rows
    ]


def _lanes(facts: Sequence[Mapping[str, Any]], axis: TimeAxis, width: int, gutter: int) -> Any:
    """What was done and what happened: one lane for each treatment or kind of event, in order from the top."""
    shown = [fact for fact in facts if fact["kind"] not in (Happening.MRD_SAMPLE, Happening.MARROW)]
    rows = [_lane(fact, axis, shown) for fact in shown]
    lanes = list(dict.fromkeys(row["lane"] for row in rows))
    up = alt.Y(
        "lane:N",
        sort=lanes,
        scale=alt.Scale(domain=lanes),
        axis=alt.Axis(labelLimit=gutter - 8, grid=False, ticks=False, domain=False),
        title=None,
    )
    panel = Panel(axis, up, width=width, height=max(ROW * len(lanes), ROW), labelled=True)
    colour = alt.Color("colour:N", scale=None)
    bars = [row for row in rows if row["bar"]]
    panel.lay(
        [row for row in rows if row["end"] > row["start"]],
        {"type": "bar", "height": 10, "opacity": 0.35, "cornerRadius": 4},
        x="start",
        x2=alt.X2("end:Q"),
        color=colour,
    )
    panel.lay(
        [row for row in bars if row["known_end"]],
        {"type": "bar", "height": 10, "cornerRadius": 2},
        x="start",
        x2=alt.X2("end:Q"),
        color=colour,
    )
    panel.lay(
        [row for row in bars if row["exact"]],
        {"type": "tick", "thickness": 3, "size": 12, "orient": "vertical", "opacity": 1},
        x="start",
        color=colour,
    )
    # No point: the end of the axis is not a day of this treatment.
    panel.lay(
        [row for row in bars if row["open"]],
        {"type": "text", "text": "→", "align": "right", "fontSize": 15, "fontWeight": "bold"},
        x="end",
        color=colour,
    )
    panel.lay(
        [row for row in rows if not row["bar"] and row["exact"]],
        {"type": "point", "filled": True, "size": 80, "opacity": 1},
        color=colour,
        shape=alt.Shape("shape:N", scale=None),
    )
    return panel.chart()


def _follows(fact: Mapping[str, Any], others: Sequence[Mapping[str, Any]], axis: TimeAxis) -> float | None:
    """Where the next treatment, transplant, relapse or death after a treatment begins; None if there is none."""
    ends = (Happening.TREATMENT, Happening.TRANSPLANT, Happening.RELAPSE, Happening.DEATH)
    starts = (axis.place(one)[0] for one in others if one["kind"] in ends and one["order"] > fact["order"])
    return min(starts, default=None)


def _lane(fact: Mapping[str, Any], axis: TimeAxis, others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    kind = Happening(fact["kind"])
    start, end, exact = axis.place(fact)
    treatment = kind == Happening.TREATMENT
    ended = treatment and exact and fact["end_day"] is not None
    if ended:
        end = float(fact["end_day"])
    follows = _follows(fact, others, axis) if treatment and exact and not ended else None
    if treatment and exact and not ended:
        end = axis.high if follows is None else follows
    colour, shape = MARKS.get(kind, (OTHER, "circle"))
    if treatment:
        colour = VENETOCLAX if fact["venetoclax"] else OTHER
    return {
        "lane": (fact["detail"] or "treatment") if treatment else str(kind),
        "start": start,
        "end": end,
        "middle": (start + end) / 2,
        "exact": exact,
        "known_end": ended,
        "open": treatment and exact and not ended and follows is None,
        "bar": treatment,
        "colour": colour,
        "shape": shape,
    }

"""The patient flow: a box for everybody, one for who is left after each step, and beside each arrow who left and why.

On a narrow figure who left stands under the box that they left from, set in. In the manner of the CONSORT and STROBE
diagrams (Schulz et al., BMJ 2010;340:c332).
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt

from tenfold.cohort.flow import Flow
from tenfold.figures import style
from tenfold.figures.canvas import LETTER, LINE, Canvas

PADDING, GAP, ARROW = 8, 16, 6
SET_IN = 28
MAIN_SHARE = 0.46
"""The part of a wide figure that the main boxes take."""


def flow_figure(flow: Flow, *, width: int = style.WIDE) -> Any:
    """Return the flow as a figure, from the top."""
    wide = width > 400
    inner = width - 24
    main = inner * MAIN_SHARE if wide else inner
    boxes: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    arrows: list[dict[str, Any]] = []
    middle = main / 2 if wide else SET_IN / 2

    def box(said: Sequence[str], left: float, top: float, across: float, *, aside: bool) -> float:
        wrapped = [line for one in said for line in textwrap.wrap(one, max(10, int((across - 2 * PADDING) / LETTER)))]
        bottom = top + LINE * len(wrapped) + 2 * PADDING
        boxes.append({"x": left, "x2": left + across, "y": top, "y2": bottom, "aside": aside})
        for k, line in enumerate(wrapped):
            lines.append({"x": left + PADDING, "y": top + PADDING + LINE * (k + 0.5), "said": line})
        return bottom

    def arrow(x: float, y: float, x2: float, y2: float) -> None:
        arrows.append({"x": x, "y": y, "x2": x2, "y2": y2, "tip": "triangle-down" if x == x2 else "triangle-right"})

    bottom = box([f"patients on record (n = {flow.start})"], 0, 0, main, aside=False)
    for row in flow.steps.to_dicts():
        left_out = _who_left(row)
        before = bottom
        if wide:
            top = bottom + GAP
            if left_out:
                side = main + 2 * GAP
                end = box(left_out, side, top, inner - side, aside=True)
                arrow(middle, (top + end) / 2, side - 2, (top + end) / 2)
                top = end + GAP
        else:
            top = bottom + GAP
            if left_out:
                end = box(left_out, SET_IN, top - GAP / 2, inner - SET_IN, aside=True)
                arrow(middle, (top - GAP / 2 + end) / 2, SET_IN - 2, (top - GAP / 2 + end) / 2)
                top = end + GAP
        arrow(middle, before, middle, top - 2)
        bottom = box([f"{row['step']} (n = {row['kept']})"], 0, top, main, aside=False)
    if flow.groups.height:
        top = bottom + GAP
        arrow(middle, bottom, middle, top - 2)
        said = [f"{row['group']} (n = {row['patients']})" for row in flow.groups.to_dicts()]
        bottom = box(said, 0, top, main, aside=False)
    return _drawn(Canvas(inner, bottom + 2), boxes, lines, arrows)


def _who_left(row: dict[str, Any]) -> list[str]:
    said = [f"{row['left_out']} left out: {row['why']}"] if row["left_out"] else []
    return said + ([f"{row['not_known']} not known: {row['why_not_known']}"] if row["not_known"] else [])


def _drawn(
    canvas: Canvas, boxes: list[dict[str, Any]], lines: list[dict[str, Any]], arrows: list[dict[str, Any]]
) -> Any:
    rule = {"type": "rule", "color": style.GREY, "strokeWidth": 1.2}
    canvas.lay(arrows, rule, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"))
    for tip, back in (("triangle-down", (0, -ARROW / 2)), ("triangle-right", (-ARROW / 2, 0))):
        ends = [{"x": one["x2"] + back[0], "y": one["y2"] + back[1]} for one in arrows if one["tip"] == tip]
        canvas.lay(ends, {"type": "point", "shape": tip, "filled": True, "size": 40, "opacity": 1, "color": style.GREY})
    for aside, look in (
        (False, {"fill": "white", "stroke": style.BLUE, "strokeWidth": 1.6}),
        (True, {"fill": style.PALE, "stroke": style.GREY, "strokeWidth": 1, "strokeDash": [4, 3]}),
    ):
        kept = [one for one in boxes if one["aside"] is aside]
        canvas.lay(kept, {"type": "rect", "opacity": 1, **look}, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"))
    canvas.words(lines, color=style.BLACK)
    return canvas.chart()

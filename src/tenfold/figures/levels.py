"""The panel of residual disease: every sample's level on one logarithmic scale, which is named.

Traps: a threshold is drawn only on its scale and for markers it is defined for; what was not detected stands at its
limit of detection, never at zero, and in a lane below the scale where no limit is recorded; what is below quantification
reaches down from its upper bound.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from tenfold.figures import style
from tenfold.figures.numbers import as_signed
from tenfold.figures.panel import Panel, exactly
from tenfold.figures.time_axis import TimeAxis
from tenfold.logic.fold import NO, YES
from tenfold.mrd.editions import edition
from tenfold.mrd.levels import ABL1, CD45, DIAGNOSIS, UNSCALED, VAF
from tenfold.mrd.markers import MARKERS
from tenfold.settings import Settings
from tenfold.vocabulary import Method

TITLES = {
    ABL1: "MRD, % of ABL1",
    DIAGNOSIS: "MRD, % of diagnostic level",
    VAF: "MRD, % VAF",
    CD45: "MRD, % of CD45+ cells",
    UNSCALED: "MRD, no scale recorded",
}
HEIGHT = 160
LANE = 0.6
"""Decades between the scale and the lanes below it."""
ABOVE, BELOW = -11, 15
"""From a mark to the word beside it, in pixels."""
LETTER, LINE = 5.6, 11.0
"""What a letter of a word takes at most across, with the gap to the next word, and a line in height, in pixels."""
NOT_DETECTED, NO_LEVEL = LANES = ("not detected", "no level")


@dataclass(frozen=True)
class Threshold:
    """A level that a rule compares with, in percent on one family of scales, and what it means."""

    percent: float
    label: str


def thresholds(samples: Sequence[dict[str, Any]], family: int, settings: Settings) -> list[Threshold]:
    """The levels that the rules in force compare these samples with, on this family of scales."""
    by_pcr = (Method.RT_QPCR, Method.DIGITAL_PCR)
    with_rule = [
        sample["marker"]
        for sample in samples
        if sample["method"] in by_pcr and sample["marker"] in MARKERS and MARKERS[sample["marker"]].low_level
    ]
    if family == ABL1 and with_rule:
        percent = float(settings["mrd.low_level_below"])
        every = {sample["marker"] for sample in samples}
        whose = "" if set(with_rule) == every else f"{', '.join(dict.fromkeys(with_rule))}: "
        return [Threshold(percent, f"{whose}{percent:g} %: below is low level (ELN)")]
    waived = edition(settings["mrd.edition"]).waiver == YES
    if family == DIAGNOSIS and waived and any(sample["marker"] == "NPM1" for sample in samples):
        percent = float(settings["mrd.tiong_unconfirmed_from"])
        return [Threshold(percent, f"{percent:g} %: no second sample needed (Tiong)")]
    return []


def level_panel(samples: Sequence[dict[str, Any]], family: int, axis: TimeAxis, width: int, settings: Settings) -> Any:
    """Return the panel of the samples of one family of scales; samples carry `series`, `start`, `end`, `exact`."""
    lines = thresholds(samples, family, settings)
    points = [_point(sample) for sample in samples]
    known = [line.percent for line in lines]
    known += [value for point in points for value in (point["level"], point["upper"], point["limit"]) if value]
    top = 10.0 ** math.ceil(math.log10(max(known, default=1.0)) + 0.15)
    bottom = 10.0 ** math.floor(math.log10(min(known, default=0.01)) - 0.05)
    # Below the scale: what was not detected without a known limit, and under it what has no result or no level.
    lanes = {name: bottom / 10 ** (k * LANE) for k, name in enumerate(LANES, start=1)}
    for point in points:
        point["y"] = point["level"] or point["upper"] or point["limit"] or lanes[point["lane"]]
    shown = {lane: name for name, lane in lanes.items() if any(point["y"] == lane for point in points)}
    floor = min(shown, default=bottom) / (10**LANE if shown else 1.0)
    decades = [10.0**k for k in range(round(math.log10(bottom)), round(math.log10(top)) + 1)]
    marked = decades[:: -max(1, math.ceil(len(decades) / 7))]
    labels = {value: f"{value:.10g} %" for value in marked} | shown
    up = alt.Y(
        "y:Q",
        scale=alt.Scale(type="log", domain=[floor, top], nice=False),
        axis=alt.Axis(values=list(labels), labelExpr=exactly(labels), labelLimit=100),
        title=TITLES[family],
    )
    panel = Panel(axis, up, width=width, height=HEIGHT, labelled=False)
    _draw_thresholds(panel, lines)
    names = list(dict.fromkeys(point["series"] for point in points))
    _draw(panel, points, names)
    _write(panel, points, names, HEIGHT / math.log10(top / floor), lines)
    return panel.chart()


def _point(sample: dict[str, Any]) -> dict[str, Any]:
    """What is drawn of a sample: a level, an upper bound or nothing, its limit of detection, and a word where needed."""
    detected, limit = sample["detected_code"], sample["detection_limit"]
    if sample["value"] and sample["family"] in (VAF, CD45):  # seen, but below what counts as positive
        limit = math.log10(sample["value"])
    quantified = detected == YES and sample["low"] > -math.inf
    bounded = detected == YES and not quantified and sample["high"] < math.inf
    poor = detected == NO and sample["adequate_code"] == NO
    word = "not adequate" if poor else {NO: "", YES: ""}.get(detected, "no result")
    if detected == YES and not quantified:
        word = "not quantifiable" if bounded else "detected, level not known"
    if quantified:
        open_above = sample["high"] == math.inf
        word = f"{'> ' if open_above else ''}{as_signed(10 ** sample['low'])} %"
    return {
        "series": sample["series"],
        "start": sample["start"],
        "end": sample["end"],
        "middle": (sample["start"] + sample["end"]) / 2,
        "exact": sample["exact"],
        "detected": detected == YES,
        "lane": NOT_DETECTED if detected == NO and not poor else NO_LEVEL,
        "level": 10 ** sample["low"] if quantified else None,
        "upper": 10 ** sample["high"] if bounded else None,
        "limit": 10**limit if detected == NO and not poor and limit is not None else None,
        "word": word,
    }


def _draw_thresholds(panel: Panel, lines: Sequence[Threshold]) -> None:
    rows = [{"y": line.percent, "label": line.label, "start": panel.axis.low, "end": panel.axis.high} for line in lines]
    panel.lay(
        rows,
        {"type": "rule", "stroke": style.VERMILLION, "strokeDash": [5, 3], "strokeWidth": 1},
        x="start",
        x2=alt.X2("end:Q"),
    )
    panel.lay(
        rows,
        {"type": "text", "align": "left", "dx": 3, "dy": -6, "fontSize": 10, "color": style.VERMILLION},
        x="start",
        text=alt.Text("label:N"),
    )


def _draw(panel: Panel, points: list[dict[str, Any]], names: list[str]) -> None:
    colours = alt.Scale(domain=names, range=list(style.SERIES[: len(names)]))
    legend = alt.Legend(columns=1 if panel.width < 400 else 3, symbolType="square", symbolOpacity=1)
    colour = alt.Color("series:N", scale=colours, legend=legend)
    shape = alt.Shape("series:N", scale=alt.Scale(domain=names, range=list(style.SHAPES[: len(names)])), legend=None)
    published = all(point["exact"] for point in points)
    panel.lay(
        points,
        {"type": "line", "strokeWidth": 1, "opacity": 0.6, "strokeDash": [1, 0] if published else [3, 3]},
        color=colour,
        order=alt.Order("middle:Q"),
    )
    # What has no day is a band; hollow where nothing was detected. What has one is a point: an arrow down from the
    # largest it can be below quantification, hollow at the limit of detection where nothing was detected: the shape of
    # its series, so that a negative is never taken for a level below quantification.
    band = {"type": "bar", "height": 9, "cornerRadius": 4, "strokeWidth": 1.2}
    bands = [point for point in points if not point["exact"]]
    panel.lay(
        [point for point in bands if point["detected"]],
        {**band, "opacity": 0.5},
        x="start",
        x2=alt.X2("end:Q"),
        color=colour,
    )
    mark = {"type": "point", "size": 60, "opacity": 1, "strokeWidth": 1.8}
    dated = [point for point in points if point["exact"]]
    panel.lay(
        [point for point in dated if point["level"] is not None], {**mark, "filled": True}, color=colour, shape=shape
    )
    panel.lay(
        [point for point in dated if point["detected"] and point["level"] is None],
        {**mark, "filled": True, "shape": "triangle-down"},
        color=colour,
    )
    for k, name in enumerate(names):
        # Undetected in two tissues on one day: side by side, not one behind the other.
        aside = {"fill": "white", "stroke": style.SERIES[k % len(style.SERIES)], "yOffset": 6 * k}
        missed = [point for point in points if not point["detected"] and point["series"] == name]
        panel.lay(
            [p for p in missed if not p["exact"]], {**band, **aside, "opacity": 0.9}, x="start", x2=alt.X2("end:Q")
        )
        at_limit = {**mark, **aside, "filled": False, "shape": style.SHAPES[k % len(style.SHAPES)], "yOffset": 0}
        panel.lay([p for p in missed if p["exact"] and p["limit"]], at_limit)
        panel.lay([p for p in missed if p["exact"] and not p["limit"]], {**at_limit, "yOffset": 6 * k})


def _write(
    panel: Panel, points: Sequence[dict[str, Any]], names: Sequence[str], decade: float, lines: Sequence[Threshold]
) -> None:
    """The words beside the marks, none over another, over the name of a threshold or over the numbers of the scale.

    The rarer a word the sooner it is written, above or below its mark, and towards the middle beside an edge.

    What finds no room is left to the mark and its colour: a run of samples that are not quantifiable is named where it can be.
    `decade`: the height of one, in pixels.
    """
    few = len(points) <= 12
    told = [point for point in points if point["word"] and (few or point["level"] is None)]
    often = Counter(point["word"] for point in told)
    across = panel.width / (panel.axis.high - panel.axis.low)
    taken = [
        (len(line.label) * LETTER / 2, -math.log10(line.percent) * decade - 6, len(line.label) * LETTER / 2)
        for line in lines
    ]
    placed: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for point in sorted(told, key=lambda point: (often[point["word"]], point["middle"])):
        x, y = (point["middle"] - panel.axis.low) * across, -math.log10(point["y"]) * decade
        half = len(point["word"]) * LETTER / 2
        align = "left" if x < half else "right" if x > panel.width - half else "center"
        x += {"left": half, "right": -half, "center": 0}[align]
        sides = (ABOVE, BELOW) if names.index(point["series"]) % 2 == 0 else (BELOW, ABOVE)
        free = [
            dy for dy in sides if all(abs(x - x2) > half + half2 or abs(y + dy - y2) > LINE for x2, y2, half2 in taken)
        ]
        if free:
            taken.append((x, y + free[0], half))
            placed.setdefault((free[0], align), []).append(point)
    for (dy, align), rows in placed.items():
        text = {"type": "text", "dy": dy, "align": align, "fontSize": 10, "color": style.BLACK}
        panel.lay(rows, text, text=alt.Text("word:N"))

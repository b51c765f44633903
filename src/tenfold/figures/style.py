"""The look of every chart: colours that colour-blind readers can tell apart, one type face, no ornament.

Okabe and Ito, Color Universal Design, 2008.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE = (
    "#1b1f24",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
GREY, PALE, RULE = "#6b7280", "#eef1f5", "#d5dae1"
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""Colours of the lines of a chart, in order."""
SHAPES = ("circle", "diamond", "square", "triangle-up", "cross", "triangle-right", "stroke")
DASHES: tuple[list[int], ...] = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3], [10, 2])
MOST_LINES = 12
"""So many lines can be told apart, by colour and dash together."""
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"

WIDE, NARROW = 700, 330
"""Widths in pixels of a chart for a desk or paper, and for a telephone."""

Rows = Sequence[dict[str, Any]]


def line_colours(n: int) -> list[str]:
    """The colours of n lines; beyond the seventh they come again, with another dash (`line_dashes`)."""
    return [SERIES[k % len(SERIES)] for k in range(n)]


def line_dashes(n: int) -> list[list[int]]:
    """The dashes of n lines, so that no two have the same colour and dash."""
    return [DASHES[(k + 3 * (k // len(SERIES))) % len(DASHES)] for k in range(n)]


LOOK: dict[str, Any] = {
    "font": FONT,
    "background": "white",
    "view": {"continuousWidth": 300, "continuousHeight": 300, "stroke": None},
    "axis": {
        "labelColor": BLACK,
        "titleColor": BLACK,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "gridColor": "#e3e7ec",
        "domainColor": GREY,
        "tickColor": GREY,
    },
    "legend": {
        "labelFontSize": 11,
        "labelColor": BLACK,
        "title": None,
        "orient": "top",
        "labelLimit": 320,
        "symbolOpacity": 1,
    },
    "text": {"color": BLACK, "fontSize": 11},
}
"""The house's look, as Vega-Lite's configuration."""


class Data(alt.InlineData):
    """Rows that a chart draws. They never change, and are what they are: a chart that is copied, layered or put beside another
    shares them, and nobody looks through them for what Vega-Lite does not know.
    """

    _class_is_valid_at_instantiation = False

    def __deepcopy__(self, memo: Any = None) -> Data:
        return self

    def to_dict(self, *_: Any, **__: Any) -> dict[str, Any]:
        """The rows as Vega-Lite takes them."""
        return {"values": self._kwds["values"]}


def data(rows: Rows) -> Data:
    """Rows as a chart's data."""
    return Data(values=list(rows))


def marked(rows: Rows, mark: Mapping[str, Any]) -> Any:
    """A chart of one mark for every row. The mark stays a plain dictionary: what is laid in layers is copied many times."""
    plain: Any = dict(mark)
    return alt.Chart(data(rows), mark=plain)


def vega_lite(chart: Any) -> str:
    """Return a finished chart in the house's look, as Vega-Lite."""
    return json.dumps(chart.to_dict(validate=False) | {"config": LOOK})


def svg(chart: Any) -> str:
    """Return a chart as SVG that shows the same on a page, on paper and without a network."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(vega_lite(chart), vl_version="6.4"))

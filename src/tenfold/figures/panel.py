"""What the panels of a timeline share: the time axis, its zones without a scale, and labels written as they are."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import altair as alt

from tenfold.figures import style
from tenfold.figures.time_axis import TimeAxis


def exactly(labels: Mapping[float, str]) -> str:
    """A Vega expression that writes each tick of a logarithmic axis as it is named here."""
    thousandths = {str(round(1000 * math.log10(value))): label for value, label in labels.items()}
    return f"{json.dumps(thousandths)}[round(1000 * log(datum.value) / LN10)]"


class Panel:
    """One panel: a fixed time axis and a vertical scale on which layers of rows are laid.

    Rows carry `start`, `end` and `middle` on the time axis and `y` (or what `up` names) on the vertical one.
    """

    def __init__(self, axis: TimeAxis, up: Any, *, width: int, height: int, labelled: bool) -> None:
        self.axis, self.up, self.width, self.height = axis, up, width, height
        self.scale = {"domain": [axis.low, axis.high], "nice": False, "zero": False}
        # Vega's own number formatting would turn day 12053 into 12,053: ticks are keyed by position instead.
        places = list(axis.ticks)
        names = json.dumps([axis.ticks[place] for place in places])
        self.time = {
            "values": places,
            "labelExpr": f"{names}[indexof({json.dumps(places)}, datum.value)]",
            "grid": True,
            "ticks": labelled,
            "labels": labelled,
            "domain": labelled,
            "title": (axis.title if axis.ticks else None) if labelled else None,
            "labelOverlap": True,
            "labelFlush": False,
        }
        self.layers: list[Any] = []
        self._zones()

    def x(self, field: str) -> Any:
        """The horizontal place of a field of the rows."""
        return alt.X(f"{field}:Q", scale=self.scale, axis=self.time)

    def lay(self, rows: style.Rows, mark: Mapping[str, Any], *, x: str = "middle", **encodings: Any) -> None:
        """Lay one mark for every row; a mark with `x2` among its encodings is drawn from `start` to `end`."""
        if not rows:
            return
        made = style.marked(rows, mark)
        self.layers.append(made.encode(**{"x": self.x(x), "y": self.up, **encodings}))

    def chart(self) -> Any:
        """The finished panel."""
        return alt.layer(*self.layers).properties(width=self.width, height=self.height)

    def _zones(self) -> None:
        """Shade where time has no scale."""
        low, high = self.axis.dated or (self.axis.high, self.axis.high)
        zones = [{"start": self.axis.low, "end": low}, {"start": high, "end": self.axis.high}]
        wide = [zone for zone in zones if zone["end"] - zone["start"] > self.axis.band * 0.8]
        if wide:
            made = style.marked(wide, {"type": "rect", "fill": style.PALE, "opacity": 0.6})
            self.layers.append(made.encode(x=self.x("start"), x2=alt.X2("end:Q")))

"""A figure laid out in pixels from its top left corner: boxes, rules and words at places that were reckoned beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from tenfold.figures import style

LETTER, LINE = 6.1, 15
"""Pixels: width of a letter and height of a line, both at 11 points."""


class Canvas:
    """Marks on a plane of `width` by `height` pixels; every row of a mark carries its own pixels."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.layers: list[Any] = []
        self._across = alt.Scale(domain=[0, width], nice=False)
        self._down = alt.Scale(domain=[height, 0], nice=False)

    def lay(self, rows: style.Rows, mark: Mapping[str, Any], *, x: str = "x", y: str = "y", **more: Any) -> None:
        """Lay one mark for every row at its `x` and `y`; `more` are further encodings (x2, y2, text, color ...)."""
        if not rows:
            return
        made = style.marked(rows, mark)
        across = alt.X(f"{x}:Q", scale=self._across, axis=None)
        down = alt.Y(f"{y}:Q", scale=self._down, axis=None)
        self.layers.append(made.encode(x=across, y=down, **more))

    def words(self, rows: style.Rows, *, align: str = "left", baseline: str = "middle", **mark: Any) -> None:
        """Write the `said` of every row at its place."""
        self.lay(rows, {"type": "text", "align": align, "baseline": baseline, **mark}, text=alt.Text("said:N"))

    def chart(self) -> Any:
        """The finished figure."""
        return alt.layer(*self.layers).properties(width=self.width, height=self.height)

"""Charts as a page carries them: drawn twice, for a desk or paper and for a telephone, with words for who cannot see."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tenfold.figures import style


@dataclass(frozen=True)
class Picture:
    """A chart as SVG in two widths, and in words; `cut` if it does not show everything."""

    wide: Markup
    narrow: Markup
    described: str
    cut: bool = False


def picture(draw: Callable[[int], Any], described: str, *, cut: bool = False) -> Picture | None:
    """Return the picture that `draw` makes for each width; None if it makes none."""
    wide = draw(style.WIDE)
    if wide is None:
        return None
    # The drawings hold only what the figures wrote, which escapes the text of records.
    return Picture(Markup(style.svg(wide)), Markup(style.svg(draw(style.NARROW))), described, cut)


def number(value: float | None, digits: int = 1) -> str:
    """A number for reading; "not reached" for none."""
    return "not reached" if value is None or math.isnan(value) else f"{value:.{digits}f}"

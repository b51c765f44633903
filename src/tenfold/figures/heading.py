"""What stands over a figure: its title, and beneath it in grey what must be said wherever the figure goes.

A figure leaves its page: that its patients are simulated, or that its groups are split by a fact of the future, has to stand in
the picture itself.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import altair as alt

from tenfold.figures import style

LETTER, TITLE_LETTER = 6.0, 7.3
"""About how wide a letter is, in pixels."""
SIMULATED = "SIMULATED PATIENTS: nobody here is real."
Drawing = Callable[[int], Any]
"""Makes a figure of a width in pixels, or None where there is nothing to show."""


def headed(chart: Any, title: str, said: Sequence[str] = (), *, width: int = style.WIDE) -> Any:
    """Return a finished chart with a title and lines beneath it; what the chart itself had as its title follows them."""
    beneath = [line for one in said for line in textwrap.wrap(one, int((width - 16) / LETTER))]
    own = getattr(chart, "title", alt.Undefined)
    if isinstance(own, str):
        beneath.append(own)
    elif isinstance(own, alt.TitleParams):
        for part in (own.text, own.subtitle):
            if part is not alt.Undefined:
                beneath += [part] if isinstance(part, str) else [str(line) for line in part]
    # Altair's own `properties` would copy the whole chart, which nobody else holds.
    under = chart.copy(deep=False)
    under.title = alt.TitleParams(
        textwrap.wrap(title, int((width - 16) / TITLE_LETTER)),
        subtitle=beneath or alt.Undefined,
        anchor="start",
        frame="bounds",
        fontSize=13,
        fontWeight="bold",
        color=style.BLACK,
        subtitleFontSize=11,
        subtitleColor=style.GREY,
        offset=10,
    )
    return under


def under_heading(title: str, draw: Drawing, simulated: bool, said: Sequence[str] = ()) -> Drawing:
    """Return a drawing under its title and what is said beneath it: of simulated patients, that they are."""

    def drawn(width: int) -> Any:
        chart = draw(width)
        return (
            None if chart is None else headed(chart, title, [*([SIMULATED] if simulated else []), *said], width=width)
        )

    return drawn

"""What the pictures of several scores share: one colour and one dash a score, and no more than can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from tenfold.figures import style

MOST = len(style.SERIES)


def told_apart(names: Sequence[str]) -> None:
    """ValueError for no line, or for more than can be told apart on one chart."""
    if not names:
        raise ValueError("no score has such a curve: there is nothing to draw")
    if len(names) > MOST:
        raise ValueError(f"{len(names)} scores: no more than {MOST} lines can be told apart on one chart")


def colour(names: Sequence[str], field: str = "score", *, legend: bool = True, columns: int = 2) -> Any:
    """The colour of each name, with a legend of lines."""
    scale = alt.Scale(domain=list(names), range=list(style.SERIES[: len(names)]))
    shown = alt.Legend(columns=columns, symbolType="stroke", symbolStrokeWidth=3, symbolOpacity=1) if legend else None
    return alt.Color(f"{field}:N", scale=scale, legend=shown)


def dash(names: Sequence[str], field: str = "score") -> Any:
    """The dash of each name."""
    scale = alt.Scale(domain=list(names), range=list(style.DASHES[: len(names)]))
    return alt.StrokeDash(f"{field}:N", scale=scale, legend=None)

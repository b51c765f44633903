"""The forest of a model: the ratio of each coefficient with its interval, its patients and its events, on a log axis.

Hazard ratios of Cox, subdistribution hazard ratios of Fine-Gray and odds ratios of response models are drawn alike, and the
axis says which it is. A coefficient that cannot be estimated stands as words without a mark. Traps: ratios of different
kinds never share a figure; a number's ratio is for one unit of it, and cannot be compared in size with that of a group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tenfold.figures import style
from tenfold.figures.forest_lines import ForestLine, forest_figure

WIDEST = (0.05, 20.0)
"""The furthest ends of the axis: an interval beyond them is cut there, with an arrow."""


@dataclass(frozen=True)
class Ratio:
    """One ratio: what it is of, its patients and events (of them), its value with interval; nulls cannot be estimated."""

    name: str
    patients: int
    events: int
    value: float | None
    low: float | None
    high: float | None


def ratio_forest(ratios: Sequence[Ratio], *, kind: str, events: str = "events", width: int = style.WIDE) -> Any:
    """Return the figure of ratios of one `kind`, e.g. "hazard ratio"; `events` names what is counted of the patients.

    ValueError where none of them can be estimated.
    """
    ends = [end for one in ratios for end in (one.value, one.low, one.high) if end is not None and end > 0]
    if not any(one.value is not None for one in ratios):
        raise ValueError("none of these ratios can be estimated: there is nothing to draw")
    least, most = max(WIDEST[0], min(0.5, min(ends) * 0.9)), min(WIDEST[1], max(2.0, max(ends) * 1.1))
    lines = [
        ForestLine(
            # The spaces of a count do not break.
            f"{one.name}; n\u00a0=\u00a0{one.patients}, {one.events}\u00a0{events}",
            one.value,
            one.low if one.value is not None else None,
            one.high if one.value is not None else None,
            said(one),
            open=one.value is not None and one.high is None,
        )
        for one in ratios
    ]
    return forest_figure(
        lines, x_title=f"{kind} (95 % CI)", domain=(least, most), logarithmic=True, width=width
    )  # fmt: skip


def said(one: Ratio) -> str:
    """A ratio with its interval in words."""
    if one.value is None:
        return "cannot be estimated"
    low, high = ("0" if one.low is None else f"{one.low:.2f}"), ("no end" if one.high is None else f"{one.high:.2f}")
    return f"{one.value:.2f} ({low} to {high})"

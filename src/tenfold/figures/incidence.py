"""Cumulative incidence of one cause, by group, with intervals and numbers at risk; drawn as Kaplan-Meier curves are.

Aalen and Johansen, Scand J Stat 1978;5:141-150.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.cohort.incidence import Incidence
from tenfold.figures import style
from tenfold.figures.kaplan_meier import kaplan_meier_figure


@dataclass(frozen=True)
class _OfCause:
    """The incidence of one cause as a curve that can be drawn."""

    steps: pl.DataFrame
    n: int

    def at_risk(self, times: Sequence[float]) -> list[int]:
        """How many are still followed and without any event just before each time."""
        return [int(after["at_risk"][0]) if (after := self._from(time)).height else 0 for time in times]

    def _from(self, time: float) -> pl.DataFrame:
        return self.steps.filter(pl.col("time") >= time)


def incidence_figure(
    incidences: Mapping[str, Incidence],
    cause: str,
    *,
    y_title: str | Sequence[str],
    x_title: str,
    width: int = style.WIDE,
) -> Any:
    """Return the cumulative incidence of a cause in each group, in months. ValueError where nobody had it."""
    curves = {
        name: _OfCause(one.of(cause).rename({"incidence": "survival"}), one.n)
        for name, one in incidences.items()
        if cause in one.causes
    }
    if not curves:
        raise ValueError(f"nobody had {cause}: there is no incidence to draw")
    return kaplan_meier_figure(curves, y_title=y_title, x_title=x_title, width=width, start=0.0)

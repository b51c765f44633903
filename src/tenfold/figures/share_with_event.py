"""One less a survival curve: the share that has had the event, drawn from 0 upwards, for endpoints told as an incidence.

Traps: only where nothing competes with the event; otherwise one less Kaplan-Meier overstates it (`incidence`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.figures import style
from tenfold.figures.kaplan_meier import Drawn, kaplan_meier_figure


@dataclass(frozen=True)
class _WithEvent:
    """A survival curve turned over."""

    of: Drawn

    @property
    def n(self) -> int:
        """Patients."""
        return self.of.n

    @property
    def steps(self) -> pl.DataFrame:
        """The steps of the share with the event."""
        turned = {"survival": 1 - pl.col("survival"), "low": 1 - pl.col("high"), "high": 1 - pl.col("low")}
        return self.of.steps.with_columns(**turned)

    def at_risk(self, times: Sequence[float]) -> list[int]:
        """How many are still followed and without the event just before each time."""
        return self.of.at_risk(times)


def share_with_event_figure(
    curves: Mapping[str, Drawn], *, y_title: str | Sequence[str], x_title: str, width: int = style.WIDE
) -> Any:
    """Return the share with the event of each group over months. ValueError as for `kaplan_meier_figure`."""
    turned = {name: _WithEvent(curve) for name, curve in curves.items()}
    return kaplan_meier_figure(turned, y_title=y_title, x_title=x_title, width=width, start=0.0)

"""Makes the curves of the Beat AML example from the release's folder: `python docs/pictures/make_beataml.py FOLDER`.

The curves are read at whole months and without marks of censoring: no single patient can be told from the pictures.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

import tenfold
from tenfold.cohort.analysis import endpoint_called
from tenfold.cohort.compare import compare
from tenfold.exchange.formats import open_records
from tenfold.figures import style
from tenfold.figures.kaplan_meier import Drawn, kaplan_meier_figure

HERE = Path(__file__).parent
SCORES = ("eln2017", "eln2022")
WITHOUT_APL = "diagnosis.t_15_17=no"


@dataclass(frozen=True)
class Monthly:
    """A survival curve read at whole months."""

    curve: Drawn

    @property
    def steps(self) -> pl.DataFrame:
        """The state at each whole month: the last step up to it, with the events since the month before."""
        by_month = self.curve.steps.with_columns(pl.col("time").ceil()).group_by("time", maintain_order=True)
        kept = pl.exclude("time", "events", "censored").last()
        return by_month.agg(kept, pl.col("events").sum(), censored=pl.lit(0)).select(self.curve.steps.columns)

    @property
    def n(self) -> int:
        """How many patients it is of."""
        return self.curve.n

    def at_risk(self, times: Sequence[float]) -> list[int]:
        """How many are still followed at each time."""
        return self.curve.at_risk(times)


records = open_records(sys.argv[1]).registry
found = compare(tenfold.assess(records), SCORES, endpoint_called("os"), subgroup=WITHOUT_APL, resamples=0)
for name, score in zip(SCORES, found.scores, strict=True):
    chart = kaplan_meier_figure(
        {group: Monthly(curve) for group, curve in score.groups.curves.items()},
        y_title=f"overall survival by {score.asked.name}, % of patients",
        x_title="months from diagnosis",
        width=style.WIDE,
    )
    (HERE / f"beataml-{name}.svg").write_text(style.svg(chart), encoding="utf-8")

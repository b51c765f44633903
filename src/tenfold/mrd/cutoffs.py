"""Published cut-offs: which level means what, for which marker, in which tissue, on which scale, and when.

Traps: 200 per 10^4 is not 200 per 10^5; a cut-off of one tissue says nothing of another; a level known only as bounds
may or may not reach one; the time point is part of the cut-off, and one that records cannot tell is left to the reader.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import polars as pl

from tenfold.logic.fold import NO, YES
from tenfold.mrd.levels import ABL1, PERCENT_OF_ABL1, UNSCALED
from tenfold.records.registry import Registry
from tenfold.records.timeline import placed
from tenfold.vocabulary import Method, Scale, TimePoint

TOLERANCE = 1e-9
NOT_STATED = "not stated"
"""The scale of a cut-off whose source was not read far enough to tell it: shown, and never compared."""
TOLD_BY_RECORDS = {
    "any": tuple(TimePoint),
    "follow-up": (TimePoint.END_OF_TREATMENT, TimePoint.FOLLOW_UP),
    "end of treatment": (TimePoint.END_OF_TREATMENT,),
}
"""Time points of cut-offs that the records can tell, by the sample's own time point."""


@dataclass(frozen=True)
class Cutoff:
    """One published level. Exactly one of `from_`, `above`, `below`, `up_to` is set, or none where `scale` is "detected".

    `detectable`: it is said of detectable samples only.
    """

    name: str
    markers: tuple[str, ...]
    tissues: tuple[str, ...]
    time_point: str
    scale: str
    meaning: str
    citation: str
    verified: bool
    from_: float | None = None
    above: float | None = None
    below: float | None = None
    up_to: float | None = None
    detectable: bool = False

    @property
    def in_words(self) -> str:
        """The cut-off with its scale, for reading."""
        units = {
            Scale.PERCENT_ABL1: "% of ABL1",
            Scale.PER_1E4_ABL1: "per 10⁴ ABL1",
            Scale.PER_1E5_ABL1: "per 10⁵ ABL1",
            "log10_reduction": "log10 below diagnosis",
            NOT_STATED: "transcript levels (their scale was not read: it cannot be compared)",
        }
        if self.scale == "detected":
            return "detectable"
        unit = units[self.scale]
        for words, value in (
            ("at least", self.from_),
            ("above", self.above),
            ("below", self.below),
            ("at most", self.up_to),
        ):
            if value is not None:
                return f"{words} {value:g} {unit}"
        raise ValueError(f"{self.name} has no limit")

    def met(self) -> pl.Expr:
        """Whether a sample meets it: yes, no, or null where its level does not tell."""
        if self.scale == "detected":
            return self._seen()
        if self.scale == NOT_STATED:
            return pl.lit(None, pl.Boolean)
        low, high = self._bounds()
        limit = next(value for value in (self.from_, self.above, self.below, self.up_to) if value is not None)
        if self.scale != "log10_reduction":
            limit = math.log10(limit / PERCENT_OF_ABL1[Scale(self.scale)])
        inclusive = self.from_ is not None or self.below is not None
        edge = limit - TOLERANCE if inclusive else limit + TOLERANCE
        reached = pl.when(low >= edge).then(True).when(high < edge).then(False)
        met = reached if self.from_ is not None or self.above is not None else ~reached
        return met & self._seen() if self.detectable else met

    @staticmethod
    def _seen() -> pl.Expr:
        """Whether something was detected; a negative that is not adequate tells nothing."""
        told = pl.col("adequate_code") != NO
        return (
            pl.when(pl.col("detected_code") == YES).then(True).when((pl.col("detected_code") == NO) & told).then(False)
        )

    def _bounds(self) -> tuple[pl.Expr, pl.Expr]:
        if self.scale == "log10_reduction":
            return pl.col("reduction_low"), pl.col("reduction_high")
        seen = (pl.col("family") == ABL1) & (pl.col("detected_code") == YES)
        # What was not detected lies below the limit of detection, where one is known.
        negative = (pl.col("detected_code") == NO) & (pl.col("adequate_code") != NO)
        unseen = pl.col("family").is_in([ABL1, UNSCALED]) & negative
        high = pl.when(seen).then("high").when(unseen).then("detection_limit")
        return pl.when(seen).then("low").when(unseen & high.is_not_null()).then(float("-inf")), high


@cache
def cutoffs() -> tuple[Cutoff, ...]:
    """Every published cut-off."""
    text = resources.files("tenfold.mrd").joinpath("cutoffs.toml").read_text("utf-8")
    made = []
    for name, fields in tomllib.loads(text).items():
        plain: dict[str, Any] = {("from_" if key == "from" else key): value for key, value in fields.items()}
        plain |= {key: tuple(plain[key]) for key in ("markers", "tissues")}
        made.append(Cutoff(name, **plain))
    return tuple(made)


def against_cutoffs(registry: Registry, samples: pl.DataFrame) -> pl.DataFrame:
    """Return each sample by PCR against each cut-off of its marker and tissue.

    `patient_id`, `sample_id`, `cutoff`, `in_words`, `time_point` (of the cut-off), `in_time` (yes, no, or null where the
    records do not tell), `met` (likewise), `meaning`, `citation`, `verified`. `samples` are rows with levels, time point
    and reduction.
    """
    samples = _since_transplant(registry, samples.filter(pl.col("method").is_in([Method.RT_QPCR, Method.DIGITAL_PCR])))
    samples = samples.with_row_index("at")
    followed = set(samples["marker"].unique())
    asked = [cutoff for cutoff in cutoffs() if followed.intersection(cutoff.markers)]
    every = [
        samples.filter(pl.col("marker").is_in(cutoff.markers) & pl.col("tissue").is_in(cutoff.tissues)).select(
            "at", "patient_id", "sample_id", **_against(cutoff)
        )
        for cutoff in asked
    ]
    nothing = samples.head(0).select("at", "patient_id", "sample_id", **_against(cutoffs()[0]))
    return pl.concat([nothing, *every]).sort("at", maintain_order=True).drop("at")


def _against(cutoff: Cutoff) -> dict[str, pl.Expr]:
    return {
        "cutoff": pl.lit(cutoff.name),
        "in_words": pl.lit(cutoff.in_words),
        "cutoff_time_point": pl.lit(cutoff.time_point),
        "in_time": _in_time(cutoff.time_point),
        "met": cutoff.met(),
        "meaning": pl.lit(cutoff.meaning),
        "citation": pl.lit(cutoff.citation),
        "verified": pl.lit(cutoff.verified),
    }


def _since_transplant(registry: Registry, samples: pl.DataFrame) -> pl.DataFrame:
    """Add `transplanted`: whether a transplant came before the sample; null where they are not recorded completely."""
    grafts = (
        placed(registry, "transplants")
        .group_by("patient_id")
        .agg(graft=pl.col("order").min(), _undated=pl.col("order").is_null().any())
    )
    frame = samples.join(grafts, on="patient_id", how="left", maintain_order="left")
    none = ~pl.col("_undated").fill_null(False) & (pl.col("transplants_known") == YES)
    after = (pl.col("graft") < pl.col("order")).fill_null(False)
    return frame.with_columns(transplanted=pl.when(after).then(True).when(none).then(False)).drop("graft", "_undated")


def _in_time(time_point: str) -> pl.Expr:
    if time_point == "any":
        return pl.lit(True)
    if time_point == "after transplant":
        return pl.col("transplanted")
    if time_point in ("before transplant", "after chemotherapy"):
        return pl.when(pl.col("transplanted")).then(False)
    told = TOLD_BY_RECORDS.get(time_point)
    if told is None:
        return pl.lit(None, pl.Boolean)
    return pl.col("time_point").is_in([word.value for word in told])

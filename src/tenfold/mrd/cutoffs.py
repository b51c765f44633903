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

import polars as pl

from tenfold.logic.fold import NO, YES
from tenfold.mrd.levels import ABL1, PERCENT_OF_ABL1
from tenfold.vocabulary import Scale, TimePoint

TOLERANCE = 1e-9
TOLD_BY_RECORDS = {
    "any": tuple(TimePoint),
    "follow-up": (TimePoint.END_OF_TREATMENT, TimePoint.FOLLOW_UP),
    "end of treatment": (TimePoint.END_OF_TREATMENT,),
}
"""Time points of cut-offs that the records can tell, by the sample's own time point."""


@dataclass(frozen=True)
class Cutoff:
    """One published level. Exactly one of `from_`, `above`, `below`, `up_to` is set, or none where `scale` is "detected"."""

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

    @property
    def in_words(self) -> str:
        """The cut-off with its scale, for reading."""
        units = {
            Scale.PERCENT_ABL1: "% of ABL1",
            Scale.PER_1E4_ABL1: "per 10⁴ ABL1",
            Scale.PER_1E5_ABL1: "per 10⁵ ABL1",
            "log10_reduction": "log10 below diagnosis",
        }
        if self.scale == "detected":
            return "detectable"
        unit = units[self.scale]  # type: ignore[index]
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
        detected = pl.col("detected_code")
        if self.scale == "detected":
            return pl.when(detected == YES).then(True).when(detected == NO).then(False)
        low, high = self._bounds()
        limit = next(value for value in (self.from_, self.above, self.below, self.up_to) if value is not None)
        if self.scale != "log10_reduction":
            limit = math.log10(limit / PERCENT_OF_ABL1[Scale(self.scale)])
        inclusive = self.from_ is not None or self.below is not None
        edge = limit - TOLERANCE if inclusive else limit + TOLERANCE
        reached = pl.when(low >= edge).then(True).when(high < edge).then(False)
        return reached if self.from_ is not None or self.above is not None else ~reached

    def _bounds(self) -> tuple[pl.Expr, pl.Expr]:
        if self.scale == "log10_reduction":
            return pl.col("reduction_low"), pl.col("reduction_high")
        quantified = (pl.col("family") == ABL1) & (pl.col("detected_code") == YES)
        return pl.when(quantified).then("low"), pl.when(quantified).then("high")


@cache
def cutoffs() -> tuple[Cutoff, ...]:
    """Every published cut-off."""
    text = resources.files("tenfold.mrd").joinpath("cutoffs.toml").read_text("utf-8")
    made = []
    for name, fields in tomllib.loads(text).items():
        lists = {key: tuple(fields.pop(key)) for key in ("markers", "tissues")}
        made.append(Cutoff(name, **lists, from_=fields.pop("from", None), **fields))
    return tuple(made)


def against_cutoffs(samples: pl.DataFrame) -> pl.DataFrame:
    """Return each sample against each cut-off of its marker and tissue.

    `patient_id`, `sample_id`, `cutoff`, `in_words`, `time_point` (of the cut-off), `in_time` (yes, no, or null where the
    records do not tell), `met` (likewise), `meaning`, `citation`, `verified`. `samples` are rows with levels, time point
    and reduction.
    """
    every = [
        samples.filter(pl.col("marker").is_in(cutoff.markers) & pl.col("tissue").is_in(cutoff.tissues)).select(
            "patient_id",
            "sample_id",
            cutoff=pl.lit(cutoff.name),
            in_words=pl.lit(cutoff.in_words),
            cutoff_time_point=pl.lit(cutoff.time_point),
            in_time=_in_time(cutoff.time_point),
            met=cutoff.met(),
            meaning=pl.lit(cutoff.meaning),
            citation=pl.lit(cutoff.citation),
            verified=pl.lit(cutoff.verified),
        )
        for cutoff in cutoffs()
    ]
    return pl.concat(every)


def _in_time(time_point: str) -> pl.Expr:
    if time_point == "any":
        return pl.lit(True)
    told = TOLD_BY_RECORDS.get(time_point)
    if told is None:
        return pl.lit(None, pl.Boolean)
    return pl.col("time_point").is_in([word.value for word in told])

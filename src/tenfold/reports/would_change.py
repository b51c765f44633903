"""What facts that are being written would change: a patient assessed with and without them, against slips of the pen.

A level of 25 % that was meant to be 0.25 % makes a relapse: who types it sees so before it is stored. Nothing is judged here;
both assessments look at the same day. A fact that changes nothing says so, which is an answer, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.mrd.samples import STREAM, counts
from tenfold.reports.streams import level_in_words, place
from tenfold.what_if.compare import Difference, differences

SAID = ("course", "last marrow", "last remission", "last sample", "molecular response")
"""What is said one by one beside the molecular state; of the rest, how many answers change."""
MOST = 6
OVER_ALL = "over all markers and tissues"


@dataclass(frozen=True)
class WouldChange:
    """What facts would change. `state`: the molecular state before and after, in words.

    `streams` and `others`: name, before, after of each answer that moves; `more`: how many beside these. `levels`: of each
    sample that is written, its level beside the one before it. `refused`: why a sample is not read as residual disease.
    """

    state: tuple[str, str] | None
    streams: tuple[tuple[str, str, str], ...]
    others: tuple[tuple[str, str, str], ...]
    more: int
    levels: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether no answer moves."""
        same = self.state is None or self.state[0] == self.state[1]
        return same and not (self.streams or self.others or self.more)


def would_change(before: Assessment, after: Assessment, patient_id: str, samples: tuple[str, ...] = ()) -> WouldChange:
    """Compare a patient without and with facts. `samples`: the numbers of the MRD samples among them."""
    found = differences(before, after, patient_id, trials=())
    states = [one for one in found if one.about == "molecular state"]
    over_all = next((one for one in states if one.name == OVER_ALL), None)
    told = None if over_all is None else (over_all.before.headline, over_all.after.headline)
    streams = [_moved(one) for one in states if one is not over_all and one.moved and _headlines(one) != told]
    moved = [one for one in found if one.about != "molecular state" and one.moved]
    said = [one for one in moved if one.about in SAID]
    return WouldChange(
        state=told,
        streams=tuple(streams[:MOST]),
        others=tuple(_moved(one) for one in said[:MOST]),
        more=len(moved) - len(said[:MOST]) + len(streams[MOST:]),
        levels=tuple(line for number in samples if (line := _level(after, patient_id, number)) is not None),
        refused=_refused(after, patient_id, samples),
    )


def _headlines(one: Difference) -> tuple[str, str]:
    return one.before.headline, one.after.headline


def _moved(one: Difference) -> tuple[str, str, str]:
    question, _, where = one.name.partition(", ")
    name = (
        one.name
        if one.about in ("molecular state", "course")
        else ", ".join(filter(None, [one.about, question.replace("-", " "), where]))
    )
    return name, *_headlines(one)


def _level(assessment: Assessment, patient_id: str, number: str) -> str | None:
    """A sample's level, and how it compares with the sample before it in its marker, tissue and method."""
    mine = assessment.molecular.filter((pl.col("patient_id") == patient_id) & counts())
    own = mine.filter(pl.col("sample_id") == number).to_dicts()
    if not own:
        return None
    sample = own[0]
    said = f"{sample['marker']} in {sample['tissue'] or 'a tissue not recorded'}: {level_in_words(sample)}"
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.lit(sample[name])) for name in STREAM)
    stream = mine.filter(same).to_dicts()
    at = next(i for i, row in enumerate(stream) if row["sample_id"] == number)
    if at == 0:
        return f"{said}; it is the first sample of this marker, tissue and method"
    last = stream[at - 1]
    times = _times(last, sample)
    compared = f"; the sample before it, {place(assessment.registry, last)}, had {level_in_words(last)}"
    return said + compared + (f": {times}" if times else "")


def _times(last: dict[str, Any], sample: dict[str, Any]) -> str | None:
    """How many times as much; None where either level is not exact or nothing was found."""
    exact = all(row["low"] == row["high"] and math.isfinite(row["low"] or -math.inf) for row in (last, sample))
    if not exact or last["family"] != sample["family"]:
        return None
    times = 10.0 ** (sample["low"] - last["low"])
    factor = max(times, 1 / times)
    if factor < 1.05:
        return "as much"
    said = f"{factor:,.0f}" if factor >= 10 else f"{factor:.2g}"
    return f"{said} times as much" if times >= 1 else f"{said} times less"


def _refused(assessment: Assessment, patient_id: str, samples: tuple[str, ...]) -> tuple[str, ...]:
    mine = (pl.col("patient_id") == patient_id) & pl.col("sample_id").is_in(list(samples))
    rows = assessment.refused.filter(mine).to_dicts()
    return tuple(f"{row['marker']} is not read as residual disease: {row['why']}" for row in rows)

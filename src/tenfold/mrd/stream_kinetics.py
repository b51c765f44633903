"""The kinetics of one stream of a patient: the stretch since the last treatment, transplant or relapse.

Traps: a treatment changes the slope, so only samples after the last one are used; an unrecorded treatment may lie between
any two, and so may a transplant; what fell to negativity and returned is followed from its last negative sample,
because one exponential cannot be both; thresholds are looked for on the stream's own scale, above the last level only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tenfold.logic.fold import NO, YES
from tenfold.mrd.kinetics import Crossing, Growth, Refused, crossing, growth
from tenfold.mrd.kinetics_numbers import KINETICS, detection_limit, threshold
from tenfold.mrd.levels import ABL1, UNSCALED
from tenfold.mrd.markers import has_background
from tenfold.mrd.serial_levels import Series

BREAKS = ("therapy", "transplant", "haematological relapse")
THRESHOLDS = {
    "low_level_limit": ("NPM1", "RUNX1::RUNX1T1", "CBFB::MYH11"),
    "overt_relapse": ("NPM1",),
    "overt_relapse_of_diagnosis": ("NPM1",),
}
"""Levels that a rise is measured against, with the markers they are known for. 200 per 10^4 is the low-level limit."""


@dataclass(frozen=True)
class StreamKinetics:
    """How the level moves now, or why that cannot be told, and when a rise reaches the named levels above it."""

    growth: Growth | Refused
    crossings: tuple[Crossing, ...]


def stream_kinetics(rows: pl.DataFrame) -> StreamKinetics | None:
    """Return the kinetics of one stream's rows (of `molecular_states`); None where nothing is detected now."""
    stretch = rows.with_columns(segment=pl.col("row").is_in(BREAKS).cum_sum())
    samples = stretch.filter(
        (pl.col("segment") == pl.col("segment").max())
        & (pl.col("row") == "sample")
        & (pl.col("superseded") == NO)
        & (pl.col("at_diagnosis") == NO)
    )
    detected = samples["detected_code"]
    if not (detected == YES).any() or detected[-1] == NO:
        return None
    negatives = (detected == NO).arg_true()
    samples = samples.slice(negatives[-1]) if len(negatives) else samples
    found = growth(_series(samples))
    if isinstance(found, Refused) or found.doubling is None or found.doubling.value is None:
        return StreamKinetics(found, ())
    marker, last = samples["marker"][0], samples["aligned_high"][-1]
    ahead = [threshold(name) for name, markers in THRESHOLDS.items() if marker in markers]
    reached = (crossing(found, level) for level in ahead if level.family == found.family and level.level > last)
    return StreamKinetics(found, tuple(one for one in reached if isinstance(one, Crossing)))


def _series(samples: pl.DataFrame) -> Series:
    exact = samples["earliest_day"] == samples["latest_day"]
    day = samples.select(pl.when(exact).then("earliest_day").cast(pl.Float64))["earliest_day"].fill_null(np.nan)
    counted = (pl.col("control_gene") == "ABL1") & (pl.col("control_copies") > 0)
    copies = samples.select(pl.when(counted).then("control_copies"))["control_copies"].fill_null(np.nan)
    known = (pl.col("treatments_known") == YES) & (pl.col("transplants_known") == YES)
    recorded = samples.filter(known)["sample_id"].to_list()
    shift = samples["shift"].to_numpy()
    # What is negative within the background of normal tissue is not below the limit of detection.
    on_abl1 = samples.select(pl.col("family").is_in([ABL1, UNSCALED]) & ~has_background())["family"]
    # A bare negative is on the ABL1 scale if its copies of ABL1 were counted.
    bare = (samples["family"] == UNSCALED) & copies.is_not_nan()
    return Series(
        day=day.to_numpy(),
        low=samples["aligned_low"].to_numpy(),
        high=samples["aligned_high"].to_numpy(),
        detected=samples["detected_code"].to_numpy(),
        limit=np.where(on_abl1.to_numpy(), detection_limit(copies.to_numpy(), KINETICS) + shift, np.nan),
        family=np.where(bare.to_numpy(), ABL1, samples["family"].to_numpy()),
        segment=tuple(0 if sample in recorded else None for sample in samples["sample_id"].to_list()),
        laboratory=tuple(samples["measured_by"].to_list()),
    )

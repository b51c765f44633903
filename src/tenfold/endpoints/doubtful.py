"""Patients with a doubtful MRD sample: what their time would be if the doubt meant nothing, and if it meant the event.

A sample of which it cannot be told whether it is the event (a relapse that was never confirmed, a level without its limit of
detection) leaves its patient without a time. Who has such a sample is no random patient: leaving them out says something about
the estimate. So it is bounded: once every doubtful sample is no event, and once the first of each patient is.

Traps: these are bounds for what the samples can mean, not for chance, nor for who was never sampled; a doubt about where the
clock starts is not settled here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import polars as pl

from tenfold.endpoints.definitions import EndpointRule
from tenfold.endpoints.derived import non_responses, open_negativities
from tenfold.endpoints.starts import open_relapses
from tenfold.records.registry import Registry
from tenfold.records.timeline import exact_day
from tenfold.settings import Settings
from tenfold.vocabulary import Happening

Doubtful = Literal["left out", "no event", "event"]
"""What becomes of patients with a doubtful MRD sample before the end of their time."""
OPEN = ("relapse_open", "negativity_open", "response_open")


def settled(
    registry: Registry,
    molecular: pl.DataFrame,
    rule: EndpointRule,
    frame: pl.DataFrame,
    settings: Settings,
    doubtful: Doubtful,
) -> pl.DataFrame:
    """Return the rows of `ends.ends` with the doubts about MRD samples settled one way; as they are if "left out"."""
    if doubtful == "left out":
        return frame
    closed = frame.with_columns(pl.lit(False).alias(name) for name in OPEN)
    if doubtful == "no event":
        return closed
    first = _first_doubt(registry, molecular, rule, frame, settings)
    joined = closed.join(first, on="patient_id", how="left", maintain_order="left")
    failed = pl.col("failed_kind").is_not_null()
    counts = pl.col("doubt_kind").is_not_null() & ~failed
    return joined.with_columns(
        event_day=pl.when(counts).then("doubt_day").otherwise("event_day"),
        event_kind=pl.when(counts).then("doubt_kind").otherwise("event_kind"),
        event_order=pl.when(counts).then("doubt_order").otherwise("event_order"),
    ).drop("doubt_day", "doubt_kind", "doubt_order")


def _first_doubt(
    registry: Registry, molecular: pl.DataFrame, rule: EndpointRule, frame: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """The first doubtful sample of each patient after the start and before the end: its order, day and what it may be."""
    doubts: dict[Happening, Callable[[], pl.DataFrame]] = {
        Happening.MRD_RELAPSE: lambda: open_relapses(molecular),
        Happening.MRD_NEGATIVITY: lambda: open_negativities(molecular),
        Happening.MRD_NON_RESPONSE: lambda: non_responses(registry, settings).filter("open"),
    }
    rows = pl.concat(
        [
            pl.DataFrame(schema={"patient_id": pl.String, "order": molecular.schema["order"], "doubt_kind": pl.String}),
            *(
                made().select("patient_id", "order", doubt_kind=pl.lit(kind.value))
                for kind, made in doubts.items()
                if kind in rule.ends
            ),
        ]
    )
    days = molecular.select("patient_id", "order", doubt_day=exact_day()).unique(["patient_id", "order"])
    later = frame.select("patient_id", "start_order", "event_order").join(rows, on="patient_id")
    order = pl.col("order")
    between = (order > pl.col("start_order")) & (order < pl.col("event_order")).fill_null(True)
    first = later.filter(between).sort("patient_id", "order").group_by("patient_id", maintain_order=True).first()
    dated = first.join(days, on=["patient_id", "order"], how="left", maintain_order="left")
    return dated.select("patient_id", "doubt_kind", "doubt_day", doubt_order="order")

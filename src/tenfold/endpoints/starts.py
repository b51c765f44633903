"""Where each patient's clock starts, or why it does not.

Traps: the first of a kind that is on record is the first only if records are complete from the beginning; a line whose
drugs are not known may have been the first with venetoclax; of an MRD relapse it may be open on which sample it was.
"""

from __future__ import annotations

import polars as pl

from tenfold.endpoints.stops import venetoclax_stops
from tenfold.records.registry import Registry
from tenfold.records.therapy import NOT_ANTILEUKAEMIC
from tenfold.records.timeline import complete_from_the_beginning, exact_day
from tenfold.response.course import in_doubt
from tenfold.vocabulary import Clock, Happening, MolecularState

RECORDED_IN = {
    Clock.TREATMENT: "treatments",
    Clock.VENETOCLAX: "treatments",
    Clock.VENETOCLAX_STOP: "treatments",
    Clock.REMISSION: "responses",
    Clock.MRD_RELAPSE: "mrd_samples",
}
"""The table that must be complete from the beginning for the first of a kind to be the first."""


def starts(
    registry: Registry,
    history: pl.DataFrame,
    molecular: pl.DataFrame,
    clock: Clock,
    not_before: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return one row per patient: `start_order`, `start_day`, `start_number`, `no_start_because` (null where it starts).

    `not_before` (patient_id, `from_order`): the first of the kind from there on, and not the first of all.
    """
    first = _first(registry, history, clock, not_before)
    frame = registry.patient_ids().join(first, on="patient_id", how="left", maintain_order="left")
    frame = _with_doubts(registry, history, molecular, clock, frame, not_before)
    started = pl.col("start_order").is_not_null()
    because = pl.coalesce(
        pl.when("earlier_perhaps").then(pl.lit(f"it cannot be told when the {clock.value} was")),
        pl.when(~started).then(pl.col("why_not")),
        # Without complete records nothing says that there was none.
        pl.when(~started & ~pl.col("complete")).then(
            pl.lit(f"no {clock.value} is known, nor are records complete enough to say that there was none")
        ),
        pl.when(~started).then(pl.lit(f"no {clock.value} on record")),
        pl.when(~pl.col("complete")).then(
            pl.lit(f"an earlier {clock.value.removeprefix('first ')} may not be recorded")
        ),
        pl.when(pl.col("start_day").is_null()).then(pl.lit(f"the day of the {clock.value} is not known")),
    )
    return frame.with_columns(no_start_because=because).drop("earlier_perhaps", "complete", "why_not")


def _first(registry: Registry, history: pl.DataFrame, clock: Clock, not_before: pl.DataFrame | None) -> pl.DataFrame:
    """The first row of the clock's kind: `start_order`, `start_day`, `start_number`, `why_not`."""
    if clock == Clock.VENETOCLAX_STOP:
        stops = venetoclax_stops(registry).with_columns(start_number=pl.lit(None, pl.Int64)).drop("first_order")
        if not_before is None:
            return stops
        reached = stops.join(not_before, on="patient_id")
        return reached.filter((pl.col("start_order") >= pl.col("from_order")).fill_null(True)).drop("from_order")
    treatment = pl.col("kind") == Happening.TREATMENT
    against_leukaemia = ~pl.col("intent").is_in(NOT_ANTILEUKAEMIC).fill_null(False)
    is_start = {
        Clock.DIAGNOSIS: pl.col("kind") == Happening.DIAGNOSIS,
        Clock.TREATMENT: treatment & against_leukaemia,
        Clock.VENETOCLAX: treatment & pl.col("venetoclax"),
        Clock.REMISSION: pl.col("kind") == Happening.REMISSION,
        Clock.MRD_RELAPSE: pl.col("kind") == Happening.MRD_RELAPSE,
    }[clock]
    rows = history.filter(is_start.fill_null(False))
    if not_before is not None:
        rows = rows.join(not_before, on="patient_id", maintain_order="left")
        rows = rows.filter(pl.col("order") >= pl.col("from_order"))
    return (
        rows.group_by("patient_id", maintain_order=True)
        .first()
        .select(
            "patient_id",
            start_order="order",
            start_day=exact_day(),
            start_number="number",
            why_not=pl.lit(None, pl.String),
        )
    )


def _with_doubts(
    registry: Registry,
    history: pl.DataFrame,
    molecular: pl.DataFrame,
    clock: Clock,
    frame: pl.DataFrame,
    not_before: pl.DataFrame | None,
) -> pl.DataFrame:
    """Add `complete` (records from the beginning) and `earlier_perhaps` (something on record may have been the first)."""
    table = RECORDED_IN.get(clock)
    frame = frame.with_columns(complete=pl.lit(True), earlier_perhaps=pl.lit(False))
    if table is None:
        return frame
    unsaid = history.filter((pl.col("kind") == Happening.TREATMENT) & pl.col("venetoclax").is_null())
    perhaps = {
        Clock.VENETOCLAX: unsaid.select("patient_id", "order"),
        Clock.VENETOCLAX_STOP: _before_the_first(registry, unsaid),
        Clock.MRD_RELAPSE: open_relapses(molecular),
        Clock.REMISSION: in_doubt(registry).with_columns(order=pl.lit(None, pl.Int64)),
    }.get(clock)
    frame = frame.with_columns(complete=complete_from_the_beginning(registry, table))
    if perhaps is None:
        return frame
    if not_before is not None:
        perhaps = perhaps.join(not_before, on="patient_id")
        perhaps = perhaps.filter((pl.col("order") >= pl.col("from_order")).fill_null(True)).drop("from_order")
    before = frame.join(perhaps, on="patient_id").filter((pl.col("order") <= pl.col("start_order")).fill_null(True))
    return frame.with_columns(earlier_perhaps=pl.col("patient_id").is_in(before["patient_id"].unique().implode()))


def _before_the_first(registry: Registry, unsaid: pl.DataFrame) -> pl.DataFrame:
    """Lines of unknown drugs that came before the first with venetoclax, or without any."""
    first = venetoclax_stops(registry).select("patient_id", "first_order")
    rows = unsaid.join(first, on="patient_id", how="left")
    early = (pl.col("order") < pl.col("first_order")).fill_null(True)
    return rows.filter(early).select("patient_id", "order")


def open_relapses(molecular: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id and order of rows after which it cannot be told whether an MRD relapse is confirmed."""
    perhaps = pl.col("state").is_null() & pl.col("state_possible").list.contains(MolecularState.RELAPSE_CONFIRMED)
    return molecular.filter(perhaps).select("patient_id", "order")

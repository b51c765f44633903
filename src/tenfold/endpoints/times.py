"""Each patient's time to an endpoint, from dates, or the reason why there is none.

Traps: an event nobody could have recorded is not its absence; time that a paper printed without dates is kept apart, as
reported, and never stands against a record; a day that is not known makes no time; a patient who comes under observation
only later (delayed entry) is not at risk before. Months are days / 30.4375.
"""

from __future__ import annotations

import polars as pl

from tenfold.endpoints.definitions import EndpointRule
from tenfold.endpoints.delayed_entry import with_entry
from tenfold.endpoints.doubtful import Doubtful, settled
from tenfold.endpoints.ends import ends
from tenfold.endpoints.reasons import why_left_out
from tenfold.endpoints.reported import with_reported
from tenfold.endpoints.starts import starts
from tenfold.logic.at_once import at_once
from tenfold.records.registry import Registry
from tenfold.records.timeline import DAYS_PER_MONTH
from tenfold.settings import DEFAULTS, Settings
from tenfold.vocabulary import Clock

SCHEMA = {
    "patient_id": pl.String,
    "endpoint": pl.String,
    "clock": pl.String,
    "start_day": pl.Int64,
    "end_day": pl.Int64,
    "time_days": pl.Float64,
    "time_months": pl.Float64,
    "event": pl.Boolean,
    "event_kind": pl.String,
    "source": pl.String,
    "left_out_because": pl.String,
    "competing": pl.Boolean,
    "status": pl.String,
    "entry_day": pl.Int64,
    "entry_days": pl.Float64,
    "entry_months": pl.Float64,
}


def times(
    registry: Registry,
    history: pl.DataFrame,
    molecular: pl.DataFrame,
    rule: EndpointRule,
    clock: Clock | None = None,
    settings: Settings = DEFAULTS,
    *,
    entry: Clock | None = None,
    marrows: pl.DataFrame | None = None,
    doubtful: Doubtful = "left out",
) -> pl.DataFrame:
    """Return one row per patient: the time to an endpoint, or why there is none (`SCHEMA`), in patient order.

    `history` and `molecular` are an assessment's, and so is `marrows`, which spares EFS reading them again. `source` is
    "dates", or "reported" where the clock's start is not on record but the time itself is (on the reporter's own clock;
    only with `clock=None` and without delayed entry). A patient without a time has `left_out_because`.

    `event` is the event of interest; `competing` an end that makes it impossible, where `event` is false and `event_kind`
    says what it was. `status`: "event", "competing" or "censored". `entry_day`, `entry_days`, `entry_months`: when the
    patient came under observation, the start itself unless `entry` (or the rule's) names what it waits for. Who never
    came under observation, or only when the time was over, is left out. `doubtful`: patients with an MRD sample of which it
    cannot be told whether it is the event are left out, or their doubts are settled one way (`endpoints.doubtful`).
    """
    return at_once(
        lambda: _times(registry, history, molecular, rule, clock, settings, entry, marrows, doubtful),
        registry.patient_ids().height,
    )


def _times(
    registry: Registry,
    history: pl.DataFrame,
    molecular: pl.DataFrame,
    rule: EndpointRule,
    clock: Clock | None,
    settings: Settings,
    entry: Clock | None,
    marrows: pl.DataFrame | None,
    doubtful: Doubtful,
) -> pl.DataFrame:
    on = rule.clock if clock is None else clock
    waits_for = rule.entry if entry is None else entry
    start = starts(registry, history, molecular, on)
    frame = ends(registry, history, molecular, rule, start, settings, marrows)
    frame = settled(registry, molecular, rule, frame, settings, doubtful)
    frame = frame.with_columns(left_out_because=why_left_out(rule, on))
    answered = pl.col("left_out_because").is_null()
    kinds = {role: [kind.value for kind in of] for role, of in (("event", rule.events), ("competing", rule.competing))}
    end: pl.Expr = pl.when(answered).then(pl.coalesce("event_day", "censored_day"))
    over: pl.Expr = pl.lit(False)
    if rule.horizon_days is not None:
        over = (end - pl.col("start_day") > rule.horizon_days).fill_null(False)
        end = pl.when(over).then(pl.col("start_day") + rule.horizon_days).otherwise(end)
    derived = frame.with_columns(
        endpoint=pl.lit(str(rule.name)),
        clock=pl.lit(on.value),
        end_day=end,
        time_days=(end - pl.col("start_day")).cast(pl.Float64),
        source=pl.when(answered).then(pl.lit("dates")),
        **{
            role: pl.when(answered).then(pl.col("event_kind").is_in(of).fill_null(False) & ~over)
            for role, of in kinds.items()
        },
    )
    # Divided by numpy: one patient alone gets the same last bit as among others.
    derived = derived.with_columns(_months(derived, "time"))
    derived = with_reported(registry, derived, rule, replace=clock is None and waits_for is None)
    derived = with_entry(registry, history, molecular, derived, waits_for)
    derived = derived.with_columns(_months(derived, "entry"))
    ended = pl.col("event").fill_null(False) | pl.col("competing").fill_null(False)
    status = (
        pl.when("event").then(pl.lit("event")).when("competing").then(pl.lit("competing")).otherwise(pl.lit("censored"))
    )
    told = pl.col("left_out_because").is_null()
    return (
        derived.with_columns(
            event_kind=pl.when(ended).then("event_kind"),
            status=pl.when(told).then(status),
        )
        .select(*SCHEMA)
        .cast(SCHEMA)  # type: ignore[arg-type]
    )


def _months(frame: pl.DataFrame, of: str) -> pl.Series:
    """The days of a column as months; what has no days keeps the months that it has."""
    months = pl.Series(f"{of}_months", frame[f"{of}_days"].to_numpy() / DAYS_PER_MONTH).fill_nan(None)
    return (
        months
        if f"{of}_months" not in frame.columns
        else months.zip_with(months.is_not_null(), frame[f"{of}_months"].cast(pl.Float64)).alias(f"{of}_months")
    )

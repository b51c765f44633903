"""What ends each patient's time from the start on: the first event, competing event or stop, else the last examination.

Traps: on one day a relapse goes before a death, and both before what only ends the observation; a second MRD relapse is
later than the first; whether something would have been recorded is asked of the table that would hold it.
"""

from __future__ import annotations

import polars as pl

from tenfold.endpoints.definitions import EndpointRule
from tenfold.endpoints.derived import (
    negative_at,
    non_responses,
    open_negativities,
    open_treatments,
    with_derived,
)
from tenfold.endpoints.event_free import treatment_outcomes
from tenfold.endpoints.starts import open_relapses
from tenfold.records.registry import Registry
from tenfold.records.timeline import exact_day, known_on
from tenfold.response.course import in_doubt
from tenfold.settings import Settings
from tenfold.vocabulary import Happening

OF_THE_COURSE = (Happening.RELAPSE, Happening.REMISSION, Happening.TREATMENT_FAILURE, Happening.MRD_NEGATIVITY)
"""Ends that cannot be told where a turn of the course cannot be read or placed."""
OF_MRD = (Happening.MRD_RELAPSE, Happening.MRD_NEGATIVITY, Happening.MRD_NON_RESPONSE)
OF_TREATMENT = (Happening.RESTART, Happening.FURTHER_TREATMENT, Happening.TREATMENT)


def ends(
    registry: Registry,
    history: pl.DataFrame,
    molecular: pl.DataFrame,
    rule: EndpointRule,
    start: pl.DataFrame,
    settings: Settings,
    marrows: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Add to the starts the first end, the last row that censors, what would have been recorded and what stays open."""
    history = with_derived(registry, history, molecular, settings, {*rule.ends, *rule.censored_at})
    frame = start
    if rule.failure is None:
        nothing = pl.lit(None, pl.String)
        frame = frame.with_columns(outcome_open=nothing, failed_kind=nothing, failed_day=pl.lit(None, pl.Int64))
        since = frame.select("patient_id", since="start_order")
    else:
        outcomes = treatment_outcomes(registry, history, start, rule, settings, marrows)
        frame = frame.join(outcomes, on="patient_id", how="left", maintain_order="left")
        since = frame.select("patient_id", since="remission_order")
    after = history.join(start.filter(pl.col("start_order").is_not_null()), on="patient_id")
    after = after.join(since, on="patient_id", how="left", maintain_order="left")
    parts = [_first_end(after, rule), _censored(after, rule), _turns(after), _deaths(history)]
    for part in parts:
        frame = frame.join(part, on="patient_id", how="left", maintain_order="left")
    failed = pl.col("failed_kind").is_not_null()
    frame = frame.with_columns(
        event_day=pl.when(failed).then("failed_day").otherwise("event_day"),
        event_kind=pl.when(failed).then("failed_kind").otherwise("event_kind"),
    )
    if rule.failure is not None:
        frame = _censored_at_day_one(frame)
    return _with_what_was_recorded(registry, history, molecular, rule, frame, settings)


def _first_end(after: pl.DataFrame, rule: EndpointRule) -> pl.DataFrame:
    """The first row that ends a patient's time: `event_day`, `event_kind`, `event_order`."""
    kind, order, start = pl.col("kind"), pl.col("order"), pl.col("start_order")
    second = (pl.col("number") > pl.col("start_number").fill_null(0)) & (order > start)
    # Of a treatment's remission only what comes after it counts, and without one a relapse is none.
    relapse = order >= start if rule.failure is None else (order > pl.col("since")).fill_null(False)
    molecular = second if rule.failure is None else second & (order > pl.col("since")).fill_null(False)
    counts = (
        pl.when(kind == Happening.MRD_RELAPSE)
        .then(molecular)
        .when(kind == Happening.RELAPSE)
        .then(relapse)
        .when(kind == Happening.DEATH)
        .then(True)
        .when(kind == Happening.TRANSPLANT)
        .then(order >= start)
        .otherwise(order > start)
    )
    rows = after.filter(kind.is_in([end.value for end in rule.ends]) & counts)
    stops = kind.is_in([end.value for end in rule.stops_at])
    rank = kind.replace_strict({end.value: k for k, end in enumerate(Happening)}, return_dtype=pl.Int8)
    first = rows.sort("patient_id", "order", stops, rank, maintain_order=True).group_by(
        "patient_id", maintain_order=True
    )
    return first.first().select("patient_id", event_day=exact_day(), event_kind="kind", event_order="order")


def _censored(after: pl.DataFrame, rule: EndpointRule) -> pl.DataFrame:
    last = pl.col("latest_day").max()
    return (
        after.filter(pl.col("kind").is_in([kind.value for kind in rule.censored_at]))
        .group_by("patient_id")
        .agg(censored_day=pl.when(last == pl.col("earliest_day").max()).then(last), followed=pl.lit(True))
    )


def _censored_at_day_one(frame: pl.DataFrame) -> pl.DataFrame:
    """Alive, not failed and never assessed since the start: followed for no time at all."""
    started = pl.col("start_day").is_not_null()
    never = pl.col("followed").is_null() | (pl.col("censored_day") < pl.col("start_day")).fill_null(False)
    return frame.with_columns(
        censored_day=pl.when(started & never).then("start_day").otherwise("censored_day"),
        followed=pl.when(started).then(True).otherwise("followed"),
    )


def _turns(after: pl.DataFrame) -> pl.DataFrame:
    kinds = [Happening.REMISSION.value, Happening.RELAPSE.value]
    that_day = pl.col("order") == pl.col("start_order")
    return (
        after.filter(pl.col("kind").is_in(kinds) & (pl.col("order") <= pl.col("start_order")))
        .group_by("patient_id", maintain_order=True)
        .agg(
            turn=pl.col("kind").last(),
            both_that_day=(that_day & (pl.col("kind") == Happening.RELAPSE)).any()
            & (that_day & (pl.col("kind") == Happening.REMISSION)).any(),
        )
    )


def _deaths(history: pl.DataFrame) -> pl.DataFrame:
    return (
        history.filter(pl.col("kind") == Happening.DEATH)
        .select("patient_id", death_latest=pl.col("latest_day"))
        .unique("patient_id", keep="first", maintain_order=True)
    )


def _with_what_was_recorded(
    registry: Registry,
    history: pl.DataFrame,
    molecular: pl.DataFrame,
    rule: EndpointRule,
    frame: pl.DataFrame,
    settings: Settings,
) -> pl.DataFrame:
    """Add whether each kind of end after the start would have been recorded, and what stays open."""
    people = registry.days("patients").select("patient_id", contact=pl.col("last_contact_day").cast(pl.Int64))
    frame = frame.join(people, on="patient_id", how="left", maintain_order="left").with_columns(
        earliest_day="start_day"
    )
    for table in ("events", "responses", "mrd_samples", "treatments", "transplants"):
        frame = known_on(registry, frame, table, f"{table}_known")
    # A row that could not be used may have been the death.
    aside = pl.col("table").is_in(["patients", "events"])
    unread = registry.set_aside.filter(aside)["patient_id"].drop_nulls()
    relapses = {
        "events": pl.col("events_known"),
        "responses": pl.col("responses_known"),
        "either": pl.col("events_known") | pl.col("responses_known"),
    }[settings["endpoints.relapse_recorded_in"]]

    def among(*kinds: Happening) -> bool:
        return any(kind in rule.ends for kind in kinds)

    def needed(known: pl.Expr, *kinds: Happening) -> pl.Expr:
        return known if among(*kinds) else pl.lit(True)

    def open_before(rows: pl.DataFrame, *kinds: Happening) -> pl.Expr:
        """Of whom something between start and end could be such an end, and cannot be told."""
        if not among(*kinds):
            return pl.lit(False)
        return pl.col("patient_id").is_in(_before_the_end(frame, rows).implode())

    doubtful = in_doubt(registry)["patient_id"].implode()
    negative = among(Happening.MRD_NEGATIVITY)
    early = negative_at(molecular, frame) if negative else pl.Series([], dtype=pl.String)
    unsure = among(Happening.MRD_NON_RESPONSE)
    open_non_responses = non_responses(registry, settings).filter("open") if unsure else history.clear()
    return frame.with_columns(
        deaths_known=(pl.col("events_known") | pl.col("contact").is_not_null())
        & ~pl.col("patient_id").is_in(unread.implode()),
        relapses_known=needed(relapses, Happening.RELAPSE),
        # Without a remission no sample is MRD negative in one, and no disease in a marrow is a relapse.
        remissions_known=needed(pl.col("responses_known"), Happening.REMISSION, Happening.MRD_NEGATIVITY),
        mrd_known=needed(pl.col("mrd_samples_known"), *OF_MRD),
        treatments_recorded=needed(pl.col("treatments_known"), *OF_TREATMENT, Happening.MRD_NON_RESPONSE),
        transplants_recorded=needed(pl.col("transplants_known"), Happening.TRANSPLANT),
        course_in_doubt=pl.col("patient_id").is_in(doubtful) & among(*OF_THE_COURSE),
        relapse_open=open_before(open_relapses(molecular), Happening.MRD_RELAPSE),
        negativity_open=open_before(open_negativities(molecular), Happening.MRD_NEGATIVITY),
        response_open=open_before(open_non_responses, Happening.MRD_NON_RESPONSE),
        treatment_open=open_before(open_treatments(history), Happening.RESTART, Happening.FURTHER_TREATMENT),
        negative_before=pl.col("patient_id").is_in(early.implode()),
    )


def _before_the_end(frame: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """Patients with such a row after the start and before the end."""
    at = rows.select("patient_id", open_order="order")
    later = frame.select("patient_id", "start_order", "event_order").join(at, on="patient_id")
    between = (pl.col("open_order") > pl.col("start_order")) & (pl.col("open_order") < pl.col("event_order")).fill_null(
        True
    )
    return later.filter(between)["patient_id"].unique()

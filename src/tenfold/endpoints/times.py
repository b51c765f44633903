"""Each patient's time to an endpoint, from dates, or the reason why there is none.

Traps: an event nobody could have recorded is not its absence; time that a paper printed without dates is kept apart, as
reported, and never stands against a record; a day that is not known makes no time. Months are days / 30.4375.
"""

from __future__ import annotations

import polars as pl

from tenfold.endpoints.definitions import EndpointRule
from tenfold.endpoints.starts import open_relapses, starts
from tenfold.records.registry import Registry
from tenfold.records.timeline import DAYS_PER_MONTH, exact_day, known_on
from tenfold.response.course import in_doubt
from tenfold.settings import DEFAULTS, Settings
from tenfold.vocabulary import Clock, Happening

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
}
OF_THE_START = "no_start_because"


def times(
    registry: Registry,
    history: pl.DataFrame,
    molecular: pl.DataFrame,
    rule: EndpointRule,
    clock: Clock | None = None,
    settings: Settings = DEFAULTS,
) -> pl.DataFrame:
    """Return one row per patient: the time to an endpoint, or why there is none (`SCHEMA`), in patient order.

    `history` and `molecular` are an assessment's. `source` is "dates", or "reported" where the clock's start is not on
    record but the time itself is (on the reporter's own clock; only with `clock=None`). A patient without a time has
    `left_out_because`.
    """
    on = rule.clock if clock is None else clock
    start = starts(registry, history, molecular, on)
    frame = _ends(registry, history, molecular, rule, start, settings)
    frame = frame.with_columns(left_out_because=_why(rule, on))
    answered = pl.col("left_out_because").is_null()
    end = pl.when(answered).then(pl.coalesce("event_day", "censored_day"))
    days = (end - pl.col("start_day")).cast(pl.Float64)
    derived = frame.with_columns(
        endpoint=pl.lit(rule.name.value),
        clock=pl.lit(on.value),
        end_day=end,
        time_days=days,
        event=pl.when(answered).then(pl.col("event_kind").is_not_null()),
        source=pl.when(answered).then(pl.lit("dates")),
    )
    # Divided by numpy: one patient alone gets the same last bit as among others.
    months = pl.Series("time_months", derived["time_days"].to_numpy() / DAYS_PER_MONTH).fill_nan(None)
    derived = _with_reported(registry, derived.with_columns(months), rule, replace=clock is None)
    kind = pl.when(pl.col("event").fill_null(False)).then("event_kind")
    return derived.with_columns(event_kind=kind).select(*SCHEMA).cast(SCHEMA)  # type: ignore[arg-type]


def _ends(
    registry: Registry,
    history: pl.DataFrame,
    molecular: pl.DataFrame,
    rule: EndpointRule,
    start: pl.DataFrame,
    settings: Settings,
) -> pl.DataFrame:
    """Add to the starts the first event, the last row that censors, and what would have been recorded."""
    after = history.join(start.filter(pl.col("start_order").is_not_null()), on="patient_id")
    second = (pl.col("number") > pl.col("start_number").fill_null(0)) & (pl.col("order") > pl.col("start_order"))
    later = (
        pl.when(pl.col("kind") == Happening.MRD_RELAPSE)
        .then(second)
        .when(pl.col("kind") == Happening.RELAPSE)
        .then(pl.col("order") >= pl.col("start_order"))
        .otherwise(True)
    )
    events = (
        after.filter(pl.col("kind").is_in([kind.value for kind in rule.events]) & later)
        .group_by("patient_id", maintain_order=True)
        .first()
        .select("patient_id", event_day=exact_day(), event_kind="kind", event_order="order")
    )
    last = pl.col("latest_day").max()
    censored = (
        after.filter(pl.col("kind").is_in([kind.value for kind in rule.censored_at]))
        .group_by("patient_id")
        .agg(censored_day=pl.when(last == pl.col("earliest_day").max()).then(last), followed=pl.lit(True))
    )
    turns = (
        after.filter(
            pl.col("kind").is_in([Happening.REMISSION.value, Happening.RELAPSE.value])
            & (pl.col("order") <= pl.col("start_order"))
        )
        .group_by("patient_id", maintain_order=True)
        .agg(
            turn=pl.col("kind").last(),
            both_that_day=((pl.col("order") == pl.col("start_order")) & (pl.col("kind") == Happening.RELAPSE)).any(),
        )
    )
    died = (
        history.filter(pl.col("kind") == Happening.DEATH)
        .select("patient_id", death_latest=pl.col("latest_day"))
        .unique("patient_id", keep="first", maintain_order=True)
    )
    frame = start
    for part in (events, censored, turns, died):
        frame = frame.join(part, on="patient_id", how="left", maintain_order="left")
    return _with_what_was_recorded(registry, molecular, rule, frame, settings)


def _with_what_was_recorded(
    registry: Registry, molecular: pl.DataFrame, rule: EndpointRule, frame: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """Add whether deaths, relapses and MRD relapses after the start would have been recorded, and what stays open."""
    people = registry.days("patients").select("patient_id", contact=pl.col("last_contact_day").cast(pl.Int64))
    frame = frame.join(people, on="patient_id", how="left", maintain_order="left").with_columns(
        earliest_day="start_day"
    )
    for table in ("events", "responses", "mrd_samples"):
        frame = known_on(registry, frame, table, f"{table}_known")
    # A row that could not be used may have been the death.
    aside = pl.col("table").is_in(["patients", "events"])
    unread = registry.set_aside.filter(aside)["patient_id"].drop_nulls()
    recorded_in = settings["endpoints.relapse_recorded_in"]
    relapses = {
        "events": pl.col("events_known"),
        "responses": pl.col("responses_known"),
        "either": pl.col("events_known") | pl.col("responses_known"),
    }[recorded_in]
    open_after = open_relapses(molecular).rename({"order": "open_order"})
    undecided = frame.join(open_after, on="patient_id").filter(
        (pl.col("open_order") > pl.col("start_order")) & (pl.col("open_order") < pl.col("event_order")).fill_null(True)
    )["patient_id"]
    return frame.with_columns(
        deaths_known=(pl.col("events_known") | pl.col("contact").is_not_null())
        & ~pl.col("patient_id").is_in(unread.implode()),
        relapses_known=relapses if Happening.RELAPSE in rule.events else pl.lit(True),
        mrd_relapses_known=pl.col("mrd_samples_known") if Happening.MRD_RELAPSE in rule.events else pl.lit(True),
        course_in_doubt=pl.col("patient_id").is_in(in_doubt(registry)["patient_id"].implode())
        & (Happening.RELAPSE in rule.events),
        relapse_open=pl.col("patient_id").is_in(undecided.unique().implode()) & (Happening.MRD_RELAPSE in rule.events),
    )


def _why(rule: EndpointRule, clock: Clock) -> pl.Expr:
    """The first thing that keeps a patient's time from being known; null where nothing does."""
    happened = pl.col("event_kind").is_not_null()
    end = pl.coalesce("event_day", "censored_day")
    reasons: list[tuple[pl.Expr, pl.Expr]] = [(pl.col(OF_THE_START).is_not_null(), pl.col(OF_THE_START))]
    if rule.in_remission:
        outside = pl.col("turn").ne_missing(pl.lit(Happening.REMISSION.value))
        said = f"not known to be in remission at the {clock.value}"
        reasons += [
            (pl.col("both_that_day").fill_null(False), pl.lit("a remission and a relapse are recorded on one day")),
            (outside, pl.lit(said)),
        ]
    reasons += [
        (pl.col("contact") > pl.col("death_latest"), pl.lit("a contact is recorded after the death")),
        (~happened & ~pl.col("deaths_known"), pl.lit("neither a death nor a last contact is recorded")),
        (pl.col("course_in_doubt"), pl.lit("a remission or relapse is recorded that cannot be read or placed")),
        (
            ~pl.col("relapses_known") & (pl.col("event_kind").ne_missing(pl.lit(Happening.RELAPSE.value))),
            pl.lit("relapses are not recorded completely from then on"),
        ),
        (
            ~pl.col("mrd_relapses_known"),
            pl.lit("MRD samples are not recorded completely from then on"),
        ),
        (pl.col("relapse_open"), pl.lit("it cannot be told whether an MRD relapse was confirmed")),
        (
            happened & pl.col("event_day").is_null(),
            pl.concat_str(pl.lit("the day of the "), "event_kind", pl.lit(" is not known")),
        ),
        (~happened & pl.col("followed").is_null(), pl.lit("nothing shows how long the patient was followed")),
        (
            ~happened & pl.col("censored_day").is_null(),
            pl.lit("the day until which the patient was followed is not known"),
        ),
        (happened & (end < pl.col("start_day")), pl.lit(f"the event is dated before the {clock.value}")),
        (~happened & (end < pl.col("start_day")), pl.lit(f"the patient was not followed after the {clock.value}")),
    ]
    return pl.coalesce(*(pl.when(given.fill_null(False)).then(reason) for given, reason in reasons))


def _with_reported(registry: Registry, derived: pl.DataFrame, rule: EndpointRule, *, replace: bool) -> pl.DataFrame:
    """Where the clock's start is not on record, the time as the centre or paper reported it; never against a record."""
    known = pl.col("time_months").is_not_null() & pl.col("event").is_not_null()
    reported = (
        registry.table("reported_outcomes")
        .filter((pl.col("endpoint") == rule.name.value) & known)
        .select(
            "patient_id",
            clock_reported=pl.coalesce("clock_start", pl.lit("not stated")),
            months_reported="time_months",
            event_reported="event",
            kind_reported="event_kind",
        )
        .unique(maintain_order=True)
        .with_columns(several=pl.len().over("patient_id") > 1)
        .unique("patient_id", keep="first", maintain_order=True)
    )
    frame = derived.join(reported, on="patient_id", how="left", maintain_order="left")
    answered = pl.col("left_out_because").is_null()
    event = pl.col("event_reported")
    # A reported event that the dates deny, or a denied one that they hold.
    on_record = pl.col("event_kind").is_not_null() | (pl.col("death_latest").is_not_null())
    against = (answered & (pl.col("event") != event)) | (on_record & ~event)
    several = pl.col("several").fill_null(False)
    use = (
        pl.lit(replace)
        & pl.col(OF_THE_START).is_not_null()
        & event.is_not_null()
        & ~several
        & ~against.fill_null(False)
    )
    why = (
        pl.when(against.fill_null(False) & (answered | pl.lit(replace)))
        .then(pl.lit("the reported outcome and the records disagree"))
        .when(pl.lit(replace) & several & pl.col(OF_THE_START).is_not_null())
        .then(pl.lit("more than one time is reported"))
        .otherwise("left_out_because")
    )
    frame = frame.with_columns(left_out_because=pl.when(~use).then(why))
    kept = frame["left_out_because"].is_null()
    nothing = pl.lit(None)
    taken = {
        "clock": "clock_reported",
        "time_months": "months_reported",
        "event": "event_reported",
        "event_kind": "kind_reported",
    }
    return frame.with_columns(
        *(pl.when(use).then(new).when(kept).then(old).alias(old) for old, new in taken.items() if old != "clock"),
        pl.when(use).then("clock_reported").otherwise("clock").alias("clock"),
        source=pl.when(use).then(pl.lit("reported")).when(kept).then("source"),
        time_days=pl.when(use).then(nothing).when(kept).then("time_days"),
        start_day=pl.when(~use).then("start_day"),
        end_day=pl.when(~use & kept).then("end_day"),
    )

"""Time-to-event endpoints, from dates: overall survival, relapse-free survival, and RFS-MRD as FILO counts it.

Traps: the clock is part of the endpoint (FILO counts from the molecular relapse, ELN from diagnosis or remission); an
event nobody could have recorded is not its absence; time that a paper printed without dates is kept apart, as reported;
a second MRD relapse exists only after the first one responded. Months are days / 30.4375.

ELN 2022: Döhner et al., Blood 2022;140:1345-1377, Table 9. FILO's venetoclax-azacitidine series (2025).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tenfold.records.registry import Registry
from tenfold.records.timeline import known_on
from tenfold.response.course import in_doubt
from tenfold.vocabulary import Clock, Endpoint, Happening, MolecularState

DAYS_PER_MONTH = 30.4375
ELN_2022 = "Döhner et al., Blood 2022;140:1345-1377, Table 9"
FILO = "FILO venetoclax-azacitidine series, 2025, methods"
ALL_THAT_SHOWS = {
    Happening.DEATH: (),
    Happening.RELAPSE: ("events", "responses", "marrows"),
    Happening.MRD_RELAPSE: ("mrd_samples",),
}
"""For each event, the tables of which one must be complete before its absence means that it did not happen."""

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


@dataclass(frozen=True)
class EndpointRule:
    """An endpoint: what its clock starts at unless asked otherwise, which events end it, and where others are censored.

    `censored_at`: the kinds of row of the history of which the last one ends a patient's time without an event.
    """

    name: Endpoint
    meaning: str
    clock: Clock
    events: tuple[Happening, ...]
    censored_at: tuple[Happening, ...]
    citation: str


OVERALL_SURVIVAL = EndpointRule(
    Endpoint.OS,
    "alive",
    Clock.DIAGNOSIS,
    (Happening.DEATH,),
    (Happening.CONTACT,),
    ELN_2022,
)
RELAPSE_FREE_SURVIVAL = EndpointRule(
    Endpoint.RFS,
    "alive without haematological relapse",
    Clock.REMISSION,
    (Happening.RELAPSE, Happening.DEATH),
    (Happening.CONTACT,),
    ELN_2022,
)
RELAPSE_FREE_SURVIVAL_MRD = EndpointRule(
    Endpoint.RFS_MRD,
    "alive without haematological relapse or a second confirmed MRD relapse",
    Clock.MRD_RELAPSE,
    (Happening.RELAPSE, Happening.MRD_RELAPSE, Happening.DEATH),
    (Happening.MRD_SAMPLE, Happening.MARROW),
    FILO,
)
ENDPOINTS = (OVERALL_SURVIVAL, RELAPSE_FREE_SURVIVAL, RELAPSE_FREE_SURVIVAL_MRD)


def times(
    registry: Registry,
    history: pl.DataFrame,
    molecular: pl.DataFrame,
    rule: EndpointRule,
    clock: Clock | None = None,
) -> pl.DataFrame:
    """Return one row per patient: the time to an endpoint, or why there is none (`SCHEMA`), in patient order.

    `source` is "dates", or "reported" where the records give no dates but the time itself (its clock is then the
    reporter's own, and only `clock=None` uses it). A patient without a time has `left_out_because`.
    """
    on = rule.clock if clock is None else clock
    start = _starts(history, on)
    ends = _ends(registry, history, molecular, rule, start)
    derived = registry.patient_ids().join(start, on="patient_id", how="left").join(ends, on="patient_id", how="left")
    derived = _explained(derived, on).with_columns(
        endpoint=pl.lit(rule.name.value), clock=pl.lit(on.value), source=pl.lit("dates")
    )
    days = (pl.col("end_day") - pl.col("start_day")).cast(pl.Float64)
    derived = derived.with_columns(time_days=days, time_months=days / DAYS_PER_MONTH)
    answered = pl.col("left_out_because").is_null()
    blank = [
        pl.when(answered).then(pl.col(name)).alias(name)
        for name in ("end_day", "time_days", "time_months", "event", "event_kind", "source")
    ]
    frame = derived.with_columns(blank).select(*SCHEMA).cast(dict(SCHEMA))  # type: ignore[arg-type]
    return frame if clock is not None else _or_as_reported(registry, frame)


def _starts(history: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Where each patient's clock starts: the first row of its kind."""
    kind = {
        Clock.DIAGNOSIS: pl.col("kind") == Happening.DIAGNOSIS,
        Clock.TREATMENT: pl.col("kind") == Happening.TREATMENT,
        Clock.VENETOCLAX: (pl.col("kind") == Happening.TREATMENT) & pl.col("drugs").str.contains("venetoclax"),
        Clock.REMISSION: pl.col("kind") == Happening.REMISSION,
        Clock.MRD_RELAPSE: pl.col("kind") == Happening.MRD_RELAPSE,
    }[clock]
    first = history.filter(kind.fill_null(False)).group_by("patient_id", maintain_order=True).first()
    return first.select(
        "patient_id",
        start_order="order",
        start_day=pl.when(pl.col("earliest_day") == pl.col("latest_day")).then("earliest_day"),
        earliest_day="earliest_day",
        start_number=pl.col("number") if clock == Clock.MRD_RELAPSE else pl.lit(0, pl.Int64),
        started=pl.lit(True),
    )


def _ends(
    registry: Registry, history: pl.DataFrame, molecular: pl.DataFrame, rule: EndpointRule, start: pl.DataFrame
) -> pl.DataFrame:
    """For each patient with a start: the first event after it, the last row that censors, and what was recorded."""
    after = history.join(start.drop("earliest_day", "start_day"), on="patient_id")
    later = (
        pl.when(pl.col("kind") == Happening.MRD_RELAPSE)
        .then((pl.col("number") > pl.col("start_number")) & (pl.col("order") > pl.col("start_order")))
        .when(pl.col("kind") == Happening.RELAPSE)
        .then(pl.col("order") > pl.col("start_order"))
        .otherwise(True)
    )
    exact = pl.when(pl.col("earliest_day") == pl.col("latest_day")).then("earliest_day")
    events = (
        after.filter(pl.col("kind").is_in([kind.value for kind in rule.events]) & later)
        .group_by("patient_id", maintain_order=True)
        .first()
        .select("patient_id", event_day=exact, event_kind="kind")
    )
    last = pl.col("latest_day").max()
    censored = (
        after.filter(pl.col("kind").is_in([kind.value for kind in rule.censored_at]))
        .group_by("patient_id")
        .agg(censored_day=pl.when(last == pl.col("earliest_day").max()).then(last), followed=pl.lit(True))
    )
    vital = history.group_by("patient_id").agg(
        vital=(
            (pl.col("kind") == Happening.DEATH)
            | ((pl.col("kind") == Happening.CONTACT) & (pl.col("detail") == "last contact"))
        ).any()
    )
    known = _recorded(registry, molecular, rule, start)
    return (
        known.join(events, on="patient_id", how="left")
        .join(censored, on="patient_id", how="left")
        .join(vital, on="patient_id", how="left")
        .with_columns(deaths_known=pl.col("deaths_known") | pl.col("vital"))
        .drop("earliest_day", "vital")
    )


def _recorded(registry: Registry, molecular: pl.DataFrame, rule: EndpointRule, start: pl.DataFrame) -> pl.DataFrame:
    """Of each patient with a start: whether deaths, relapses and MRD relapses after it would have been recorded."""
    frame = known_on(registry, start.select("patient_id", "earliest_day"), "events", "deaths_known")
    for kind in (Happening.RELAPSE, Happening.MRD_RELAPSE):
        into = f"{kind.name.lower()}s_known"
        if kind not in rule.events:
            frame = frame.with_columns(pl.lit(True).alias(into))
            continue
        for table in ALL_THAT_SHOWS[kind]:
            frame = known_on(registry, frame, table, f"_{table}")
        tables = [f"_{table}" for table in ALL_THAT_SHOWS[kind]]
        frame = frame.with_columns(pl.any_horizontal(tables).alias(into)).drop(tables)
    perhaps = pl.col("state").is_null() & pl.col("state_possible").list.contains(MolecularState.RELAPSE_CONFIRMED)
    since = start.select("patient_id", "start_order")
    open_sets = molecular.filter(perhaps).join(since, on="patient_id").filter(pl.col("order") > pl.col("start_order"))
    doubtful = in_doubt(registry)["patient_id"]
    return frame.with_columns(
        course_in_doubt=pl.col("patient_id").is_in(doubtful.implode()) & (Happening.RELAPSE in rule.events),
        relapse_open=pl.col("patient_id").is_in(open_sets["patient_id"].unique().implode())
        & (Happening.MRD_RELAPSE in rule.events),
    )


def _explained(frame: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Add `end_day`, `event` and `left_out_because`: the first thing that keeps a patient's time from being known."""
    happened = pl.col("event_kind").is_not_null()
    end = pl.when(happened).then("event_day").otherwise("censored_day")
    reasons = (
        (pl.col("started").is_null(), pl.lit(f"no {clock.value} on record")),
        (pl.col("start_day").is_null(), pl.lit(f"the day of the {clock.value} is not known")),
        (~pl.col("deaths_known"), pl.lit("neither a death nor a last contact is recorded")),
        (pl.col("course_in_doubt"), pl.lit("a remission or relapse is recorded that cannot be read or placed")),
        (~pl.col("relapses_known"), pl.lit("relapses are not recorded from then on")),
        (~pl.col("mrd_relapses_known"), pl.lit("MRD samples are not recorded completely from then on")),
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
    )
    why = pl.coalesce(*(pl.when(given.fill_null(False)).then(reason) for given, reason in reasons))
    return frame.with_columns(end_day=end, event=happened, left_out_because=why)


def _or_as_reported(registry: Registry, derived: pl.DataFrame) -> pl.DataFrame:
    """Where the records give no dates, the time as the centre or paper reported it, on the reporter's clock."""
    endpoint = derived["endpoint"].first()
    known = pl.col("time_months").is_not_null() & pl.col("event").is_not_null()
    reported = (
        registry.table("reported_outcomes")
        .filter((pl.col("endpoint") == endpoint) & known)
        .unique("patient_id", keep="first", maintain_order=True)
        .select(
            "patient_id",
            clock=pl.coalesce("clock_start", pl.lit("not stated")),
            time_days=pl.lit(None, pl.Float64),
            time_months="time_months",
            event="event",
            event_kind=pl.when("event").then("event_kind"),
            source=pl.lit("reported"),
        )
    )
    joined = derived.join(reported, on="patient_id", how="left", suffix="_reported", maintain_order="left")
    use = pl.col("left_out_because").is_not_null() & pl.col("time_months_reported").is_not_null()
    replaced = ("clock", "time_days", "time_months", "event", "event_kind", "source")
    return joined.with_columns(
        *(pl.when(use).then(f"{name}_reported").otherwise(name).alias(name) for name in replaced),
        *(pl.when(~use).then(name).alias(name) for name in ("start_day", "end_day", "left_out_because")),
    ).select(*SCHEMA)

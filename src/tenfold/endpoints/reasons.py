"""Why a patient has no time to an endpoint: the first thing that keeps it from being known, in plain words."""

from __future__ import annotations

import polars as pl

from tenfold.endpoints.definitions import EndpointRule
from tenfold.vocabulary import Clock, Happening

OF_THE_START = "no_start_because"


def why_left_out(rule: EndpointRule, clock: Clock) -> pl.Expr:
    """The reason of each row of `ends.ends`, as text; null where nothing stands against a time."""
    happened = pl.col("event_kind").is_not_null()
    end = pl.coalesce("event_day", "censored_day")

    def not_ended_by(kind: Happening) -> pl.Expr:
        return pl.col("event_kind").ne_missing(pl.lit(kind.value))

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
            ~pl.col("relapses_known") & not_ended_by(Happening.RELAPSE),
            pl.lit("relapses are not recorded completely from then on"),
        ),
        (pl.col("outcome_open").is_not_null(), pl.col("outcome_open")),
        (
            ~pl.col("remissions_known") & not_ended_by(Happening.REMISSION) & not_ended_by(Happening.MRD_NEGATIVITY),
            pl.lit("remissions are not recorded completely from then on"),
        ),
        (~pl.col("mrd_known"), pl.lit("MRD samples are not recorded completely from then on")),
        (
            ~pl.col("treatments_recorded") & not_ended_by(Happening.RESTART),
            pl.lit("treatments are not recorded completely from then on"),
        ),
        (
            ~pl.col("transplants_recorded") & not_ended_by(Happening.TRANSPLANT),
            pl.lit("transplants are not recorded completely from then on"),
        ),
        (pl.col("relapse_open"), pl.lit("it cannot be told whether an MRD relapse was confirmed")),
        (pl.col("negative_before"), pl.lit(f"MRD was negative already at the {clock.value}")),
        (
            pl.col("negativity_open"),
            pl.lit("it cannot be told whether an earlier sample was MRD negative in remission"),
        ),
        (pl.col("response_open"), pl.lit("it cannot be told whether MRD responded to the treatment")),
        (pl.col("treatment_open"), pl.lit("it is not recorded what a later treatment was given for")),
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

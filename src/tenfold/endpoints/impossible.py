"""Histories that cannot be, in plain words: what a person must correct before any time is read from them.

Like `survcheck` in R's `survival`, which names overlaps, gaps and jumps in the rows of a patient; here the words are those of
the field. Traps: of two dates that contradict each other nothing says which is wrong; a long silence is possible, and
stands here because an event in it would be missing.

Therneau and Grambsch, Modeling Survival Data, Springer 2000 (counting-process data).
"""

from __future__ import annotations

import polars as pl

from tenfold.history import SIGNS_OF_LIFE
from tenfold.records.registry import Registry
from tenfold.records.therapy import NOT_ANTILEUKAEMIC
from tenfold.records.timeline import complete_from_the_beginning, placed
from tenfold.vocabulary import EventKind, Happening, Response

GAP_DAYS = 365
GAP = "gap"
CHECK = "check both dates and correct the wrong one"
SCHEMA = {"patient_id": pl.String, "what": pl.String, "explanation": pl.String, "remedy": pl.String}


def impossible_histories(registry: Registry, history: pl.DataFrame, gap_days: int = GAP_DAYS) -> pl.DataFrame:
    """Return what in each patient's history cannot be: patient_id, `what`, `explanation`, `remedy`, in patient order.

    `history` is an assessment's. `what`: "death before diagnosis", "record before diagnosis", "record after death",
    "contact after death", "remission after death", "two deaths", "remission and relapse on one day", "relapse without
    remission", "gap" (nothing dated for more than `gap_days`). Rows already set aside on admission are `registry.check()`'s.
    """
    people = registry.days("patients").select(
        "patient_id",
        diagnosed=pl.col("diagnosis_day").cast(pl.Int64),
        contact=pl.col("last_contact_day").cast(pl.Int64),
    )
    died = _deaths(registry)
    facts = _facts(registry)
    found = [
        _before_diagnosis(people, died, facts, history),
        _after_death(people, died, facts, history),
        _two_deaths(died),
        _one_day(history),
        _relapse_without_remission(registry, history),
        _gaps(facts, people, died, gap_days),
    ]
    rows = pl.concat([_worded(registry, part) for part in found])
    return rows.unique(maintain_order=True).sort("patient_id", "what", "explanation")


def _worded(registry: Registry, part: pl.DataFrame) -> pl.DataFrame:
    """Rows of patient_id, what, template (with {0} and {1}), first, second (days), remedy as sentences."""
    said = [
        {
            "patient_id": row["patient_id"],
            "what": row["what"],
            "explanation": row["template"].format(
                *(None if day is None else registry.format_day(day) for day in (row["first"], row["second"]))
            ),
            "remedy": row["remedy"],
        }
        for row in part.to_dicts()
    ]
    return pl.DataFrame(said, schema=SCHEMA)


def _row(what: str | pl.Expr, template: str | pl.Expr, first: str, second: str, remedy: str = CHECK) -> list[pl.Expr]:
    return [
        pl.col("patient_id"),
        (pl.lit(what) if isinstance(what, str) else what).alias("what"),
        (pl.lit(template) if isinstance(template, str) else template).alias("template"),
        pl.col(first).cast(pl.Int64).alias("first"),
        pl.col(second).cast(pl.Int64).alias("second"),
        pl.lit(remedy).alias("remedy"),
    ]


def _facts(registry: Registry) -> pl.DataFrame:
    """Every dated row that shows a patient alive: patient_id, day, table."""
    frames = []
    for name in SIGNS_OF_LIFE:
        rows = placed(registry, name)
        if name == "events":
            rows = rows.filter(pl.col("kind") != EventKind.DEATH)
        if name == "responses":
            rows = rows.filter(pl.col("reported_response").ne_missing(pl.lit(Response.DIED.value)))
        # A disorder before the leukaemia comes before its diagnosis.
        earlier = pl.col("intent").is_in(NOT_ANTILEUKAEMIC).fill_null(False) if name == "treatments" else pl.lit(False)
        exact = pl.col("earliest_day") == pl.col("latest_day")
        frames.append(
            rows.filter(exact).select("patient_id", day="earliest_day", table=pl.lit(name), may_precede=earlier)
        )
    return pl.concat(frames, how="vertical_relaxed")


def _deaths(registry: Registry) -> pl.DataFrame:
    """Every recorded day of death: patient_id, died, where."""
    own = registry.days("patients").select(
        "patient_id", died=pl.col("death_day").cast(pl.Int64), where=pl.lit("patients")
    )
    events = placed(registry, "events").filter((pl.col("kind") == EventKind.DEATH) & pl.col("present").fill_null(True))
    exact = pl.col("earliest_day") == pl.col("latest_day")
    others = events.filter(exact).select("patient_id", died="earliest_day", where=pl.lit("events"))
    return pl.concat([own, others], how="vertical_relaxed").drop_nulls("died").unique(maintain_order=True)


def _before_diagnosis(
    people: pl.DataFrame, died: pl.DataFrame, facts: pl.DataFrame, history: pl.DataFrame
) -> pl.DataFrame:
    deaths = died.join(people, on="patient_id").filter(pl.col("died") < pl.col("diagnosed"))
    contacts = people.filter(pl.col("contact") < pl.col("diagnosed"))
    treated = facts.filter((pl.col("table") == "treatments") & ~pl.col("may_precede"))
    grafts = facts.filter(pl.col("table") == "transplants")
    turns = history.filter(
        pl.col("kind").is_in([Happening.REMISSION.value, Happening.RELAPSE.value])
        & (pl.col("earliest_day") == pl.col("latest_day"))
    ).select("patient_id", "kind", day="latest_day")
    named = pl.concat(
        [
            treated.select("patient_id", "day", kind=pl.lit("treatment")),
            grafts.select("patient_id", "day", kind=pl.lit("transplant")),
            turns.select("patient_id", "day", "kind"),
        ]
    )
    early = named.join(people, on="patient_id").filter(pl.col("day") < pl.col("diagnosed"))
    first = early.group_by("patient_id", "kind").agg(pl.col("day").min(), pl.col("diagnosed").first())
    return pl.concat(
        [
            deaths.select(
                _row("death before diagnosis", "the death on {0} is before the diagnosis on {1}", "died", "diagnosed")
            ),
            contacts.select(
                _row(
                    "record before diagnosis",
                    "the last contact on {0} is before the diagnosis on {1}",
                    "contact",
                    "diagnosed",
                )
            ),
            first.select(
                _row(
                    "record before diagnosis",
                    pl.concat_str(
                        pl.lit("a "), "kind", pl.lit(" of the leukaemia on {0} is before its diagnosis on {1}")
                    ),
                    "day",
                    "diagnosed",
                )
            ),
        ]
    )


def _after_death(people: pl.DataFrame, died: pl.DataFrame, facts: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    death = died.group_by("patient_id").agg(pl.col("died").min())
    contacts = people.join(death, on="patient_id").filter(pl.col("contact") > pl.col("died"))
    later = facts.join(death, on="patient_id").filter(pl.col("day") > pl.col("died"))
    first = later.group_by("patient_id", "table").agg(pl.col("day").min(), pl.col("died").first())
    remissions = (
        history.filter((pl.col("kind") == Happening.REMISSION) & (pl.col("earliest_day") == pl.col("latest_day")))
        .select("patient_id", day="latest_day")
        .join(death, on="patient_id")
        .filter(pl.col("day") > pl.col("died"))
        .unique("patient_id", keep="first", maintain_order=True)
    )
    return pl.concat(
        [
            contacts.select(
                _row("contact after death", "a contact on {0} is after the death on {1}", "contact", "died")
            ),
            remissions.select(
                _row("remission after death", "a remission on {0} is after the death on {1}", "day", "died")
            ),
            first.select(
                _row(
                    "record after death",
                    pl.concat_str(pl.lit("a row of "), "table", pl.lit(" on {0} is after the death on {1}")),
                    "day",
                    "died",
                )
            ),
        ]
    )


def _two_deaths(died: pl.DataFrame) -> pl.DataFrame:
    days = died.group_by("patient_id").agg(first=pl.col("died").min(), last=pl.col("died").max())
    several = days.filter(pl.col("first") < pl.col("last"))
    return several.select(_row("two deaths", "deaths are recorded on {0} and on {1}", "first", "last"))


def _one_day(history: pl.DataFrame) -> pl.DataFrame:
    exact = pl.col("earliest_day") == pl.col("latest_day")
    both = (
        history.filter(pl.col("kind").is_in([Happening.REMISSION.value, Happening.RELAPSE.value]) & exact)
        .group_by("patient_id", day="earliest_day")
        .agg(kinds=pl.col("kind").n_unique())
        .filter(pl.col("kinds") == 2)
    )
    template = "a remission and a relapse are recorded on {0}"
    return both.select(_row("remission and relapse on one day", template, "day", "day"))


def _relapse_without_remission(registry: Registry, history: pl.DataFrame) -> pl.DataFrame:
    """Only of patients whose responses are recorded from the beginning: of others the remission may be missing."""
    turns = history.filter(pl.col("kind").is_in([Happening.REMISSION.value, Happening.RELAPSE.value]))
    first = turns.group_by("patient_id", maintain_order=True).first()
    alone = first.filter(
        (pl.col("kind") == Happening.RELAPSE)
        & (pl.col("earliest_day") == pl.col("latest_day"))
        & complete_from_the_beginning(registry, "responses")
    )
    return alone.select(
        _row(
            "relapse without remission",
            "a relapse is recorded on {0} and no remission before it",
            "earliest_day",
            "earliest_day",
            "record the remission, or say in completeness that responses are not complete",
        )
    )


def _gaps(facts: pl.DataFrame, people: pl.DataFrame, died: pl.DataFrame, gap_days: int) -> pl.DataFrame:
    """Stretches in which nothing is dated, between the diagnosis and the last fact, contact or death."""
    days = pl.concat(
        [
            facts.filter(~pl.col("may_precede")).select("patient_id", "day"),
            people.select("patient_id", day="contact"),
            people.select("patient_id", day="diagnosed"),
            died.select("patient_id", day="died"),
        ],
        how="vertical_relaxed",
    )
    ordered = days.drop_nulls().unique().sort("patient_id", "day")
    ordered = ordered.with_columns(before=pl.col("day").shift(1).over("patient_id"))
    silent = ordered.filter(pl.col("day") - pl.col("before") > gap_days)
    return silent.select(
        _row(
            GAP,
            pl.concat_str(
                pl.lit("nothing is recorded between {0} and {1}, "),
                (pl.col("day") - pl.col("before")).cast(pl.String),
                pl.lit(" days: an event between them would be missing"),
            ),
            "before",
            "day",
            "add what happened, or censor the patient before the gap",
        )
    )

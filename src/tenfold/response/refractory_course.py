"""Whether a patient's leukaemia is refractory, at each marrow that shows no remission, from the treatments before it.

Traps: courses whose number is not recorded leave it open; only lines that began before the marrow count; a treatment that
is neither known to be intensive nor known not to be counts for neither; relapsed leukaemia is judged as relapse.

ELN 2022: two intensive courses, or 180 days of non-intensive treatment, without CR, CRh or CRi.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.answering import answer
from tenfold.records.registry import Registry
from tenfold.records.timeline import known_on, placed
from tenfold.response.eln2022 import REFRACTORY, REFRACTORY_FERGUSON
from tenfold.response.refractory import REFRACTORY_AS_QUOTED, REFRACTORY_ESMO
from tenfold.vocabulary import Intent

READINGS = (REFRACTORY, REFRACTORY_FERGUSON, REFRACTORY_AS_QUOTED, REFRACTORY_ESMO)
NOT_INDUCTION = (Intent.PRIOR_DISORDER, Intent.CYTOREDUCTION, Intent.CONDITIONING, Intent.DLI)
INTERMEDIATE_DOSE = r"(?i)\b(idac|hidac|flag|ara-?c id|mec|fla)"
"""Regimens with cytarabine at an intermediate or high dose."""


def refractory(registry: Registry, course: pl.DataFrame, marrows: pl.DataFrame) -> pl.DataFrame:
    """Return, for every marrow after treatment, the four readings of refractory with their inputs, in order.

    `patient_id`, its place, `remission_achieved`, `intensive_courses`, `intermediate_dose_course`,
    `nonintensive_cycles`, `days_on_nonintensive`, `marrow_blasts_pct`, `pretreatment_blasts_pct` and the answers.
    """
    place = ("patient_id", "order", "earliest_day", "latest_day")
    asked = marrows.filter(pl.col("order").is_not_null()).select(
        *place, marrow_blasts_pct="blasts_pct", pretreatment_blasts_pct="pretreatment_blasts_pct"
    )
    first = (
        course.filter(pl.col("kind") == "remission")
        .group_by("patient_id")
        .agg(remission_order=pl.col("order").min(), remission_latest=pl.col("latest_day").min())
    )
    asked = asked.join(first, on="patient_id", how="left", maintain_order="left").with_row_index("row")
    asked = known_on(registry, asked, "treatments", "_lines_known")
    asked = known_on(registry, asked, "responses", "_responses_known")
    given = asked.join(_lines(registry), on="patient_id").filter(pl.col("line_order") < pl.col("order"))
    # Lines after the first remission belong to another attempt.
    given = given.filter(pl.col("remission_order").is_null() | (pl.col("line_order") < pl.col("remission_order")))
    counted = given.group_by("row").agg(
        intensive_courses=_count(pl.col("intensive")),
        nonintensive_cycles=_count(~pl.col("intensive")),
        intermediate=pl.col("intermediate").any(),
        lines=pl.len(),
        first_nonintensive=pl.when(~pl.col("intensive")).then("line_day").min(),
        undated=(pl.col("line_day").is_null() & ~pl.col("intensive").fill_null(False)).any(),
    )
    frame = asked.join(counted, on="row", how="left", maintain_order="left").filter(pl.col("lines") > 0)
    exact = pl.when(pl.col("earliest_day") == pl.col("latest_day")).then("earliest_day")
    achieved = (pl.col("remission_order") <= pl.col("order")).fill_null(False)
    known = pl.col("_lines_known")
    frame = frame.with_columns(
        remission_achieved=pl.when(achieved).then(True).when("_responses_known").then(False),
        intensive_courses=pl.when(known).then(pl.col("intensive_courses").cast(pl.Float64)),
        nonintensive_cycles=pl.when(known).then(pl.col("nonintensive_cycles").cast(pl.Float64)),
        intermediate_dose_course=pl.when(pl.col("intermediate")).then(True),
        days_on_nonintensive=pl.when(pl.col("undated"))
        .then(None)
        .when(pl.col("first_nonintensive").is_not_null())
        .then((exact - pl.col("first_nonintensive")).cast(pl.Float64))
        .when(known)
        .then(0.0),
    )
    unneeded = (
        "row",
        "remission_order",
        "remission_latest",
        "_lines_known",
        "_responses_known",
        "lines",
        "intermediate",
    )
    answered = answer(frame, READINGS)
    # Ferguson speaks of the first induction only.
    ferguson = [name for name in answered.columns if name.startswith(REFRACTORY_FERGUSON.key)]
    first_induction = pl.col("intensive_courses") == 1
    answered = answered.with_columns(pl.when(first_induction).then(name).alias(name) for name in ferguson)
    return answered.drop(*unneeded, "first_nonintensive", "undated").sort("patient_id", "order")


def _lines(registry: Registry) -> pl.DataFrame:
    lines = placed(registry, "treatments").filter(
        pl.col("order").is_not_null() & ~pl.col("intent").is_in(NOT_INDUCTION).fill_null(False)
    )
    return lines.select(
        "patient_id",
        "intensive",
        "cycles",
        line_order="order",
        line_day=pl.when(pl.col("earliest_day") == pl.col("latest_day")).then("earliest_day"),
        intermediate=pl.col("regimen").str.contains(INTERMEDIATE_DOSE),
    )


def _count(of_kind: pl.Expr) -> pl.Expr:
    """The courses of lines of a kind; null where a line's kind or number of courses is not recorded."""
    known = of_kind.is_not_null().all() & (~of_kind | pl.col("cycles").is_not_null()).all()
    return pl.when(known).then(pl.when(of_kind).then("cycles").otherwise(0).sum())

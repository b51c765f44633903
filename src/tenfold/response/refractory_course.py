"""Whether a patient's leukaemia is refractory, at each marrow that shows no remission, from the treatments before it.

Traps: not proven to be in remission is not known to be out of it; courses whose number is not recorded, lines that go on
beyond the marrow and lines of unrecorded intent leave it open; relapsed leukaemia is judged as relapse.

ELN 2022: two intensive courses, or 180 days of non-intensive treatment, without CR, CRh or CRi.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.answering import answer
from tenfold.logic.decision import Decision
from tenfold.records.registry import Registry
from tenfold.records.timeline import complete_from_the_beginning, exact_day, placed
from tenfold.response.course import IN_REMISSION, in_doubt
from tenfold.response.eln2022 import REFRACTORY, REFRACTORY_FERGUSON
from tenfold.response.refractory import REFRACTORY_AS_QUOTED, REFRACTORY_ESMO
from tenfold.vocabulary import Intent

READINGS = (REFRACTORY, REFRACTORY_FERGUSON, REFRACTORY_AS_QUOTED, REFRACTORY_ESMO)
NOT_INDUCTION = (Intent.PRIOR_DISORDER, Intent.CYTOREDUCTION, Intent.CONDITIONING, Intent.DLI)
INTERMEDIATE_DOSE = r"(?i)\b(idac|hidac|flag|ara-?c id|mec|fla)"
"""Regimens with cytarabine at an intermediate or high dose."""


def refractory(registry: Registry, course: pl.DataFrame, marrows: pl.DataFrame, response: Decision) -> pl.DataFrame:
    """Return, for every marrow after treatment, the four readings of refractory with their inputs, in order.

    `patient_id`, its place, `remission_achieved`, `intensive_courses`, `intermediate_dose_course`,
    `nonintensive_cycles`, `days_on_nonintensive`, `marrow_blasts_pct`, `pretreatment_blasts_pct` and the answers.
    `response` is the decision that answered `marrows`.
    """
    place = ("patient_id", "order", "earliest_day", "latest_day")
    possible = pl.col(f"{response.key}_possible")
    perhaps_in_remission = possible.list.eval(pl.element().is_in(IN_REMISSION)).list.any()
    judged = marrows.filter(pl.col("order").is_not_null())
    asked = judged.filter(pl.col("evaluable").fill_null(True)).select(
        *place, marrow_blasts_pct="blasts_pct", pretreatment_blasts_pct="pretreatment_blasts_pct"
    )
    first = (
        course.filter(pl.col("kind") == "remission").group_by("patient_id").agg(remission_order=pl.col("order").min())
    )
    perhaps = judged.filter(perhaps_in_remission).group_by("patient_id").agg(perhaps_order=pl.col("order").min())
    asked = asked.join(first, on="patient_id", how="left", maintain_order="left")
    asked = asked.join(perhaps, on="patient_id", how="left", maintain_order="left").with_row_index("row")
    given = asked.join(_lines(registry), on="patient_id").filter(pl.col("line_order") < pl.col("order"))
    # Lines after the first remission belong to another attempt.
    given = given.filter(pl.col("remission_order").is_null() | (pl.col("line_order") < pl.col("remission_order")))
    # Of a line that went on beyond the marrow, or whose end is not recorded, it is not known how much was given by then.
    over = (pl.col("line_end") <= pl.col("earliest_day")).fill_null(False) | (pl.col("cycles") == 1).fill_null(False)
    given = given.with_columns(cycles=pl.when(over).then("cycles"))
    counted = given.group_by("row").agg(
        intensive_courses=_count(pl.col("intensive")),
        nonintensive_cycles=_count(~pl.col("intensive")),
        intermediate=pl.col("intermediate").any(),
        lines=pl.len(),
        first_nonintensive=pl.when(~pl.col("intensive")).then("line_day").min(),
        aimed=pl.col("aimed").all(),
        undated=(pl.col("line_day").is_null() & ~pl.col("intensive").fill_null(False)).any(),
    )
    frame = asked.join(counted, on="row", how="left", maintain_order="left").filter(pl.col("lines") > 0)
    lines_known = complete_from_the_beginning(registry, "treatments") & pl.col("aimed")
    responses_known = complete_from_the_beginning(registry, "responses")
    unread = pl.col("patient_id").is_in(in_doubt(registry)["patient_id"].implode())
    achieved = (pl.col("remission_order") <= pl.col("order")).fill_null(False)
    perhaps_by_then = (pl.col("perhaps_order") <= pl.col("order")).fill_null(False)
    frame = frame.with_columns(
        remission_achieved=pl.when(achieved).then(True).when(responses_known & ~unread & ~perhaps_by_then).then(False),
        intensive_courses=pl.when(lines_known).then(pl.col("intensive_courses").cast(pl.Float64)),
        nonintensive_cycles=pl.when(lines_known).then(pl.col("nonintensive_cycles").cast(pl.Float64)),
        intermediate_dose_course=pl.when(pl.col("intermediate")).then(True),
        days_on_nonintensive=pl.when(pl.col("undated") | ~pl.col("aimed"))
        .then(None)
        .when(pl.col("first_nonintensive").is_not_null())
        .then((exact_day() - pl.col("first_nonintensive")).cast(pl.Float64))
        .when(lines_known)
        .then(0.0),
    )
    unneeded = ("row", "remission_order", "perhaps_order", "lines", "intermediate", "first_nonintensive", "undated")
    answered = answer(frame, READINGS)
    # Ferguson speaks of the first induction only.
    ferguson = [name for name in answered.columns if name.startswith(REFRACTORY_FERGUSON.key)]
    first_induction = pl.col("intensive_courses") == 1
    answered = answered.with_columns(pl.when(first_induction).then(name).alias(name) for name in ferguson)
    return answered.drop(*unneeded, "aimed").sort("patient_id", "order")


def _lines(registry: Registry) -> pl.DataFrame:
    lines = placed(registry, "treatments").filter(
        pl.col("order").is_not_null() & ~pl.col("intent").is_in(NOT_INDUCTION).fill_null(False)
    )
    return lines.select(
        "patient_id",
        "intensive",
        "cycles",
        line_order="order",
        line_end=pl.col("end_day").cast(pl.Int64),
        # A line of unrecorded intent may have been against an earlier disorder.
        aimed=pl.col("intent").is_not_null(),
        line_day=exact_day(),
        intermediate=pl.col("regimen").str.contains(INTERMEDIATE_DOSE),
    )


def _count(of_kind: pl.Expr) -> pl.Expr:
    """The courses of lines of a kind; null where a line's kind or number of courses is not recorded."""
    known = of_kind.is_not_null().all() & (~of_kind | pl.col("cycles").is_not_null()).all()
    return pl.when(known).then(pl.when(of_kind).then("cycles").otherwise(0).sum())

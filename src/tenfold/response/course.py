"""Each patient's course: documented remissions and relapses, in order.

A remission is documented by a reported CR, CRh, CRi (or CRp) or by a marrow that gives one, and lasts until a relapse
is documented, even if counts fall later. What another marrow of that day contradicts documents nothing, and neither
does anything of a patient whose relapse has no date, or of whose course a row could not be used. A relapse is dated by
its marrow, its extramedullary finding or the first of two blood samples with blasts at least 7 days apart, whichever
comes first.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.answering import answer
from tenfold.records.registry import Registry
from tenfold.records.timeline import once, placed
from tenfold.response.eln2022 import RELAPSE, response_decision
from tenfold.response.marrows import PLACE, last_before, marrow_questions
from tenfold.settings import Settings
from tenfold.vocabulary import EventKind, Response

IN_REMISSION = (Response.CR, Response.CRH, Response.CRI, Response.CRP)
CLEAR_BETWEEN_FORGIVEN = 28
"""Days within which two blood samples with blasts make a relapse even if one between them was clear (our reading)."""


def marrow_responses(registry: Registry, settings: Settings) -> pl.DataFrame:
    """Return the ELN 2022 response of every marrow, with its inputs and criteria, in order.

    The columns are those of the decision that `response.cri_reading` names.
    """
    decision = response_decision(settings["response.cri_reading"])
    return answer(marrow_questions(registry, settings), [decision]).sort("patient_id", "order", "marrow").drop("marrow")


def course(registry: Registry, settings: Settings, marrows: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return documented remissions and relapses: patient_id, order, earliest_day, latest_day, kind, source; in order.

    `kind` is "remission" or "relapse"; several documents of one turn give several rows. `marrows` is the result of
    `marrow_responses`, where it is at hand.
    """
    marrows = marrow_responses(registry, settings) if marrows is None else marrows
    possible = pl.col(f"{response_decision(settings['response.cri_reading']).key}_possible")
    reported = placed(registry, "responses")
    events = placed(registry, "events").filter(pl.col("present").fill_null(True))
    documents = [
        reported.filter(pl.col("reported_response").is_in(IN_REMISSION)).select(
            *PLACE, source="reported " + pl.col("reported_response")
        ),
        marrows.filter(
            (possible.list.len() > 0) & possible.list.eval(pl.element().is_in(IN_REMISSION)).list.all()
        ).select(*PLACE, source="marrow in " + possible.list.join(" or ")),
    ]
    reported_relapses = pl.concat(
        [
            events.filter(pl.col("kind") == EventKind.RELAPSE).select(*PLACE),
            reported.filter(pl.col("reported_response") == Response.RELAPSE).select(*PLACE),
        ]
    ).with_columns(source=pl.lit("reported relapse"))
    diseased = marrows.filter(_shows_disease()).select("patient_id", "order").unique()
    doubtful = in_doubt(registry)
    remissions = (
        pl.concat(documents)
        .filter(pl.col("order").is_not_null())
        .join(diseased, on=["patient_id", "order"], how="anti")
        .join(doubtful, on="patient_id", how="anti")
    )
    relapses = pl.concat(
        [
            reported_relapses.filter(pl.col("order").is_not_null()),
            _derived_relapses(registry, marrows, events, remissions),
        ]
    ).join(doubtful, on="patient_id", how="anti")
    return pl.concat(
        [remissions.with_columns(kind=pl.lit("remission")), relapses.with_columns(kind=pl.lit("relapse"))]
    ).sort("patient_id", "order", "kind", "source", descending=[False, False, True, False])


def in_doubt(registry: Registry) -> pl.DataFrame:
    """Patients of whose course a turn cannot be placed or read: undated, without its word, or set aside."""
    return once(registry, "course in doubt", lambda: _in_doubt(registry))


def _in_doubt(registry: Registry) -> pl.DataFrame:
    turning = [*IN_REMISSION, Response.RELAPSE, Response.REFRACTORY]
    said = pl.col("reported_response")
    unread = said.is_null() & pl.all_horizontal(pl.col("reported_mrd", "criteria").is_null())
    responses = placed(registry, "responses").filter(unread | (said.is_in(turning) & pl.col("order").is_null()))
    events = placed(registry, "events").filter((pl.col("kind") == EventKind.RELAPSE) & pl.col("order").is_null())
    aside = registry.set_aside.filter(pl.col("table").is_in(["events", "responses", "marrows"]) & ~pl.col("repeat"))
    return pl.concat([frame.select("patient_id") for frame in (responses, events, aside)]).unique().drop_nulls()


def _shows_disease() -> pl.Expr:
    return (pl.col("blasts_pct") >= 5) & pl.col("evaluable").fill_null(True)


def _derived_relapses(
    registry: Registry, marrows: pl.DataFrame, events: pl.DataFrame, remissions: pl.DataFrame
) -> pl.DataFrame:
    nothing = {"marrow_blasts_pct": pl.lit(0.0), "extramedullary": pl.lit(False), "blood_blasts_twice": pl.lit(False)}
    findings = [
        marrows.filter(_shows_disease() & pl.col("order").is_not_null()).select(
            *PLACE, **{**nothing, "marrow_blasts_pct": pl.col("blasts_pct")}, source=pl.lit("marrow blasts")
        ),
        events.filter((pl.col("kind") == EventKind.EXTRAMEDULLARY) & pl.col("order").is_not_null()).select(
            *PLACE, **{**nothing, "extramedullary": pl.lit(True)}, source=pl.lit("extramedullary disease")
        ),
        _blood_blasts(registry, remissions).select(
            *PLACE, **{**nothing, "blood_blasts_twice": pl.lit(True)}, source=pl.lit("blasts in two blood samples")
        ),
    ]
    first = remissions.group_by("patient_id").agg(first_remission=pl.col("order").min())
    asked = (
        pl.concat(findings)
        .join(first, on="patient_id", how="left")
        .with_columns(remission_before=pl.when(pl.col("first_remission") < pl.col("order")).then(True))
    )
    return answer(asked, [RELAPSE]).filter(pl.col(RELAPSE.key) == Response.RELAPSE).select(*PLACE, "source")


def _blood_blasts(registry: Registry, remissions: pl.DataFrame) -> pl.DataFrame:
    """The first of two blood samples with blasts in one remission, 7 days or more apart.

    A clear sample between them separates them once they are more than 28 days apart.
    """
    counts = placed(registry, "counts").filter(pl.col("blasts_pb_pct").is_not_null() & pl.col("order").is_not_null())
    daily = counts.group_by(*PLACE).agg(blasts=pl.col("blasts_pb_pct").max() > 0)
    since = remissions.select("patient_id", "order", remission_order="order").unique()
    daily = last_before(daily, since).filter(pl.col("remission_order").is_not_null()).sort("patient_id", "order")
    spell = ["patient_id", "remission_order"]
    positive = daily.with_columns(run=pl.col("blasts").rle_id().over(spell)).filter("blasts")
    pairs = positive.join(positive.select(*spell, "run", second_day="earliest_day"), on=spell, suffix="_second")
    apart = pl.col("second_day") - pl.col("latest_day")
    together = (pl.col("run") == pl.col("run_second")) | (apart <= CLEAR_BETWEEN_FORGIVEN)
    return pairs.filter((apart >= 7) & together).sort("patient_id", "order").unique(spell, keep="first").select(*PLACE)

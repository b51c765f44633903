"""Each patient's course: documented remissions and relapses, in order.

A remission is documented by a reported CR, CRh, CRi (or CRp) or by a marrow that gives one, and lasts until a relapse is
documented, even if counts fall later. A relapse is dated by its marrow, its extramedullary finding or the first of two
blood samples with blasts at least 7 days apart, whichever comes first.
"""

from __future__ import annotations

import polars as pl

from tenfold.logic.decision import answer
from tenfold.records.registry import Registry
from tenfold.records.timeline import known_on, placed
from tenfold.response.eln2022 import RELAPSE, RESPONSE, RESPONSE_ONE_RECOVERED
from tenfold.settings import Settings
from tenfold.vocabulary import EventKind, Response

IN_REMISSION = (Response.CR, Response.CRH, Response.CRI, Response.CRP)
PLACE = ("patient_id", "order", "earliest_day", "latest_day")


def marrow_responses(registry: Registry, settings: Settings) -> pl.DataFrame:
    """Return the ELN 2022 response of every marrow (`response`, `response_possible` ...), with its inputs and criteria.

    Counts are the nearest within `response.counts_window` days, the later of two equally near. Blasts before treatment
    are those of the last marrow up to the start of the line under way. Where no record says whether there was
    extramedullary disease, the setting decides and `extramedullary_assumed` is true.
    """
    marrows = placed(registry, "marrows").sort("patient_id", "order", "blasts_pct", nulls_last=True)
    marrows = marrows.with_columns(
        pl.col("blasts_pct").alias("marrow_blasts_pct"),
        # A reported percentage is of a marrow that somebody could evaluate.
        marrow_evaluable=pl.coalesce("evaluable", pl.when(pl.col("blasts_pct").is_not_null()).then(True)),
    )
    lines = placed(registry, "treatments").select("patient_id", "order", line_order="order").drop_nulls().sort("order")
    marrows = _with_counts(registry, marrows, settings["response.counts_window"])
    marrows = _before(marrows, lines)
    marrows = _with_pretreatment_blasts(marrows)
    marrows = _with_extramedullary(registry, marrows, settings["response.extramedullary_not_recorded"])
    decision = RESPONSE if settings["response.cri_reading"] == "either" else RESPONSE_ONE_RECOVERED
    answered = answer(marrows, [decision]).sort("patient_id", "order", "blasts_pct", nulls_last=True)
    suffixes = ("", "_possible", "_decided_by", "_exact", "_scope")
    return answered.rename({f"{decision.key}{suffix}": f"response{suffix}" for suffix in suffixes})


def _before(frame: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Join the last row of `other` at or before each row's place; both hold patient_id and order."""
    return frame.sort("order", nulls_last=True).join_asof(
        other.sort("order"), on="order", by="patient_id", strategy="backward", check_sortedness=False
    )


def _with_counts(registry: Registry, marrows: pl.DataFrame, window: int) -> pl.DataFrame:
    counts = placed(registry, "counts").filter(pl.col("earliest_day") == pl.col("latest_day"))
    quantities = {  # of several counts on one day, the one that speaks least for a remission
        "neutrophils_e9_l": pl.col("anc_e9_l").min(),
        "platelets_e9_l": pl.col("platelets_e9_l").min(),
        "blood_blasts_pct": pl.col("blasts_pb_pct").max(),
    }
    marrows = marrows.with_columns(day=pl.when(pl.col("earliest_day") == pl.col("latest_day")).then("earliest_day"))
    for quantity, read in quantities.items():
        daily = (
            counts.group_by("patient_id", day=pl.col("earliest_day")).agg(read.alias(quantity)).drop_nulls().sort("day")
        )
        daily = daily.with_columns(counted=pl.col("day"))
        for side in ("backward", "forward"):
            marrows = marrows.sort("day", nulls_last=True).join_asof(
                daily.rename({quantity: f"{quantity}_{side}", "counted": f"counted_{side}"}),
                on="day",
                by="patient_id",
                strategy=side,
                tolerance=window,
                check_sortedness=False,
            )
        back, forth = pl.col("day") - pl.col("counted_backward"), pl.col("counted_forward") - pl.col("day")
        later = forth.is_not_null() & (back.is_null() | (forth <= back))
        marrows = (
            marrows.with_columns(
                pl.when(later).then(f"{quantity}_forward").otherwise(f"{quantity}_backward").alias(quantity)
            )
            .drop(f"{quantity}_{side}" for side in ("backward", "forward"))
            .drop("counted_backward", "counted_forward")
        )
    return marrows.drop("day")


def _with_pretreatment_blasts(marrows: pl.DataFrame) -> pl.DataFrame:
    earlier = marrows.filter(pl.col("blasts_pct").is_not_null()).select(
        "patient_id", "order", pretreatment_blasts_pct="blasts_pct"
    )
    asked = marrows.with_columns(marrow_order="order", order="line_order")
    return _before(asked, earlier).with_columns(order="marrow_order").drop("marrow_order")


def _with_extramedullary(registry: Registry, marrows: pl.DataFrame, not_recorded: str) -> pl.DataFrame:
    findings = placed(registry, "events").filter(
        (pl.col("kind") == EventKind.EXTRAMEDULLARY) & pl.col("order").is_not_null()
    )
    # Of contradictory findings on one day the disease counts.
    findings = findings.group_by("patient_id", "order").agg(found=pl.col("present").fill_null(True).any())
    marrows = _before(marrows, findings.with_columns(found_order="order"))
    marrows = known_on(registry, marrows, "events", "events_recorded")
    since_treatment = pl.col("line_order").is_null() | (pl.col("found_order") >= pl.col("line_order"))
    never = pl.col("found").is_null()
    return marrows.with_columns(
        extramedullary=pl.when(never & (pl.col("events_recorded") | (not_recorded == "absent")))
        .then(False)
        .when(~pl.col("found") | since_treatment)
        .then("found"),
        extramedullary_assumed=never & ~pl.col("events_recorded") & (not_recorded == "absent"),
    ).drop("found", "found_order", "events_recorded")


def course(registry: Registry, settings: Settings, marrows: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return documented remissions and relapses: patient_id, order, earliest_day, latest_day, kind, source; in order.

    `kind` is "remission" or "relapse"; several documents of one remission give several rows. `marrows` is the result of
    `marrow_responses`, where it is at hand.
    """
    marrows = marrow_responses(registry, settings) if marrows is None else marrows
    reported = placed(registry, "responses").filter(pl.col("order").is_not_null())
    remissions = pl.concat(
        [
            reported.filter(pl.col("reported_response").is_in(IN_REMISSION)).select(
                *PLACE, source="reported " + pl.col("reported_response")
            ),
            marrows.filter(
                pl.col("response_possible").list.eval(pl.element().is_in(IN_REMISSION)).list.all()
                & pl.col("order").is_not_null()
            ).select(*PLACE, source="marrow in " + pl.col("response_possible").list.join(" or ")),
        ]
    )
    events = placed(registry, "events").filter(pl.col("order").is_not_null() & pl.col("present").fill_null(True))
    reported_relapses = pl.concat(
        [
            events.filter(pl.col("kind") == EventKind.RELAPSE).select(*PLACE, source=pl.lit("reported relapse")),
            reported.filter(pl.col("reported_response") == Response.RELAPSE).select(
                *PLACE, source=pl.lit("reported relapse")
            ),
        ]
    )
    relapses = pl.concat([reported_relapses, _derived_relapses(registry, marrows, events, remissions)])
    return pl.concat(
        [
            remissions.with_columns(kind=pl.lit("remission")),
            relapses.with_columns(kind=pl.lit("relapse")),
        ]
    ).sort("patient_id", "order", "kind", "source", descending=[False, False, True, False])


def _derived_relapses(
    registry: Registry, marrows: pl.DataFrame, events: pl.DataFrame, remissions: pl.DataFrame
) -> pl.DataFrame:
    nothing = {
        "marrow_blasts_pct": pl.lit(0.0),
        "extramedullary": pl.lit(False),
        "blood_blasts_twice": pl.lit(False),
    }
    findings = [
        marrows.filter(pl.col("blasts_pct").is_not_null() & pl.col("order").is_not_null()).select(
            *PLACE, **{**nothing, "marrow_blasts_pct": pl.col("blasts_pct")}, source=pl.lit("marrow blasts")
        ),
        events.filter(pl.col("kind") == EventKind.EXTRAMEDULLARY).select(
            *PLACE, **{**nothing, "extramedullary": pl.lit(True)}, source=pl.lit("extramedullary disease")
        ),
        _blood_blasts(registry, remissions).select(
            *PLACE,
            **{**nothing, "blood_blasts_twice": pl.lit(True)},
            source=pl.lit("blasts in two blood samples"),
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
    """The first of two or more consecutive blood samples of one remission with blasts, the last 7 days or more later."""
    counts = placed(registry, "counts").filter(pl.col("blasts_pb_pct").is_not_null() & pl.col("order").is_not_null())
    daily = counts.group_by(*PLACE).agg(blasts=pl.col("blasts_pb_pct").max() > 0).sort("patient_id", "order")
    since = remissions.select("patient_id", "order", remission_order="order").unique()
    daily = _before(daily, since).sort("patient_id", "order")
    spell = ["patient_id", "remission_order"]
    runs = daily.with_columns(run=pl.col("blasts").rle_id().over(spell)).filter("blasts")
    return (
        runs.group_by(*spell, "run", maintain_order=True)
        .agg(pl.col("order", "earliest_day", "latest_day").first(), last=pl.col("earliest_day").last())
        .filter(pl.col("last") - pl.col("latest_day") >= 7)
        .drop("run", "last", "remission_order")
    )

"""What is known at a marrow: its counts, what went before, extramedullary disease. One row asks for one response.

Counts are the nearest within a window, the later of two equally near; a count with neutrophils and platelets goes
before one that lacks either, so that two half counts are not put together where a whole one exists. Blasts in the
blood are the highest within the window. Blasts before treatment are those of the last marrow up to the start of the
line under way.
"""

from __future__ import annotations

import polars as pl

from tenfold.records.registry import Registry
from tenfold.records.timeline import known_on, placed
from tenfold.settings import Settings
from tenfold.vocabulary import EventKind, Intent

PLACE = ("patient_id", "order", "earliest_day", "latest_day")
OPENS_A_BASELINE = (Intent.INDUCTION, Intent.SALVAGE, Intent.BRIDGE, Intent.PRE_EMPTIVE, Intent.PALLIATIVE)


def marrow_questions(registry: Registry, settings: Settings) -> pl.DataFrame:
    """Return every marrow with the inputs of the ELN 2022 response.

    `extramedullary_assumed` is true where nobody recorded whether there was extramedullary disease and the setting
    `response.extramedullary_not_recorded` decided.
    """
    marrows = placed(registry, "marrows").sort("patient_id", "order", "blasts_pct", "cellularity_pct", nulls_last=True)
    aplastic = ~pl.col("spicules") | ((pl.col("cells_counted") < 200) & (pl.col("cellularity_pct") < 10))
    reported = pl.when(pl.col("blasts_pct").is_not_null()).then(True)
    marrows = marrows.with_row_index("marrow").with_columns(
        marrow_blasts_pct="blasts_pct",
        # A reported percentage is of a marrow that somebody could evaluate, unless it is merely aplastic.
        marrow_evaluable=pl.coalesce("evaluable", pl.when(aplastic & (pl.col("blasts_pct") < 5)).then(False), reported),
    )
    marrows = _with_line(registry, marrows)
    marrows = _with_pretreatment_blasts(marrows)
    marrows = _with_counts(registry, marrows, settings["response.counts_window"])
    return _with_extramedullary(registry, marrows, settings)


def last_before(frame: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Join the last row of `other` at or before each row's place; both hold patient_id and order."""
    return frame.sort("order", nulls_last=True).join_asof(
        other.sort("order"), on="order", by="patient_id", check_sortedness=False
    )


def _with_line(registry: Registry, marrows: pl.DataFrame) -> pl.DataFrame:
    """Add `treated`, and `line_order`: where the line under way began, null where that is not known."""
    lines = placed(registry, "treatments").filter(
        pl.col("order").is_not_null() & ~pl.col("intent").is_in([Intent.PRIOR_DISORDER]).fill_null(False)
    )
    # Cycles recorded as rows of one line are one line; a line opens a baseline only if it is meant to bring a response.
    same = pl.when(pl.col("line").is_not_null()).then("line").otherwise(-pl.int_range(1, pl.len() + 1))
    lines = lines.with_columns(same=same).with_columns(begun=pl.col("order").min().over("patient_id", "same"))
    opening = pl.when(pl.col("intent").is_null()).then(None).otherwise(pl.col("intent").is_in(OPENS_A_BASELINE))
    begins = lines.with_columns(opens=opening).filter(pl.col("opens").fill_null(True))
    begins = begins.group_by("patient_id", order="begun").agg(pl.col("opens").any(ignore_nulls=False))
    first = lines.group_by("patient_id").agg(first_line=pl.col("order").min())
    # Strictly before: a marrow of the first day belongs to what went before.
    asked = marrows.with_columns(at="order", order=pl.col("order") - 1)
    asked = last_before(asked, begins.with_columns(line_order="order")).with_columns(order="at").drop("at")
    asked = known_on(registry, asked.join(first, on="patient_id", how="left"), "treatments", "treatments_known")
    begun = pl.col("first_line") < pl.col("order")
    return asked.with_columns(
        treated=pl.when(begun.fill_null(False)).then(True).when("treatments_known").then(False),
        line_order=pl.when("opens").then("line_order"),
    ).drop("opens", "first_line")


def _with_pretreatment_blasts(marrows: pl.DataFrame) -> pl.DataFrame:
    earlier = marrows.filter(pl.col("blasts_pct").is_not_null() & pl.col("order").is_not_null()).group_by(
        "patient_id", "order"
    )
    highest = earlier.agg(pretreatment_blasts_pct=pl.col("blasts_pct").max())
    asked = marrows.with_columns(at="order", order="line_order")
    return last_before(asked, highest).with_columns(order="at").drop("at")


def _with_counts(registry: Registry, marrows: pl.DataFrame, window: int) -> pl.DataFrame:
    """Add neutrophils_e9_l, platelets_e9_l and blood_blasts_pct from the counts around each marrow."""
    exact = pl.col("earliest_day") == pl.col("latest_day")
    # Of several counts on one day, what speaks least for a remission.
    counts = (
        placed(registry, "counts")
        .filter(exact)
        .group_by("patient_id", counted="earliest_day")
        .agg(pl.col("anc_e9_l", "platelets_e9_l").min(), pl.col("blasts_pb_pct").max())
    )
    pairs = marrows.filter(exact).select("marrow", "patient_id", day="earliest_day").join(counts, on="patient_id")
    distance = pl.col("counted") - pl.col("day")
    whole = pl.col("anc_e9_l").is_not_null() & pl.col("platelets_e9_l").is_not_null()
    near = pairs.filter(distance.abs() <= window).with_columns(whole=whole, distance=distance.abs())
    ordered = near.sort("marrow", "whole", "distance", "counted", descending=[False, True, False, True])
    read = ordered.group_by("marrow", maintain_order=True).agg(
        neutrophils_e9_l=pl.col("anc_e9_l").drop_nulls().first(),
        platelets_e9_l=pl.col("platelets_e9_l").drop_nulls().first(),
        blood_blasts_pct=pl.col("blasts_pb_pct").max(),
    )
    return marrows.join(read, on="marrow", how="left")


def _with_extramedullary(registry: Registry, marrows: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Add extramedullary: the last finding since the line began, up to the end of the window after the marrow."""
    findings = placed(registry, "events").filter(
        (pl.col("kind") == EventKind.EXTRAMEDULLARY) & pl.col("order").is_not_null()
    )
    # Of contradictory findings on one day the disease counts.
    findings = findings.group_by("patient_id", "order").agg(found=pl.col("present").fill_null(True).any())
    by_day = (pl.col("earliest_day") == pl.col("latest_day")) & pl.col("sequence").is_null()
    window = settings["response.counts_window"]
    ahead = marrows.with_columns(at="order", order=pl.col("order") + pl.when(by_day).then(window).otherwise(0))
    seen = last_before(ahead, findings.with_columns(found_order="order")).with_columns(order="at").drop("at")
    seen = known_on(registry, seen, "events", "events_recorded")
    since_line = (pl.col("found_order") > pl.col("line_order")) | (pl.col("found_order") >= pl.col("order"))
    current = pl.when(since_line).then("found")
    # Disease found earlier may have gone; an earlier clear finding says nothing of today.
    earlier_disease = pl.col("found") & current.is_null()
    absent = settings["response.extramedullary_not_recorded"] == "absent"
    nothing = current.is_null() & ~earlier_disease.fill_null(False)
    return seen.with_columns(
        extramedullary=pl.when(current.is_not_null())
        .then(current)
        .when(nothing & (pl.col("events_recorded") | absent))
        .then(False),
        extramedullary_assumed=nothing & ~pl.col("events_recorded") & absent,
    ).drop("found", "found_order", "events_recorded", "treatments_known")

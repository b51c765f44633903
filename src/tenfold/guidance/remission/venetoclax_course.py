"""What a patient's records say of venetoclax in this remission: given or stopped, how many cycles, how counts recovered.

Traps: an end that is not recorded is no end, unless a later line, a transplant or a number of cycles tells of one; cycles in
the making are in `cycles` only, so where that table is not complete there is a least number and no most; whoever has no line
of venetoclax never had it only where lines are recorded completely. A haematological relapse begins anew.
"""

from __future__ import annotations

import polars as pl

from tenfold.guidance.remission.stopping import GIVEN, NEVER, STOPPED, STOPPING
from tenfold.logic.criterion import certain
from tenfold.records.registry import Registry
from tenfold.records.timeline import DAYS_PER_MONTH, complete_from_the_beginning, placed
from tenfold.settings import Settings
from tenfold.treatment_history import venetoclax_given
from tenfold.vocabulary import EventKind, Intent, Response

NOT_OF_THE_LEUKAEMIA = (Intent.PRIOR_DISORDER, Intent.CYTOREDUCTION)
LATE_RECOVERY = ("neutropeni", "cytopeni", "thrombocytopeni", "count", "recover")
"""In the reason of a changed dose, what tells of delayed haematological recovery."""


def relapses(registry: Registry, molecular: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id and `relapse_order`: the last haematological relapse recorded or derived."""
    reported = placed(registry, "responses").filter(pl.col("reported_response") == Response.RELAPSE)
    events = placed(registry, "events").filter(
        (pl.col("kind") == EventKind.RELAPSE) & pl.col("present").fill_null(True)
    )
    derived = molecular.filter(pl.col("row") == "haematological relapse")
    every = pl.concat([frame.select("patient_id", "order") for frame in (reported, events, derived)])
    return every.group_by("patient_id").agg(relapse_order=pl.col("order").max())


def lines_of_this_remission(registry: Registry, molecular: pl.DataFrame) -> pl.DataFrame:
    """Return the placed lines since the last haematological relapse, with `venetoclax_line`; undated ones stay."""
    lines = placed(registry, "treatments").filter(~pl.col("intent").is_in(NOT_OF_THE_LEUKAEMIA).fill_null(False))
    lines = lines.join(relapses(registry, molecular), on="patient_id", how="left", maintain_order="left")
    since = pl.col("relapse_order").is_null() | (pl.col("order") >= pl.col("relapse_order"))
    return lines.filter(since.fill_null(True)).with_columns(
        venetoclax_line=venetoclax_given(), end_day=pl.col("end_day").cast(pl.Int64)
    )


def transplanted(registry: Registry) -> pl.DataFrame:
    """Return patient_id, `transplanted` (ever, allogeneic) and `transplant_order` (the last)."""
    lines = placed(registry, "treatments").filter(pl.col("intent") == Intent.TRANSPLANT)
    grafts = pl.concat([frame.select("patient_id", "order") for frame in (placed(registry, "transplants"), lines)])
    found = grafts.group_by("patient_id").agg(transplant_order=pl.col("order").max(), _graft=pl.lit(True))
    people = registry.patient_ids().join(found, on="patient_id", how="left", maintain_order="left")
    complete = complete_from_the_beginning(registry, "transplants")
    return people.select(
        "patient_id", "transplant_order", transplanted=pl.coalesce("_graft", pl.when(complete).then(False))
    )


def venetoclax_course(
    registry: Registry, molecular: pl.DataFrame, on: int | None, numbers: Settings = STOPPING
) -> pl.DataFrame:
    """Return one row per patient about venetoclax in this remission; null where not known.

    `venetoclax` ("never given", "being given", "stopped"), `venetoclax_order`, `venetoclax_from`, `venetoclax_until` (days),
    `months_since_stopping`, `treatment_free` (nothing is given any more), `venetoclax_cycles_low`, `_high`, `cycle_4_day`,
    `cycle_4_until` (the last day on which a marrow belongs to it), `cycle_4_over`, `counts_stable`, `delayed_recovery`.
    """
    lines = lines_of_this_remission(registry, molecular)
    grafts = transplanted(registry)
    people = registry.patient_ids()
    for frame in (
        _standing(registry, lines, grafts, on),
        _cycles(registry, lines, on, numbers),
        stable_counts(registry, on, numbers),
        _delayed_recovery(registry),
    ):
        people = people.join(frame, on="patient_id", how="left", maintain_order="left")
    return people


def _standing(registry: Registry, lines: pl.DataFrame, grafts: pl.DataFrame, on: int | None) -> pl.DataFrame:
    day = pl.lit(on, pl.Int64)
    given = pl.col("venetoclax_line").fill_null(False)
    ended = pl.col("end_day") < day if on is not None else pl.col("end_day").is_not_null()
    ended = ended.fill_null(False)
    summed = lines.group_by("patient_id").agg(
        any_given=given.any(),
        any_unsure=pl.col("venetoclax_line").is_null().any(),
        all_ended=ended.filter(given).all(),
        every_ended=ended.all(),
        # An end that nobody dated shows in a number of cycles given.
        end_doubtful=(~ended & pl.col("end_day").is_null() & pl.col("cycles").is_not_null()).filter(given).any(),
        other_goes_on=(~ended).filter(~given).any(),
        venetoclax_order=pl.col("order").filter(given).max(),
        venetoclax_from=pl.col("start_day").filter(given).min().cast(pl.Int64),
        until=pl.col("end_day").filter(given).max(),
        last_order=pl.col("order").filter(~given).max(),
    )
    joined = registry.patient_ids().join(summed, on="patient_id", how="left", maintain_order="left")
    joined = joined.join(grafts, on="patient_id", how="left", maintain_order="left")
    complete = complete_from_the_beginning(registry, "treatments")
    followed = pl.max_horizontal("last_order", "transplant_order") > pl.col("venetoclax_order")
    any_given, unsure = pl.col("any_given").fill_null(False), pl.col("any_unsure").fill_null(False)
    doubtful = pl.col("end_doubtful").fill_null(False) | followed.fill_null(False)
    word = (
        pl.when(any_given & pl.col("all_ended") & complete & ~unsure)
        .then(pl.lit(STOPPED))
        .when(any_given & ~pl.col("all_ended") & ~doubtful)
        .then(pl.lit(GIVEN))
        .when(~any_given & ~unsure & complete)
        .then(pl.lit(NEVER))
    )
    stopped = word == STOPPED
    months = ((day - pl.col("until")) / DAYS_PER_MONTH).round(1)
    return joined.select(
        "patient_id",
        "venetoclax_order",
        "venetoclax_from",
        venetoclax=word,
        venetoclax_until=pl.when(stopped).then("until"),
        months_since_stopping=pl.when(stopped).then(months),
        treatment_free=certain(
            complete & ~unsure & pl.coalesce("every_ended", pl.lit(True)),
            (word != GIVEN).fill_null(True)
            & (pl.col("every_ended").fill_null(True) | pl.col("other_goes_on") | doubtful),
        ),
    )


def _cycles(registry: Registry, lines: pl.DataFrame, on: int | None, numbers: Settings) -> pl.DataFrame:
    """Cycles of venetoclax in this remission, and where its fourth lies."""
    given = lines.filter(pl.col("venetoclax_line"))
    summed = given.group_by("patient_id").agg(
        recorded=pl.col("cycles").sum(),
        all_recorded=pl.col("cycles").is_not_null().all(),
        begun=pl.col("start_day").min().cast(pl.Int64),
        of_lines=pl.col("line").drop_nulls().unique(),
    )
    cycles = registry.days("cycles").join(summed, on="patient_id", how="inner")
    dosed = (pl.col("venetoclax_mg") > 0) | (pl.col("venetoclax_days") > 0)
    # By its dose, or as a cycle of a line of venetoclax.
    of_line = pl.col("line").is_in(pl.col("of_lines"))
    since = (pl.col("start_day") >= pl.col("begun")).fill_null(True)
    mine = cycles.filter((dosed.fill_null(False) | of_line.fill_null(False)) & since)
    start, number = pl.col("start_day").cast(pl.Int64), pl.col("cycle")
    fourth = start.filter(number == 4).min()
    counted = mine.group_by("patient_id").agg(
        counted=pl.len(), cycle_4_day=fourth, next_day=start.filter((number > 4) & (start > fourth)).min()
    )
    joined = summed.join(counted, on="patient_id", how="left", maintain_order="left")
    complete = pl.col("patient_id").is_in(registry.complete("cycles")["patient_id"].implode())
    counted_all, exact = pl.when(complete).then("counted"), pl.when("all_recorded").then("recorded")
    low = pl.max_horizontal(pl.col("recorded"), pl.col("counted").fill_null(0))
    low = (
        pl.when(exact.is_not_null() & counted_all.is_not_null())
        .then(pl.min_horizontal(exact, counted_all))
        .otherwise(low)
    )
    high = pl.max_horizontal(exact, counted_all)
    # A number that falls short of the cycles on record is not the most that it can be.
    high = pl.when(pl.col("counted").fill_null(0) <= high).then(high).otherwise(pl.max_horizontal(high, "counted"))
    day = pl.lit(on, pl.Int64)
    over_by_length = day >= pl.col("cycle_4_day") + numbers["checkpoint.cycle_days"]
    until = pl.coalesce(
        "next_day", pl.col("cycle_4_day") + numbers["checkpoint.cycle_days"] + numbers["checkpoint.window"]
    )
    return joined.with_columns(low=low.cast(pl.Float64), high=pl.when(high >= low).then(high).cast(pl.Float64)).select(
        "patient_id",
        "cycle_4_day",
        venetoclax_cycles_low="low",
        venetoclax_cycles_high="high",
        cycle_4_until=until,
        cycle_4_over=pl.when(pl.col("next_day").is_not_null() | (pl.col("low") > 4))
        .then(True)
        .when(pl.col("cycle_4_day").is_not_null())
        .then(over_by_length)
        .when(pl.col("high") < 4)
        .then(False),
    )


def stable_counts(registry: Registry, on: int | None, numbers: Settings = STOPPING) -> pl.DataFrame:
    """Return patient_id and `counts_stable`: every count of the last weeks at or above the numbers of ``stopping.toml``."""
    if on is None:
        return registry.patient_ids().with_columns(counts_stable=pl.lit(None, pl.Boolean))
    counts = registry.days("counts").filter(
        (pl.col("sample_day") <= on) & (pl.col("sample_day") > on - numbers["counts.window"])
    )
    neutrophils = pl.col("anc_e9_l") >= numbers["counts.neutrophils_from"]
    platelets = pl.col("platelets_e9_l") >= numbers["counts.platelets_from"]
    each = counts.group_by("patient_id", "sample_day").agg(
        low=((~neutrophils).any() | (~platelets).any()), full=neutrophils.any() & platelets.any()
    )
    found = each.group_by("patient_id").agg(
        low=pl.col("low").any(), enough=pl.col("full").fill_null(False).sum() >= numbers["counts.at_least"]
    )
    people = registry.patient_ids().join(found, on="patient_id", how="left", maintain_order="left")
    return people.select(
        "patient_id", counts_stable=pl.when(pl.col("low")).then(False).when(pl.col("enough")).then(True)
    )


def _delayed_recovery(registry: Registry) -> pl.DataFrame:
    """Whether a dose was changed for late recovery; "no" where cycles are complete and no reason is recorded."""
    reason = pl.col("dose_change_reason").str.to_lowercase()
    found = (
        registry.table("cycles")
        .group_by("patient_id")
        .agg(late=reason.str.contains_any(list(LATE_RECOVERY)).any(), other=reason.is_not_null().any())
    )
    people = registry.patient_ids().join(found, on="patient_id", how="inner")
    complete = pl.col("patient_id").is_in(registry.complete("cycles")["patient_id"].implode())
    return people.select("patient_id", delayed_recovery=pl.when(pl.col("late")).then(True).when(complete).then(False))

"""What a patient's records say of the present course of venetoclax: given or stopped, how many cycles, how counts recovered.

A course is of this remission. Given again long after it ended, or after a molecular relapse, venetoclax begins a new one, of
which cycles, checkpoint and schedule are then counted. Inside intensive chemotherapy (FLAG-VEN) it is no course.
Traps: an end that is not recorded is no end, unless a later line, a transplant or a number of cycles tells of one; cycles in
the making are in `cycles` only, so where that table is not complete there is a least number and no most; whoever has no line
of venetoclax never had it only where lines are recorded completely. A haematological relapse begins anew.
"""

from __future__ import annotations

import polars as pl

from tenfold.guidance.remission.stopping import GIVEN, NEVER, STOPPED, STOPPING
from tenfold.logic.criterion import certain
from tenfold.records.registry import Registry
from tenfold.records.therapy import antileukaemic, grafts
from tenfold.records.timeline import DAYS_PER_MONTH, complete_from_the_beginning, once, placed
from tenfold.settings import Settings
from tenfold.treatment_history import venetoclax_given
from tenfold.vocabulary import EventKind, MolecularState, Response

LATE_RECOVERY = (
    ("cytopenia",),
    ("cytopenias",),
    ("pancytopenia",),
    ("neutropenia",),
    ("thrombocytopenia",),
    ("counts",),
    ("delayed", "recovery"),
    ("late", "recovery"),
)
"""Words, one after the other, that tell of delayed haematological recovery in the reason of a changed dose."""
RELAPSE_TREATED = (
    MolecularState.RELAPSE_CONFIRMED,
    MolecularState.IN_RELAPSE,
    MolecularState.RELAPSE_UNCONFIRMED_TREATED,
)
"""After a molecular relapse that stands so a line of venetoclax is a new course."""


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
    lines = antileukaemic(registry)
    lines = lines.join(relapses(registry, molecular), on="patient_id", how="left", maintain_order="left")
    since = pl.col("relapse_order").is_null() | (pl.col("order") >= pl.col("relapse_order"))
    return lines.filter(since.fill_null(True)).with_columns(
        # Inside intensive chemotherapy it is no course of its own.
        venetoclax_line=venetoclax_given() & ~pl.col("intensive").fill_null(False),
        end_day=pl.col("end_day").cast(pl.Int64),
    )


def present_course(lines: pl.DataFrame, molecular: pl.DataFrame, numbers: Settings = STOPPING) -> pl.DataFrame:
    """Return the lines of venetoclax that make each patient's present course, with `restarted` (there was one before).

    `lines` is the result of `lines_of_this_remission`. A line that is not placed may belong to any course and stays.
    """
    given = lines.filter(pl.col("venetoclax_line")).with_row_index("_row")
    dated = given.filter(pl.col("order").is_not_null()).sort("patient_id", "order", "end_day", nulls_last=True)
    mine = pl.col("patient_id")
    dated = dated.with_columns(
        _before=pl.col("order").shift(1).over(mine),
        _ended=pl.when(pl.col("end_day").is_not_null()).then("end_day").cum_max().shift(1).over(mine),
        _goes_on=pl.col("end_day").is_null().shift(1).over(mine),
    )
    relapsed = (
        dated.select("_row", "patient_id", "order", "_before")
        .join(_relapse_samples(molecular), on="patient_id")
        .filter((pl.col("_relapse") > pl.col("_before")) & (pl.col("_relapse") <= pl.col("order")))
    )
    gap = pl.col("start_day").cast(pl.Int64) - pl.col("_ended") > numbers["course.gap"]
    opens = (gap & ~pl.col("_goes_on")).fill_null(False) | pl.col("_row").is_in(relapsed["_row"].implode())
    numbered = dated.with_columns(_course=opens.cast(pl.Int64).cum_sum().over(mine)).select("_row", "_course")
    courses = given.join(numbered, on="_row", how="left", maintain_order="left")
    last = pl.col("_course").max().over("patient_id")
    present = courses.filter((pl.col("_course") == last) | pl.col("_course").is_null())
    return present.with_columns(restarted=(last > 0).fill_null(False)).drop("_row", "_course")


def _relapse_samples(molecular: pl.DataFrame) -> pl.DataFrame:
    """patient_id and `_relapse`: the order of the first sample of each molecular relapse that was confirmed or treated."""
    standing = molecular.filter(pl.col("state").is_in(RELAPSE_TREATED) & pl.col("relapse_sample_id").is_not_null())
    began = standing.select("patient_id", sample_id="relapse_sample_id").unique()
    samples = molecular.filter(pl.col("row") == "sample").select("patient_id", "sample_id", _relapse="order")
    return began.join(samples, on=["patient_id", "sample_id"]).select("patient_id", "_relapse").unique()


def transplanted(registry: Registry) -> pl.DataFrame:
    """Return patient_id, `transplanted` (ever, allogeneic) and `transplant_order` (the last)."""
    return once(registry, "transplanted", lambda: _transplanted(registry))


def _transplanted(registry: Registry) -> pl.DataFrame:
    allografts = grafts(registry).filter(~pl.col("autologous"))
    found = allografts.group_by("patient_id").agg(transplant_order=pl.col("order").max(), _graft=pl.lit(True))
    people = registry.patient_ids().join(found, on="patient_id", how="left", maintain_order="left")
    complete = complete_from_the_beginning(registry, "transplants")
    return people.select(
        "patient_id", "transplant_order", transplanted=pl.coalesce("_graft", pl.when(complete).then(False))
    )


def venetoclax_course(
    registry: Registry, molecular: pl.DataFrame, on: int | None, numbers: Settings = STOPPING
) -> pl.DataFrame:
    """Return one row per patient about the present course of venetoclax; null where not known.

    `venetoclax` ("never given", "being given", "stopped"), `venetoclax_order`, `venetoclax_from`, `venetoclax_until` (days),
    `months_since_stopping`, `treatment_free` (nothing is given any more), `venetoclax_cycles_low`, `_high`, `cycle_4_day`,
    `cycle_4_until` (the last day on which a marrow belongs to it), `cycle_4_over`, `counts_stable`, `delayed_recovery`.
    """
    lines = lines_of_this_remission(registry, molecular)
    given = present_course(lines, molecular, numbers)
    cycles = _cycles_of(registry, given)
    grafts = transplanted(registry)
    people = registry.patient_ids()
    for frame in (
        _standing(registry, lines, given, grafts, on),
        _cycles(registry, given, cycles, on, numbers),
        stable_counts(registry, on, numbers),
        _delayed_recovery(registry, cycles),
    ):
        people = people.join(frame, on="patient_id", how="left", maintain_order="left")
    return people


def _standing(
    registry: Registry, lines: pl.DataFrame, given: pl.DataFrame, grafts: pl.DataFrame, on: int | None
) -> pl.DataFrame:
    day = pl.lit(on, pl.Int64)
    ended = pl.col("end_day") < day if on is not None else pl.col("end_day").is_not_null()
    ended = ended.fill_null(False)
    other = ~pl.col("venetoclax_line").fill_null(False)
    every = lines.group_by("patient_id").agg(
        any_unsure=pl.col("venetoclax_line").is_null().any(),
        every_ended=ended.all(),
        other_goes_on=(~ended).filter(other).any(),
        last_order=pl.col("order").filter(other).max(),
    )
    summed = given.group_by("patient_id").agg(
        any_given=pl.lit(True),
        all_ended=ended.all(),
        # An end that nobody dated shows in a number of cycles given.
        end_doubtful=(~ended & pl.col("end_day").is_null() & pl.col("cycles").is_not_null()).any(),
        venetoclax_order=pl.col("order").max(),
        venetoclax_from=pl.col("start_day").min().cast(pl.Int64),
        until=pl.col("end_day").max(),
    )
    joined = registry.patient_ids()
    for frame in (every, summed, grafts):
        joined = joined.join(frame, on="patient_id", how="left", maintain_order="left")
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


def _cycles_of(registry: Registry, given: pl.DataFrame) -> pl.DataFrame:
    """The recorded cycles of the present course: by the dose, or as cycles of a line of venetoclax, since it began."""
    summed = given.group_by("patient_id").agg(
        begun=pl.col("start_day").min().cast(pl.Int64),
        of_lines=pl.col("line").drop_nulls().unique(),
        restarted=pl.col("restarted").any(),
    )
    cycles = registry.days("cycles").join(summed, on="patient_id", how="inner")
    dosed = (pl.col("venetoclax_mg") > 0) | (pl.col("venetoclax_days") > 0)
    of_line = pl.col("line").is_in(pl.col("of_lines")).fill_null(False)
    # A cycle without a day is of the only course there was, else of the one that its line says.
    since = (pl.col("start_day") >= pl.col("begun")).fill_null(~pl.col("restarted") | of_line)
    return cycles.filter((dosed.fill_null(False) | of_line) & since)


def _cycles(
    registry: Registry, given: pl.DataFrame, cycles: pl.DataFrame, on: int | None, numbers: Settings
) -> pl.DataFrame:
    """Cycles of the present course, and where its fourth lies."""
    summed = given.group_by("patient_id").agg(
        # Of a line without a place it is not known whether it is of this course.
        recorded=pl.col("cycles").filter(~pl.col("restarted") | pl.col("order").is_not_null()).sum(),
        all_recorded=(pl.col("cycles").is_not_null() & (~pl.col("restarted") | pl.col("order").is_not_null())).all(),
        begun=pl.col("start_day").min().cast(pl.Int64),
    )
    start, number = pl.col("start_day").cast(pl.Int64), pl.col("cycle")
    # Where numbers run on from the course before, four is not the fourth of this one.
    own = ~pl.col("restarted").any() | (number.min() == 1).fill_null(False)
    fourth = pl.when(own).then(start.filter(number == 4).min())
    # The cycles of a further line of the same course may begin again at one.
    fifth = start.filter((number != 4) & (start > fourth)).min()
    counted = cycles.group_by("patient_id").agg(counted=pl.len(), cycle_4_day=fourth, next_day=fifth)
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
    # What nobody recorded is no more than the time since the course began has room for.
    room = (day - pl.col("begun")) // int(numbers["course.shortest_cycle"]) + 1
    high = pl.coalesce(high, pl.when(room > 0).then(room))
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


def _delayed_recovery(registry: Registry, cycles: pl.DataFrame) -> pl.DataFrame:
    """Whether a dose of this course was changed for late recovery; "no" where its cycles are complete and no reason says so."""
    # British spellings, and everything between words as one space.
    reason = pl.col("dose_change_reason").str.to_lowercase().str.replace_many({"paenia": "penia", "poenia": "penia"})
    spaced = pl.lit(" ") + reason.str.replace_all(r"[^a-z]+", " ") + pl.lit(" ")
    told = [f" {' '.join(words)} " for words in LATE_RECOVERY]
    found = cycles.group_by("patient_id").agg(late=spaced.str.contains_any(told).fill_null(False).any())
    people = registry.patient_ids().join(found, on="patient_id", how="inner")
    complete = pl.col("patient_id").is_in(registry.complete("cycles")["patient_id"].implode())
    return people.select("patient_id", delayed_recovery=pl.when(pl.col("late")).then(True).when(complete).then(False))

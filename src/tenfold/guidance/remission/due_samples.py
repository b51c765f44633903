"""The days of the next MRD samples: the windows of the schedule that applies, counted from what is known.

Every day is a number on the registry's axis. `earliest_day` and `latest_day` bound the planned window over all that the
records leave open; a null end has no bound, and `because` says what is not known. Alternatives of one recommendation (marrow,
or blood) are overdue only together, and one is left out once the other tissue was taken in its stead.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from tenfold.guidance.numbers import read_file
from tenfold.guidance.remission.next_sample import (
    AFTER_CYCLES,
    AFTER_INTENSIVE,
    AFTER_STOPPING,
    BEYOND,
    CONFIRM,
    CONFIRM_AND_MARROW,
    DURING_INTENSIVE,
    EARLY,
    IN_RELAPSE,
    LATER,
    MARROW_TOO,
    NEXT_SAMPLE_SCHEDULE,
    NOT_STATED,
    NPM1,
    NUMBERS,
    last_samples,
    suspicions,
)
from tenfold.guidance.remission.relapse_now import HIGH_LEVEL, sampling_in_relapse
from tenfold.guidance.remission.stopping import GIVEN
from tenfold.logic.answering import answer
from tenfold.logic.criterion import certain
from tenfold.records.timeline import DAYS_PER_MONTH, FAR
from tenfold.settings import Settings
from tenfold.vocabulary import Tissue

COLUMNS: dict[str, Any] = {
    "patient_id": pl.String,
    "marker": pl.String,
    "tissue": pl.String,
    "earliest_day": pl.Int64,
    "latest_day": pl.Int64,
    "overdue": pl.Boolean,
    "schedule": pl.String,
    "because": pl.String,
    "source": pl.String,
    "verified": pl.Boolean,
}
ON_VENETOCLAX = (EARLY, LATER)
ALTERNATIVES = (AFTER_STOPPING, AFTER_INTENSIVE)
"""Schedules that offer marrow or blood."""
GOES_ON = "if venetoclax goes on"
KEY = NEXT_SAMPLE_SCHEDULE.key
HEUSER = "Heuser et al., Blood 2021;138:2753-2767"
SINCE = {AFTER_STOPPING: "venetoclax_until", AFTER_INTENSIVE: "intensive_until"}
"""What each schedule's time is counted from; else the first day of venetoclax or the end of intensive treatment."""


def next_samples(
    facts: pl.DataFrame, molecular: pl.DataFrame, settings: Settings, on: int | None, numbers: Settings = NUMBERS
) -> pl.DataFrame:
    """Return the next samples of each patient and marker (`COLUMNS`), in order: at least one row for each.

    `facts` is the result of `sampling_facts`, `molecular` the assessment's. Where no schedule applies, or facts leave several
    possible, `tissue` and days are null and `because` says why. `overdue` is null without a day `on`.
    """
    answered = answer(facts, [NEXT_SAMPLE_SCHEDULE])
    parts = [_without_days(answered), _if_it_goes_on(answered, molecular, settings, on, numbers)]
    schedules = read_file("remission/next_sample.toml")["schedule"]
    for marker in answered["marker"].unique().sort():
        mine = answered.filter(pl.col("marker") == marker)
        taken = last_samples(molecular, marker, on)
        waiting = suspicions(molecular, marker, on)
        parts.append(_in_relapse(mine, sampling_in_relapse(molecular, marker), taken, on, numbers))
        parts.append(_confirming(mine, waiting, settings, on))
        parts.append(_confirming_level(mine, waiting, taken, settings, on))
        parts.append(_marrow_too(mine, taken, settings, on))
        pairs = dict.fromkeys((entry["plan"], entry["tissue"]) for entry in schedules)
        for plan, tissue in pairs:
            phases = [entry for entry in schedules if (entry["plan"], entry["tissue"]) == (plan, tissue)]
            either = mine.filter(_on_venetoclax() & (pl.lit(plan).is_in(pl.col(f"{KEY}_possible"))))
            due = mine.filter(pl.col(KEY) == plan) if plan not in ON_VENETOCLAX else either
            if due.height:
                planned = _planned(due, taken.filter(pl.col("tissue") == tissue), phases, on, numbers)
                parts.append(_without_satisfied(planned, taken) if plan in ALTERNATIVES else planned)
    # Where the cycle is not known either schedule of venetoclax may hold.
    every = pl.concat(
        [part.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items()) for part in parts]
    ).unique()
    return _together(_either(every)).sort("patient_id", "marker", "tissue", "schedule", nulls_last=True)


def _if_it_goes_on(
    answered: pl.DataFrame, molecular: pl.DataFrame, settings: Settings, on: int | None, numbers: Settings
) -> pl.DataFrame:
    """The samples that would be due if venetoclax, begun and of unknown end, goes on; never surely overdue."""
    several = pl.col(KEY).is_null() & (pl.col(f"{KEY}_possible").list.len() > 1) & ~_on_venetoclax()
    open_ = answered.filter(several & pl.col("venetoclax").is_null() & pl.col("venetoclax_from").is_not_null())
    if open_.is_empty():
        return pl.DataFrame(schema=COLUMNS)
    supposed = open_.select(pl.exclude(rf"^{KEY}.*$")).with_columns(venetoclax=pl.lit(GIVEN))
    due = next_samples(supposed, molecular, settings, on, numbers).filter(pl.col("latest_day").is_not_null())
    return due.with_columns(
        overdue=pl.when(~pl.col("overdue")).then(False),
        schedule=pl.lit(f"{GOES_ON}: ") + pl.col("schedule"),
        because=pl.col("because") + pl.lit("; whether venetoclax goes on is not known"),
    )


def _on_venetoclax() -> pl.Expr:
    """Whether the schedule is surely one of those on venetoclax."""
    possible = pl.col(f"{KEY}_possible")
    return (possible.list.len() > 0) & possible.list.eval(pl.element().is_in(ON_VENETOCLAX)).list.all()


def _either(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the two schedules on venetoclax made one where both are possible: the window that holds in both."""
    early = pl.col("schedule").is_in(ON_VENETOCLAX)
    several = early & (pl.len().over("patient_id", "marker", early) > 1)
    both, rest = rows.filter(several), rows.filter(~several)
    one = (
        both.sort("schedule", descending=True)
        .group_by("patient_id", "marker", "tissue", maintain_order=True)
        .agg(
            earliest_day=pl.when(pl.col("earliest_day").is_not_null().all()).then(pl.col("earliest_day").min()),
            latest_day=pl.when(pl.col("latest_day").is_not_null().all()).then(pl.col("latest_day").max()),
            overdue=certain(pl.col("overdue").fill_null(False).all(), pl.col("overdue").fill_null(True).any()),
            schedule=pl.col("schedule").str.join(" or "),
            because=pl.col("because").str.join("; or "),
            source=pl.col("source").first(),
            verified=pl.col("verified").all(),
        )
    )
    return pl.concat([rest, one.select(*COLUMNS)])


def _without_days(answered: pl.DataFrame) -> pl.DataFrame:
    """Rows whose schedule has no days, is open, or is refused."""
    possible, scope = pl.col(f"{KEY}_possible"), pl.col(f"{KEY}_scope")
    open_ = answered.filter((pl.col(KEY).is_null() & ~_on_venetoclax()) | pl.col(KEY).is_in([BEYOND, NOT_STATED]))
    because = (
        pl.when(scope == "no")
        .then(pl.lit("outside remission: haematological response leads"))
        .when(possible.list.len() > 1)
        .then("not known: " + _deciding())
        .when(pl.col(KEY) == BEYOND)
        .then(pl.lit("more than 24 months: individual (recommendation D9)"))
        .otherwise(pl.lit("no schedule is printed for this"))
    )
    nothing = [pl.lit(None, COLUMNS[name]).alias(name) for name in ("tissue", "earliest_day", "latest_day", "overdue")]
    none = open_.with_columns(
        *nothing,
        schedule=possible.list.join(" or "),
        because=because,
        source=pl.lit(HEUSER),
        verified=pl.lit(True),
    )
    during = answered.filter(pl.col(KEY) == DURING_INTENSIVE)
    rows = [
        during.with_columns(
            *nothing[1:],
            tissue=pl.lit(str(tissue)),
            schedule=pl.col(KEY),
            because=pl.lit(f"{wording}; the day of that course is not known yet"),
            source=pl.lit(f"{HEUSER}, D5, D6"),
            verified=pl.lit(True),
        )
        for tissue, wording in (
            (Tissue.BLOOD, "blood after two cycles"),
            (Tissue.MARROW, "marrow at the end of consolidation"),
        )
    ]
    return pl.concat([frame.select(*COLUMNS) for frame in (none, *rows)])


def _deciding() -> pl.Expr:
    """What would decide, in words."""
    said = {criterion.name: criterion.wording.lower() for criterion in NEXT_SAMPLE_SCHEDULE.criteria}
    return (
        pl.col(f"{KEY}_decided_by").list.eval(pl.element().replace_strict(said, return_dtype=pl.String)).list.join(", ")
    )


def _overdue(soonest: pl.Expr, last: pl.Expr, on: int | None) -> pl.Expr:
    """Overdue on the day: whatever day was meant, yes; on none of them, no."""
    day = pl.lit(on, pl.Int64)
    return pl.lit(None, pl.Boolean) if on is None else certain(day > last, day > soonest)


def _in_relapse(
    due: pl.DataFrame, relapses: pl.DataFrame, taken: pl.DataFrame, on: int | None, numbers: Settings
) -> pl.DataFrame:
    """The next sample in a molecular relapse: counted from the last one of its tissues, or from the start of treatment."""
    days = int(numbers["cycle.days"])
    first, last = (days * int(numbers[f"in_relapse.{name}"]) for name in ("from", "to"))
    grace = int(numbers["grace.days"])
    # Marrow and blood that both show the relapse stand in for each other.
    sampled = (
        relapses.explode("tissues")
        .join(taken, left_on=["patient_id", "tissues"], right_on=["patient_id", "tissue"], how="left")
        .group_by("patient_id")
        .agg(
            pl.col("begun_low", "begun_high").first(),
            pl.col("taken_low").max(),
            taken_high=pl.when(pl.col("taken_high").is_not_null().all()).then(pl.col("taken_high").max()),
            tissue=pl.col("tissues").sort(descending=True).str.join(" or "),
        )
    )
    rows = due.filter(pl.col(KEY) == IN_RELAPSE).join(sampled, on="patient_id", how="inner", maintain_order="left")
    begun_low = pl.when(pl.col("begun_low") > -FAR).then("begun_low")
    begun_high = pl.when(pl.col("begun_high") < FAR).then("begun_high")
    low = pl.max_horizontal("taken_low", begun_low)
    known = pl.col("taken_high").is_not_null() & (pl.col("begun_high").is_null() | begun_high.is_not_null())
    high = pl.when(known).then(pl.max_horizontal("taken_high", begun_high))
    unknown = pl.when(low.is_null() | high.is_null()).then(pl.lit("; the day it is counted from is not known"))
    return rows.with_columns(
        earliest_day=low + first,
        latest_day=high + last,
        overdue=_overdue(low + last + grace, high + last + grace, on),
        schedule=pl.lit(IN_RELAPSE),
        because=pl.lit(
            "response is told after the first cycles: the next sample 1 to 2 cycles after treatment of it began, or after the"
            " last sample"
        )
        + unknown.otherwise(pl.lit("")),
        source=pl.lit(AFTER_CYCLES),
        verified=pl.lit(False),
    ).select(*COLUMNS)


def _confirming(due: pl.DataFrame, waiting: pl.DataFrame, settings: Settings, on: int | None) -> pl.DataFrame:
    within = int(settings["mrd.confirm_within"])
    entry = settings.entries["mrd.confirm_within"]
    rows = due.filter(pl.col(KEY).is_in([CONFIRM, CONFIRM_AND_MARROW])).join(
        waiting.filter("sure"), on="patient_id", how="inner", maintain_order="left"
    )
    unknown = pl.when(pl.col("first_low").is_null() | pl.col("first_high").is_null()).then(
        pl.lit("; the day of the first positive sample is not known")
    )
    return rows.with_columns(
        earliest_day=pl.col("first_low") + 1,
        latest_day=pl.col("first_high") + within,
        overdue=_overdue(pl.col("first_low") + within, pl.col("first_high") + within, on),
        schedule=pl.lit(CONFIRM),
        because=pl.lit(f"a second sample within {within} days of the first positive one")
        + unknown.otherwise(pl.lit("")),
        source=pl.lit(entry.source),
        verified=pl.lit(entry.verified),
    ).select(*COLUMNS)


def _confirming_level(
    due: pl.DataFrame, waiting: pl.DataFrame, taken: pl.DataFrame, settings: Settings, on: int | None
) -> pl.DataFrame:
    """The second sample of a level that counts once it is confirmed, from the sample that had it.

    A relapse that awaits its second sample asks for it already.
    """
    within = int(settings["mrd.confirm_within"])
    entry = settings.entries["guidance.transplant_trigger"]
    parts = []
    for tissue, high in HIGH_LEVEL.items():
        last = taken.filter(pl.col("tissue") == tissue).select("patient_id", "tissue", "taken_low", "taken_high")
        already = waiting.filter(pl.col("sure") & (pl.col("tissue") == tissue))["patient_id"]
        # In a relapse that another stream confirmed, too: transplant hangs on the level of this one.
        asked = (pl.col(KEY) == IN_RELAPSE) | (
            pl.col(KEY).is_in([CONFIRM, CONFIRM_AND_MARROW]) & ~pl.col("patient_id").is_in(already.implode())
        )
        chosen = asked & (pl.col("marker") == NPM1) & pl.col(high)
        parts.append(due.filter(chosen).join(last, on="patient_id", how="inner", maintain_order="left"))
    unknown = pl.when(pl.col("taken_low").is_null() | pl.col("taken_high").is_null()).then(
        pl.lit("; the day of that sample is not known")
    )
    said = f"at or above {entry.value:g} {entry.unit} in one sample: to be confirmed within {within} days"
    confirm = settings.entries["mrd.confirm_within"]
    return (
        pl.concat(parts)
        .with_columns(
            earliest_day=pl.col("taken_low") + 1,
            latest_day=pl.col("taken_high") + within,
            overdue=_overdue(pl.col("taken_low") + within, pl.col("taken_high") + within, on),
            schedule=pl.lit(CONFIRM),
            because=pl.lit(said) + unknown.otherwise(pl.lit("")),
            source=pl.lit(f"{entry.source}; {confirm.source}"),
            verified=pl.lit(confirm.verified),
        )
        .select(*COLUMNS)
    )


def _marrow_too(due: pl.DataFrame, taken: pl.DataFrame, settings: Settings, on: int | None) -> pl.DataFrame:
    within = int(settings["mrd.confirm_within"])
    blood = taken.filter(pl.col("tissue") == Tissue.BLOOD).select("patient_id", "taken_low", "taken_high")
    rows = due.filter(pl.col(KEY).is_in([MARROW_TOO, CONFIRM_AND_MARROW])).join(blood, on="patient_id", how="left")
    unknown = pl.when(pl.col("taken_low").is_null() | pl.col("taken_high").is_null()).then(
        pl.lit("; the day of that sample is not known")
    )
    return rows.with_columns(
        tissue=pl.lit(str(Tissue.MARROW)),
        earliest_day=pl.col("taken_low"),
        latest_day=pl.col("taken_high") + within,
        overdue=_overdue(pl.col("taken_low") + within, pl.col("taken_high") + within, on),
        schedule=pl.lit(MARROW_TOO),
        because=pl.lit("the last blood sample is positive and no marrow was taken since")
        + unknown.otherwise(pl.lit("")),
        source=pl.lit("Tenfold's reading: no level of marrow is told from blood; within the days of a second sample"),
        verified=pl.lit(False),
    ).select(*COLUMNS)


def _planned(
    due: pl.DataFrame, taken: pl.DataFrame, phases: list[dict[str, Any]], on: int | None, numbers: Settings
) -> pl.DataFrame:
    """The next sample of one tissue by the phases of one plan, from the last sample since its start, else from the start."""
    plan, tissue = phases[0]["plan"], phases[0]["tissue"]
    on_venetoclax = plan not in (AFTER_STOPPING,) and phases[0]["unit"] == "cycles"
    start_name = "venetoclax_from" if on_venetoclax else SINCE.get(plan, "intensive_until")
    rows = due.join(
        taken.select("patient_id", "taken_low", "taken_high", _taken=pl.lit(True)),
        on="patient_id",
        how="left",
        maintain_order="left",
    )
    start = pl.col(start_name).cast(pl.Int64)
    taken_ever = pl.col("_taken").fill_null(False)
    # A sample from before the start does not count; one of unknown day may.
    low = pl.when(start.is_not_null()).then(pl.max_horizontal(start, "taken_low"))
    high = pl.when(start.is_not_null() & (~taken_ever | pl.col("taken_high").is_not_null())).then(
        pl.max_horizontal(start, "taken_high")
    )
    rows = rows.with_columns(start=start, low=low, high=high)
    since = pl.col("taken_high").is_null() & ~taken_ever | (pl.col("taken_high") <= pl.col("start"))
    from_low, to_low, to_high = (
        _step(phases, name, pl.col(at) - pl.col("start"), numbers)
        for name, at in (("from", "low"), ("to", "low"), ("to", "high"))
    )
    earliest, latest = pl.col("low") + from_low, pl.col("high") + to_high
    grace = int(numbers["grace.days"])
    if plan == AFTER_INTENSIVE and tissue == Tissue.MARROW:
        # D5 asks for a marrow at the end of consolidation itself.
        earliest = pl.when(since.fill_null(False)).then(pl.col("start")).otherwise(earliest)
    end = pl.col("start") + round(float(numbers["follow_up.months"]) * DAYS_PER_MONTH)
    ended = pl.lit(False) if on_venetoclax else (earliest > end).fill_null(False)
    said = phases[0]["wording"] if len(phases) == 1 else " and ".join(entry["wording"] for entry in phases)
    unknown = (
        pl.when(pl.col("start").is_null())
        .then(pl.lit("; the day it is counted from is not known"))
        .when(pl.col("low").is_null() | pl.col("high").is_null() | (taken_ever & pl.col("taken_low").is_null()))
        .then(pl.lit("; the day of the last sample is not known"))
        .otherwise(pl.lit(""))
    )
    alternative = "" if plan not in ALTERNATIVES else "; marrow and blood are alternatives"
    planned = rows.with_columns(
        tissue=pl.when(~ended).then(pl.lit(tissue)),
        earliest_day=pl.when(~ended).then(earliest),
        latest_day=pl.when(~ended).then(latest),
        overdue=pl.when(~ended).then(_overdue(pl.col("low") + to_low + grace, latest + grace, on)),
        schedule=pl.when(ended).then(pl.lit(BEYOND)).otherwise(pl.lit(plan)),
        because=pl.when(ended)
        .then(pl.lit("the next sample would lie beyond 24 months: individual (recommendation D9)"))
        .otherwise(pl.lit(said + alternative) + unknown),
        source=pl.lit("; ".join(dict.fromkeys(entry["source"] for entry in phases))),
        verified=pl.lit(all(entry["verified"] for entry in phases)),
    )
    return planned.select(*COLUMNS)


def _without_satisfied(planned: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """The windows in whose stead no sample of another tissue was taken since they opened."""
    others = taken.select("patient_id", "taken_low", _other="tissue")
    both = planned.join(others, on="patient_id", how="inner")
    satisfied = both.filter((pl.col("tissue") != pl.col("_other")) & (pl.col("taken_low") >= pl.col("earliest_day")))
    return planned.join(satisfied, on=["patient_id", "marker", "tissue"], how="anti", maintain_order="left")


def _step(phases: list[dict[str, Any]], which: str, into: pl.Expr, numbers: Settings) -> pl.Expr:
    """The days to the next sample, by how long after the start the last one lay."""
    days = {"months": DAYS_PER_MONTH, "weeks": 7, "cycles": numbers["cycle.days"]}
    step: pl.Expr = pl.lit(None, pl.Int64)
    for phase in phases:
        after, before = (phase.get(name) for name in ("after", "before"))
        holds = pl.lit(True)
        if after is not None:
            holds &= into >= round(after * DAYS_PER_MONTH)
        if before is not None:
            holds &= into < round(before * DAYS_PER_MONTH)
        step = pl.when(holds).then(pl.lit(round(phase[which] * days[phase["unit"]]), pl.Int64)).otherwise(step)
    return step


def _together(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the samples with alternatives overdue only together: marrow or blood of one recommendation."""
    alternative = pl.col("schedule").is_in(ALTERNATIVES)
    of_one = pl.col("overdue").all(ignore_nulls=False).over("patient_id", "marker", "schedule")
    return frame.with_columns(overdue=pl.when(alternative).then(of_one).otherwise("overdue"))

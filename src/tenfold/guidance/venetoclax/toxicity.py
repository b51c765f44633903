"""Toxicity cycle by cycle: CTCAE grades of the counts, how long grade 4 lasted, febrile neutropenia and transfusions.

A cycle runs from its first day to the day before the next begins (or its recorded end). Its grade is that of the worst count
in it; a nadir that nobody measured is not seen, so the grade is the least that it was. Days of grade 4 run from the first
count below the threshold to the first at or above it, as Tiong and FILO report them; `_least` and `_most` bound what the
counts allow. No count is *not known*, never grade 0.
Traps: overt leukaemia comes with low counts (`_before` is the grade at the start); an infection that is not called febrile
neutropenia leaves it open; a transfusion event that does not say of what leaves both open.

CTCAE v5.0 (thresholds unverified, ``toxicity.toml``); Tiong et al., Br J Haematol 2021;192:1026-1030; FILO 2025.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import polars as pl

from tenfold.guidance.numbers import read_numbers
from tenfold.logic.answering import answer
from tenfold.logic.criterion import banded
from tenfold.logic.decision import Decision, Input, Rule, otherwise
from tenfold.records.registry import Registry
from tenfold.records.timeline import FAR, exact_day, known_on, placed
from tenfold.settings import Settings
from tenfold.vocabulary import EventKind

TOXICITY = read_numbers("venetoclax/toxicity.toml")
"""The thresholds as shipped; `TOXICITY.changed(neutrophils__normal_from=1.8)` for a laboratory that knows its own."""

LINEAGES = {"neutropenia": ("neutrophils", "anc_e9_l"), "thrombocytopenia": ("platelets", "platelets_e9_l")}
"""Each cytopenia: its section of ``toxicity.toml`` and its column of `counts`."""
GRADES = ("grade 4", "grade 3", "grade 2", "grade 1", "grade 0")


def grade_question(cytopenia: str, numbers: Settings = TOXICITY) -> Decision:
    """Return the decision that grades one count: "neutropenia" or "thrombocytopenia", from grade 4 down to 0."""
    section, _ = LINEAGES[cytopenia]
    named = {"neutrophils": "neutrophils_e9_l", "platelets": "platelets_e9_l"}[section]
    cuts = [numbers[f"{section}.grade_{grade}_below"] for grade in (4, 3, 2)] + [numbers[f"{section}.normal_from"]]
    citation = numbers.entries[f"{section}.grade_4_below"].source
    name = f"ctcae_{section}"
    band = banded(
        name, section.capitalize(), *((">=", cut) for cut in cuts), of=pl.col(named), unit="10^9/L", citation=citation
    )
    below = [
        Rule(said, _below(name, cut), f"below {cut:g} x 10^9/L", citation)
        for said, cut in zip(GRADES, cuts, strict=False)
    ]
    return Decision(
        name=f"CTCAE-{cytopenia}",
        edition="CTCAE v5.0",
        question=f"Which grade of {cytopenia}?",
        citation=citation,
        unverified="the thresholds, which were not read in the original",
        caution="The lower limit of normal is the laboratory's own.",
        inputs=(Input(named, f"{section} in the blood", "number", "10^9/L", 0, 10_000),),
        criteria=(band,),
        rules=(*below, Rule(GRADES[-1], otherwise, "at or above the lower limit of normal", citation)),
    )


def _below(name: str, cut: float) -> Any:
    return lambda m: getattr(m, name) < cut


NEUTROPENIA_GRADE = grade_question("neutropenia")
THROMBOCYTOPENIA_GRADE = grade_question("thrombocytopenia")


def graded_counts(registry: Registry, numbers: Settings = TOXICITY) -> pl.DataFrame:
    """Return patient_id, day and the worst grade of that day (`neutropenia`, `thrombocytopenia`; Int8), in order.

    Counts whose day is not known are left out.
    """
    counts = placed(registry, "counts").with_columns(day=exact_day()).filter(pl.col("day").is_not_null())
    frame = counts.select("patient_id", "day", "platelets_e9_l", neutrophils_e9_l="anc_e9_l")
    questions = {cytopenia: grade_question(cytopenia, numbers) for cytopenia in LINEAGES}
    answered = answer(frame, list(questions.values()))
    grade = {said: 4 - k for k, said in enumerate(GRADES)}
    return (
        answered.select(
            "patient_id",
            "day",
            *(
                pl.col(question.key).replace_strict(grade, default=None, return_dtype=pl.Int8).alias(cytopenia)
                for cytopenia, question in questions.items()
            ),
        )
        .group_by("patient_id", "day")
        .agg(pl.col(*LINEAGES).max())
        .sort("patient_id", "day")
    )


def toxicity(registry: Registry, numbers: Settings = TOXICITY) -> pl.DataFrame:
    """Return one row per cycle of `cycles`, in order: patient_id, line, cycle, start_day, last_day, and what follows.

    For `neutropenia` and `thrombocytopenia`: `_counts` (days with a count), `_grade` (worst, Int8), `_before` (grade of
    the last count in the week up to day 1), `_widest_gap` (days without a count), `_grade_4_days` (null while not recovered, or without a count), `_least`,
    `_most` (days; null: no bound) and `_recovered`. Then `febrile_neutropenia`, `red_cell_transfusion`,
    `platelet_transfusion` (yes, no, null) and `contradicted` (transfusions that one table affirms and another denies).
    """
    cycles = _windows(registry, numbers)
    counts = graded_counts(registry, numbers)
    found = cycles
    for cytopenia in LINEAGES:
        courses = _courses(cycles, counts, cytopenia, int(numbers["cycle.joined_within"]))
        found = found.join(courses, on="at", how="left", maintain_order="left")
        none = pl.when(pl.col("start_day").is_not_null()).then(0)
        found = found.with_columns(pl.col(f"{cytopenia}_counts").fill_null(none))
    found = found.join(_events(registry, cycles), on="at", how="left", maintain_order="left")
    red, platelets = pl.col("red_cell_transfusion"), pl.col("platelet_transfusion")
    denied = [
        pl.when(~said & pl.col(f"_{name}")).then(pl.lit(name))
        for said, name in ((red, "red_cell_transfusion"), (platelets, "platelet_transfusion"))
    ]
    return found.with_columns(
        contradicted=pl.concat_list(denied).list.drop_nulls(),
        red_cell_transfusion=_either(red, pl.col("_red_cell_transfusion")),
        platelet_transfusion=_either(platelets, pl.col("_platelet_transfusion")),
    ).drop("at", "_red_cell_transfusion", "_platelet_transfusion")


def _either(of_cycle: pl.Expr, of_events: pl.Expr) -> pl.Expr:
    """What the cycle's row says, unless an event affirms it; null where they contradict or neither tells."""
    contradict = (~of_cycle & of_events).fill_null(False)
    return pl.when(~contradict).then(
        pl.when(of_events.fill_null(False)).then(True).otherwise(pl.coalesce(of_cycle, of_events))
    )


def _windows(registry: Registry, numbers: Settings) -> pl.DataFrame:
    cycles = registry.days("cycles").with_columns(pl.col("start_day", "end_day").cast(pl.Int64))
    cycles = cycles.sort("patient_id", "start_day", "line", "cycle", nulls_last=True)
    starts = pl.col("start_day").shift(-1).over("patient_id") - 1
    last = pl.min_horizontal(pl.coalesce("end_day", pl.col("start_day") + numbers["cycle.at_most"] - 1), starts)
    return cycles.select(
        "patient_id",
        "line",
        "cycle",
        "start_day",
        last_day=pl.when(pl.col("start_day").is_not_null()).then(last),
        red_cell_transfusion="red_cell_transfusion",
        platelet_transfusion="platelet_transfusion",
    ).with_row_index("at")


def _courses(cycles: pl.DataFrame, counts: pl.DataFrame, cytopenia: str, joined_within: int) -> pl.DataFrame:
    """Grade and days of one cytopenia for each cycle that has a count, or one in the week before."""
    rows = cycles.select("at", "patient_id", "start_day", "last_day").join(
        counts.select("patient_id", "day", grade=cytopenia).drop_nulls("grade"), on="patient_id"
    )
    found = []
    for (at,), of_cycle in rows.sort("at", "day").group_by("at", maintain_order=True):
        days, grades = of_cycle["day"].to_list(), of_cycle["grade"].to_list()
        start, last = of_cycle["start_day"][0], of_cycle["last_day"][0]
        if start is not None:
            found.append({"at": at, **course_of(days, grades, start, last, joined_within)})
    schema = {"at": cycles.schema["at"], **COURSE}
    frame = pl.DataFrame(found, schema)
    return frame.rename({name: f"{cytopenia}_{name}" for name in COURSE})


COURSE: dict[str, Any] = {
    "counts": pl.Int64,
    "widest_gap": pl.Int64,
    "grade": pl.Int8,
    "before": pl.Int8,
    "grade_4_days": pl.Int64,
    "grade_4_days_least": pl.Int64,
    "grade_4_days_most": pl.Int64,
    "recovered": pl.Boolean,
}


def course_of(days: list[int], grades: list[int], start: int, last: int, joined_within: int = 7) -> dict[str, Any]:
    """Return one cycle's course of one cytopenia (`COURSE`) from the grades on ascending days, those outside included.

    A stretch of grade 4 begins at its first count and ends at the first count of a lower grade; where the cycle ends
    first it has not recovered, and its days are open. At least, it lasted as long as its low counts lie within
    `joined_within` days of each other; at most, from the day after the last better count to the day before the next,
    within the cycle. A stretch between two better counts is not seen: `widest_gap` says how long nobody looked.
    """
    inside = [(day, grade) for day, grade in zip(days, grades, strict=True) if start <= day <= last]
    week = [grade for day, grade in zip(days, grades, strict=True) if start - 7 <= day <= start]
    nothing = dict.fromkeys(COURSE)
    if not inside:
        return {**nothing, "counts": 0, "before": week[-1] if week else None}
    ends = [start - 1, *(day for day, _ in inside), last + 1]
    said = {
        **nothing,
        "counts": len(inside),
        "widest_gap": max(later - day - 1 for day, later in itertools.pairwise(ends)),
        "grade": max(grade for _, grade in inside),
        "before": week[-1] if week else None,
    }
    stretches = _stretches(inside, [day for day, grade in zip(days, grades, strict=True) if grade < 4])
    least = sum(_at_least(stretch.low, joined_within) for stretch in stretches)
    most = sum(
        (last if stretch.better is None else min(last, stretch.better - 1)) - max(start, stretch.after + 1) + 1
        for stretch in stretches
    )
    ended = [stretch.better - stretch.low[0] for stretch in stretches if stretch.better is not None]
    recovered = len(ended) == len(stretches)
    return {
        **said,
        "grade_4_days": sum(ended) if recovered else None,
        "grade_4_days_least": least,
        "grade_4_days_most": most,
        "recovered": recovered if stretches else None,
    }


@dataclass(frozen=True)
class Stretch:
    """Counts of grade 4 in a row: their days, the day of the better count before (`after`) and of the one that ends it."""

    low: tuple[int, ...]
    after: int
    better: int | None


def _stretches(inside: list[tuple[int, int]], better: list[int]) -> list[Stretch]:
    """The stretches of grade 4 of a cycle; one whose better count comes after the cycle has none."""
    until = inside[-1][0]
    found: dict[int, list[int]] = {}
    for day, grade in inside:
        if grade == 4:
            found.setdefault(max((other for other in better if other < day), default=-FAR), []).append(day)
    return [
        Stretch(tuple(low), after, next((other for other in better if low[-1] < other <= until), None))
        for after, low in found.items()
    ]


def _at_least(low: tuple[int, ...], joined_within: int) -> int:
    gaps = [later - day for day, later in itertools.pairwise(low)]
    return 1 + sum(gap if gap <= joined_within else 1 for gap in gaps)


def _events(registry: Registry, cycles: pl.DataFrame) -> pl.DataFrame:
    """Febrile neutropenia and transfusions by `events`; "no" only where events are recorded completely."""
    wanted = [EventKind.NEUTROPENIA, EventKind.INFECTION, EventKind.TOXICITY, EventKind.TRANSFUSION, EventKind.OTHER]
    events = placed(registry, "events").filter(pl.col("kind").is_in(wanted))
    detail = pl.col("detail").str.to_lowercase().fill_null("")
    negated = pl.any_horizontal(
        detail.str.contains(word, literal=True) for word in ("afebrile", "non-febrile", "no feb")
    )
    there = pl.col("present").fill_null(True)
    febrile = detail.str.contains("febrile", literal=True) & ~negated
    transfused = pl.col("kind") == EventKind.TRANSFUSION
    red = detail.str.contains_any(["red", "erythro", "rbc"])
    platelet = detail.str.contains_any(["platelet", "thrombo"])
    told = events.select(
        "patient_id",
        "earliest_day",
        "latest_day",
        febrile=there & febrile,
        # An infection, or neutropenia of which no more is said, may have been febrile neutropenia.
        perhaps=there
        & ~febrile
        & ~negated
        & ((pl.col("kind") == EventKind.INFECTION) | ((pl.col("kind") == EventKind.NEUTROPENIA) & (detail == ""))),
        red=there & transfused & red,
        platelet=there & transfused & platelet,
        unsaid=there & transfused & ~red & ~platelet,
    )
    windows = cycles.select("at", "patient_id", "start_day", "last_day")
    met = windows.join(told, on="patient_id", how="inner")
    within = (pl.col("earliest_day") >= pl.col("start_day")) & (pl.col("latest_day") <= pl.col("last_day"))
    touches = (pl.col("latest_day") >= pl.col("start_day")) & (pl.col("earliest_day") <= pl.col("last_day"))
    # An event without a day may belong to any cycle.
    within, touches = within.fill_null(False), touches.fill_null(True)
    seen = met.group_by("at").agg(
        _febrile=(within & pl.col("febrile")).any(),
        _febrile_open=(touches & (pl.col("febrile") | pl.col("perhaps"))).any(),
        _red=(within & pl.col("red")).any(),
        _red_open=(touches & (pl.col("red") | pl.col("unsaid"))).any(),
        _platelet=(within & pl.col("platelet")).any(),
        _platelet_open=(touches & (pl.col("platelet") | pl.col("unsaid"))).any(),
    )
    recorded = known_on(registry, windows.with_columns(earliest_day=pl.col("start_day")), "events", "events_known")
    joined = recorded.join(seen, on="at", how="left", maintain_order="left")
    dated = pl.col("start_day").is_not_null()

    def closed(name: str) -> pl.Expr:
        nothing = ~pl.col(f"{name}_open").fill_null(False)
        return pl.when(pl.col(name)).then(True).when(nothing & pl.col("events_known") & dated).then(False)

    return joined.select(
        "at",
        febrile_neutropenia=closed("_febrile"),
        _red_cell_transfusion=closed("_red"),
        _platelet_transfusion=closed("_platelet"),
    )

"""Data queries: what a centre is asked to mend or complete, most consequential first, each with the answers that hang on it.

Four kinds: *faulty* (a record that could not be used), *contradictory* (recorded against derived), *overdue* (a sample that the
schedule asks for) and *missing* (a fact on which an answer hangs). Traps: a fact that is not known and moves no answer is not
asked for; a table that is not complete is asked about even where it has rows, as the next row may be the one that matters;
nothing is asked about the treatment of a patient who died.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.logic.criterion import Criterion
from tenfold.logic.decision import Question
from tenfold.records.faults import OR_IN_MAPPING, Used
from tenfold.records.registry import Registry
from tenfold.records.timeline import exact_day
from tenfold.reports.asked_questions import OF_TREATMENT, WHEN, asked_of_nobody, asked_questions, places
from tenfold.vocabulary import Happening


class Sort(StrEnum):
    """What is the matter, in the order in which queries of one consequence stand."""

    FAULTY = "faulty"
    CONTRADICTORY = "contradictory"
    OVERDUE = "overdue"
    MISSING = "missing"


class Consequence(StrEnum):
    """How much hangs on it: see `docs/how-to/data-queries.md`."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Query:
    """One question to a centre.

    `row`: where the fact stands or should stand, in words; `why`: the answers that hang on it, what they can still be in
    brackets; `settles`: how many of them it decides alone, `of_treatment`: how many of all guide treatment.
    """

    centre: str
    patient_id: str
    sort: Sort
    consequence: Consequence
    question: str
    table: str
    column: str
    row: str
    why: tuple[str, ...]
    settles: int = 0
    of_treatment: int = 0


COLUMN_OF = {
    "day of the relapse": ("events", "event_date"),
    "remission": ("responses", "reported_response"),
    "molecular state": ("responses", "reported_mrd"),
}
"""Where a conflict is mended."""
Key = tuple[str, str, str, str, str]
"""Patient, table, column, question and the row it is about."""


@dataclass
class _Hanging:
    """What hangs on one missing fact, as it is gathered."""

    answers: dict[str, bool] = field(default_factory=dict)
    treatment: set[str] = field(default_factory=set)
    settled_treatment: bool = False

    def add(self, answer: str, *, alone: bool, treatment: bool) -> None:
        """An answer that hangs on the fact; `alone` where it needs no other."""
        self.answers[answer] = self.answers.get(answer, False) or alone
        if treatment:
            self.treatment.add(answer)
            self.settled_treatment |= alone


def data_queries(assessment: Assessment, centres: Mapping[str, str] | None = None) -> tuple[Query, ...]:
    """Every query of an assessment, most consequential first. `centres`: patient -> centre, as far as known."""
    of = centres or {}
    registry = assessment.registry
    found = [*_faulty(registry), *_contradictory(assessment), *_overdue(assessment), *_missing(assessment)]
    kinds, levels = list(Sort), list(Consequence)
    named = [Query(of.get(patient_id, ""), patient_id, *rest) for patient_id, *rest in found]
    return tuple(
        sorted(
            named,
            key=lambda one: (
                levels.index(one.consequence),
                kinds.index(one.sort),
                -one.settles,
                -one.of_treatment,
                -len(one.why),
                one.centre,
                one.patient_id,
                one.table,
                one.question,
            ),
        )
    )


Found = tuple[Any, ...]
"""A query without its centre: patient first."""


def _faulty(registry: Registry) -> Iterator[Found]:
    """A query for each fault of the records."""
    table_of = {row["file"]: row["table"] for row in registry.set_aside.iter_rows(named=True)}
    for fault in registry.faults.iter_rows(named=True):
        kept = fault["used"] == str(Used.KEPT)
        where = fault["file"] if fault["line"] is None else f"{fault['file']} line {fault['line']}"
        value = f' The value is "{fault["value"]}".' if fault["value"] else ""
        # A column that a mapping reads is called as its file calls it.
        theirs, mapped, column = (fault["column"] or "").rpartition(" -> ")
        where += f", column {theirs}" if mapped else ""
        verbatim = (fault["value"] or "", *theirs.split(" (cell ")[:1], column)
        yield (
            fault["patient_id"] or "",
            Sort.FAULTY,
            Consequence.LOW if kept else Consequence.HIGH,
            f"{_sentence(fault['rule'], verbatim)}.{value} Please {fault['remedy'].partition(OR_IN_MAPPING)[0]}.",
            table_of.get(fault["file"], fault["file"].partition(".")[0]),
            column,
            where,
            () if kept else (f"{fault['used']}: no answer sees it, and the table is not complete for the patient",),
        )


def _sentence(text: str, verbatim: Iterable[str]) -> str:
    """A rule as a sentence; one that begins with a value or a column keeps it as it is written."""
    as_written = any(word and text.startswith(word) for word in verbatim)
    return text if as_written else text[:1].upper() + text[1:]


def _contradictory(assessment: Assessment) -> Iterator[Found]:
    def dated(what: str, day: int | None) -> str:
        return what if day is None else f"{what} on {assessment.registry.format_day(day)}"

    for row in assessment.conflicts.iter_rows(named=True):
        table, column = COLUMN_OF.get(row["what"], ("", ""))
        recorded, derived = dated(row["recorded"], row["recorded_day"]), dated(row["derived"], row["derived_day"])
        yield (
            row["patient_id"],
            Sort.CONTRADICTORY,
            Consequence.HIGH,
            f"Recorded is: {recorded}. The other records show: {derived}. Which is right?",
            table,
            column,
            recorded,
            (f"the {row['what']}, and what is counted from it",),
        )


def died(assessment: Assessment) -> set[str]:
    """The patients whose death is on record."""
    return set(assessment.history.filter(pl.col("kind") == Happening.DEATH)["patient_id"])


def _overdue(assessment: Assessment) -> Iterator[Found]:
    dead = died(assessment)
    for row in assessment.next_samples.filter(pl.col("overdue")).iter_rows(named=True):
        if row["patient_id"] in dead:
            continue
        latest = "" if row["latest_day"] is None else f" by {assessment.registry.format_day(row['latest_day'])}"
        what = f"{row['marker']} in {row['tissue']}" if row["tissue"] else row["marker"]
        verified = "" if row["verified"] else " (not verified in the source)"
        yield (
            row["patient_id"],
            Sort.OVERDUE,
            Consequence.HIGH,
            f"A sample for {what} was due{latest}. Was it taken, and what was the result?",
            "mrd_samples",
            "sample_date",
            "a new row",
            (f"{row['schedule']}: {row['because']}{verified}",),
        )


def _missing(assessment: Assessment) -> Iterator[Found]:
    hanging: dict[Key, _Hanging] = {}
    dead = died(assessment)
    for picture, questions in asked_questions(assessment.settings).items():
        frame = getattr(assessment, picture)
        for question in questions:
            _gather(assessment, picture, frame, question, dead, hanging)
    _gather_states(assessment, dead, hanging)
    rows = _rows_of(assessment.registry)
    none = "no row of this patient" + ("" if assessment.on is None else " that was known by then")
    for (patient_id, table, column, asked, row), found in hanging.items():
        settles = sum(found.answers.values())
        if found.settled_treatment:
            consequence = Consequence.HIGH
        else:
            consequence = Consequence.MEDIUM if settles or found.treatment else Consequence.LOW
        yield (
            patient_id,
            Sort.MISSING,
            consequence,
            asked,
            table,
            column,
            row or rows.get((table, patient_id), none),
            tuple(sorted(found.answers, key=lambda answer: (not found.answers[answer], answer))),
            settles,
            len(found.treatment),
        )


def _gather(
    assessment: Assessment,
    picture: str,
    frame: pl.DataFrame,
    question: Question,
    dead: set[str],
    hanging: dict[Key, _Hanging],
) -> None:
    """Add what an open answer of one question hangs on, for every patient."""
    key = question.key
    treatment = picture in OF_TREATMENT
    inputs = sorted({name for criterion in question.examined for name in criterion.reads})
    day = ["exact_marrow_day"] if picture == "marrows" else []
    rows = frame.with_columns(exact_marrow_day=exact_day()) if day else frame
    possible = pl.col(f"{key}_possible").list.len()
    open_ = (possible > 1) | ((possible > 0) & (pl.col(f"{key}_scope") == "unknown"))
    guards = [guard.criterion.column for guard in question.guards]
    asked = ["patient_id", f"{key}_possible", f"{key}_decided_by", f"{key}_scope"]
    for row in rows.filter(open_).select(*dict.fromkeys([*asked, *guards, *inputs, *day])).iter_rows(named=True):
        if treatment and row["patient_id"] in dead:
            continue
        deciding = set(row[f"{key}_decided_by"])
        criteria = [one for one in question.criteria if one.name in deciding]
        criteria += [guard.criterion for guard in question.guards if row[guard.criterion.column] is None]
        when, where = WHEN[picture], ""
        if day and row["exact_marrow_day"] is not None:
            where = f"the marrow of {assessment.registry.format_day(row['exact_marrow_day'])}"
            when = f"around {assessment.registry.format_day(row['exact_marrow_day'])}"
        facts = set(_facts(criteria, row))
        keys = {
            (row["patient_id"], place.table, place.column, place.asked(fact, when), where)
            for fact in facts
            if (place := places().get(fact)) is not None
        }
        # What nobody can be asked stays open, and so does the answer; nor is it settled by whether the question applies.
        alone = len(keys) == 1 and not facts - places().keys() and len(row[f"{key}_possible"]) > 1
        answer = f"{question.name} ({_either(row[f'{key}_possible'], len(question.answers))})"
        for one in keys:
            hanging.setdefault(one, _Hanging()).add(answer, alone=alone, treatment=treatment)


def _facts(criteria: Iterable[Criterion], row: Mapping[str, Any]) -> Iterator[str]:
    """The inputs that are not known; of a criterion all of whose inputs are (bounds that lie apart), each of them."""
    for criterion in criteria:
        unknown = [name for name in criterion.reads if row[name] is None]
        yield from unknown or criterion.reads


def _gather_states(assessment: Assessment, dead: set[str], hanging: dict[Key, _Hanging]) -> None:
    """Add what an open molecular state hangs on."""
    several = assessment.patients.filter(pl.col("state_possible").list.len() > 1)
    for row in several.select("patient_id", "state_possible", "state_decided_by").iter_rows(named=True):
        keys = {
            (row["patient_id"], place.table, place.column, place.asked(fact, "now"), "")
            for fact in row["state_decided_by"]
            if (place := places().get(fact)) is not None
        }
        for one in keys:
            answer = f"Molecular state ({' or '.join(row['state_possible'])})"
            treatment = row["patient_id"] not in dead
            hanging.setdefault(one, _Hanging()).add(answer, alone=len(keys) == 1, treatment=treatment)


def _either(possible: list[str], answers: int) -> str:
    if len(possible) == 1:
        return f"{possible[0]}, if it applies"
    return "cannot be told" if len(possible) == answers > 2 else " or ".join(possible)


def _rows_of(registry: Registry) -> dict[tuple[str, str], str]:
    """Table and patient -> what is there: how many rows, and until when."""
    from tenfold.records.tables import TABLES

    found = {}
    for name in registry.tables:
        frame = registry.days(name)
        dated = TABLES[name].dated_by
        if "patient_id" not in frame.columns or name == "completeness":
            continue
        column = None if dated is None else TABLES[name][dated].named("relative")
        last = pl.lit(None, pl.Int64) if column is None else pl.col(column).max().cast(pl.Int64)
        for patient_id, rows, day in frame.group_by("patient_id").agg(rows=pl.len(), last=last).iter_rows():
            until = "" if day is None else f", the last of {registry.format_day(day)}"
            found[name, patient_id] = f"{rows} row{'s' * (rows != 1)} of this patient{until}"
    return found


__all__ = ["Consequence", "Query", "Sort", "asked_of_nobody", "data_queries", "died"]

"""A patient in remission as lines: where on the way, the next samples, what may follow, and the question of stopping."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.guidance.molecular_facts import surely_failing
from tenfold.guidance.remission.after_remission import (
    CONSIDERED,
    CYCLE_4,
    DESCRIBED,
    FAVOURED,
    MAINTENANCE,
    MARGINAL,
    NEGATIVE,
    NO_RELAPSE,
    NOT_STATED,
    OBSERVATION,
    RECHALLENGE,
    STILL_POSITIVE,
    TRANSPLANT,
    TRANSPLANT_IN_CR1,
)
from tenfold.guidance.remission.journey import JOURNEY, STATIONS
from tenfold.guidance.remission.stopping import (
    AGAINST_STOPPING,
    ISOLATED,
    MOLICA,
    NEVER_AN_ORDER,
    STOPPING_QUESTIONS,
    said_both_ways,
)
from tenfold.guidance.remission.stopping import CONSIDERED as MAY_STOP
from tenfold.logic.criterion import Criterion
from tenfold.logic.decision import Decision
from tenfold.logic.explain import Explanation, Reading, explain
from tenfold.reports.evidence_rows import evidence_rows

TITLES = {
    TRANSPLANT.name: "Transplant",
    TRANSPLANT_IN_CR1.name: "Transplant in first remission",
    RECHALLENGE.name: "Re-challenge with venetoclax",
}
"""What a question is called where that is not its name."""
EVIDENCE = {
    (OBSERVATION.name, FAVOURED): ("EV040",),
    (TRANSPLANT.name, MARGINAL): ("EV044",),
    (TRANSPLANT.name, CONSIDERED): ("EV045",),
    (CYCLE_4.name, NEGATIVE): ("EV038", "EV039"),
    (CYCLE_4.name, STILL_POSITIVE): ("EV038", "EV039"),
    (RECHALLENGE.name, DESCRIBED): ("EV025",),
}
"""What is shown with an answer, and with no other."""
STOPPING_EVIDENCE = {MAY_STOP: ("EV040", "EV042", "EV023")}
OF_TWO_MARROWS = "gaps_short"
"""The criterion that one marrow alone neither meets nor fails."""
SILENT = (NO_RELAPSE, NOT_STATED)
"""Answers that say nothing of the patient."""
YES_NO = {True: "yes", False: "no", None: "not known"}
CLONES = {
    "founding": "NPM1 is read as a founding lesion (a caution only)",
    "subclonal": "NPM1 may be subclonal, which may lessen depth and duration of response (a caution only)",
}
Line = Callable[[str, str | None], dict[str, Any]]


def next_lines(assessment: Assessment, patient_id: str, line: Line) -> list[dict[str, Any]]:
    """When which sample is due next, and what is overdue; the schedule and its source. Outside remission there is none."""
    rows = assessment.next_samples.filter((pl.col("patient_id") == patient_id) & (pl.col("schedule") != "")).to_dicts()
    return [line(_due(assessment, row), row["source"]) for row in rows]


def _due(assessment: Assessment, row: Mapping[str, Any]) -> str:
    def day(name: str) -> str | None:
        return None if row[name] is None else assessment.registry.format_day(row[name])

    late = "OVERDUE, " if row["overdue"] else ""
    what = f"{row['marker']} in {row['tissue']}" if row["tissue"] else str(row["marker"])
    verified = "" if row["verified"] else " (not verified in the source)"
    window = _window(day("earliest_day"), day("latest_day"))
    when = f"{window} - " if window else "no date - "
    return f"{late}{what}: {when}{row['schedule']}: {row['because']}{verified}"


def _window(first: str | None, last: str | None) -> str:
    if first and last:
        return f"on {first}" if first == last else f"{first} to {last}"
    return f"from {first}" if first else f"by {last}" if last else ""


def remission_sections(assessment: Assessment, patient_id: str, line: Line) -> list[tuple[str, list[dict[str, Any]]]]:
    """What may follow the remission, and the question of stopping venetoclax.

    Nothing in overt disease; at molecular failure only what is known of re-challenge, for who stopped venetoclax.
    """
    [row] = assessment.remission.filter(pl.col("patient_id") == patient_id).to_dicts()
    if row["relapsed_or_refractory"]:
        return []
    again = ("Molecular relapse after stopping venetoclax", _answered([RECHALLENGE], row, line))
    [now] = assessment.guidance.filter(pl.col("patient_id") == patient_id).to_dicts()
    if surely_failing(now):
        return [again]
    journey = explain(JOURNEY, row)
    here = f"now: {' or '.join(journey.possible)} (on the way: {', '.join(STATIONS)})"
    on_the_way = [line(here, JOURNEY.citation)] if journey.possible else []
    asked = (CYCLE_4, OBSERVATION, MAINTENANCE, TRANSPLANT, TRANSPLANT_IN_CR1)
    return [
        ("On the way to treatment-free remission", on_the_way),
        ("After remission", _answered(asked, row, line)),
        again,
        ("Stopping venetoclax", _stopping(assessment, row, line)),
    ]


def _answered(asked: Sequence[Decision], row: Mapping[str, Any], line: Line) -> list[dict[str, Any]]:
    """The questions that are not refused and whose answer says something of this patient."""
    lines = []
    for question in asked:
        possible = row[f"{question.key}_possible"]
        if possible and len(possible) < len(question.answers) and not set(possible) <= set(SILENT):
            lines += _answer(question, row, line)
    return lines


def _answer(question: Decision, row: Mapping[str, Any], line: Line) -> list[dict[str, Any]]:
    explained = explain(question, row)
    single = explained.answer is not None or len(explained.possible) == 1
    why = f" ({' or '.join(rule for rule in explained.rules if rule)})" if single else ""
    name = TITLES.get(question.name, question.name.replace("-", " "))
    found = [line(f"{name}: {explained.brief}{why}", question.citation)]
    shown = EVIDENCE.get((question.name, explained.possible[0]), ()) if single else ()
    return found + _evidence(shown, line)


def _criteria(question: Decision, explained: Explanation, row: Mapping[str, Any]) -> list[str]:
    """The criteria of stopping that speak for it, against it, and those not known."""
    few = row["negative_marrows_high"] is not None and row["negative_marrows_high"] < 2
    said = said_both_ways()
    lists: dict[str, list[str]] = {"fulfilled": [], "against": [], "not known": []}
    for criterion, one in zip(question.criteria, explained.because, strict=True):
        for_it, against = said[criterion.name]
        if criterion.name == OF_TWO_MARROWS and few:
            continue
        if one.level is None:
            lists["not known"].append(for_it)
        elif one.level == ("no" if criterion.name in AGAINST_STOPPING else "yes"):
            lists["fulfilled"].append(for_it + _value(criterion, one, row))
        else:
            lists["against"].append(against + _value(criterion, one, row))
    return [f"{name}: {'; '.join(found)}" for name, found in lists.items() if found]


def _value(criterion: Criterion, one: Reading, row: Mapping[str, Any]) -> str:
    """The value of a criterion in brackets: a number, the bounds of one, or the facts that make it so."""
    if criterion.value is None:
        return f" ({one.value})" if one.value else ""
    low, high = row[criterion.value], row[criterion.value.replace("_low", "_high")]
    if high is None:
        return f" ({low:g} or more)"
    return f" ({low:g})" if low == high else f" ({low:g} to {high:g})"


def _evidence(names: Sequence[str], line: Line) -> list[dict[str, Any]]:
    told = []
    for row in evidence_rows(names):
        n = "" if row["n"] is None else f", n {row['n']}"
        told.append(line(f"{row['study']} ({row['population']}{n}): {row['said']}", row["citation"]))
    return told


def _stopping(assessment: Assessment, row: Mapping[str, Any], line: Line) -> list[dict[str, Any]]:
    """The question by the chosen duration with every criterion, and by the other durations in short."""
    chosen = assessment.settings["guidance.stopping_duration"]
    by_name = {question.name.removeprefix("Stopping-venetoclax-"): question for question in STOPPING_QUESTIONS}
    question = by_name.pop(chosen.replace(" ", "-"), STOPPING_QUESTIONS[0])
    explained = explain(question, row)
    if not explained.possible:
        return []
    single = len(explained.possible) == 1
    why = f": {explained.rules[0]}" if single and len(explained.rules) == 1 else ""
    lines = [line(f"{explained.brief}{why} (duration: {chosen})", question.citation)]
    lines += [line(text, question.citation) for text in _criteria(question, explained, row)]
    others = {name.replace("-", " "): explain(other, row) for name, other in by_name.items()}
    told = "; ".join(f"{name}: {' or '.join(other.possible)}" for name, other in others.items())
    lines.append(line(f"by the other published durations: {told}", question.citation))
    lines += [line(text, MOLICA) for text in _of_npm1(row)]
    lines.append(line(NEVER_AN_ORDER, None))
    return lines + _evidence(STOPPING_EVIDENCE.get(explained.possible[0], ()) if single else (), line)


def _of_npm1(row: Mapping[str, Any]) -> list[str]:
    """Whether NPM1 is isolated, and by the allele frequencies founding or not."""
    lines = [f"{ISOLATED}: {YES_NO[row['isolated_npm1']]}"]
    if row["npm1_clone"] is not None:
        beside = f"NPM1 at VAF {row['npm1_vaf']:.0%}, {row['other_gene']} at {row['other_vaf']:.0%}"
        lines.append(f"{beside}: {CLONES[row['npm1_clone']]}")
    return lines

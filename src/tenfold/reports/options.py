"""A patient's options and steps as plain data: where each stands and why, evidence, approvals, cautions, what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tenfold.assessment import Assessment
from tenfold.evidence.approvals import Answer
from tenfold.guidance.options.beside import STEPS, beside, day_of_approvals, options
from tenfold.guidance.options.standing import SITUATION, THOL, Standing, Step
from tenfold.logic.decision import Decision
from tenfold.logic.explain import explain
from tenfold.logic.sensitivity import Supposed, would_change
from tenfold.reports.evidence_rows import evidence_rows, more_evidence

CAN_CHANGE = (
    "transplant_eligible",
    "fit_for_intensive",
    "npm1_at_trigger",
    "level_confirmed",
    "gvhd_active",
    "on_immunosuppression",
    "FLT3",
    "FLT3_ITD",
    "IDH1",
    "IDH2",
    "NPM1",
    "KMT2A_rearranged",
    "CD33",
)
"""The facts that a new finding may turn; what was given or happened before cannot change."""


def options_of(assessment: Assessment, patient_id: str) -> dict[str, Any]:
    """Return `situation`, `steps`, `options`, `open_options`, `flags` and `approvals_on` of a patient."""
    [row] = assessment.guidance.filter(pl.col("patient_id") == patient_id).to_dicts()
    day, own = day_of_approvals(assessment.registry.date_of(assessment.on))
    situation = explain(SITUATION, row)
    asked = options(assessment.settings)
    sure = [q for q in asked if len(row[f"{q.key}_possible"]) == 1 and row[q.key] != Standing.NO]
    order = {word: rank for rank, word in enumerate(Standing)}
    told = [_option(q, row, situation.answer, day) for q in sorted(sure, key=lambda q: order[Standing(row[q.key])])]
    return {
        "situation": situation.as_data(),
        "steps": _steps(row),
        "options": told,
        "open_options": _open([q for q in asked if len(row[f"{q.key}_possible"]) > 1], row),
        "flags": _flags(row),
        "age_years": row["age_years"],
        "approvals_on": {"day": day.isoformat(), "of_the_assessment": own},
        "source": THOL,
    }


def _steps(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps that are to be done now, or may be."""
    told = []
    for question in STEPS:
        possible = row[f"{question.key}_possible"]
        if Step.NOW not in possible:
            continue
        explained = explain(question, row)
        told.append(
            {
                "step": _named(question),
                "now": len(possible) == 1,
                "if": _if(question, row) if len(possible) > 1 else [],
                "depends_on": list(explained.decided_by),
                "why": _rule(question, explained.rules)[0],
                "source": _rule(question, explained.rules)[1],
            }
        )
    return told


def _if(question: Decision, row: Mapping[str, Any]) -> list[str]:
    """What has to hold for a step to be due, where one fact decides it."""
    if len(row[f"{question.key}_decided_by"]) > 1:
        return []
    return [part for condition, then in _conditions(question, row) if then == (Step.NOW,) for part in condition]


def _named(question: Decision) -> str:
    return question.name.partition(": ")[2]


def _rule(question: Decision, fired: Sequence[str]) -> tuple[str, str]:
    """The first rule that gives the answer, in words, and its source."""
    rule = next(rule for rule in question.rules if rule.wording in fired)
    return rule.wording, rule.citation or question.citation


def _option(question: Decision, row: Mapping[str, Any], situation: str | None, day: Any) -> dict[str, Any]:
    explained = explain(question, row)
    by = beside()[question.name]
    why, source = _rule(question, explained.rules)
    known = frozenset(name for marker in by.markers for name in (marker,) if _present(row, marker))
    return {
        "option": _named(question),
        "standing": row[question.key],
        "says": by.says,
        "why": why,
        "source": source,
        "because": [
            {"wording": one.wording, "level": one.level, "value": one.value}
            for one in explained.because
            if one.level is not None and not one.is_first
        ],
        "evidence": evidence_rows(by.rows(situation)),
        "more_evidence": more_evidence(by.rows(situation), by.search),
        "approvals": [_approval(agency, found) for agency, found in by.approvals(day, known).items()],
        "cautions": [
            {"text": one.text, "source": one.source}
            for one in by.cautions
            if one.when in (None, situation) and (one.fact is None or row.get(one.fact) is not False)
        ],
        "newer": by.newer if row[question.key] in (Standing.NEWER, Standing.STUDIED) else "",
        "changes": [_change(one) for one in would_change(question, row, CAN_CHANGE)],
    }


def _present(row: Mapping[str, Any], marker: str) -> bool:
    fact = {"KMT2A": "KMT2A_rearranged"}.get(marker, marker)
    return row.get(fact) is True


def _change(one: Supposed) -> dict[str, str]:
    """What else would hold, and what the option would then be."""
    words = {"yes": one.wording, "no": f"not: {one.wording}"}
    return {"if": words.get(one.level, f"{one.wording}: {one.level}"), "then": " or ".join(one.possible)}


def _approval(agency: str, found: Answer) -> dict[str, Any]:
    words = {True: "yes", False: "no", None: "not known"}
    return {"agency": agency, "approved": words[found.approved], "because": found.because}


def _open(asked: Sequence[Decision], row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Options that hang on what is not known, together by what that is: settle one fact, and all of them are settled."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for question in asked:
        for condition, possible in _conditions(question, row):
            groups.setdefault(condition, []).append({"option": _named(question), "may_be": " or ".join(possible)})
    return [
        {"if": list(condition), "options": found}
        for condition, found in sorted(groups.items(), key=lambda item: (len(item[0]), -len(item[1])))
    ]


def _conditions(question: Decision, row: Mapping[str, Any]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What has to hold for the option to stand at all, and where it then stands.

    One fact that decides is given with the level that it needs; of several only the names.
    """
    explained = explain(question, row)
    here = tuple(word for word in explained.possible if word not in (Standing.NO, Step.NO))
    if len(explained.decided_by) > 1:
        return [(explained.decided_by, here)]
    [deciding] = row[f"{question.key}_decided_by"]
    levels = would_change(question, row, [deciding])
    return [((_change(one)["if"],), one.possible) for one in levels if one.possible != (Standing.NO,)]


FLAGS = ("Cytogenetic risk not favourable", "FLT3-ITD", "Transplanted before", "Relapse within 6 months of remission")


def _flags(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The signs of an especially poor outcome after intensive treatment, each yes, no or not known; age is only shown."""
    months = row["months_in_remission"]
    favourable = row["favourable_cytogenetics"]
    states = (
        None if favourable is None else not favourable,
        row["FLT3_ITD"],
        row["prior_transplant"],
        None if months is None else months <= 6,
    )
    # The review states them for patients who were treated intensively.
    if not row["overt"] or not row["prior_intensive"]:
        return []
    words = {True: "yes", False: "no", None: "not known"}
    return [{"flag": name, "state": words[state]} for name, state in zip(FLAGS, states, strict=True)]

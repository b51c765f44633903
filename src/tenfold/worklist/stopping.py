"""Patients of whom stopping venetoclax may be considered, by the published duration that the settings choose.

Only where the question is answered so, and decided. Traps: what hangs on a fact that is not known is no entry; whoever is at
molecular failure, or may be in an unconfirmed relapse, is none either, whatever the marrows of NPM1 say. It is never an order.

Molica et al., Cancers 2025;17:3733 (``guidance/remission/stopping.py``).
"""

from __future__ import annotations

from tenfold.assessment import Assessment
from tenfold.guidance.molecular_facts import surely_failing
from tenfold.guidance.remission.stopping import (
    CONSIDERED,
    NEVER_AN_ORDER,
    STOPPING_BY_DURATION,
    STOPPING_QUESTIONS,
)
from tenfold.logic.explain import explain
from tenfold.worklist.entries import CLOSING, EntryKind, Row

UNTREATED = (EntryKind.CONFIRMED_RELAPSE.value, EntryKind.MOLECULAR_FAILURE.value)
FAILURE = ("mrd_relapse", "molecular_progression", "molecular_persistence", "persistence_below_2")


def stopping_entries(assessment: Assessment, waiting: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return entries for patients of whom stopping may be considered, and those of whom it hangs on what is not known.

    `waiting`: the entries of relapses and other molecular failure.
    """
    chosen = assessment.settings["guidance.stopping_duration"]
    question = STOPPING_BY_DURATION.get(chosen, STOPPING_QUESTIONS[0])
    suspected = {row["patient_id"] for row in waiting}
    now = assessment.guidance.select("patient_id", *FAILURE)
    failing = {row["patient_id"] for row in now.iter_rows(named=True) if surely_failing(row)}
    failing |= {row["patient_id"] for row in waiting if row["certain"] and row["kind"] in UNTREATED}
    entries: list[Row] = []
    open_: list[Row] = []
    for row in assessment.remission.iter_rows(named=True):
        patient, possible = row["patient_id"], row[f"{question.key}_possible"]
        if CONSIDERED not in possible or patient in failing:
            continue
        since = row["venetoclax_from"]
        course = "" if since is None else f" since {assessment.registry.format_day(since)}"
        entry = {
            "patient_id": patient,
            "kind": EntryKind.STOPPING.value,
            "certain": True,
            "subject": f"venetoclax{course}",
            "closes_by": CLOSING[EntryKind.STOPPING],
        }
        told = explain(question, row)
        doubts = [*told.decided_by, *told.scope_in_doubt]
        if patient in suspected:
            doubts.append("whether a molecular relapse is confirmed")
        if len(possible) == 1 and not doubts:
            why = "; ".join(rule for rule in told.rules if rule)
            entries.append({**entry, "because": f"{why} (duration: {chosen}). {NEVER_AN_ORDER} ({question.citation})"})
        else:
            open_.append({**entry, "because": f"not known, and decides: {'; '.join(doubts)} (duration: {chosen})"})
    return entries, open_

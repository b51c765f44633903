"""What leaves a molecular state open, each with the forms that answer it: what to enter, or that nothing is to be entered."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tenfold.records.registry import Registry
from tenfold.reports.asked_questions import places
from tenfold.service.entry_form import GROUPS, TITLES

NONE_SO_FAR = {"transplants": "none was given: say so", "treatments": "none is missing: say so"}
OF_THE_SAMPLE = ("detected", "control_copies")
"""Columns of a sample that is on record: it is corrected, not added."""


def incomplete_tables(registry: Registry, patient_id: str) -> list[str]:
    """The tables of which it is not known whether they hold everything of a patient."""
    names = [name for _, group in GROUPS for name in group if name != "patients"]
    return [name for name in names if patient_id not in registry.complete(name)["patient_id"].to_list()]


def ways_out(questions: Sequence[str], incomplete: Collection[str], key: str) -> dict[str, list[tuple[str, str]]]:
    """Question -> what can be said, and the address of the form that says it; none for what no record answers."""
    found: dict[str, list[tuple[str, str]]] = {}
    for question in questions:
        place = places().get(question)
        if place is None:
            continue
        if place.column in OF_THE_SAMPLE:
            found[question] = [("correct the sample", f"/patients/{key}/records#{place.table}")]
            continue
        found[question] = [(f"add: {TITLES[place.table]}", f"/patients/{key}/entry/{place.table}")]
        if place.table in incomplete:
            said = NONE_SO_FAR.get(place.table, "all are on record: say so")
            found[question].append((said, f"/patients/{key}/complete#{place.table}"))
    return found

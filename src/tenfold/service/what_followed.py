"""What followed each decision, as the records of today say; of who cannot be assessed nothing is said, and the others stand."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from tenfold.assessment import assess
from tenfold.history import followed
from tenfold.records.registry import EPOCH, Registry
from tenfold.service.answers import Answers, settings_of
from tenfold.service.discreet import FAULTS, where
from tenfold.service.store.centre import Centre, Patient

NOT_ASSESSED = "What followed cannot be told: the patient's records cannot be assessed."
ANOTHER_AXIS = "What followed cannot be told: the day of this decision is not one of the centre's days."
log = logging.getLogger("tenfold.service")
Known = tuple[pl.DataFrame, Registry]


def with_outcomes(
    answers: Answers, centre: Centre, decisions: Sequence[Mapping[str, Any]], on: int | None, about: dict[str, Any]
) -> list[dict[str, Any]]:
    """Decisions with what `followed` each, or why that is `untold`. Only the patients decided of are assessed."""
    wanted = {one["patient"] for one in decisions}
    patients = [one for one in centre.patients() if one.id in wanted]
    if not patients:
        return [{**one, "followed": [], "untold": ""} for one in decisions]
    stand = tuple((one.id, one.revision) for one in patients)
    key = ("what followed", centre.id, about["settings_revision"], on, stand)
    known = answers.drawn(key, lambda: _histories(centre, patients, on, about))
    return [{**one, **_outcome(one, known.get(one["patient"]), about["axis"])} for one in decisions]


def _histories(centre: Centre, patients: Sequence[Patient], on: int | None, about: dict[str, Any]) -> dict[str, Known]:
    """The histories of those who can be assessed, by random name."""
    try:
        registry, _ = centre.registry([one.id for one in patients])
        found = assess(registry, settings_of(about), on)
        return {one.id: (found.history, found.registry) for one in patients}
    except FAULTS as error:
        if len(patients) > 1:
            half = len(patients) // 2
            first, second = (_histories(centre, some, on, about) for some in (patients[:half], patients[half:]))
            return first | second
        log.error("a patient cannot be assessed: %s", where(error))
        return {}


def _outcome(decision: Mapping[str, Any], known: Known | None, axis: str) -> dict[str, Any]:
    day = day_held(decision["on"], axis)
    if known is None or day is None:
        return {"followed": [], "untold": NOT_ASSESSED if known is None else ANOTHER_AXIS}
    history, registry = known
    lines = []
    for row in followed(history, decision["patient_id"], day).to_dicts():
        what = f"{row['kind']} ({row['detail']})" if row["detail"] else row["kind"]
        exact = row["earliest_day"] == row["latest_day"]
        lines.append(
            f"{what}: {registry.format_day(row['earliest_day'])}, {row['earliest_day'] - day} days later"
            if exact
            else f"{what}: on or after {registry.format_day(row['earliest_day'])}"
        )
    return {"followed": lines, "untold": ""}


def day_held(text: str, axis: str) -> int | None:
    """A day as the store holds it, on the centre's axis; None where it is of another axis."""
    try:
        return int(text) if axis == "relative" else (date.fromisoformat(text) - EPOCH).days
    except ValueError:
        return None

"""The draft orders of a call: which medicines were just chosen, and which stand beside them in the session.

A medicine counts by its generic name, as `exchange.fhir` reads it; one whose name is not known is no statement, and leads to
none. Traps: a selection names a resource of the Bundle; what else is in the Bundle was chosen earlier and is not signed either;
a draft "do not give" is no order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tenfold.exchange.fhir.elements import Json, dicts
from tenfold.exchange.fhir.medicines_in import drug_named


@dataclass(frozen=True)
class Drafts:
    """Generic names: of the orders that were just `chosen`, and of the `others` of the session that are not signed."""

    chosen: tuple[str, ...]
    others: tuple[str, ...] = ()


def drafts_of(selections: tuple[str, ...], bundle: Mapping[str, Any]) -> Drafts:
    """The medicines in draft orders, by whether they were selected."""
    resources = [one["resource"] for one in dicts(bundle.get("entry")) if isinstance(one.get("resource"), dict)]
    medications = {f"Medication/{one.get('id')}": one for one in resources if one.get("resourceType") == "Medication"}
    wanted = set(selections)
    chosen: dict[str, None] = {}
    others: dict[str, None] = {}
    for one in resources:
        if one.get("resourceType") == "MedicationRequest" and one.get("doNotPerform") is not True:
            selected = bool({f"MedicationRequest/{one.get('id')}", str(one.get("id"))} & wanted)
            for drug in _drugs(one, medications):
                (chosen if selected else others)[drug] = None
    return Drafts(tuple(chosen), tuple(drug for drug in others if drug not in chosen))


def _drugs(order: Json, medications: Mapping[str, Json]) -> Iterator[str]:
    concept = order.get("medicationCodeableConcept")
    reference = order.get("medicationReference")
    said = reference.get("reference") if isinstance(reference, dict) else None
    if concept is None and isinstance(said, str):
        inside = {f"#{one.get('id')}": one for one in dicts(order.get("contained"))}
        medication = inside.get(said) or medications.get("/".join(said.split("/")[-2:]))
        concept = None if medication is None else medication.get("code")
    if concept is None and isinstance(reference, dict) and isinstance(reference.get("display"), str):
        concept = {"text": reference["display"]}
    drug, _ = drug_named(concept)
    if drug is not None:
        yield drug

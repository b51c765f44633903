"""Medicines of other systems as treatments and medications, by their generic name.

Traps: an order is not a dose given, and a proposal is not even an order; "allergic to voriconazole" names a drug that was not
given. A name is taken only where nothing stands beside it but a strength, a form or a salt.
"""

from __future__ import annotations

from typing import Any

from tenfold.exchange.fhir import elements as part
from tenfold.exchange.fhir.codes import meanings, product_words, treatment_drugs
from tenfold.exchange.fhir.found import Found
from tenfold.exchange.fhir.references import References
from tenfold.exchange.fhir.sources import Source
from tenfold.records.lexicon import drug_aliases, drugs
from tenfold.records.nearest import bare

Row = dict[str, Any]
ORDERS = ("order", "original-order", "reflex-order", "filler-order", "instance-order")
"""The intents of a MedicationRequest that somebody was to carry out."""


def read_medicine(source: Source, refs: References, found: Found) -> None:
    """A medicine given, or said to be taken: into treatments or medications by its name. An order counts once completed."""
    resource = source.resource
    concept = resource.get("medicationCodeableConcept")
    if concept is None:
        medication = refs.resolve(resource.get("medicationReference"), source)
        concept = None if medication is None else medication.get("code")
    label, status = part.label(concept), resource.get("status")
    given = {
        "MedicationAdministration": ("completed", "in-progress", "stopped", "on-hold"),
        "MedicationStatement": ("active", "completed", "stopped", "on-hold"),
        "MedicationRequest": ("completed",),
    }[source.kind]
    if status not in given or resource.get("doNotPerform"):
        order = "an order does not say that it was given; " if source.kind == "MedicationRequest" else ""
        found.left(source.kind, label, f"{order}status {status}")
        return
    if source.kind == "MedicationRequest" and resource.get("intent") not in ORDERS:
        found.left(
            source.kind, label, f"intent {resource.get('intent')}: it is no order, and does not say that it was given"
        )
        return
    drug, note = drug_named(concept)
    if drug is None:
        found.left(source.kind, label, note)
        return
    table = "treatments" if drug in treatment_drugs() else "medications"
    row: Row = {"patient_id": refs.patient_of(source), "drugs" if table == "treatments" else "drug": drug}
    period = resource.get("effectivePeriod")
    if isinstance(period, dict):
        row |= {"start_date": part.day_of(period, "start"), "end_date": part.day_of(period, "end")}
    else:
        day = part.day_of(resource, "effectiveDateTime") or part.day_of(resource, "authoredOn")
        row |= {"start_date": day} | ({"end_date": day} if source.kind == "MedicationAdministration" else {})
    found.row(table, source, row)
    if source.kind == "MedicationRequest":
        note = "an order that is completed, dated by the order" + (f"; {note}" if note else "")
    if note:
        found.guessed(source.kind, label, f"{table}.start_date", note)
    else:
        found.mapped(source.kind, label, f"{table}.start_date")


def drug_named(concept: Any) -> tuple[str | None, str]:
    """The generic name that a coded medicine stands for, and what was guessed of it, or why there is none."""
    for code in part.codings(concept):
        if meanings().get(code, "").startswith("drug:"):
            return meanings()[code].removeprefix("drug:"), ""
    if not isinstance(concept, dict):
        return None, "without a medicine"
    names = [concept.get("text"), *(one.get("display") for one in part.dicts(concept.get("coding")))]
    said = [name for name in names if isinstance(name, str)]
    for name in said:
        if name.strip().lower() in drugs():
            return name.strip().lower(), ""
    for name in said:
        if bare(name) in drug_aliases():
            return drug_aliases()[bare(name)], f'"{name}" is taken for its generic name'
    for name in said:
        words = name.lower().replace(",", " ").replace("(", " ").replace(")", " ").split()
        inside = {word for word in words if word in drugs()}
        if len(inside) == 1:
            drug = inside.pop()
            others = [word for word in words if word != drug and not _of_a_product(word, drug)]
            if others:
                return None, f'other words stand beside the generic name: "{" ".join(others)}"'
            return drug, "the one generic name in the product's name"
    return None, "no generic name that is known"


def _of_a_product(word: str, drug: str) -> bool:
    """Whether a word may stand in the name of a product: a strength, a form, a salt, or the brand in brackets."""
    if word.startswith("[") and word.endswith("]"):
        return drug_aliases().get(bare(word[1:-1])) == drug
    number = word.strip("-/").rstrip("abcdefghijklmnopqrstuvwxyz/%²")
    unit = word.strip("-/").removeprefix(number)
    strength = bool(number) and number.replace(".", "").replace("/", "").isdigit()
    return word in product_words() or (strength and (unit in ("", "%") or unit in product_words()))

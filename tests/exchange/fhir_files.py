"""FHIR resources for tests, as hospital systems send them, and registries there and back."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from exchange.whole_registries import through_format
from tenfold.exchange import fhir
from tenfold.exchange.converted import Converted, Fate
from tenfold.exchange.fhir import read_records, write_records
from tenfold.records import Registry

LOINC, UCUM, SNOMED = "http://loinc.org", "http://unitsofmeasure.org", "http://snomed.info/sct"
FORMS = ("registry.json", "registry.ndjson", "export")
DAY = date(2024, 5, 3)
"""Of an observation, unless it says another."""


def there_and_back(registry: Registry, form: str = "export") -> Converted:
    return through_format(fhir, registry, form)


def written(registry: Registry) -> list[dict[str, Any]]:
    """Every resource that is written of a registry."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.json"
        write_records(registry, path)
        return [entry["resource"] for entry in json.loads(path.read_text("utf-8"))["entry"]]


def received(*resources: dict[str, Any]) -> Converted:
    """What comes of resources as another system sends them, in one Bundle."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.json"
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
        path.write_text(json.dumps(bundle), "utf-8")
        return read_records(path)


def rows(found: Converted, table: str) -> list[dict[str, Any]]:
    """The rows of a table without what is not known."""
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in found.registry.table(table).to_dicts()
    ]


def left(found: Converted) -> dict[str, str]:
    """What was left, and why."""
    return {one.field: one.note for one in found.fields if one.fate is Fate.LEFT}


def concept(system: str, code: str, display: str | None = None) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} | ({"display": display} if display else {})]}


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1960-04-01"} | more


def observation(code: str, day: str = "2024-05-03", system: str = LOINC, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(system, code),
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": day,
    } | more


def amount(value: float, unit: str | None, **more: Any) -> dict[str, Any]:
    quantity: dict[str, Any] = {"value": value, **more}
    if unit is not None:
        quantity |= {"unit": unit, "system": UCUM, "code": unit}
    return {"valueQuantity": quantity}


def component(code: str, **value: Any) -> dict[str, Any]:
    return {"code": concept(LOINC, code), **value}


def variant(*components: dict[str, Any], found: str = "LA9633-4", **more: Any) -> dict[str, Any]:
    return observation("69548-6", valueCodeableConcept=concept(LOINC, found), component=list(components), **more)


def gene(symbol: str, hgnc: str = "HGNC:7910") -> dict[str, Any]:
    return component("48018-6", valueCodeableConcept=concept("http://www.genenames.org", hgnc, symbol))


def diagnosis(code: str = "91861009", system: str = SNOMED, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "code": concept(system, code),
        "subject": {"reference": "Patient/p1"},
    } | more


def medicine(kind: str, name: str, status: str = "completed", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "status": status,
        "medicationCodeableConcept": {"text": name},
        "subject": {"reference": "Patient/p1"},
    } | more

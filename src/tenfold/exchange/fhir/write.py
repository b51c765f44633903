"""Writing a registry as FHIR R4: one Bundle (`.json`), one Bundle a patient (`.ndjson`), or a folder as of a bulk export.

Nothing is written that was not recorded: a patient without a date of death has none here, and one of unknown sex is of unknown
gender. Resources carry ids made from what they say, so that loading a file twice into a server makes no second copy.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from tenfold.exchange.converted import Written
from tenfold.exchange.fhir import elements as part
from tenfold.exchange.fhir.about import about_resource
from tenfold.exchange.fhir.codes import RECORD, codes_of
from tenfold.exchange.fhir.elements import Json
from tenfold.exchange.fhir.facts_out import PATIENT_ID, SIMULATED, identity, patient_reference, profile, resources_of
from tenfold.exchange.fhir.layout import LAYOUTS
from tenfold.records.registry import Registry
from tenfold.records.shape import Axis
from tenfold.records.tables import TABLES

GENETICS = ("variants", "genes_tested", "karyotypes", "fusions")
REPORT = "report"
"""Code of a DiagnosticReport of ours."""
NOT_A_ROW = "subject only"
"""Tag of a Patient that others refer to, and that has no row in `patients`."""
MASKED = {"url": part.UNKNOWN["url"], "valueCode": "masked"}


def write_records(registry: Registry, path: Path) -> Written:
    """Write a registry; the ending of the path says how (see the module).

    ValueError if something is there already, or a patient's id cannot stand in FHIR.
    """
    _check(registry, path)
    ids = registry.patient_ids()["patient_id"].to_list()
    if path.suffix.lower() in (".json", ".ndjson"):
        path.parent.mkdir(parents=True, exist_ok=True)
        files: tuple[Path, ...] = (_write_bundles(registry, ids, path),)
    else:
        path.mkdir(parents=True, exist_ok=True)
        files = _write_bulk(registry, ids, path)
    left = []
    if registry.set_aside.height:
        left.append(f"{registry.set_aside.height} rows set aside, with their faults: only what was admitted is written")
    return Written(files, tuple(left))


def _check(registry: Registry, path: Path) -> None:
    if path.is_dir() and any(path.iterdir()):
        raise ValueError(f"the folder {path} holds something already: write into an empty folder")
    if path.is_file():
        raise ValueError(f"{path} is there already: give another name, or move it away")
    for one in registry.patient_ids()["patient_id"]:
        if not part.storable(one):
            raise ValueError(
                f"the patient id {one!r} holds control characters, which FHIR cannot hold: give the patient another pseudonym"
            )


def resources(registry: Registry, ids: list[str]) -> Iterator[tuple[str, Json]]:
    """Every resource but the registry's own, with the patient it is of; a specimen of several rows comes once.

    The genetics of one patient and day are gathered in a DiagnosticReport, for others to find; nothing is read from it.
    """
    reports: dict[tuple[str, Any], list[Json]] = {}
    frame = registry.table("patients")
    seen: set[str] = set()
    patients = {row["patient_id"]: row for row in frame.iter_rows(named=True)}
    for patient_id in ids:
        for one in _patient(patient_id, patients.get(patient_id), registry.axis):
            yield patient_id, _labelled(one, registry.simulated)
    for name in LAYOUTS:
        if not registry.recorded(name):
            continue
        for row in registry.table(name).iter_rows(named=True):
            for one in resources_of(name, row, registry.axis):
                if one["resourceType"] == "Specimen":
                    if one["id"] in seen:
                        continue
                    seen.add(one["id"])
                if name in GENETICS and one["resourceType"] == "Observation":
                    day = row.get("sample_date", row.get("sample_day"))
                    reports.setdefault((row["patient_id"], day), []).append({"reference": f"Observation/{one['id']}"})
                yield row["patient_id"], _labelled(one, registry.simulated)
    for (patient_id, day), results in reports.items():
        yield patient_id, _labelled(_report(patient_id, day, results), registry.simulated)


def _labelled(resource: Json, simulated: bool) -> Json:
    if simulated:
        resource["meta"] = resource.get("meta", {}) | {"security": [dict(SIMULATED)]}
    return resource


def _patient(patient_id: str, row: dict[str, Any] | None, axis: Axis) -> Iterator[Json]:
    patient: Json = {
        "resourceType": "Patient",
        "id": identity("patient", patient_id),
        **profile("cancer-patient"),
        "identifier": [{"system": PATIENT_ID, "value": patient_id}],
        # A pseudonym is no name; US Core wants it said that the name is kept back.
        "name": [{"extension": [dict(MASKED)]}],
        "gender": "unknown",
    }
    if row is None:
        patient["meta"]["tag"] = [{"system": RECORD, "code": NOT_A_ROW}]
        yield patient
        return
    condition: Json = {
        "resourceType": "Condition",
        "id": identity("condition", patient_id),
        **profile("primary-cancer-condition"),
        "category": [
            {
                "coding": [
                    {
                        "system": "http://hl7.org/fhir/us/core/CodeSystem/condition-category",
                        "code": "health-concern",
                    }
                ]
            }
        ],
        "code": {"coding": [part.coding(codes_of("acute myeloid leukaemia")[0])], "text": "Acute myeloid leukaemia"},
        "subject": patient_reference(patient_id),
    }
    extra: dict[str, Json] = {}
    for column in TABLES["patients"].columns:
        value = row[column.named(axis)]
        if value is None or column.name == "patient_id":
            continue
        if column.name == "sex":
            patient["gender"] = value
        elif column.name == "birth_date":
            part.dated(patient, "birthDate", value)
        elif column.name == "death_date":
            part.dated(patient, "deceasedDateTime", value)
        elif column.name == "diagnosis_date":
            part.dated(condition, "onsetDateTime", value)
        else:
            extra[column.name] = part.typed_value(column, value, f"patients.{column.name}")
    patient["extension"] = part.columns_extension(extra)
    yield {key: value for key, value in patient.items() if value != []}
    yield condition


def _report(patient_id: str, day: Any, results: list[Json]) -> Json:
    report: Json = {
        "resourceType": "DiagnosticReport",
        "id": identity("report", patient_id, day),
        "status": "final",
        "code": {
            "coding": [
                {"system": RECORD, "code": REPORT},
                *(part.coding(code) for code in codes_of("genetic report")[:1]),
            ],
            "text": "Genetics of the leukaemia",
        },
        "subject": patient_reference(patient_id),
        "result": results,
    }
    part.dated(report, "effectiveDateTime", day)
    return report


def _entry(resource: Json) -> Json:
    place = f"{resource['resourceType']}/{resource['id']}"
    return {
        "fullUrl": f"urn:tenfold:fhir:resource:{place}",
        "resource": resource,
        "request": {"method": "PUT", "url": place},
    }


def _write_bundles(registry: Registry, ids: list[str], path: Path) -> Path:
    number: Counter[str] = Counter()
    by_patient: dict[str, list[Json]] = {one: [] for one in ids}
    for patient_id, resource in resources(registry, ids):
        number[resource["resourceType"]] += 1
        by_patient[patient_id].append(resource)
    about = about_resource(registry, number)
    if path.suffix.lower() == ".json":
        everything = [about, *(one for found in by_patient.values() for one in found)]
        text = _bundle(everything, indent=1)
        path.write_text(text + "\n", "utf-8")
        return path
    with path.open("w", encoding="utf-8") as file:
        for found in ([about], *by_patient.values()):
            file.write(_bundle(found) + "\n")
    return path


def _bundle(found: list[Json], indent: int | None = None) -> str:
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [_entry(one) for one in found]}
    return json.dumps(bundle, ensure_ascii=False, indent=indent, allow_nan=False)


def _write_bulk(registry: Registry, ids: list[str], folder: Path) -> tuple[Path, ...]:
    number: Counter[str] = Counter()
    open_files: dict[str, IO[str]] = {}

    def put(resource: Json) -> None:
        kind = resource["resourceType"]
        if kind not in open_files:
            open_files[kind] = (folder / f"{kind}.ndjson").open("w", encoding="utf-8")
        open_files[kind].write(json.dumps(resource, ensure_ascii=False, allow_nan=False) + "\n")

    try:
        for _, resource in resources(registry, ids):
            number[resource["resourceType"]] += 1
            put(resource)
        put(about_resource(registry, number))
    finally:
        for file in open_files.values():
            file.close()
    return tuple(sorted(folder / f"{kind}.ndjson" for kind in open_files))

"""Rows of tables as FHIR resources (R4, as plain dictionaries). Where each column goes is said in `layout`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from tenfold.exchange.fhir import elements as part
from tenfold.exchange.fhir.codes import COLUMN, RECORD, URN, codes_of, scale_unit, system
from tenfold.exchange.fhir.elements import Json
from tenfold.exchange.fhir.layout import LAYOUTS, Layout
from tenfold.records.shape import Axis, Column
from tenfold.records.tables import TABLES

PATIENT_ID = URN + "patient"
"""System of the centre's own pseudonym in Patient.identifier."""
SAMPLE_ID = URN + "sample"
ROLE = URN + "role"
"""Extension of a MedicationAdministration: which column of its Procedure it is part of."""
PLACE = URN + "place"
"""Extension of a MedicationAdministration: its place among the drugs of that column."""
SIMULATED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
PROFILES = {
    "variants": "genomic-variant",
    "genes_tested": "genomic-region-studied",
    "status.ecog": "ecog-performance-status",
}
"""The mCODE profiles that are claimed, by table, or by column of a member."""
COMPARATORS = ("<", ">")
VENETOCLAX = "venetoclax"


def identity(kind: str, *facts: Any) -> str:
    """The id of a resource: the same for the same facts, so that loading them twice makes no second copy."""
    said = json.dumps([kind, *facts], default=str, sort_keys=True, ensure_ascii=False)
    return f"{kind.replace('_', '-')}-{hashlib.sha256(said.encode()).hexdigest()[:24]}"


def patient_reference(patient_id: str) -> Json:
    """A reference to a patient's Patient."""
    return {"reference": f"Patient/{identity('patient', patient_id)}"}


def resources_of(table: str, row: dict[str, Any], axis: Axis) -> Iterator[Json]:
    """The resources of one row, its own first: members, specimen and drugs follow."""
    layout = LAYOUTS[table]
    yield from {"Observation": _observation, "Procedure": _procedure, "MedicationStatement": _statement}[
        layout.resource
    ](layout, row, axis)


def profile(name: str | None) -> Json:
    """The meta that claims an mCODE profile; nothing for none."""
    return {} if name is None else {"meta": {"profile": [MCODE + name]}}


def _start(layout: Layout, row: dict[str, Any]) -> Json:
    made: Json = {"resourceType": layout.resource, "id": identity(layout.table, row)}
    return made | profile(PROFILES.get(layout.table)) | {"extension": []}


def _record_code(layout: Layout) -> list[Json]:
    own: Json = {"system": RECORD, "code": layout.table, "display": layout.title}
    # CPT and SNOMED CT both name a transplant; only the first code of a meaning is written.
    return [own, *(part.coding(code) for code in codes_of(f"record:{layout.table}")[:1])]


def _title(layout: Layout, row: dict[str, Any]) -> str:
    """What a row is, for people: "Measurable residual disease: NPM1"."""
    of = next((row[name] for name in ("marker", "gene", "fusion", "kind") if name in row), None)
    return f"{layout.title}: {of}" if isinstance(of, str) and part.storable(of) else layout.title


def _finish(resource: Json, extra: dict[str, Json]) -> Json:
    resource["extension"] += part.columns_extension(extra)
    return {key: value for key, value in resource.items() if value not in ([], {})}


def _cells(layout: Layout, row: dict[str, Any], axis: Axis) -> Iterator[tuple[Column, Any]]:
    for column in TABLES[layout.table].columns:
        value = row.get(column.named(axis))
        if value is not None and column.name != "patient_id":
            yield column, value


def _observation(layout: Layout, row: dict[str, Any], axis: Axis) -> Iterator[Json]:
    table = TABLES[layout.table]
    resource = _start(layout, row) | {
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": layout.category}]}],
        "code": {"coding": _record_code(layout), "text": _title(layout, row)},
        "subject": patient_reference(row["patient_id"]),
    }
    _when(resource, "effective", layout.table, row, axis)
    extra: dict[str, Json] = {}
    components: list[Json] = []
    members: list[Json] = []
    others: list[Json] = []
    for column, value in _cells(layout, row, axis):
        name = column.name
        if name in (table.dated_by, "end_date"):
            continue
        unsafe = isinstance(value, str) and not part.storable(value)
        if name in ("reported_date", "sequence") or unsafe:
            extra[name] = part.typed_value(column, value, f"{layout.table}.{name}")
        elif name in layout.members:
            members.append(_member(layout, row, column, value, axis))
        elif name in layout.in_elements:
            others += _in_element(resource, components, layout.table, column, value, row)
        else:
            components.append(_component(layout, column, value))
    if layout.table == "fusions" and part.storable(row["fusion"]):
        components += [_gene_component(gene) for gene in row["fusion"].split("::") if gene]
    if layout.table == "variants":
        resource["valueCodeableConcept"] = {"coding": [part.coding(codes_of("found:yes")[0])]}
    if components:
        resource["component"] = components
    if members:
        resource["hasMember"] = [{"reference": f"Observation/{one['id']}"} for one in members]
    if not members and not components and not any(key.startswith("value") for key in resource):
        resource["dataAbsentReason"] = {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]
        }
    yield _finish(resource, extra)
    yield from members
    yield from others


def _when(resource: Json, name: str, table: str, row: dict[str, Any], axis: Axis) -> None:
    """Put the days of a row into effective[x] or performed[x]: a period where the table has an end."""
    shape = TABLES[table]
    if shape.dated_by is None:
        return
    start = row.get(shape[shape.dated_by].named(axis))
    if "end_date" not in shape:
        part.dated(resource, f"{name}DateTime", start)
        return
    period: Json = {}
    part.dated(period, "start", start)
    part.dated(period, "end", row.get(shape["end_date"].named(axis)))
    if period:
        resource[f"{name}Period"] = period


def _component(layout: Layout, column: Column, value: Any) -> Json:
    owner = f"{layout.table}.{column.name}"
    codes = [{"system": COLUMN, "code": owner, "display": column.meaning[:120]}]
    found = part.typed_value(column, value, owner)
    if column.name in layout.standard:
        codes = [*(part.coding(code) for code in codes_of(column.name)[:1]), *codes]
        if column.name == "gene":
            found = part.gene_value(value)
        elif column.name in ("hgvs_c", "hgvs_p", "iscn"):
            found = part.hgvs_value(value, "iscn" if column.name == "iscn" else "hgvs")
        elif column.name == "germline":
            said = codes_of("germline:yes" if value else "germline:no")[0]
            found = {"valueCodeableConcept": {"coding": [part.coding(said)]}}
    return {"code": {"coding": codes}, **found}


def _gene_component(symbol: str) -> Json:
    return {"code": {"coding": [part.coding(codes_of("gene")[0])]}, **part.gene_value(symbol)}


def _member(layout: Layout, row: dict[str, Any], column: Column, value: Any, axis: Axis) -> Json:
    owner = f"{layout.table}.{column.name}"
    member: Json = {
        "resourceType": "Observation",
        "id": identity("value", owner, row),
        **profile(PROFILES.get(owner)),
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": layout.category}]}],
        "code": {"coding": [part.coding(codes_of(owner)[0])]},
        "subject": patient_reference(row["patient_id"]),
        **part.typed_value(column, value, owner),
    }
    _when(member, "effective", layout.table, row, axis)
    return member


def _in_element(
    resource: Json, components: list[Json], table: str, column: Column, value: Any, row: dict[str, Any]
) -> Iterator[Json]:
    """Put a column into the element that holds it; yields the Specimen where that is a resource of its own."""
    name = column.name
    if name == "sample_id":
        resource["identifier"] = [{"system": SAMPLE_ID, "value": value}]
    elif name == "laboratory":
        resource["performer"] = [{"display": value}]
    elif name == "method":
        resource["method"] = part.word("Method", value)
    elif name == "tissue":
        specimen = _specimen(value, row)
        resource["specimen"] = {"reference": f"Specimen/{specimen['id']}"}
        yield specimen
    elif name == "value":
        resource["valueQuantity"] = _level(value, row.get("scale"), row.get("qualifier"))
    elif name == "qualifier":
        if value not in COMPARATORS or row.get("value") is None:
            components.append(_component(LAYOUTS[table], column, value))
    elif name == "reported_response":
        resource["valueCodeableConcept"] = part.word("Response", value)
    elif name in ("result", "present"):
        found = codes_of("found:yes" if value else "found:no")[0]
        resource["valueCodeableConcept"] = {"coding": [part.coding(found)]}
    elif name == "intent":
        resource["reasonCode"] = [part.word("Intent", value)]
    elif name == "regimen":
        resource["code"]["text"] = value
    elif name == "drug":
        resource["medicationCodeableConcept"] = _drug(value)


def _level(value: float, scale: str | None, qualifier: str | None) -> Json:
    found: Json = {"value": value}
    if qualifier in COMPARATORS:
        found["comparator"] = qualifier
    if scale is not None:
        words, unit = scale_unit(scale)
        found |= {"unit": words, "system": system("ucum"), "code": unit}
    return found


def _specimen(tissue: str, row: dict[str, Any]) -> Json:
    day = row.get("sample_date", row.get("sample_day"))
    specimen: Json = {
        "resourceType": "Specimen",
        "id": identity("specimen", row["patient_id"], tissue, day),
        **profile("human-specimen"),
        "type": {"coding": [part.coding(codes_of(f"tissue:{tissue}")[0])], "text": tissue},
        "subject": patient_reference(row["patient_id"]),
    }
    collection: Json = {}
    part.dated(collection, "collectedDateTime", day)
    return specimen | ({"collection": collection} if collection else {})


def _procedure(layout: Layout, row: dict[str, Any], axis: Axis) -> Iterator[Json]:
    table = TABLES[layout.table]
    ended = layout.table == "transplants" or row.get("end_date", row.get("end_day")) is not None
    resource = _start(layout, row) | {
        "status": "completed" if ended else "unknown",
        "code": {"coding": _record_code(layout), "text": layout.title},
        "subject": patient_reference(row["patient_id"]),
    }
    if layout.table == "treatments":
        del resource["code"]["text"]
    _when(resource, "performed", layout.table, row, axis)
    extra: dict[str, Json] = {}
    drugs: list[Json] = []
    given = [name for drug in layout.drugs for name in (row.get(drug) or "").split("+")]
    dose = row.get("venetoclax_mg")
    for column, value in _cells(layout, row, axis):
        name = column.name
        if name in (table.dated_by, "end_date"):
            continue
        unsafe = isinstance(value, str) and not part.storable(value)
        if name in layout.drugs and not unsafe and all(value.split("+")):
            mg = dose if layout.table == "treatments" else None
            drugs += [_given(layout, row, name, i, one, mg, axis) for i, one in enumerate(value.split("+"))]
        elif name in layout.in_elements and not unsafe:
            list(_in_element(resource, [], layout.table, column, value, row))
        elif name == "venetoclax_mg" and layout.table == "cycles":
            drugs.append(_given(layout, row, name, 0, VENETOCLAX, value, axis))
        elif name == "venetoclax_mg" and given.count(VENETOCLAX) == 1 and drugs:
            pass  # the dose of the MedicationAdministration
        else:
            extra[name] = part.typed_value(column, value, f"{layout.table}.{name}")
    yield _finish(resource, extra)
    yield from drugs


def _given(layout: Layout, row: dict[str, Any], role: str, place: int, drug: str, mg: float | None, axis: Axis) -> Json:
    """A drug of a line or cycle, given."""
    ended = row.get("end_date", row.get("end_day")) is not None
    resource: Json = {
        "resourceType": "MedicationAdministration",
        "id": identity("given", layout.table, role, place, row),
        "extension": [{"url": ROLE, "valueCode": role}, {"url": PLACE, "valueInteger": place}],
        "partOf": [{"reference": f"Procedure/{identity(layout.table, row)}"}],
        "status": "completed" if ended else "unknown",
        "medicationCodeableConcept": _drug(drug),
        "subject": patient_reference(row["patient_id"]),
    }
    _when(resource, "effective", layout.table, row, axis)
    if "effectivePeriod" not in resource:
        resource["effectivePeriod"] = {"extension": [dict(part.UNKNOWN)]}
    if drug == VENETOCLAX and mg is not None:
        resource["dosage"] = {"dose": {"value": mg, "unit": "mg", "system": system("ucum"), "code": "mg"}}
    return resource


def _drug(name: str) -> Json:
    codes = [part.coding(code) for code in codes_of(f"drug:{name}")[:1]]
    return {"coding": codes, "text": name} if codes else {"text": name}


def _statement(layout: Layout, row: dict[str, Any], axis: Axis) -> Iterator[Json]:
    ended = row.get("end_date", row.get("end_day")) is not None
    resource = _start(layout, row) | {
        "status": "completed" if ended else "unknown",
        "category": {"coding": _record_code(layout), "text": layout.title},
        "subject": patient_reference(row["patient_id"]),
    }
    _when(resource, "effective", layout.table, row, axis)
    extra: dict[str, Json] = {}
    for column, value in _cells(layout, row, axis):
        if column.name in ("start_date", "end_date"):
            continue
        if column.name == "drug" and part.storable(value):
            resource["medicationCodeableConcept"] = _drug(value)
        else:
            extra[column.name] = part.typed_value(column, value, f"{layout.table}.{column.name}")
    resource.setdefault("medicationCodeableConcept", {"text": "see the extension"})
    yield _finish(resource, extra)

"""Reading FHIR R4: our own files back as they were, and what other systems send as far as it can be understood.

Our own resources carry the code of a table; all others are understood by standard codes. What is not understood is listed by
kind of resource and code. Nothing is complete unless the registry's own Basic resource says so and every row of it is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tenfold.exchange.converted import Converted, converted, sheet
from tenfold.exchange.fhir import elements as part
from tenfold.exchange.fhir.about import About, is_about, is_simulated, read_about
from tenfold.exchange.fhir.codes import RECORD
from tenfold.exchange.fhir.elements import Json, NotRead
from tenfold.exchange.fhir.facts_in import read_fact, table_of
from tenfold.exchange.fhir.found import Found
from tenfold.exchange.fhir.medicines_in import read_medicine
from tenfold.exchange.fhir.others_in import read_condition, read_observation, read_procedure
from tenfold.exchange.fhir.panels import Panels
from tenfold.exchange.fhir.references import References, doubtful, patient_id
from tenfold.exchange.fhir.sources import Source, sources_in, sources_of
from tenfold.exchange.fhir.write import NOT_A_ROW, REPORT
from tenfold.records.faults import Fault
from tenfold.records.shape import Axis
from tenfold.records.sheets import Sheet
from tenfold.records.tables import TABLES

GENDERS = ("female", "male", "other")
ELEMENTS = {"patient_id": "id", "sex": "gender", "birth_date": "birthDate", "death_date": "deceasedDateTime"}
PERSONAL = ("name", "telecom", "address", "photo", "contact")
USED = {
    "Patient": {"gender", "birthDate", "deceasedDateTime", "deceasedBoolean", "_birthDate", "_deceasedDateTime"},
    "Condition": {"onsetDateTime", "_onsetDateTime", "onsetAge", "verificationStatus", "clinicalStatus"},
    "Observation": {"hasMember", "component", "specimen", "performer", "method", "issued", "dataAbsentReason"},
    "Procedure": {"reasonCode"},
    "MedicationAdministration": {"partOf", "dosage", "medicationCodeableConcept", "medicationReference"},
    "MedicationStatement": {"medicationCodeableConcept", "medicationReference"},
    "MedicationRequest": {"medicationCodeableConcept", "medicationReference", "authoredOn", "intent", "doNotPerform"},
    "Specimen": {"type", "collection"},
}
ALWAYS = {
    "resourceType",
    "id",
    "meta",
    "text",
    "contained",
    "identifier",
    "status",
    "code",
    "category",
    "subject",
    "extension",
}
GIVEN = ("MedicationAdministration", "MedicationStatement", "MedicationRequest")


def read_records(path: Path) -> Converted:
    """Read a Bundle, resources one a line, or a folder of them (see `sources`).

    ValueError if there is no resource, two registries keep time in different ways, or simulated patients stand beside others.
    """
    return _records(*sources_in(path), str(path))


def read_resources(resources: Iterable[Json], name: str = "the resources") -> Converted:
    """Read resources or Bundles that are in memory; `name` stands in faults for a file. ValueError as `read_records`."""
    return _records(*sources_of(resources, name), name)


def _records(sources: list[Source], faults: list[Fault], name: str) -> Converted:
    abouts = [read_about(one.resource) for one in sources if is_about(one.resource)]
    axis = _axis(abouts, sources)
    simulated = _simulated(sources, name)
    found = Found(axis)
    everything = sources
    sources = [one for one in everything if _is_plain(one, found)]
    kept = {id(one) for one in sources}
    refs = References(sources, [one for one in everything if id(one) not in kept])
    sources = [one for one in sources if not _is_spoilt(one, refs, found)]
    if faults:
        found.notes.append(f"{len(faults)} resources could not be read: see the faults")
    panels = Panels()
    unsure = doubtful(refs)
    sources = _without_copies(sources, unsure, found)
    members, drugs = _parts(sources, refs)
    diagnoses: dict[str | None, list[tuple[Any, float | None]]] = {}
    for source in sources:
        if source.kind == "Condition":
            diagnosis = read_condition(source, refs, found)
            if diagnosis is not None:
                diagnoses.setdefault(diagnosis[0], []).append(diagnosis[1:])
    taken = {id(one) for group in (*members.values(), *drugs.values()) for one in group}
    for source in sources:
        if id(source) not in taken:
            _resource(source, refs, members, drugs, diagnoses, panels, found)
        _unused(source, found)
    panels.put(found)
    faults += found.set_aside(unsure)
    _tell_elsewhere(refs, found)
    replaced = sum(_is_replaced(one.resource) for one in sources if one.kind == "Patient")
    if replaced:
        found.notes.append(
            f"{replaced} Patients are linked with one that replaces them, or that they replace: one person may stand here "
            "twice; join them where the file comes from"
        )
    without = found.patients_without_diagnosis
    if without:
        found.notes.append(f"{without} patients come without a diagnosis of AML: see whether they belong here")
    sheets = _sheets(abouts, sources, found)
    about = abouts[0] if len(abouts) == 1 else About()
    made = converted(
        sheets,
        "fhir",
        found.fields(),
        notes=found.notes,
        faults=faults,
        axis=axis,
        title=about.title,
        sources=about.sources,
    )
    return replace(made, registry=replace(made.registry, simulated=simulated))


def _axis(abouts: list[About], sources: list[Source]) -> Axis:
    axes = {about.axis for about in abouts}
    if len(axes) > 1:
        raise ValueError("two registries are in it, one with dates and one with days since day 0: read each by itself")
    if axes:
        return axes.pop()
    relative = any(_has_day(one.resource) for one in sources)
    return "relative" if relative else "calendar"


def _has_day(value: Any) -> bool:
    if isinstance(value, dict):
        return value.get("url") == part.DAY or any(_has_day(one) for one in value.values())
    return isinstance(value, list) and any(_has_day(one) for one in value)


def _simulated(sources: list[Source], name: str) -> bool:
    whole = [one for one in sources if one.kind == "Patient" or is_about(one.resource)] or sources
    labels = {is_simulated(one.resource) for one in whole}
    if len(labels) > 1:
        raise ValueError(f"{name} holds simulated patients (HTEST) beside others: keep the two apart")
    return labels == {True}


def _is_plain(source: Source, found: Found) -> bool:
    """Whether a resource means what its elements say, of its own patient. One that does not is left whole."""
    kind, label = source.kind, part.label(source.resource.get("code"))
    if _has(source.resource, "modifierExtension") or source.resource.get("implicitRules"):
        found.left(kind, label, "it has a modifierExtension or implicitRules, which may turn round what it says")
        return False
    focus = source.resource.get("focus") if kind == "Observation" else None
    # mCODE names the disease here; whatever else it is may be another person.
    if focus and not all("Condition/" in str(one.get("reference")) for one in part.dicts(focus) or [{}]):
        found.left(kind, label, "its focus is not the patient: it may be of somebody else")
        return False
    return True


def _is_spoilt(source: Source, refs: References, found: Found) -> bool:
    """Whether a result is of a specimen that was entered in error, or that the laboratory could not use."""
    why = refs.spoilt(source) if source.kind == "Observation" else None
    if why is not None:
        found.left(source.kind, part.label(source.resource.get("code")), why)
    return why is not None


def _is_replaced(patient: Json) -> bool:
    return any(one.get("type") in ("replaced-by", "replaces") for one in part.dicts(patient.get("link")))


def _has(value: Any, name: str) -> bool:
    if isinstance(value, dict):
        return bool(value.get(name)) or any(_has(one, name) for one in value.values())
    return isinstance(value, list) and any(_has(one, name) for one in value)


def _without_copies(sources: list[Source], unsure: dict[str, str], found: Found) -> list[Source]:
    """The resources without the Patients who are only sent again, as with every page of a search."""
    once: set[str] = set()
    kept = []
    for one in sources:
        name = patient_id(one.resource) if one.kind == "Patient" else None
        if name is None or name in unsure or name not in once:
            kept.append(one)
        once |= set() if name is None else {name}
    if len(kept) < len(sources):
        found.notes.append(f"{len(sources) - len(kept)} Patients are sent again, and say the same: each is one patient")
    return kept


def _tell_elsewhere(refs: References, found: Found) -> None:
    if refs.assumed:
        found.notes.append(
            f"{refs.assumed} resources come without an address: they are taken to be of the one server that others name"
        )
    for said, number in sorted(refs.elsewhere.items()):
        found.notes.append(
            f"{said} is referred to {number} times and is not here, and somebody else has that id or may have it: what is of "
            "it is set aside. Read each server by itself"
        )


def _parts(sources: list[Source], refs: References) -> tuple[dict[int, list[Source]], dict[int, list[Source]]]:
    """The members of our panels and the drugs of our procedures, by what they are part of."""
    members: dict[int, list[Source]] = {}
    drugs: dict[int, list[Source]] = {}
    for one in sources:
        if one.kind == "Observation" and table_of(one.resource):
            for reference in part.dicts(one.resource.get("hasMember")):
                member = refs.source_of(reference, one)
                if member is not None:
                    members.setdefault(id(one), []).append(member)
        if one.kind == "MedicationAdministration":
            for reference in part.dicts(one.resource.get("partOf")):
                whole = refs.source_of(reference, one)
                if whole is not None and table_of(whole.resource):
                    drugs.setdefault(id(whole), []).append(one)
    return members, drugs


def _resource(
    source: Source,
    refs: References,
    members: dict[int, list[Source]],
    drugs: dict[int, list[Source]],
    diagnoses: dict[str | None, list[tuple[Any, float | None]]],
    panels: Panels,
    found: Found,
) -> None:
    """One resource into rows, or onto the list of what is left."""
    table = table_of(source.resource) if source.kind in ("Observation", "Procedure", "MedicationStatement") else None
    if table is not None:
        row = read_fact(source, table, members.get(id(source), []), drugs.get(id(source), []), refs, found)
        if row is not None:
            found.row(table, source, row)
    elif source.kind == "Patient":
        _patient(source, diagnoses, found)
    elif source.kind == "Observation":
        read_observation(source, refs, panels, found)
    elif source.kind == "Procedure":
        read_procedure(source, refs, found)
    elif source.kind in GIVEN:
        read_medicine(source, refs, found)
    elif (RECORD, REPORT) in part.codings(source.resource.get("code")):
        return  # it gathers Observations that are read by themselves
    elif source.kind not in ("Condition", "Specimen", "Medication") and not is_about(source.resource):
        found.left(source.kind, part.label(source.resource.get("code")), "this kind of resource is not read")


def _patient(source: Source, diagnoses: dict[str | None, list[tuple[Any, float | None]]], found: Found) -> None:
    patient = source.resource
    tags = part.dicts(patient["meta"].get("tag")) if isinstance(patient.get("meta"), dict) else []
    if any((one.get("system"), one.get("code")) == (RECORD, NOT_A_ROW) for one in tags):
        return
    row: dict[str, Any] = {"patient_id": patient_id(patient)}
    if patient.get("gender") in GENDERS:
        row["sex"] = patient["gender"]
    for name, element in (("birth_date", "birthDate"), ("death_date", "deceasedDateTime")):
        row[name] = part.day_of(patient, element)
        if part.partial(patient, element):
            found.left("Patient", element, "a year or a month alone is no day")
    if patient.get("deceasedBoolean") is True:
        found.left("Patient", "deceasedBoolean", "the patient has died, the day is not given: enter it in the records")
    if patient.get("deceasedBoolean") is False:
        found.left("Patient", "deceasedBoolean", "alive, but not as of which day")
    known = diagnoses.get(row["patient_id"], [])
    days = sorted((day for day, _ in known if day is not None), key=lambda day: day)
    ages = {age for _, age in known if age is not None}
    if days:
        row["diagnosis_date"] = days[0]
    if len(set(days)) > 1:
        found.guessed("Condition", "onset", "patients.diagnosis_date", "the earliest of several")
    if len(ages) == 1:
        row["age_at_diagnosis_years"] = ages.pop()
    elif ages:
        found.left("Condition", "onsetAge", "several ages are given")
    found.patients_without_diagnosis += not known
    for name, piece in part.extension_columns(patient):
        if name in TABLES["patients"]:
            try:
                row[name] = part.read_value(TABLES["patients"][name], piece, f"patients.{name}")
            except NotRead as reason:
                found.left("Patient", name, str(reason))
    found.row("patients", source, row)
    for name, value in row.items():
        if value is not None and name not in ("diagnosis_date", "age_at_diagnosis_years"):
            found.mapped("Patient", ELEMENTS.get(name, name), f"patients.{name}")


def _unused(source: Source, found: Found) -> None:
    """List the elements of a resource that is read from which nothing is taken."""
    used = USED.get(source.kind)
    if used is None:
        return
    for element in source.resource:
        if element in ALWAYS or element in used or element.lstrip("_").startswith(("value", "effective", "performed")):
            continue
        if element == "name" and all(set(one) <= {"extension"} for one in part.dicts(source.resource[element])):
            continue  # a name that is kept back
        personal = source.kind == "Patient" and element in PERSONAL
        found.left(source.kind, element, "who the patient is, is not taken" if personal else "nothing is read from it")


def _sheets(abouts: list[About], sources: list[Source], found: Found) -> list[Sheet]:
    """The sheets, with completeness: as the registry's own Basic says if all of it is here, else nothing is complete."""
    if len(abouts) == 1:
        about = abouts[0]
        number = Counter(one.kind for one in sources if not is_about(one.resource))
        rows = {name: found.rows_of(name) for name in {*about.rows, *found.tables()} if name != "completeness"}
        stated = {name: count for name, count in about.rows.items() if name != "completeness"}
        # A server has Basic resources of its own, and other kinds that are no part of the registry.
        whole = all(number[kind] == wanted for kind, wanted in about.resources.items())
        if whole and rows == stated | {n: 0 for n in rows if n not in stated}:
            present = set(about.rows)
            basic = next(one for one in sources if is_about(one.resource))
            start = "from_date"
            for said in about.statements:
                row = {name: said.get(name) for name in ("patient_id", "table", "complete")}
                found.row("completeness", basic, row | {start: said.get("from")})
            return found.sheets(present & set(TABLES))
        found.notes.append(
            "not everything is here that the registry's own description counts, or more: no table is taken as complete"
        )
    elif abouts:
        found.notes.append("several registries are in it: no table is taken as complete")
    sheets = found.sheets(set())
    nothing = [{"table": name, "complete": False} for name in TABLES if name in found.tables()]
    columns = [column.named(found.axis) for column in TABLES["completeness"].columns]
    return [*sheets, sheet("completeness", "FHIR", nothing, columns=columns)] if nothing else sheets

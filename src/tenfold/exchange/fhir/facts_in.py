"""Resources that carry a table's code (`urn:tenfold:fhir:record`) as rows: the other way round of `facts_out`."""

from __future__ import annotations

from typing import Any

from tenfold.exchange.fhir import elements as part
from tenfold.exchange.fhir.codes import RECORD, meanings, scale_unit, scales_spelt
from tenfold.exchange.fhir.elements import Json, NotRead
from tenfold.exchange.fhir.facts_out import PLACE, ROLE, SAMPLE_ID, VENETOCLAX, identity
from tenfold.exchange.fhir.found import Found
from tenfold.exchange.fhir.layout import LAYOUTS, Layout
from tenfold.exchange.fhir.references import References
from tenfold.exchange.fhir.sources import Source
from tenfold.records.tables import TABLES

Row = dict[str, Any]
FINAL = ("final", "amended", "corrected")
BEGUN = ("completed", "in-progress", "stopped", "on-hold")
GIVEN = {
    "transplants": ("completed",),
    "treatments": BEGUN,
    "cycles": BEGUN,
    "medications": ("completed", "active", "stopped", "on-hold"),
}
"""The statuses of what was done, or has begun. All others are of what is planned, was not done, or is not known."""


def table_of(resource: Json) -> str | None:
    """The table that a resource says it is a row of; None if it does not."""
    place = "category" if resource.get("resourceType") == "MedicationStatement" else "code"
    for where, code in part.codings(resource.get(place)):
        if where == RECORD and code in LAYOUTS:
            return code
    return None


def read_fact(
    source: Source, table: str, members: list[Source], drugs: list[Source], refs: References, found: Found
) -> Row | None:
    """The row that a resource of ours holds, with its members and drugs; None where its status says that it is not so."""
    resource, layout = source.resource, LAYOUTS[table]
    if source.kind != layout.resource:
        found.left(source.kind, table, f"a row of {table} is a {layout.resource}")
        return None
    if source.kind == "Observation" and resource.get("status") not in FINAL:
        found.left(source.kind, table, f"status {resource.get('status')}: only what is final is read")
        return None
    unsaid = table in GIVEN and table != "transplants" and resource.get("status") == "unknown"
    if table in GIVEN and resource.get("status") not in GIVEN[table] and not unsaid:
        found.left(source.kind, table, f"status {resource.get('status')}: it does not say that it was given")
        return None
    if unsaid and not _is_ours(resource, table):
        found.guessed(
            source.kind, f"{table}, status unknown", table, "what is sent as a row of it is taken to have been given"
        )
    row: Row = {"patient_id": refs.patient_of(source)}
    _days(resource, table, row)
    for component in part.dicts(resource.get("component")):
        _component(component, layout, row, source, found)
    _elements(source, layout, row, refs, found)
    for one in members:
        _member(one, layout, row, found)
    _drugs(drugs, layout, row, found)
    for name, piece in part.extension_columns(resource):
        if name in TABLES[table]:
            _take(row, name, piece, layout, source, found)
        else:
            found.left(source.kind, name, f"{table} has no such column")
    _received(source, table, row, refs)
    for name in row:
        found.mapped(source.kind, f"{table}.{name}", f"{table}.{name}")
    return row


def _is_ours(resource: Json, table: str) -> bool:
    """Whether we wrote a resource, by its id: where no end is recorded, its status is unknown."""
    start, _, number = str(resource.get("id")).rpartition("-")
    return start == table.replace("_", "-") and len(number) == len(identity("", "").rpartition("-")[2])


def _received(source: Source, table: str, row: Row, refs: References) -> None:
    """What other systems say in other elements: the day of the specimen, and when the result was issued."""
    if row.get("sample_date") is None and "sample_date" in TABLES[table]:
        day = refs.collected(source)
        if day is not None:
            row["sample_date"] = day
    issued = part.day_of(source.resource, "issued")
    if issued is not None and "reported_date" in TABLES[table] and issued != row.get(TABLES[table].dated_by or ""):
        row.setdefault("reported_date", issued)


def _days(resource: Json, table: str, row: Row) -> None:
    shape = TABLES[table]
    if shape.dated_by is None:
        return
    for name in ("effective", "performed"):
        day = part.day_of(resource, f"{name}DateTime")
        period = resource.get(f"{name}Period")
        end = None
        if isinstance(period, dict):
            day = part.day_of(period, "start")
            end = part.day_of(period, "end")
        if day is not None:
            row[shape.dated_by] = day
        if end is not None and "end_date" in shape:
            row["end_date"] = end


def _take(row: Row, name: str, element: Json, layout: Layout, source: Source, found: Found) -> None:
    column = TABLES[layout.table][name]
    try:
        value = part.read_value(column, element, f"{layout.table}.{name}")
    except NotRead as reason:
        found.left(source.kind, f"{layout.table}.{name}", str(reason))
        return
    if value is not None:
        row[name] = value


def _component(component: Json, layout: Layout, row: Row, source: Source, found: Found) -> None:
    table = TABLES[layout.table]
    name = part.component_column(component, layout.table)
    if name is None:
        # The genes of a fusion stand beside its name, for others to find.
        names = {meanings().get(code, "") for code in part.codings(component.get("code"))}
        name = next((one for one in names if one in table), None)
    if name is None or name not in table:
        if layout.table != "fusions":
            found.left(source.kind, part.label(component.get("code")), f"no column of {layout.table} is meant")
        return
    words = {meanings().get(code, "") for code in part.codings(component.get("valueCodeableConcept"))}
    said = {word.removeprefix(f"{name}:") for word in words if word.startswith(f"{name}:")}
    if said:
        row[name] = said.pop() == "yes"
        return
    _take(row, name, component, layout, source, found)


def _elements(source: Source, layout: Layout, row: Row, refs: References, found: Found) -> None:
    resource = source.resource
    for name in layout.in_elements:
        value: Any = None
        if name == "sample_id":
            value = next(
                (one.get("value") for one in part.dicts(resource.get("identifier")) if one.get("system") == SAMPLE_ID),
                None,
            )
        elif name == "laboratory":
            value = next((one.get("display") for one in part.dicts(resource.get("performer"))), None)
        elif name == "method":
            value = part.concept_text(resource.get("method"), TABLES[layout.table][name])
        elif name == "tissue":
            value = refs.tissue_of(source)
        elif name == "value":
            _level(resource, row, source, found)
        elif name == "reported_response":
            value = part.concept_text(resource.get("valueCodeableConcept"), TABLES[layout.table][name])
        elif name in ("result", "present"):
            value = presence(resource)
        elif name == "intent":
            value = next(
                (part.concept_text(one, TABLES[layout.table][name]) for one in part.dicts(resource.get("reasonCode"))),
                None,
            )
        elif name == "regimen":
            concept = resource.get("code")
            value = concept.get("text") if isinstance(concept, dict) else None
        elif name == "drug":
            value = part.concept_text(resource.get("medicationCodeableConcept"), TABLES[layout.table][name])
        if value is not None:
            row[name] = value


def presence(resource: Json) -> bool | None:
    """Whether an Observation says that something is present, or absent; None if neither."""
    words = {meanings().get(code, "") for code in part.codings(resource.get("valueCodeableConcept"))}
    return True if "found:yes" in words else False if "found:no" in words else None


def _level(resource: Json, row: Row, source: Source, found: Found) -> None:
    """An MRD value: taken only with its scale, and where its unit is not another one's."""
    level = resource.get("valueQuantity")
    if not isinstance(level, dict) or level.get("value") is None:
        return
    scale = row.get("scale")
    try:
        unit = None if scale is None else scale_unit(str(scale))[1]
    except KeyError:
        unit = None
    said, words = level.get("code"), level.get("unit")
    if unit is not None:
        why = None
        if said not in (unit, None):
            why = f"its unit {said} is not that of {scale} ({unit})"
        elif said is None and words is None:
            why = "a number without a unit"
        elif words is not None and str(scale) not in scales_spelt(str(words)):
            if said is None or scales_spelt(str(words)):
                why = f'its unit "{words}" is not that of {scale}'
            else:
                found.guessed(
                    source.kind,
                    "mrd_samples.value, unit",
                    "mrd_samples.value",
                    f'"{words}" in words: the code is believed',
                )
        if why is not None:
            found.left(source.kind, "mrd_samples.value", why)
            return
    row["value"] = level["value"]
    if level.get("comparator") is not None:
        row["qualifier"] = level["comparator"]


def _member(member: Source, layout: Layout, row: Row, found: Found) -> None:
    for code in part.codings(member.resource.get("code")):
        table, _, name = meanings().get(code, "").partition(".")
        if table == layout.table and name and member.resource.get("status") in FINAL:
            before = row.get(name)
            _take(row, name, member.resource, layout, member, found)
            if before is not None and row.get(name) != before:
                found.notes.append(f"{member.file} {member.line}: a second {name} in one record; the last is used")
            return
    found.left(member.kind, part.label(member.resource.get("code")), f"no column of {layout.table} is meant")


def _drugs(drugs: list[Source], layout: Layout, row: Row, found: Found) -> None:
    """The MedicationAdministrations of a line or cycle, by the column they are for and in their order."""
    by_role: dict[str, list[tuple[int, str, Json]]] = {}
    for one in drugs:
        marks = {str(mark.get("url")): mark for mark in part.dicts(one.resource.get("extension"))}
        role = str(marks.get(ROLE, {}).get("valueCode") or (layout.drugs[0] if layout.drugs else ""))
        place = marks.get(PLACE, {}).get("valueInteger")
        name = part.concept_text(one.resource.get("medicationCodeableConcept"), None)
        if name is None or role not in TABLES[layout.table] or one.resource.get("status") not in (*BEGUN, "unknown"):
            found.left(
                one.kind, part.label(one.resource.get("medicationCodeableConcept")), "not given, or of no known place"
            )
            continue
        by_role.setdefault(role, []).append((place if isinstance(place, int) else 99, name, one.resource))
    for role, given in by_role.items():
        given.sort(key=lambda one: one[0])
        if role != "venetoclax_mg":
            row[role] = "+".join(name for _, name, _ in given)
        for _, name, resource in given:
            dose = resource.get("dosage", {}).get("dose") if isinstance(resource.get("dosage"), dict) else None
            if name == VENETOCLAX and isinstance(dose, dict):
                try:
                    row["venetoclax_mg"] = part.quantity(dose, f"{layout.table}.venetoclax_mg")
                except NotRead as reason:
                    found.left("MedicationAdministration", "dosage.dose", str(reason))

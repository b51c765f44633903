"""Resources without a code of ours, as mCODE, Genomics Reporting and hospital systems send them, as rows.

Traps: an order is not a dose given; the absence of one variant is not a gene without variants; a diagnosis coded "in relapse"
is not dated at diagnosis. What does not say enough is left, and said to be.
"""

from __future__ import annotations

from typing import Any

from tenfold.exchange.fhir import elements as part
from tenfold.exchange.fhir.codes import codes_of, left_for, meanings, system, treatment_drugs
from tenfold.exchange.fhir.elements import Json, NotRead
from tenfold.exchange.fhir.facts_in import FINAL, presence
from tenfold.exchange.fhir.found import Found, References
from tenfold.exchange.fhir.sources import Source
from tenfold.records.lexicon import drug_aliases, drugs
from tenfold.records.nearest import bare
from tenfold.records.tables import TABLES

Row = dict[str, Any]
POSITIVE = (system("snomed"), "10828004")
CHANGE_TYPE = (system("loinc"), "48019-4")
FUSION = ("http://www.sequenceontology.org", "SO:0001565")
AT_DIAGNOSIS = ("91861009", "C92.00", "C92.0")
NOT_SO = ("refuted", "entered-in-error", "differential", "provisional", "unconfirmed")
PANELS = ("counts", "marrows", "chemistry", "status")


class Panels:
    """Single values of one patient and one time, put together as rows: a second, other value of the same makes a second row."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str | None, str], list[tuple[Source, Row]]] = {}

    def add(self, source: Source, table: str, row: Row, name: str, value: Any, time: str) -> None:
        """Put a value beside those of the same patient and time."""
        rows = self._rows.setdefault((table, row["patient_id"], time), [])
        for _, other in rows:
            if other.get(name, value) == value:
                other[name] = value
                return
        rows.append((source, row | {name: value}))

    def put(self, found: Found) -> None:
        """Give every row that came of it."""
        for (table, _, _), rows in self._rows.items():
            for source, row in rows:
                found.row(table, source, row)


def read_observation(source: Source, refs: References, panels: Panels, found: Found) -> None:
    """The rows of an Observation without a code of ours."""
    resource = source.resource
    codes = part.codings(resource.get("code"))
    label = part.label(resource.get("code"))
    if resource.get("status") not in FINAL:
        found.left(source.kind, label, f"status {resource.get('status')}: only what is final is read")
        return
    why = next((left_for()[code] for code in codes if code in left_for()), None)
    meant = {meanings()[code] for code in codes if code in meanings()}
    if why is not None:
        found.left(source.kind, label, why)
    elif "record:variants" in meant:
        _variant(source, refs, found)
    elif "record:genes_tested" in meant:
        _region(source, refs, found)
    elif "karyotype in words" in meant or "iscn" in meant:
        _karyotype(source, refs, found, label)
    elif _column(meant) is not None:
        _value(source, resource, refs, panels, found)
    else:
        pieces = [one for one in part.dicts(resource.get("component")) if _column(_meant(one)) is not None]
        for piece in pieces:
            _value(source, resource | piece, refs, panels, found)
        if not pieces and not ("record:counts" in meant and resource.get("hasMember")):
            found.left(source.kind, label, "nothing in the records is known to be meant by this code")


def _meant(element: Json) -> set[str]:
    return {meanings()[code] for code in part.codings(element.get("code")) if code in meanings()}


def _column(meant: set[str]) -> str | None:
    return next((one for one in sorted(meant) if one.partition(".")[0] in PANELS and "." in one), None)


def _dated(resource: Json, refs: References) -> Row:
    """Whose it is, the day of the sample (of the specimen, else of the result), and the day it was reported."""
    day = (
        refs.collected(resource)
        or part.day_of(resource, "effectiveDateTime")
        or part.day_of(resource, "effectiveInstant")
    )
    if day is None and isinstance(resource.get("effectivePeriod"), dict):
        day = part.day_of(resource["effectivePeriod"], "start")
    row: Row = {"patient_id": refs.patient_of(resource), "sample_date": day}
    reported = part.day_of(resource, "issued")
    return row | ({"reported_date": reported} if reported is not None and reported != day else {})


def _value(source: Source, element: Json, refs: References, panels: Panels, found: Found) -> None:
    into = _column(_meant(element)) or ""
    table, _, name = into.partition(".")
    column, label = TABLES[table][name], part.label(element.get("code"))
    if refs.tissue_of(element) == {"counts": "marrow", "marrows": "blood"}.get(table, "neither"):
        found.left(source.kind, label, f"its specimen is {refs.tissue_of(element)}, its code says otherwise")
        return
    try:
        value = part.read_value(column, element, into)
    except NotRead as reason:
        found.left(source.kind, label, str(reason))
        return
    if value is None:
        found.left(source.kind, label, "it has no value")
        return
    row = _dated(element, refs)
    if table == "status":
        row["status_date"] = row.pop("sample_date")
    time = str(element.get("effectiveDateTime") or element.get("effectivePeriod") or row.get("sample_date"))
    # Results that became known on different days are not one row.
    time = f"{time} {row.get('reported_date')}"
    low, high = column.low or 0, column.high or float("inf")
    if isinstance(value, (int, float)) and not low <= value <= high:
        # It will be set aside; the other results of the hour are results of their own.
        time = f"{time} {source.file} {source.line}"
    panels.add(source, table, row, name, value, time)
    found.mapped(source.kind, label, into)


def _hgvs(element: Json) -> str | None:
    concept = element.get("valueCodeableConcept")
    coded = next((code for where, code in part.codings(concept) if where == system("hgvs") and code), None)
    said = part.read_value(None, element, "")
    return coded or (said if isinstance(said, str) else None)


def _variant(source: Source, refs: References, found: Found) -> None:
    resource = source.resource
    concept = resource.get("valueCodeableConcept")
    here = presence(resource) or POSITIVE in part.codings(concept)
    if not here:
        why = (
            "absent: one variant that is not there is not a gene without variants"
            if concept
            else "neither present nor absent"
        )
        found.left(source.kind, "genomic variant", why)
        return
    row = _dated(resource, refs)
    genes: list[str] = []
    is_fusion = False
    for component in part.dicts(resource.get("component")):
        label, meant = part.label(component.get("code")), _meant(component)
        concept_codes = part.codings(component.get("valueCodeableConcept"))
        is_fusion |= CHANGE_TYPE in part.codings(component.get("code")) and FUSION in concept_codes
        words = {meanings().get(code, "") for code in concept_codes}
        try:
            if "gene" in meant:
                genes.append(str(part.read_value(TABLES["variants"]["gene"], component, "variants.gene")))
            elif meant & {"hgvs_c", "hgvs_p"}:
                row[next(iter(meant & {"hgvs_c", "hgvs_p"}))] = _hgvs(component)
            elif "hgvs_g" in meant:
                said = _hgvs(component) or ""
                if ":c." in said:
                    row.setdefault("hgvs_c", said)
                    found.guessed(
                        source.kind, label, "variants.hgvs_c", "it is sent as a genomic change, and is a coding one"
                    )
                else:
                    found.left(source.kind, label, "a change in genomic coordinates: send it as c. or p. too")
            elif "vaf" in meant:
                row["vaf"] = part.read_value(TABLES["variants"]["vaf"], component, "variants.vaf")
            elif "germline" in meant and words & {"germline:yes", "germline:no"}:
                row["germline"] = "germline:yes" in words
            elif "pathogenic" in meant and words & {"pathogenic:yes", "pathogenic:no"}:
                row["pathogenic"] = "pathogenic:yes" in words
            elif "iscn" in meant:
                found.row("karyotypes", source, _dated(resource, refs) | {"iscn": _hgvs(component)})
                found.mapped(source.kind, label, "karyotypes.iscn")
                return
            else:
                found.left(source.kind, label, "no column of variants is meant")
        except NotRead as reason:
            found.left(source.kind, label, str(reason))
    if len(genes) == 2 and is_fusion:
        fusion = _dated(resource, refs) | {"fusion": "::".join(genes), "result": True}
        found.row("fusions", source, fusion)
        found.guessed(source.kind, "gene studied [two]", "fusions.fusion", "the genes of a fusion, in the order given")
        return
    if len(genes) != 1:
        found.left(source.kind, "genomic variant", f"{len(genes)} genes and no word that they are fused")
        return
    row["gene"] = genes[0]
    found.row("variants", source, row)
    for name in row:
        found.mapped(source.kind, f"genomic variant, {name}", f"variants.{name}")


def _region(source: Source, refs: References, found: Found) -> None:
    row = _dated(source.resource, refs)
    for component in part.dicts(source.resource.get("component")):
        if "gene" in _meant(component):
            gene = part.concept_text(component.get("valueCodeableConcept"), TABLES["genes_tested"]["gene"])
            found.row("genes_tested", source, row | {"gene": gene})
            found.mapped(source.kind, "genomic region studied, gene", "genes_tested.gene")
        else:
            found.left(source.kind, part.label(component.get("code")), "no column of genes_tested is meant")


def _karyotype(source: Source, refs: References, found: Found, label: str) -> None:
    said = _hgvs(source.resource)
    if said is None:
        found.left(source.kind, label, "it has no value")
        return
    found.row("karyotypes", source, _dated(source.resource, refs) | {"iscn": said})
    found.guessed(source.kind, label, "karyotypes.iscn", "the text is taken as ISCN, as it is written")


def read_condition(source: Source, refs: References, found: Found) -> tuple[str | None, Any, float | None] | None:
    """Whose AML was diagnosed, on which day and at what age; None where the condition tells nothing of that."""
    resource = source.resource
    label = part.label(resource.get("code"))
    codes = [code for code in part.codings(resource.get("code")) if meanings().get(code) == "acute myeloid leukaemia"]
    if not codes:
        found.left(source.kind, label, "another condition")
        return None
    sure = {code for _, code in part.codings(resource.get("verificationStatus"))}
    if sure & set(NOT_SO):
        found.left(source.kind, label, f"its verification status is {', '.join(sorted(sure))}")
        return None
    if not any(code in AT_DIAGNOSIS for _, code in codes):
        found.left(source.kind, label, "its date may be that of the remission or relapse that it names")
        return None
    day = part.day_of(resource, "onsetDateTime")
    for one in part.dicts(resource.get("extension")):
        if day is None and str(one.get("url")).endswith("/condition-assertedDate"):
            day = part.day_of(one, "valueDateTime")
    if part.partial(resource, "onsetDateTime"):
        found.left(source.kind, "onsetDateTime", "a year or a month alone is no day")
    age = resource.get("onsetAge")
    years = age.get("value") if isinstance(age, dict) and age.get("code") == "a" else None
    if day is not None:
        found.mapped(source.kind, label, "patients.diagnosis_date")
    if years is not None:
        found.mapped(source.kind, "onsetAge", "patients.age_at_diagnosis_years")
    return refs.patient_of(resource), day, years


def read_procedure(source: Source, refs: References, found: Found) -> None:
    """A transplant; any other procedure is left."""
    resource = source.resource
    label = part.label(resource.get("code"))
    codes = part.codings(resource.get("code"))
    if not any(meanings().get(code) == "record:transplants" for code in codes):
        found.left(source.kind, label, "nothing in the records is known to be meant by this code")
        return
    if resource.get("status") != "completed":
        found.left(source.kind, label, f"status {resource.get('status')}: only what is completed is read")
        return
    day = part.day_of(resource, "performedDateTime")
    if day is None and isinstance(resource.get("performedPeriod"), dict):
        day = part.day_of(resource["performedPeriod"], "start")
    row: Row = {"patient_id": refs.patient_of(resource), "transplant_date": day}
    if (system("cpt"), "38241") in codes:
        row["donor"] = "autologous"
    found.row("transplants", source, row)
    if all(
        (code.system, code.code) not in codes for code in codes_of("record:transplants") if code.system == system("cpt")
    ):
        found.guessed(source.kind, label, "transplants", "the code does not say whether the graft is allogeneic")
    else:
        found.mapped(source.kind, label, "transplants.transplant_date")


def read_medicine(source: Source, refs: References, found: Found) -> None:
    """A medicine given, or said to be taken: into treatments or medications by its name. An order counts once completed."""
    resource = source.resource
    concept = resource.get("medicationCodeableConcept")
    if concept is None:
        medication = refs.resolve(resource.get("medicationReference"), resource)
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
    drug, note = drug_named(concept)
    if drug is None:
        found.left(source.kind, label, note)
        return
    table = "treatments" if drug in treatment_drugs() else "medications"
    row: Row = {"patient_id": refs.patient_of(resource), "drugs" if table == "treatments" else "drug": drug}
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
        inside = {word for word in name.lower().replace(",", " ").split() if word in drugs()}
        if len(inside) == 1:
            return inside.pop(), "the one generic name in the product's name"
    return None, "no generic name that is known"

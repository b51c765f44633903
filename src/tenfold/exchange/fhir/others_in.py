"""Resources without a code of ours, as mCODE, Genomics Reporting and hospital systems send them, as rows.

Traps: the absence of one variant is not a gene without variants; a diagnosis coded "in relapse", or whose
status is so, is not dated at diagnosis. What does not say enough is left, and said to be.
"""

from __future__ import annotations

from typing import Any

from tenfold.exchange.fhir import elements as part
from tenfold.exchange.fhir.codes import codes_of, left_for, meanings, system
from tenfold.exchange.fhir.elements import Json, NotRead
from tenfold.exchange.fhir.facts_in import FINAL, presence
from tenfold.exchange.fhir.found import Found
from tenfold.exchange.fhir.panels import Panels
from tenfold.exchange.fhir.references import References
from tenfold.exchange.fhir.sources import Source
from tenfold.records.tables import TABLES

Row = dict[str, Any]
POSITIVE = (system("snomed"), "10828004")
CHANGE_TYPE = (system("loinc"), "48019-4")
FUSION = ("http://www.sequenceontology.org", "SO:0001565")
AT_DIAGNOSIS = ("91861009", "C92.00", "C92.0")
NOT_SO = ("refuted", "entered-in-error", "differential", "provisional", "unconfirmed")
AGAIN = ("relapse", "recurrence")
PANELS = ("counts", "marrows", "chemistry", "status")


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


def _dated(source: Source, refs: References) -> Row:
    """Whose it is, the day of the sample (of the specimen, else of the result), and the day it was reported."""
    resource = source.resource
    day = (
        refs.collected(source)
        or part.day_of(resource, "effectiveDateTime")
        or part.day_of(resource, "effectiveInstant")
    )
    if day is None and isinstance(resource.get("effectivePeriod"), dict):
        day = part.day_of(resource["effectivePeriod"], "start")
    row: Row = {"patient_id": refs.patient_of(source), "sample_date": day}
    reported = part.day_of(resource, "issued")
    return row | ({"reported_date": reported} if reported is not None and reported != day else {})


def _value(source: Source, element: Json, refs: References, panels: Panels, found: Found) -> None:
    into = _column(_meant(element)) or ""
    table, _, name = into.partition(".")
    column, label = TABLES[table][name], part.label(element.get("code"))
    if refs.tissue_of(source) == {"counts": "marrow", "marrows": "blood"}.get(table, "neither"):
        found.left(source.kind, label, f"its specimen is {refs.tissue_of(source)}, its code says otherwise")
        return
    if element.get("dataAbsentReason") is not None and any(name.startswith("value") for name in element):
        found.left(source.kind, label, "it has a value, and a reason why it has none")
        return
    try:
        value = part.read_value(column, element, into)
    except NotRead as reason:
        found.left(source.kind, label, str(reason))
        return
    if value is None:
        found.left(source.kind, label, "it has no value")
        return
    row = _dated(source, refs)
    if table == "status":
        row["status_date"] = row.pop("sample_date")
    specimen, report = refs.specimen_of(source), refs.report_of(source)
    time = str(element.get("effectiveDateTime") or element.get("effectivePeriod") or row.get("sample_date"))
    # What a specimen gives at another time of the day is still of that specimen.
    of: tuple[Any, ...] = (specimen or report, row.get("sample_date") if specimen else time, row.get("reported_date"))
    low, high = column.low or 0, column.high or float("inf")
    if isinstance(value, (int, float)) and not low <= value <= high:
        # It will be set aside; the other results of the hour are results of their own.
        of = (*of, source.file, source.line)
    panels.add(source, table, row, name, value, of, specimen is not None or bool(source.resource.get("component")))
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
    row = _dated(source, refs)
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
                found.row("karyotypes", source, _dated(source, refs) | {"iscn": _hgvs(component)})
                found.mapped(source.kind, label, "karyotypes.iscn")
                return
            else:
                found.left(source.kind, label, "no column of variants is meant")
        except NotRead as reason:
            found.left(source.kind, label, str(reason))
    if len(genes) == 2 and is_fusion:
        fusion = _dated(source, refs) | {"fusion": "::".join(genes), "result": True}
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
    row = _dated(source, refs)
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
    found.row("karyotypes", source, _dated(source, refs) | {"iscn": said})
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
    state = {code for _, code in part.codings(resource.get("clinicalStatus"))} & set(AGAIN)
    if state:
        found.left(
            source.kind, "onset", f"its clinical status is {', '.join(sorted(state))}: the date may be that of it"
        )
        return refs.patient_of(source), None, None
    if not any(code in AT_DIAGNOSIS for _, code in codes):
        found.left(source.kind, label, "its date may be that of the remission or relapse that it names")
        return refs.patient_of(source), None, None
    day = part.day_of(resource, "onsetDateTime")
    for one in part.dicts(resource.get("extension")):
        if day is None and str(one.get("url")).endswith("/condition-assertedDate"):
            day = part.day_of(one, "valueDateTime")
    if part.partial(resource, "onsetDateTime"):
        found.left(source.kind, "onsetDateTime", "a year or a month alone is no day")
    years = _age(source, found)
    if day is not None:
        found.mapped(source.kind, label, "patients.diagnosis_date")
    if years is not None:
        found.mapped(source.kind, "onsetAge", "patients.age_at_diagnosis_years")
    return refs.patient_of(source), day, years


def _age(source: Source, found: Found) -> Any:
    """The age at onset in years."""
    age = source.resource.get("onsetAge")
    if age is None:
        return None
    value = age.get("value") if isinstance(age, dict) else None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        why = "it is not a number"
    elif age.get("comparator"):
        why = f'a bound ("{age["comparator"]}") is not a value'
    elif age.get("code") != "a":
        why = f"its unit is {age.get('code') or age.get('unit') or 'not given'}: only years (a) are read"
    else:
        return value
    found.left(source.kind, "onsetAge", why)
    return None


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
    row: Row = {"patient_id": refs.patient_of(source), "transplant_date": day}
    if (system("cpt"), "38241") in codes:
        row["donor"] = "autologous"
    found.row("transplants", source, row)
    if all(
        (code.system, code.code) not in codes for code in codes_of("record:transplants") if code.system == system("cpt")
    ):
        found.guessed(source.kind, label, "transplants", "the code does not say whether the graft is allogeneic")
    else:
        found.mapped(source.kind, label, "transplants.transplant_date")

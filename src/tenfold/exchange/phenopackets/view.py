"""A patient's rows in the elements that other readers of phenopackets look at: subject, disease, actions, interpretations.

They repeat what the measurements hold and are not read back. Where they differ from what the measurements say, another
program has changed the packet, and the patient then counts as complete in nothing.
"""

from __future__ import annotations

from typing import Any

from tenfold.exchange.phenopackets.own import Rows, term, terms, time_element, timestamp
from tenfold.exchange.phenopackets.packets import Json
from tenfold.records.lexicon import genes
from tenfold.records.shape import Axis

SEXES = {"female": "FEMALE", "male": "MALE", "other": "OTHER_SEX"}
VIEWED = ("subject", "diseases", "medicalActions", "interpretations")


def aml() -> dict[str, str]:
    """The term for AML that is written."""
    first = terms()["aml"][0]
    return {"id": first["id"], "label": first["label"]}


def view(patient: str, rows: Rows, axis: Axis) -> Json:
    """The elements of a patient's packet that repeat the rows."""
    about = rows["patients"][0] if rows.get("patients") else {}
    made: Json = {"subject": _subject(patient, about, axis), "diseases": [_disease(about, axis)]}
    actions = [
        *(one for row in rows.get("treatments", []) for one in _treatment(row, axis)),
        *(_agent(drug, row, axis) for row in rows.get("medications", []) for drug in row.get("drug", "").split("+")),
        *(_transplant(row, axis) for row in rows.get("transplants", [])),
    ]
    if actions:
        made["medicalActions"] = actions
    variants = [_variant(patient, number, row) for number, row in enumerate(rows.get("variants", []), 1)]
    if variants:
        diagnosis = {"disease": aml(), "genomicInterpretations": variants}
        made["interpretations"] = [{"id": "variants", "progressStatus": "UNKNOWN_PROGRESS", "diagnosis": diagnosis}]
    return made


def _day(row: dict[str, str], name: str, axis: Axis) -> str | None:
    return row.get(f"{name}_{'day' if axis == 'relative' else 'date'}")


def _subject(patient: str, row: dict[str, str], axis: Axis) -> Json:
    made: Json = {"id": patient}
    if row.get("sex") in SEXES:
        made["sex"] = SEXES[row["sex"]]
    born = row.get("birth_date")
    if born is not None:
        made["dateOfBirth"] = timestamp(born)
    seen = time_element(_day(row, "last_contact", axis), axis)
    if seen is not None:
        made["timeAtLastEncounter"] = seen
    death = time_element(_day(row, "death", axis), axis)
    if death is not None:
        made["vitalStatus"] = {"status": "DECEASED", "timeOfDeath": death}
        if "cause_of_death" in row:
            made["vitalStatus"]["causeOfDeath"] = term("text", row["cause_of_death"])
    return made


def _disease(row: dict[str, str], axis: Axis) -> Json:
    made: Json = {"term": aml()}
    onset = time_element(_day(row, "diagnosis", axis), axis)
    if onset is not None:
        made["onset"] = onset
    return made


def _treatment(row: dict[str, str], axis: Axis) -> list[Json]:
    """A regimen that has a name, and each of its drugs."""
    made = [_agent(drug, row, axis) for drug in row.get("drugs", "").split("+") if drug]
    if "regimen" in row:
        regimen: Json = {"ontologyClass": term("regimen", row["regimen"]), "regimenStatus": "UNKNOWN_STATUS"}
        for name, key in (("start", "startTime"), ("end", "endTime")):
            when = time_element(_day(row, name, axis), axis)
            if when is not None:
                regimen[key] = when
        made.insert(0, {"therapeuticRegimen": regimen})
    for one in made:
        one["treatmentTarget"] = aml()
        if "intent" in row:
            one["treatmentIntent"] = term("Intent", row["intent"])
        if "stop_reason" in row:
            one["treatmentTerminationReason"] = term("text", row["stop_reason"])
    return made


def _agent(drug: str, row: dict[str, str], axis: Axis) -> Json:
    treatment: Json = {"agent": term("drug", drug)}
    start, end = _day(row, "start", axis), _day(row, "end", axis)
    if axis == "calendar" and start is not None:
        # The schema asks for both ends of an interval, and an end that is not known is not made up.
        interval: dict[str, Any] = {"start": timestamp(start)}
        if end is not None:
            interval["end"] = timestamp(end)
        treatment["doseIntervals"] = [{"interval": interval}]
    return {"treatment": treatment}


def _transplant(row: dict[str, str], axis: Axis) -> Json:
    first = terms()["transplant"][0]
    procedure: Json = {"code": {"id": first["id"], "label": first["label"]}}
    when = time_element(_day(row, "transplant", axis), axis)
    if when is not None:
        procedure["performed"] = when
    return {"procedure": procedure}


def _variant(patient: str, number: int, row: dict[str, str]) -> Json:
    gene = row.get("gene", "")
    named = genes().get(gene) or f"tenfold:gene.{gene}"
    descriptor: Json = {"id": f"variants.{number}", "geneContext": {"valueId": named, "symbol": gene}}
    expressions = [
        {"syntax": syntax, "value": row[name]}
        for syntax, name in (("hgvs.c", "hgvs_c"), ("hgvs.p", "hgvs_p"))
        if name in row
    ]
    if expressions:
        descriptor["expressions"] = expressions
    if "kind" in row:
        descriptor["structuralType"] = term("kind", row["kind"])
    found: Json = {"variationDescriptor": descriptor}
    if row.get("pathogenic") == "yes":
        found["acmgPathogenicityClassification"] = "PATHOGENIC"
    return {
        "subjectOrBiosampleId": patient,
        "interpretationStatus": "UNKNOWN_STATUS",
        "variantInterpretation": found,
    }

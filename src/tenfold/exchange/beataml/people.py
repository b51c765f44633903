"""What the release says of a patient as a whole: the person, the survival, and as much of the treatment as can be placed.

Each row of the workbook repeats it. Where rows of one patient contradict each other, that is a fault and none of them is
used. Traps: lists of treatments have no order and no dates, so only that a first treatment followed the diagnosis can be
told, its regimen where there was one alone; survival counts from a day of diagnosis that the release does not give.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tenfold.exchange.beataml.course import Course
from tenfold.exchange.beataml.release import Release, Specimen
from tenfold.exchange.beataml.rows import Row
from tenfold.records.faults import Fault, Used
from tenfold.records.lexicon import drugs
from tenfold.records.timeline import DAYS_PER_MONTH
from tenfold.vocabulary import Endpoint, Intent, Ontogeny, Response

DAY_ZERO = "collection of the earliest specimen"
LISTS = ("cumulativeTreatmentTypes", "cumulativeTreatmentRegimens", "cumulativeTreatmentStages")
"""Columns that hold several values joined by "|", of which the order has no meaning."""
OF_THE_PATIENT = (
    "consensus_sex",
    "ageAtDiagnosis",
    "vitalStatus",
    "overallSurvival",
    "causeOfDeath",
    "responseToInductionTx",
    "typeInductionTx",
    *LISTS,
)
"""Columns that must say the same in every row of a patient."""
RESPONSES = {
    "Complete Response": Response.CR,
    "Complete Response i": Response.CRI,
    "Refractory": Response.REFRACTORY,
}
THERAPY_RELATED = "Therapy-related"
GRAFTS = ("Allogeneic - ", "Haploidentical - ", "Double Umbilical Cord")
PALLIATIVE = "Supportive/Palliative Care"


@dataclass(frozen=True, slots=True)
class People:
    """The rows of the tables that concern a patient as a whole, and what contradicts itself."""

    patients: list[Row]
    reported_outcomes: list[Row]
    treatments: list[Row]
    responses: list[Row]
    transplants: list[Row]
    faults: list[Fault]
    unplaced: int
    """Responses and grafts that cannot be placed in the order of the patient's later specimens."""


def people(release: Release, courses: dict[str, Course]) -> People:
    """Every patient of the release."""
    made = People([], [], [], [], [], [], 0)
    unplaced = 0
    for patient, rows in release.by_patient().items():
        said, faults = _agreed(patient, rows, release.workbook.name)
        course = courses[patient]
        made.faults.extend(faults)
        made.patients.append(Row(rows[0].line, _person(patient, said, rows)))
        made.reported_outcomes.extend(_survival(patient, said, rows[0].line))
        made.treatments.extend(_treatment(patient, said, rows[0].line, course))
        response, graft = _response(patient, said, rows[0].line), _graft(patient, said, rows[0].line)
        if response is not None:
            place = course.answered
            # Without any place in an order the row stays undated, which nothing can mistake for a day.
            if place is not None or not course.places:
                made.responses.append(Row(response.line, {**response.cells, "sequence": place}))
            else:
                unplaced += 1
        if graft is not None and course.grafted is not None:
            made.transplants.append(Row(graft.line, {**graft.cells, "sequence": course.grafted}))
        elif graft is not None:
            unplaced += 1
    return People(
        made.patients,
        made.reported_outcomes,
        made.treatments,
        made.responses,
        made.transplants,
        made.faults,
        unplaced,
    )


def _agreed(patient: str, rows: Sequence[Specimen], file: str) -> tuple[dict[str, str], list[Fault]]:
    """What the rows of a patient say alike, and a fault for each column in which they differ."""
    said, faults = {}, []
    for column in OF_THE_PATIENT:
        told: dict[object, Specimen] = {}
        for row in rows:
            value = row.get(column)
            if value is not None:
                told.setdefault(frozenset(value.split("|")) if column in LISTS else value, row)
        if len(told) == 1:
            said[column] = next(iter(told.values())).cells[column]
        if len(told) > 1:
            first, second, *_ = told.values()
            words = f"{first.cells[column]} on line {first.line} and {second.cells[column]} on line {second.line}"
            rule = f"the rows of patient {patient} contradict each other: {words}; neither is used"
            remedy = "ask the study which of them holds, and write that in every row of the patient"
            faults.append(Fault(file, second.line, patient, column, second.cells[column], rule, remedy, Used.KEPT))
    return said, faults


def _person(patient: str, said: dict[str, str], rows: Iterable[Specimen]) -> dict[str, object]:
    cause = said.get("causeOfDeath", "").removeprefix("Dead-")
    return {
        "patient_id": patient,
        "sex": said.get("consensus_sex", "").lower() or None,
        "age_at_diagnosis_years": said.get("ageAtDiagnosis"),
        "day_zero": DAY_ZERO,
        "ontogeny": _ontogeny(rows),
        "cause_of_death": cause.lower() if cause not in ("", "Alive", "Unknown") else None,
    }


def _ontogeny(rows: Iterable[Specimen]) -> str | None:
    """How the leukaemia arose, from the specimens of its diagnosis; null where they leave it open or say two things."""
    found = set()
    for row in rows:
        if row.of_the_diagnosis:
            if row.get("isDenovo") == "TRUE":
                found.add(Ontogeny.DE_NOVO)
            if row.get("isTransformed") == "TRUE":
                found.add(Ontogeny.SECONDARY)
            if (row.get("specificDxAtAcquisition") or "").startswith(THERAPY_RELATED):
                found.add(Ontogeny.THERAPY_RELATED)
    return found.pop().value if len(found) == 1 else None


def _survival(patient: str, said: dict[str, str], line: int) -> list[Row]:
    """Overall survival, where both the status and the days are known."""
    status, days = said.get("vitalStatus"), said.get("overallSurvival", "")
    if status not in ("Alive", "Dead") or not days.isdigit():
        return []
    died = status == "Dead"
    cells = {
        "patient_id": patient,
        "endpoint": Endpoint.OS.value,
        "clock_start": "diagnosis",
        "time_months": repr(int(days) / DAYS_PER_MONTH),
        "event": died,
        "event_kind": "death" if died else None,
    }
    return [Row(line, cells)]


def _treatment(patient: str, said: dict[str, str], line: int, course: Course) -> list[Row]:
    """The first treatment after the diagnosis, as far as it is told: an induction, or the only regimen there was."""
    regimens = said.get("cumulativeTreatmentRegimens", "").split("|")
    induction = "typeInductionTx" in said or "Induction" in said.get("cumulativeTreatmentStages", "").split("|")
    if course.treated is None or not (induction or regimens != [""]):
        return []
    only = regimens[0].strip() if len(regimens) == 1 and regimens[0].strip() else None
    palliative = said.get("cumulativeTreatmentStages") == PALLIATIVE
    intent = Intent.INDUCTION if induction else Intent.PALLIATIVE if palliative else None
    cells = {
        "patient_id": patient,
        "intent": intent,
        "regimen": only,
        "drugs": None if only is None else drugs_in(only),
        "sequence": course.treated,
    }
    return [Row(line, cells)]


def drugs_in(regimen: str) -> str | None:
    """The generic names in "7+3 (Cytarabine, Idarubicin)" or "Decitabine"; null unless every part is a known drug."""
    before, opened, inside = regimen.partition("(")
    listed, _, after = inside.partition(")")
    # "7+3 (Cytarabine, Idarubicin) plus Midostaurin" names more than its brackets.
    wanted = before if not opened else listed if not after.strip() else ""
    names = [name.strip().casefold() for name in wanted.replace("&", ",").split(",")]
    return "+".join(sorted(names)) if names and all(name in drugs() for name in names) else None


def _response(patient: str, said: dict[str, str], line: int) -> Row | None:
    word = RESPONSES.get(said.get("responseToInductionTx", ""))
    cells = {"patient_id": patient, "reported_response": word, "source": "response to the first induction"}
    return None if word is None else Row(line, cells)


def _graft(patient: str, said: dict[str, str], line: int) -> Row | None:
    """An allogeneic graft, where the stages of treatment name one."""
    stages = said.get("cumulativeTreatmentStages", "").split("|")
    kinds = [stage.strip() for stage in stages if stage.strip().startswith(GRAFTS)]
    donor = kinds[0].removeprefix("Allogeneic - ").lower() if len(kinds) == 1 else None
    return Row(line, {"patient_id": patient, "donor": donor}) if kinds else None

"""What a packet of another system says that the records have a place for; everything else is counted as left.

Only what is meant for certain is read: codes of LOINC with a unit of UCUM, days as timestamps (an age is no day), variants
that were interpreted for AML, drugs by a name that is known. A quantity without a number may be 0 or missing: it is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from tenfold.exchange.converted import Fate, Field
from tenfold.exchange.fhir.codes import factors, meanings, treatment_drugs
from tenfold.exchange.phenopackets.own import terms
from tenfold.exchange.phenopackets.packets import Json, Packet, elements, inside
from tenfold.records.lexicon import drug_aliases, drugs
from tenfold.records.nearest import bare

Row = dict[str, str | None]
SEXES = {"FEMALE": "female", "MALE": "male", "OTHER_SEX": "other"}
PATHOGENIC = {"PATHOGENIC": "yes", "LIKELY_PATHOGENIC": "yes", "BENIGN": "no", "LIKELY_BENIGN": "no"}
NUMBERED = ("counts", "marrows", "chemistry", "status")
"""The tables whose columns a measurement may be of."""
DAYS = {"counts": "sample_date", "marrows": "sample_date", "chemistry": "sample_date", "status": "status_date"}
READ_OF_VARIANT = ("id", "geneContext", "expressions", "structuralType")
NOTHING = "nothing in the records is meant by it for sure"
NO_DAY = "it has no day: an age or a stage of life is none"
ONSET = "the onset of the disease was taken as its diagnosis"
GIVEN = ("STARTED", "COMPLETED", "DISCONTINUED")
UNKNOWN_STATUS = ("UNKNOWN_STATUS", "")
"""A regimen that does not say its status has this one: it is the status that the format leaves out."""
STATUS_UNKNOWN = "whether it was begun is not said: its day of start was taken for that"
STATUSES = ("UNKNOWN_STATUS", *GIVEN)
"""The statuses of a regimen by their numbers in the format."""
READ_OF_REGIMEN = ("ontologyClass", "startTime", "endTime", "regimenStatus")


@dataclass
class Elsewhere:
    """Rows and fields of packets that others wrote. `rows`: table -> packet, row."""

    rows: dict[str, list[tuple[Packet, Row]]] = field(default_factory=dict)
    told: Counter[tuple[str, Fate, str, str]] = field(default_factory=Counter)

    def wants(self, packet: Packet) -> bool:
        """Whether a packet is read: not where it speaks of diseases and AML is none of them, or of no subject."""
        body = packet.body
        said = elements(body, "diseases") or elements(body, "interpretations")
        if said and not _aml_of(body) and not _interpreted(body):
            self.tell("packets of other diseases", Fate.LEFT, "", "they do not say that the patient has AML")
            return False
        if not patient_of(packet):
            self.tell("packets without a subject", Fate.LEFT, "", "whose they are is not said")
            return False
        return True

    def read(self, packet: Packet) -> None:
        """Read a packet that is wanted."""
        body, patient = packet.body, patient_of(packet)
        self.tell("subject.id", Fate.MAPPED, "patients.patient_id")
        self._subject(packet, patient, _aml_of(body))
        samples = {str(one.get("id")): one for one in elements(body, "biosamples")}
        self._measurements(packet, patient, elements(body, "measurements"), None)
        for sample in samples.values():
            self._measurements(packet, patient, elements(sample, "measurements"), _day(sample.get("timeOfCollection")))
        for action in elements(body, "medicalActions"):
            self._action(packet, patient, action)
        for one in elements(body, "interpretations"):
            self._interpretation(packet, patient, one, samples)
        self._rest(body)

    def tell(self, path: str, fate: Fate, into: str = "", note: str = "") -> None:
        """What became of one value or element."""
        self.told[path, fate, into, note] += 1

    def fields(self, source: str) -> Iterator[Field]:
        """Every field once; one that met several fates, once for each, with the reason."""
        several = Counter(path for path, *_ in self.told)
        for (path, fate, into, note), filled in self.told.items():
            named = path if several[path] == 1 else f"{path} ({note or into})"
            yield Field(source, named, fate, into, note, filled)

    def _add(self, packet: Packet, table: str, row: Row) -> None:
        self.rows.setdefault(table, []).append((packet, row))

    def _subject(self, packet: Packet, patient: str, diseases: list[Json]) -> None:
        subject = inside(packet.body, "subject")
        row: Row = {"patient_id": patient}
        sex = SEXES.get(str(subject.get("sex")))
        self._take(row, "subject.sex", "sex", sex, subject.get("sex"))
        born = _stamp(subject.get("dateOfBirth"))
        self._take(row, "subject.dateOfBirth", "birth_date", born, subject.get("dateOfBirth"))
        seen = subject.get("timeAtLastEncounter")
        self._take(row, "subject.timeAtLastEncounter", "last_contact_date", _day(seen), seen)
        vital = subject.get("vitalStatus") or {}
        if vital.get("status") == "DECEASED":
            when = vital.get("timeOfDeath")
            if _day(when) is None:
                self.tell("subject.vitalStatus", Fate.LEFT, "", "a death without a day has no place in the records")
            self._take(row, "subject.vitalStatus", "death_date", _day(when), None)
            cause = inside(vital, "causeOfDeath", "label")
            self._take(row, "subject.vitalStatus.causeOfDeath", "cause_of_death", cause, cause)
        elif vital:
            self.tell("subject.vitalStatus", Fate.LEFT, "", "only a death is recorded")
        onsets = [one["onset"] for one in diseases if one.get("onset")]
        if len(onsets) > 1:
            self.tell("diseases.onset", Fate.LEFT, "", "AML is named more than once: which onset is meant is not said")
        elif onsets and (day := _day(onsets[0])) is not None:
            row["diagnosis_date"] = day
            self.tell("diseases.onset", Fate.GUESSED, "patients.diagnosis_date", ONSET)
        elif onsets and (age := _years(inside(onsets[0], "age", "iso8601duration"))) is not None:
            row["age_at_diagnosis_years"] = age
            self.tell("diseases.onset", Fate.GUESSED, "patients.age_at_diagnosis_years", ONSET)
        elif onsets:
            self.tell("diseases.onset", Fate.LEFT, "", NO_DAY)
        self._add(packet, "patients", row)

    def _take(self, row: Row, path: str, column: str, value: str | None, held: Any) -> None:
        if value is not None:
            row[column] = value
            self.tell(path, Fate.MAPPED, f"patients.{column}")
        elif held:
            self.tell(path, Fate.LEFT, "", NO_DAY if column.endswith("_date") else NOTHING)

    def _measurements(self, packet: Packet, patient: str, held: list[Json], collected: str | None) -> None:
        """Measurements of one day are one row of their table, unless a column stands there twice."""
        made: list[tuple[str, Row]] = []
        for one in held:
            day = _day(one.get("timeObserved")) or collected
            pairs = [(one.get("assay"), inside(one, "value", "quantity"))]
            typed = elements(inside(one, "complexValue") or {}, "typedQuantities")
            for assay, quantity in [(part.get("type"), part.get("quantity")) for part in typed] or pairs:
                path = f"measurements, {inside(assay, 'id')} {inside(assay, 'label')}"
                column = meanings().get(_code(assay), "")
                table, _, name = column.partition(".")
                if table not in NUMBERED:
                    self.tell(path, Fate.LEFT, "", NOTHING)
                    continue
                value, why = _number(column, quantity)
                if value is None or day is None:
                    self.tell(path, Fate.LEFT, "", why if value is None else NO_DAY)
                    continue
                self.tell(path, Fate.MAPPED, column)
                at = DAYS[table]
                row = next((r for t, r in made if t == table and r[at] == day and name not in r), None)
                if row is None:
                    row = {"patient_id": patient, at: day}
                    made.append((table, row))
                row[name] = value
        for table, row in made:
            self._add(packet, table, row)

    def _action(self, packet: Packet, patient: str, action: Json) -> None:
        target = action.get("treatmentTarget")
        kind = next((name for name in ("treatment", "therapeuticRegimen", "procedure") if name in action), "others")
        path = f"medicalActions.{kind}"
        for name in ("treatmentIntent", "responseToTreatment", "adverseEvents"):
            if action.get(name):
                self.tell(f"medicalActions.{name}", Fate.LEFT, "", NOTHING)
        if target and not is_aml(target):
            self.tell(path, Fate.LEFT, "", "it was for another disease")
            return
        reason = inside(action, "treatmentTerminationReason", "label")
        if kind == "treatment":
            self._treatment(packet, patient, action["treatment"], path, reason)
        elif kind == "therapeuticRegimen":
            self._regimen(packet, patient, action[kind], path, reason)
        elif kind == "procedure":
            code = inside(action, kind, "code")
            path = f"{path}, {inside(code, 'id')} {inside(code, 'label')}"
            if str(inside(code, "id")) not in _ids("transplant"):
                self.tell(path, Fate.LEFT, "", NOTHING)
            elif (day := _day(inside(action, kind, "performed"))) is None:
                self.tell(path, Fate.LEFT, "", NO_DAY)
            else:
                self._add(packet, "transplants", {"patient_id": patient, "transplant_date": day})
                self.tell(path, Fate.MAPPED, "transplants.transplant_date")
        else:
            self.tell(path, Fate.LEFT, "", NOTHING)

    def _regimen(self, packet: Packet, patient: str, regimen: Any, path: str, reason: str | None) -> None:
        """A regimen that was begun: one that is planned, or whose status the format does not have, is none."""
        status = _status(inside(regimen, "regimenStatus"))
        name, start = inside(regimen, "ontologyClass", "label"), _day(inside(regimen, "startTime"))
        if status not in (*GIVEN, *UNKNOWN_STATUS):
            self.tell(path, Fate.LEFT, "", f"its status is {status}: that it was begun is not said")
            return
        if not name or start is None:
            self.tell(path, Fate.LEFT, "", NO_DAY if name else "the regimen has no name")
            return
        self._others(path, regimen, READ_OF_REGIMEN)
        end = _day(regimen.get("endTime"))
        row = {"regimen": name, "start_date": start, "end_date": end, "stop_reason": reason}
        self._add(packet, "treatments", {"patient_id": patient, **row})
        guessed = status in UNKNOWN_STATUS
        self.tell(
            path, Fate.GUESSED if guessed else Fate.MAPPED, "treatments.regimen", STATUS_UNKNOWN if guessed else ""
        )

    def _treatment(self, packet: Packet, patient: str, held: Json, path: str, reason: str | None) -> None:
        label = str(inside(held, "agent", "label") or "").strip()
        path = f"{path}, {inside(held, 'agent', 'id')} {label}"
        drug = label.casefold() if label.casefold() in drugs() else drug_aliases().get(bare(label))
        if drug is None:
            self.tell(path, Fate.LEFT, "", "the drug is not known")
            return
        self._others("medicalActions.treatment", held, ("agent", "doseIntervals"))
        for one in elements(held, "doseIntervals"):
            self._others("medicalActions.treatment.doseIntervals", one, ("interval",))
        parts = [one.get("interval") or {} for one in elements(held, "doseIntervals")]
        starts = [day for one in parts if (day := _stamp(one.get("start"))) is not None]
        ends = [day for one in parts if (day := _stamp(one.get("end"))) is not None]
        start, end = min(starts, default=None), max(ends, default=None) if len(ends) == len(parts) else None
        against = drug in treatment_drugs()
        if against and start is None:
            self.tell(path, Fate.LEFT, "", NO_DAY)
            return
        row: Row = {"patient_id": patient, "start_date": start, "end_date": end}
        row |= {"drugs": drug, "stop_reason": reason} if against else {"drug": drug}
        self._add(packet, "treatments" if against else "medications", row)
        into = "treatments.drugs" if against else "medications.drug"
        guessed = label.casefold() != drug
        self.tell(path, Fate.GUESSED if guessed else Fate.MAPPED, into, f"read as {drug}" if guessed else "")

    def _interpretation(self, packet: Packet, patient: str, held: Json, samples: dict[str, Json]) -> None:
        path = "interpretations.diagnosis.genomicInterpretations"
        for one in elements(inside(held, "diagnosis") or {}, "genomicInterpretations"):
            descriptor = inside(one, "variantInterpretation", "variationDescriptor")
            gene = inside(descriptor, "geneContext", "symbol")
            if not is_aml(inside(held, "diagnosis", "disease")):
                self.tell(path, Fate.LEFT, "", "they were interpreted for another disease")
            elif one.get("interpretationStatus") == "REJECTED":
                self.tell(path, Fate.LEFT, "", "they were rejected")
            elif not gene:
                self.tell(path, Fate.LEFT, "", "no variant with a gene's symbol is described")
            else:
                said = {str(e.get("syntax")): str(e.get("value")) for e in elements(descriptor, "expressions")}
                sample = samples.get(str(one.get("subjectOrBiosampleId")), {})
                row: Row = {"patient_id": patient, "gene": gene, "hgvs_c": said.get("hgvs.c")}
                row |= {"sample_date": _day(sample.get("timeOfCollection")), "hgvs_p": said.get("hgvs.p")}
                row["kind"] = inside(descriptor, "structuralType", "label")
                acmg = str(inside(one, "variantInterpretation", "acmgPathogenicityClassification"))
                row["pathogenic"] = PATHOGENIC.get(acmg)
                self._others(f"{path}.variationDescriptor", descriptor, READ_OF_VARIANT)
                self._add(packet, "variants", row)
                self.tell(path, Fate.MAPPED, "variants.gene")

    def _others(self, path: str, held: Json, read: Iterable[str]) -> None:
        for name in sorted(set(held) - set(read)):
            self.tell(f"{path}.{name}", Fate.LEFT, "", NOTHING)

    def _rest(self, body: Json) -> None:
        """Elements that nothing here reads."""
        for name in ("phenotypicFeatures", "files"):
            for _ in elements(body, name):
                self.tell(name, Fate.LEFT, "", NOTHING)
        for sample in elements(body, "biosamples"):
            self._others("biosamples", sample, ("id", "measurements", "timeOfCollection", "individualId"))
        for name in ("alternateIds", "gender", "karyotypicSex", "taxonomy"):
            if inside(body, "subject", name):
                self.tell(f"subject.{name}", Fate.LEFT, "", NOTHING)
        for one in elements(body, "diseases"):
            self._others("diseases", one, ("term", "onset", "excluded"))
            if one.get("excluded") or not is_aml(one.get("term")):
                self.tell("diseases.term", Fate.LEFT, "", "it is another disease, or one that was excluded")


@cache
def _ids(kind: str) -> frozenset[str]:
    return frozenset(one["id"] for one in terms()[kind] if one.get("read", True))


def is_aml(disease: Any) -> bool:
    """Whether a term is AML as a whole, by its label, or by its id where the label does not speak of something else."""
    label = str(inside(disease, "label") or "").casefold().replace("leukaemia", "leukemia")
    words = sorted(label.replace(",", " ").split())
    agrees = not words or "leukemia" in words or "aml" in words
    return (agrees and str(inside(disease, "id")) in _ids("aml")) or words == ["acute", "leukemia", "myeloid"]


def patient_of(packet: Packet) -> str:
    """The id of a packet's subject; empty where there is none."""
    return str(inside(packet.body, "subject", "id") or "").strip()


def _aml_of(body: Json) -> list[Json]:
    return [one for one in elements(body, "diseases") if not one.get("excluded") and is_aml(one.get("term"))]


def _interpreted(body: Json) -> bool:
    return any(is_aml(inside(one, "diagnosis", "disease")) for one in elements(body, "interpretations"))


def _code(assay: Any) -> tuple[str, str]:
    prefix, _, code = str(inside(assay, "id") or "").partition(":")
    return terms()["systems"].get(prefix.upper(), ""), code


def _number(column: str, quantity: Any) -> tuple[str | None, str]:
    """A quantity in the column's unit; else None and why."""
    value = inside(quantity, "value")
    if value is None:
        return None, "it holds no number, which the format cannot tell from 0"
    known = factors(column)
    prefix, _, unit = str(inside(quantity, "unit", "id") or "").partition(":")
    factor = known.get(unit) if prefix.upper() == "UCUM" else None
    if known and factor is None:
        return None, f"its unit is not one that is known ({prefix}:{unit})"
    try:
        return format((Decimal(str(value)) * (factor or 1)).normalize(), "f"), ""
    except InvalidOperation:
        return None, "it is no number"


def _stamp(text: Any) -> str | None:
    """The day of a timestamp as it is written, in the timestamp's own offset from universal time."""
    return text[:10] if isinstance(text, str) and text[10:11] == "T" else None


def _day(element: Any) -> str | None:
    return _stamp(inside(element, "timestamp"))


def _status(said: Any) -> str:
    """The status of a regimen in words; the format may write its number."""
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < len(STATUSES):
        return STATUSES[said]
    return "" if said is None else str(said)


def _years(duration: Any) -> str | None:
    """The whole years of an age such as P45Y3M."""
    if not isinstance(duration, str) or not duration.startswith("P"):
        return None
    years, mark, _ = duration[1:].partition("Y")
    return years if mark and years.isascii() and years.isdigit() else None

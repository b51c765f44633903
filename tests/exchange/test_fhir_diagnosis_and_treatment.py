"""The diagnosis, its course and what was given, as hospital systems send them: an order is no dose, and a year alone no day."""

from __future__ import annotations

from datetime import date

import pytest
from fhir_files import DAY, SNOMED, concept, diagnosis, left, medicine, observation, patient, received, rows

from tenfold.exchange.converted import Fate


def test_performance_status_is_read():
    found = received(patient(), observation("89247-1", valueInteger=1))
    assert rows(found, "status") == [{"patient_id": "p1", "status_date": DAY, "ecog": 1}]


def test_improved_or_stable_disease_is_no_response():
    found = received(patient(), observation("97509-4", valueCodeableConcept=concept(SNOMED, "268910001")))
    assert not found.registry.recorded("responses")
    assert any("does not tell CR from CRi" in why for why in left(found).values())


def test_the_diagnosis_is_dated_by_its_onset():
    found = received(patient(), diagnosis(onsetDateTime="2024-01-02"))
    assert rows(found, "patients") == [
        {"patient_id": "p1", "sex": "female", "birth_date": date(1960, 4, 1), "diagnosis_date": date(2024, 1, 2)}
    ]


@pytest.mark.parametrize("more", [{"code": "C92.02"}, {"code": "C92.01"}])
def test_a_diagnosis_coded_in_relapse_or_remission_does_not_date_the_disease(more):
    found = received(
        patient(), diagnosis(system="http://hl7.org/fhir/sid/icd-10-cm", onsetDateTime="2025-01-02", **more)
    )
    assert found.registry.table("patients")["diagnosis_date"].to_list() == [None]


@pytest.mark.parametrize("status", ["refuted", "entered-in-error", "differential", "provisional"])
def test_a_diagnosis_that_is_not_sure_is_left(status):
    sure = concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", status)
    found = received(patient(), diagnosis(onsetDateTime="2024-01-02", verificationStatus=sure))
    assert found.registry.table("patients")["diagnosis_date"].to_list() == [None]


def test_a_year_alone_is_no_day():
    found = received(patient(birthDate="1960", deceasedDateTime="2024-05"), diagnosis(onsetDateTime="2024"))
    assert rows(found, "patients") == [{"patient_id": "p1", "sex": "female"}]
    assert [why for why in left(found).values() if "no day" in why] == ["a year or a month alone is no day"] * 3


def test_a_patient_with_another_disease_is_named_in_a_note():
    found = received(patient(), diagnosis("254637007"))
    assert "1 patients come without a diagnosis of AML: see whether they belong here" in found.notes


def test_who_the_patient_is_is_not_taken():
    number = {"system": "urn:oid:1.2.3", "value": "MRN-77"}
    found = received(patient(name=[{"family": "Somebody"}], identifier=[number], address=[{"city": "Somewhere"}]))
    told = str(found.registry.table("patients").to_dicts()) + str(found.frame().to_dicts())
    assert "MRN-77" not in told
    assert "Somebody" not in told
    assert "Somewhere" not in told


def test_a_medicine_given_is_a_treatment_and_an_azole_a_medication():
    given = {"effectivePeriod": {"start": "2024-05-03", "end": "2024-05-09"}}
    found = received(
        patient(),
        medicine("MedicationAdministration", "azacitidine", **given),
        medicine("MedicationStatement", "posaconazole", **given),
    )
    expected = {"patient_id": "p1", "start_date": DAY, "end_date": date(2024, 5, 9)}
    assert rows(found, "treatments") == [expected | {"drugs": "azacitidine"}]
    assert rows(found, "medications") == [expected | {"drug": "posaconazole"}]


def test_an_order_is_not_a_dose_given():
    active = medicine("MedicationRequest", "venetoclax", status="active", authoredOn="2024-05-03")
    assert not received(patient(), active).registry.recorded("treatments")
    found = received(patient(), active | {"status": "completed", "intent": "order"})
    assert rows(found, "treatments") == [{"patient_id": "p1", "drugs": "venetoclax", "start_date": DAY}]
    assert any("an order that is completed" in one.note for one in found.of(Fate.GUESSED))


@pytest.mark.parametrize(
    ("kind", "status"), [("MedicationAdministration", "not-done"), ("MedicationStatement", "not-taken")]
)
def test_what_was_not_given_is_left(kind, status):
    assert not received(patient(), medicine(kind, "venetoclax", status=status)).registry.recorded("treatments")


def test_a_transplant_is_read_and_an_autologous_one_says_so():
    done = {"resourceType": "Procedure", "status": "completed", "subject": {"reference": "Patient/p1"}}
    auto = done | {"code": concept("http://www.ama-assn.org/go/cpt", "38241"), "performedDateTime": "2024-05-03"}
    found = received(patient(), auto)
    assert rows(found, "transplants") == [{"patient_id": "p1", "transplant_date": DAY, "donor": "autologous"}]
    unsaid = auto | {"code": concept(SNOMED, "234336002")}
    assert (
        received(patient(), unsaid).of(Fate.GUESSED)[0].note == "the code does not say whether the graft is allogeneic"
    )
    assert not received(patient(), auto | {"status": "preparation"}).registry.recorded("transplants")

"""Whom and what a FHIR resource is of: servers are kept apart, and what may mean something else is left."""

from __future__ import annotations

import json
from datetime import date

import pytest
from fhir_files import (
    UCUM,
    amount,
    component,
    concept,
    diagnosis,
    left,
    medicine,
    observation,
    patient,
    received,
    rows,
)

from tenfold.exchange.converted import Fate
from tenfold.exchange.fhir import read_records

OWN, COLUMN, WORD = "urn:tenfold:fhir:record", "urn:tenfold:fhir:column", "urn:tenfold:fhir:word:"


def platelets(number, reference="Patient/1", **more):
    return observation("26515-7", **amount(number, "10*9/L")) | {"subject": {"reference": reference}} | more


def bundle(folder, name, *resources, server=None):
    """A Bundle; each entry is of the server, or of the one that stands before it in a pair."""
    entries = []
    for one in resources:
        base, resource = one if isinstance(one, tuple) else (server, one)
        full = {"fullUrl": f"{base}/{resource['resourceType']}/{resource.get('id', 'o')}"} if base else {}
        entries.append({"resource": resource} | full)
    (folder / name).write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))


def person(number, **more):
    return {"resourceType": "Patient", "id": number, "gender": "female", "birthDate": "1960-05-03"} | more


def test_an_address_on_another_server_is_not_our_patient_of_that_number(tmp_path):
    bundle(
        tmp_path,
        "all.json",
        ("http://a/fhir", person("1")),
        ("http://b/fhir", person("9")),
        ("http://b/fhir", platelets(20, "http://b/fhir/Patient/1")),
        ("http://b/fhir", platelets(30, "http://b/fhir/Patient/9", id="p")),
        ("http://b/fhir", platelets(40, "http://a/fhir/Patient/1/_history/2", id="q")),
    )
    found = read_records(tmp_path / "all.json")
    assert [(row["patient_id"], row["platelets_e9_l"]) for row in rows(found, "counts")] == [("9", 30), ("1", 40)]
    fault = found.registry.check().row(0, named=True)
    assert (fault["line"], fault["column"]) == (3, "patient_id")
    assert any("http://b/fhir/Patient/1 is referred to 1 times and is not here" in note for note in found.notes)


def test_a_number_of_one_server_is_not_that_of_a_patient_of_another(tmp_path):
    bundle(tmp_path, "a.json", person("1"), platelets(50), server="http://a.org/fhir")
    bundle(tmp_path, "b.json", person("2"), platelets(150), server="http://b.org/fhir")
    found = read_records(tmp_path)
    assert [(row["patient_id"], row["platelets_e9_l"]) for row in rows(found, "counts")] == [("1", 50)]


def test_an_address_beside_plain_numbers_is_of_somebody_else():
    found = received(person("1"), platelets(50), platelets(99, "http://other.org/fhir/Patient/1"))
    assert [row["platelets_e9_l"] for row in rows(found, "counts")] == [50]


@pytest.mark.parametrize("other", [{"gender": "male", "birthDate": "1944-01-01"}, {}])
def test_where_two_patients_of_two_servers_have_one_id_everything_of_it_is_set_aside(tmp_path, other):
    bundle(tmp_path, "a.json", person("1"), platelets(50), person("3"), server="http://a.org/fhir")
    bundle(tmp_path, "b.json", person("1", **other), platelets(150), server="http://b.org/fhir")
    found = read_records(tmp_path)
    assert found.registry.patient_ids()["patient_id"].to_list() == ["3"]
    faults = found.registry.check()
    assert sorted(faults["file"]) == ["a.json", "a.json", "b.json", "b.json"]
    assert set(faults["used"]) == {"row set aside"}


def test_where_two_patients_of_one_id_differ_everything_of_it_is_set_aside():
    found = received(person("1"), platelets(50), person("1", gender="male"), person("2"), platelets(70, "Patient/2"))
    assert found.registry.patient_ids()["patient_id"].to_list() == ["2"]
    assert found.registry.check().height == 3


def test_a_patient_who_is_sent_twice_is_one_patient():
    found = received(person("1", meta={"versionId": "1"}), platelets(50), person("1", meta={"versionId": "2"}))
    assert [row["platelets_e9_l"] for row in rows(found, "counts")] == [50]
    assert found.registry.table("patients").height == 1


def test_patients_who_are_contained_in_their_results_are_not_one_person():
    def result(number):
        return platelets(number, "#p", contained=[person("p", birthDate=f"19{number}-01-01")])

    found = received(person("1"), result(50), result(60))
    assert not rows(found, "counts")
    assert found.registry.check().height == 2


@pytest.mark.parametrize(
    "mark",
    [
        {"modifierExtension": [{"url": "http://example.org/not", "valueBoolean": True}]},
        {"implicitRules": "http://example.org/rules"},
        {"focus": [{"reference": "RelatedPerson/3"}]},
    ],
)
def test_a_result_that_may_mean_something_else_is_left_whole(mark):
    found = received(patient(), observation("26464-8", **amount(7, "10*9/L"), **mark))
    assert not found.registry.recorded("counts")
    assert any("may" in why for why in left(found).values())


def test_a_modifier_within_a_resource_and_of_a_diagnosis_counts_too():
    modifier = {"modifierExtension": [{"url": "http://example.org/not", "valueBoolean": True}]}
    parts = [component("26464-8", **amount(4, "10*9/L")) | modifier, component("718-7", **amount(9, "g/dL"))]
    found = received(
        patient(), observation("58410-2", component=parts), diagnosis(onsetDateTime="2024-01-02", **modifier)
    )
    assert not found.registry.recorded("counts")
    assert found.registry.table("patients")["diagnosis_date"].to_list() == [None]


def test_a_result_whose_focus_is_the_disease_is_read():
    found = received(patient(), observation("89247-1", valueInteger=1, focus=[{"reference": "Condition/c"}]))
    assert rows(found, "status")[0]["ecog"] == 1


def of_specimen(status):
    specimen = {
        "resourceType": "Specimen",
        "id": "s",
        "status": status,
        "collection": {"collectedDateTime": "2024-05-02"},
    }
    result = observation("26515-7", **amount(20, "10*9/L"), specimen={"reference": "Specimen/s"})
    other = observation("26515-7", **amount(30, "10*9/L"))
    return received(patient(), specimen, result, other)


@pytest.mark.parametrize("status", ["entered-in-error", "unsatisfactory"])
def test_nothing_is_read_from_a_specimen_that_is_none_or_that_could_not_be_used(status):
    found = of_specimen(status)
    assert [row["platelets_e9_l"] for row in rows(found, "counts")] == [30]
    assert "its specimen" in left(found)["http://loinc.org 26515-7"]


@pytest.mark.parametrize("status", ["available", "unavailable", None])
def test_a_specimen_that_is_there_or_used_up_is_as_good_as_another(status):
    assert sorted(row["platelets_e9_l"] for row in rows(of_specimen(status), "counts")) == [20, 30]


def test_an_unsatisfactory_specimen_leaves_residual_disease_not_known_and_not_absent():
    specimen = {"resourceType": "Specimen", "id": "s", "status": "unsatisfactory"}
    negative = observation("mrd_samples", system=OWN, specimen={"reference": "Specimen/s"}) | {
        "component": [
            {"code": concept(COLUMN, "mrd_samples.marker"), "valueString": "NPM1"},
            {
                "code": concept(COLUMN, "mrd_samples.detected"),
                "valueCodeableConcept": concept(WORD + "Detection", "no"),
            },
        ]
    }
    assert rows(received(patient(), specimen | {"status": "available"}, negative), "mrd_samples")
    assert not rows(received(patient(), specimen, negative), "mrd_samples")


@pytest.mark.parametrize("link", ["replaced-by", "replaces"])
def test_a_person_who_may_stand_in_a_file_twice_is_told_of(link):
    other = {"resourceType": "Patient", "id": "p2", "link": [{"other": {"reference": "Patient/p1"}, "type": link}]}
    assert any("one person may stand here twice" in note for note in received(patient(), other).notes)
    assert not any("twice" in note for note in received(patient(), other | {"link": []}).notes)


def procedure(table, status):
    return {
        "resourceType": "Procedure",
        "status": status,
        "code": concept(OWN, table),
        "subject": {"reference": "Patient/p1"},
        "performedPeriod": {"start": "2024-05-03"},
    }


@pytest.mark.parametrize("table", ["transplants", "treatments", "cycles"])
@pytest.mark.parametrize("status", ["preparation", "not-done", "entered-in-error", None])
def test_what_is_planned_is_not_what_was_done(table, status):
    found = received(patient(), procedure(table, status))
    assert not found.registry.recorded(table)
    assert f"status {status}: it does not say that it was given" in left(found).values()


def test_a_transplant_is_one_that_is_completed_and_a_treatment_one_that_has_begun():
    for status in ("in-progress", "on-hold", "stopped", "unknown"):
        assert not received(patient(), procedure("transplants", status)).registry.recorded("transplants")
    assert received(patient(), procedure("transplants", "completed")).registry.recorded("transplants")
    for status in ("completed", "in-progress", "on-hold", "stopped"):
        found = received(patient(), procedure("treatments", status))
        assert rows(found, "treatments")[0]["start_date"] == date(2024, 5, 3)


def test_a_treatment_of_unknown_status_is_guessed_to_have_been_given():
    found = received(patient(), procedure("treatments", "unknown"))
    assert found.registry.recorded("treatments")
    assert "treatments, status unknown" in {one.field for one in found.of(Fate.GUESSED)}


def test_a_transplant_is_no_observation():
    found = received(patient(), observation("transplants", system=OWN))
    assert not found.registry.recorded("transplants")
    assert "a row of transplants is a Procedure" in left(found).values()


def residual(scale, quantity):
    parts = [
        {"code": concept(COLUMN, "mrd_samples.marker"), "valueString": "NPM1"},
        {"code": concept(COLUMN, "mrd_samples.scale"), "valueCodeableConcept": concept(WORD + "Scale", scale)},
    ]
    return observation("mrd_samples", system=OWN, component=parts, valueQuantity=quantity)


@pytest.mark.parametrize(
    ("scale", "quantity"),
    [
        ("per_1e4_abl1", {"value": 400, "unit": "log10 reduction"}),
        ("per_1e4_abl1", {"value": 400, "unit": "% of ABL1"}),
        ("percent_abl1", {"value": 0.4, "unit": "copies/10^4 ABL1"}),
        ("percent_abl1", {"value": 0.4, "unit": "% VAF", "system": UCUM, "code": "%"}),
        ("percent_abl1", {"value": 0.4}),
    ],
)
def test_residual_disease_in_words_of_another_unit_or_none_is_left(scale, quantity):
    found = received(patient(), residual(scale, quantity))
    assert "value" not in rows(found, "mrd_samples")[0]
    assert any("its unit" in why or "without a unit" in why for why in left(found).values())


@pytest.mark.parametrize(
    ("scale", "words"),
    [
        ("per_1e4_abl1", "Copies / 10^4 ABL1"),
        ("percent_abl1", "%"),
        ("percent_abl1", "% ABL1"),
        ("percent_vaf", "% VAF"),
    ],
)
def test_residual_disease_in_a_known_spelling_of_its_unit_is_read(scale, words):
    found = received(patient(), residual(scale, {"value": 0.4, "unit": words}))
    assert rows(found, "mrd_samples")[0]["value"] == 0.4


def test_where_the_code_of_residual_disease_is_that_of_its_scale_other_words_are_told():
    found = received(
        patient(), residual("percent_abl1", {"value": 0.4, "unit": "Prozent", "system": UCUM, "code": "%"})
    )
    assert rows(found, "mrd_samples")[0]["value"] == 0.4
    assert '"Prozent" in words: the code is believed' in {one.note for one in found.of(Fate.GUESSED)}


def test_a_count_whose_unit_is_another_in_words_than_in_code_is_left():
    def sent(words):
        quantity = {"value": 4.5, "unit": words, "system": UCUM, "code": "10*3/uL"}
        return received(patient(), observation("6690-2", valueQuantity=quantity))

    assert 'its unit is "/uL" in words and 10*3/uL in the code' in left(sent("/uL")).values()
    for words in ("10*9/l", "10^3 / \N{MICRO SIGN}L", "x10^3"):
        assert rows(sent(words), "counts")[0]["wbc_e9_l"] == 4.5


def test_a_count_in_words_has_no_unit_and_is_left():
    for value in ({"valueString": "50"}, {"valueCodeableConcept": {"text": "50"}}, {"valueInteger": 50}):
        found = received(patient(), observation("26515-7", **value))
        assert not rows(found, "counts")
        assert "a number" in left(found)["http://loinc.org 26515-7"]


def test_a_haemoglobin_whose_words_name_a_unit_of_another_kind_is_left():
    quantity = {"value": 6.0, "unit": "mmol/L", "system": UCUM, "code": "g/dL"}
    found = received(patient(), observation("718-7", valueQuantity=quantity))
    assert not rows(found, "counts")


def test_a_value_beside_a_reason_why_there_is_none_is_left():
    reason = concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "error")
    found = received(patient(), observation("26515-7", **amount(20, "10*9/L"), dataAbsentReason=reason))
    assert not rows(found, "counts")
    assert "a reason why it has none" in left(found)["http://loinc.org 26515-7"]


@pytest.mark.parametrize("status", ["relapse", "recurrence"])
def test_a_relapse_does_not_date_the_diagnosis(status):
    state = concept("http://terminology.hl7.org/CodeSystem/condition-clinical", status)
    found = received(patient(), diagnosis(onsetDateTime="2023-02-02", clinicalStatus=state))
    assert found.registry.table("patients")["diagnosis_date"].to_list() == [None]
    assert f"its clinical status is {status}: the date may be that of it" in left(found).values()
    assert not any("without a diagnosis" in note for note in found.notes)


@pytest.mark.parametrize(
    ("age", "word"),
    [
        ({"value": 730, "unit": "mo", "system": UCUM, "code": "mo"}, "its unit is mo"),
        ({"value": 60}, "its unit is not given"),
        ({"value": 60, "code": "a", "comparator": ">"}, "a bound"),
        ("sixty", "not a number"),
    ],
)
def test_an_age_that_is_not_in_years_is_left_and_said_to_be(age, word):
    found = received(patient(), diagnosis(onsetAge=age))
    assert found.registry.table("patients")["age_at_diagnosis_years"].to_list() == [None]
    assert word in left(found)["onsetAge"]


def test_an_age_in_years_is_read():
    found = received(patient(), diagnosis(onsetAge={"value": 60, "unit": "a", "system": UCUM, "code": "a"}))
    assert rows(found, "patients")[0]["age_at_diagnosis_years"] == 60


@pytest.mark.parametrize(
    "words", ["allergic to voriconazole", "no posaconazole", "stop venetoclax", "azacitidine refused", "venetoclax?"]
)
def test_a_drug_that_is_named_in_other_words_was_not_given(words):
    sent = medicine("MedicationStatement", words, status="active", effectivePeriod={"start": "2024-05-03"})
    found = received(patient(), sent)
    assert not found.registry.recorded("medications")
    assert not found.registry.recorded("treatments")


@pytest.mark.parametrize(
    "words",
    [
        "Venetoclax 100 mg",
        "venetoclax 100 MG Oral Tablet [Venclexta]",
        "Venetoclax 100mg film-coated tablets",
        "venetoclax (100 mg)",
    ],
)
def test_the_name_of_a_product_is_its_drug(words):
    sent = medicine("MedicationStatement", words, status="active", effectivePeriod={"start": "2024-05-03"})
    expected = {"patient_id": "p1", "drugs": "venetoclax", "start_date": date(2024, 5, 3)}
    assert rows(received(patient(), sent), "treatments") == [expected]


@pytest.mark.parametrize("intent", ["proposal", "plan", "option", None])
def test_a_proposal_is_no_order(intent):
    sent = medicine("MedicationRequest", "midostaurin", intent=intent, authoredOn="2021-04-01")
    found = received(patient(), sent)
    assert not found.registry.recorded("treatments")
    assert any(f"intent {intent}" in why for why in left(found).values())


def test_a_name_that_stands_twice_in_an_object_is_a_fault(tmp_path):
    file = tmp_path / "Patient.ndjson"
    file.write_text(
        '{"resourceType": "Patient", "id": "a", "gender": "male", "gender": "female"}\n'
        '{"resourceType": "Patient", "id": "b"}\n'
    )
    found = read_records(file)
    assert found.registry.patient_ids()["patient_id"].to_list() == ["b"]
    assert '"gender" stands twice' in found.registry.check()["rule"][0]


def test_resources_without_an_address_beside_those_of_one_server_are_told(tmp_path):
    bundle(tmp_path, "a.json", ("http://a/fhir", person("1")), platelets(50))
    found = read_records(tmp_path)
    assert rows(found, "counts")[0]["patient_id"] == "1"
    assert any(note.startswith("1 resources come without an address") for note in found.notes)

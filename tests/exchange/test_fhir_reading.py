"""What hospital systems send: read as far as it says enough, and left with the reason where it does not."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from fhir_files import (
    LOINC,
    SNOMED,
    amount,
    component,
    concept,
    diagnosis,
    gene,
    left,
    medicine,
    observation,
    patient,
    received,
    rows,
    variant,
)

from tenfold.exchange.converted import Fate
from tenfold.exchange.fhir.codes import codes_of, factors, meanings
from tenfold.records import TABLES

DAY = date(2024, 5, 3)


@pytest.mark.parametrize(
    ("code", "unit", "value", "column", "expected"),
    [
        ("26464-8", "10*9/L", 4.2, "wbc_e9_l", 4.2),
        ("6690-2", "10*3/uL", 4.2, "wbc_e9_l", 4.2),
        ("804-5", "/uL", 4200, "wbc_e9_l", 4.2),
        ("751-8", "10*3/uL", 0.7, "anc_e9_l", 0.7),
        ("753-4", "/uL", 700, "anc_e9_l", 0.7),
        ("26499-4", "10*9/l", 0.7, "anc_e9_l", 0.7),
        ("777-3", "10*3/uL", 101, "platelets_e9_l", 101),
        ("26515-7", "10*9/L", 101, "platelets_e9_l", 101),
        ("778-1", "10*9/L", 101, "platelets_e9_l", 101),
        ("718-7", "g/L", 93, "haemoglobin_g_dl", 9.3),
        ("718-7", "g/dl", 9.3, "haemoglobin_g_dl", 9.3),
        ("709-6", "%", 3, "blasts_pb_pct", 3),
        ("26446-5", "%", 3, "blasts_pb_pct", 3),
    ],
)
def test_every_code_and_unit_of_a_count_is_read(code, unit, value, column, expected):
    found = received(patient(), observation(code, **amount(value, unit)))
    assert rows(found, "counts") == [{"patient_id": "p1", "sample_date": DAY, column: expected}]


@pytest.mark.parametrize(
    ("code", "unit", "value", "column", "expected"),
    [
        ("14682-9", "umol/L", 80, "creatinine_umol_l", 80),
        ("2160-0", "mg/dL", 1, "creatinine_umol_l", 88.4),
        ("14631-6", "umol/L", 17, "bilirubin_umol_l", 17),
        ("1975-2", "mg/dL", 2, "bilirubin_umol_l", 34.208),
        ("1742-6", "U/L", 40, "alt_u_l", 40),
        ("2532-0", "U/L", 300, "ldh_u_l", 300),
        ("14804-9", "ukat/L", 5, "ldh_u_l", 300),
    ],
)
def test_chemistry_is_converted_by_the_unit_that_is_stated(code, unit, value, column, expected):
    found = received(patient(), observation(code, **amount(value, unit)))
    assert rows(found, "chemistry") == [{"patient_id": "p1", "sample_date": DAY, column: expected}]


def test_a_number_without_a_unit_is_left():
    found = received(patient(), observation("26464-8", **amount(4.2, None)), observation("718-7", valueInteger=9))
    assert not found.registry.recorded("counts")
    assert set(left(found).values()) == {"a number without a unit"}


def test_a_unit_without_a_known_conversion_is_left():
    found = received(patient(), observation("718-7", **amount(5.8, "mmol/L")))
    assert not found.registry.recorded("counts")
    assert "no conversion from mmol/L is known" in left(found).values()


def test_a_bound_is_no_value():
    found = received(patient(), observation("751-8", **amount(0.1, "10*9/L", comparator="<")))
    assert not found.registry.recorded("counts")


def test_values_of_one_time_are_one_row():
    found = received(
        patient(),
        observation("26464-8", **amount(4.2, "10*9/L")),
        observation("777-3", **amount(90, "10*9/L")),
        observation("718-7", day="2024-05-04", **amount(9, "g/dL")),
    )
    assert rows(found, "counts") == [
        {"patient_id": "p1", "sample_date": DAY, "wbc_e9_l": 4.2, "platelets_e9_l": 90},
        {"patient_id": "p1", "sample_date": date(2024, 5, 4), "haemoglobin_g_dl": 9},
    ]


def test_a_result_of_a_time_at_which_another_was_measured_twice_goes_with_neither():
    found = received(
        patient(),
        observation("26464-8", **amount(4.2, "10*9/L")),
        observation("777-3", **amount(50, "10*9/L")),
        observation("26515-7", **amount(100, "10*9/L")),
    )
    alone = {"patient_id": "p1", "sample_date": DAY}
    assert rows(found, "counts") == [
        alone | {"wbc_e9_l": 4.2},
        alone | {"platelets_e9_l": 50},
        alone | {"platelets_e9_l": 100},
    ]
    assert any(note.startswith("3 results stand in rows of their own") for note in found.notes)


def test_results_of_one_day_go_together_by_their_specimen():
    tubes = [{"resourceType": "Specimen", "id": name} for name in ("one", "other")]
    of = [{"specimen": {"reference": f"Specimen/{name}"}} for name in ("one", "other")]
    found = received(
        patient(),
        *tubes,
        observation("26515-7", **amount(50, "10*9/L"), **of[0]),
        observation("26515-7", **amount(100, "10*9/L"), **of[1]),
        observation("751-8", **amount(2, "10*9/L"), **of[1]),
    )
    alone = {"patient_id": "p1", "sample_date": DAY}
    assert rows(found, "counts") == [alone | {"platelets_e9_l": 50}, alone | {"platelets_e9_l": 100, "anc_e9_l": 2}]


@pytest.mark.parametrize("kind", ["DiagnosticReport", "Observation"])
def test_results_of_one_day_go_together_by_their_report_or_panel(kind):
    def whole(*ids):
        held = [{"reference": f"Observation/{one}"} for one in ids]
        return (
            {"resourceType": kind, "status": "final", "code": concept(LOINC, "58410-2")}
            | {"subject": {"reference": "Patient/p1"}}
            | ({"result": held} if kind == "DiagnosticReport" else {"hasMember": held})
        )

    found = received(
        patient(),
        observation("26515-7", id="a", **amount(50, "10*9/L")),
        observation("26515-7", id="b", **amount(100, "10*9/L")),
        observation("751-8", id="c", **amount(2, "10*9/L")),
        whole("a"),
        whole("b", "c"),
    )
    alone = {"patient_id": "p1", "sample_date": DAY}
    assert rows(found, "counts") == [alone | {"platelets_e9_l": 50}, alone | {"platelets_e9_l": 100, "anc_e9_l": 2}]


def test_a_value_that_cannot_be_right_takes_no_other_result_with_it():
    found = received(
        patient(),
        observation("26499-4", **amount(3000, "10*3/uL")),
        observation("718-7", **amount(9, "g/dL")),
        observation("26464-8", **amount(4, "10*9/L")),
    )
    assert rows(found, "counts") == [{"patient_id": "p1", "sample_date": DAY, "wbc_e9_l": 4, "haemoglobin_g_dl": 9}]
    fault = found.registry.check().row(0, named=True)
    assert (fault["line"], fault["column"], fault["value"]) == (2, "anc_e9_l", "3000")


def test_a_count_panel_with_components_is_read():
    parts = [component("26464-8", **amount(4, "10*9/L")), component("718-7", **amount(9, "g/dL"))]
    found = received(patient(), observation("58410-2", component=parts))
    assert rows(found, "counts") == [{"patient_id": "p1", "sample_date": DAY, "wbc_e9_l": 4, "haemoglobin_g_dl": 9}]


def test_blasts_of_the_marrow_are_not_those_of_the_blood():
    found = received(patient(), observation("11150-0", **amount(4, "%")), observation("709-6", **amount(2, "%")))
    assert rows(found, "marrows")[0]["blasts_pct"] == 4
    assert rows(found, "counts")[0]["blasts_pb_pct"] == 2


def test_a_blood_count_on_a_marrow_specimen_is_left():
    specimen = {"resourceType": "Specimen", "id": "s", "type": concept(SNOMED, "119359002")}
    blasts = observation("709-6", contained=[specimen], specimen={"reference": "#s"}, **amount(2, "%"))
    found = received(patient(), blasts)
    assert not found.registry.recorded("counts")


def test_myeloblasts_alone_are_not_taken_for_all_blasts():
    found = received(patient(), observation("30445-1", **amount(1, "%")))
    assert not found.registry.recorded("counts")
    assert any("too few blasts would pass for a remission" in why for why in left(found).values())


@pytest.mark.parametrize("status", ["preliminary", "entered-in-error", "cancelled", "registered", "unknown"])
def test_what_is_not_final_is_left(status):
    found = received(patient(), observation("26464-8", status=status, **amount(4, "10*9/L")))
    assert not found.registry.recorded("counts")


def test_a_foreign_table_is_complete_for_nobody():
    found = received(patient(), diagnosis(), observation("26464-8", **amount(4, "10*9/L")), variant(gene("NPM1")))
    for name in found.registry.tables.keys() - {"completeness"}:
        assert found.registry.complete(name).is_empty()
    assert found.registry.tables.keys() >= {"patients", "counts", "variants", "completeness"}


def test_a_variant_is_read_with_its_gene_changes_and_fraction():
    parts = [
        gene("NPM1"),
        component("48004-6", valueCodeableConcept=concept("http://varnomen.hgvs.org", "NM_002520.7:c.860_863dup")),
        component("48005-3", valueCodeableConcept=concept("http://varnomen.hgvs.org", "p.(Trp288Cysfs*12)")),
        component("81258-6", **amount(41, "%")),
        component("48002-0", valueCodeableConcept=concept(LOINC, "LA6684-0")),
        component("53037-8", valueCodeableConcept=concept(LOINC, "LA6668-3")),
    ]
    found = received(patient(), variant(*parts, issued="2024-05-10T08:00:00Z"))
    assert rows(found, "variants") == [
        {
            "patient_id": "p1",
            "sample_date": DAY,
            "reported_date": date(2024, 5, 10),
            "gene": "NPM1",
            "hgvs_c": "NM_002520.7:c.860_863dup",
            "hgvs_p": "p.(Trp288Cysfs*12)",
            "vaf": 0.41,
            "germline": False,
            "pathogenic": True,
        }
    ]


def test_a_coding_change_sent_as_a_genomic_one_is_guessed_and_a_genomic_one_is_left():
    def sent(change):
        return received(
            patient(),
            variant(
                gene("NPM1"), component("81290-9", valueCodeableConcept=concept("http://varnomen.hgvs.org", change))
            ),
        )

    found = sent("NM_002520.7:c.860_863dup")
    assert rows(found, "variants")[0]["hgvs_c"] == "NM_002520.7:c.860_863dup"
    assert "variants.hgvs_c" in {one.into for one in found.of(Fate.GUESSED)}
    found = sent("NC_000005.10:g.171410539_171410540insTCTG")
    assert "hgvs_c" not in rows(found, "variants")[0]
    assert any("genomic coordinates" in why for why in left(found).values())


def test_a_variant_that_is_absent_does_not_make_a_gene_tested():
    found = received(patient(), variant(gene("NPM1"), found="LA9634-2"))
    assert not found.registry.recorded("variants")
    assert not found.registry.recorded("genes_tested")


def test_two_genes_are_a_fusion_only_if_that_is_said():
    two = [gene("BCR", "HGNC:1014"), gene("ABL1", "HGNC:76")]
    fused = component("48019-4", valueCodeableConcept=concept("http://www.sequenceontology.org", "SO:0001565"))
    assert not received(patient(), variant(*two)).registry.recorded("fusions")
    found = received(patient(), variant(*two, fused))
    assert rows(found, "fusions") == [{"patient_id": "p1", "sample_date": DAY, "fusion": "BCR::ABL1", "result": True}]
    assert "fusions.fusion" in {one.into for one in found.of(Fate.GUESSED)}


def test_a_karyotype_is_read_from_a_variant_and_from_words():
    iscn = component("81291-7", valueCodeableConcept=concept("https://iscn.karger.com", "46,XX,t(8;21)(q22;q22)[20]"))
    found = received(patient(), variant(iscn), observation("33893-9", valueString="46,XX[20]"))
    assert [row["iscn"] for row in rows(found, "karyotypes")] == ["46,XX,t(8;21)(q22;q22)[20]", "46,XX[20]"]


def test_a_region_studied_makes_genes_tested():
    found = received(patient(), observation("53041-0", component=[gene("TP53", "HGNC:11998"), gene("NPM1")]))
    assert [row["gene"] for row in rows(found, "genes_tested")] == ["TP53", "NPM1"]


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


def test_the_day_of_the_sample_is_that_of_the_specimen():
    specimen = {"resourceType": "Specimen", "id": "s", "collection": {"collectedDateTime": "2024-05-01T09:00:00Z"}}
    found = received(
        patient(), specimen, observation("33893-9", valueString="46,XX[20]", specimen={"reference": "Specimen/s"})
    )
    assert rows(found, "karyotypes")[0]["sample_date"] == date(2024, 5, 1)


@pytest.mark.parametrize(
    "reference", ["Patient/p1", "https://hospital.example/fhir/Patient/p1", "Patient/p1/_history/3"]
)
def test_a_patient_is_found_by_every_kind_of_reference(reference):
    found = received(patient(), observation("89247-1", valueInteger=1) | {"subject": {"reference": reference}})
    assert rows(found, "status")[0]["patient_id"] == "p1"


def test_a_result_of_nobody_is_a_fault_with_its_entry():
    found = received(patient(), observation("89247-1", valueInteger=1) | {"subject": {"reference": "Group/g"}})
    fault = found.registry.check().row(0, named=True)
    assert (fault["file"], fault["line"], fault["column"]) == ("bundle.json", 2, "patient_id")


def test_a_code_that_is_not_known_is_listed_once_with_its_number():
    unknown = [observation("99999-9") | {"code": concept(LOINC, "99999-9", words)} for words in ("a", "other words")]
    found = received(patient(), *unknown)
    listed = [one for one in found.of(Fate.LEFT) if "99999-9" in one.field]
    assert [(one.source, one.filled) for one in listed] == [("Observation", 2)]


def test_every_code_means_a_column_that_there_is():
    columns = [meaning for meaning in meanings().values() if meaning.partition(".")[0] in TABLES]
    assert len(columns) > 15
    for meaning in columns:
        table, _, name = meaning.partition(".")
        assert name in TABLES[table]
        assert factors(meaning) or name == "ecog"
        assert codes_of(meaning)


def residual(**more):
    """Residual disease as a hospital sends it by the guide, with the marrow as a specimen."""
    own, column, word = "urn:tenfold:fhir:record", "urn:tenfold:fhir:column", "urn:tenfold:fhir:word:Scale"
    parts = [
        {"code": concept(column, "mrd_samples.marker"), "valueString": "NPM1"},
        {"code": concept(column, "mrd_samples.scale"), "valueCodeableConcept": concept(word, "percent_abl1")},
    ]
    specimen = {
        "resourceType": "Specimen",
        "id": "s",
        "type": concept("http://terminology.hl7.org/CodeSystem/v2-0487", "MAR"),
        "collection": {"collectedDateTime": "2024-05-03T08:00:00+02:00"},
    }
    made = observation("mrd_samples", system=own, component=parts, contained=[specimen], specimen={"reference": "#s"})
    del made["effectiveDateTime"]
    return made | amount(0.05, "%") | {"issued": "2024-05-08T08:00:00Z"} | more


def test_residual_disease_sent_by_the_guide_is_read():
    identifier = [{"system": "urn:tenfold:fhir:sample", "value": "S-9"}]
    found = received(patient(), residual(identifier=identifier))
    assert found.registry.check().is_empty()
    assert rows(found, "mrd_samples") == [
        {
            "sample_id": "S-9",
            "patient_id": "p1",
            "sample_date": DAY,
            "reported_date": date(2024, 5, 8),
            "tissue": "marrow",
            "marker": "NPM1",
            "value": 0.05,
            "scale": "percent_abl1",
        }
    ]
    assert found.registry.complete("mrd_samples").is_empty()


def test_the_example_of_the_guide_is_read():
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "fhir.md").read_text("utf-8")
    example = json.loads(page.split("```json")[1].split("```")[0])
    found = received({"resourceType": "Patient", "id": "A17"}, example)
    assert found.registry.check().is_empty()
    assert rows(found, "mrd_samples")[0] == {
        "sample_id": "S-9",
        "patient_id": "A17",
        "sample_date": DAY,
        "reported_date": date(2024, 5, 8),
        "marker": "NPM1",
        "method": "rt-qpcr",
        "control_gene": "ABL1",
        "control_copies": 48000,
        "value": 0.05,
        "scale": "percent_abl1",
        "detected": "yes",
    }


def test_results_that_were_reported_on_different_days_are_known_on_different_days():
    found = received(
        patient(),
        observation("26464-8", issued="2024-05-03T10:00:00Z", **amount(4, "10*9/L")),
        observation("709-6", issued="2024-05-06T10:00:00Z", **amount(2, "%")),
    )
    assert [row.get("reported_date") for row in rows(found, "counts")] == [None, date(2024, 5, 6)]


def test_each_field_is_listed_once_for_each_of_its_fates():
    found = received(patient(), diagnosis(onsetDateTime="2024-01-02"), residual(), variant(gene("NPM1")))
    listed = [(one.source, one.field, one.fate) for one in found.fields]
    assert len(listed) == len(set(listed)) > 10


def test_a_bound_of_residual_disease_keeps_its_sign():
    found = received(patient(), residual(**amount(0.01, "%", comparator="<")))
    assert rows(found, "mrd_samples")[0]["qualifier"] == "<"


def test_residual_disease_without_its_scale_is_a_fault_and_not_a_percentage_of_something():
    bare = residual()
    bare["component"] = bare["component"][:1]
    found = received(patient(), bare)
    assert found.registry.table("mrd_samples").is_empty()
    assert "has no scale" in found.registry.check()["rule"][0]


def test_residual_disease_in_the_unit_of_another_scale_is_left():
    found = received(patient(), residual(**amount(5, "10*-4")))
    assert "value" not in rows(found, "mrd_samples")[0]
    assert any("is not that of percent_abl1" in why for why in left(found).values())


def test_every_code_names_its_source_and_says_whether_it_was_verified_there():
    data = tomllib.loads((resources.files("tenfold.exchange.fhir") / "codes.toml").read_text("utf-8"))
    assert len(data["code"]) > 30
    for entry in data["code"]:
        assert entry["source"] in data["sources"]
        assert entry["verified"] is (entry["source"] != "recalled")
        assert entry["system"] in data["systems"]

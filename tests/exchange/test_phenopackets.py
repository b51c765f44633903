"""Phenopackets: ours come back as they were; of others' only what is certainly meant is read."""

import json
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.exchange import phenopackets
from tenfold.exchange.converted import Fate
from tenfold.exchange.phenopackets import read_records, recognises, write_records
from tenfold.exchange.phenopackets.packets import message
from tenfold.exchange.published import published
from tenfold.records import Registry

pytest.importorskip("phenopackets")
sys.path.append(str(Path(__file__).resolve().parents[1] / "records"))
from strategies import tables, tables_with_faults
from whole_registries import comes_back_whole, same, through_format

META = {"phenopacketSchemaVersion": "2.0", "created": "2024-01-01T00:00:00Z", "createdBy": "someone", "resources": []}
AML = {"id": "MONDO:0018874", "label": "acute myeloid leukemia"}


def there_and_back(registry, name="packets"):
    found = through_format(phenopackets, registry, name)
    listed = [(one.source, one.field) for one in found.fields]
    assert len(listed) == len(set(listed))
    return found


def packet(**elements):
    return {
        "id": "x",
        "subject": {"id": "P1", "sex": "FEMALE"},
        "diseases": [{"term": AML}],
        "metaData": META,
    } | elements


def read_packet(tmp_path, **elements):
    (tmp_path / "one.json").write_text(json.dumps(packet(**elements)), "utf-8")
    return read_records(tmp_path / "one.json")


def measured(code, value, unit, when):
    quantity = {"unit": {"id": f"UCUM:{unit}", "label": unit}, "value": value}
    return {"assay": {"id": code, "label": "x"}, "value": {"quantity": quantity}, "timeObserved": when}


def left(found):
    return {one.field: one.note for one in found.of(Fate.LEFT)}


@pytest.mark.parametrize("name", ["packets", "cohort.json"])
def test_the_published_patients_come_back_with_their_days(name):
    found = there_and_back(published(), name)
    assert found.registry.axis == "relative"
    assert found.registry.check().is_empty()
    same(published(), found.registry)


@pytest.mark.parametrize("kind", ["venprs", "mixed"])
def test_simulated_patients_come_back_and_stay_labelled(kind):
    registry = simulate_registry(12, kind=kind).registry
    found = there_and_back(registry)
    assert found.registry.simulated
    assert found.registry.check().is_empty()
    same(registry, found.registry)


@given(tables(), st.booleans())
def test_whatever_the_tables_hold_comes_back(found, simulated):
    registry = Registry.from_tables(found, simulated=simulated, title="", sources={"patients": "A; B"})
    if registry.patient_ids().is_empty():
        with pytest.raises(ValueError, match="no patient"):
            there_and_back(registry)
        return
    comes_back_whole(registry, there_and_back(registry))


@given(tables_with_faults())
def test_rows_set_aside_leave_their_patients_as_incomplete_as_they_were(found):
    registry = Registry.from_tables(found)
    if not registry.patient_ids().is_empty():
        comes_back_whole(registry, there_and_back(registry))


def test_every_packet_that_is_written_follows_the_schema(tmp_path):
    write_records(simulate_registry(3).registry, tmp_path / "out")
    for file in (tmp_path / "out").iterdir():
        made = message(json.loads(file.read_text("utf-8")))
        assert made.subject.id
        assert made.measurements


def test_other_readers_find_disease_treatments_transplants_and_variants(tmp_path):
    rows = {
        "patients": [{"patient_id": "A", "diagnosis_date": "2024-01-02", "sex": "male", "death_date": "2024-12-31"}],
        "treatments": [{"patient_id": "A", "drugs": "azacitidine+venetoclax", "start_date": "2024-01-05"}],
        "transplants": [{"patient_id": "A", "transplant_date": "2024-06-01"}],
        "variants": [{"patient_id": "A", "gene": "NPM1", "hgvs_c": "c.860_863dup", "pathogenic": "yes"}],
    }
    write_records(Registry.from_tables(rows), tmp_path / "one.json")
    made = message(json.loads((tmp_path / "one.json").read_text("utf-8"))["members"][0])
    assert made.diseases[0].onset.timestamp.ToJsonString() == "2024-01-02T00:00:00Z"
    assert made.subject.vital_status.time_of_death.timestamp.ToJsonString() == "2024-12-31T00:00:00Z"
    assert [one.treatment.agent.label for one in made.medical_actions[:2]] == ["azacitidine", "venetoclax"]
    assert made.medical_actions[2].procedure.performed.timestamp.ToJsonString() == "2024-06-01T00:00:00Z"
    described = made.interpretations[0].diagnosis.genomic_interpretations[0].variant_interpretation
    assert described.variation_descriptor.gene_context.symbol == "NPM1"
    assert described.variation_descriptor.expressions[0].value == "c.860_863dup"


def changed(tmp_path, change):
    registry = simulate_registry(3).registry
    write_records(registry, tmp_path / "out")
    file = tmp_path / "out" / "packet-000001.json"
    body = json.loads(file.read_text("utf-8"))
    change(body)
    file.write_text(json.dumps(body), "utf-8")
    return body["subject"]["id"], registry, read_records(tmp_path / "out").registry


def test_a_packet_that_another_program_changed_is_complete_in_nothing(tmp_path):
    def change(body):
        body["subject"]["sex"] = "OTHER_SEX"

    patient, registry, found = changed(tmp_path, change)
    assert "something else than the measurements" in found.check()["rule"][0]
    for name in set(found.tables) - {"completeness"}:
        assert patient not in found.complete(name)["patient_id"]
    assert found.complete("patients").height == registry.complete("patients").height - 1


def test_a_packet_that_lost_a_row_is_not_complete_in_its_table(tmp_path):
    def change(body):
        body["measurements"] = [one for one in body["measurements"] if one["description"] != "treatments 1"]
        for name in ("medicalActions",):
            body.pop(name, None)

    patient, _, found = changed(tmp_path, change)
    assert any("rows of treatments" in rule for rule in found.check()["rule"])
    assert patient not in found.complete("treatments")["patient_id"]


def test_what_another_program_added_is_left_and_the_patient_complete_in_nothing(tmp_path):
    def change(body):
        body["phenotypicFeatures"] = [{"type": {"id": "HP:0001945", "label": "Fever"}}]

    patient, _, found = changed(tmp_path, change)
    assert patient not in found.complete("events")["patient_id"]


def test_a_zero_that_protobuf_leaves_out_is_still_zero(tmp_path):
    rows = {"marrows": [{"patient_id": "A", "sample_date": "2024-05-03", "blasts_pct": 0}]}
    write_records(Registry.from_tables(rows), tmp_path / "one.json")
    text = (tmp_path / "one.json").read_text("utf-8")
    body = json.loads(text)
    quantities = [one["value"].get("quantity", {}) for one in body["members"][0]["measurements"]]
    assert [one.pop("value") for one in quantities if "value" in one] == [0.0]
    (tmp_path / "one.json").write_text(json.dumps(body), "utf-8")
    assert read_records(tmp_path / "one.json").registry.table("marrows")["blasts_pct"].to_list() == [0.0]


def test_anothers_packet_is_read_where_it_is_certain_and_is_complete_in_nothing(tmp_path):
    day = {"timestamp": "2024-05-03T00:00:00Z"}
    variant = {
        "variationDescriptor": {
            "id": "v",
            "geneContext": {"valueId": "HGNC:7910", "symbol": "NPM1"},
            "expressions": [{"syntax": "hgvs.c", "value": "NM_002520.7:c.860_863dup"}],
            "allelicState": {"id": "GENO:0000135", "label": "heterozygous"},
        },
        "acmgPathogenicityClassification": "PATHOGENIC",
    }
    found = read_packet(
        tmp_path,
        subject={"id": "P1", "sex": "FEMALE", "dateOfBirth": "1950-01-31T00:00:00Z"},
        diseases=[{"term": AML, "onset": {"timestamp": "2024-05-01T00:00:00Z"}}],
        measurements=[
            measured("LOINC:26464-8", 4500, "/uL", day),
            measured("LOINC:718-7", 98, "g/L", day),
            measured("LOINC:26515-7", 20, "{beads}", day),
            measured("LOINC:26499-4", 1, "10*9/L", {"age": {"iso8601duration": "P74Y"}}),
            measured("LOINC:9999-9", 1, "10*9/L", day),
        ],
        medicalActions=[
            {
                "treatment": {
                    "agent": {"id": "DrugCentral:1", "label": "Venetoclax"},
                    "doseIntervals": [{"interval": {"start": "2024-05-04T00:00:00Z", "end": "2024-05-31T00:00:00Z"}}],
                }
            },
            {"treatment": {"agent": {"id": "DrugCentral:2", "label": "posaconazole"}}},
        ],
        interpretations=[
            {
                "id": "i",
                "progressStatus": "SOLVED",
                "diagnosis": {
                    "disease": AML,
                    "genomicInterpretations": [
                        {
                            "subjectOrBiosampleId": "P1",
                            "interpretationStatus": "CAUSATIVE",
                            "variantInterpretation": variant,
                        }
                    ],
                },
            }
        ],
    )
    tables = found.registry
    assert tables.check().is_empty()
    assert tables.table("counts").select("wbc_e9_l", "haemoglobin_g_dl", "platelets_e9_l").rows() == [(4.5, 9.8, None)]
    assert tables.table("treatments").select("drugs", pl.col("end_date").cast(pl.String)).rows() == [
        ("venetoclax", "2024-05-31")
    ]
    assert tables.table("medications")["drug"].to_list() == ["posaconazole"]
    assert tables.table("variants").select("gene", "pathogenic").rows() == [("NPM1", True)]
    assert [one.into for one in found.of(Fate.GUESSED)] == ["patients.diagnosis_date"]
    for name in set(tables.tables) - {"completeness"}:
        assert tables.complete(name).is_empty()
    said = left(found)
    assert "unit" in said["measurements, LOINC:26515-7 x"]
    assert "no day" in said["measurements, LOINC:26499-4 x"]
    assert {
        "measurements, LOINC:9999-9 x",
        "interpretations.diagnosis.genomicInterpretations.variationDescriptor.allelicState",
    } <= set(said)


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        ("STARTED", Fate.MAPPED),
        ("COMPLETED", Fate.MAPPED),
        ("DISCONTINUED", Fate.MAPPED),
        (2, Fate.MAPPED),
        ("UNKNOWN_STATUS", Fate.GUESSED),
        (None, Fate.GUESSED),
        ("NOT_STARTED", Fate.LEFT),
        ("PLANNED", Fate.LEFT),
        (9, Fate.LEFT),
    ],
)
def test_a_regimen_is_a_treatment_only_where_it_was_begun(tmp_path, status, fate):
    regimen = {
        "ontologyClass": {"id": "NCIT:C1", "label": "venetoclax-azacitidine"},
        "startTime": {"timestamp": "2021-04-01T00:00:00Z"},
    }
    if status is not None:
        regimen["regimenStatus"] = status
    found = read_packet(tmp_path, medicalActions=[{"therapeuticRegimen": regimen}])
    assert found.registry.recorded("treatments") is (fate is not Fate.LEFT)
    [one] = [one for one in found.fields if one.field == "medicalActions.therapeuticRegimen"]
    assert one.fate is fate
    assert bool(one.note) is (fate is not Fate.MAPPED)


def test_the_day_of_a_timestamp_is_the_one_that_is_written(tmp_path):
    onset = {"timestamp": "2021-03-04T23:30:00-05:00"}
    found = read_packet(tmp_path, diseases=[{"term": AML, "onset": onset}])
    assert found.registry.table("patients")["diagnosis_date"].cast(pl.String).to_list() == ["2021-03-04"]


def test_a_quantity_without_a_number_is_not_taken_for_zero(tmp_path):
    one = measured("LOINC:11150-0", 0, "%", {"timestamp": "2024-05-03T00:00:00Z"})
    del one["value"]["quantity"]["value"]
    found = read_packet(tmp_path, measurements=[one])
    assert not found.registry.recorded("marrows")
    assert "cannot tell from 0" in left(found)["measurements, LOINC:11150-0 x"]


def test_an_age_at_onset_is_guessed_to_be_the_age_at_diagnosis(tmp_path):
    found = read_packet(tmp_path, diseases=[{"term": AML, "onset": {"age": {"iso8601duration": "P61Y3M"}}}])
    assert found.registry.table("patients")["age_at_diagnosis_years"].to_list() == [61.0]
    assert [one.into for one in found.of(Fate.GUESSED)] == ["patients.age_at_diagnosis_years"]


@pytest.mark.parametrize(
    "disease",
    [
        {"term": AML, "excluded": True},
        {"term": {"id": "OMIM:1", "label": "Other"}},
        {"term": {"id": AML["id"], "label": "HNF1B-related disorder"}},
    ],
)
def test_a_packet_of_another_disease_is_left_and_refused_where_there_is_no_other(tmp_path, disease):
    with pytest.raises(ValueError, match="of other diseases than AML"):
        read_packet(tmp_path, diseases=[disease])
    (tmp_path / "two.json").write_text(json.dumps(packet() | {"id": "y", "subject": {"id": "P2"}}), "utf-8")
    found = read_records(tmp_path)
    assert found.registry.patient_ids()["patient_id"].to_list() == ["P2"]
    assert "packets of other diseases" in left(found)


def test_a_variant_of_another_disease_is_no_finding_of_the_leukaemia(tmp_path):
    variant = {"variationDescriptor": {"id": "v", "geneContext": {"valueId": "HGNC:1", "symbol": "NF1"}}}
    one = {"subjectOrBiosampleId": "P1", "interpretationStatus": "CAUSATIVE", "variantInterpretation": variant}
    diagnosis = {"disease": {"id": "OMIM:162200", "label": "NF1"}, "genomicInterpretations": [one]}
    found = read_packet(tmp_path, interpretations=[{"id": "i", "progressStatus": "SOLVED", "diagnosis": diagnosis}])
    assert not found.registry.recorded("variants")
    assert "another disease" in left(found)["interpretations.diagnosis.genomicInterpretations"]


def test_names_with_underscores_are_read_alike(tmp_path):
    body = {
        "id": "x",
        "subject": {"id": "P1", "date_of_birth": "1950-01-31T00:00:00Z"},
        "diseases": [{"term": AML}],
        "meta_data": {"phenopacket_schema_version": "2.0", "created_by": "someone"},
    }
    (tmp_path / "one.json").write_text(json.dumps(body), "utf-8")
    assert recognises(tmp_path)
    assert str(read_records(tmp_path).registry.table("patients")["birth_date"][0]) == "1950-01-31"


def test_one_bad_packet_does_not_sink_the_others(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(packet()), "utf-8")
    (tmp_path / "b.json").write_text("{", "utf-8")
    (tmp_path / "c.json").write_text(json.dumps(packet(subject={"id": "P3"}, measurements="none")), "utf-8")
    (tmp_path / "d.json").write_text(json.dumps(packet(metaData=META | {"phenopacketSchemaVersion": "1.0"})), "utf-8")
    (tmp_path / "e.json").write_text("[" * 100_000, "utf-8")
    found = read_records(tmp_path).registry
    assert found.patient_ids()["patient_id"].to_list() == ["P1"]
    assert found.check()["file"].to_list() == ["b.json", "c.json", "d.json", "e.json"]


def test_a_fault_names_the_packet_and_the_table(tmp_path):
    found = read_packet(tmp_path, subject={"id": "P1", "dateOfBirth": "1850-01-31T00:00:00Z"}).registry
    assert found.check()["file"].to_list() == ["one.json, patients"]


def test_packets_of_both_kinds_of_time_are_refused(tmp_path):
    write_records(published(), tmp_path / "all")
    (tmp_path / "all" / "other.json").write_text(json.dumps(packet()), "utf-8")
    with pytest.raises(ValueError, match="separate folders"):
        read_records(tmp_path / "all")


def test_what_is_no_phenopacket_is_not_recognised(tmp_path):
    (tmp_path / "bundle.json").write_text('{"resourceType": "Bundle", "x": "phenopacketSchemaVersion"}', "utf-8")
    assert not recognises(tmp_path / "bundle.json")
    assert not recognises(tmp_path)
    assert not recognises(tmp_path / "absent.json")
    with pytest.raises(ValueError, match="no phenopacket"):
        read_records(tmp_path / "bundle.json")


def test_what_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "mine.json").write_text("mine")
    for place in (tmp_path, tmp_path / "mine.json"):
        with pytest.raises(ValueError, match="holds something already"):
            write_records(published(), place)


def test_packets_that_share_a_subject_are_not_taken_for_one_patient(tmp_path):
    for name, patient in (("a", "individual 1"), ("b", "individual 1"), ("c", "P3")):
        (tmp_path / f"{name}.json").write_text(json.dumps(packet(subject={"id": patient})), "utf-8")
    found = read_records(tmp_path).registry
    assert found.patient_ids()["patient_id"].to_list() == ["P3"]
    assert found.check()["file"].to_list() == ["a.json", "b.json"]


def test_a_death_without_a_day_is_left_and_said(tmp_path):
    found = read_packet(tmp_path, subject={"id": "P1", "vitalStatus": {"status": "DECEASED"}})
    assert found.registry.table("patients")["death_date"].to_list() == [None]
    assert "death without a day" in left(found)["subject.vitalStatus"]

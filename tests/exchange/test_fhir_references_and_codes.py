"""Which patient, specimen and code a resource means, and that nothing sent is complete for anybody."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib import resources

import pytest
from fhir_files import LOINC, amount, concept, diagnosis, gene, observation, patient, received, rows, variant

from tenfold.exchange.converted import Fate
from tenfold.exchange.fhir.codes import codes_of, factors, meanings
from tenfold.records import TABLES


def test_a_foreign_table_is_complete_for_nobody():
    found = received(patient(), diagnosis(), observation("26464-8", **amount(4, "10*9/L")), variant(gene("NPM1")))
    for name in found.registry.tables.keys() - {"completeness"}:
        assert found.registry.complete(name).is_empty()
    assert found.registry.tables.keys() >= {"patients", "counts", "variants", "completeness"}


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


def test_every_code_names_its_source_and_says_whether_it_was_verified_there():
    data = tomllib.loads((resources.files("tenfold.exchange.fhir") / "codes.toml").read_text("utf-8"))
    assert len(data["code"]) > 30
    for entry in data["code"]:
        assert entry["source"] in data["sources"]
        assert entry["verified"] is (entry["source"] != "recalled")
        assert entry["system"] in data["systems"]

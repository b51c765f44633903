"""Variants, fusions, karyotypes and residual disease as hospital systems send them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from fhir_files import (
    DAY,
    LOINC,
    amount,
    component,
    concept,
    diagnosis,
    gene,
    left,
    observation,
    patient,
    received,
    rows,
    variant,
)

from tenfold.exchange.converted import Fate


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

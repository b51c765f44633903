"""What a patient's card says of genetics: nothing that was found stays in a table behind it."""

from __future__ import annotations

import tenfold
from tenfold.reports.card import card


def test_a_rare_npm1_type_says_that_the_assay_may_miss_it_and_a_missense_change_that_it_is_none() -> None:
    registry = tenfold.Registry.from_tables(
        {
            "patients": [{"patient_id": "A", "diagnosis_date": "2024-01-10"}],
            "variants": [
                {
                    "patient_id": "A",
                    "sample_date": "2024-01-10",
                    "gene": "NPM1",
                    "hgvs_c": "c.863_864insTAAG",
                    "vaf": 0.4,
                },
                {"patient_id": "A", "sample_date": "2024-01-10", "gene": "NPM1", "hgvs_p": "p.I284F"},
                {"patient_id": "A", "sample_date": "2024-01-10", "gene": "DDX41", "hgvs_p": "p.M1I", "vaf": 0.48},
            ],
        }
    )
    said = {what: note for _, what, _, note in card(tenfold.assess(registry), "A")["variants"]}
    assert said["NPM1 other exon 12 (c.863_864insTAAG)"] == "an assay for types A, B and D may miss it"
    assert said["NPM1 not exon 12 (p.I284F)"].startswith("does not count as a mutation")
    assert "germline test" in said["DDX41 (p.M1I)"]


def test_two_methods_that_contradict_each_other_stand_on_the_card() -> None:
    registry = tenfold.Registry.from_tables(
        {
            "patients": [{"patient_id": "A", "diagnosis_date": "2024-01-10"}],
            "karyotypes": [{"patient_id": "A", "sample_date": "2024-01-10", "iscn": "46,XX,t(8;21)(q22;q22)[20]"}],
            "fusions": [
                {
                    "patient_id": "A",
                    "sample_date": "2024-01-10",
                    "fusion": "RUNX1::RUNX1T1",
                    "method": "PCR",
                    "result": False,
                }
            ],
        }
    )
    said = card(tenfold.assess(registry), "A")
    assert said["fusion_conflicts"] == ["t_8_21: found and not found (PCR)"]
    assert said["karyotypes"][0]["iscn"] == "46,XX,t(8;21)(q22;q22)[20]"


def test_a_patient_of_whom_no_genetics_are_recorded_still_has_a_card() -> None:
    registry = tenfold.Registry.from_tables({"patients": [{"patient_id": "A"}]})
    said = card(tenfold.assess(registry), "A")
    assert said["karyotypes"] == said["variants"] == said["evolution"] == []
    assert all(view["possible"] != ["favourable"] for view in said["models"])

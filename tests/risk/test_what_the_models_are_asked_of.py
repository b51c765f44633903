"""Which results a model may read, and which patients it speaks of: the traps of a registry."""

from __future__ import annotations

from typing import Any

import pytest

import tenfold
from tenfold.genetics.picture import facts_of_fusion
from tenfold.reports.card import card

PANEL = (
    "NPM1", "FLT3", "CEBPA", "TP53", "RUNX1", "ASXL1", "BCOR", "EZH2", "SF3B1", "SRSF2", "STAG2", "U2AF1", "ZRSR2",
    "NRAS", "KRAS", "IDH1", "IDH2", "DDX41", "KMT2D", "NF1", "PTPN11",
)  # fmt: skip


def view(**tables: Any) -> dict[str, dict[str, Any]]:
    registry = tenfold.Registry.from_tables(tables)
    return {one["model"]: one for one in card(tenfold.assess(registry), "A")["models"]}


def npm1_patient(day: str = "2024-01-10", **more: Any) -> dict[str, Any]:
    """NPM1 mutated, everything else looked at and absent, a normal karyotype: favourable."""
    tables: dict[str, Any] = {
        "patients": [{"patient_id": "A", "diagnosis_date": "2024-01-10", "birth_date": "1980-05-05"}],
        "karyotypes": [{"patient_id": "A", "sample_date": day, "iscn": "46,XX[20]"}],
        "variants": [{"patient_id": "A", "sample_date": day, "gene": "NPM1", "hgvs_c": "c.860_863dup"}],
        "genes_tested": [
            {"patient_id": "A", "sample_date": day, "gene": gene, "method": "NGS panel"} for gene in PANEL
        ],
    }
    for name, rows in more.items():
        tables[name] = [*tables.get(name, []), *rows]
    return tables


def test_npm1_alone_is_favourable() -> None:
    assert view(**npm1_patient())["ELN-2022"]["possible"] == ["favourable"]


def test_a_failed_culture_with_a_finding_by_fish_hides_nothing() -> None:
    fish = {"patient_id": "A", "sample_date": "2024-01-10", "iscn": "keine Metaphasen. FISH: Monosomie 7"}
    assert view(**npm1_patient(karyotypes=[fish]))["ELN-2022"]["possible"] == ["adverse"]


@pytest.mark.parametrize(
    "more",
    [
        {"fusions": [{"patient_id": "A", "sample_date": "2024-01-10", "fusion": "MLL-AF6", "result": True}]},
        {"karyotypes": [{"patient_id": "A", "sample_date": "10.13.2024", "iscn": "45,XX,-7[20]"}]},
    ],
)
def test_a_row_that_was_set_aside_leaves_the_answer_open(more: dict[str, Any]) -> None:
    assert "adverse" in view(**npm1_patient(**more))["ELN-2022"]["possible"]


def test_a_sample_long_after_diagnosis_before_the_first_line_on_record_settles_nothing() -> None:
    tables = npm1_patient("2025-06-01")
    tables["treatments"] = [{"patient_id": "A", "intent": "salvage", "drugs": "cytarabine", "start_date": "2025-06-05"}]
    assert len(view(**tables)["ELN-2022"]["possible"]) > 1


def test_a_relapse_tells_of_a_remission_before_it() -> None:
    relapse = [{"patient_id": "A", "event_date": "2026-06-01", "kind": "relapse"}]
    goelams = view(**npm1_patient(events=relapse))["GOELAMS-index"]
    assert "Relapse before 12 months, or refractory" not in goelams["drivers"]


def test_a_remission_after_salvage_is_none_of_the_first_line() -> None:
    treated = npm1_patient(
        treatments=[
            {"patient_id": "A", "intent": "induction", "drugs": "cytarabine+daunorubicin", "intensive": True,
             "start_date": "2024-01-12"},
            {"patient_id": "A", "intent": "salvage", "drugs": "cytarabine+idarubicin", "intensive": True,
             "start_date": "2024-03-01"},
        ],
        responses=[
            {"patient_id": "A", "response_date": "2024-02-15", "reported_response": "refractory"},
            {"patient_id": "A", "response_date": "2024-04-10", "reported_response": "CR"},
        ],
    )  # fmt: skip
    mayo = view(**treated)["Mayo-intensive"]
    assert mayo["applies"] == "yes"
    assert mayo["possible"] == ["1 point"]


def test_a_tandem_duplication_called_as_a_fusion_is_no_rearrangement() -> None:
    assert facts_of_fusion("KMT2A::KMT2A", True) == ()


def test_a_fusion_that_no_definition_names_is_shown() -> None:
    found = [
        {"patient_id": "A", "sample_date": "2024-01-10", "fusion": "STAG2::RUNX1", "method": "RNA", "result": True}
    ]
    registry = tenfold.Registry.from_tables(npm1_patient(fusions=found))
    assert card(tenfold.assess(registry), "A")["other_fusions"] == ["STAG2::RUNX1"]


def test_a_common_inherited_variant_of_tp53_is_no_mutation_however_it_is_written() -> None:
    for written in ({"hgvs_c": "c.215C>G"}, {"hgvs_p": "p.Arg72Pro"}):
        more = [{"patient_id": "A", "sample_date": "2024-01-10", "gene": "TP53", "vaf": 0.5, **written}]
        assert view(**npm1_patient(variants=more))["ELN-2022"]["possible"] == ["favourable"]


def test_flt3_looked_at_for_d835_alone_is_not_wild_type_for_venprs() -> None:
    tables = npm1_patient()
    for row in tables["genes_tested"]:
        if row["gene"] == "FLT3":
            row["method"] = "TKD D835 PCR"
    registry = tenfold.Registry.from_tables(tables)
    assert tenfold.assess(registry).risk["FLT3"].to_list() == [None]


def test_an_outcome_of_relapsed_patients_is_not_printed_beside_an_untreated_one() -> None:
    assert view(**npm1_patient())["ELN-2022"]["published"] == []


def test_indices_for_relapse_are_not_applied_to_the_untreated() -> None:
    tables = npm1_patient(treatments=[], responses=[], events=[])
    assert view(**tables)["GOELAMS-index"]["applies"] != "yes"


def test_a_patient_older_than_those_studied_by_breems_is_told_so() -> None:
    tables = npm1_patient(
        responses=[{"patient_id": "A", "response_date": "2024-03-10", "reported_response": "CR"}],
        events=[{"patient_id": "A", "event_date": "2025-06-01", "kind": "relapse"}],
    )
    for born, said in (("1950-05-05", True), ("1980-05-05", False)):
        tables["patients"][0]["birth_date"] = born
        index = view(**tables)["Breems-index"]
        assert any("15 to 60 years" in line for line in index["why_not"]) is said
        assert index["possible"]


def test_an_identifier_of_one_letter_that_is_not_there_is_refused_in_words() -> None:
    registry = tenfold.Registry.from_tables(npm1_patient())
    with pytest.raises(KeyError, match="Z"):
        registry.patient("Z")

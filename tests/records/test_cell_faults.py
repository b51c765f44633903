"""A wrong cell is named in plain words, with its remedy.

``wrong_cells.csv``: a table, the wrong cell, what stands beside it, and what is said of it.
"""

import csv
from pathlib import Path

import pytest

from tenfold.records import Registry

MRD = {"patient_id": "P1", "sample_date": "2024-03-01", "marker": "NPM1"}
MARROW = {"patient_id": "P1", "sample_date": "2024-03-01"}
TREATMENT = {"patient_id": "P1", "start_date": "2024-03-01"}

SOUND_ROW = {
    "patients": {"patient_id": "P1"},
    "mrd_samples": MRD,
    "marrows": MARROW,
    "variants": {"patient_id": "P1", "sample_date": "2024-03-01", "gene": "NPM1"},
    "genes_tested": {"patient_id": "P1", "sample_date": "2024-03-01", "gene": "NPM1"},
    "treatments": TREATMENT,
    "status": {"patient_id": "P1", "status_date": "2024-03-01"},
    "events": {"patient_id": "P1", "event_date": "2024-03-01", "kind": "relapse"},
    "completeness": {"table": "events", "complete": "yes"},
}

WRONG = list(csv.DictReader((Path(__file__).parent / "wrong_cells.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"{case['column']} {case['value']}")
def test_a_wrong_cell_is_named_with_its_remedy(case):
    table, column = case["table"], case["column"]
    beside = dict(cell.split("=") for cell in case["beside"].split("; ") if cell)
    registry = Registry.from_tables({table: [SOUND_ROW[table] | beside | {column: case["value"]}]})
    (fault,) = registry.faults.to_dicts()
    assert (fault["file"], fault["line"], fault["column"], fault["used"]) == (table, 1, column, case["used"])
    assert case["rule"] in fault["rule"]
    assert case["remedy"] in fault["remedy"]
    assert (fault["value"] or "") == case["value"]
    assert registry.table(table).height == (case["used"] == "kept")
    assert registry.set_aside.height == (case["used"] != "kept")


SOUND = [
    ("mrd_samples", MRD | {"scale": "percent_abl1"}),
    ("mrd_samples", MRD | {"value": "0", "scale": "percent_abl1", "detected": "no"}),
    ("mrd_samples", MRD | {"value": "1e-5", "scale": "percent_abl1", "detected": "below_quantification"}),
    ("mrd_samples", MRD | {"value": "700", "scale": "percent_abl1", "detected": "yes", "adequate": "TRUE"}),
    ("mrd_samples", MRD | {"marker": "FLT3-ITD"}),
    ("mrd_samples", MRD | {"marker": "LAIP", "method": "flow"}),
    ("mrd_samples", MRD | {"marker": "CBFB::MYH11"}),
    ("mrd_samples", {"patient_id": "P1", "sequence": "1", "marker": "NPM1"}),
    ("variants", {"patient_id": "P1", "gene": "TP53"}),
    ("treatments", TREATMENT | {"drugs": "azacitidine + venetoclax", "intent": "pre-emptive"}),
    ("treatments", TREATMENT | {"drugs": "decitabine-cedazuridine", "end_date": "2024-03-01"}),
    ("events", {"patient_id": "P1", "event_date": "2024-03-01", "kind": "extramedullary disease", "present": "no"}),
    ("completeness", {"table": "events", "complete": "no"}),
    ("marrows", MARROW | {"cells_counted": "200.0"}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "row"), SOUND)
def test_a_sound_row_has_no_fault(table, row):
    registry = Registry.from_tables({table: [row]})
    assert registry.faults.to_dicts() == []
    assert registry.table(table).height == 1


def test_blanks_around_a_cell_and_around_the_plus_of_drugs_are_stripped():
    registry = Registry.from_tables({"treatments": [TREATMENT | {"drugs": " azacitidine + venetoclax "}]})
    assert registry.table("treatments")["drugs"].item() == "azacitidine+venetoclax"


def test_a_row_with_two_faults_is_set_aside_once_and_both_are_named():
    registry = Registry.from_tables({"marrows": [MARROW | {"blasts_pct": "300", "spicules": "maybe"}]})
    assert registry.faults["column"].to_list() == ["blasts_pct", "spicules"]
    assert registry.set_aside.height == 1

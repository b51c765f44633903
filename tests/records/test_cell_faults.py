"""Each row: a table, a row of it that is wrong in one cell, and what is said of it."""

import pytest

from tenfold.records import Registry

MRD = {"patient_id": "P1", "sample_date": "2024-03-01", "marker": "NPM1"}
MARROW = {"patient_id": "P1", "sample_date": "2024-03-01"}
VARIANT = {"patient_id": "P1", "sample_date": "2024-03-01", "gene": "NPM1"}
TREATMENT = {"patient_id": "P1", "start_date": "2024-03-01"}

ASIDE = "row set aside"

CASES = [
    ("marrows", MARROW | {"blasts_pct": "300"}, "blasts_pct", "300 is above 100, the most a percentage can be", "leave the cell empty", ASIDE),
    ("marrows", MARROW | {"blasts_pct": "-1"}, "blasts_pct", "-1 is below 0, the least a percentage can be", "correct the value", ASIDE),
    ("marrows", MARROW | {"blasts_pct": "4,5"}, "blasts_pct", "4,5 is not a number", "decimal point, not a comma: 4.5", ASIDE),
    ("marrows", MARROW | {"blasts_pct": "1,234"}, "blasts_pct", "1,234 is not a number", "1.234 or 1234", ASIDE),
    ("marrows", MARROW | {"blasts_pct": "4.5%"}, "blasts_pct", "4.5% is not a number", "percent sign: 4.5", ASIDE),
    ("marrows", MARROW | {"blasts_pct": "<5"}, "blasts_pct", "<5 is not a number", "beyond a limit", ASIDE),
    ("marrows", MARROW | {"blasts_pct": "many"}, "blasts_pct", "many is not a number", "correct the value", ASIDE),
    ("marrows", MARROW | {"blasts_pct": "NaN"}, "blasts_pct", "NaN is not a number", "leave the cell empty", ASIDE),
    ("marrows", MARROW | {"blasts_pct": "inf"}, "blasts_pct", "inf is not a number", "leave the cell empty", ASIDE),
    ("marrows", MARROW | {"blasts_pct": "N/A"}, "blasts_pct", 'is not a value', "leave the cell empty", ASIDE),
    ("marrows", MARROW | {"cells_counted": "200.5"}, "cells_counted", "200.5 is not a whole number", "no decimals", ASIDE),
    ("marrows", MARROW | {"spicules": "maybe"}, "spicules", "maybe is neither yes nor no", '"yes" or "no"', ASIDE),
    ("marrows", MARROW | {"spicules": "1"}, "spicules", "1 is neither yes nor no", 'write "yes"', ASIDE),
    ("marrows", MARROW | {"sample_date": "03/04/2024"}, "sample_date", "day and month cannot be told apart", "2024-04-03 or 2024-03-04", ASIDE),
    ("marrows", MARROW | {"sample_date": "23.04.2024"}, "sample_date", "23.04.2024 is not an ISO date", "year-month-day", ASIDE),
    ("marrows", MARROW | {"sample_date": "2024-02-30"}, "sample_date", "there is no such day as 2024-02-30", "correct the date", ASIDE),
    ("marrows", MARROW | {"sample_date": "2024-3-1"}, "sample_date", "2024-3-1 is not a date", "2024-05-03", ASIDE),
    ("marrows", MARROW | {"sample_date": "2024-03"}, "sample_date", "2024-03 is not a whole date", "sequence", ASIDE),
    ("marrows", MARROW | {"sample_date": "45352"}, "sample_date", "spreadsheet's day number", "format the column", ASIDE),
    ("marrows", MARROW | {"sample_date": "2024-03-01T10:00"}, "sample_date", "holds a time of day", "2024-03-01", ASIDE),
    ("marrows", MARROW | {"sample_date": "0204-03-01"}, "sample_date", "not between 1900 and 2100", "correct the date", ASIDE),
    ("marrows", {"patient_id": "P1", "sample_date": "", "blasts_pct": "3"}, "sample_date", "neither sample_date nor sequence", "sequence", ASIDE),
    ("marrows", MARROW | {"patient_id": ""}, "patient_id", "patient_id is empty", "fill it in", ASIDE),
    ("mrd_samples", MRD | {"tissue": "BM"}, "tissue", "BM is not a word of tissue", 'write "marrow"', ASIDE),
    ("mrd_samples", MRD | {"tissue": "PB"}, "tissue", "PB is not a word of tissue", 'write "blood"', ASIDE),
    ("mrd_samples", MRD | {"tissue": "Marrow"}, "tissue", "Marrow is not a word of tissue", 'write "marrow"', ASIDE),
    ("mrd_samples", MRD | {"tissue": "marow"}, "tissue", "marow is not a word of tissue", 'write "marrow"', ASIDE),
    ("mrd_samples", MRD | {"tissue": "lymph"}, "tissue", "lymph is not a word of tissue", "marrow, blood", ASIDE),
    ("patients", {"patient_id": "P1", "sex": "F"}, "sex", "F is not a word of sex", 'write "female"', ASIDE),
    ("patients", {"patient_id": "P1", "sex": "M"}, "sex", "M is not a word of sex", 'write "male"', ASIDE),
    ("patients", {"patient_id": "P1", "age_years": "130"}, "age_years", "130 is above 120, the most an age can be", "correct", ASIDE),
    ("status", {"patient_id": "P1", "status_date": "2024-03-01", "ecog": "6"}, "ecog", "6 is above 5, the most an ECOG status can be", "correct", ASIDE),
    ("mrd_samples", MRD | {"value": "3"}, "value", "the value 3 has no scale", "percent_abl1", ASIDE),
    ("mrd_samples", MRD | {"value": "3", "scale": "percent_abl1", "detected": "no"}, "value", "the value is 3 although detected is no", "correct", ASIDE),
    ("mrd_samples", MRD | {"value": "0", "scale": "percent_abl1", "detected": "yes"}, "value", "the value is 0 although detected is yes", "correct", ASIDE),
    ("mrd_samples", MRD | {"value": "-3", "scale": "percent_abl1"}, "value", "-3 is below 0", "correct", ASIDE),
    ("mrd_samples", MRD | {"value": "300", "scale": "percent_vaf"}, "value", "300 is above 100, the most percent_vaf can be", "correct", ASIDE),
    ("mrd_samples", MRD | {"target_copies": "-3"}, "target_copies", "-3 is below 0", "correct", ASIDE),
    ("mrd_samples", MRD | {"control_copies": "-3"}, "control_copies", "-3 is below 0", "correct", ASIDE),
    ("mrd_samples", MRD | {"sensitivity": "0"}, "sensitivity", "sensitivity of 0", "fraction", ASIDE),
    ("mrd_samples", MRD | {"sensitivity": "5"}, "sensitivity", "5 is above 1", "a fraction, not a percentage: 0.05", ASIDE),
    ("mrd_samples", MRD | {"replicates_positive": "4", "replicates_run": "3"}, "replicates_positive", "4 replicates are positive of 3 run", "correct", ASIDE),
    ("mrd_samples", MRD | {"marker": "RUNX1-RUNX1T1"}, "marker", "not a known marker", 'write "RUNX1::RUNX1T1"', ASIDE),
    ("mrd_samples", MRD | {"marker": "AML1/ETO"}, "marker", "not a known marker", 'write "RUNX1::RUNX1T1"', ASIDE),
    ("mrd_samples", MRD | {"marker": "NPM"}, "marker", "NPM is not a known marker", 'write "NPM1"', ASIDE),
    ("mrd_samples", MRD | {"marker": "t(8;21)"}, "marker", "not a known marker", "name the two genes", ASIDE),
    ("mrd_samples", MRD | {"marker": "QQQ9::ABC7"}, "marker", "not a known marker", "kept", "kept"),
    ("variants", VARIANT | {"vaf": "45"}, "vaf", "45 is above 1", "a fraction, not a percentage: 0.45", ASIDE),
    ("variants", VARIANT | {"gene": "TP35"}, "gene", "TP35 is not a known gene symbol", 'write "TP53"', ASIDE),
    ("variants", VARIANT | {"gene": "FLT-3"}, "gene", "FLT-3 is not a known gene symbol", 'write "FLT3"', ASIDE),
    ("variants", VARIANT | {"gene": "NPM"}, "gene", "NPM is not a known gene symbol", 'write "NPM1"', ASIDE),
    ("variants", VARIANT | {"gene": "npm1"}, "gene", "npm1 is not a known gene symbol", 'write "NPM1"', ASIDE),
    ("variants", VARIANT | {"gene": "FLT3-ITD"}, "gene", "not a known gene symbol", 'write "FLT3" and put ITD under kind', ASIDE),
    ("variants", VARIANT | {"gene": "MLL"}, "gene", "MLL is not a known gene symbol", 'write "KMT2A"', ASIDE),
    ("variants", VARIANT | {"gene": "DNMT2A"}, "gene", "DNMT2A is not a known gene symbol", "kept under this symbol", "kept"),
    ("variants", VARIANT | {"gene": "QQQ9"}, "gene", "QQQ9 is not a known gene symbol", "kept under this symbol", "kept"),
    ("variants", VARIANT | {"gene": "c.35G>A"}, "gene", "not a gene symbol", "HGNC", ASIDE),
    ("treatments", TREATMENT | {"drugs": "Venclexta"}, "drugs", '"Venclexta" is not a known drug', 'write "venetoclax"', ASIDE),
    ("treatments", TREATMENT | {"drugs": "VEN+AZA"}, "drugs", "not a known drug", 'write "azacitidine" for "AZA"', ASIDE),
    ("treatments", TREATMENT | {"drugs": "azacitidin+venetoclax"}, "drugs", "not a known drug", 'write "azacitidine"', ASIDE),
    ("treatments", TREATMENT | {"drugs": "FLAG-IDA"}, "drugs", "FLAG-IDA is a regimen", "cytarabine+filgrastim+fludarabine+idarubicin", ASIDE),
    ("treatments", TREATMENT | {"drugs": "azacitidine, venetoclax"}, "drugs", "not a known drug", "join the generic names by +", ASIDE),
    ("treatments", TREATMENT | {"drugs": "azacitidine+"}, "drugs", "not a known drug", "plus sign", ASIDE),
    ("treatments", TREATMENT | {"drugs": "zzzomab"}, "drugs", '"zzzomab" is not a known drug', "kept", "kept"),
    ("treatments", TREATMENT | {"end_date": "2024-02-01"}, "end_date", "end_date 2024-02-01 is before start_date 2024-03-01", "check both", ASIDE),
    ("mrd_samples", MRD | {"reported_date": "2024-02-01"}, "reported_date", "reported_date 2024-02-01 is before sample_date 2024-03-01", "check both", ASIDE),
    ("patients", {"patient_id": "P1", "birth_date": "2024-02-01", "diagnosis_date": "2024-01-01"}, "birth_date", "birth_date 2024-02-01 is after diagnosis_date 2024-01-01", "check both", ASIDE),
    ("patients", {"patient_id": "P1", "last_contact_date": "2024-02-01", "death_date": "2024-01-01"}, "last_contact_date", "last_contact_date 2024-02-01 is after death_date 2024-01-01", "check both", ASIDE),
    ("patients", {"patient_id": "P1", "diagnosis_date": "2024-02-01", "death_date": "2024-01-01"}, "diagnosis_date", "diagnosis_date 2024-02-01 is after death_date 2024-01-01", "check both", ASIDE),
    ("events", {"patient_id": "P1", "event_date": "2024-03-01", "kind": "aGVHD"}, "kind", "aGVHD is not a word of kind", 'write "acute GVHD"', ASIDE),
    ("completeness", {"table": "treatment", "complete": "yes"}, "table", "treatment is not a table", 'write "treatments"', ASIDE),
]  # fmt: skip


@pytest.mark.parametrize(("table", "row", "column", "rule", "remedy", "used"), CASES)
def test_a_wrong_cell_is_named_with_its_remedy(table, row, column, rule, remedy, used):
    registry = Registry.from_tables({table: [row]})
    (fault,) = registry.faults.to_dicts()
    assert (fault["file"], fault["line"], fault["column"], fault["used"]) == (table, 1, column, used)
    assert rule in fault["rule"]
    assert remedy in fault["remedy"]
    assert fault["value"] == (row.get(column) or None)
    assert registry.table(table).height == (used == "kept")
    assert registry.set_aside.height == (used != "kept")


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

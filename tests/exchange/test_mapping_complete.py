"""Records read by a mapping: when no row means no, and when it is only not known."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from mapped_files import PATIENTS, SAMPLES, WIDE, converted


def test_a_patient_whose_row_was_set_aside_is_not_complete_in_that_table(tmp_path: Path) -> None:
    found = converted(tmp_path, PATIENTS, wide=WIDE)
    assert found.registry.complete("patients")["patient_id"].to_list() == ["X-1", "X-2"]
    assert found.registry.set_aside["patient_id"].to_list() == ["X-3"]
    assert "Q" in found.registry.set_aside["text"][0]


def test_a_table_is_complete_only_where_the_mapping_says_so(tmp_path: Path) -> None:
    found = converted(tmp_path, PATIENTS + SAMPLES, wide=WIDE).registry
    assert found.complete("patients").height == 2
    assert found.complete("mrd_samples").height == 0


def test_a_complete_table_one_of_whose_files_is_missing_is_not_complete(tmp_path: Path) -> None:
    both = PATIENTS + PATIENTS.replace("wide.csv", "second.csv")
    found = converted(tmp_path, both, wide=WIDE).registry
    assert found.complete("patients").height == 0
    assert "second.csv" in found.check()["file"].to_list()


TRANSPLANTS = """
[[table]]
into = "transplants"
complete = true
row_if = ["transplant_date"]
[table.columns]
patient_id = "id"
transplant_date = "tx"
donor = "donor"
"""


def test_a_donor_without_a_date_never_says_that_there_was_no_transplant(tmp_path: Path) -> None:
    found = converted(tmp_path, TRANSPLANTS, p="id,tx,donor\n1,2024-01-01,sibling\n2,,\n3,,sibling\n").registry
    assert found.set_aside["patient_id"].to_list() == ["3"]
    told = found.check().select("line", "column", "value", "used").rows()
    assert (4, "donor -> donor", "sibling", "row set aside") in told
    assert "3" not in found.complete("transplants")["patient_id"].to_list()


def test_an_empty_cell_of_a_complete_table_is_not_known_and_never_no(tmp_path: Path) -> None:
    relapses = """
[[table]]
into = "events"
complete = true
not_known = ["NA"]
rows_where = { from = "relapse", when = ["1"], not_when = ["0"] }
[table.columns]
patient_id = "id"
kind = { constant = "relapse" }
event_date = "day"
[[table]]
into = "patients"
complete = true
[table.columns]
patient_id = "id"
"""
    text = "id,relapse,day\n1,1,2024-01-01\n2,0,\n3,,\n4,NA,\n"
    found = converted(tmp_path, relapses, p=text).registry
    assert found.complete("events")["patient_id"].to_list() == ["1", "2"]
    assert found.table("events").height == 1
    loose = converted(tmp_path, relapses.replace('not_when = ["0"]', 'not_when = ["0", ""]'), p=text).registry
    assert loose.complete("events").height == 4


def test_an_event_of_which_it_is_not_known_whether_it_was_there_makes_no_row(tmp_path: Path) -> None:
    mapping = """
[[table]]
into = "events"
[table.columns]
patient_id = "id"
kind = { constant = "extramedullary disease" }
event_date = "day"
present = { from = "emd", codes = { ja = "yes", nein = "no" }, not_known = ["unbekannt"] }
"""
    text = "id,day,emd\n1,2024-01-01,ja\n2,2024-01-01,nein\n3,2024-01-01,unbekannt\n4,2024-01-01,\n"
    found = converted(tmp_path, mapping, p=text)
    assert found.registry.table("events").select("patient_id", "present").rows() == [("1", True), ("2", False)]
    assert any("2 rows of the file make none, because emd is not known" in note for note in found.notes)
    stated = converted(tmp_path, mapping.replace('"events"', '"events"\ncomplete = true'), p=text).registry
    assert stated.complete("events")["patient_id"].to_list() == ["1", "2"]


def test_a_date_by_visit_without_a_result_is_no_complete_series(tmp_path: Path) -> None:
    found = converted(tmp_path, SAMPLES, wide=WIDE).registry
    assert found.table("mrd_samples").filter(pl.col("patient_id") == "X-2").is_empty()
    complete = SAMPLES.replace('"wide.csv"', '"wide.csv"\ncomplete = true')
    stated = converted(tmp_path, complete, wide=WIDE.replace("31.02.2024", "28.02.2024")).registry
    assert stated.set_aside.select("patient_id", "line").rows() == [("X-2", 3)]
    assert stated.complete("mrd_samples")["patient_id"].to_list() == ["X-1", "X-3"]

"""What names people is told when records are read, and absurd sizes are refused, each by the file it stands in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tenfold.records import Registry, read, reading

Telling = Callable[[dict[str, str | bytes]], list[dict[str, object]]]


def test_a_column_a_cell_and_identifiers_that_name_people_are_told_and_the_rows_used(
    read_files: Callable[..., Registry],
) -> None:
    registry = read_files(
        {
            "patients.csv": "patient_id,surname,birth_date,cause_of_death\n"
            "JS19600203,Smith,1960-02-03,relapse\nP2,Jones,,told by anna@ward.example\n"
        }
    )
    told = registry.check().to_dicts()
    assert registry.table("patients").height == 2
    assert any("surname looks like a column that holds a name" in str(fault["rule"]) for fault in told)
    [cell] = [fault for fault in told if fault["column"] == "cause_of_death"]
    assert cell["line"] == 3
    assert cell["value"] == "t... (25 characters)"
    [own] = [fault for fault in told if fault["column"] == "patient_id"]
    assert own["rule"] == "1 of 2 identifiers look as if they held the patient's date of birth"
    assert not any("anna@" in str(fault) or "19600203" in str(fault) for fault in told)


def test_one_person_under_two_identifiers_is_told_and_both_rows_are_kept(faults_of: Telling) -> None:
    life = "female,1960-02-03,2024-01-02"
    told = faults_of({"patients.csv": f"patient_id,sex,birth_date,diagnosis_date\nA1,{life}\nB7,{life}\na-1,,,\n"})
    assert [(fault["line"], fault["used"]) for fault in told] == [(3, "kept"), (4, "kept")]
    assert {str(fault["rule"]).split(": ")[1] for fault in told} == {
        "birth date, sex and date of diagnosis are the same",
        "the identifiers differ only in case, blanks or punctuation",
    }


def test_a_header_of_a_million_columns_is_a_fault_of_its_file(faults_of: Telling) -> None:
    header = ",".join(f"c{i}" for i in range(1_000_000))
    told = faults_of({"patients.csv": "patient_id\nP1\n", "counts.csv": f"{header}\n"})
    assert [fault["rule"] for fault in told] == ["the header has 1,000,000 columns, and at most 2,000 are read"]


def test_a_text_file_beyond_the_bound_is_a_fault_of_its_file_and_never_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_TEXT", 1024**2)
    (tmp_path / "patients.csv").write_text("patient_id\nP1\n")
    with (tmp_path / "counts.csv").open("wb") as file:
        file.truncate(10 * 1024**3)  # one line of ten gigabytes; sparse, so that it takes no room on the disk
    [fault] = read(tmp_path).check().to_dicts()
    assert fault["rule"].startswith("the file has 10 GB")


def test_parquet_that_states_more_rows_than_are_read_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Registry.from_tables({"patients": [{"patient_id": f"P{i}"} for i in range(11)]}).write(tmp_path, "parquet")
    monkeypatch.setattr(reading, "MOST_ROWS", 10)
    [fault] = read(tmp_path).check().to_dicts()
    assert fault["rule"].startswith("the file states 11 rows of")
    assert not read(tmp_path).recorded("patients")

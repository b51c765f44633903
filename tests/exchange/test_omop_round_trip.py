"""Records written as a CDM and read again are the same records, unless somebody changed the CDM in between."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from omop_files import same_records

from records.strategies import tables
from tenfold.cohort.simulation import simulate_registry
from tenfold.exchange.omop import read_records, recognises, write_records
from tenfold.exchange.omop.cdm import cdm_tables
from tenfold.exchange.omop.standard_rows import DAY_ZERO, calendar
from tenfold.exchange.omop.writing import cdm_of
from tenfold.exchange.published import published
from tenfold.records import Registry
from tenfold.records.completeness import statements_to_keep


def small() -> Registry:
    return Registry.from_tables(
        {
            "patients": [
                {
                    "patient_id": "A",
                    "sex": "female",
                    "birth_date": date(1960, 5, 3),
                    "diagnosis_date": date(2020, 1, 10),
                },
                {"patient_id": "B", "sex": "male", "diagnosis_date": date(2020, 2, 1), "age_at_diagnosis_years": 50.0},
            ],
            "counts": [
                {"patient_id": who, "sample_date": date(2020, 3, 1), "platelets_e9_l": 40.0, "haemoglobin_g_dl": 9.5}
                for who in "AB"
            ],
            "treatments": [
                {"patient_id": "A", "line": 1, "drugs": "azacitidine+venetoclax", "start_date": date(2020, 1, 12)}
            ],
        },
        title="A 'quoted' title",
    )


def edit(folder: Path, table: str, change: Any) -> None:
    """Rewrite a CSV of a CDM, each row as `change` gives it; none for a row that goes."""
    with (folder / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        rows = [found for row in csv.DictReader(file) if (found := change(row)) is not None]
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [column.name for column in cdm_tables()[table]])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("name", ["cdm.duckdb", "cdm"])
def test_the_published_cohorts_come_back_as_they_were_with_their_days(tmp_path: Path, name: str) -> None:
    registry = published()
    written = write_records(registry, tmp_path / name)
    assert recognises(tmp_path / name)
    same_records(registry, read_records(tmp_path / name).registry)
    assert any("not real" in said and DAY_ZERO.isoformat() in said for said in written.left)


@pytest.mark.parametrize("name", ["cdm.duckdb", "cdm"])
def test_a_simulated_registry_comes_back_and_is_still_labelled_simulated(tmp_path: Path, name: str) -> None:
    registry = simulate_registry(30, seed=3, kind="mixed").registry
    write_records(registry, tmp_path / name)
    again = read_records(tmp_path / name)
    same_records(registry, again.registry)
    assert again.registry.simulated
    assert again.registry.faults.is_empty()


@given(found=tables())
def test_any_records_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, found: dict[str, Any]) -> None:
    registry = Registry.from_tables(found)
    folder = tmp_path_factory.mktemp("cdm")
    write_records(registry, folder)
    again = read_records(folder).registry
    kept = statements_to_keep(registry)
    of_admitted = Registry({**registry.tables, **({} if kept is None else {"completeness": kept})})
    same_records(of_admitted, again)
    # A statement that was set aside takes it from the table of statements itself, of which none is made.
    for name in set(registry.tables) - {"completeness"}:
        assert registry.complete(name).sort("patient_id").equals(again.complete(name).sort("patient_id"))


def test_every_required_cell_of_the_cdm_is_filled_and_no_text_is_longer_than_it_may_be() -> None:
    registry = simulate_registry(20, seed=2, kind="npm1").registry
    for name, frame in cdm_of(registry)[0].items():
        for column in cdm_tables()[name]:
            cells = frame[column.name]
            assert not (column.required and cells.null_count()), (name, column.name)
            if column.width is not None and cells.drop_nulls().len():
                assert cells.drop_nulls().str.len_chars().max() <= column.width, (name, column.name)


def test_each_line_of_treatment_is_an_episode_that_contains_its_drugs() -> None:
    cdm, _ = cdm_of(small())
    [episode] = cdm["episode"].to_dicts()
    assert (episode["episode_concept_id"], episode["episode_number"]) == (32531, 1)
    linked = cdm["episode_event"].join(cdm["drug_exposure"], left_on="event_id", right_on="drug_exposure_id")
    assert set(linked["drug_source_value"]) == {"azacitidine", "venetoclax"}
    assert set(linked["drug_concept_id"]) == {1314865, 35604205}
    assert set(linked["episode_event_field_concept_id"]) == {1147094}


def test_a_value_changed_beside_its_note_sets_the_row_aside_and_the_patient_is_no_longer_complete(
    tmp_path: Path,
) -> None:
    write_records(small(), tmp_path / "cdm")
    edit(
        tmp_path / "cdm",
        "measurement",
        lambda row: row | {"value_as_number": "400"} if row["measurement_id"] == "1" else row,
    )
    again = read_records(tmp_path / "cdm").registry
    assert again.table("counts")["patient_id"].to_list() == ["B"]
    [fault] = again.faults.to_dicts()
    assert "value_as_number is 400 in the row 1 of measurement, and 40.0 in the note" in fault["rule"]
    assert "A" not in again.complete("counts")["patient_id"].to_list()
    assert set(again.complete("patients")["patient_id"]) == {"A", "B"}


def test_a_deleted_row_contradicts_its_note(tmp_path: Path) -> None:
    write_records(small(), tmp_path / "cdm")
    edit(tmp_path / "cdm", "measurement", lambda row: None if row["measurement_id"] == "1" else row)
    again = read_records(tmp_path / "cdm").registry
    assert again.table("counts").height == 1
    assert "is gone" in again.faults["rule"][0]


def test_a_sex_or_birth_changed_in_person_contradicts_the_note_of_the_patient(tmp_path: Path) -> None:
    write_records(small(), tmp_path / "cdm")
    edit(tmp_path / "cdm", "person", lambda row: row | {"year_of_birth": "1950"} if row["person_id"] == "1" else row)
    again = read_records(tmp_path / "cdm").registry
    assert again.table("patients")["patient_id"].to_list() == ["B"]
    assert "year_of_birth is 1950" in again.faults["rule"][0]


def test_a_table_some_of_whose_notes_are_gone_is_complete_for_nobody(tmp_path: Path) -> None:
    write_records(small(), tmp_path / "cdm")

    def without_counts_of_b(row: dict[str, str]) -> dict[str, str] | None:
        return None if row["person_id"] == "2" and row["note_title"] == "tenfold:counts" else row

    edit(tmp_path / "cdm", "note", without_counts_of_b)
    edit(tmp_path / "cdm", "measurement", lambda row: None if row["person_id"] == "2" else row)
    again = read_records(tmp_path / "cdm")
    assert again.registry.complete("counts").is_empty()
    assert again.registry.complete("treatments").height == 2
    assert any("counts: 1 of its notes are gone" in note for note in again.notes)


def test_without_its_metadata_nothing_is_complete(tmp_path: Path) -> None:
    write_records(small(), tmp_path / "cdm")
    edit(tmp_path / "cdm", "metadata", lambda row: None)
    again = read_records(tmp_path / "cdm").registry
    assert again.table("counts").height == 2
    assert all(again.complete(name).is_empty() for name in ("patients", "counts", "treatments"))


def test_a_measurement_that_somebody_added_is_read_for_the_patient_it_is_of(tmp_path: Path) -> None:
    write_records(small(), tmp_path / "cdm")
    added = {"measurement_id": "900", "person_id": "2", "measurement_concept_id": "3000963", "value_as_number": "80"}
    added |= {"measurement_date": "2020-05-01", "unit_concept_id": "8636"}
    rows = iter([added])
    edit(tmp_path / "cdm", "measurement", lambda row: row)
    with (tmp_path / "cdm" / "measurement.csv").open("a", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, [column.name for column in cdm_tables()["measurement"]]).writerow(next(rows))
    again = read_records(tmp_path / "cdm").registry
    found = again.table("counts").filter(pl.col("sample_date") == date(2020, 5, 1)).to_dicts()
    assert [(row["patient_id"], row["haemoglobin_g_dl"]) for row in found] == [("B", 8.0)]


def test_a_note_that_names_a_row_of_somebody_else_hides_nothing(tmp_path: Path) -> None:
    write_records(small(), tmp_path / "cdm")
    edit(tmp_path / "cdm", "measurement", lambda row: row | {"person_id": "2"} if row["measurement_id"] == "1" else row)
    again = read_records(tmp_path / "cdm").registry
    told = again.table("counts").select("patient_id", "platelets_e9_l").sort("patient_id", "platelets_e9_l").rows()
    assert told == [("B", 40.0), ("B", 40.0)]
    assert "is of person 2, the note beside it of 1" in again.faults["rule"][0]


def test_a_row_that_stands_twice_is_not_believed(tmp_path: Path) -> None:
    write_records(small(), tmp_path / "cdm")
    edit(tmp_path / "cdm", "measurement", lambda row: row | {"measurement_id": "1", "person_id": "1"})
    again = read_records(tmp_path / "cdm").registry
    assert again.table("counts").is_empty()
    assert any("stands twice" in rule for rule in again.faults["rule"])


def test_a_death_that_somebody_added_is_an_event_of_the_patient(tmp_path: Path) -> None:
    write_records(small(), tmp_path / "cdm")
    with (tmp_path / "cdm" / "death.csv").open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [column.name for column in cdm_tables()["death"]])
        writer.writerow({"person_id": "2", "death_date": "2021-03-04"})
    again = read_records(tmp_path / "cdm").registry
    [event] = again.table("events").to_dicts()
    assert (event["patient_id"], event["kind"], event["event_date"]) == ("B", "death", date(2021, 3, 4))
    assert again.complete("events").is_empty()


def test_without_its_notes_a_cdm_of_ours_still_says_what_omop_can_hold(tmp_path: Path) -> None:
    registry = simulate_registry(30, seed=4, kind="mixed").registry
    write_records(registry, tmp_path / "cdm")
    for table in ("note", "metadata"):
        (tmp_path / "cdm" / f"{table}.csv").unlink()
    again = read_records(tmp_path / "cdm").registry
    number = {patient: str(i) for i, patient in enumerate(registry.patient_ids()["patient_id"], 1)}
    held = {
        "patients": ["sex", "birth_date", "diagnosis_date", "death_date"],
        "treatments": ["line", "regimen", "drugs", "start_date", "end_date"],
        "counts": ["sample_date", "anc_e9_l", "platelets_e9_l", "wbc_e9_l", "haemoglobin_g_dl", "blasts_pb_pct"],
        "chemistry": ["sample_date", "creatinine_umol_l", "bilirubin_umol_l", "alt_u_l", "ldh_u_l"],
        "mrd_samples": ["sample_date", "tissue", "marker", "value", "scale", "detected"],
        "fusions": ["sample_date", "fusion", "result"],
        "genes_tested": ["sample_date", "gene", "method"],
        "events": ["event_date", "kind", "present"],
        "responses": ["response_date", "reported_response"],
    }
    for name, columns in held.items():
        before = registry.table(name).with_columns(pl.col("patient_id").replace(number)).select("patient_id", *columns)
        after = again.table(name).select("patient_id", *columns)
        assert before.sort(before.columns).equals(after.sort(before.columns)), name
        assert again.complete(name).is_empty()
    assert not again.simulated


def test_a_day_that_no_calendar_has_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"sample_day 3000000 is beyond the years 1 to 9999"):
        calendar({"sample_day": 3_000_000}, "sample_date")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "cdm").mkdir()
    (tmp_path / "cdm" / "person.csv").write_text("mine\n")
    with pytest.raises(ValueError, match="holds something already"):
        write_records(small(), tmp_path / "cdm")
    write_records(small(), tmp_path / "one.duckdb")
    with pytest.raises(ValueError, match="already"):
        write_records(small(), tmp_path / "one.duckdb")
    assert (tmp_path / "cdm" / "person.csv").read_text() == "mine\n"

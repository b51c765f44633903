"""A registry written as an import file for REDCap is read back as it was."""

import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.exchange import redcap
from tenfold.exchange.converted import Fate
from tenfold.exchange.published import published
from tenfold.exchange.redcap import read_records, write_records
from tenfold.records import Registry

sys.path.append(str(Path(__file__).resolve().parents[1] / "records"))
from strategies import tables, tables_with_faults
from whole_registries import comes_back_whole, same, through_format


def there_and_back(registry):
    return through_format(redcap, registry, "import.csv")


def test_the_published_patients_come_back_with_their_days():
    registry = published()
    found = there_and_back(registry)
    assert registry.axis == "relative"
    assert found.registry.check().is_empty()
    same(registry, found.registry)


@pytest.mark.parametrize("kind", ["venprs", "mixed"])
def test_simulated_patients_come_back_and_stay_labelled(kind):
    registry = simulate_registry(40, kind=kind).registry
    found = there_and_back(registry)
    assert found.registry.simulated
    assert found.registry.check().is_empty()
    same(registry, found.registry)


@given(tables(), st.booleans())
def test_whatever_the_tables_hold_comes_back(found, simulated):
    registry = Registry.from_tables(found, simulated=simulated, title="A title; with 'signs'")
    comes_back_whole(registry, there_and_back(registry))


@given(tables_with_faults())
def test_rows_set_aside_leave_their_patients_as_incomplete_as_they_were(found):
    registry = Registry.from_tables(found)
    comes_back_whole(registry, there_and_back(registry))


def test_every_column_of_an_import_file_is_mapped_but_the_number_of_the_instance():
    found = there_and_back(published())
    assert [(one.field, one.fate) for one in found.fields if one.fate is not Fate.MAPPED] == [
        ("redcap_repeat_instance", Fate.LEFT)
    ]


def test_a_table_that_is_empty_but_kept_comes_back_as_kept():
    registry = Registry.from_tables({"patients": [{"patient_id": "A"}], "transplants": []})
    found = there_and_back(registry).registry
    assert found.recorded("transplants")
    assert not found.recorded("events")
    assert found.complete("transplants")["patient_id"].to_list() == ["A"]


def test_sources_come_back_with_line_breaks_and_commas(tmp_path):
    sources = {"patients": 'one, "two"\nthree', "counts": "laboratory; export of 3 May"}
    registry = Registry.from_tables({"patients": [{"patient_id": "A"}]}, sources=sources)
    assert there_and_back(registry).registry.sources == sources


def test_instances_are_numbered_within_each_patient(tmp_path):
    drugs = [{"patient_id": one, "drug": drug} for one in ("A", "B") for drug in ("fluconazole", "posaconazole")]
    file = tmp_path / "import.csv"
    write_records(Registry.from_tables({"medications": drugs}), file)
    rows = pl.read_csv(file, infer_schema=False).filter(pl.col("redcap_repeat_instrument") == "medications")
    assert rows.select("patient_id", "redcap_repeat_instance").rows() == [
        ("A", "1"),
        ("A", "2"),
        ("B", "1"),
        ("B", "2"),
    ]


def test_small_numbers_are_written_without_powers_of_ten_and_come_back_exactly(tmp_path):
    sample = {"patient_id": "A", "sample_date": "2024-05-03", "marker": "NPM1", "sensitivity": 1.5e-6}
    file = tmp_path / "import.csv"
    write_records(Registry.from_tables({"mrd_samples": [sample]}), file)
    assert "0.0000015" in file.read_text("utf-8")
    assert read_records(file).registry.table("mrd_samples")["sensitivity"].to_list() == [1.5e-6]


def test_texts_that_begin_with_signs_and_apostrophes_come_back_as_they_were(tmp_path):
    texts = ["-7", "=1+1", "'-7", "''quoted''", "'tis", "@", "'"]
    rows = [{"patient_id": f"P{i}", "cause_of_death": text} for i, text in enumerate(texts)]
    file = tmp_path / "import.csv"
    write_records(Registry.from_tables({"patients": rows}), file)
    assert read_records(file).registry.table("patients")["cause_of_death"].to_list() == texts
    written = pl.read_csv(file, infer_schema=False)["patients_cause_of_death"].to_list()
    assert {"-7", "=1+1", "'tis"} <= set(written)


def test_a_patient_called_registry_is_refused(tmp_path):
    registry = Registry.from_tables({"patients": [{"patient_id": "Registry"}]})
    with pytest.raises(ValueError, match="rename the patient"):
        write_records(registry, tmp_path / "import.csv")
    assert not (tmp_path / "import.csv").exists()


def test_ids_that_differ_only_by_capitals_are_said_not_to_be_held(tmp_path):
    registry = Registry.from_tables({"patients": [{"patient_id": "a1"}, {"patient_id": "A1"}]})
    written = write_records(registry, tmp_path / "import.csv")
    assert any("capitals" in left for left in written.left)


def test_rows_set_aside_are_said_not_to_be_written(tmp_path):
    registry = Registry.from_tables({"counts": [{"patient_id": "A", "sample_date": "soon", "anc_e9_l": "1"}]})
    written = write_records(registry, tmp_path / "import.csv")
    assert any("1 rows set aside" in left for left in written.left)


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    file = tmp_path / "import.csv"
    file.write_text("mine")
    with pytest.raises(ValueError, match="there already"):
        write_records(published(), file)
    assert file.read_text() == "mine"


def test_an_import_file_must_be_called_csv(tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.csv"):
        write_records(published(), tmp_path / "folder")

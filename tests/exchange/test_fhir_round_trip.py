"""A registry written as FHIR and read back is the registry that was written."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import pytest
from fhir_files import FORMS, there_and_back, written
from hypothesis import given
from hypothesis import strategies as st

from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.exchange.converted import Fate
from tenfold.exchange.fhir import read_records, write_records
from tenfold.exchange.published import published
from tenfold.records import Registry

sys.path.append(str(Path(__file__).resolve().parents[1] / "records"))
from strategies import tables, tables_with_faults
from whole_registries import comes_back_whole, same


def storable(found: dict) -> bool:
    """A blank of another kind at the edge of a text is stripped on reading, as in every format."""
    texts = [value for rows in found.values() for row in rows for value in row.values() if isinstance(value, str)]
    return all(text == text.strip() for text in texts)


@pytest.mark.parametrize("form", FORMS)
def test_the_published_patients_come_back_with_their_days(form):
    registry = published()
    found = there_and_back(registry, form)
    assert registry.axis == "relative"
    assert found.registry.check().is_empty()
    assert found.notes == ()
    assert {one.fate for one in found.fields} == {Fate.MAPPED}
    same(registry, found.registry)


@pytest.mark.parametrize("kind", ["venprs", "mixed"])
def test_simulated_patients_come_back_and_every_resource_of_theirs_is_labelled(kind):
    registry = simulate_registry(12, kind=kind).registry
    same(registry, there_and_back(registry).registry)
    labels = [one["meta"]["security"][0]["code"] for one in written(registry)]
    assert set(labels) == {"HTEST"}


@given(tables().filter(storable))
def test_any_sound_registry_comes_back(found):
    registry = Registry.from_tables(found, title="ours", sources=dict.fromkeys(found, "the laboratory"))
    comes_back_whole(registry, there_and_back(registry))


@given(tables_with_faults().filter(storable), st.sampled_from(FORMS))
def test_of_a_faulty_registry_what_was_admitted_comes_back_and_no_more_is_complete(found, form):
    registry = Registry.from_tables(found)
    comes_back_whole(registry, there_and_back(registry, form))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).map(lambda text: f"a{text}b"))
def test_any_text_comes_back_even_with_control_characters(text):
    registry = Registry.from_tables(
        {
            "patients": [{"patient_id": "p", "cause_of_death": text}],
            "events": [{"patient_id": "p", "event_date": "2024-05-03", "kind": "infection", "detail": text}],
            "medications": [{"patient_id": "p", "drug": "posaconazole", "start_date": "2024-05-03"}],
        }
    )
    same(registry, there_and_back(registry).registry)


def test_writing_twice_gives_the_same_files():
    assert written(published()) == written(published())


def test_no_two_resources_have_the_same_id():
    names = [(one["resourceType"], one["id"]) for one in written(simulate_registry(12).registry)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", ["Observation", "MedicationAdministration", "Patient", "Procedure"])
def test_of_a_part_of_an_export_nothing_is_said_to_be_complete(kind, tmp_path):
    registry = published()
    assert registry.complete("treatments").height
    write_records(registry, tmp_path / "export")
    file = tmp_path / "export" / f"{kind}.ndjson"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), "utf-8")
    found = read_records(tmp_path / "export")
    assert all(found.registry.complete(name).is_empty() for name in found.registry.tables.keys() - {"completeness"})
    assert any("no table is taken as complete" in note for note in found.notes)


def test_a_resource_of_another_system_in_the_folder_takes_the_completeness_away(tmp_path):
    write_records(published(), tmp_path / "export")
    blood = {
        "resourceType": "Observation",
        "id": "x",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "26464-8"}]},
        "subject": {"reference": "Patient/somebody"},
        "valueQuantity": {"value": 4, "code": "10*9/L"},
    }
    (tmp_path / "export" / "more.json").write_text(json.dumps(blood))
    found = read_records(tmp_path / "export")
    assert all(found.registry.complete(name).is_empty() for name in found.registry.tables.keys() - {"completeness"})


def test_two_registries_in_one_folder_are_complete_in_nothing(tmp_path):
    one = Registry.from_tables({"patients": [{"patient_id": "a"}], "events": []})
    other = Registry.from_tables({"patients": [{"patient_id": "b"}], "events": []}, title="the other")
    for name, registry in (("one", one), ("other", other)):
        write_records(registry, tmp_path / f"{name}.json")
    found = read_records(tmp_path)
    assert found.registry.patient_ids()["patient_id"].to_list() == ["a", "b"]
    assert found.registry.complete("patients").is_empty()


def test_a_cohort_in_days_and_one_in_dates_are_not_mixed(tmp_path):
    write_records(published(), tmp_path / "days.json")
    write_records(Registry.from_tables({"patients": [{"patient_id": "a"}]}), tmp_path / "dates.json")
    with pytest.raises(ValueError, match="read each by itself"):
        read_records(tmp_path)


def test_simulated_patients_are_not_mixed_with_others(tmp_path):
    write_records(simulate_registry(2).registry, tmp_path / "simulated.json")
    write_records(Registry.from_tables({"patients": [{"patient_id": "a"}]}), tmp_path / "real.json")
    with pytest.raises(ValueError, match="keep the two apart"):
        read_records(tmp_path)


def test_a_patient_whom_only_other_tables_name_stays_out_of_the_patients():
    registry = Registry.from_tables(
        {"patients": [{"patient_id": "a"}], "counts": [{"patient_id": "b", "sample_date": "2024-05-03", "wbc_e9_l": 3}]}
    )
    found = there_and_back(registry).registry
    assert found.table("patients")["patient_id"].to_list() == ["a"]
    assert found.table("counts")["patient_id"].to_list() == ["b"]


def test_what_is_there_already_is_not_written_over(tmp_path):
    registry = Registry.from_tables({"patients": [{"patient_id": "a"}]})
    for form in FORMS:
        write_records(registry, tmp_path / form)
        with pytest.raises(ValueError, match="already"):
            write_records(registry, tmp_path / form)


def test_a_patient_id_with_control_characters_is_refused_in_words():
    registry = Registry.from_tables({"patients": [{"patient_id": "a\x02b"}]})
    with tempfile.TemporaryDirectory() as folder, pytest.raises(ValueError, match="another pseudonym"):
        write_records(registry, Path(folder) / "registry.json")


def test_rows_set_aside_are_said_not_to_be_held(tmp_path):
    registry = Registry.from_tables(
        {"patients": [{"patient_id": "a"}], "counts": [{"patient_id": "a", "sample_date": "2024-02-30", "wbc_e9_l": 3}]}
    )
    assert registry.set_aside.height == 1
    assert "1 rows set aside" in write_records(registry, tmp_path / "registry.json").left[0]

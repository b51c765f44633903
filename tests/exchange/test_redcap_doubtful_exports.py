"""Exports in which something is damaged, out of place, or of another project."""

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redcap_exports import (
    HEADER,
    VALUES_HEADER,
    A,
    export,
    instance,
    kept,
)

from tenfold.exchange.converted import Fate
from tenfold.exchange.redcap import read_records, recognises


def test_a_damaged_line_takes_completeness_from_everybody_it_may_be_about(tmp_path):
    rows = [
        kept("patients", "counts", "events"),
        A | {"patients_sex": "female"},
        instance("counts", counts_sample_date="2024-05-03", counts_anc_e9_l="1"),
    ]
    file = export(tmp_path, rows)
    whole = read_records(file).registry
    assert whole.complete("events")["patient_id"].to_list() == ["A"]
    file.write_text(file.read_text("utf-8") + "A,cou\n", "utf-8")
    found = read_records(file).registry
    assert found.table("counts").height == 1
    assert found.check().height == 1
    for name in ("patients", "counts", "events"):
        assert found.complete(name).is_empty()


def test_a_damaged_line_that_names_its_form_concerns_that_form_alone(tmp_path):
    rows = [
        kept("patients", "counts", "events"),
        A | {"patients_sex": "female"},
        instance("counts", counts_sample_date="2024-05-03", counts_anc_e9_l="1"),
    ]
    file = export(tmp_path, rows)
    file.write_text(file.read_text("utf-8") + "A,counts,2,,,\n", "utf-8")
    found = read_records(file).registry
    assert found.complete("counts").is_empty()
    assert found.complete("events")["patient_id"].to_list() == ["A"]


def test_two_values_of_one_field_in_one_instance_lose_that_row_alone(tmp_path):
    key = {"record": "A", "redcap_repeat_instrument": "counts"}
    rows = [
        key | {"redcap_repeat_instance": "1", "field_name": "counts_sample_date", "value": "2024-05-03"},
        key | {"redcap_repeat_instance": "1", "field_name": "counts_anc_e9_l", "value": "1.0"},
        key | {"redcap_repeat_instance": "1", "field_name": "counts_anc_e9_l", "value": "2.0"},
        key | {"redcap_repeat_instance": "2", "field_name": "counts_sample_date", "value": "2024-05-04"},
        key | {"redcap_repeat_instance": "2", "field_name": "counts_anc_e9_l", "value": "3.0"},
    ]
    found = read_records(export(tmp_path, rows, VALUES_HEADER)).registry
    assert found.table("counts")["anc_e9_l"].to_list() == [3.0]
    assert "two values" in found.check()["rule"][0]
    assert found.check()["line"].to_list() == [4]


def test_single_values_do_not_say_that_an_event_happened_unless_the_whole_form_is_shown(tmp_path):
    key = {"record": "A", "redcap_repeat_instrument": "events", "redcap_repeat_instance": "1"}
    rows = [
        key | {"field_name": "events_event_date", "value": "2024-05-03"},
        key | {"field_name": "events_kind", "value": "relapse"},
    ]
    found = read_records(export(tmp_path, rows, VALUES_HEADER)).registry
    assert not found.recorded("events")
    assert "events_present" in found.check()["rule"][0]
    state = key | {"field_name": "events_complete", "value": "2"}
    found = read_records(export(tmp_path, [*rows, state], VALUES_HEADER)).registry
    assert found.table("events").height == 1


def test_an_entry_about_a_patient_in_the_registrys_record_is_set_aside(tmp_path):
    astray = {"patient_id": "registry", "redcap_repeat_instrument": "transplants", "redcap_repeat_instance": "1"}
    rows = [
        kept("patients", "transplants"),
        A | {"patients_sex": "female"},
        astray | {"transplants_transplant_date": "2024-05-03"},
    ]
    found = read_records(export(tmp_path, rows)).registry
    assert found.patient_ids()["patient_id"].to_list() == ["A"]
    assert found.complete("transplants").is_empty()
    assert "no patient" in found.check()["rule"][0]


def test_a_patients_form_filled_in_the_registrys_record_is_set_aside_and_said(tmp_path):
    rows = [kept("patients", patients_sex="female"), A | {"patients_sex": "male"}]
    found = read_records(export(tmp_path, rows)).registry
    assert found.table("patients")["patient_id"].to_list() == ["A"]
    assert found.check().select("line", "used").rows() == [(2, "row set aside")]
    assert found.complete("patients").is_empty()


def test_the_registrys_form_filled_in_a_patients_record_states_nothing_and_is_said(tmp_path):
    unticked = {name: "0" for name in HEADER if "___" in name}
    rows = [A | unticked | {"patients_sex": "male"}, {"patient_id": "B"} | unticked | {"registry_tables___events": "1"}]
    found = read_records(export(tmp_path, rows)).registry
    assert not found.recorded("events")
    assert found.check().select("line", "used").rows() == [(3, "kept")]


def test_a_statement_without_a_record_is_not_one_about_everybody(tmp_path):
    statement = {"redcap_repeat_instrument": "completeness", "redcap_repeat_instance": "1",
                 "completeness_table": "events", "completeness_of_all_rows": "1"}  # fmt: skip
    rows = [A | {"patients_sex": "female"}, instance("events", events_event_date="2024-05-03", events_kind="relapse"),
            statement]  # fmt: skip
    found = read_records(export(tmp_path, rows)).registry
    assert found.complete("events").is_empty()
    assert "record id is empty" in found.check()["rule"][0]


def test_a_patients_own_statement_stands(tmp_path):
    rows = [
        A | {"patients_sex": "female"},
        instance("counts", counts_sample_date="2024-05-03", counts_anc_e9_l="1"),
        instance("completeness", completeness_table="counts", completeness_of_all_rows="1"),
        {"patient_id": "B", "patients_sex": "male"},
    ]
    assert read_records(export(tmp_path, rows)).registry.complete("counts")["patient_id"].to_list() == ["A"]


def test_a_label_of_simulation_that_cannot_be_read_is_taken_as_one(tmp_path):
    rows = [kept(registry_simulated="maybe"), A | {"patients_sex": "female"}]
    found = read_records(export(tmp_path, rows)).registry
    assert found.simulated
    assert found.check()["column"].to_list() == ["registry_simulated"]


def test_days_in_a_project_of_dates_are_not_used_and_said(tmp_path):
    rows = [A | {"patients_sex": "female"}, instance("counts", counts_sample_date="2024-05-03", counts_wbc_e9_l="4")]
    rows[1]["counts_reported_day"] = "3"
    found = read_records(export(tmp_path, rows, [*HEADER, "counts_reported_day"]))
    assert found.registry.table("counts").height == 1
    assert "one registry keeps time in one way" in found.registry.check()["rule"][0]
    assert next(one.fate for one in found.fields if one.field == "counts_reported_day") is Fate.LEFT


def test_a_record_id_of_another_name_is_known_by_its_place(tmp_path):
    header = ["record_id", *HEADER[1:]]
    found = read_records(export(tmp_path, [{"record_id": "7", "patients_sex": "female"}], header))
    assert found.registry.table("patients")["patient_id"].to_list() == ["7"]
    assert found.fields[0].fate is Fate.GUESSED


def test_a_centres_own_repeating_form_is_left_and_said(tmp_path):
    rows = [A | {"patients_sex": "female"}, instance("quality_of_life", quality_of_life_score="7")]
    found = read_records(export(tmp_path, rows, [*HEADER, "quality_of_life_score"]))
    assert any("1 instances of quality_of_life" in note for note in found.notes)
    assert next(one for one in found.fields if one.field == "quality_of_life_score").fate is Fate.LEFT


@pytest.mark.parametrize(
    "text",
    [
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,height,weight\n1,,,180,80\n",
        "record_id,redcap_event_name,age\n1,baseline_arm_1,61\n",
        "record,field_name,value\n1,age,61\n",
        '"Record ID","Repeat Instrument","Repeat Instance","Age (years)"\n1,,,61\n',
    ],
)
def test_the_export_of_another_project_is_recognised_and_refused_with_what_to_do(text, tmp_path):
    file = tmp_path / "theirs.csv"
    file.write_text(text)
    assert recognises(file)
    with pytest.raises(ValueError, match="mapping file"):
        read_records(file)


def test_a_data_dictionary_is_said_to_hold_no_records(tmp_path):
    file = tmp_path / "dictionary.csv"
    file.write_text('"Variable / Field Name","Form Name","Section Header","Field Type"\nrecord_id,demographics,,text\n')
    assert recognises(file)
    with pytest.raises(ValueError, match="holds no records"):
        read_records(file)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"patient_id,sex\nA,female\n", b'"', b"a;b\n", b"\x00" * 100])
def test_other_files_are_not_claimed(data, tmp_path):
    file = tmp_path / "other.csv"
    file.write_bytes(data)
    assert not recognises(file)
    assert not recognises(tmp_path)
    assert not recognises(tmp_path / "absent.csv")


@given(st.binary(max_size=200))
def test_no_file_makes_recognition_fail(data):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "any.csv"
        file.write_bytes(data)
        assert not recognises(file)
        file.write_bytes(b"record,field_name,value\n" + data)
        assert recognises(file)


def test_semicolons_and_a_byte_order_mark_change_nothing(tmp_path):
    file = export(tmp_path, [A | {"patients_sex": "female"}])
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b",", b";"))
    assert recognises(file)
    assert read_records(file).registry.table("patients").select("patient_id", "sex").rows() == [("A", "female")]


def test_the_state_of_a_form_makes_no_row(tmp_path):
    header = [*HEADER, "transplants_complete"]
    found = read_records(export(tmp_path, [A | {"patients_sex": "female", "transplants_complete": "0"}], header))
    assert not found.registry.recorded("transplants")
    assert isinstance(found.frame(), pl.DataFrame)


def test_a_form_that_is_kept_in_full_and_has_no_entry_is_noted(tmp_path):
    file = export(tmp_path, [kept("patients", "transplants"), A | {"patients_sex": "female"}])
    found = read_records(file)
    assert found.registry.complete("transplants")["patient_id"].to_list() == ["A"]
    assert [note for note in found.notes if note.startswith("transplants is ticked as kept in full and has no entry")]
    assert not [note for note in found.notes if note.startswith("patients is ticked")]


def test_an_export_without_the_registrys_record_says_that_simulated_patients_would_be_taken_for_real(tmp_path):
    simulated = {"patient_id": "registry", "registry_simulated": "yes"}
    told = read_records(export(tmp_path, [simulated, A | {"patients_sex": "female"}]))
    assert not [note for note in told.notes if "simulated" in note]
    untold = read_records(export(tmp_path, [A | {"patients_sex": "female"}]))
    assert not untold.registry.simulated
    assert [note for note in untold.notes if "whether the patients are simulated" in note]

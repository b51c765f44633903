"""What rows must be to each other: repeats, the patient's own dates, the sequence of a course."""

import pytest

from tenfold.records import Registry

P1 = {"patient_id": "P1", "birth_date": "1960-01-01", "diagnosis_date": "2024-01-02", "death_date": "2024-06-01"}
MARROW = {"patient_id": "P1", "sample_date": "2024-03-01", "blasts_pct": 3}
MRD = {"patient_id": "P1", "sample_date": "2024-03-01", "marker": "NPM1", "tissue": "blood", "method": "rt-qpcr"}


def only_fault(registry):
    (fault,) = registry.faults.to_dicts()
    return fault


def test_a_death_before_a_sample_names_both_dates():
    registry = Registry.from_tables({"patients": [P1], "marrows": [MARROW | {"sample_date": "2024-07-01"}]})
    fault = only_fault(registry)
    assert fault["rule"] == "sample_date 2024-07-01 is after the patient's death on 2024-06-01"
    assert (fault["file"], fault["column"], fault["value"]) == ("marrows", "sample_date", "2024-07-01")
    assert registry.table("marrows").is_empty()
    assert registry.table("patients").height == 1


def test_a_sample_before_birth_names_both_dates():
    fault = only_fault(Registry.from_tables({"patients": [P1], "marrows": [MARROW | {"sample_date": "1959-07-01"}]}))
    assert fault["rule"] == "sample_date 1959-07-01 is before the patient's birth on 1960-01-01"


def test_a_sample_on_the_day_of_death_and_a_report_after_it_are_sound():
    row = MARROW | {"sample_date": "2024-06-01", "reported_date": "2024-06-20"}
    assert Registry.from_tables({"patients": [P1], "marrows": [row]}).faults.is_empty()


def test_a_treatment_that_ends_after_the_death_is_set_aside():
    row = {"patient_id": "P1", "start_date": "2024-05-01", "end_date": "2024-06-02"}
    fault = only_fault(Registry.from_tables({"patients": [P1], "treatments": [row]}))
    assert fault["rule"] == "end_date 2024-06-02 is after the patient's death on 2024-06-01"


def test_a_death_event_must_agree_with_the_date_of_death():
    row = {"patient_id": "P1", "event_date": "2024-05-01", "kind": "death"}
    fault = only_fault(Registry.from_tables({"patients": [P1], "events": [row]}))
    assert fault["rule"] == "the death is on 2024-05-01 here and on 2024-06-01 in patients"


def test_days_since_day_zero_are_compared_in_the_same_way():
    tables = {
        "patients": [{"patient_id": "P1", "diagnosis_day": 0, "death_day": 100}],
        "marrows": [{"patient_id": "P1", "sample_day": 120}],
    }
    fault = only_fault(Registry.from_tables(tables, relative=True))
    assert fault["rule"] == "sample_day day 120 is after the patient's death on day 100"


def test_contradictory_dates_of_a_patient_condemn_the_patients_row_and_nothing_else():
    contradictory = P1 | {"last_contact_date": "2024-08-01"}
    registry = Registry.from_tables({"patients": [contradictory], "marrows": [MARROW | {"sample_date": "2024-07-01"}]})
    assert only_fault(registry)["file"] == "patients"
    assert registry.table("marrows").height == 1


def test_no_copy_of_a_patient_is_used_when_there_are_two():
    registry = Registry.from_tables({"patients": [P1, P1 | {"sex": "male"}, {"patient_id": "P2"}]})
    assert registry.table("patients")["patient_id"].to_list() == ["P2"]
    assert registry.faults["rule"].unique().to_list() == ["P1 stands on lines 1, 2: which is right is not known"]


def test_even_equal_copies_of_a_patient_are_not_used():
    assert Registry.from_tables({"patients": [P1, P1]}).table("patients").is_empty()


def test_two_results_under_one_sample_id_are_both_set_aside():
    rows = [
        MRD | {"sample_id": "S1"},
        MRD | {"sample_id": "S1", "sample_date": "2024-04-01"},
        MRD | {"sample_id": "S2"},
    ]
    registry = Registry.from_tables({"mrd_samples": rows})
    assert registry.table("mrd_samples")["sample_id"].to_list() == ["S2"]
    assert registry.faults["column"].to_list() == ["sample_id"] * 2


def test_a_sample_measured_twice_on_one_day_under_two_ids_is_sound():
    registry = Registry.from_tables({"mrd_samples": [MRD | {"sample_id": "S1"}, MRD | {"sample_id": "S2"}]})
    assert registry.faults.is_empty()


def test_of_a_row_repeated_exactly_the_first_is_used_and_the_patient_stays_complete():
    registry = Registry.from_tables({"marrows": [MARROW, MARROW | {"blasts_pct": 4}, MARROW]})
    assert registry.table("marrows")["blasts_pct"].to_list() == [3, 4]
    fault = only_fault(registry)
    assert (fault["line"], fault["rule"]) == (3, "the row says exactly what line 1 says")
    assert registry.complete("marrows")["patient_id"].to_list() == ["P1"]


def test_a_patient_who_is_not_in_patients_is_named_once_and_kept():
    rows = [MARROW | {"patient_id": "P9"}, MARROW | {"patient_id": "P9", "sample_date": "2024-04-01"}]
    registry = Registry.from_tables({"patients": [P1], "marrows": rows})
    fault = only_fault(registry)
    assert (fault["rule"], fault["used"]) == ("P9 has 2 rows in marrows and is not in patients", "kept")
    assert registry.table("marrows").height == 2


def test_without_a_table_of_patients_nobody_is_a_stranger():
    assert Registry.from_tables({"marrows": [MARROW]}).faults.is_empty()


def test_a_patient_whose_patients_row_was_set_aside_is_not_a_stranger():
    registry = Registry.from_tables({"patients": [P1 | {"sex": "F"}], "marrows": [MARROW]})
    assert only_fault(registry)["file"] == "patients"


def test_a_row_without_sequence_is_set_aside_where_other_facts_of_the_patient_have_one():
    rows = [MARROW | {"sample_date": None, "sequence": 1}, MARROW, MARROW | {"patient_id": "P2"}]
    registry = Registry.from_tables({"marrows": rows})
    fault = only_fault(registry)
    assert (fault["line"], fault["column"]) == (2, "sequence")
    assert registry.table("marrows").height == 2


def test_the_sequence_runs_through_all_tables_of_a_patient():
    tables = {
        "marrows": [MARROW | {"sample_date": None, "sequence": 1}],
        "responses": [{"patient_id": "P1", "reported_response": "CR"}],
    }
    assert only_fault(Registry.from_tables(tables))["file"] == "responses"


def test_two_statements_of_completeness_that_differ_are_both_set_aside_and_nothing_is_complete():
    tables = {
        "marrows": [MARROW, MARROW | {"patient_id": "P2"}],
        "completeness": [
            {"patient_id": "P1", "table": "marrows", "complete": "yes"},
            {"patient_id": "P1", "table": "marrows", "complete": "no"},
        ],
    }
    registry = Registry.from_tables(tables)
    assert registry.set_aside.height == 2
    assert registry.complete("marrows")["patient_id"].to_list() == ["P2"]


@pytest.mark.parametrize("rows", [[MARROW, {**MARROW, "blasts_pct": "x"}], [{**MARROW, "blasts_pct": "x"}, MARROW]])
def test_mixed_types_in_memory_are_understood_cell_by_cell(rows):
    registry = Registry.from_tables({"marrows": rows})
    assert registry.table("marrows")["blasts_pct"].to_list() == [3]
    assert only_fault(registry)["value"] == "x"

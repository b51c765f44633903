"""Exports of our REDCap project as REDCap makes them: codes or labels, flat or as single values, with events."""

from redcap_exports import (
    FIELDS,
    HEADER,
    SYSTEM,
    VALUES_HEADER,
    A,
    as_values,
    export,
    instance,
    kept,
    rows_of,
    with_labels,
)
from whole_registries import same

from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.exchange.converted import Fate
from tenfold.exchange.redcap import read_records, recognises
from tenfold.records import TABLES, Registry


def test_an_export_with_labels_says_the_same_as_one_with_codes(tmp_path):
    registry = simulate_registry(15, kind="mixed").registry
    rows, header = with_labels(rows_of(registry, tmp_path))
    file = export(tmp_path, rows, header)
    assert recognises(file)
    found = read_records(file)
    assert found.registry.check().is_empty()
    same(registry, found.registry)


def test_single_values_say_the_same_as_flat_rows(tmp_path):
    registry = simulate_registry(15, kind="mixed").registry
    registry = Registry.from_tables(
        {name: frame for name, frame in registry.tables.items() if frame.height},
        simulated=True,
        title=registry.title,
        sources=registry.sources,
    )
    file = export(tmp_path, as_values(rows_of(registry, tmp_path)), VALUES_HEADER)
    assert recognises(file)
    found = read_records(file)
    assert found.registry.check().is_empty()
    same(registry, found.registry)


def test_without_a_statement_no_form_is_complete(tmp_path):
    rows = [A | {"patients_sex": "female"}, instance("events", events_event_date="2024-05-03", events_kind="relapse")]
    found = read_records(export(tmp_path, rows)).registry
    assert found.table("events").height == 1
    for name in TABLES:
        assert name == "completeness" or found.complete(name).is_empty()


def test_a_form_without_entries_that_is_not_kept_in_full_is_not_recorded(tmp_path):
    found = read_records(export(tmp_path, [A | {"patients_sex": "female"}])).registry
    assert set(found.tables) == {"patients", "completeness"}


def test_what_is_ticked_is_not_relied_on_where_the_form_of_exceptions_is_not_in_the_export(tmp_path):
    header = [name for name in HEADER if not name.startswith("completeness_")]
    rows = [A | {"patients_sex": "female"}, kept("patients", "transplants")]
    found = read_records(export(tmp_path, rows, header))
    assert found.registry.complete("transplants").is_empty()
    assert found.registry.complete("patients").is_empty()
    assert any("not relied on" in note for note in found.notes)


def test_a_form_that_is_ticked_but_not_exported_is_not_recorded(tmp_path):
    header = [name for name in HEADER if not name.startswith("transplants_")]
    rows = [A | {"patients_sex": "female"}, kept("patients", "transplants")]
    found = read_records(export(tmp_path, rows, header))
    assert not found.registry.recorded("transplants")
    assert found.registry.complete("patients")["patient_id"].to_list() == ["A"]
    assert any(note.startswith("transplants is ticked") for note in found.notes)


def test_an_event_is_not_taken_to_have_happened_where_the_export_lacks_the_answer(tmp_path):
    header = [name for name in HEADER if name != "events_present"]
    rows = [A, instance("events", events_event_date="2024-05-03", events_kind="relapse")]
    found = read_records(export(tmp_path, rows, header)).registry
    assert found.table("events").is_empty()
    assert "events_present is not in the export" in found.check()["rule"][0]


def test_an_event_that_was_looked_for_and_absent_stays_absent(tmp_path):
    rows = [A, instance("events", events_event_date="2024-05-03", events_kind="relapse", events_present="0")]
    assert read_records(export(tmp_path, rows)).registry.table("events")["present"].to_list() == [False]


def test_missing_codes_named_in_the_project_are_not_known(tmp_path):
    rows = [
        kept(registry_missing_codes="UNK, Unknown\n-999, Not asked"),
        instance("counts", counts_sample_date="2024-05-03", counts_anc_e9_l="-999", counts_wbc_e9_l="4.1"),
        instance("status", status_status_date="2024-05-03", status_fit_for_intensive="UNK", status_ecog="1"),
    ]
    found = read_records(export(tmp_path, rows))
    assert found.registry.check().is_empty()
    assert found.registry.table("counts").select("anc_e9_l", "wbc_e9_l").rows() == [(None, 4.1)]
    assert found.registry.table("status").select("fit_for_intensive", "ecog").rows() == [(None, 1)]
    told = {one.field: one.note for one in found.fields}
    assert told["counts_anc_e9_l"] == "1 missing data codes read as not known"


def test_a_missing_code_does_not_make_an_event_happen(tmp_path):
    rows = [
        kept("events", registry_missing_codes="UNK, Unknown"),
        A | {"patients_sex": "male"},
        instance("events", events_event_date="2024-05-03", events_kind="relapse", events_present="UNK"),
    ]
    found = read_records(export(tmp_path, rows)).registry
    assert found.table("events").is_empty()
    assert found.complete("events").is_empty()
    assert found.check().select("line", "column", "value").rows() == [(4, "present", "UNK")]


def test_a_missing_code_that_nobody_named_is_a_fault(tmp_path):
    rows = [A, instance("counts", counts_sample_date="2024-05-03", counts_anc_e9_l="-999", counts_wbc_e9_l="UNK")]
    found = read_records(export(tmp_path, rows)).registry
    assert found.table("counts").is_empty()
    assert found.check()["line"].to_list() == [3, 3]


def test_missing_codes_may_be_named_by_the_caller(tmp_path):
    rows = [A, instance("counts", counts_sample_date="2024-05-03", counts_anc_e9_l="-999")]
    found = read_records(export(tmp_path, rows), missing_codes=["-999"]).registry
    assert found.table("counts")["anc_e9_l"].to_list() == [None]


def test_a_fault_names_the_line_of_the_export(tmp_path):
    rows = [
        A | {"patients_cause_of_death": "two\nlines"},
        instance(
            "mrd_samples", mrd_samples_sample_date="2024-05-03", mrd_samples_marker="NPM1", mrd_samples_tissue="BM"
        ),
    ]
    fault = read_records(export(tmp_path, rows)).registry.check().row(0, named=True)
    assert (fault["file"], fault["line"], fault["column"], fault["value"]) == ("export.csv", 4, "tissue", "BM")


def test_forms_filled_at_events_are_rows_and_the_patient_is_one(tmp_path):
    header = ["patient_id", "redcap_event_name", *SYSTEM, *FIELDS[1:], "counts_complete"]
    rows = [
        A | {"redcap_event_name": "baseline_arm_1", "patients_sex": "female", "counts_sample_date": "2024-05-03",
             "counts_anc_e9_l": "0.4", "marrows_sample_date": "2024-05-03", "marrows_blasts_pct": "60"},
        A | {"redcap_event_name": "month_1_arm_1", "counts_sample_date": "2024-06-03", "counts_anc_e9_l": "1.4"},
        A | {"redcap_event_name": "month_1_arm_1", "redcap_repeat_instrument": "medications",
             "redcap_repeat_instance": "1", "medications_drug": "posaconazole"},
        {"patient_id": "B", "redcap_event_name": "baseline_arm_1", "counts_complete": "0"},
        {"patient_id": "B", "redcap_event_name": "month_1_arm_1", "counts_complete": "0"},
    ]  # fmt: skip
    found = read_records(export(tmp_path, rows, header))
    registry = found.registry
    assert registry.check().is_empty()
    assert registry.table("patients").select("patient_id", "sex").rows() == [("A", "female"), ("B", None)]
    assert registry.table("counts")["anc_e9_l"].to_list() == [0.4, 1.4]
    assert registry.table("marrows").height == 1
    assert registry.table("medications").height == 1
    fates = {one.field: one.fate for one in found.fields}
    assert fates["redcap_event_name"] is Fate.LEFT
    assert fates["counts_complete"] is Fate.LEFT


def test_a_patient_form_filled_differently_at_two_events_is_a_fault(tmp_path):
    header = ["patient_id", "redcap_event_name", *SYSTEM, *FIELDS[1:]]
    rows = [
        A | {"redcap_event_name": "baseline_arm_1", "patients_sex": "female"},
        A | {"redcap_event_name": "month_1_arm_1", "patients_sex": "male"},
    ]
    registry = read_records(export(tmp_path, rows, header)).registry
    assert registry.table("patients").is_empty()
    assert registry.check().height == 2


def test_every_column_is_told_of_once(tmp_path):
    _rows, header = with_labels([A | {"patients_sex": "female"}])
    states = ["Complete?"] * 3
    text = ",".join(f'"{name}"' for name in [*header, *states, "Our own field"])
    row = ["A", *[""] * (len(header) - 1), "2", "2", "0", "x"]
    file = tmp_path / "export.csv"
    file.write_text(f"{text}\n{','.join(row)}\n", "utf-8")
    found = read_records(file)
    told = [one.field for one in found.fields]
    assert told == [*header, "Complete?", "Our own field"]
    by_field = {one.field: one for one in found.fields}
    assert by_field["Complete?"].filled == 3
    assert by_field["Our own field"].fate is Fate.LEFT

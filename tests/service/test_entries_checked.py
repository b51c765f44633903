"""Facts written by hand: what is added has its types, what cannot be right is refused, and a doubt is shown once more."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from entry_facts import COUNT, SAMPLE, one_of
from sqlalchemy import insert

from service_running import centre_of
from tenfold.records.faults import Used
from tenfold.records.registry import Registry
from tenfold.service.store import schema
from tenfold.service.store.centre import Centre, Patient
from tenfold.service.store.entry import add_patient, faults_of, records_of, write_facts
from tenfold.service.store.imports import store_registry
from tenfold.service.store.outcome import Conflict, NotThere, Refused
from tenfold.service.store.store import Store


def test_a_fact_that_is_added_is_in_the_registry_with_its_types(centre: Centre, patient: Patient) -> None:
    assert write_facts(centre, patient.id, 0, add={"counts": [COUNT]}) == 1
    registry, _ = centre.registry([patient.id])
    row = registry.table("counts").to_dicts()[0]
    assert (row["patient_id"], row["sample_date"], row["platelets_e9_l"]) == ("N-1", date(2024, 3, 1), 120.0)


def test_who_writes_on_an_older_page_is_refused_and_nothing_is_written(centre: Centre, patient: Patient) -> None:
    write_facts(centre, patient.id, 0, add={"counts": [COUNT]})
    with pytest.raises(Conflict):
        write_facts(centre, patient.id, 0, add={"mrd_samples": [SAMPLE]})
    assert [row["kind"] for row in records_of(centre, patient.id)] == ["patients", "counts"]


def test_the_second_of_two_corrections_is_a_conflict_and_not_a_record_that_is_gone(
    centre: Centre, patient: Patient
) -> None:
    write_facts(centre, patient.id, 0, add={"counts": [COUNT]})
    held = one_of(centre, patient.id, "counts")
    write_facts(centre, patient.id, 1, add={"counts": [{**COUNT, "platelets_e9_l": "12"}]}, end=[held])
    with pytest.raises(Conflict):
        write_facts(centre, patient.id, 1, add={"counts": [{**COUNT, "platelets_e9_l": "13"}]}, end=[held])


@pytest.mark.parametrize(
    ("table", "cells", "column"),
    [
        ("counts", {**COUNT, "platelets_e9_l": "1,5"}, "platelets_e9_l"),
        ("counts", {**COUNT, "sample_date": "03/05/2024"}, "sample_date"),
        ("counts", {**COUNT, "sample_date": "1940-01-01"}, "sample_date"),
        ("counts", {**COUNT, "sample_day": "12"}, "sample_day"),
        ("counts", {**COUNT, "platelets": "12"}, "platelets"),
        ("counts", {"platelets_e9_l": "12"}, "sample_date"),
        ("variants", {"vaf": "0.2"}, "gene"),
        ("variants", {"gene": "NPM1", "vaf": "25"}, "vaf"),
        ("events", {"event_date": "2024-03-01", "kind": "relapsed"}, "kind"),
        ("mrd_samples", {**SAMPLE, "scale": None}, "value"),
        ("counts", {**COUNT, "platelets_e9_l": "9" * 5000}, "platelets_e9_l"),
        ("cycles", {}, None),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_column(
    centre: Centre, patient: Patient, table: str, cells: dict[str, Any], column: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        write_facts(centre, patient.id, 0, add={table: [cells]})
    assert refused.value.faults is not None
    assert column in refused.value.faults["column"].to_list()
    assert centre.patient(patient.id).revision == 0


def test_a_remark_is_refused_until_the_writer_has_looked_at_it(centre: Centre, patient: Patient) -> None:
    rare = {"variants": [{"gene": "ZZXQ9", "sample_date": "2024-03-01"}]}
    with pytest.raises(Refused) as refused:
        write_facts(centre, patient.id, 0, add=rare)
    assert refused.value.faults is not None
    assert refused.value.faults["used"].to_list() == [str(Used.KEPT)]
    assert write_facts(centre, patient.id, 0, add=rare, despite_warnings=True) == 1


def test_a_day_that_is_still_to_come_is_a_remark(centre: Centre, patient: Patient) -> None:
    later = {"counts": [{**COUNT, "sample_date": str(date.today() + timedelta(days=300))}]}
    assert "still to come" in faults_of(centre, patient.id, later)["rule"][0]


@pytest.mark.parametrize(
    ("column", "value", "meant"),
    [("creatinine_umol_l", 1.1, "97.2 if it is in mg/dL"), ("bilirubin_umol_l", 0.9, "15.4 if it is in mg/dL")],
)
def test_a_number_that_looks_like_another_unit_is_shown_once_more_and_kept_as_it_is(
    centre: Centre, patient: Patient, column: str, value: float, meant: str
) -> None:
    row = {"chemistry": [{"sample_date": "2024-03-01", column: value}]}
    with pytest.raises(Refused) as refused:
        write_facts(centre, patient.id, 0, add=row)
    assert refused.value.faults is not None
    assert refused.value.faults.select("column", "used").rows() == [(column, str(Used.KEPT))]
    assert meant in refused.value.faults["remedy"][0]
    assert write_facts(centre, patient.id, 0, add=row, despite_warnings=True) == 1


def test_a_sample_long_before_the_diagnosis_is_a_remark_of_the_entry_and_not_of_the_next(
    centre: Centre, patient: Patient
) -> None:
    person = one_of(centre, patient.id, "patients")
    write_facts(centre, patient.id, 0, add={"patients": [{"diagnosis_date": "2024-03-01"}]}, end=[person])
    early = {"marrows": [{"sample_date": "2023-08-01", "blasts_pct": 3}]}
    assert "long before the diagnosis on 2024-03-01" in faults_of(centre, patient.id, early)["rule"][0]
    assert faults_of(centre, patient.id, {"marrows": [{"sample_date": "2024-02-20", "blasts_pct": 60}]}).is_empty()
    write_facts(centre, patient.id, 1, add=early, despite_warnings=True)
    assert faults_of(centre, patient.id, {"counts": [COUNT]}).is_empty()


def test_a_death_before_facts_on_record_is_refused_and_names_them(centre: Centre, patient: Patient) -> None:
    write_facts(centre, patient.id, 0, add={"counts": [COUNT]})
    row = {"sex": "female", "birth_date": "1950-02-03", "death_date": "2024-01-01"}
    held = one_of(centre, patient.id, "patients")
    with pytest.raises(Refused) as refused:
        write_facts(centre, patient.id, 1, add={"patients": [row]}, end=[held])
    assert refused.value.faults is not None
    assert refused.value.faults["file"].to_list() == ["on record, counts"]


def test_what_is_on_record_is_not_written_twice_however_its_numbers_are_written(
    centre: Centre, patient: Patient
) -> None:
    write_facts(centre, patient.id, 0, add={"counts": [COUNT]})
    with pytest.raises(Refused):
        write_facts(centre, patient.id, 1, add={"counts": [{**COUNT, "platelets_e9_l": "120.00"}]})


def test_a_number_of_a_sample_is_its_own_in_the_whole_centre_and_in_no_other(
    centre: Centre, patient: Patient, store: Store
) -> None:
    write_facts(centre, patient.id, 0, add={"mrd_samples": [SAMPLE]})
    with pytest.raises(Refused, match="as it is"):
        write_facts(centre, patient.id, 1, add={"mrd_samples": [{**SAMPLE, "value": "7"}]})
    other = add_patient(centre, {"patient_id": "N-2"})
    with pytest.raises(Refused, match="as it is"):
        write_facts(centre, other.id, 0, add={"mrd_samples": [SAMPLE]})
    south = centre_of(store, "South", "south clinician")
    assert write_facts(south, add_patient(south, {"patient_id": "N-1"}).id, 0, add={"mrd_samples": [SAMPLE]}) == 1


def test_a_correction_that_changes_nothing_is_refused(centre: Centre, patient: Patient) -> None:
    write_facts(centre, patient.id, 0, add={"counts": [COUNT]})
    with pytest.raises(Refused, match="nothing was changed"):
        write_facts(centre, patient.id, 1, add={"counts": [COUNT]}, end=[one_of(centre, patient.id, "counts")])
    with pytest.raises(Refused, match="nothing was changed"):
        write_facts(centre, patient.id, 1)


def test_a_record_of_another_patient_is_not_ended(centre: Centre, patient: Patient) -> None:
    other = add_patient(centre, {"patient_id": "N-2"})
    with pytest.raises(NotThere):
        write_facts(centre, other.id, 0, end=[one_of(centre, patient.id, "patients")])


def test_a_patient_is_there_once(centre: Centre, patient: Patient) -> None:
    with pytest.raises(Refused) as refused:
        add_patient(centre, {"patient_id": " N-1 "})
    assert refused.value.faults is not None
    assert "already" in refused.value.faults["rule"][0]
    with pytest.raises(Refused):
        add_patient(centre, {"patient_id": "x" * 300})
    with pytest.raises(Refused):
        add_patient(centre, {"sex": "female"})


def test_a_patient_whom_no_row_of_patients_names_can_be_written_about(centre: Centre) -> None:
    store_registry(centre, Registry.from_tables({"counts": [{"patient_id": "A", **COUNT}]}), "test")
    key = centre.patients()[0].id
    assert write_facts(centre, key, 0, add={"counts": [{**COUNT, "sample_date": "2024-04-01"}]}) == 1
    assert write_facts(centre, key, 1, add={"patients": [{"sex": "male"}]}) == 2


def test_a_column_that_this_version_does_not_know_makes_no_record_twice(centre: Centre, patient: Patient) -> None:
    content = {"patient_id": "N-1", "sample_date": "2024-03-01", "platelets_e9_l": 120.0, "of_a_newer_version": "x"}
    with centre.writing() as connection:
        row = {"centre": centre.id, "patient": patient.id, "kind": "counts", "content": content}
        change = centre.new_change(connection, "added", patient.id)
        connection.execute(insert(schema.record), [{**row, "added_by": change}])
    write_facts(centre, patient.id, 0, add={"counts": [{**COUNT, "sample_date": "2024-04-01"}]})
    assert [row["kind"] for row in records_of(centre, patient.id)].count("counts") == 2

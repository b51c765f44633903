"""Facts that are written by hand: whatever is added, corrected and withdrawn, the store holds what reading the rest afresh gives."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sqlalchemy import create_engine, insert, make_url, text

from service_running import centre_of
from tenfold.records.faults import Used
from tenfold.records.registry import Registry
from tenfold.records.shape import Axis, Kind
from tenfold.records.tables import TABLES
from tenfold.service.store import accounts, schema
from tenfold.service.store.centre import SET_ASIDE, Centre, Patient
from tenfold.service.store.entry import add_patient, draft, faults_of, history_of, records_of, say_complete, write_facts
from tenfold.service.store.imports import store_registry
from tenfold.service.store.outcome import Conflict, NotThere, Refused
from tenfold.service.store.store import Store, open_store

COUNT = {"sample_date": "2024-03-01", "platelets_e9_l": "120"}
SAMPLE = {"sample_id": "m1", "sample_date": "2024-03-01", "marker": "NPM1", "tissue": "marrow", "value": "0.25",
          "scale": "percent_abl1"}  # fmt: skip


@pytest.fixture
def centre(store: Store) -> Centre:
    return centre_of(store)


@pytest.fixture
def patient(centre: Centre) -> Patient:
    return add_patient(centre, {"patient_id": "N-1", "sex": "female", "birth_date": "1950-02-03"})


def one_of(centre: Centre, key: str, kind: str) -> int:
    return next(row["id"] for row in records_of(centre, key) if row["kind"] == kind)


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


def test_adding_a_row_says_nothing_of_the_others(centre: Centre, patient: Patient) -> None:
    """No row of another patient, or of another day, comes to mean "no" because a table has got its first row."""
    add_patient(centre, {"patient_id": "N-2"})
    write_facts(centre, patient.id, 0, add={"events": [{"event_date": "2024-03-01", "kind": "infection"}]})
    registry, _ = centre.registry()
    assert registry.recorded("events")
    assert registry.complete("events").is_empty()


def test_what_is_stated_complete_is_so_of_that_patient_from_that_day_until_it_is_taken_back(
    centre: Centre, patient: Patient
) -> None:
    add_patient(centre, {"patient_id": "N-2"})
    say_complete(centre, patient.id, 0, "events", True, "2024-01-01")
    complete = centre.registry()[0].complete("events")
    assert complete.to_dicts() == [
        {"patient_id": "N-1", "complete_from_day": (date(2024, 1, 1) - date(1970, 1, 1)).days}
    ]
    say_complete(centre, patient.id, 1, "events", True)
    assert centre.registry()[0].complete("events")["complete_from_day"].to_list() == [None]
    say_complete(centre, patient.id, 2, "events", False)
    assert centre.registry()[0].complete("events").is_empty()
    assert [row["kind"] for row in records_of(centre, patient.id)].count("completeness") == 1
    with pytest.raises(Refused):
        say_complete(centre, patient.id, 3, "events", True, "2024-13-01")
    with pytest.raises(Conflict):
        say_complete(centre, patient.id, 1, "events", True)


def test_a_row_set_aside_keeps_its_table_from_meaning_no_until_it_is_entered(centre: Centre) -> None:
    rows = {"patients": [{"patient_id": "A"}], "events": [{"patient_id": "A", "event_date": "soon", "kind": "relapse"}]}
    store_registry(centre, Registry.from_tables(rows), "test")
    key = centre.patients()[0].id
    assert centre.registry()[0].complete("events").is_empty()
    (aside,) = [row["content"] for row in records_of(centre, key) if row["kind"] == SET_ASIDE]
    assert "soon is not a date" in aside["wrong"][0]
    right = {"event_date": "2024-03-01", "kind": "relapse"}
    write_facts(centre, key, 0, add={"events": [right]}, end=[one_of(centre, key, SET_ASIDE)])
    registry, _ = centre.registry()
    assert registry.set_aside.is_empty()
    assert registry.table("events")["kind"].to_list() == ["relapse"]


def test_history_tells_who_changed_what_and_why_also_of_an_import(centre: Centre) -> None:
    store_registry(centre, Registry.from_tables({"counts": [{"patient_id": "A", **COUNT}]}), "the file of May")
    key = centre.patients()[0].id
    held = one_of(centre, key, "counts")
    write_facts(centre, key, 0, add={"counts": [{**COUNT, "platelets_e9_l": "12"}]}, end=[held], reason="a slip")
    write_facts(centre, key, 1, end=[one_of(centre, key, "counts")], reason="of another patient")
    withdrawn, corrected, imported = history_of(centre, key)
    assert (imported["action"], imported["reason"]) == ("imported", "the file of May")
    assert (corrected["action"], corrected["reason"], corrected["account"]) == (
        "corrected",
        "a slip",
        "north clinician",
    )
    (step,) = corrected["steps"]
    assert [step[when]["content"]["platelets_e9_l"] for when in ("before", "after")] == [120.0, 12.0]
    (step,) = withdrawn["steps"]
    assert step["after"] is None


def test_a_draft_is_never_stored(centre: Centre, patient: Patient) -> None:
    judged, registry = draft(centre, patient.id, {"counts": [COUNT]})
    assert judged.faults.is_empty()
    assert registry is not None
    assert registry.table("counts").height == 1
    assert centre.registry()[0].table("counts").is_empty()
    assert history_of(centre, patient.id)[0]["action"] == "patient added"


def on_postgresql(url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty store in a database of its own."""
    own = make_url(url).set(database="entry_of_facts", drivername="postgresql+psycopg")
    server = create_engine(own.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("create database entry_of_facts"))
    server.dispose()
    monkeypatch.setenv("TENFOLD_SECRET", "0123456789" * 4)
    return open_store(own.set(drivername="postgresql").render_as_string(hide_password=False))


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_of_writers_at_the_same_time_one_writes_and_the_others_are_told(
    where: str, store: Store, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = store if where == "sqlite" else on_postgresql(request.getfixturevalue("postgres"), monkeypatch)
    centre = centre_of(store) if where == "sqlite" else Centre(held, accounts.add_centre(held, "North"), None, "test")
    patient = add_patient(centre, {"patient_id": "N-1"})
    told: list[str] = []
    begin = threading.Barrier(6)

    def write(number: int) -> None:
        begin.wait()
        try:
            write_facts(centre, patient.id, 0, add={"counts": [{**COUNT, "platelets_e9_l": str(number)}]})
            told.append("written")
        except Conflict:
            told.append("conflict")

    def add(_number: int) -> None:
        begin.wait()
        try:
            add_patient(centre, {"patient_id": "N-9"})
            told.append("patient added")
        except Refused:
            told.append("is there already")

    threads = [threading.Thread(target=what, args=(n,)) for n in range(3) for what in (write, add)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    wanted = ["conflict", "conflict", "is there already", "is there already", "patient added", "written"]
    assert sorted(told) == wanted
    assert centre.registry()[0].table("counts").height == 1
    held.engine.dispose()


WORTH = {Kind.NUMBER: "0.5", Kind.COUNT: "1", Kind.YESNO: "no", Kind.TEXT: "as written", Kind.GENE: "NPM1",
         Kind.MARKER: "RUNX1::RUNX1T1", Kind.DRUGS: "azacitidine + venetoclax"}  # fmt: skip
WRITTEN = [name for name in TABLES if name not in ("patients", "completeness")]


@st.composite
def facts(draw: st.DrawFn, axis: Axis) -> tuple[str, dict[str, Any]]:
    """A row of any table, some of its cells left empty."""
    table = TABLES[draw(st.sampled_from(WRITTEN))]
    cells: dict[str, Any] = {}
    for column in table.columns:
        if column.name in ("patient_id", "sequence", "end_date", "reported_date", "immunosuppression_end_date"):
            continue
        if not (column.required or column.name == table.dated_by or draw(st.booleans())):
            continue
        if column.kind is Kind.DATE:
            day = draw(st.integers(0, 700))
            cells[column.named(axis)] = day if axis == "relative" else str(date(2022, 1, 1) + timedelta(days=day))
        elif column.words is not None:
            cells[column.name] = str(draw(st.sampled_from(list(column.words))))
        else:
            cells[column.name] = WORTH[column.kind]
    if "sample_id" in cells:
        cells["sample_id"] = f"m{draw(st.integers(0, 3))}"
    return table.name, cells


@pytest.mark.parametrize("axis", ["calendar", "relative"])
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_sequence_of_writing_gives_what_the_remaining_rows_give_when_read_afresh(
    axis: Axis, store: Store, data: st.DataObject
) -> None:
    centre = centre_of(store, "North" if axis == "calendar" else "South")
    if axis == "relative" and not centre.patients():
        store_registry(centre, Registry.from_tables({"patients": [{"patient_id": "first"}]}, relative=True), "test")
    number = len(centre.patients())
    patient = add_patient(centre, {"patient_id": f"P-{number}"}, despite_warnings=True)
    rows: dict[int, tuple[str, dict[str, Any]]] = {}
    revision, told = 0, set()
    for _ in range(data.draw(st.integers(1, 5))):
        ended = data.draw(st.sampled_from(sorted(rows))) if rows and data.draw(st.booleans()) else None
        new = None if ended is not None and data.draw(st.booleans()) else data.draw(facts(axis))
        if new is not None and "sample_id" in new[1]:
            new[1]["sample_id"] += f"-{axis}-{number}"
        before = {row["id"] for row in records_of(centre, patient.id)}
        try:
            revision = write_facts(
                centre,
                patient.id,
                revision,
                add={} if new is None else {new[0]: [new[1]]},
                end=[] if ended is None else [ended],
                despite_warnings=True,
            )
        except Refused:
            assert {row["id"] for row in records_of(centre, patient.id)} == before
            continue
        if ended is not None:
            del rows[ended]
        if new is not None:
            (added,) = {row["id"] for row in records_of(centre, patient.id)} - before
            rows[added] = new
        told.add(revision)
    remaining: dict[str, list[dict[str, Any]]] = {"patients": [{"patient_id": patient.patient_id}]}
    for name, cells in rows.values():
        remaining.setdefault(name, []).append({"patient_id": patient.patient_id, **cells})
    afresh = Registry.from_tables(remaining, relative=axis == "relative")
    held, _ = centre.registry([patient.id])
    assert afresh.set_aside.is_empty()
    for name in TABLES:
        if name != "completeness":
            order = list(TABLES[name].schema(axis))
            assert_frame_equal(held.table(name).sort(order), afresh.table(name).sort(order))
            assert held.complete(name).is_empty()
    assert held.set_aside.is_empty()
    with centre.reading() as connection:
        assert centre.find(connection, patient.id).revision == revision
    assert len(history_of(centre, patient.id)) == 1 + len(told)


def test_null_stays_null(centre: Centre, patient: Patient) -> None:
    """A yes or no that was left open is not known after storing, correcting and reading back."""
    write_facts(centre, patient.id, 0, add={"marrows": [{"sample_date": "2024-03-01", "evaluable": ""}]})
    held = one_of(centre, patient.id, "marrows")
    corrected = {"sample_date": "2024-03-01", "evaluable": None, "blasts_pct": "3"}
    write_facts(centre, patient.id, 1, add={"marrows": [corrected]}, end=[held])
    marrow = centre.registry()[0].table("marrows")
    assert marrow.select(pl.col("evaluable", "spicules", "auer_rods").is_null().all()).row(0) == (True, True, True)

"""Whatever is added, corrected and withdrawn, also by many at once, the store holds what reading the rest afresh gives."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from entry_facts import COUNT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sqlalchemy import create_engine, make_url, text

from service_running import centre_of
from tenfold.records.registry import Registry
from tenfold.records.shape import Axis, Kind
from tenfold.records.tables import TABLES
from tenfold.service.store import accounts
from tenfold.service.store.centre import Centre
from tenfold.service.store.entry import add_patient, history_of, records_of, write_facts
from tenfold.service.store.imports import store_registry
from tenfold.service.store.outcome import Conflict, Refused
from tenfold.service.store.store import Store, open_store


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

"""Files that hold a part of what there is, or an older state of it: they make nothing complete and undo nothing by themselves."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import update

from service_running import Client, centre_of
from store_tables import a_centre, opened
from tenfold.records import Registry
from tenfold.service.forgetting import forgetting
from tenfold.service.store import pending, schema
from tenfold.service.store.backup import back_up
from tenfold.service.store.centre import Centre, now
from tenfold.service.store.completing import NOTHING_WHOLE, Choice
from tenfold.service.store.entry import records_of, say_complete, write_facts
from tenfold.service.store.imports import Planned, plan, store_registry
from tenfold.service.store.store import Store

BOTH = [{"patient_id": name, "diagnosis_date": "2024-01-10"} for name in ("P1", "P2")]
RELAPSE = {"patient_id": "P2", "event_date": "2025-10-01", "kind": "relapse"}
SAMPLE = {"patient_id": "P1", "marker": "NPM1", "tissue": "marrow", "method": "rt-qpcr", "scale": "percent_abl1"}
S1 = {**SAMPLE, "sample_id": "S1", "sample_date": "2024-06-01", "value": 25.0}
S2 = {**SAMPLE, "sample_id": "S2", "sample_date": "2024-09-01", "value": 0.01}
COUNT = {"patient_id": "P1", "sample_date": "2024-06-01", "anc_e9_l": 5.0}
PART = Registry.from_tables({"patients": BOTH, "events": [RELAPSE]})
CUMULATIVE = Registry.from_tables({"patients": BOTH, "mrd_samples": [S1, S2], "counts": [COUNT]})


def whole(centre: Centre, table: str) -> list[str]:
    return centre.registry()[0].complete(table)["patient_id"].to_list()


def key_of(centre: Centre, name: str) -> str:
    return next(one.id for one in centre.patients() if one.patient_id == name)


def correct(centre: Centre, kind: str, was: dict[str, object], now: dict[str, object] | None) -> None:
    key = key_of(centre, str(was["patient_id"]))
    (old,) = [one for one in records_of(centre, key) if one["kind"] == kind and was.items() <= one["content"].items()]
    add = {} if now is None else {kind: [{**old["content"], **now}]}
    revision = centre.patient(key).revision
    write_facts(centre, key, revision, add=add, end=[old["id"]], reason="a slip", despite_warnings=True)


def again(centre: Centre, registry: Registry = CUMULATIVE, **choice: frozenset[str]) -> Planned:
    return store_registry(
        centre, registry, "again", choice=Choice(whole=frozenset()) if not choice else Choice(**choice)
    )


def test_a_file_with_some_rows_of_a_table_makes_it_complete_for_nobody(store: Store) -> None:
    centre = centre_of(store)
    planned = plan(centre, PART, NOTHING_WHOLE)
    assert (planned.claims["events"].offered, planned.claims["events"].bare) == (2, 1)
    again(centre, PART)
    assert whole(centre, "events") == whole(centre, "patients") == []
    again(centre, PART, whole=frozenset({"events"}))
    assert whole(centre, "events") == ["P1", "P2"]
    assert whole(centre, "patients") == []


def test_what_a_file_states_itself_is_kept_of_those_of_whom_it_states_it(store: Store) -> None:
    centre = centre_of(store)
    said = [{"patient_id": "P2", "table": "events", "complete": True}]
    again(centre, Registry.from_tables({"patients": BOTH, "events": [RELAPSE], "completeness": said}))
    assert whole(centre, "events") == ["P2"]


def test_of_a_table_that_the_file_does_not_hold_it_can_say_what_may_be_lacking_and_not_that_all_is_there(
    store: Store,
) -> None:
    centre = centre_of(store)
    again(centre, PART, whole=frozenset({"events"}))
    said = [
        {"patient_id": "P1", "table": "events", "complete": False},
        {"patient_id": None, "table": "transplants", "complete": True},
        {"patient_id": "P2", "table": "transplants", "complete": False},
    ]
    part = Registry.from_tables({"patients": BOTH, "completeness": said})
    assert plan(centre, part, NOTHING_WHOLE).claims["transplants"].absent == 1
    again(centre, part)
    assert whole(centre, "events") == ["P2"]
    assert whole(centre, "transplants") == []


def test_a_record_that_may_lack_something_is_raised_only_where_that_is_asked_for(store: Store) -> None:
    centre = centre_of(store)
    again(centre, PART)
    say_complete(centre, key_of(centre, "P1"), 0, "events", False, reason="outside notes are missing")
    ticked = frozenset({"events"})
    assert plan(centre, PART, Choice(whole=ticked)).claims["events"].doubted == 1
    for choice in (Choice(whole=ticked), Choice()):
        store_registry(centre, PART, "again", choice=choice)
        assert whole(centre, "events") == ["P2"]
    said = [{"patient_id": "P1", "table": "events", "complete": True}]
    stated = Registry.from_tables({"patients": BOTH, "events": [RELAPSE], "completeness": said})
    again(centre, stated)
    assert whole(centre, "events") == ["P2"]
    again(centre, stated, whole=frozenset(), raised=ticked)
    assert whole(centre, "events") == ["P1", "P2"]


def test_what_was_corrected_or_withdrawn_by_hand_is_held_back_until_it_is_taken_all_the_same(url: str) -> None:
    with opened(url) as store:
        centre = a_centre(store)
        again(centre)
        correct(centre, "mrd_samples", {"patient_id": "P1", "sample_id": "S1"}, {"value": 0.25})
        correct(centre, "mrd_samples", {"patient_id": "P1", "sample_id": "S2"}, None)
        correct(centre, "counts", {"patient_id": "P1", "anc_e9_l": 5.0}, {"anc_e9_l": 0.5})
        before = centre.registry()[0].tables
        for _ in range(2):
            done = again(centre)
            assert (done.added, done.merged) == ({}, {})
        assert {name: frame.rows() for name, frame in centre.registry()[0].tables.items()} == {
            name: frame.rows() for name, frame in before.items()
        }
        found = {(one.kind, one.row.get("sample_id"), one.action, one.reason) for one in done.held_back}
        assert found == {
            ("mrd_samples", "S1", "corrected", "a slip"),
            ("mrd_samples", "S2", "withdrawn", "a slip"),
            ("counts", None, "corrected", "a slip"),
        }
        assert [one.now for one in done.held_back if one.cells == {"value": 25.0}] == [{"value": 0.25}]
        taken = frozenset(one.key for one in done.held_back if one.row.get("sample_id") == "S2")
        assert again(centre, whole=frozenset(), taken=taken).added == {"mrd_samples": 1}
        assert centre.registry()[0].table("mrd_samples")["value"].to_list() == [0.25, 0.01]


def test_what_was_withdrawn_and_entered_anew_or_renumbered_stands_against_the_file_in_any_number_of_steps(
    store: Store,
) -> None:
    centre = centre_of(store)
    again(centre)
    enter = partial(write_facts, centre, key_of(centre, "P1"), reason="anew", despite_warnings=True)
    correct(centre, "mrd_samples", {"patient_id": "P1", "sample_id": "S1"}, {"value": 0.4})
    correct(centre, "mrd_samples", {"patient_id": "P1", "sample_id": "S1"}, None)
    correct(centre, "mrd_samples", {"patient_id": "P1", "sample_id": "S2"}, {"sample_id": "S2b"})
    right = {**S2, "sample_date": "2024-10-01", "value": 0.5}
    enter(centre.patient(key_of(centre, "P1")).revision, add={"mrd_samples": [{**S1, "value": 0.25}, right]})
    before = sorted(centre.registry()[0].table("mrd_samples").rows())
    # What the file says more of the sample that has another number now does not go into the one that has its number.
    said = [S1, {**S2, "reported_date": "2024-09-09"}]
    done = again(centre, Registry.from_tables({"patients": BOTH, "mrd_samples": said, "counts": [COUNT]}))
    assert (done.added, done.merged) == ({}, {})
    assert [(one.cells, one.now) for one in done.held_back] == [
        ({"value": 25.0}, {"value": 0.25}),
        (
            {"sample_date": "2024-09-01", "value": 0.01, "reported_date": "2024-09-09"},
            {"sample_date": "2024-10-01", "value": 0.5, "reported_date": None},
        ),
    ]
    assert sorted(centre.registry()[0].table("mrd_samples").rows()) == before
    news = Registry.from_tables(
        {"patients": BOTH, "mrd_samples": [{**S1, "reported_date": "2024-06-09", "value": 0.25}]}
    )
    assert [step.cells() for step in plan(centre, news, NOTHING_WHOLE).changes] == [
        [("reported_date", None, "2024-06-09")]
    ]


def test_beside_a_corrected_cell_the_other_cells_of_its_row_are_merged(store: Store) -> None:
    centre = centre_of(store)
    again(centre)
    correct(centre, "patients", {"patient_id": "P1"}, {"diagnosis_date": "2024-01-20"})
    later = Registry.from_tables({"patients": [{**BOTH[0], "sex": "female", "death_date": "2025-02-02"}]})
    planned = plan(centre, later, NOTHING_WHOLE)
    assert [step.cells() for step in planned.changes] == [[("sex", None, "female"), ("death_date", None, "2025-02-02")]]
    assert [(one.cells, one.now) for one in planned.held_back] == [
        ({"diagnosis_date": "2024-01-10"}, {"diagnosis_date": "2024-01-20"})
    ]
    again(centre, later)
    row = centre.registry()[0].patient("P1").table("patients").row(0, named=True)
    assert (str(row["diagnosis_date"]), row["sex"], str(row["death_date"])) == ("2024-01-20", "female", "2025-02-02")


def test_what_an_import_itself_replaced_is_not_held_back(store: Store) -> None:
    centre = centre_of(store)
    for value in (25.0, 24.0, 25.0):
        registry = Registry.from_tables({"patients": BOTH, "mrd_samples": [{**S1, "value": value}]})
        assert again(centre, registry).held_back == []
        assert centre.registry()[0].table("mrd_samples")["value"].to_list() == [value]


def test_the_page_asks_what_is_complete_and_shows_what_is_held_back(
    client: Callable[..., Client], store: Store
) -> None:
    one, centre = client("data manager"), centre_of(store)
    again(centre)
    correct(centre, "mrd_samples", {"patient_id": "P1", "sample_id": "S2"}, None)
    sent = "sample_id,patient_id,sample_date,tissue,marker,value,scale,method\n"
    sent += (
        "S1,P1,2024-06-01,marrow,NPM1,26,percent_abl1,rt-qpcr\nS2,P1,2024-09-01,marrow,NPM1,0.01,percent_abl1,rt-qpcr\n"
    )
    address = one.post_form("/import", files=[("files", ("mrd_samples.csv", sent))]).headers["location"]
    for _ in range(40):
        if "data-poll" not in (page := one.get(address).text):
            break
    for said in ("withdrawn on", "a slip", "mrd samples: it would become complete for 1 patient<", 'data-label="old"'):
        assert said in page
    assert " checked" not in page
    listed = one.get(f"{address}/changes.csv").text
    assert "merged,P1,mrd samples,S1,value,25.0,26.0," in listed
    assert 'held back,P1,mrd samples,S2,value,nothing,0.01,"withdrawn on' in listed
    revision = page.split('name="revision" value="')[1].split('"')[0]
    assert one.post_form(f"{address}/store", {"revision": revision, "whole": "mrd_samples"}).status_code == 303
    assert whole(centre, "mrd_samples") == ["P1"]
    assert centre.registry()[0].table("mrd_samples").select("sample_id", "value").rows() == [("S1", 26.0)]


def test_an_upload_that_nobody_stored_is_gone_after_a_day_from_the_files_too(store: Store, tmp_path: Path) -> None:
    pending.keep(centre_of(store), "x.csv", b"patient_id,surname\nP1,SMITHSON\n")
    back_up(store.engine, store.secret, tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        assert "tables/pending_import.ndjson" not in archive.namelist()
    with store.writing() as connection:
        connection.execute(update(schema.pending_import).values(at=now() - timedelta(days=2)))
    place = Path(str(store.engine.url.database))

    def found() -> bool:
        return any(b"SMITHSON" in file.read_bytes() for file in place.parent.glob(f"{place.name}*"))

    async def served() -> None:
        async with forgetting(store, every=0.05)(None):
            for _ in range(100):
                await asyncio.sleep(0.05)
                if not found():
                    break

    assert found()
    # In a thread of its own: a browser's test may have left a loop running in this one.
    ThreadPoolExecutor(1).submit(asyncio.run, served()).result()
    assert not found()

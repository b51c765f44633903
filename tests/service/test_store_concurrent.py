"""Several writers at once: on one patient all but one are told, two imports are both whole, and nobody is told "locked"."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.exc import OperationalError

from store_killed import go, started
from store_tables import a_centre, a_sample, opened, patients
from tenfold.records import Registry
from tenfold.service.store import accounts
from tenfold.service.store.entry import add_patient, write_facts
from tenfold.service.store.imports import plan, store_registry
from tenfold.service.store.outcome import Conflict, Refused

WRITERS = 6


def day(number: int) -> str:
    return (date(2023, 6, 1) + timedelta(number)).isoformat()


def test_of_threads_that_edit_one_patient_one_writes_and_the_others_are_told(url: str) -> None:
    with opened(url) as store:
        centre = a_centre(store)
        store_registry(centre, patients("p"), "first")
        patient = centre.patients()[0]
        barrier = Barrier(WRITERS)

        def edit(number: int) -> str:
            barrier.wait()
            try:
                row = {"sample_date": day(number), "platelets_e9_l": 50.0 + number}
                write_facts(centre, patient.id, patient.revision, add={"counts": [row]})
            except Conflict:
                return "conflict"
            return "written"

        with ThreadPoolExecutor(WRITERS) as pool:
            said = list(pool.map(edit, range(WRITERS)))
        assert sorted(said) == ["conflict"] * (WRITERS - 1) + ["written"]
        registry, _ = centre.registry()
        written = 50.0 + said.index("written")
        assert sorted(registry.table("counts")["platelets_e9_l"]) == sorted([210.5, written])
        assert centre.patients()[0].revision == patient.revision + 1
        with store.reading() as connection:
            assert store.trail.verify(connection).broken is None


def test_of_processes_that_edit_one_patient_one_writes_and_the_others_are_told(url: str) -> None:
    with opened(url) as store, ExitStack() as stack:
        centre = a_centre(store)
        store_registry(centre, patients("p"), "first")
        patient = centre.patients()[0]
        children = [
            stack.enter_context(started("edit", url, f"c{n}", patient.id, str(patient.revision), day(n)))
            for n in range(3)
        ]
        for child in children:
            go(child)
        said = [child.communicate(timeout=60)[0].strip() for child in children]
        assert sorted(said) == ["conflict", "conflict", "written"]
        assert centre.registry()[0].table("counts").height == 2


def test_imports_at_once_by_threads_are_all_whole(url: str) -> None:
    with opened(url) as store:
        centre = a_centre(store)
        barrier = Barrier(4)

        def bring(number: int) -> None:
            barrier.wait()
            # One patient is in all of them, with a sample of each.
            shared = [a_sample("shared", day(number))]
            store_registry(centre, patients("shared", f"own{number}", mrd_samples=shared), f"import {number}")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(bring, range(4)))
        registry, revision = centre.registry()
        assert registry.patient_ids()["patient_id"].to_list() == ["own0", "own1", "own2", "own3", "shared"]
        assert registry.table("patients").height == 5
        assert registry.table("counts").height == 5
        assert registry.table("mrd_samples").height == 5 + 4
        assert revision == 4


def test_imports_at_once_by_processes_are_all_whole(url: str, tmp_path: Path) -> None:
    patients("p", "q").write(tmp_path / "records", "parquet")
    with opened(url) as store, ExitStack() as stack:
        a_centre(store)
        children = [
            stack.enter_context(started("import once", url, f"c{n}", str(tmp_path / "records"))) for n in range(3)
        ]
        for child in children:
            go(child)
        said = [child.communicate(timeout=60)[0].strip() for child in children]
        assert said == ["c0-0-", "c1-0-", "c2-0-"]
        registry, _ = a_centre(store).registry()
        assert registry.table("mrd_samples").height == 6
        assert registry.complete("mrd_samples").height == 6


def test_an_import_that_was_looked_at_conflicts_with_what_was_written_since(url: str) -> None:
    with opened(url) as store:
        centre = a_centre(store)
        looked = plan(centre, patients("p"))
        store_registry(centre, patients("q"), "somebody else's")
        with pytest.raises(Conflict, match="look at it again"):
            store_registry(centre, patients("p"), "mine", looked.revision)
        assert [one.patient_id for one in centre.patients()] == ["q"]
        store_registry(centre, patients("p"), "mine", plan(centre, patients("p")).revision)


def test_one_patient_added_by_many_at_once_is_there_once(url: str) -> None:
    with opened(url) as store:
        centre = a_centre(store)
        barrier = Barrier(WRITERS)

        def add(_: int) -> str:
            barrier.wait()
            try:
                add_patient(centre, {"patient_id": "p"})
            except (Conflict, Refused):
                return "told"
            return "added"

        with ThreadPoolExecutor(WRITERS) as pool:
            assert sorted(pool.map(add, range(WRITERS))) == ["added"] + ["told"] * (WRITERS - 1)
        assert len(centre.patients()) == 1


def test_forty_writers_and_readers_wait_for_each_other_and_nobody_is_refused(url: str) -> None:
    with opened(url) as store:
        centres = [a_centre(store, name) for name in ("North", "South")]

        def work(number: int) -> None:
            mine = centres[number % 2]
            if number % 4 == 0:
                store_registry(mine, Registry.from_tables({"patients": [{"patient_id": f"p{number}"}]}), "import")
            elif number % 4 == 1:
                add_patient(mine, {"patient_id": f"p{number}"})
            else:
                mine.registry()
                accounts.centres(store)

        with ThreadPoolExecutor(40) as pool:
            list(pool.map(work, range(80)))
        assert sum(len(one.patients()) for one in centres) == 40
        with store.reading() as connection:
            assert store.trail.verify(connection).broken is None


def test_a_writer_who_waits_in_vain_is_told_and_the_next_one_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.service.store.engine.BUSY_MILLISECONDS", 50)
    with opened(f"sqlite:///{tmp_path}/s.db") as store:
        centre = a_centre(store)
        with centre.writing(), pytest.raises(OperationalError, match="locked"):
            add_patient(centre, {"patient_id": "p"})
        add_patient(centre, {"patient_id": "p"})

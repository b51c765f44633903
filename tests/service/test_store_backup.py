"""A backup holds all of a store, and a restored store is that store: in either database, from either."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import insert, text
from typer.testing import CliRunner

from same_answers import frames_of
from service_running import PASSWORD
from store_tables import SECRET, Row, a_centre, everything, held, new_database, opened, patients
from tenfold.assessment import assess
from tenfold.cli.serve import app
from tenfold.exchange.published import published
from tenfold.service.access.permissions import Role
from tenfold.service.store import accounts, schema
from tenfold.service.store.backup import MANIFEST, back_up, member
from tenfold.service.store.centre import now
from tenfold.service.store.engine import StoreError, migrate, newest, open_engine, shape_of, shapes
from tenfold.service.store.entry import write_facts
from tenfold.service.store.imports import store_registry
from tenfold.service.store.restore import restore
from tenfold.service.store.store import Store


@pytest.fixture(autouse=True)
def _one_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_SECRET", SECRET)


def filled(url: str) -> Store:
    """Fill a store with a row of every kind there is: numbers that are not round, bytes, moments, letters of all sorts."""
    with opened(url) as store:
        north, south = a_centre(store), a_centre(store, "Süd \u2028 '\"; DROP TABLE centre")
        somebody = accounts.add_account(store, "somebody", PASSWORD, [Role.CLINICIAN, Role.DATA_MANAGER], north.id)
        accounts.keep_second_factor(store, somebody.id, "JBSWY3DPEHPK3PXP", "somebody")
        store_registry(north, patients("p", "q"), "first")
        store_registry(south, published().select(["tiong-1", "thol-1"]), "the published")
        patient = north.patients()[0]
        row: Row = {"sample_date": "2023-07-01", "platelets_e9_l": 0.1 + 0.2}
        write_facts(north, patient.id, patient.revision, add={"counts": [row]}, reason="é 👩‍⚕️ \\ \n")
        run: Row = {
            "id": "r" * 32,
            "account": somebody.id,
            "at": now(),
            "filename": "run.csv",
            "content": bytes(range(256)),
        }
        meeting: Row = {"id": "m" * 32, "on": "2023-08-01", "title": "Board", "account": somebody.id, "at": now()}
        with north.writing() as connection:
            connection.execute(insert(schema.laboratory_run).values(centre=north.id, **run))
            connection.execute(insert(schema.meeting).values(centre=north.id, **meeting))
            asked: Row = {"meeting": "m" * 32, "patient": patient.id, "question": "?"}
            connection.execute(insert(schema.meeting_patient).values(centre=north.id, **asked))
    return store


def test_a_backup_restores_into_either_database_with_everything(url: str, tmp_path: Path, postgres: str) -> None:
    filled(url)
    file = tmp_path / "b.zip"
    with opened(url) as store:
        before = held(store)
        answers = [frames_of(assess(a_centre(store, name).registry()[0])) for name in accounts.centres(store)]
        made = back_up(store.engine, store.secret, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {one.name: one.rows for one in made.tables} == {name: len(rows) for name, rows in before.items()}
    for other in (f"sqlite:///{tmp_path}/restored.db", new_database(postgres)):
        restore(open_engine(other), SECRET.encode(), file)
        with opened(other) as store:
            with store.reading() as connection:
                assert everything(connection) == before
                found = store.trail.verify(connection, made.seal)
            assert (found.entries, found.broken) == (made.entries, None)
            again = [frames_of(assess(a_centre(store, name).registry()[0])) for name in accounts.centres(store)]
            for old, new in zip(answers, again, strict=True):
                assert all(frame.equals(new[name]) for name, frame in old.items())
            kept = accounts.account_named(store, "somebody")
            assert kept is not None
            assert kept["second_factor"] == "JBSWY3DPEHPK3PXP"
            # Life goes on: new numbers do not collide with restored ones.
            store_registry(a_centre(store), patients("r"), "after")
            accounts.add_account(store, "another", PASSWORD, [Role.VIEWER], a_centre(store).id)


def test_a_backup_that_is_written_while_others_write_is_of_one_moment(url: str, tmp_path: Path) -> None:
    with opened(url) as store:
        centre = a_centre(store)
        enough = Event()

        def write() -> None:
            number = 0
            while not enough.is_set():
                store_registry(centre, patients(f"p{number}"), "meanwhile")
                number += 1

        thread = Thread(target=write)
        thread.start()
        try:
            files = [tmp_path / f"{number}.zip" for number in range(3)]
            for file in files:
                back_up(store.engine, store.secret, file)
        finally:
            enough.set()
            thread.join()
        for number, file in enumerate(files):
            other = f"sqlite:///{tmp_path}/{number}.db"
            restore(open_engine(other), store.secret, file)
            with zipfile.ZipFile(file) as archive:
                tables = {
                    name: archive.read(member(name)).count(b"\n") for name in ("patient", "record", "change", "audit")
                }
            # A patient has four rows in three tables with what is complete of each; a change and an entry are one each.
            assert tables["record"] == 6 * tables["patient"]
            assert tables["change"] == tables["patient"] == tables["audit"] - 1


def test_a_backup_of_an_older_shape_restores_into_the_newest(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path}/s.db", tmp_path / "b.zip"
    filled(url)
    with opened(url) as store:
        before = held(store)
        migrate(store.engine, shapes()[0])
        assert back_up(store.engine, store.secret, file).shape == shapes()[0]
    other = open_engine(f"sqlite:///{tmp_path}/o.db")
    restore(other, SECRET.encode(), file)
    assert shape_of(other) == newest()
    with opened(f"sqlite:///{tmp_path}/o.db") as store:
        assert held(store) == before


def changed(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A copy of a backup with its parts changed."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    other = file.with_name("changed.zip")
    with zipfile.ZipFile(other, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return other


def _said(parts: dict[str, bytes], **values: object) -> None:
    parts[MANIFEST] = json.dumps({**json.loads(parts[MANIFEST]), **values}).encode()


DAMAGED: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "a cell changed": (
        lambda parts: parts.update({member("record"): parts[member("record")].replace(b"210.5", b"211.5")}),
        "record is not what was written",
    ),
    "a row gone": (
        lambda parts: parts.update({member("audit"): parts[member("audit")].split(b"\n", 1)[1]}),
        "audit is not what was written",
    ),
    "a table gone": (lambda parts: parts.pop(member("patient")), "is no backup of a store, or is damaged"),
    "no manifest": (lambda parts: parts.pop(MANIFEST), "is no backup of a store"),
    "a manifest changed": (lambda parts: _said(parts, entries=1), "does not fit the secret"),
    "a newer format": (lambda parts: _said(parts, version=2), "newer version"),
    "a newer shape": (lambda parts: _said(parts, shape="9999"), "newer version"),
    "of something else": (lambda parts: _said(parts, kind="holiday pictures"), "of something else"),
}


@pytest.mark.parametrize(("damage", "said"), DAMAGED.values(), ids=list(DAMAGED))
def test_a_backup_that_was_changed_is_refused_and_nothing_is_restored(
    tmp_path: Path, damage: Callable[[dict[str, bytes]], None], said: str
) -> None:
    file = tmp_path / "b.zip"
    with opened(f"sqlite:///{tmp_path}/s.db") as store:
        store_registry(a_centre(store), patients("p"), "first")
        back_up(store.engine, store.secret, file)
    other = open_engine(f"sqlite:///{tmp_path}/o.db")
    with pytest.raises(StoreError, match=said):
        restore(other, SECRET.encode(), changed(file, damage))
    assert shape_of(other) is None
    torn = tmp_path / "torn.zip"
    torn.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(StoreError, match="no backup of a store, or is damaged"):
        restore(other, SECRET.encode(), torn)


def test_a_backup_goes_only_into_an_empty_store_and_only_with_its_secret(url: str, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    with opened(url) as store:
        a_centre(store)
        back_up(store.engine, store.secret, file)
        with pytest.raises(StoreError, match="is there already"):
            back_up(store.engine, store.secret, file)
        with pytest.raises(StoreError, match="not empty"):
            restore(store.engine, store.secret, file)
    with pytest.raises(StoreError, match="is needed, and is not in the backup"):
        restore(open_engine(f"sqlite:///{tmp_path}/o.db"), b"another secret, as long as it may be", file)
    with opened(f"sqlite:///{tmp_path}/o.db") as empty:
        restore(empty.engine, SECRET.encode(), file)
        assert list(accounts.centres(empty)) == ["North"]


def test_a_broken_trail_is_backed_up_as_it_is_and_restored_only_where_that_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    with opened(f"sqlite:///{tmp_path}/s.db") as store:
        for name in ("North", "South", "East"):
            a_centre(store, name)
        with store.writing() as connection:
            connection.execute(text("DROP TRIGGER audit_kept"))
            connection.execute(text("UPDATE audit SET action = 'nothing' WHERE id = 2"))
        assert "entry 2" in str(back_up(store.engine, store.secret, file).broken)
    other = open_engine(f"sqlite:///{tmp_path}/o.db")
    with pytest.raises(StoreError, match="was broken already"):
        restore(other, SECRET.encode(), file)
    restore(other, SECRET.encode(), file, accept_broken=True)


def test_the_commands_back_up_and_restore_and_say_that_the_secret_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TENFOLD_SECRET")
    run = CliRunner().invoke
    url, other, file = f"sqlite:///{tmp_path}/s.db", f"sqlite:///{tmp_path}/new/o.db", tmp_path / "b.zip"
    assert "there is no store at" in run(app, ["upgrade", "--store", url]).output
    with opened(url) as store:
        store_registry(a_centre(store), patients("p"), "first")
    made = run(app, ["backup", str(file), "--store", url])
    assert made.exit_code == 0
    assert "not in the backup" in made.stdout
    assert (tmp_path / "s.secret").read_text() not in "".join(
        str(zipfile.ZipFile(file).read(n)) for n in zipfile.ZipFile(file).namelist()
    )
    refused = run(app, ["restore", str(file), "--store", other])
    assert refused.exit_code == 2
    assert "TENFOLD_SECRET" in refused.output
    (tmp_path / "new" / "o.secret").write_text((tmp_path / "s.secret").read_text())
    assert run(app, ["restore", str(file), "--store", other]).exit_code == 0
    assert run(app, ["verify-audit", "--store", other]).exit_code == 0
    assert "already" in run(app, ["upgrade", "--store", other]).stdout

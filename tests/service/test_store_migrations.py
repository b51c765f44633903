"""The store's shape: up and down with what it holds, on either database; and how a store is opened."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from store_tables import SECRET, a_centre, held, opened, patients
from tenfold.service.store.engine import StoreError, migrate, newest, open_engine, rules_missing, shape_of, shapes
from tenfold.service.store.imports import store_registry
from tenfold.service.store.schema import metadata
from tenfold.service.store.store import open_store


def test_the_newest_shape_is_what_the_program_takes_it_for(url: str) -> None:
    with opened(url) as store, store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_store_goes_down_and_up_again_and_keeps_what_it_holds(url: str) -> None:
    with opened(url) as store:
        store_registry(a_centre(store), patients("p", "q"), "first")
        before = held(store)
        migrate(store.engine, shapes()[0])
        assert shape_of(store.engine) == shapes()[0]
        assert held(store) == before
        with pytest.raises(StoreError, match="tenfold store upgrade"):
            open_store(url)
        migrate(store.engine)
        assert held(store) == before
        with store.reading() as connection:
            assert rules_missing(connection) == []
            assert store.trail.verify(connection).broken is None


def test_all_the_way_down_nothing_is_left_and_all_the_way_up_it_works_again(url: str) -> None:
    with opened(url) as store:
        migrate(store.engine, "base")
        with store.reading() as connection:
            tables = {row[0] for row in connection.execute(text(_tables(store.engine.dialect.name)))}
        assert tables == {"alembic_version"}
        migrate(store.engine)
        a_centre(store)


def _tables(dialect: str) -> str:
    if dialect == "sqlite":
        return "SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')"
    return "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


def test_a_migration_that_fails_changes_nothing(url: str) -> None:
    with opened(url) as store:
        migrate(store.engine, shapes()[0])
        with store.writing() as connection:
            connection.execute(text("CREATE TABLE tenfold_in_the_way (id integer)"))
            if store.engine.dialect.name == "sqlite":
                connection.execute(
                    text("CREATE TRIGGER record_kept BEFORE DELETE ON tenfold_in_the_way BEGIN SELECT 1; END")
                )
            else:
                connection.execute(
                    text("CREATE FUNCTION tenfold_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'")
                )
        with pytest.raises(StoreError, match="keeps shape 0001"):
            migrate(store.engine)
        assert shape_of(store.engine) == shapes()[0]
        with store.reading() as connection:
            assert "audit_kept" in rules_missing(connection)


def test_two_that_open_an_empty_store_at_once_both_find_it_ready(url: str) -> None:
    def one(_: int) -> str | None:
        with opened(url) as store:
            return shape_of(store.engine)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, range(4))) == {newest()}


def test_processes_that_open_an_empty_store_in_a_file_at_once_share_one_secret(tmp_path: Path) -> None:
    code = (
        "import sys; from tenfold.service.store.store import open_store; print(open_store(sys.argv[1]).secret.decode())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, f"sqlite:///{tmp_path}/s.db"], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    secrets = {process.communicate(timeout=60)[0] for process in started}
    assert len(secrets) == 1
    assert len(secrets.pop().strip()) == 64


def test_a_store_of_a_newer_version_is_left_alone(url: str) -> None:
    with opened(url) as store:
        with store.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        for refused in (lambda: open_store(url), lambda: migrate(store.engine)):
            with pytest.raises(StoreError, match="newer"):
                refused()


def test_nobody_else_reads_the_file_of_a_store_or_its_secret(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/deep/s.db") as store:
        a_centre(store)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "deep").iterdir()}
    assert {"s.db", "s.secret"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_a_store_does_not_open_with_another_secret_or_without_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/s.db"
    with opened(url) as store:
        a_centre(store)
    monkeypatch.setenv("TENFOLD_SECRET", SECRET)
    with pytest.raises(StoreError, match="does not fit the service's secret"):
        open_store(url)
    monkeypatch.delenv("TENFOLD_SECRET")
    (tmp_path / "s.secret").rename(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="put it back"):
        open_store(url)
    (tmp_path / "s.secret").write_text("")
    with pytest.raises(StoreError, match="at least 32"):
        open_store(url)
    (tmp_path / "elsewhere").rename(tmp_path / "s.secret")
    open_store(url).engine.dispose()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense of hunter2", "no address"),
        ("mysql://me:hunter2@host/db", "not in mysql"),
        ("sqlite://", "in a file"),
        ("sqlite:////proc/nowhere/s.db", "cannot be kept"),
        ("postgresql://me:hunter2@127.0.0.1:1/db", "cannot be opened"),
    ],
)
def test_an_address_that_cannot_be_a_store_is_refused_in_words_without_its_password(
    address: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENFOLD_SECRET", SECRET)
    with pytest.raises(StoreError, match=said) as refused:
        open_store(address)
    assert "hunter2" not in str(refused.value)


def test_a_transaction_that_reads_cannot_write(url: str) -> None:
    with opened(url) as store:
        a_centre(store)
        with pytest.raises(Exception, match=r"(?i)read.?only"), store.reading() as connection:
            connection.execute(text("UPDATE centre SET name = 'South'"))
        with store.writing() as connection:
            connection.execute(text("UPDATE centre SET title = 'still writable'"))


def test_a_transaction_that_reads_sees_one_moment(url: str) -> None:
    with opened(url) as store:
        centre = a_centre(store)
        with centre.reading() as connection:
            before = connection.execute(centre.mine(metadata.tables["centre"])).mappings().one()["revision"]
            store_registry(centre, patients("p"), "meanwhile")
            after = connection.execute(centre.mine(metadata.tables["centre"])).mappings().one()["revision"]
        assert before == after
        assert centre.about()["revision"] == before + 1


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_text("a letter to a friend\n" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{tmp_path}/s.db")
    engine = open_engine(f"sqlite:///{tmp_path}/s.db")
    with pytest.raises(StoreError):
        shape_of(engine)

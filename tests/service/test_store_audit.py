"""The audit trail: the database refuses to change it, and where it was changed all the same, the verifier says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, make_url, text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from store_tables import a_centre, copy_store, new_database, opened, patients
from tenfold.cli.serve import app
from tenfold.service.store.audit import START, Trail, TrailBroken
from tenfold.service.store.engine import RULES, rules_missing
from tenfold.service.store.imports import store_registry
from tenfold.service.store.schema import audit, audit_head
from tenfold.service.store.store import Store

COPY = "INSERT INTO audit SELECT {id}, at, account, centre, action, subject, detail, previous, seal FROM audit WHERE id = 3"
REWRITTEN = [
    "UPDATE audit SET account = 'somebody else' WHERE id = 3",
    "DELETE FROM audit WHERE id = 3",
    "UPDATE audit_head SET entries = entries - 1",
    "UPDATE audit_head SET entries = entries",
    "DELETE FROM audit_head",
    "UPDATE change SET reason = 'another'",
    "DELETE FROM change",
    "UPDATE record SET content = '{}'",
    "UPDATE record SET ended_by = NULL WHERE ended_by IS NOT NULL",
    "UPDATE record SET ended_by = added_by WHERE ended_by IS NOT NULL",
    "DELETE FROM record",
]


@pytest.fixture(scope="module")
def furnished() -> dict[str, str]:
    """The addresses of stores that are copied: of each kind of database one."""
    return {}


@pytest.fixture
def store(url: str, furnished: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with a trail of some entries, and a record that was merged into another."""
    kind = make_url(url).get_backend_name()
    if kind not in furnished:
        source = f"sqlite:///{tmp_path_factory.mktemp('audit')}/own.db" if kind == "sqlite" else new_database(url)
        furnish(source)
        furnished[kind] = source
    copy_store(furnished[kind], url)
    with opened(url) as made:
        yield made


def furnish(url: str) -> None:
    with opened(url) as made:
        centre = a_centre(made)
        store_registry(centre, patients("p"), "first")
        counts = [{"patient_id": "p", "sample_date": "2023-05-01", "platelets_e9_l": 20.0}]
        more = patients("p", counts=counts)
        store_registry(centre, more, "second")
        corrected = [{"patient_id": "p", "sex": "male", "diagnosis_date": "2023-01-05"}]
        store_registry(centre, type(more).from_tables({"patients": corrected}), "third")
        store_registry(centre, patients("q"), "fourth")


def without_rules(store: Store, *statements: str) -> None:
    """Tamper as who has all rights to the database would."""
    with store.writing() as connection:
        if connection.dialect.name == "sqlite":
            rules = list(connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")))
            for name, _ in rules:
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for one in statements:
            connection.exec_driver_sql(one)
        if connection.dialect.name == "sqlite":
            for _, rule in rules:
                connection.exec_driver_sql(rule)


def verdict(store: Store, noted: str | None = None) -> str | None:
    with store.reading() as connection:
        return store.trail.verify(connection, noted).broken


def seal_of(store: Store) -> str:
    with store.reading() as connection:
        return store.trail.verify(connection).seal


@pytest.mark.parametrize("statement", REWRITTEN)
def test_the_database_refuses_to_change_what_is_kept(store: Store, statement: str) -> None:
    with pytest.raises(DBAPIError), store.writing() as connection:
        assert connection.execute(text(statement)).rowcount, "nothing was there to change"
    assert verdict(store) is None


def test_sqlite_refuses_a_row_in_the_place_of_another_and_postgresql_to_empty_a_table(store: Store) -> None:
    told = (
        [f"INSERT OR REPLACE INTO {name} SELECT * FROM {name} LIMIT 1" for name in ("audit", "change", "record")]
        if store.engine.dialect.name == "sqlite"
        else [f"TRUNCATE {name} CASCADE" for name in ("audit", "change", "record", "audit_head")]
    )
    for one in told:
        with pytest.raises(DBAPIError), store.writing() as connection:
            connection.execute(text(one))


TAMPERED: dict[str, tuple[list[str], str]] = {
    "changed": (["UPDATE audit SET account = 'somebody else' WHERE id = 3"], "entry 3 does not fit"),
    "changed in its detail": (["UPDATE audit SET detail = '{\"rows\":0}' WHERE id = 3"], "entry 3 does not fit"),
    "made unreadable": (["UPDATE audit SET at = 'é', seal = 'é' WHERE id = 3"], "entry 3 does not fit"),
    "taken out": (["DELETE FROM audit WHERE id = 3"], "entry 4 does not fit"),
    "taken out, and the rest moved up": (
        ["DELETE FROM audit WHERE id = 3", "UPDATE audit SET id = id - 1 WHERE id > 3"],
        "entry 3 does not fit",
    ),
    "put in at the end": ([COPY.format(id=99)], "entry 99 does not fit"),
    "put in between": (["UPDATE audit SET id = id + 100 WHERE id > 3", COPY.format(id=4)], "entry 4 does not fit"),
    "swapped": (
        ["UPDATE audit SET id = 1000 WHERE id = 2", "UPDATE audit SET id = 2 WHERE id = 3", "UPDATE audit SET id = 3 WHERE id = 1000"],
        "entry 2 does not fit",
    ),
    "cut off": (["DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)"], "the trail ends at entry"),
    "emptied": (["DELETE FROM audit"], "the trail ends at entry 0"),
    "without a head": (["DELETE FROM audit_head"], "the head of the trail is gone"),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "said"), TAMPERED.values(), ids=list(TAMPERED))
def test_the_verifier_finds_what_was(store: Store, statements: list[str], said: str) -> None:
    without_rules(store, *statements)
    assert said in str(verdict(store))


def test_a_trail_cut_off_with_its_head_set_back_shows_against_a_seal_that_was_noted(store: Store) -> None:
    noted = seal_of(store)
    cut = ["DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)"]
    head = "UPDATE audit_head SET entries = (SELECT max(id) FROM audit), seal = (SELECT seal FROM audit ORDER BY id DESC LIMIT 1)"
    without_rules(store, *cut, head)
    assert verdict(store) is None
    assert verdict(store, noted) == "the noted seal is not part of the trail"
    assert verdict(store, seal_of(store).upper() + "\n") is None
    assert verdict(store, START) is None


def test_who_has_not_the_secret_cannot_mend_the_chain(store: Store) -> None:
    def forged(connection: Connection) -> None:
        forger = Trail(b"another secret, as long as it may be")
        forger.add(connection, "imported", account="nobody")

    with store.writing() as connection:
        forged(connection)
    assert "does not fit" in str(verdict(store))


def test_entries_of_many_at_once_make_one_chain(url: str) -> None:
    def one(number: int) -> None:
        with store.writing() as connection:
            store.trail.add(connection, "signed in", account=str(number), of={10: "ten", 9: (1, 2)})

    with opened(url) as store:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(40)))
        with store.reading() as connection:
            found = store.trail.verify(connection)
        assert (found.entries, found.broken) == (40, None)


def test_what_was_done_and_that_it_was_done_fall_together(store: Store) -> None:
    before = seal_of(store)
    centre = a_centre(store)

    def interrupted() -> None:
        with centre.writing() as connection:
            centre.new_patient(connection, "r")
            centre.told(connection, "patient added")
            raise RuntimeError("the light goes out")

    with pytest.raises(RuntimeError):
        interrupted()
    assert seal_of(store) == before
    assert [one.patient_id for one in centre.patients()] == ["p", "q"]


def test_without_a_head_nothing_more_is_written(store: Store) -> None:
    without_rules(store, "DELETE FROM audit_head")
    with pytest.raises(TrailBroken):
        a_centre(store, "Another")


def test_the_command_says_whether_the_trail_is_whole_and_whether_the_rules_are_in_place(url: str) -> None:
    run: Callable[..., object] = CliRunner().invoke
    with opened(url) as store:
        a_centre(store)
        seal = seal_of(store)
        whole = run(app, ["verify-audit", "--store", url, "--noted", seal])
        assert (whole.exit_code, seal in whole.stdout) == (0, True)  # type: ignore[attr-defined]
        with store.reading() as connection:
            assert rules_missing(connection) == []
        gone = sorted(RULES[store.engine.dialect.name])[0]
        on = "" if store.engine.dialect.name == "sqlite" else " ON audit_head"
        with store.writing() as connection:
            connection.execute(text(f"DROP TRIGGER {gone}{on}"))
        told = run(app, ["verify-audit", "--store", url])
        assert (told.exit_code, gone in told.stdout) == (1, True)  # type: ignore[attr-defined]
        without_rules(store, "UPDATE audit SET action = 'nothing' WHERE id = 1")
        told = run(app, ["verify-audit", "--store", url])
        assert (told.exit_code, "is broken" in told.stdout) == (1, True)  # type: ignore[attr-defined]


def test_an_entry_that_is_no_json_is_said_to_be_unreadable(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/s.db") as store:
        for name in ("North", "South", "East"):
            a_centre(store, name)
        without_rules(store, "UPDATE audit SET detail = 'torn' WHERE id = 3")
        assert "cannot be read" in str(verdict(store))


def test_an_empty_trail_is_whole(url: str) -> None:
    with opened(url) as store:
        assert verdict(store) is None
        with store.reading() as connection:
            assert connection.execute(audit_head.select()).one()[1:] == (0, START)
        with pytest.raises(DBAPIError), store.writing() as connection:
            connection.execute(insert(audit).values(id=1))

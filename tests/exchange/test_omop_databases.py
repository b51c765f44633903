"""The same CDM in DuckDB and in PostgreSQL, and Achilles on what is written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from omop_files import aml, measured, person, same_records, write_folder

from postgresql_running import postgresql
from tenfold.cohort.simulation import simulate_registry
from tenfold.exchange.omop import read_records, recognises, write_records
from tenfold.exchange.omop.cdm import cdm_tables
from tenfold.exchange.omop.writing import cdm_of
from tenfold.exchange.published import published
from tenfold.records import Registry

duckdb = pytest.importorskip("duckdb", reason="the optional library duckdb is not installed")
FOREIGN = {
    "person": [person()],
    "condition_occurrence": [aml()],
    "measurement": [measured(7, 3000905, 2.5, unit_concept_id=9444), measured(8, 3000963, "9.5")],
    "concept": [{"concept_id": 3000905, "concept_name": "Leukocytes [#/volume] in Blood by Automated count"}],
}


def test_a_duckdb_file_says_what_the_folder_says_and_its_lines_are_the_ids_of_its_rows(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "cdm", FOREIGN)
    with duckdb.connect(str(tmp_path / "cdm.duckdb")) as connection:
        connection.execute("CREATE SCHEMA omop")
        for table in FOREIGN:
            connection.execute(f"CREATE TABLE omop.{table} AS SELECT * FROM read_csv('{folder / table}.csv')")
    assert recognises(tmp_path / "cdm.duckdb")
    one, other = read_records(folder), read_records(tmp_path / "cdm.duckdb")
    assert all(one.registry.table(name).equals(other.registry.table(name)) for name in one.registry.tables)
    told = [{(field.source, field.field, field.fate, field.filled) for field in found.fields} for found in (one, other)]
    assert told[0] == told[1]
    assert {field.source for field in one.fields} >= set(FOREIGN)


def test_a_view_in_a_duckdb_file_cannot_read_other_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("person_id,gender_concept_id,year_of_birth\n99,8507,1950\n")
    with duckdb.connect(str(tmp_path / "cdm.duckdb")) as connection:
        connection.execute(f"CREATE VIEW person AS SELECT * FROM read_csv('{secret}')")
    with pytest.raises(ValueError, match=r"cannot be read|has no table person|cannot be opened"):
        read_records(tmp_path / "cdm.duckdb")


def test_two_cdms_in_one_file_are_told_apart_by_their_schema(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "cdm.duckdb")) as connection:
        for schema, sex in (("a", 8507), ("b", 8532)):
            connection.execute(f"CREATE SCHEMA {schema}")
            connection.execute(f"CREATE TABLE {schema}.person AS SELECT 1 person_id, {sex} gender_concept_id")
    with pytest.raises(ValueError, match="schemas a, b: name one"):
        read_records(tmp_path / "cdm.duckdb")
    (tmp_path / "b.omop.toml").write_text('database = "cdm.duckdb"\nschema = "b"\n')
    assert read_records(tmp_path / "b.omop.toml").registry.table("patients")["sex"].to_list() == ["female"]


def test_small_levels_survive_the_numbers_of_duckdb(tmp_path: Path) -> None:
    rows = [
        {"patient_id": "A", "marker": "NPM1", "sample_id": "s", "sample_day": 1, "value": 4e-5, "scale": "percent_abl1"}
    ]
    write_records(Registry.from_tables({"mrd_samples": rows}, relative=True), tmp_path / "cdm.duckdb")
    with duckdb.connect(str(tmp_path / "cdm.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT value_as_number FROM measurement").fetchall() == [(4e-5,)]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgresql() as url:
        yield url


def load(url: str, schema: str, registry: Registry) -> None:
    """Put the CDM of a registry into PostgreSQL, with the types of the CDM's own definition."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        for name, frame in cdm_of(registry)[0].items():
            columns = cdm_tables()[name]
            place = sql.SQL("{}.{}").format(sql.Identifier(schema), sql.Identifier(name))
            defined = ", ".join(f'"{c.name}" {c.type} {"NOT NULL" if c.required else "NULL"}' for c in columns)
            connection.execute(sql.SQL("CREATE TABLE {} ({})").format(place, sql.SQL(defined)))
            with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(place)) as copy:
                for row in frame.iter_rows():
                    copy.write_row(row)


@pytest.mark.parametrize("name", ["published", "simulated"])
def test_records_come_back_from_postgresql_with_the_types_of_the_cdm(postgres: str, tmp_path: Path, name: str) -> None:
    registry = published() if name == "published" else simulate_registry(20, seed=5, kind="mixed").registry
    load(postgres, name, registry)
    settings = tmp_path / "site.omop.toml"
    settings.write_text(f'database = "{postgres}"\nschema = "{name}"\n')
    again = read_records(settings)
    same_records(registry, again.registry)
    assert again.registry.faults.is_empty()


def test_a_foreign_cdm_in_postgresql_says_what_the_folder_says(postgres: str, tmp_path: Path) -> None:
    import psycopg

    with psycopg.connect(postgres) as connection:
        connection.execute("CREATE SCHEMA foreign_cdm")
        for table, rows in FOREIGN.items():
            columns = ", ".join(f'"{c.name}" {c.type} NULL' for c in cdm_tables()[table])
            connection.execute(f"CREATE TABLE foreign_cdm.{table} ({columns})")
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                places = ", ".join(["%s"] * len(row))
                connection.execute(
                    f"INSERT INTO foreign_cdm.{table} ({names}) VALUES ({places})",
                    [str(value) for value in row.values()],
                )
    (tmp_path / "a.omop.toml").write_text(f'database = "{postgres}"\nschema = "foreign_cdm"\n')
    other = read_records(tmp_path / "a.omop.toml").registry
    one = read_records(write_folder(tmp_path / "cdm", FOREIGN)).registry
    assert one.table("counts").height == 1
    assert all(one.table(name).equals(other.table(name)) for name in one.tables)


def test_a_database_that_does_not_answer_is_said_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="the optional library psycopg is not installed")
    (tmp_path / "a.omop.toml").write_text(f'database = "postgresql://me:hush@/db?host={tmp_path}"\n')
    with pytest.raises(ValueError, match="the database cannot be read") as refused:
        read_records(tmp_path / "a.omop.toml")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("name", ["published", "simulated"])
def test_achilles_runs_every_analysis_on_what_is_written(tmp_path: Path, name: str) -> None:
    pytest.importorskip("duckcdm", reason="duckcdm, which runs Achilles on DuckDB, is not installed")
    registry = published() if name == "published" else simulate_registry(50, seed=5, kind="npm1").registry
    write_records(registry, tmp_path / "cdm.duckdb")
    command = [sys.executable, "-m", "duckcdm.cli", "achilles", str(tmp_path / "cdm.duckdb")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    assert ", 0 failed" in done.stdout + done.stderr

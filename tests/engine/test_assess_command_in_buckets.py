"""`tenfold simulate` in buckets and `tenfold assess --engine`: the same tables as CSV, and how they end."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from bucketed import differing, in_table_folders, read_answers, some_patients

from command_line import tenfold
from tenfold.assessment import assess
from tenfold.engine.answers import answer_frames
from tenfold.engine.memory import FIRST, LEAST, MOST, Batches, memory_in_bytes
from tenfold.records.csv_out import write_csv
from tenfold.records.partitioned import read_bucket
from tenfold.records.registry import EPOCH


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return in_table_folders(some_patients(0), 2, tmp_path / "records")


def test_the_parquet_has_the_tables_and_columns_of_the_csv(records: Path, tmp_path: Path) -> None:
    assert tenfold("assess", records, "--out", tmp_path / "csv").returncode == 0
    said = tenfold("assess", records, "--engine", "polars", "--out", tmp_path / "parquet")
    assert said.returncode == 0, said.stderr
    assert "12 patients in 2 buckets" in said.stdout
    assert (tmp_path / "parquet" / "SIMULATED.txt").exists()
    found = read_answers(tmp_path / "parquet")
    files = {file.stem: file for file in (tmp_path / "csv").glob("*.csv")}
    assert found.keys() == files.keys()
    for name, file in files.items():
        lists = [column for column, dtype in found[name].schema.items() if isinstance(dtype, pl.List)]
        write_csv(found[name].with_columns(pl.col(lists).list.join(" | ")), tmp_path / "again.csv")
        assert (tmp_path / "again.csv").read_bytes() == file.read_bytes(), name


def test_a_day_is_asked_of_every_bucket_and_a_faulty_bucket_ends_in_1(records: Path, tmp_path: Path) -> None:
    (records / "marrows" / "bucket=0" / "part-0.parquet").write_bytes(b"PAR1")
    asked = ["--engine", "polars", "--on", "2015-01-01", "--json"]
    said = tenfold("assess", records, "--out", tmp_path / "out", *asked)
    assert said.returncode == 1
    assert "bucket 0 has no answers: marrows/bucket=0/part-0.parquet" in said.stderr
    buckets = json.loads(said.stdout)["buckets"]
    assert [one["quarantined"] is None for one in buckets] == [False, True]
    day = (date(2015, 1, 1) - EPOCH).days
    expected = answer_frames(assess(read_bucket(records, "1"), on=day))
    assert differing(read_answers(tmp_path / "out"), expected) == []
    assert differing(expected, answer_frames(assess(read_bucket(records, "1")))) != []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--engine", "polars"], "name it with --out"),
        (["--engine", "dask", "--out", "out"], "there are polars, spark"),
        (["--engine", "polars", "--out", "out", "--memory", "much"], "not an amount of memory"),
        (["--engine", "polars", "--out", "out", "--memory", "10MiB"], "at least 1GiB"),
        (["--memory", "4GiB"], "--memory goes with --engine"),
        (["--engine", "polars", "--out", "out", "--compare-edition", "FILO-2025"], "do not go together"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_to_do(records: Path, arguments: list[str], told: str) -> None:
    said = tenfold("assess", records, *arguments, cwd=records.parent)
    assert said.returncode == 2
    assert told in said.stderr


def test_simulated_patients_in_buckets_are_one_registry_to_every_command(tmp_path: Path) -> None:
    said = tenfold("simulate", "--patients", 20, "--buckets", 1, "--kind", "venprs", "--out", tmp_path / "records")
    assert said.returncode == 0
    assert "20 SIMULATED patients in 1 bucket" in said.stdout
    assert tenfold("check", tmp_path / "records").returncode == 0
    assert "SIMULATED" in tenfold("assess", tmp_path / "records").stdout


@pytest.mark.parametrize(("text", "found"), [("4GiB", 2**32), ("1g", 2**30), ("2048 MiB", 2**31), ("1.5GB", 3 * 2**29)])
def test_memory_is_written_as_people_write_it(text: str, found: int) -> None:
    assert memory_in_bytes(text) == found


def test_batches_stay_within_their_bounds_and_shrink_when_memory_is_short() -> None:
    plenty, short = Batches(2**50), Batches(2**20)
    for batches in (plenty, short):
        assert batches.begin() == FIRST
        held = bytearray(64 * 2**20)
        batches.end(FIRST)
        del held
    assert FIRST <= plenty.size <= MOST
    assert short.size == LEAST or short.size == FIRST  # the second where the system does not tell

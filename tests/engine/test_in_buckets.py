"""A registry in buckets is answered as it is at once; finished buckets stay, faulty ones are set apart."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from bucketed import answers_of, differing, in_folders, in_table_folders, read_answers, some_patients, together

from tenfold.engine.receipts import RECEIPTS
from tenfold.engine.run import assess_in_buckets
from tenfold.records.registry import Registry
from tenfold.settings import DEFAULTS


@pytest.fixture(scope="module")
def registry() -> Registry:
    return together(2)


@pytest.fixture(scope="module")
def expected(registry: Registry) -> dict[str, pl.DataFrame]:
    return answers_of(registry)


@pytest.fixture
def records(registry: Registry, tmp_path: Path) -> Path:
    return in_table_folders(registry, 3, tmp_path / "records")


@pytest.mark.parametrize(("buckets", "batch"), [(1, None), (3, None), (2, 6)])
def test_the_answers_are_the_same_whatever_the_buckets_and_batches(
    registry: Registry, expected: dict[str, pl.DataFrame], tmp_path: Path, buckets: int, batch: int | None
) -> None:
    records = in_table_folders(registry, buckets, tmp_path / "records")
    outcome = assess_in_buckets(records, tmp_path / "out", batch=batch)
    assert not outcome.quarantined
    assert outcome.total("patients") == expected["patients"].height
    assert differing(read_answers(tmp_path / "out"), expected) == []
    assert {one.batches for one in outcome.receipts} == ({1} if batch is None else {2})


def test_records_that_are_not_in_buckets_are_cut_into_them_and_keep_what_was_set_aside(tmp_path: Path) -> None:
    registry = some_patients(0)
    registry.write(tmp_path / "records")
    samples = tmp_path / "records" / "mrd_samples.csv"
    lines = samples.read_text("utf-8").splitlines()
    samples.write_text("\n".join([*lines, lines[-1].replace("20", "soon", 1)]) + "\n", "utf-8")
    outcome = assess_in_buckets(tmp_path / "records", tmp_path / "out")
    assert outcome.total("faults") > 0
    found = read_answers(tmp_path / "out")
    assert found["faults"].height == outcome.total("faults")
    assert found["patients"]["records_set_aside"].sum() == outcome.total("set_aside") > 0


def test_buckets_may_be_folders_that_are_registries(expected: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    assert not assess_in_buckets(in_folders(2, tmp_path / "records"), tmp_path / "out").quarantined
    assert differing(read_answers(tmp_path / "out"), expected) == []


def test_a_table_without_rows_in_a_bucket_is_empty_there_and_not_unknown(registry: Registry, tmp_path: Path) -> None:
    """Of one patient a bucket, most have no transplant; that no transplant was given is known of each."""
    few = registry.select(registry.patient_ids()["patient_id"].head(4))
    records = in_table_folders(few, 4, tmp_path / "records")
    assert len(list((records / "transplants").iterdir())) < 4
    assess_in_buckets(records, tmp_path / "out")
    assert differing(read_answers(tmp_path / "out"), answers_of(few)) == []


def test_what_is_finished_is_done_again_only_when_records_or_settings_change(records: Path, tmp_path: Path) -> None:
    def done(**settings: str) -> list[bool]:
        outcome = assess_in_buckets(records, tmp_path / "out", settings=DEFAULTS.changed(**settings))
        return [one.again for one in outcome.receipts]

    assert done() == [True, True, True]
    assert done() == [False, False, False]
    part = next((records / "counts" / "bucket=1").iterdir())
    pl.read_parquet(part).with_columns(pl.col("anc_e9_l") * 0.5).write_parquet(part)
    assert done() == [False, True, False]
    assert done(mrd__edition="TIONG-2021") == [True, True, True]


def test_a_run_that_was_killed_goes_on_where_it_stopped(
    records: Path, expected: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    script = "import sys; from tenfold.engine.run import assess_in_buckets; assess_in_buckets(*sys.argv[1:])"
    with subprocess.Popen([sys.executable, "-c", script, str(records), str(out)]) as running:
        until = time.monotonic() + 120
        while not list((out / RECEIPTS).glob("*.json")) and running.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    finished = {file.stem for file in (out / RECEIPTS).glob("*.json")}
    assert finished
    outcome = assess_in_buckets(records, out)
    assert {one.bucket for one in outcome.receipts if not one.again} == finished
    assert differing(read_answers(out), expected) == []


def test_a_damaged_bucket_is_set_apart_with_its_reason_and_done_once_it_is_mended(
    records: Path, expected: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    out, part = tmp_path / "out", records / "mrd_samples" / "bucket=1" / "part-0.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[: len(whole) // 2])
    outcome = assess_in_buckets(records, out)
    [faulty] = outcome.quarantined
    assert faulty.bucket == "1"
    assert "mrd_samples/bucket=1/part-0.parquet" in str(faulty.quarantined)
    assert "write the file again" in str(faulty.quarantined)
    assert (out / "_quarantine" / "1.json").exists()
    assert {place.name for place in (out / "patients").iterdir()} == {"bucket=0", "bucket=2"}
    part.write_bytes(whole)
    again = assess_in_buckets(records, out)
    assert [one.again for one in again.receipts] == [False, True, False]
    assert not (out / "_quarantine").exists()
    assert differing(read_answers(out), expected) == []


def test_buckets_that_share_a_patient_are_set_apart(records: Path, tmp_path: Path) -> None:
    moved = pl.read_parquet(records / "patients" / "bucket=0" / "part-0.parquet").head(1)
    moved.write_parquet(records / "patients" / "bucket=2" / "part-1.parquet")
    outcome = assess_in_buckets(records, tmp_path / "out")
    assert [one.bucket for one in outcome.quarantined] == ["0", "2"]
    assert all(moved["patient_id"][0] in str(one.quarantined) for one in outcome.quarantined)
    assert {place.name for place in (tmp_path / "out" / "patients").iterdir()} == {"bucket=1"}


def test_a_table_outside_the_buckets_is_refused_rather_than_read_for_all(records: Path, tmp_path: Path) -> None:
    pl.DataFrame({"patient_id": ["A"]}).write_parquet(records / "chemistry.parquet")
    (records / "chemistry").rename(records / "kept")
    outcome = assess_in_buckets(records, tmp_path / "out")
    assert all("chemistry.parquet is not in buckets" in str(one.quarantined) for one in outcome.receipts)


def test_answers_are_not_mixed_with_other_files_records_or_other_buckets(records: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lies among the records"):
        assess_in_buckets(records, records / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(ValueError, match="already holds something else"):
        assess_in_buckets(records, tmp_path / "full")
    assess_in_buckets(records, tmp_path / "out")
    with pytest.raises(ValueError, match="answers of other buckets"):
        assess_in_buckets(in_table_folders(some_patients(0), 1, tmp_path / "other"), tmp_path / "out")


def test_a_bucket_that_needs_more_memory_than_is_given_says_so(records: Path, tmp_path: Path) -> None:
    outcome = assess_in_buckets(records, tmp_path / "out", memory=10_000)
    assert all("smaller buckets, or give more --memory" in str(one.quarantined) for one in outcome.receipts)

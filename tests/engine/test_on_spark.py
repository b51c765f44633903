"""Spark gives the same answers, row for row: a real session on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bucketed import PATIENTS, differing, in_table_folders, read_answers, together

from tenfold.engine.buckets import Task
from tenfold.engine.receipts import Receipt, asked_of
from tenfold.engine.run import MEMORY, assess_in_buckets, engine_named
from tenfold.engine.sources import find_buckets
from tenfold.settings import DEFAULTS

pytest.importorskip("pyspark", reason="Spark is not installed")
pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java")


@pytest.fixture(scope="module", autouse=True)
def quick_java() -> Iterator[None]:
    """A Java that lives for seconds need not compile for hours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return in_table_folders(together(2), 3, tmp_path / "records")


def test_spark_and_this_process_give_the_same_answers_and_set_the_same_bucket_apart(
    records: Path, tmp_path: Path
) -> None:
    (records / "marrows" / "bucket=2" / "part-0.parquet").write_bytes(b"PAR1")
    here = assess_in_buckets(records, tmp_path / "here")
    spark = assess_in_buckets(records, tmp_path / "spark", engine_named("spark"))
    found = read_answers(tmp_path / "spark")
    assert found["patients"].height == 2 * 2 * PATIENTS // 3
    assert differing(found, read_answers(tmp_path / "here")) == []
    assert [one.bucket for one in spark.quarantined] == ["2"]
    assert [one.quarantined for one in spark.receipts] == [one.quarantined for one in here.receipts]
    assert [one.fingerprint for one in spark.receipts] == [one.fingerprint for one in here.receipts]
    resumed = assess_in_buckets(records, tmp_path / "spark")
    assert [one.again for one in resumed.receipts] == [False, False, True]


def test_a_worker_that_dies_takes_no_other_bucket_with_it(records: Path, tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Deadly(Task):
        def run(self, bucket: str) -> Receipt:
            if bucket == "1":
                os._exit(9)
            return Task.run(self, bucket)

    task = Deadly(find_buckets(records), str(tmp_path / "out"), DEFAULTS, None, MEMORY, asked_of(DEFAULTS, None))
    found = {one.bucket: one for one in engine_named("spark")(task)}
    assert {name: one.quarantined is None for name, one in found.items()} == {"0": True, "1": False, "2": True}
    assert "its worker ended" in str(found["1"].quarantined)
    assert (tmp_path / "out" / "_quarantine" / "1.json").exists()
    assert not assess_in_buckets(records, tmp_path / "out").quarantined

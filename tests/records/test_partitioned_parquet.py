"""Tables in parts, as Spark writes them: what stands in the path alone is not lost."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tenfold.records import read

SAMPLE = {"patient_id": "p", "sample_id": "s", "tissue": "marrow", "marker": "NPM1", "sequence": 1}


def test_a_column_that_only_the_path_holds_is_read(tmp_path: Path) -> None:
    for laboratory, sample in (("A", "s1"), ("North%20East", "s2"), ("__HIVE_DEFAULT_PARTITION__", "s3")):
        folder = tmp_path / "mrd_samples" / f"laboratory={laboratory}"
        folder.mkdir(parents=True)
        pl.DataFrame([{**SAMPLE, "sample_id": sample}]).write_parquet(folder / "part.parquet")
    found = read(tmp_path).table("mrd_samples").sort("sample_id")
    assert found["laboratory"].to_list() == ["A", "North East", None]


def test_a_path_that_the_rows_deny_keeps_the_part_out(tmp_path: Path) -> None:
    folder = tmp_path / "mrd_samples" / "tissue=blood"
    folder.mkdir(parents=True)
    pl.DataFrame([SAMPLE]).write_parquet(folder / "part.parquet")
    [fault] = read(tmp_path).check().to_dicts()
    assert "tissue = blood" in fault["rule"]


@pytest.mark.parametrize("key", ["bucket", "year"])
def test_a_key_of_the_path_that_is_no_column_is_not_one(tmp_path: Path, key: str) -> None:
    folder = tmp_path / "mrd_samples" / f"{key}=7"
    folder.mkdir(parents=True)
    pl.DataFrame([SAMPLE]).write_parquet(folder / "part.parquet")
    registry = read(tmp_path)
    assert not registry.check().height
    assert registry.table("mrd_samples").height == 1

"""Answers of a bucket as Parquet: a folder a table, in it a folder a bucket, in it a part for each batch of patients.

The tables and columns are those of the CSV that one batch is written to; lists stay lists and days are dates where the
registry has dates. A bucket's folders are made beside their place and renamed into it: no reader sees half of one.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import polars as pl

from tenfold.assessment import PARTS, Assessment
from tenfold.records.partitioned import KEY
from tenfold.records.timeline import FAR

WORK = "_work"
FAULTS = "faults"
"""The table of what is wrong in the records, where anything is."""


def answer_frames(assessment: Assessment) -> dict[str, pl.DataFrame]:
    """The frames of an assessment by name, days as dates where the registry has dates."""
    bounds = pl.col("^.*est_day$")
    return {
        name: assessment.registry.dated(
            getattr(assessment, name).with_columns(pl.when(bounds.abs() < FAR).then(bounds).name.keep())
        )
        for name in PARTS
    }


class Written:
    """The answers of one bucket while they are made: `add` each batch in patient order, then `finish`."""

    def __init__(self, out: Path, bucket: str) -> None:
        self.out, self.bucket = out, bucket
        self.work = out / WORK / f"{bucket}-{os.getpid()}"
        self.rows: dict[str, int] = {}
        self.parts = 0
        shutil.rmtree(self.work, ignore_errors=True)

    def add(self, frames: dict[str, pl.DataFrame]) -> None:
        """Write a batch of whole patients."""
        for name, frame in frames.items():
            self._write(name, frame, self.parts)
        self.parts += 1

    def add_faults(self, faults: pl.DataFrame) -> None:
        """Write what is wrong in the bucket's records, once."""
        if faults.height:
            self._write(FAULTS, faults, 0)

    def finish(self) -> dict[str, int]:
        """Put the bucket into its place, instead of what stood there; return its rows by table."""
        take_away(self.out, self.bucket)
        for made in sorted(self.work.iterdir()):
            place = self.out / made.name / f"{KEY}{self.bucket}"
            place.parent.mkdir(parents=True, exist_ok=True)
            made.rename(place)
        self.give_up()
        return self.rows

    def give_up(self) -> None:
        """Leave nothing half made."""
        shutil.rmtree(self.work, ignore_errors=True)

    def _write(self, name: str, frame: pl.DataFrame, part: int) -> None:
        folder = self.work / name
        folder.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(folder / f"part-{part:04d}.parquet")
        self.rows[name] = self.rows.get(name, 0) + frame.height


def take_away(out: Path, bucket: str) -> None:
    """Take a bucket's earlier answers away."""
    for folder in out.glob(f"*/{KEY}{bucket}"):
        shutil.rmtree(folder)


def in_two_buckets(out: Path) -> pl.DataFrame:
    """Patients who are in more than one bucket, whose answers are therefore wrong: `patient_id`, `buckets`."""
    files = sorted((out / "patients").glob(f"{KEY}*/*.parquet"))
    if not files:
        return pl.DataFrame(schema={"patient_id": pl.String, "buckets": pl.List(pl.String)})
    each = [
        pl.scan_parquet(file, hive_partitioning=False).select(
            "patient_id", bucket=pl.lit(file.parent.name.removeprefix(KEY))
        )
        for file in files
    ]
    return (
        pl.concat(each)
        .group_by("patient_id")
        .agg(buckets=pl.col("bucket").unique().sort())
        .filter(pl.col("buckets").list.len() > 1)
        .sort("patient_id")
        .collect()
    )

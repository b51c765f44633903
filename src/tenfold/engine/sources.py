"""Where buckets of whole patients come from, and what tells one bucket's content from another's.

Four shapes: tables that are folders of buckets (`mrd_samples/bucket=0007`); folders `bucket=0007` that are each a registry
of their own, in any format; an OMOP CDM in PostgreSQL, of which a bucket is a range of persons; and anything else, which is
read as a whole and cut into buckets of so many patients. Trap: the last is held in memory by every process that works on it;
a large registry belongs in buckets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal

import polars as pl

from tenfold.exchange.formats import open_records
from tenfold.exchange.omop.of_persons import ranges_of_persons
from tenfold.exchange.omop.reading import read_cdm
from tenfold.exchange.omop.sources import SETTINGS
from tenfold.records.faults import Used, each_fault
from tenfold.records.partitioned import KEY, bucket_files, bucket_names, read_bucket
from tenfold.records.registry import Registry

PATIENTS_TO_A_BUCKET = 5_000
"""Of records that are not in buckets."""
BYTES_A_CELL = 60
"""Of records while they are checked."""
SHARE_FOR_RECORDS = 0.5
"""Of the memory given; the rest is for answers."""
Shape = Literal["tables", "folders", "omop", "whole"]


@dataclass(frozen=True)
class Source:
    """Records in buckets: where, in which shape, and the buckets' names in order.

    Of a CDM in a database, `persons` are the numbers of each bucket, and those with AML may be the `cohort`.
    """

    path: str
    shape: Shape
    names: tuple[str, ...]
    persons: tuple[range, ...] = ()
    cohort: bool = False

    def read(self, name: str) -> Registry:
        """The records of one bucket. ValueError or OSError, with what to do, where a file of it cannot be used."""
        root = Path(self.path)
        if self.shape == "tables":
            return read_bucket(root, name)
        if self.shape == "folders":
            found = open_records(root / f"{KEY}{name}").registry
            unusable = found.faults.filter(pl.col("used") == Used.FILE_NOT_USED)
            if unusable.height:
                raise ValueError(str(next(each_fault(unusable))))
            return found
        if self.shape == "omop":
            return _of_persons(self.path, self.persons[self.names.index(name)], self.cohort)
        whole, place = _whole(self.path), int(name)
        ids = whole.patient_ids()["patient_id"]
        return whole.select(ids.slice(len(ids) * place // len(self.names), _length(len(ids), place, len(self.names))))

    def within(self, name: str, memory: int) -> None:
        """ValueError where reading a bucket would need more than so many bytes, by the rows that its files state."""
        if self.shape != "tables":
            return
        cells = 0
        for file in bucket_files(Path(self.path), name):
            # What cannot be read is named when it is read.
            with suppress(pl.exceptions.PolarsError, OSError):
                rows = pl.scan_parquet(file, hive_partitioning=False)
                cells += rows.select(pl.len()).collect().item() * len(rows.collect_schema())
        if cells * BYTES_A_CELL > memory * SHARE_FOR_RECORDS:
            needed = cells * BYTES_A_CELL / SHARE_FOR_RECORDS / 2**30
            raise ValueError(
                f"bucket {name} states {cells:,} cells and needs about {needed:.1f} GiB, of {memory / 2**30:.1f} GiB"
                " given: write the records in smaller buckets, or give more --memory"
            )

    def digest(self, name: str) -> str:
        """Of the content of a bucket: of its files, or of its rows where records are read as a whole."""
        root = Path(self.path)
        if self.shape == "tables":
            return _of_files(root, bucket_files(root, name))
        if self.shape == "folders":
            return _of_files(root, sorted(file for file in (root / f"{KEY}{name}").rglob("*") if file.is_file()))
        return _of_rows(self.read(name))


def find_buckets(path: str | Path) -> Source:
    """The buckets of a path. FileNotFoundError or ValueError where nothing can be read."""
    root = Path(path).resolve()
    if root.is_dir():
        if names := bucket_names(root):
            return Source(str(root), "tables", tuple(names))
        folders = sorted(entry.name.removeprefix(KEY) for entry in root.glob(f"{KEY}*") if entry.is_dir())
        if folders:
            return Source(str(root), "folders", tuple(folders))
    if root.name.endswith(SETTINGS) and (cut := ranges_of_persons(root, PATIENTS_TO_A_BUCKET)) is not None:
        return Source(str(root), "omop", _numbered(len(cut[0])), tuple(cut[0]), cut[1])
    patients = _whole(str(root)).patient_ids().height
    return Source(str(root), "whole", _numbered(max(1, -(-patients // PATIENTS_TO_A_BUCKET))))


def _numbered(buckets: int) -> tuple[str, ...]:
    return tuple(f"{k:04d}" for k in range(buckets))


@lru_cache(maxsize=1)
def _of_persons(path: str, persons: range, cohort: bool) -> Registry:
    """Read for the digest, and kept for the answers that follow it."""
    return read_cdm(path, persons, cohort).registry


@lru_cache(maxsize=1)
def _whole(path: str) -> Registry:
    return open_records(path).registry


def _length(patients: int, place: int, of: int) -> int:
    return patients * (place + 1) // of - patients * place // of


def _of_files(root: Path, files: Iterable[Path]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for file in files:
        digest.update(file.relative_to(root).as_posix().encode() + b"\0")
        with file.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "blake2b").digest())
    return digest.hexdigest()


def _of_rows(registry: Registry) -> str:
    digest = hashlib.blake2b(f"{registry.axis} {registry.simulated}".encode(), digest_size=16)
    for name, frame in sorted(registry.tables.items()):
        held = BytesIO()
        frame.rechunk().write_ipc(held)
        digest.update(name.encode() + b"\0" + hashlib.blake2b(held.getvalue()).digest())
    digest.update(str(registry.faults.rows()).encode())
    return digest.hexdigest()

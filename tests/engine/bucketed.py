"""Registries of a few simulated patients in buckets, and the answers read back."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tenfold.assessment import assess
from tenfold.cohort.simulation import simulate_registry
from tenfold.engine.answers import answer_frames
from tenfold.records.registry import Registry

PATIENTS = 12


def some_patients(block: int) -> Registry:
    return simulate_registry(PATIENTS, seed=4, kind="mixed", first_block=block).registry


def together(blocks: int) -> Registry:
    return Registry.concat([some_patients(block) for block in range(blocks)])


def in_table_folders(registry: Registry, buckets: int, folder: Path) -> Path:
    """Each table as a folder of buckets, with no part where a bucket has no row, as Spark writes it."""
    ids = registry.patient_ids()["patient_id"]
    folder.mkdir(parents=True)
    bounds = [len(ids) * k // buckets for k in range(buckets + 1)]
    for name, frame in registry.tables.items():
        if name == "completeness":
            frame.write_parquet(folder / "completeness.parquet")
            continue
        for k in range(buckets):
            mine = frame.filter(pl.col("patient_id").is_in(ids[bounds[k] : bounds[k + 1]].to_list()))
            if mine.height:
                (folder / name / f"bucket={k}").mkdir(parents=True)
                mine.write_parquet(folder / name / f"bucket={k}" / "part-0.parquet")
    (folder / "registry.toml").write_text('simulated = true\naxis = "calendar"\n', "utf-8")
    return folder


def in_folders(blocks: int, folder: Path) -> Path:
    """A registry of its own a bucket."""
    for block in range(blocks):
        some_patients(block).write(folder / f"bucket={block}", "parquet")
    return folder


def read_answers(out: Path) -> dict[str, pl.DataFrame]:
    """Every table of answers, buckets and parts in order."""
    found = {}
    for table in sorted(entry for entry in out.iterdir() if entry.is_dir() and not entry.name.startswith("_")):
        parts = [pl.read_parquet(part, hive_partitioning=False) for part in sorted(table.rglob("*.parquet"))]
        found[table.name] = pl.concat(parts)
    return found


def answers_of(registry: Registry) -> dict[str, pl.DataFrame]:
    return answer_frames(assess(registry))


def differing(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> list[str]:
    """Tables that are not row for row and type for type the same."""
    names = sorted(found.keys() | expected.keys())
    return [name for name in names if name not in found or name not in expected or not found[name].equals(expected[name])
            or found[name].schema != expected[name].schema]  # fmt: skip

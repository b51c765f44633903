"""A simulated registry of any size, written as Parquet, bucket by bucket, in the memory of a few thousand patients.

The folder is a registry that `tenfold.read` reads: each table is a folder of buckets (`mrd_samples/bucket=0000`), each
bucket a folder of parts, and a bucket holds whole patients. `truth` beside the tables has the same buckets; no reader
of records looks into it. A part holds some blocks that follow each other: how many changes the files and the memory
used, never the patients. Traps: `truth` must never be given to what is being tested; the same bytes need the same
versions of numpy and Polars; a run that was cut short leaves a folder without `registry.toml`: begin anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl

from tenfold.cohort.simulation.blocks import blocks_of
from tenfold.cohort.simulation.simulated import SOURCE, simulate_block, statements, title

BLOCKS_TO_A_PART = 5
PATIENTS_TO_A_BUCKET = 10_000
"""Unless a number of buckets is named."""
Progress = Callable[[int, int], None]
"""Called with the patients written so far and all of them."""


def stream(
    folder: str | Path,
    patients: int,
    seed: int = 1,
    buckets: int | None = None,
    progress: Progress | None = None,
    *,
    kind: str = "mixed",
    noise: float | None = None,
    blocks_to_a_part: int = BLOCKS_TO_A_PART,
) -> list[str]:
    """Write so many patients into buckets of about as many and return the buckets' names.

    There are never more buckets than blocks of 1,000 patients. The patients are those of `simulate_registry`.
    ValueError for fewer than one patient, bucket or block to a part, or a folder that already holds something.
    """
    root = Path(folder)
    if buckets is None:
        buckets = -(-patients // PATIENTS_TO_A_BUCKET)
    blocks = blocks_of(patients)
    if buckets < 1:
        raise ValueError("there must be at least one bucket")
    if blocks_to_a_part < 1:
        raise ValueError("there must be at least one block to a part")
    root.mkdir(parents=True, exist_ok=True)
    if any(root.iterdir()):
        raise ValueError(f"{root} already holds something: write into an empty folder")
    buckets = min(buckets, len(blocks))
    bounds = [len(blocks) * k // buckets for k in range(buckets + 1)]
    names, done = [f"{k:04d}" for k in range(buckets)], 0
    for k, name in enumerate(names):
        mine = blocks[bounds[k] : bounds[k + 1]]
        for first in range(0, len(mine), blocks_to_a_part):
            some = mine[first : first + blocks_to_a_part]
            _write_part(root, f"bucket={name}", first // blocks_to_a_part, some, seed, kind, noise)
            done += sum(wanted for _, wanted in some)
            if progress is not None:
                progress(done, patients)
    statements().write_parquet(root / "completeness.parquet")
    (root / "registry.toml").write_text(_about(title(patients, seed, kind), root), "utf-8")
    return names


def _write_part(
    root: Path, bucket: str, part: int, blocks: list[tuple[int, int]], seed: int, kind: str, noise: float | None
) -> None:
    simulated = [simulate_block(block, wanted, seed, kind, noise) for block, wanted in blocks]
    frames = {root / name / bucket: pl.concat([tables[name] for tables, _, _ in simulated]) for name in simulated[0][0]}
    frames[root / "truth" / "patients" / bucket] = pl.concat([truth for _, truth, _ in simulated])
    frames[root / "truth" / "samples" / bucket] = pl.concat([samples for _, _, samples in simulated])
    for path, frame in frames.items():
        path.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path / f"part-{part:04d}.parquet")


def _about(said: str, root: Path) -> str:
    tables = sorted(entry.name for entry in root.iterdir() if entry.is_dir() and entry.name != "truth")
    sources = "".join(f"{table} = {json.dumps(SOURCE)}\n" for table in tables)
    return f'title = {json.dumps(said)}\nsimulated = true\naxis = "calendar"\n\n[sources]\n{sources}'

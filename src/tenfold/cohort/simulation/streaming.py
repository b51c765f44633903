"""A simulated registry of any size, written as Parquet, bucket by bucket, in the memory of a few thousand patients.

The folder holds `bucket=0000`, `bucket=0001` ..., each a registry of its own that `tenfold.read` reads, and `truth`
with the same buckets. A bucket holds whole blocks that follow each other, and each of its tables is a folder of parts,
one for every ten blocks. Traps: `truth` must never be given to what is being tested; the same bytes need the same
versions of numpy and Polars.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl

from tenfold.cohort.simulation.blocks import blocks_of
from tenfold.cohort.simulation.simulated import SOURCE, simulate_block, statements, title

BLOCKS_TO_A_PART = 10
Progress = Callable[[int, int], None]
"""Called with the patients written so far and all of them."""


def stream(
    folder: str | Path,
    patients: int,
    seed: int = 1,
    buckets: int = 16,
    progress: Progress | None = None,
    *,
    kind: str = "mixed",
    noise: float | None = None,
) -> list[Path]:
    """Write so many patients into buckets of about as many and return the buckets' folders.

    There are never more buckets than blocks of 1,000 patients. The patients are those of `simulate_registry`.
    ValueError for fewer than one patient or bucket, or a folder that already holds something.
    """
    root = Path(folder)
    if buckets < 1:
        raise ValueError("there must be at least one bucket")
    blocks = blocks_of(patients)
    root.mkdir(parents=True, exist_ok=True)
    if any(root.iterdir()):
        raise ValueError(f"{root} already holds something: write into an empty folder")
    buckets = min(buckets, len(blocks))
    bounds = [len(blocks) * k // buckets for k in range(buckets + 1)]
    written, done = [], 0
    for k in range(buckets):
        mine = blocks[bounds[k] : bounds[k + 1]]
        name = f"bucket={k:04d}"
        within = sum(wanted for _, wanted in mine)
        for part in range(0, len(mine), BLOCKS_TO_A_PART):
            some = mine[part : part + BLOCKS_TO_A_PART]
            _write_part(root, name, part // BLOCKS_TO_A_PART, some, seed, kind, noise)
            done += sum(wanted for _, wanted in some)
            if progress is not None:
                progress(done, patients)
        statements().write_parquet(root / name / "completeness.parquet")
        about = f"bucket {k + 1} of {buckets} of {title(patients, seed, kind)}: {within} patients"
        (root / name / "registry.toml").write_text(_about(about, root / name), "utf-8")
        written.append(root / name)
    return written


def _write_part(
    root: Path, bucket: str, part: int, blocks: list[tuple[int, int]], seed: int, kind: str, noise: float | None
) -> None:
    simulated = [simulate_block(block, wanted, seed, kind, noise) for block, wanted in blocks]
    frames = {
        root / bucket / f"{name}.parquet": pl.concat([tables[name] for tables, _, _ in simulated])
        for name in simulated[0][0]
    }
    frames[root / "truth" / bucket / "patients.parquet"] = pl.concat([truth for _, truth, _ in simulated])
    frames[root / "truth" / bucket / "samples.parquet"] = pl.concat([samples for _, _, samples in simulated])
    for path, frame in frames.items():
        path.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path / f"part-{part:04d}.parquet")


def _about(said: str, bucket: Path) -> str:
    tables = sorted(entry.stem for entry in bucket.iterdir() if entry.is_dir())
    sources = "".join(f"{table} = {json.dumps(SOURCE)}\n" for table in tables)
    return f'title = {json.dumps(said)}\nsimulated = true\naxis = "calendar"\n\n[sources]\n{sources}'

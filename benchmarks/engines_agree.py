"""In process and on Spark, the same answers: every file, every column, row for row.

`python benchmarks/engines_agree.py [PATIENTS [FOLDER]]` (2,000 patients and a folder that goes again, if not said) simulates a
registry in buckets of 1,000 patients (of 10,000 from 50,000 on), assesses it with both engines and compares what they wrote.
Needs `pip install 'tenfold[spark]'` and Java. Ends with 1, and names the first files that differ, unless all are the same.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from tenfold.cohort.simulation.streaming import stream
from tenfold.engine.receipts import RECEIPTS
from tenfold.engine.run import assess_in_buckets, engine_named

PATIENTS, SEED, MANY, NAMED = 2_000, 1, 50_000, 10
OF_THE_RUN = ("seconds", "peak_mib", "batches", "again")
"""What a receipt says of the run, and not of the answers."""


def main() -> None:
    """Assess twice and compare."""
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS
    with tempfile.TemporaryDirectory() as gone:
        root = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(gone)
        records = root / f"records-{patients}"
        if not (records / "registry.toml").exists():
            stream(records, patients, SEED, None if patients >= MANY else -(-patients // 1_000), kind="mixed")
        for engine in ("polars", "spark"):
            began = time.monotonic()
            outcome = assess_in_buckets(records, root / f"{engine}-{patients}", engine_named(engine))
            if outcome.quarantined or outcome.total("patients") != patients:
                raise SystemExit(f"{engine}: not every patient has answers: {outcome.quarantined[:1]}")
            print(f"{engine}: {patients:,} patients in {time.monotonic() - began:.0f} s", flush=True)
        raise SystemExit(compare(root / f"polars-{patients}", root / f"spark-{patients}"))


def compare(one: Path, other: Path) -> int:
    """Compare two folders of answers and say so: 0 where all is the same, 1 where anything differs or nothing is there.

    Batches follow the memory that a process has, so that a bucket may lie in other parts: parts are put together first.
    """
    tables, others = (
        sorted(str(place.relative_to(root)) for place in root.glob("[!_]*/bucket=*")) for root in (one, other)
    )
    unlike = [f"{name}: only one of them has it" for name in set(tables) ^ set(others)]
    same_bytes = rows = cells = 0
    for name in sorted(set(tables) & set(others)):
        files = [sorted((root / name).glob("*.parquet")) for root in (one, other)]
        found, expected = (
            pl.concat([pl.read_parquet(file, hive_partitioning=False) for file in some]) for some in files
        )
        same_bytes += [file.read_bytes() for file in files[0]] == [file.read_bytes() for file in files[1]]
        rows, cells = rows + found.height, cells + found.height * found.width
        if found.schema != expected.schema:
            unlike.append(f"{name}: other columns")
        elif found.height != expected.height:
            unlike.append(f"{name}: {found.height} rows and {expected.height}")
        elif not found.equals(expected):
            columns = [column for column in found.columns if not found[column].equals(expected[column])]
            unlike.append(f"{name}: other values in {', '.join(columns[:NAMED])}")
    receipts = [
        {
            file.name: {k: v for k, v in json.loads(file.read_text("utf-8")).items() if k not in OF_THE_RUN}
            for file in sorted((root / RECEIPTS).glob("*.json"))
        }
        for root in (one, other)
    ]
    if receipts[0] != receipts[1]:
        unlike.append("the receipts say otherwise")
    for told in unlike[:NAMED]:
        print(told)
    print(
        f"{len(tables)} folders of answers, {rows:,} rows, {cells:,} cells; {same_bytes} the same byte for byte; {len(unlike)} differ"
    )
    return 1 if unlike or not rows else 0


if __name__ == "__main__":
    main()

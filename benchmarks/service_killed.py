"""Fifty times on each store: a program that imports is killed at a random moment, and the store is held against its word.

    python benchmarks/service_killed.py [TIMES]

Prints how many imports were acknowledged, how many the store holds, and how many of these were whole though the program was
killed before it could say so. Stops at the first import that is lost or half-written, and at a broken audit trail.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from postgresql_running import postgresql
from store_killed import held_against, kill_some_time, started
from store_tables import SECRET, a_centre, new_database, opened
from tenfold.cohort.simulation import simulate_registry

LONGEST = 1.0


def killed(url: str, times: int, folder: Path) -> tuple[int, int, int]:
    """Kill so many children; how many imports were acknowledged, how many are there, and how many of these unsaid."""
    registry = simulate_registry(12, seed=4).registry
    records = folder / "simulated"
    if not records.exists():
        registry.write(records, "parquet")
    with opened(url) as store:
        a_centre(store)
    chance = random.Random(times)
    acknowledged: list[str] = []
    names = [f"c{number}" for number in range(times)]
    there = unsaid = 0
    for number, name in enumerate(names):
        with started("import", url, name, str(records)) as child:
            acknowledged += kill_some_time(child, chance, LONGEST, number % 2)
        there, unsaid = held_against(url, registry, acknowledged, names)
    return len(acknowledged), there, unsaid


def main(times: int) -> None:
    """Both stores."""
    os.environ["TENFOLD_SECRET"] = SECRET
    print(f"{'store':12} {'killed':>7} {'acknowledged':>13} {'there, whole':>13} {'of them unsaid':>15} {'seconds':>8}")
    with tempfile.TemporaryDirectory() as place, postgresql() as server:
        for name, url in (("SQLite", f"sqlite:///{place}/s.db"), ("PostgreSQL", new_database(server))):
            begun = time.perf_counter()
            acknowledged, there, unsaid = killed(url, times, Path(place))
            seconds = time.perf_counter() - begun
            print(f"{name:12} {times:7} {acknowledged:13} {there:13} {unsaid:15} {seconds:8.0f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)

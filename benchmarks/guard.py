"""The guard of speed: which definition has become slower than it was.

`python benchmarks/guard.py` measures every part of the assessment, and every risk model by itself, on 2,000 simulated patients,
as a ratio to a fixed piece of work that is measured in the same run, and compares the ratios with `baseline.json`. It names what
takes more than FACTOR times its baseline and ends with 1; `--write` makes the baseline anew. Ratios of processor time on one
thread of Polars: other work on the machine, and another machine, change them little, but not nothing.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["POLARS_MAX_THREADS"] = "1"

import numpy as np
import polars as pl

from tenfold import assessment
from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.logic.answering import answer
from tenfold.mrd.streams import molecular_states
from tenfold.records.registry import Registry

PATIENTS, SEED, TIMES, FACTOR = 2_000, 1, 5, 2.0
MANY = 20
LEAST = 0.05
"""Of the fixed work: a part that takes less is too short to be measured, and is taken to take as much."""
BASELINE = Path(__file__).with_name("baseline.json")
FIRST = ("marrows", "course", "_samples", "molecular", "standing", "_present", "risk", "diagnosis", "_after")
"""Parts of an assessment that others are made of, in an order in which each waits for none; the rest follow."""


def fixed_work() -> float:
    """Seconds of the processor that work takes which never changes: some Python, some numpy, some Polars."""
    drawn = np.random.default_rng(SEED).integers(0, 5_000, 400_000)
    began = time.process_time()
    total = 0
    for number in range(400_000):
        total += number % 7
    np.sort(drawn.astype(np.float64) / 3)
    frame = pl.DataFrame({"key": drawn, "value": drawn * 2})
    for _ in range(5):
        frame.with_columns(text=pl.col("key").cast(pl.String)).group_by("text").agg(pl.col("value").max()).sort("text")
        frame.with_columns(last=pl.col("value").shift().over("key"))
    return time.process_time() - began


def parts(registry: Registry) -> dict[str, float]:
    """Seconds of the processor of each part of an assessment, without those that it is made of, and of each risk model."""
    found = assessment.assess(registry)
    taken: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> None:
        began = time.process_time()
        work()
        taken[name] = time.process_time() - began

    for name in dict.fromkeys((*FIRST, *assessment.PARTS)):
        timed(name.removeprefix("_"), lambda name=name: getattr(found, name))  # type: ignore[misc]
    taken["everything"] = sum(taken.values())
    timed("molecular_states", lambda: molecular_states(registry, found.settings, found.course))
    for model in assessment.ALL_MODELS:  # each many times: once is too short to be measured
        frame = found.risk if model in assessment.RISK_MODELS else found.diagnosis
        timed(model.name, lambda frame=frame, model=model: [answer(frame, [model]) for _ in range(MANY)])  # type: ignore[misc]
    return taken


def measured() -> dict[str, float]:
    """The least ratio of each part of some runs."""
    parts(simulate_registry(PATIENTS, SEED, kind="mixed").registry)
    works: list[float] = []
    least: dict[str, float] = {}
    for _ in range(TIMES):
        works.append(fixed_work())
        taken = parts(simulate_registry(PATIENTS, SEED, kind="mixed").registry)
        for name, seconds in taken.items():
            least[name] = min(least.get(name, np.inf), seconds)
    return {name: round(seconds / min(works), 4) for name, seconds in least.items()}


def slowed(now: dict[str, float], before: dict[str, float], factor: float = FACTOR) -> dict[str, float]:
    """How many times slower each part has become that has become too slow. KeyError for a part that has no baseline."""
    times = {name: max(ratio, LEAST) / max(before[name], LEAST) for name, ratio in now.items()}
    return {name: times[name] for name in sorted(times, key=lambda name: -times[name]) if times[name] > factor}


def main() -> None:
    """Measure, and compare or write."""
    now = measured()
    if "--write" in sys.argv:
        BASELINE.write_text(json.dumps(now, indent=1) + "\n", "utf-8")
        return
    before = json.loads(BASELINE.read_text("utf-8"))
    unlike = sorted(now.keys() ^ before.keys())
    if unlike:
        raise SystemExit(f"the baseline has other parts ({', '.join(unlike)}): write it anew with --write")
    for name, ratio in now.items():
        print(f"{name:50}{ratio:9.3f}{before[name]:9.3f}{max(ratio, LEAST) / max(before[name], LEAST):7.2f}")
    slow = slowed(now, before)
    for name, times in slow.items():
        print(f"slower: {name} takes {times:.1f} times what it took")
    raise SystemExit(1 if slow else 0)


if __name__ == "__main__":
    main()

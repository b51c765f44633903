"""One patient, everything, in process and warm: how long the assessment, the card and the page of the board take.

`POLARS_MAX_THREADS=1 python benchmarks/one_patient.py [PATIENTS]`: so many patients (200 if not said), as many of them published
as there are and the rest simulated. Prints the median and the 99th percentile, the board's of those alive (of the dead it has
one line), and how many frame operations an assessment takes.
A busy machine is told by the time on the clock being much more than that of the processor.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from polars.lazyframe.frame import LazyFrame

import tenfold
from tenfold.assessment import Assessment, assess
from tenfold.cohort.simulation.simulated import simulate_registry
from tenfold.records.registry import Registry
from tenfold.reports.board import board
from tenfold.reports.card import card

PATIENTS, SEED, PUBLISHED, WARM = 200, 1, 100, 5
PROMISE = {"assess": 25.0, "card and board": 15.0}
"""The most that the median may take, ms."""


def main() -> None:
    """Print the table."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS
    people = _people(wanted)
    for registry, patient_id in people[:WARM] + people[-WARM:]:
        _whole(registry.patient(patient_id), patient_id, {})
    taken: dict[str, list[tuple[float, float]]] = {}
    for registry, patient_id in people:
        _whole(registry.patient(patient_id), patient_id, taken)
    print(f"{len(people)} patients\n{'':16}{'median':>9}{'p99':>9}{'processor':>11}{'promise':>9}  (ms)")
    for name, times in taken.items():
        clock, processor = (1000 * np.array(part) for part in zip(*times, strict=True))
        promise = f"{PROMISE[name]:9.0f}" if name in PROMISE else ""
        print(f"{name:16}{np.median(clock):9.1f}{np.quantile(clock, 0.99):9.1f}{np.median(processor):11.1f}{promise}")
    counts = [
        _operations(registry.patient(patient_id)) for registry, patient_id in people[:: max(1, len(people) // 20)]
    ]
    print(f"frame operations of an assessment: {np.median(counts):.0f} (median)")


def _people(wanted: int) -> list[tuple[Registry, str]]:
    published = tenfold.published()
    ids = published.patient_ids()["patient_id"].to_list()[: min(PUBLISHED, wanted // 2)]
    simulated = simulate_registry(wanted - len(ids), SEED).registry
    return [(published, name) for name in ids] + [(simulated, name) for name in simulated.patient_ids()["patient_id"]]


def _whole(registry: Registry, patient_id: str, taken: dict[str, list[tuple[float, float]]]) -> None:
    def timed(name: str, work: Callable[[], Any]) -> Any:
        clock, processor = time.perf_counter(), time.process_time()
        result = work()
        times = (time.perf_counter() - clock, time.process_time() - processor)
        taken.setdefault(name, []).append(times)
        return result

    assessment: Assessment = timed("assess", lambda: assess(registry).worked_out())
    told = timed("card", lambda: card(assessment, patient_id))
    if not told["died"]:
        timed("board", lambda: board(assessment, told))
        timed("card and board", lambda: board(assessment, card(assessment, patient_id)))


def _operations(registry: Registry) -> int:
    """How often an assessment runs a frame operation: each is a query that is collected at once."""
    collect, count = LazyFrame._collect_eager, 0

    def counted(self: LazyFrame, *args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        return collect(self, *args, **kwargs)

    LazyFrame._collect_eager = counted  # type: ignore[method-assign]
    try:
        assess(registry).worked_out()
    finally:
        LazyFrame._collect_eager = collect  # type: ignore[method-assign]
    return count


if __name__ == "__main__":
    main()

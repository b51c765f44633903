"""An import is one transaction: whenever the program is killed, what was acknowledged is there, and nothing is there in part."""

from __future__ import annotations

import random
from contextlib import ExitStack
from pathlib import Path

from store_killed import held_against, kill_some_time, started
from store_tables import a_centre, opened
from tenfold.cohort.simulation import simulate_registry

TIMES = 5


def test_whenever_an_import_is_killed_all_of_it_is_there_or_nothing(url: str, tmp_path: Path) -> None:
    registry = simulate_registry(12, seed=4).registry
    registry.write(tmp_path / "simulated", "parquet")
    with opened(url) as store:
        a_centre(store)
    chance = random.Random(7)
    names = [f"c{number}" for number in range(TIMES)]
    acknowledged: list[str] = []
    with ExitStack() as stack:
        children = [stack.enter_context(started("import", url, name, str(tmp_path / "simulated"))) for name in names]
        for number, child in enumerate(children):
            acknowledged += kill_some_time(child, chance, 0.5, number % 2)
            held_against(url, registry, acknowledged, names)
    assert len(acknowledged) >= TIMES // 2

"""Killing a program that imports, and what must then be so: nothing acknowledged is lost, and nothing is half-written."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

from sqlalchemy import func, select

from store_child import named
from store_tables import a_centre, opened
from tenfold.records.registry import Registry
from tenfold.service.store import schema

CHILD = Path(__file__).with_name("store_child.py")


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A child, which is gone at the end whatever happens."""
    with subprocess.Popen(
        [sys.executable, str(CHILD), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()
            child.wait(30)


def go(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == "ready\n"
    child.stdin.write("go\n")
    child.stdin.flush()


def kill_some_time(child: subprocess.Popen[str], chance: random.Random, longest: float, after: int) -> list[str]:
    """Let a child import, kill it at a random moment, and return what the store had acknowledged to it.

    `after`: how many acknowledgements to wait for before the moment is drawn, so that a slow machine gets as far, too.
    """
    go(child)
    lines: list[str] = []
    assert child.stdout is not None
    reader = Thread(target=lambda: lines.extend(line for line in child.stdout if line.endswith("\n")))  # type: ignore[union-attr]
    reader.start()
    deadline = time.monotonic() + 60
    while len(lines) < after and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(chance.uniform(0.0, longest))
    child.kill()
    child.wait(30)
    reader.join(30)
    return [line.strip() for line in lines]


def held_against(url: str, wanted: Registry, acknowledged: list[str], children: list[str]) -> tuple[int, int]:
    """Hold a store against what was acknowledged; return how many imports it holds and how many beyond the acknowledged."""
    with opened(url) as store:
        centre = a_centre(store)
        with store.reading() as connection:
            assert store.trail.verify(connection).broken is None
            rows = select(func.count()).select_from(schema.change).where(schema.change.c.action == "imported")
            changes = connection.execute(rows).scalar_one()
        registry, revision = centre.registry()
    names = registry.patient_ids()["patient_id"].to_list()
    there = {prefix for name in names for prefix in (name[: name.index("-", name.index("-") + 1) + 1],)}
    assert set(acknowledged) <= there, "an acknowledged import is lost"
    assert all(prefix.split("-")[0] in children for prefix in there)
    for prefix in there:
        of_this = registry.select([name for name in names if name.startswith(prefix)])
        whole = named(wanted, prefix)
        for table, frame in whole.tables.items():
            if table == "completeness":
                continue
            key = frame.columns
            assert of_this.table(table).sort(key).equals(frame.sort(key)), f"{prefix} is half-written in {table}"
            assert of_this.complete(table).equals(whole.complete(table))
    assert changes == revision == len(there)
    return len(there), len(there - set(acknowledged))

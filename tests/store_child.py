"""A program that writes to a store until it is killed, or once: `python store_child.py WHAT URL NAME ...`.

It says "ready", waits for a line, and then writes a line for each thing that the store has acknowledged.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import polars as pl

from tenfold.records.reading import read
from tenfold.records.registry import Registry
from tenfold.service.store import accounts
from tenfold.service.store.centre import Centre
from tenfold.service.store.entry import write_facts
from tenfold.service.store.imports import store_registry
from tenfold.service.store.outcome import Conflict
from tenfold.service.store.store import open_store


def named(registry: Registry, prefix: str) -> Registry:
    """The same records, of patients whose names begin with a prefix."""
    names = ("patient_id", "sample_id")
    tables = {
        table: frame.with_columns(
            pl.concat_str(pl.lit(prefix), name).alias(name) for name in names if name in frame.columns
        )
        for table, frame in registry.tables.items()
    }
    return Registry(
        tables=tables, axis=registry.axis, title=registry.title, simulated=registry.simulated, sources=registry.sources
    )


def main(what: str, url: str, name: str, *more: str) -> None:
    store = open_store(url)
    centre = Centre(store, accounts.centres(store)["North"], None, name)
    registry = read(Path(more[0])) if what.startswith("import") else None
    print("ready", flush=True)
    sys.stdin.readline()
    if registry is None:
        key, revision, day = more
        row = {"sample_date": day, "platelets_e9_l": 99.0}
        try:
            write_facts(centre, key, int(revision), add={"counts": [row]})
            print("written", flush=True)
        except Conflict:
            print("conflict", flush=True)
        return
    for number in count() if what == "import" else (0,):
        store_registry(centre, named(registry, f"{name}-{number}-"), f"import {number}")
        print(f"{name}-{number}-", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A registry through a folder of tables or another format, and the comparison of two registries in everything they hold."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from polars.testing import assert_frame_equal

from tenfold.exchange.converted import Converted
from tenfold.records import TABLES, Registry, read


def through_tables(registry: Registry) -> Registry:
    """A registry as it is read from the folder it was written to."""
    with tempfile.TemporaryDirectory() as folder:
        registry.write(folder)
        return read(folder)


def same(one: Registry, other: Registry) -> None:
    """See that two registries hold the same rows in any order, are complete in the same, and say the same of themselves."""
    assert one.tables.keys() == other.tables.keys()
    for name, frame in one.tables.items():
        assert_frame_equal(frame, other.tables[name], check_row_order=False)
    for name in TABLES:
        assert_frame_equal(one.complete(name), other.complete(name), check_row_order=False)
    for what in ("title", "axis", "simulated", "sources"):
        assert getattr(one, what) == getattr(other, what), what


def through_format(form: Any, registry: Registry, name: str) -> Converted:
    """A registry as a format reads what it wrote under a name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        form.write_records(registry, path)
        assert form.recognises(path)
        return form.read_records(path)


def comes_back_whole(registry: Registry, found: Converted) -> None:
    """See that what came back is what a folder of tables gives back."""
    same(through_tables(registry), found.registry)

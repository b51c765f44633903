"""A registry through a folder of tables, and the comparison of two registries in everything they hold."""

from __future__ import annotations

import tempfile

from polars.testing import assert_frame_equal

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

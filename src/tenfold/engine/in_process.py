"""Buckets in this process, one after the other; Polars and the compiled folds use its cores."""

from __future__ import annotations

from collections.abc import Iterator

from tenfold.engine.buckets import Task
from tenfold.engine.receipts import Receipt


def in_process(task: Task) -> Iterator[Receipt]:
    """Do every bucket and give its receipt when it is done."""
    for bucket in task.source.names:
        yield task.run(bucket)

"""Work on small frames, done where it is asked.

Polars hands each step to its own threads and waits; on the frames of a few patients that takes longer than the step, some
thousands of times in an assessment. Within a step that is Python's it hands nothing on, and `at_once` makes the whole work
such a step. Answers are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import local
from typing import ParamSpec, TypeVar

import polars as pl

P = ParamSpec("P")
T = TypeVar("T")
FEW = 1000
"""Up to so many patients it is faster, measured on two cores."""
_NOTHING = pl.LazyFrame({"nothing": [None]})
_here = local()
"""Whether this thread is within such a step."""


def at_once(work: Callable[[], T], patients: int = 1) -> T:
    """Return what `work` on so many patients returns; on few, no step of it is handed to another thread."""
    if patients > FEW or getattr(_here, "at_once", False):
        return work()
    results: list[T] = []

    def step(frame: pl.DataFrame) -> pl.DataFrame:
        _here.at_once = True
        try:
            results.append(work())
        finally:
            _here.at_once = False
        return frame

    _NOTHING.map_batches(step).collect()
    return results[0]


def of_one_patient(function: Callable[P, T]) -> Callable[P, T]:
    """Do what a function says of one patient at once."""

    @wraps(function)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        return at_once(lambda: function(*args, **kwargs))

    return done

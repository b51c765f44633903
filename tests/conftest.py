"""Shared by all tests: a small deterministic Hypothesis profile for the full run.

`pytest --hypothesis-profile=thorough` looks at many more random examples, other ones each time.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

# What is printed depends on no window; parallel workers are told of one.
os.environ.pop("COLUMNS", None)

settings.register_profile(
    "tenfold",
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("thorough", settings.get_profile("tenfold"), max_examples=200, derandomize=False)
settings.load_profile("tenfold")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported to collect the tests stays: looking through it for garbage again and again takes a quarter of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()

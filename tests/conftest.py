"""Shared by all tests: a small deterministic Hypothesis profile for the full run.

`pytest --hypothesis-profile=thorough` looks at many more random examples, other ones each time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile(
    "tenfold",
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("thorough", settings.get_profile("tenfold"), max_examples=200, derandomize=False)
settings.load_profile("tenfold")

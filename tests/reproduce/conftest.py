"""Every printed number, recomputed once for all that asks for it."""

from __future__ import annotations

import pytest

from tenfold.reproduce import Finding, reproduce


@pytest.fixture(scope="session")
def found() -> list[Finding]:
    return reproduce()

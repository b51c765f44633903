"""Small runs for tests: one sample's cycles read on stored curves, and its one result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from tenfold.assay.measure import measure
from tenfold.assay.profile import Profile, StoredCurve
from tenfold.exchange.run import WELLS, Run
from tenfold.settings import DEFAULTS

LINES = (StoredCurve("NPM1", -3.4, 39.5, "a test"), StoredCurve("ABL1", -3.4, 39.5, "a test"))
Wells = Sequence[tuple[str, str, str, float | None]]


def profile_with(**changes: Any) -> Profile:
    return Profile("a test", "Laboratory A", "a test", DEFAULTS.changed(**changes), stored_curves=LINES)


def run_of(target: Sequence[float | None], control: Sequence[float | None], blank: float | None = None) -> Run:
    """One sample S1 read on stored curves, with blanks for both targets."""
    cells = [("S1", "patient", "NPM1", ct) for ct in target] + [("S1", "patient", "ABL1", ct) for ct in control]
    cells += [("water", "no template", "NPM1", blank), ("water", "no template", "ABL1", None)]
    rows = [
        (f"A{n}", sample, name, role, None, ct, "undetermined" if ct is None else "measured", False, None)
        for n, (sample, role, name, ct) in enumerate(cells, 1)
    ]
    return Run("r", "a test", wells=pl.DataFrame(rows, WELLS, orient="row"))


def one(run: Run, profile: Profile | None = None, **beside: Any) -> dict[str, Any]:
    [row] = measure(run, profile or profile_with(), **beside).results.to_dicts()
    return row


ABL_40K = (23.86, 23.86)  # 40,300 copies on the curve above
ABL_5K = (26.92, 26.92)  # 5,000 copies

"""Patients of whom something is supposed in tests, and an answer before and after it."""

from __future__ import annotations

from typing import Any

import tenfold
from registries import line, registry, remission
from tenfold.records import Registry
from tenfold.what_if.compare import Difference, WhatIf

PUBLISHED = tenfold.published()


def change(found: WhatIf, name: str) -> Difference:
    return next(one for one in found.changes if one.name == name)


def possible(found: WhatIf, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    one = change(found, name)
    return one.before.possible, one.after.possible


def in_remission(*samples: Any, **more: Any) -> Registry:
    """A patient in remission of whom everything is recorded."""
    return registry(
        treatments=[line(-90, "induction", "cytarabine", intensive=True)],
        responses=[remission(0)],
        mrd_samples=list(samples),
        **more,
    )

"""How a request to the store can fail, in words that its user understands."""

from __future__ import annotations

import polars as pl


class NotThere(LookupError):
    """What was asked for is not in this centre: it may not exist at all, and which of the two is not told."""


class Conflict(Exception):
    """Somebody else changed the same thing in the meantime: nothing was written."""


class Refused(ValueError):
    """What was given cannot be a record. `faults`: each fault, as the admission of records names it; nothing was written."""

    def __init__(self, said: str, faults: pl.DataFrame | None = None) -> None:
        super().__init__(said)
        self.faults = faults

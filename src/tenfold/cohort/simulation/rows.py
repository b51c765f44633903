"""Rows of a block's tables from arrays: who is meant, on which day, and words by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tenfold.cohort.simulation.blocks import BLOCK
from tenfold.cohort.simulation.numbers import NEVER, Flags, Integers


@dataclass(frozen=True)
class Block:
    """The patients of a block: their names, and the day (since 1970-01-01) of each one's diagnosis."""

    ids: pl.Series
    diagnosed: Integers

    @classmethod
    def numbered(cls, block: int, diagnosed: Integers) -> Block:
        """The patients of a numbered block, named by their place in the whole simulation."""
        first = block * BLOCK
        return cls(pl.Series("patient_id", [f"S{first + k:08d}" for k in range(len(diagnosed))]), diagnosed)

    def frame(self, who: Integers, dates: dict[str, Integers], columns: dict[str, Any] | None = None) -> pl.DataFrame:
        """Return a row for each place in `who`; dates are days since diagnosis (NEVER: none)."""
        at = {name: self.date(name, who, day) for name, day in dates.items()}
        return pl.DataFrame({"patient_id": self.ids.gather(who), **at, **(columns or {})})

    def date(self, name: str, who: Integers, day: Integers) -> pl.Series:
        """Return days since diagnosis as dates."""
        days = pl.Series(name, (self.diagnosed[who] + np.where(day < NEVER, day, 0)).astype(np.int32))
        return days.set(pl.Series(day >= NEVER), None).cast(pl.Date)


def happens(day: Integers) -> Integers:
    """Return the places of those to whom something happens."""
    return np.flatnonzero(day < NEVER)


def words(each: Sequence[str | None], number: Integers) -> pl.Series:
    """Return words by their numbers."""
    return pl.Series(list(each), dtype=pl.String).gather(number)


def known(values: Any, where: Flags) -> pl.Series:
    """Return values, null elsewhere."""
    return pl.Series(values).set(pl.Series(~where), None)


def stacked(frames: Sequence[pl.DataFrame], *order: str) -> pl.DataFrame:
    """Return frames below each other, sorted; a column that one of them lacks is null there."""
    return pl.concat(frames, how="diagonal_relaxed").sort(*order, maintain_order=True)

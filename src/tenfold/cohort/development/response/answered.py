"""The patients of a response model, coded: who responded, and one column of numbers a coded level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.cohort.covariates import as_event
from tenfold.cohort.development.patients import Rows, coded_columns, slices_of
from tenfold.cohort.development.terms import Term
from tenfold.cohort.significance import Floats

RESPONSE = "response"
"""The column of the outcome, and the word for it as an endpoint."""


@dataclass(frozen=True)
class Answered:
    """Who responded (`event`) and the coded candidates, one row a patient whose answer is known."""

    event: NDArray[np.bool_]
    x: Floats
    terms: tuple[Term, ...]

    @property
    def n(self) -> int:
        """How many rows."""
        return int(self.event.size)

    @property
    def events(self) -> int:
        """How many responded."""
        return int(self.event.sum())

    @property
    def y(self) -> Floats:
        """The answers as 1 and 0."""
        return self.event.astype(float)

    @property
    def slices(self) -> dict[str, slice]:
        """Where the columns of each term lie."""
        return slices_of(self.terms)

    def take(self, rows: Rows) -> Answered:
        """These rows, as often as named."""
        return replace(self, event=self.event[rows], x=self.x[rows])


def answered(frame: pl.DataFrame, terms: Sequence[Term], response: str = RESPONSE) -> Answered:
    """Code a frame of one row a patient, everything in it known.

    ValueError for a response that is not yes or no, and if all or none respond.
    """
    told = as_event(frame[response]).astype(bool)
    if told.all() or not told.any():
        which = "all" if told.all() else "none"
        raise ValueError(f"{response}: {which} of the {told.size} patients respond; there is nothing to learn")
    return Answered(told, coded_columns(frame, terms), tuple(terms))

"""From records to the plain frame of a response development: one row a patient, response and candidates at the index.

Who responded is told as in a study's response models (a named set, the treatment of an index day); everything else is read as
known on the patient's own index day, never later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tenfold.assessment import Assessment
from tenfold.cohort.development.records import with_known
from tenfold.cohort.response_sets import RESPONSE_SETS, ResponseSet, Which
from tenfold.cohort.study.response_outcome import responses_at
from tenfold.vocabulary import Clock

INDEX = Clock.VENETOCLAX.value


@dataclass(frozen=True)
class FromResponses:
    """The frame (`patient_id`, `response`, the columns asked for), the outcome in words, and who is left out, why."""

    frame: pl.DataFrame
    outcome: str
    left_out: pl.DataFrame
    notes: tuple[str, ...]


def response_set_called(name: str) -> ResponseSet:
    """Return a set by its name, however capitals are written. LookupError that names them all."""
    for known, found in RESPONSE_SETS.items():
        if known.lower() == name.strip().lower():
            return found
    raise LookupError(f"no response set is called {name}; there are {', '.join(RESPONSE_SETS)}")


def from_responses(
    assessment: Assessment,
    columns: Sequence[str],
    *,
    outcome: str = "CRc",
    of: ResponseSet,
    which: Which = "best",
    index: str = INDEX,
    population: str | None = None,
) -> FromResponses:
    """Read responses and columns from an assessment. LookupError and ValueError as for `responses_at`."""
    found = responses_at(assessment, outcome, of, which=which, index=index, population=population)
    frame, _ = with_known(found.rows, found.described.known, columns)
    said = found.said + ("" if population is None else f", of patients known to have {population}")
    return FromResponses(frame, said, found.left_out, found.notes)

"""A finding: what a paper prints beside what Tenfold recomputes, and whether they agree."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from tenfold.evidence.library import discrepancies, papers


class Verdict(StrEnum):
    """How a printed number stands."""

    AGREES = "agrees"
    DISAGREES_WITH_ITSELF = "paper disagrees with itself"
    DISAGREES_WITH_SOURCE = "paper disagrees with another source"
    ANOTHER_DEFINITION = "another definition gives another number"
    CANNOT = "cannot be recomputed"


@dataclass(frozen=True)
class Finding:
    """One printed number, or one relation between printed numbers.

    `paper` is a key of the library's papers, `discrepancy` an id of its discrepancies. `recomputed` is null where
    nothing can be said; beside the verdict "cannot be recomputed" it holds what the printed numbers still allow.
    """

    paper: str
    where: str
    what: str
    published: str
    recomputed: str | None
    verdict: Verdict
    why: str
    discrepancy: str | None = None

    @property
    def citation(self) -> str:
        """How the paper is cited."""
        return papers()[self.paper].citation


def as_data(finding: Finding) -> dict[str, Any]:
    """Return the finding as plain data, with its citation."""
    return {**asdict(finding), "verdict": finding.verdict.value, "citation": finding.citation}


def agreement(agrees: bool, *, with_source: bool = False) -> Verdict:
    """Return the verdict of a comparison."""
    if agrees:
        return Verdict.AGREES
    return Verdict.DISAGREES_WITH_SOURCE if with_source else Verdict.DISAGREES_WITH_ITSELF


def resolved(finding: Finding) -> Finding:
    """Return the finding with the library's reading of its discrepancy behind the reason; KeyError for an unknown id."""
    if finding.discrepancy is None:
        return finding
    reading = discrepancies()[finding.discrepancy].resolution
    return replace(finding, why=f"{finding.why} Reading: {reading}")

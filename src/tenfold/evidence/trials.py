"""Ongoing trials as they are registered, beside what a review prints of them, and the review's table of strategies.

Traps: `printed` holds what the paper's table says where it differs, and is kept so that a reader of that paper sees why
the library disagrees; a status is as of the source's date and goes stale.

Sources: Molica et al., Cancers 2025;17:3733, Tables 1 and 2; Thol, Döhner, Ganser, Blood 2024;143:11-20; corrections from
the references of the former and from trial registers (evidence/discrepancies.toml, D-M1 to D-M9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import MappingProxyType

from tenfold.evidence.citations import data


@dataclass(frozen=True)
class Trial:
    """A trial: corrected phase, population, regimen and status; `printed` what the paper has instead, by field.

    `as_of`: the day of the source from which the status is; None where the source gives none. `citation`: a report of
    the trial, where there is one.
    """

    id: str
    phase: str
    population: str
    regimen: str
    status: str
    read_in: str
    place: str
    name: str = ""
    setting: str = ""
    markers: tuple[str, ...] = ()
    as_of: date | None = None
    citation: str | None = None
    why: str = ""
    discrepancies: tuple[str, ...] = ()
    printed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def as_printed(self, name: str) -> str:
        """Return phase, population, regimen or status as the paper prints it."""
        return self.printed.get(name, str(getattr(self, name)))


@dataclass(frozen=True)
class Strategy:
    """What may follow remission in NPM1-mutated AML, with the evidence as printed and as it stands after checking."""

    id: str
    name: str
    patients: str
    advantages: str
    risks: str
    printed_evidence: str
    corrected: str
    discrepancies: tuple[str, ...] = ()


@cache
def trials() -> tuple[Trial, ...]:
    """Return the trials, in the order of the file."""
    made = []
    for row in data("trials.toml")["trial"]:
        tuples = {key: tuple(row.get(key, ())) for key in ("markers", "discrepancies")}
        made.append(Trial(**{**row, **tuples, "printed": MappingProxyType(row.get("printed", {}))}))
    return tuple(made)


@cache
def strategies() -> tuple[Strategy, ...]:
    """Return the strategies after remission (Molica et al., Table 1), in order."""
    return tuple(
        Strategy(**{**row, "discrepancies": tuple(row["discrepancies"])}) for row in data("strategies.toml")["strategy"]
    )

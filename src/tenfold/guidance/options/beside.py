"""Every option and step of the review, and what stands beside each: evidence, approvals on a day, cautions.

Logic and data are apart: where an option stands is a decision (`relapse`, `molecular_failure`, `after_transplant`), what
is said beside it is ``options.toml``. Traps: an approval is asked for the setting and the marker of the option and for the
day of the assessment; without a calendar day it is that of the library.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import polars as pl

from tenfold.evidence.approvals import AGENCIES, Answer, approvals, approved, complete
from tenfold.evidence.citations import cited
from tenfold.guidance.numbers import read_file
from tenfold.guidance.options import after_transplant, molecular_failure, relapse
from tenfold.guidance.options.standing import SITUATION, THOL
from tenfold.logic.decision import Decision
from tenfold.settings import DEFAULTS, Settings

STEPS = relapse.STEPS
MENIN = {
    "revumenib_for_NPM1": ("revumenib", "NPM1"),
    "revumenib_for_KMT2A": ("revumenib", "KMT2A"),
    "ziftomenib_for_NPM1": ("ziftomenib", "NPM1"),
}
"""The facts that are an approval on the day."""
RELAPSED = "relapsed or refractory"


def options(settings: Settings = DEFAULTS) -> tuple[Decision, ...]:
    """Return the question of every option, in the order in which they are listed."""
    asked = {
        one.name: one
        for one in (
            *relapse.OPTIONS,
            *molecular_failure.OPTIONS,
            molecular_failure.transplant(settings),
            *after_transplant.OPTIONS,
        )
    }
    return tuple(asked[name] for name in beside())


def questions(settings: Settings = DEFAULTS) -> tuple[Decision, ...]:
    """Return the situation, every step and every option."""
    return (SITUATION, *STEPS, *options(settings))


Series = tuple[str, ...]
"""Rows of evidence, or single results of rows, of one series of patients."""


@dataclass(frozen=True)
class Caution:
    """What to keep in mind; only in one branch (`when`) or where a fact is not known to be absent (`fact`)."""

    text: str
    source: str
    when: str | None = None
    fact: str | None = None


@dataclass(frozen=True)
class Beside:
    """What stands beside an option: what it is, what is approved of it, rows of evidence, cautions.

    `search`: the words by which `tenfold evidence` finds more.
    """

    name: str
    says: str
    evidence: tuple[Series, ...]
    evidence_in: dict[str, tuple[Series, ...]]
    cautions: tuple[Caution, ...]
    drug: str | None = None
    markers: tuple[str, ...] = ()
    setting: str = RELAPSED
    newer: str = ""
    search: str = ""

    def rows(self, situation: str | None) -> tuple[Series, ...]:
        """The names of the rows of evidence by series of patients, first those of the branch."""
        return tuple(dict.fromkeys((*self.evidence_in.get(situation or "", ()), *self.evidence)))

    def approvals(self, on: date, known: frozenset[str]) -> dict[str, Answer]:
        """Whether each agency had approved the drug by the day, for those of its markers that are `known` to be there."""
        if self.drug is None:
            return {}
        asked = [marker for marker in self.markers if marker in known] or self.markers
        markers: list[str | None] = [*asked] or [None]
        return {
            agency: _best([_asked(self.drug, agency, on, self.setting, marker) for marker in markers])
            for agency in AGENCIES
        }


def _asked(drug: str, agency: str, on: date, setting: str, marker: str | None) -> Answer:
    """The answer for the day; where it is not known, with the last day for which it is stated that there was none."""
    answer = approved(drug, agency, on, setting=setting, marker=marker)
    if answer.approved is not None:
        return answer
    for stated in complete():
        if stated.until < on and stated.covers(drug, agency, setting, stated.until):
            before = approved(drug, agency, stated.until, setting=setting, marker=marker)
            if before.approved is False:
                said = f"none by {stated.until} ({cited(stated.source)}, {stated.place}); later not known"
                return replace(answer, because=said)
    if elsewhere := approved(drug, agency, on).rows:
        said = "; ".join(dict.fromkeys(row.indication for row in elsewhere if row.held(on)))
        return replace(answer, because=f"none listed for this use; approved for {said}" if said else answer.because)
    return answer


def _best(found: list[Answer]) -> Answer:
    """The answer that says most: approved for any of the markers, else not known, else not approved."""
    return min(found, key=lambda one: (one.approved is not True, one.approved is False))


def _series(named: list[str | list[str]]) -> tuple[Series, ...]:
    return tuple((one,) if isinstance(one, str) else tuple(one) for one in named)


@cache
def beside() -> dict[str, Beside]:
    """Return what stands beside each option, by name, in the order of the file."""
    made = {}
    for name, fields in read_file("options/options.toml").items():
        rest = {key: fields[key] for key in ("drug", "setting", "newer", "search") if key in fields}
        made[name] = Beside(
            name,
            fields["says"],
            _series(fields["evidence"]),
            {branch: _series(named) for branch, named in fields.get("evidence_in", {}).items()},
            tuple(
                Caution(**{**one, "source": one["source"].replace("Thol 2024", THOL)})
                for one in fields.get("cautions", ())
            ),
            markers=tuple(fields.get("markers", ())),
            **rest,
        )
    return made


def day_of_approvals(on: date | None) -> tuple[date, bool]:
    """Return the day of which approvals are asked, and whether it is the assessment's own rather than the library's."""
    return (latest_approval(), False) if on is None else (on, True)


@cache
def latest_approval() -> date:
    """Return the day of the last approval that the library holds."""
    return max(row.approved.last for row in approvals())


def with_approvals(picture: pl.DataFrame, day: date) -> pl.DataFrame:
    """Add to the guidance picture the facts that are an approval on a day."""

    def held(drug: str, marker: str) -> bool | None:
        """By the rows of this drug and marker: not yet if all of them came later."""
        listed = [row for row in approvals() if row.drug == drug and row.agency == "FDA" and marker in row.markers]
        found = [row.held(day) for row in listed if row.setting == RELAPSED]
        return True if True in found else None if None in found or not found else False

    return picture.with_columns(
        pl.lit(held(drug, marker), pl.Boolean).alias(name) for name, (drug, marker) in MENIN.items()
    )

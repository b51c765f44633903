"""Approvals of drugs for AML, by agency, indication and date, and whether a drug was approved on a day.

Traps: an approval is for an indication, so ask with the setting and the marker; the absence of a row says "no" only where
the list is stated complete, else "not known"; a date may be known only to the month, the year or as "not later than".
Agencies: FDA (United States), EMA (European Union; the day is the Commission's).

Sources: each row names its own in `data/approvals.toml`; `verified` is true only where the agency's record was read.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from functools import cache

from tenfold.evidence.citations import citations, data
from tenfold.evidence.studies import SETTINGS

AGENCIES = ("FDA", "EMA")
ANY = "any"


@dataclass(frozen=True)
class Span:
    """The days among which a date lies, both ends included. `first` None: not before when is not known."""

    first: date | None
    last: date

    def __str__(self) -> str:
        if self.first is None:
            return f"not later than {self.last}"
        if self.first == self.last:
            return str(self.last)
        if self.first.day == 1 and self.last == _month(self.last.year, self.last.month).last:
            if (self.first.year, self.first.month) == (self.last.year, self.last.month):
                return f"{self.last:%Y-%m}"
            if (self.first.month, self.last.month, self.first.year) == (1, 12, self.last.year):
                return str(self.last.year)
        return f"between {self.first} and {self.last}"

    def by(self, on: date) -> bool | None:
        """Whether it had come by the end of a day; None if that is not known."""
        if on >= self.last:
            return True
        return None if self.first is None or on >= self.first else False


@dataclass(frozen=True)
class Approval:
    """One approval: which agency, drug (with which partner), indication, when, and whether it was withdrawn."""

    agency: str
    drug: str
    indication: str
    setting: str
    approved: Span
    source: str
    partner: str = ""
    markers: tuple[str, ...] = ()
    withdrawn: Span | None = None
    first: bool = False
    confirmed_by: str | None = None
    verified: bool = False

    def held(self, on: date) -> bool | None:
        """Whether this approval stood on a day; None if its dates leave that open."""
        began = self.approved.by(on)
        ended = False if self.withdrawn is None else self.withdrawn.by(on)
        if began is False or ended is True:
            return False
        return True if began is True and ended is False else None


@dataclass(frozen=True)
class Complete:
    """A statement that, to a day, the rows are all there are for an agency, drugs and a setting."""

    agency: str
    drugs: tuple[str, ...]
    setting: str
    until: date
    source: str
    place: str

    def covers(self, drug: str, agency: str, setting: str | None, on: date) -> bool:
        """Whether it settles a question: a question about every setting is settled by none."""
        named = ANY in self.drugs or drug in self.drugs
        return named and agency == self.agency and setting == self.setting and on <= self.until

    def __str__(self) -> str:
        drugs = "any drug" if ANY in self.drugs else ", ".join(self.drugs)
        return f"{self.agency}, {self.setting}: no approval of {drugs} but those listed, to {self.until}"


@dataclass(frozen=True)
class Answer:
    """Whether a drug was approved: True, False, or None for not known; the rows it rests on, and why."""

    approved: bool | None
    rows: tuple[Approval, ...]
    because: str


def span(text: str) -> Span:
    """Read a day, a month, a year or "first/last" (each of them so). ValueError for anything else."""
    start, both, end = text.partition("/")
    if not both:
        return _one(text)
    found = Span(None if start == ".." else _one(start).first, _one(end).last)
    if found.first is not None and found.first > found.last:
        raise ValueError(f"{text}: the interval ends before it begins; exchange its ends")
    return found


def _one(text: str) -> Span:
    try:
        if len(text) == 4:
            return Span(date(int(text), 1, 1), date(int(text), 12, 31))
        if len(text) == 7:
            return _month(int(text[:4]), int(text[5:]))
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is no date; write 2023-07-20, 2023-07, 2023, or first/last") from None
    return Span(day, day)


def _month(year: int, month: int) -> Span:
    return Span(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


@cache
def approvals() -> tuple[Approval, ...]:
    """Return every approval, in the order of the file. ValueError naming drug and agency for a faulty row."""
    made = []
    for fields in data("approvals.toml")["approval"]:
        where = f"evidence/data/approvals.toml, {fields['agency']} {fields['drug']}"
        if fields["agency"] not in AGENCIES or fields["source"] not in citations():
            raise ValueError(f"{where}: agency or source is in no list; use {', '.join(AGENCIES)} and citations.toml")
        rest = {key: value for key, value in fields.items() if key not in ("date", "withdrawn", "markers")}
        withdrawn = span(fields["withdrawn"]) if "withdrawn" in fields else None
        markers = tuple(fields.get("markers", ()))
        made.append(Approval(**rest, approved=span(fields["date"]), withdrawn=withdrawn, markers=markers))
    return tuple(made)


@cache
def complete() -> tuple[Complete, ...]:
    """Return the statements of completeness."""
    return tuple(Complete(**{**row, "drugs": tuple(row["drugs"])}) for row in data("approvals.toml")["complete"])


def approved(drug: str, agency: str, on: date, *, setting: str | None = None, marker: str | None = None) -> Answer:
    """Whether an agency had approved a drug for AML by the end of a day, in a setting and for a marker if named.

    A row without markers is for all of its setting, so it answers for a marker too. True with the rows that say so;
    False only before the drug's first approval or where the list is stated complete; else None. `because` says where a
    date was not read in the agency's record. ValueError for an agency or a setting that the library does not know.
    """
    drug, agency = drug.strip().casefold(), agency.strip().upper()
    if agency not in AGENCIES:
        raise ValueError(f"{agency} is not an agency of the library; it holds {', '.join(AGENCIES)}")
    if setting not in (None, *SETTINGS):
        raise ValueError(f"{setting} is not a setting of the library; use one of {', '.join(SETTINGS)}")
    of_drug = tuple(row for row in approvals() if row.drug.casefold() == drug and row.agency == agency)
    asked = tuple(row for row in of_drug if setting in (None, row.setting) and _for_marker(row, marker))
    if held := tuple(row for row in asked if row.held(on) is True):
        return Answer(True, held, "; ".join(f"approved {_when(row)}: {row.indication}" for row in held))
    if unsure := tuple(row for row in asked if row.held(on) is None):
        told = (f"{row.indication} (approved {_when(row)})" for row in unsure)
        return Answer(None, unsure, f"the date is not known closely enough: {'; '.join(told)}")
    if first := next((row for row in of_drug if row.first and row.approved.by(on) is False), None):
        return Answer(False, (first,), f"its first approval for AML came {_when(first)}")
    if stated := next((one for one in complete() if one.covers(drug, agency, setting, on)), None):
        return Answer(False, asked, f"{stated} ({stated.source}, {stated.place})")
    return Answer(None, asked, "no row says so, and the list is not stated complete for this question and day")


def _for_marker(row: Approval, marker: str | None) -> bool:
    return marker is None or not row.markers or marker.casefold() in {name.casefold() for name in row.markers}


def _when(row: Approval) -> str:
    ended = "" if row.withdrawn is None else f", withdrawn {row.withdrawn}"
    return f"{row.approved}{ended}" + ("" if row.verified else " (date not verified)")

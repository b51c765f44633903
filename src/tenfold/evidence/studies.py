"""Outcomes of studies, one a row: who, how many, what they received, what was measured, the value and its interval.

Traps: most values were read in another paper than the study's own report (`verified` is false there); a value that the
paper prints as a range, a bound or in words has no number; `n` is None where the source does not say how many; the
populations, clocks and definitions of two rows differ even when their endpoint has the same name, so rows side by side
are no comparison of treatments.

Sources: the files of `data/` by the paper in which the rows were read; each row names its place there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tenfold.evidence.citations import LONGEST_QUOTE, citations, data, licences

READ_IN = {
    "filo-2025": "via FILO 2025",
    "tiong-2021": "via Tiong 2021",
    "molica-2025": "via Molica 2025",
    "thol-2024": "via Thol 2024",
    "shahswar-2025": "via Shahswar 2025",
    "secondary": "second hand",
}
"""The papers whose rows the library holds, by the name of their data file, as a label for what was read there."""
SETTINGS = ("front line", "maintenance", "MRD", "relapsed or refractory", "transplant")
NOT_STATED = "not stated"
BARE = ("ratio", "area", "AIC")
"""Units that are not said beside the value."""
_INTERVALS = {"ci": "95 % CI", "iqr": "IQR", "range": "range"}
_INHERITED = {"population", "n", "regimen", "setting", "markers", "place", "citation", "discrepancies"}
_OWN = {"endpoint", "value", "unit", "count", "p", *_INTERVALS}


@dataclass(frozen=True)
class Interval:
    """An interval around a value, in the value's unit. `high` None: not reached."""

    low: float
    high: float | None
    kind: str

    def __str__(self) -> str:
        high = "not reached" if self.high is None else f"{self.high:g}"
        return f"{self.kind} {self.low:g} to {high}"


@dataclass(frozen=True)
class Result:
    """One outcome of one group of patients, as one paper prints it.

    `row` is the row of evidence (EV001 ...; TF: added later) that it is part of and `id` its own name. `number` is the
    value as a number, of "5/7" in % the share; None where the value is words, a range or a bound. `verified`: read in the
    study's own report. `quote` is empty unless the licence of the paper that was read allows it.
    """

    id: str
    row: str
    study: str
    population: str
    n: int | None
    regimen: str
    endpoint: str
    value: str
    number: float | None
    unit: str
    count: int | None
    intervals: tuple[Interval, ...]
    p: str | None
    setting: str
    markers: tuple[str, ...]
    citation: str
    read_in: str
    place: str
    quote: str
    licence: str
    verified: bool
    discrepancies: tuple[str, ...]

    @property
    def interval(self) -> Interval | None:
        """The first interval printed: the confidence interval where there is one, else quartiles or range."""
        return self.intervals[0] if self.intervals else None

    @property
    def outcome(self) -> str:
        """The value in words, with unit, count, intervals and p."""
        worded = not any(letter.isdigit() for letter in self.value)
        said = self.value if worded or "/" in self.value or self.unit in BARE else f"{self.value} {self.unit}"
        counted = self.count is not None and "/" not in self.value and self.unit != "patients"
        notes = [f"{self.count} of {self.n or NOT_STATED}"] if counted else []
        notes += map(str, self.intervals)
        if self.p is not None:
            notes.append(f"p {self.p}" if self.p[0] in "<n" else f"p = {self.p}")
        return f"{said} ({'; '.join(notes)})" if notes else said


def number_of(value: str, unit: str) -> float | None:
    """Return a printed value as a finite number; "5/7" in % as the share; None where it is not one number."""
    top, over, below = value.partition("/")
    try:
        number = float(top) if not over else 100 * int(top) / int(below) if unit == "%" else math.nan
    except (ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


@cache
def results() -> tuple[Result, ...]:
    """Return every result, by paper and in the order of its file. ValueError naming file and row for a faulty one."""
    found = [
        result
        for paper in READ_IN
        for study in data(f"{paper}.toml")["study"]
        for row in study["row"]
        for result in _results_of(paper, study, row)
    ]
    names = [result.id for result in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"evidence/data: {', '.join(twice)} stand twice; give each row one id")
    return tuple(found)


@cache
def rows() -> Mapping[str, tuple[Result, ...]]:
    """Return the results by row of evidence, in order."""
    found: dict[str, list[Result]] = {}
    for result in results():
        found.setdefault(result.row, []).append(result)
    return {row: tuple(parts) for row, parts in found.items()}


def comparable(found: tuple[Result, ...] | list[Result], least: int = 2) -> dict[tuple[str, str], list[Result]]:
    """Return those that share endpoint and unit, at least `least` of them with a number, most first."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in found:
        groups.setdefault((result.endpoint, result.unit), []).append(result)
    kept = {key: group for key, group in groups.items() if sum(one.number is not None for one in group) >= least}
    return dict(sorted(kept.items(), key=lambda item: -len(item[1])))


def _results_of(paper: str, study: Mapping[str, Any], row: Mapping[str, Any]) -> list[Result]:
    where = f"evidence/data/{paper}.toml, {row['id']}"
    parts = row["results"]
    made = []
    for index, part in enumerate(parts, start=1):
        if strange := sorted(set(part) - _OWN - _INHERITED):
            raise ValueError(f"{where}, result {index}: {', '.join(strange)} is no field of a result; correct its name")
        name = row["id"] if len(parts) == 1 else f"{row['id']}.{index}"
        made.append(_result(where, paper, name, row, {**study, **row, **part}))
    return made


def _result(where: str, paper: str, name: str, row: Mapping[str, Any], fields: Mapping[str, Any]) -> Result:
    value, unit, quote = fields["value"], fields["unit"], row.get("quote", "")
    licence = licences()[paper]
    if fields["citation"] not in citations():
        raise ValueError(f"{where}: citation {fields['citation']} is in no list; add it to citations.toml")
    if fields["setting"] not in SETTINGS:
        raise ValueError(f"{where}: setting {fields['setting']} is not one of {', '.join(SETTINGS)}")
    if quote and (not licence.quotable or len(quote.split()) > LONGEST_QUOTE):
        raise ValueError(
            f"{where}: a quotation of {paper} is too long or not allowed ({licence.licence}); leave it out"
        )
    n = fields.get("n", NOT_STATED)
    return Result(
        id=name,
        row=row["id"],
        study=fields["name"],
        population=fields["population"],
        n=None if n == NOT_STATED else n,
        regimen=fields.get("regimen", NOT_STATED),
        endpoint=fields["endpoint"],
        value=value,
        number=number_of(value, unit),
        unit=unit,
        count=fields.get("count"),
        intervals=tuple(_interval(fields[key], kind) for key, kind in _INTERVALS.items() if key in fields),
        p=fields.get("p"),
        setting=fields["setting"],
        markers=tuple(fields.get("markers", ())),
        citation=fields["citation"],
        read_in=paper,
        place=fields["place"],
        quote=quote,
        licence=licence.licence,
        verified=fields["citation"] == paper,
        discrepancies=tuple(fields.get("discrepancies", ())),
    )


def _interval(ends: tuple[float, float], kind: str) -> Interval:
    low, high = map(float, ends)
    return Interval(low, None if math.isinf(high) else high, kind)

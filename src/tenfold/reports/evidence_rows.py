"""Rows of evidence in short, a line for each series of patients: who, how many, response and survival, where it was read.

Traps: what differs from the head of a line stands beside its own result: population, regimen, number of patients, source.
Groups are told side by side and never cut apart: a result without its comparator says too much. What is not printed gives way
first, survival last.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any

from tenfold.evidence.citations import cited, data
from tenfold.evidence.library import discrepancies
from tenfold.evidence.search import find
from tenfold.evidence.studies import NOT_STATED, READ_IN, Result, results, rows

MOST_ROWS = 6
"""Series said beside an option; `tenfold evidence` has all."""
MOST_RESULTS = 4
"""Results said of a row that is named whole; more only where they share an endpoint."""
NOT_PRINTED = "not printed"
SURVIVAL = ("survival", "treatment-free")

Series = str | Sequence[str]
"""Rows (EV013) or single results of rows (EV013.2), in the order in which they are said: one series of patients."""


def evidence_rows(series: Sequence[Series]) -> list[dict[str, Any]]:
    """Return a line for each series, at most six: study, patients, what was measured, and every source of it."""
    named = [(one,) if isinstance(one, str) else tuple(one) for one in series]
    return [_line(names) for names in list(dict.fromkeys(named))[:MOST_ROWS]]


def more_evidence(series: Sequence[Series], search: str) -> dict[str, Any]:
    """Return how many more rows `tenfold evidence` finds by the words of `search` than are said beside the option."""
    said = {row for line in evidence_rows(series) for row in line["rows"]}
    return {"rows": len({one.row for one in find(search).results} - said) if search else 0, "search": search}


def _line(names: Sequence[str]) -> dict[str, Any]:
    chosen = [one for name in names for one in _results(name)]
    population, n = _heads()[chosen[0].row]
    sources = tuple(dict.fromkeys(cited(one.citation) for one in chosen))
    told = tuple(dict.fromkeys(one.row for one in chosen))
    return {
        "row": told[0],
        "rows": told,
        "study": chosen[0].study,
        "population": population,
        "n": n,
        "said": "; ".join(_group(group, chosen) for group in _groups(chosen)) + _left(names) + _doubts(chosen),
        "citation": "; ".join(sources),
        "citations": sources,
        "verified": all(one.verified for one in chosen),
    }


@cache
def _heads() -> dict[str, tuple[str, int | None]]:
    """Population and number of patients of each row as a whole; its results may have their own."""
    found = {}
    for paper in READ_IN:
        for study in data(f"{paper}.toml")["study"]:
            for row in study["row"]:
                fields = {**study, **row}
                n = fields.get("n", NOT_STATED)
                found[row["id"]] = (fields["population"], None if n == NOT_STATED else n)
    return found


def _results(name: str) -> tuple[Result, ...]:
    """The results of a row, or the one result that is named. KeyError for a name that the library does not have."""
    if name in rows():
        return _chosen(rows()[name])
    found = tuple(one for one in results() if one.id == name)
    if not found:
        raise KeyError(f"{name} is no row and no result of the library of evidence")
    return found


def _printed(found: Sequence[Result]) -> list[Result]:
    return [one for one in found if one.value != NOT_PRINTED or one.intervals]


def _chosen(found: Sequence[Result]) -> tuple[Result, ...]:
    """A row's results where there are few, else its first response and first survival, and what else there is room for."""
    printed = _printed(found)
    endpoints = list(dict.fromkeys(one.endpoint for one in printed))
    of_survival = [name for name in endpoints if any(word in name for word in SURVIVAL)]
    others = [name for name in endpoints if name not in of_survival]
    kept: list[str] = []
    room = MOST_RESULTS
    for name in [*others[:1], *of_survival[:1], *others[1:], *of_survival[1:]]:
        needed = sum(one.endpoint == name for one in printed)
        if needed <= room or name in (*others[:1], *of_survival[:1]):
            kept.append(name)
            room -= needed
    return tuple(one for one in printed if one.endpoint in kept)


def _left(names: Sequence[str]) -> str:
    """How many printed results of the rows that are named whole are left out."""
    whole = [rows()[name] for name in names if name in rows()]
    left = sum(len(_printed(found)) - len(_chosen(found)) for found in whole)
    return f"; {left} more result{'s' * (left > 1)}" if left else ""


def _doubts(chosen: Sequence[Result]) -> str:
    """The discrepancies in which the results stand: where a figure is printed otherwise elsewhere."""
    named = [name for one in chosen for name in one.discrepancies if name in discrepancies()]
    return f" (printed otherwise elsewhere: tenfold evidence {', '.join(dict.fromkeys(named))})" if named else ""


def _groups(chosen: Sequence[Result]) -> list[list[Result]]:
    """The results by patients and treatment: those of the head of the line first, the others where their first one stands."""
    head = _heads()[chosen[0].row][0]
    keys = sorted(dict.fromkeys((one.population, one.regimen) for one in chosen), key=lambda key: key[0] != head)
    ordered = sorted(chosen, key=lambda one: keys.index((one.population, one.regimen)))
    return [list(group) for _, group in groupby(ordered, key=lambda one: (one.population, one.regimen))]


def _group(group: Sequence[Result], chosen: Sequence[Result]) -> str:
    """The results of one group, after what tells it from the head of the line."""
    first = group[0]
    population, n = _heads()[chosen[0].row]
    beside = [*chosen, *rows()[first.row]]
    arms = {one.regimen for one in beside if one.population == first.population}
    differs = [first.population] if first.population != population else []
    differs += [first.regimen] if len(arms) > 1 else []
    common = len({one.n for one in group}) == 1 and first.n != n and bool(differs)
    differs += [_patients(first.n)] if common else []
    said = ", ".join(_result(one, first.n if common else n, chosen[0]) for one in group)
    return f"{', '.join(differs)}: {said}" if differs else said


def _patients(n: int | None) -> str:
    return "n not stated" if n is None else f"n {n}"


def _result(one: Result, n: int | None, first: Result) -> str:
    """One result, with its own number of patients and source where they are not those of what stands before it."""
    notes = [_patients(one.n)] if one.n != n and f"of {one.n}" not in one.outcome else []
    if one.citation != first.citation:
        notes.append(cited(one.citation))
    elif one.read_in != first.read_in:
        notes.append(READ_IN[one.read_in])
    return f"{one.endpoint} {one.outcome}" + (f" ({'; '.join(notes)})" if notes else "")

"""Trials with structured eligibility: those of the literature, and a centre's own file (docs/how-to/trials.md).

A trial holds criteria over the facts of the guidance picture, each an inclusion or an exclusion with its wording and source.
`complete` is true only where somebody has put every criterion of the trial in structured form.

Traps: a whole number of years of age means completed years, so "at most 75" holds until the day before the 76th birthday;
the NPM1 level is known between bounds; an unconfirmed molecular relapse is neither relapse nor none. A trial of which any
field is wrong is set aside whole: without one of its criteria it would match too easily.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from tenfold.evidence.citations import cited, data
from tenfold.evidence.trials import Trial, trials
from tenfold.guidance.trials.facts import FACTS, RELATIONS, Condition

KINDS = ("inclusion", "exclusion")
TRIAL, REGISTRY = "trial", "registry"
"""What an entry is: a registry only observes, so that it is listed and offered to nobody."""


@dataclass(frozen=True)
class EligibilityCriterion:
    """One criterion: it holds if any of its `conditions` does. An inclusion must hold, an exclusion must not."""

    kind: Literal["inclusion", "exclusion"]
    wording: str
    source: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class StructuredTrial:
    """A trial as it can be matched, or a registry that only observes (`kind`).

    `left_out`: what of its eligibility is not structured, where it is not complete.
    """

    id: str
    title: str
    status: str
    source: str
    kind: str = TRIAL
    status_date: date | None = None
    criteria_text: str = ""
    complete: bool = False
    left_out: str = ""
    official_title: str = ""
    phase: str = ""
    conditions: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    criteria: tuple[EligibilityCriterion, ...] = ()


@dataclass(frozen=True)
class TrialFault:
    """What is wrong with one trial of a file, for which it was set aside."""

    file: str
    trial: str
    field: str
    value: str
    why: str

    def __str__(self) -> str:
        shown = f" = {self.value}" if self.value else ""
        return f"{self.file}: {self.trial}: {self.field}{shown}: {self.why}"


@dataclass(frozen=True)
class TrialFile:
    """A file of trials: those that can be used, the faults of the others, and every `id` that is taken."""

    trials: tuple[StructuredTrial, ...]
    faults: tuple[TrialFault, ...]
    ids: tuple[str, ...]


TEXTS = ("id", "title", "status", "source", "criteria_text", "left_out", "official_title", "phase")
NEEDED = ("id", "title", "status", "source")
LISTS = ("conditions", "interventions")
FIELDS = (*TEXTS, *LISTS, "kind", "status_date", "complete", "criterion")
OF_A_CRITERION = ("kind", "wording", "source", "fact", "any", *RELATIONS)


@cache
def known_trials() -> tuple[StructuredTrial, ...]:
    """Return the trials of the literature with what is printed of their eligibility. ValueError if the data has a fault."""
    found = data("eligibility.toml")["trial"]
    if {row["id"] for row in found} != {trial.id for trial in trials()}:
        raise ValueError("eligibility.toml and trials.toml do not hold the same trials")
    entries = {trial.id: _of_the_literature(trial) for trial in trials()}
    read = _read([entries[row["id"]] | row for row in found], "eligibility.toml")
    if read.faults:
        raise ValueError("; ".join(map(str, read.faults)))
    return read.trials


def _of_the_literature(trial: Trial) -> dict[str, Any]:
    """What the list of trials holds of one, as fields of an entry."""
    if trial.read_in == "secondary":
        source = f"{cited(trial.citation)}, not read there: second hand" if trial.citation else "second hand"
    else:
        source = f"{cited(trial.read_in)}, {trial.place}"
    texts = {"phase": trial.phase, "status": trial.status, "criteria_text": trial.population}
    day = {} if trial.as_of is None else {"status_date": trial.as_of}
    return {**texts, **day, "source": source, "interventions": [trial.regimen]}


def read_trials(path: Path | str) -> TrialFile:
    """Read a centre's file. OSError if it cannot be opened, ValueError if it is no text; faults are in what is returned."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    return parse_trials(text, str(path))


def parse_trials(text: str, file: str) -> TrialFile:
    """Read the text of a file of trials. Where TOML itself is broken, the trials around the broken one are still read."""
    try:
        tables = [tomllib.loads(text)]
        broken: list[TrialFault] = []
    except (tomllib.TOMLDecodeError, RecursionError):
        tables, broken = _piecewise(text, file)
    found: list[Any] = []
    for table in tables:
        trial = table.pop("trial", [])
        if isinstance(trial, list):
            found += trial
        else:
            broken.append(TrialFault(file, "the file", "trial", "", "begin each trial with [[trial]], in two brackets"))
        broken += [
            TrialFault(
                file,
                "the file",
                str(key),
                "",
                f"stands outside a trial; {_meant(key, FIELDS, 'put it under [[trial]]')}",
            )
            for key in table
        ]
    if not found and not broken:
        broken.append(TrialFault(file, "the file", "trial", "", "holds no trial; begin each with [[trial]]"))
    read = _read(found, file)
    return replace(read, faults=(*broken, *read.faults))


def _piecewise(text: str, file: str) -> tuple[list[dict[str, Any]], list[TrialFault]]:
    """Read a file whose TOML is broken trial by trial; lines keep their numbers."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line.split("#")[0].strip() == "[[trial]]"]
    bounds = [0, *starts, len(lines)]
    tables, faults = [], []
    for first, end in pairwise(bounds):
        try:
            tables.append(tomllib.loads("\n" * first + "\n".join(lines[first:end])))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            where = f"the trial that begins at line {first + 1}" if first in starts else "the file"
            faults.append(TrialFault(file, where, "TOML", "", f"cannot be read: {why}; texts stand in quotes"))
    return tables, faults


def _read(found: Iterable[Any], file: str) -> TrialFile:
    """Read the entries of a file, each on its own."""
    made: list[StructuredTrial] = []
    faults: list[TrialFault] = []
    ids: dict[str, str] = {}
    for position, entry in enumerate(found, 1):
        fields = entry if isinstance(entry, dict) else {}
        own = fields.get("id")
        name = own.strip() if isinstance(own, str) and own.strip() else f"trial {position}"
        wrong = [TrialFault(file, name, *fault) for fault in _faults_of(fields)]
        key = key_of(name)
        if key in ids:
            wrong.append(
                TrialFault(file, name, "id", name, f"stands for {ids[key]} already; each trial has an id of its own")
            )
        ids.setdefault(key, name)
        faults += wrong
        if not wrong:
            made.append(_made(fields))
    return TrialFile(tuple(made), tuple(faults), tuple(ids.values()))


def key_of(trial_id: str) -> str:
    """What tells trials apart: letters and digits of the id, without regard to capitals."""
    letters = (
        character if character.isascii() else f"u{ord(character):x}" for character in _letters(trial_id.casefold())
    )
    return "_".join("".join(letters).split())


def _letters(text: str) -> str:
    return "".join(character if character.isalnum() else " " for character in text)


Wrong = tuple[str, str, str]


def _faults_of(entry: Mapping[str, Any]) -> Iterator[Wrong]:
    """The faults of an entry: (field, value, what is wrong and the remedy)."""
    for name in entry:
        if name not in FIELDS:
            yield (
                name,
                _shown(entry[name]),
                f"no field of a trial; {_meant(name, FIELDS, 'the fields are ' + ', '.join(FIELDS))}",
            )
    for name in NEEDED:
        if name not in entry:
            yield name, "", f'missing; write {name} = "..."'
    for name in TEXTS:
        if name in entry and not (isinstance(entry[name], str) and (entry[name].strip() or name not in NEEDED)):
            yield name, _shown(entry[name]), "must be a text in quotes, and not empty"
    if isinstance(entry.get("id"), str) and not key_of(entry["id"]):
        yield "id", _shown(entry["id"]), "needs letters or digits"
    for name in LISTS:
        listed = entry.get(name, [])
        if not (isinstance(listed, list) and all(isinstance(item, str) for item in listed)):
            yield name, _shown(listed), 'must be a list of texts: ["AML"]'
    if entry.get("kind", TRIAL) not in (TRIAL, REGISTRY):
        yield "kind", _shown(entry["kind"]), f'must be "{TRIAL}" or "{REGISTRY}"'
    if "status_date" in entry and _day(entry["status_date"]) is None:
        yield "status_date", _shown(entry["status_date"]), "must be a date: 2026-01-31"
    complete, criteria = entry.get("complete", False), entry.get("criterion", [])
    if not isinstance(complete, bool):
        yield "complete", _shown(complete), "must be true or false"
    if not isinstance(criteria, list):
        yield "criterion", "", "begin each criterion with [[trial.criterion]], in two brackets"
        return
    if complete is True and not criteria:
        yield "complete", "true", "the trial has no structured criterion; write complete = false"
    for position, criterion in enumerate(criteria, 1):
        fields = criterion if isinstance(criterion, dict) else {}
        for name, value, why in _faults_of_criterion(fields):
            yield f"criterion {position}, {name}", value, why


def _faults_of_criterion(fields: Mapping[str, Any]) -> Iterator[Wrong]:
    for name in fields:
        if name not in OF_A_CRITERION:
            rest = "the fields are " + ", ".join(OF_A_CRITERION)
            yield name, _shown(fields[name]), f"no field of a criterion; {_meant(name, OF_A_CRITERION, rest)}"
    if fields.get("kind") not in KINDS:
        yield "kind", _shown(fields.get("kind", "")), 'must be "inclusion" or "exclusion"'
    for name in ("wording", "source"):
        if not (isinstance(fields.get(name), str) and fields[name].strip()):
            yield name, _shown(fields.get(name, "")), f'missing or empty; write {name} = "..."'
    if ("any" in fields) == ("fact" in fields):
        yield "fact", "", 'write either fact = "..." or any = [{ fact = "...", is = true }, ...]'
        return
    if "fact" in fields:
        yield from _faults_of_condition({name: fields[name] for name in ("fact", *RELATIONS) if name in fields})
        return
    if outside := [name for name in RELATIONS if name in fields]:
        yield outside[0], _shown(fields[outside[0]]), "stands beside `any`; put it inside, with its fact"
    parts = fields["any"]
    if not (isinstance(parts, list) and parts and all(isinstance(part, dict) for part in parts)):
        yield "any", _shown(parts), 'must be a list such as [{ fact = "NPM1", is = true }]'
        return
    for part in parts:
        yield from _faults_of_condition(part)


def _faults_of_condition(part: Mapping[str, Any]) -> Iterator[Wrong]:
    """What is wrong with one {fact, relation}."""
    name = part.get("fact")
    if not isinstance(name, str) or name not in FACTS:
        yield (
            "fact",
            _shown(name),
            f"no fact of the picture; {_meant(name, FACTS, 'tenfold trials --facts lists them')}",
        )
        return
    relations = [key for key in part if key in RELATIONS]
    yield from ((key, _shown(part[key]), "no part of a criterion") for key in part if key not in (*RELATIONS, "fact"))
    if len(relations) != 1:
        said = "has no relation" if not relations else f"has {' and '.join(relations)}; write two criteria, and here"
        yield name, "", f"{said} one of {', '.join(FACTS[name].relations)}"
        return
    relation = relations[0]
    if why := FACTS[name].refuse(relation, part[relation]):
        yield f"{name}, {relation}", _shown(part[relation]), why


def _made(entry: Mapping[str, Any]) -> StructuredTrial:
    """An entry without faults as a trial."""
    texts: dict[str, Any] = {name: entry[name].strip() for name in TEXTS if name in entry}
    lists: dict[str, Any] = {name: tuple(entry[name]) for name in LISTS if name in entry}
    criteria = tuple(
        EligibilityCriterion(
            row["kind"],
            row["wording"].strip(),
            row["source"].strip(),
            tuple(_condition(part) for part in row.get("any", [row])),
        )
        for row in entry.get("criterion", [])
    )
    return StructuredTrial(
        **texts,
        **lists,
        kind=entry.get("kind", TRIAL),
        status_date=_day(entry.get("status_date")),
        complete=entry.get("complete", False),
        criteria=criteria,
    )


def _condition(part: Mapping[str, Any]) -> Condition:
    [relation] = [key for key in part if key in RELATIONS]
    value = part[relation]
    return Condition(FACTS[part["fact"]], relation, tuple(value) if isinstance(value, list) else value)


def _day(found: Any) -> date | None:
    if isinstance(found, datetime):
        return found.date()
    if isinstance(found, str):
        try:
            return date.fromisoformat(found.strip())
        except ValueError:
            return None
    return found if isinstance(found, date) else None


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _meant(name: Any, known: Iterable[str], otherwise: str) -> str:
    close = difflib.get_close_matches(str(name), list(known), 1)
    return f"{close[0]} is meant?" if close else otherwise

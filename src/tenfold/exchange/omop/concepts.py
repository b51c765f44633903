"""The concept map: which OMOP concept is which column of the records, and how far each id has been checked.

It is data: `concepts.toml` here, and what a site adds or says otherwise in a file of its own (the same tables; an entry
of the site stands before the shipped one of the same id).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from tenfold.exchange.limits import checked_size
from tenfold.records.tables import TABLES

STATES = ("verified", "secondary", "unverified", "site")
KINDS = ("measurement", "condition", "procedure", "episode", "drug", "value", "operator", "sex")
LARGEST_MAP = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept: its id, name and state of verification, and what it is in the records.

    `into`: a table, or table.column; `constant`: cells that every row gets; `units`: the table of units its number is
    read with; `word`: what a value, sign or sex is called here; `source_values`: spellings of the source that mean it,
    where the source gives no concept.
    """

    id: int
    name: str = ""
    state: str = "unverified"
    into: str = ""
    word: str = ""
    units: str = ""
    scale: str = ""
    write: bool = False
    constant: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    source_values: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The table of the records that it goes into."""
        return self.into.partition(".")[0]

    @property
    def column(self) -> str:
        """The column that it fills; empty where it makes a row of its own."""
        return self.into.partition(".")[2]

    def is_named(self, name: str) -> bool:
        """Whether a vocabulary's name for the id is the one that the map has."""
        return name.casefold() in {other.casefold() for other in (self.name, *self.also) if other}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measurement as sources write it, and what one of it is in the column's own unit."""

    id: int
    name: str
    texts: tuple[str, ...]
    factor: float


@dataclass(frozen=True)
class ConceptMap:
    """The whole map. `of(kind)`: concept id -> Concept."""

    concepts: Mapping[str, Mapping[int, Concept]]
    units: Mapping[str, tuple[Unit, ...]]
    scales: Mapping[str, str]
    written: Mapping[str, int]

    def of(self, kind: str) -> Mapping[int, Concept]:
        """The concepts of a kind (measurement, condition ...), by id."""
        return self.concepts[kind]

    def by_source_value(self, kind: str) -> dict[str, Concept]:
        """The concepts of a kind by the spellings of the source, case aside."""
        return {text.casefold(): one for one in self.of(kind).values() for text in one.source_values}

    def unit(self, table: str, concept: str | None, text: str | None) -> Unit | None:
        """The unit that a source states, by its concept or else as it writes it; None where it states none that is known."""
        known = self.units.get(table, ())
        if concept not in (None, "", "0"):
            return next((unit for unit in known if str(unit.id) == concept), None)
        said = (text or "").strip().casefold()
        return next((unit for unit in known if said in {spelling.casefold() for spelling in unit.texts}), None)

    def written_as(self, into: str) -> Concept | None:
        """The concept under which a column of the records is written: the one marked so, else the first."""
        fitting = [one for one in self.of("measurement").values() if one.into == into and one.id > 0]
        return next((one for one in fitting if one.write), fitting[0] if fitting else None)

    def word_of(self, kind: str, concept: str | None) -> str | None:
        """The word that a value, sign or sex concept stands for; None where it is not in the map."""
        found = self.of(kind).get(int(concept)) if concept is not None and concept.isdigit() else None
        return found.word if found else None


def concept_map(path: Path | None = None) -> ConceptMap:
    """The shipped map, with what a site's own file adds. ValueError naming the entry that cannot be used."""
    return _shipped() if path is None else _read_site(path)


@cache
def _shipped() -> ConceptMap:
    return _made(tomllib.loads((files("tenfold.exchange.omop") / "concepts.toml").read_text("utf-8")), "concepts.toml")


def _read_site(path: Path) -> ConceptMap:
    checked_size(path, LARGEST_MAP)
    try:
        own = _made(tomllib.loads(path.read_text("utf-8")), path.name, state="site")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is not TOML that can be read: {error}") from None
    shipped = _shipped()
    for concept in own.of("measurement").values():
        if concept.units and concept.units not in {**shipped.units, **own.units}:
            raise ValueError(f"{path.name}: concept {concept.id} names the units {concept.units}, which are not there")
    return ConceptMap(
        {
            kind: {**own.of(kind), **{k: v for k, v in shipped.of(kind).items() if k not in own.of(kind)}}
            for kind in KINDS
        },
        {**shipped.units, **own.units},
        {**shipped.scales, **own.scales},
        shipped.written,
    )


def _made(data: dict[str, Any], file: str, state: str | None = None) -> ConceptMap:
    concepts: dict[str, dict[int, Concept]] = {}
    for kind in KINDS:
        entries = [_concept(entry, f"{file}, {kind} {i}", state) for i, entry in enumerate(data.get(kind, []), 1)]
        concepts[kind] = {entry.id: entry for entry in entries}
    units = {
        name: tuple(
            Unit(int(unit.get("id", 0)), str(unit.get("name", "")), tuple(unit.get("texts", ())), float(unit["factor"]))
            for unit in table["units"]
        )
        for name, table in data.get("units", {}).items()
    }
    scales = {text.casefold(): scale for scale, texts in data.get("scales", {}).items() for text in texts}
    return ConceptMap(concepts, units, scales, {name: one["id"] for name, one in data.get("written", {}).items()})


def _concept(entry: dict[str, Any], where: str, state: str | None) -> Concept:
    number, into = entry.get("id"), str(entry.get("into", ""))
    if not isinstance(number, int) or isinstance(number, bool) or number == 0:
        raise ValueError(
            f"{where}: id is {number!r}; give the concept's whole number (below 0 for a source value alone)"
        )
    table, _, column = into.partition(".")
    constant = {str(name): str(value) for name, value in entry.get("with", {}).items()}
    if into and (
        table not in TABLES or any(name not in TABLES[table] for name in (*constant, *filter(None, [column])))
    ):
        raise ValueError(f"{where}: {into} with {constant or 'nothing more'} is no table and column of the records")
    return Concept(
        id=number,
        name=str(entry.get("name", "")),
        state=state or str(entry.get("state", "unverified")),
        into=into,
        word=str(entry.get("word", "")),
        units=str(entry.get("units", "")),
        scale=str(entry.get("scale", "")),
        write=bool(entry.get("write", False)),
        constant=constant,
        also=tuple(map(str, entry.get("also", ()))),
        source_values=tuple(map(str, entry.get("source_values", ()))),
    )

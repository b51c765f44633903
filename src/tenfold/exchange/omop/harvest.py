"""What is gathered while a CDM is read: rows for the tables of the records, and what became of every concept and column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from tenfold.exchange.converted import Fate, Field
from tenfold.exchange.omop.concepts import Concept, ConceptMap
from tenfold.exchange.omop.notes import cells_sheet
from tenfold.exchange.omop.sources import LINE
from tenfold.records.sheets import Sheet

NO_CONCEPT = (None, "", "0")


@dataclass(slots=True)
class Gathered:
    """Rows by table and file, and the fates of fields, in the order in which they were met."""

    rows: dict[tuple[str, str], list[tuple[int, dict[str, Any]]]] = field(default_factory=dict)
    fates: dict[tuple[str, str], Field] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def row(self, table: str, file: str, line: int, cells: Mapping[str, Any]) -> None:
        """Add a row of the records; cells without a value are left out."""
        filled = {name: value for name, value in cells.items() if value is not None}
        self.rows.setdefault((table, file), []).append((line, filled))

    def tell(self, source: str, name: str, fate: Fate, into: str = "", note: str = "", filled: int = 1) -> None:
        """Say what became of a field; met again with the same fate, its values are added up."""
        known = self.fates.get((source, name))
        if known is not None and known.fate is not fate:
            name = f"{name}, {note or fate}"
            known = self.fates.get((source, name))
        filled += known.filled if known else 0
        self.fates[(source, name)] = Field(source, name, fate, into, note, filled)

    def tables(self) -> tuple[str, ...]:
        """The tables of the records that rows were gathered for."""
        return tuple(dict.fromkeys(table for table, _ in self.rows))

    def sheets(self) -> list[Sheet]:
        """What was gathered, as sheets for admission."""
        return [cells_sheet(table, file, rows) for (table, file), rows in self.rows.items()]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the source's own vocabulary tables say of the concepts that the data use.

    `names`: of concepts; `ancestors`: of the map, above each concept; `ingredients`: the names of those of each drug.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    ancestors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ingredients: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def name(self, concept: str | None) -> str:
        """The name of a concept; empty where the source does not say."""
        return self.names.get(concept or "", "")


def vocabulary_of(concept: pl.DataFrame, ancestor: pl.DataFrame, wanted: Iterable[int]) -> Vocabulary:
    """The source's vocabulary as it is used. `wanted`: the concepts of the map whose descendants are taken too."""
    names: dict[str, str] = {}
    of_ingredients: set[str] = set()
    if {"concept_id", "concept_name"} <= set(concept.columns):
        told = concept.filter(pl.col("concept_id").is_not_null() & pl.col("concept_name").is_not_null())
        names = dict(told.select("concept_id", "concept_name").iter_rows())
        if "concept_class_id" in told.columns:
            of_ingredients = set(told.filter(pl.col("concept_class_id") == "Ingredient")["concept_id"])
    above: dict[str, tuple[str, ...]] = {}
    ingredients: dict[str, tuple[str, ...]] = {}
    mapped = {str(one) for one in wanted}
    if {"ancestor_concept_id", "descendant_concept_id"} <= set(ancestor.columns):
        for upper, lower in ancestor.select("ancestor_concept_id", "descendant_concept_id").iter_rows():
            if upper is None or lower is None:
                continue
            if upper in mapped and upper != lower:
                above[lower] = (*above.get(lower, ()), upper)
            if upper in of_ingredients:
                ingredients[lower] = tuple(sorted({*ingredients.get(lower, ()), names[upper].casefold()}))
    return Vocabulary(names, above, ingredients)


@dataclass(frozen=True)
class Lookup:
    """Finding a concept of the map for a row of the CDM, and what is to be said of it."""

    map: ConceptMap
    vocabulary: Vocabulary

    def find(self, kind: str, concept: str | None, source_value: str | None) -> tuple[Concept | None, Fate, str]:
        """The concept of the map, the fate of what is coded with it, and why it is guessed or left."""
        known = self.map.of(kind)
        found = known.get(int(concept)) if concept is not None and concept.isdigit() else None
        if found is not None:
            said = self.vocabulary.name(concept)
            if found.state == "site" or (said and found.is_named(said)):
                return found, Fate.MAPPED, ""
            if said and found.name:
                return None, Fate.LEFT, f"the source calls it {said}, the concept map {found.name}"
            if found.state == "verified":
                return found, Fate.MAPPED, ""
            return found, Fate.GUESSED, f"the id is taken for {found.name or found.word}, which is {found.state}"
        upper = [int(one) for one in self.vocabulary.ancestors.get(concept or "", ()) if one.isdigit()]
        above = [known[one] for one in upper if one in known]
        if len({(one.into, tuple(one.constant.items())) for one in above}) == 1:
            return above[0], Fate.MAPPED, f"it descends from {above[0].name}"
        spelt = self.map.by_source_value(kind).get((source_value or "").strip().casefold())
        if spelt is not None:
            return spelt, Fate.MAPPED, "by its source value"
        return None, Fate.LEFT, "the concept map does not have it"

    def label(self, concept: str | None, source_value: str | None, kind: str = "") -> str:
        """What a concept is called in the report."""
        if concept in NO_CONCEPT:
            return f"source value {source_value or '(none)'}"
        known = self.map.of(kind).get(int(concept)) if kind and concept and concept.isdigit() else None
        name = self.vocabulary.name(concept) or (known.name if known else "") or source_value or ""
        return f"{concept} {name}".strip()


def lines_of(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of a CDM table as dictionaries, their line under `LINE`."""
    return frame.to_dicts() if LINE in frame.columns else []


def day_of(text: str | None) -> str | None:
    """The date of a date or of a point of time, as written: 2024-05-03 12:00:00 is of 2024-05-03."""
    if text is None or len(text) <= 10 or text[10] not in " T":
        return text
    return text[:10]

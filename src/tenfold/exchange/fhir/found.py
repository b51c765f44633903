"""What has been found on the way through the resources of a path: rows, whom they are of, and what became of each field."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tenfold.exchange.converted import Fate, Field, sheet
from tenfold.exchange.fhir import elements as part
from tenfold.exchange.fhir.codes import meanings
from tenfold.exchange.fhir.elements import Json
from tenfold.exchange.fhir.facts_out import PATIENT_ID
from tenfold.exchange.fhir.sources import Source
from tenfold.records.shape import Axis, date_name
from tenfold.records.sheets import Sheet
from tenfold.records.tables import TABLES


class References:
    """The resources of a path by what refers to them: Patient/1, its full address, or the address in its Bundle."""

    def __init__(self, sources: list[Source]) -> None:
        self._by_name: dict[str, Source] = {}
        for one in sources:
            if isinstance(one.resource.get("id"), str):
                self._by_name.setdefault(f"{one.kind}/{one.resource['id']}", one)
            if one.url:
                self._by_name.setdefault(one.url, one)

    def resolve(self, reference: Any, within: Json | None = None) -> Json | None:
        """The resource that a Reference points to; None if it is not here."""
        said = reference.get("reference") if isinstance(reference, dict) else None
        if not isinstance(said, str):
            return None
        said = said.split("/_history/")[0]
        if said.startswith("#"):
            inside = part.dicts((within or {}).get("contained"))
            return next((one for one in inside if one.get("id") == said[1:]), None)
        found = self._by_name.get(said) or self._by_name.get("/".join(said.split("/")[-2:]))
        return None if found is None else found.resource

    def patient_of(self, resource: Json) -> str | None:
        """Whose a resource is: our pseudonym, else the id of the Patient."""
        subject = resource.get("subject") or resource.get("patient")
        patient = self.resolve(subject, resource)
        if patient is not None:
            return patient_id(patient) if patient.get("resourceType") == "Patient" else None
        said = subject.get("reference") if isinstance(subject, dict) else None
        if not isinstance(said, str) or "?" in said or not ("Patient/" in said or said.startswith("urn:uuid:")):
            return None
        return said.split("/_history/")[0].split("/")[-1].removeprefix("urn:uuid:") or None

    def tissue_of(self, resource: Json) -> str | None:
        """Where the specimen of a resource was taken: marrow or blood; None if that is not said in a code that is known."""
        specimen = self.resolve(resource.get("specimen"), resource)
        if specimen is None:
            return None
        words = {
            meanings().get(code, "").removeprefix("tissue:")
            for code in part.codings(specimen.get("type"))
            if meanings().get(code, "").startswith("tissue:")
        }
        return words.pop() if len(words) == 1 else None

    def collected(self, resource: Json) -> Any:
        """The day on which the specimen of a resource was taken."""
        specimen = self.resolve(resource.get("specimen"), resource)
        collection = specimen.get("collection") if specimen else None
        return part.day_of(collection, "collectedDateTime") if isinstance(collection, dict) else None


def patient_id(patient: Json) -> str | None:
    """The pseudonym of a Patient: our own identifier, else the resource's id, never a hospital number."""
    for one in part.dicts(patient.get("identifier")):
        if one.get("system") == PATIENT_ID and isinstance(one.get("value"), str):
            return str(one["value"])
    found = patient.get("id")
    return found if isinstance(found, str) else None


class Found:
    """Rows by table and file, and the fate of each field, gathered as the resources are gone through."""

    def __init__(self, axis: Axis) -> None:
        self.axis = axis
        self.notes: list[str] = []
        self.patients_without_diagnosis = 0
        self._rows: dict[tuple[str, str], list[tuple[int, dict[str, Any]]]] = {}
        self._fates: Counter[tuple[str, str, Fate, str, str]] = Counter()

    def row(self, table: str, source: Source, values: dict[str, Any]) -> None:
        """A row of a table; dates have their calendar names."""
        self._rows.setdefault((table, source.file), []).append((source.line, values))

    def rows_of(self, table: str) -> int:
        """How many rows a table has."""
        return sum(len(rows) for (name, _), rows in self._rows.items() if name == table)

    def tables(self) -> set[str]:
        """The tables that have rows."""
        return {name for name, _ in self._rows}

    def mapped(self, kind: str, field: str, into: str) -> None:
        """A value of a field went into a column."""
        self._fates[kind, field, Fate.MAPPED, into, ""] += 1

    def guessed(self, kind: str, field: str, into: str, note: str) -> None:
        """A value went into a column by a guess."""
        self._fates[kind, field, Fate.GUESSED, into, note] += 1

    def left(self, kind: str, field: str, why: str) -> None:
        """A value was not used."""
        self._fates[kind, field, Fate.LEFT, "", why] += 1

    def fields(self) -> list[Field]:
        """What became of each field, by kind of resource; a code that comes with other words each time is one field."""
        words: dict[str, str] = {}
        once: Counter[tuple[str, str, Fate, str, str]] = Counter()
        for (kind, field, fate, into, note), filled in self._fates.items():
            code = " ".join(field.split(" ", 2)[:2]) if field.startswith(("http", "urn")) else field
            words[code] = max(words.get(code, ""), field, key=len)
            once[kind, code, fate, into, note] += filled
        return [
            Field(kind, words[code], fate, into, note, filled)
            for (kind, code, fate, into, note), filled in sorted(once.items())
        ]

    def sheets(self, present: set[str]) -> list[Sheet]:
        """Every row as sheets for admission; `present`: tables that are there even without a row."""
        made = []
        for (table, file), rows in self._rows.items():
            named = [{self._name(table, name): value for name, value in row.items()} for _, row in rows]
            made.append(sheet(table, file, named, [line for line, _ in rows], self._columns(table)))
        empty = sorted(present - self.tables())
        return [*made, *(sheet(table, "Basic", [], [], self._columns(table)) for table in empty)]

    def _name(self, table: str, name: str) -> str:
        return TABLES[table][name].named(self.axis) if date_name(name) in TABLES[table] else name

    def _columns(self, table: str) -> list[str]:
        return [column.named(self.axis) for column in TABLES[table].columns]

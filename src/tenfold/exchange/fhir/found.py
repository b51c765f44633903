"""What has been found on the way through the resources of a path: rows, and what became of each field."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tenfold.exchange.converted import Fate, Field, sheet
from tenfold.exchange.fhir.sources import Source
from tenfold.records.faults import Fault, Used
from tenfold.records.shape import Axis, date_name
from tenfold.records.sheets import Sheet
from tenfold.records.tables import TABLES


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

    def set_aside(self, doubtful: dict[str, str]) -> list[Fault]:
        """Take out every row of the patients whom another may be taken for (`doubtful`: pseudonym -> reason); their faults."""
        faults = []
        for (_, file), rows in self._rows.items():
            for line, row in rows:
                name = row.get("patient_id")
                if name in doubtful:
                    faults.append(
                        Fault(
                            file,
                            line,
                            name,
                            "patient_id",
                            name,
                            f"{doubtful[name]}: which of them this is of cannot be told",
                            "read each server by itself, or give each person a pseudonym of their own",
                            Used.ROW_SET_ASIDE,
                        )
                    )
            rows[:] = [one for one in rows if one[1].get("patient_id") not in doubtful]
        self._rows = {key: rows for key, rows in self._rows.items() if rows}
        return faults

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

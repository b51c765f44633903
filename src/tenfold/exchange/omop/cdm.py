"""The tables of the OMOP Common Data Model 5.4: columns and types, from its published definition.

Source: OHDSI CommonDataModel, inst/ddl/5.4 (OMOPCDM_postgresql_5.4_ddl.sql), held here as `cdm54.csv`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

VERSION = "v5.4"
LARGEST_INTEGER = 2**31 - 1
"""The CDM's integer has 32 bits."""


@dataclass(frozen=True, slots=True)
class CdmColumn:
    """A column of a CDM table: `type` as the definition has it (integer, numeric, varchar(50), date ...)."""

    name: str
    type: str
    required: bool

    @property
    def width(self) -> int | None:
        """How many characters a text may have; None where there is no bound, or the column holds no text."""
        return int(self.type[8:-1]) if self.type.startswith("varchar(") else None


@cache
def cdm_tables() -> dict[str, tuple[CdmColumn, ...]]:
    """Every table of the CDM with its columns, in the order of the definition."""
    rows = csv.DictReader((files("tenfold.exchange.omop") / "cdm54.csv").read_text("utf-8").splitlines())
    found: dict[str, list[CdmColumn]] = {}
    for row in rows:
        found.setdefault(row["table"], []).append(CdmColumn(row["column"], row["type"], row["required"] == "yes"))
    return {name: tuple(columns) for name, columns in found.items()}


@cache
def widths(table: str) -> dict[str, int]:
    """The bounded text columns of a table and how many characters each may have."""
    return {column.name: column.width for column in cdm_tables()[table] if column.width is not None}


def id_column(table: str) -> str:
    """The column by which rows of a table are told apart: its own id; the person's where it has none (death)."""
    first = cdm_tables()[table][0].name
    return "person_id" if table == "death" else first

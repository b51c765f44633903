"""What an export says of the registry as a whole: the record `registry`, which is no patient.

What it says twice, and not alike, is said by nobody: the fault names it, and nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

import polars as pl

from tenfold.exchange.redcap.exports import Export
from tenfold.exchange.redcap.project import RECORD, REGISTRY, REGISTRY_RECORD, SOURCES, known_items
from tenfold.records.faults import Fault, Used
from tenfold.records.shape import Axis
from tenfold.records.tables import TABLES

TICKED = frozenset({"1", "Checked"})


@dataclass(frozen=True, slots=True)
class About:
    """The registry's title, axis and label, its missing data codes, the forms that it keeps in full, their sources."""

    title: str | None = None
    axis: Axis | None = None
    simulated: bool = False
    missing: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()
    sources: dict[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def speaks_for_all(export: Export) -> pl.Series:
    """For each row whether it belongs to the registry's own record; false where the record is empty."""
    return export.column(RECORD).str.to_lowercase().eq(REGISTRY_RECORD).fill_null(False)


def about(export: Export) -> About:
    """What the record `registry` says; nothing where there is none."""
    rows = speaks_for_all(export)
    lines = export.sheet.lines.filter(rows)
    line = int(lines[0]) if lines.len() else None
    faults: list[Fault] = []

    def wrong(name: str, said: Iterable[str], remedy: str) -> None:
        value = ", ".join(said)
        told = f"{name} of the record {REGISTRY_RECORD} cannot be understood"
        faults.append(Fault(export.sheet.file, line, REGISTRY_RECORD, name, value, told, remedy, Used.COLUMN_NOT_USED))

    def one(name: str) -> str | None:
        said = export.column(name).filter(rows).drop_nulls().unique(maintain_order=True).to_list()
        words = known_items()[name].words
        meant = [words.get(value, value) for value in said]
        if len(meant) > 1 or (words and meant and meant[0] not in words.values()):
            wrong(name, said, "give one value" + (f": {' or '.join(dict.fromkeys(words.values()))}" if words else ""))
            return None
        return meant[0] if meant else None

    title, axis = one("registry_title"), one("registry_axis")
    simulated = one("registry_simulated")
    missing = one("registry_missing_codes")
    kept = frozenset(_kept(export, rows))
    sources: dict[str, str] = {}
    tables, citations = (export.column(f"{SOURCES}_{name}").filter(rows) for name in ("table", "citation"))
    for said, citation in zip(tables, citations, strict=True):
        if citation is None and said is None:
            continue
        if said in TABLES and citation is not None and sources.setdefault(said, citation) == citation:
            continue
        wrong(
            f"{SOURCES}_table", (str(said or ""), str(citation or "")), "name one form and where its entries come from"
        )
    # A label that cannot be read may have said that nobody in it is real.
    unclear = any(fault.column == "registry_simulated" for fault in faults)
    return About(
        title,
        cast("Axis | None", axis),
        simulated == "yes" or unclear,
        codes_declared(missing or ""),
        kept,
        sources,
        tuple(faults),
    )


def codes_declared(text: str) -> tuple[str, ...]:
    """The codes of a declaration, `code, label` one a line or with bars between, as REDCap's setup holds it."""
    entries = text.replace("|", "\n").splitlines()
    return tuple(code for code in (entry.split(",")[0].strip() for entry in entries) if code)


def _kept(export: Export, rows: pl.Series) -> Iterable[str]:
    for name in export.names:
        item = known_items().get(name)
        if item is None or item.form != REGISTRY or item.code is None:
            continue
        said = export.column(name).filter(rows).drop_nulls().unique()
        if any(value in TICKED or value == item.code for value in said):
            yield item.code

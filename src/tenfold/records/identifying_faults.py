"""Warnings of what in a file looks as if it named a person, before it is shared: columns, cells and identifiers.

The rows are used all the same (`kept`). A value is never shown in full, one fault speaks for all alike cells of a column,
and only the first hundred thousand rows of a file are looked at: a warning, not a search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import polars as pl

from tenfold.records.faults import Fault, Used
from tenfold.records.identifying import column_holds, identifier_looks_like, looks_like, masked
from tenfold.records.shape import Kind, Table
from tenfold.records.sheets import Sheet

ROWS = 100_000
REMEDY = "take it out where the file comes from; tenfold deidentify writes records without it"
PSEUDONYMS = "give each patient a pseudonym that says nothing; tenfold deidentify makes them"
IDENTIFIERS = ("patient_id", "sample_id")
NAMED = ("a person's name", "an e-mail address", "the patient's date of birth")
"""What one identifier alone can tell; a number has the right check digit by chance, so that most of them must."""


def identifying_faults(sheet: Sheet, table: Table) -> list[Fault]:
    """What looks as if it named a person in one file, one fault for each column and kind."""
    found: list[Fault] = []
    for position, name in enumerate(sheet.header):
        cells = sheet.cells[str(position)].head(ROWS) if str(position) in sheet.cells.columns else None
        known = name in table
        if not known and (what := column_holds(name)) is not None:
            rule = f"{name} looks like a column that holds {what}: nothing is read from it, but whoever gets the file has it"
            found.append(Fault(sheet.file, None, None, name, None, rule, REMEDY, Used.COLUMN_NOT_USED))
        elif cells is None or cells.dtype != pl.String or name in IDENTIFIERS:
            continue
        elif not known or table[name].kind is Kind.TEXT:
            found += _cells(sheet, name, cells, dates=known)
    if table.name == "patients":
        found += _identifiers(sheet)
    return found


def identifying(faults: pl.DataFrame) -> pl.DataFrame:
    """Those of a registry's faults that warn of what looks as if it named a person."""
    return faults.filter(pl.col("remedy").is_in([REMEDY, PSEUDONYMS]))


def _cells(sheet: Sheet, name: str, cells: pl.Series, *, dates: bool) -> Iterator[Fault]:
    """The cells of one column of text. `dates`: whether a date in it says anything (an unknown column may be of dates)."""
    told = {text: what for text in cells.drop_nulls().unique() if (what := looks_like(text)) is not None}
    if not told:
        return
    by_kind = cells.replace_strict(told, default=None, return_dtype=pl.String)
    for what in sorted(set(told.values())):
        if what == "a date" and not dates:
            continue
        rows = (by_kind == what).fill_null(False).arg_true()
        first = int(rows[0])
        more = f", and so do {len(rows) - 1} more cells of {name}" if len(rows) > 1 else ""
        yield Fault(
            sheet.file,
            int(sheet.lines[first]),
            None,
            name,
            masked(str(cells[first])),
            f"the cell looks as if it held {what}{more}",
            REMEDY,
            Used.KEPT,
        )


def _identifiers(sheet: Sheet) -> Iterator[Fault]:
    """The patients' identifiers: pseudonyms, or something that names the patient."""
    places = {name: str(position) for position, name in enumerate(sheet.header)}
    if "patient_id" not in places:
        return
    ids = sheet.cells[places["patient_id"]].head(ROWS).cast(pl.String)
    born = pl.Series([None] * len(ids), dtype=pl.Date)
    if "birth_date" in places and sheet.cells.schema[places["birth_date"]] in (pl.String, pl.Date):
        written = sheet.cells[places["birth_date"]].head(ROWS)
        born = written if written.dtype == pl.Date else written.str.to_date("%Y-%m-%d", strict=False)
    looks = [None if one is None else identifier_looks_like(one, day) for one, day in zip(ids, born, strict=True)]
    for what, times in sorted(Counter(filter(None, looks)).items()):
        if what not in NAMED and times * 2 <= len(ids):
            continue
        first = looks.index(what)
        yield Fault(
            sheet.file,
            int(sheet.lines[first]),
            None,
            "patient_id",
            masked(str(ids[first])),
            f"{times} of {len(ids)} identifiers look as if they held {what}",
            PSEUDONYMS,
            Used.KEPT,
        )

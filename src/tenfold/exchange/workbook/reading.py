"""A workbook whose sheets are named after our tables, read like a folder of them.

A fault names the file with its sheet, the row and the cell: `book.xlsx, sheet mrd_samples`, `value (cell H12)`. Cells count by
what they hold, formulas by the result that was saved. A number is read with the 15 digits that a spreadsheet shows, so
that 0.1+0.2 is 0.3. Set aside with their row are: errors (#N/A), formulas that were never calculated, a date in a column of
text (a spreadsheet turned 1-2 into one), a percentage (20% is held as 0.2), a number too long for a spreadsheet, and merged cells below the header.

Completeness: as in a folder, a sheet with rows is complete unless the sheet `completeness` says otherwise. A sheet without
rows is not taken as "none of these happened", for templates have such sheets, unless the sheet `registry` names it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import polars as pl
import python_calamine

from tenfold.exchange.converted import Converted, Fate, Field, converted
from tenfold.exchange.limits import checked_zip
from tenfold.exchange.workbook.marks import open_document_sheets, place_name, sheet_members
from tenfold.exchange.workbook.raw import DIGITS, RawSheet, cell_text, filled, raw_sheet
from tenfold.exchange.workbook_limits import checked_workbook
from tenfold.records.faults import Fault, Used, file_fault
from tenfold.records.nearest import nearest
from tenfold.records.shape import Axis, Column, Kind, date_name
from tenfold.records.sheets import LostRow, Sheet
from tenfold.records.tables import TABLES

READ = (".xlsx", ".xlsm", ".ods")
EXPLAINED = "columns"
"""The sheet that explains the columns; it is not read."""
ABOUT = "registry"
"""The sheet of what registry.toml says in a folder: two columns, key and value."""
TEXTS = (Kind.TEXT, Kind.WORD, Kind.GENE, Kind.MARKER, Kind.DRUGS)


def recognises(path: Path) -> bool:
    """Whether a file is a workbook with a sheet that is named after one of our tables."""
    if path.suffix.lower() not in READ or not path.is_file():
        return False
    try:
        checked_zip(path)
        names = open_document_sheets(path) if path.suffix.lower() == ".ods" else sheet_members(path)
    except Exception:  # whatever is wrong with the file, it is then not known to be ours
        return False
    return any(name.strip() in TABLES for name in names)


@dataclass(frozen=True, slots=True)
class _About:
    title: str | None = None
    axis: Axis | None = None
    simulated: bool = False
    sources: dict[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()


def read_records(path: Path) -> Converted:
    """Read a workbook. ValueError where it cannot be opened, or no sheet of it is named after a table."""
    path = Path(path)
    checked_workbook(path)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        is_open = path.suffix.lower() == ".ods"
        members = {} if is_open else sheet_members(path)
        unclear = {name for name, percent in open_document_sheets(path).items() if percent} if is_open else set()
    except (python_calamine.CalamineError, SyntaxError, KeyError) as error:
        raise ValueError(f"{path.name} cannot be opened as a workbook ({error}); save it again") from error
    raws = {}
    names = [str(name) for name in book.sheet_names]
    for name in names:
        if name.strip() in TABLES or name.strip() == ABOUT:
            raws[name.strip()] = raw_sheet(path, book, name, members.get(name, ""))
    if not any(name in TABLES for name in raws):
        raise ValueError(
            f"{path.name} has no sheet that is named after a table (such as patients); its sheets are {', '.join(names)}"
        )
    about = _about(raws.pop(ABOUT, None))
    hidden = {str(one.name) for one in book.sheets_metadata if one.visible != python_calamine.SheetVisibleEnum.Visible}
    notes = [f"the sheet {name} is hidden in the workbook; it is read" for name in names if name in hidden]
    sheets, fields, faults = [], [], [*about.faults]
    for name, raw in raws.items():
        if name in unclear:
            rule = "cells are shown as percentages, of which a workbook holds the hundredth part"
            faults.append(file_fault(raw.file, rule, "format them as numbers, or save the book as xlsx"))
            continue
        made = _sheet(raw)
        notes += raw.notes(raw.header_row())
        if made is None or (not made.cells.height and not made.lost and name not in about.kept):
            notes.append(f"the sheet {name} holds no row: it is not taken to say that there is nothing to record")
            continue
        sheets.append(made)
        fields += _fields(made)
    fields += [_left(path.name, name) for name in names if name.strip() not in TABLES and name.strip() != ABOUT]
    faults += [
        file_fault(f"{path.name}, sheet {name}", f"{name} is not a table", f'rename it to "{near}" if it is that table')
        for name in names
        if name.strip() not in (*TABLES, ABOUT, EXPLAINED) and (near := nearest(name.strip(), TABLES))
    ]
    # None lets admission tell the axis from the headers, as it does for a folder.
    axis = cast("Axis", about.axis)
    found = converted(
        sheets, "workbook", fields, notes=notes, faults=faults, axis=axis, title=about.title, sources=about.sources
    )
    named = found.registry.faults.with_columns(_with_cells(found.registry.faults, sheets))
    return replace(found, registry=replace(found.registry, faults=named, simulated=about.simulated))


def _sheet(raw: RawSheet) -> Sheet | None:
    """The sheet for admission; None where nothing is in it."""
    top = raw.header_row()
    if top is None:
        return None
    width = max((i + 1 for row in raw.values[top:] for i, cell in enumerate(row) if filled(cell)), default=0)
    header = tuple((cell_text(cell) or "") for cell in raw.values[top][:width])
    columns = [_column(raw.name, name) for name in header]
    covered = raw.covered(top)
    kept: list[list[str | None]] = []
    lines: list[int] = []
    lost: list[LostRow] = []
    for position in range(top + 1, len(raw.values)):
        row = raw.values[position][:width]
        cells = [cell_text(cell) for cell in row]
        wrong = _wrong(raw, position, row, header, columns, covered)
        if wrong is not None:
            patient = cells[header.index("patient_id")] if "patient_id" in header else None
            shown = ", ".join(f"{name}={cell}" for name, cell in zip(header, cells, strict=True) if cell is not None)
            place = [""] * header.index("patient_id") if patient else []
            lost.append(LostRow(position + 1, shown, (*place, patient) if patient else (), *wrong))
        elif any(cell is not None for cell in cells):
            kept.append(cells)
            lines.append(position + 1)
    series = [pl.Series(str(i), [row[i] for row in kept], pl.String) for i in range(width)]

    def text(wanted: Sequence[int]) -> list[str]:
        return [
            ", ".join(f"{name}={cell}" for name, cell in zip(header, kept[i], strict=True) if cell is not None)
            for i in wanted
        ]

    numbers = pl.Series("line", lines, dtype=pl.Int64)
    return Sheet(raw.name, raw.file, header, pl.DataFrame(series), numbers, text, tuple(lost))


def _column(table: str, name: str) -> Column | None:
    return next((one for one in TABLES[table].columns if one.name in (name, date_name(name))), None)


def _wrong(
    raw: RawSheet,
    position: int,
    row: Sequence[Any],
    header: Sequence[str],
    columns: Sequence[Column | None],
    covered: set[tuple[int, int]],
) -> tuple[str, str] | None:
    """What makes a row unusable before its values are looked at, and what to do; columns that are no columns are passed."""
    for i, (cell, column) in enumerate(zip(row, columns, strict=True)):
        if column is None:
            continue
        at = f"{header[i]} (cell {place_name(position + 1, i + 1)})"
        place = (position + 1, i + 1)
        if place in raw.marks.errors:
            return f"{at} holds the error {raw.marks.errors[place]}", "correct its formula, or clear the cell"
        if place in raw.marks.uncalculated:
            return f"{at} holds a formula without a result", "open the workbook, let it calculate, and save it"
        if (position, i) in covered:
            return f"{at} is merged with others: whose value it is cannot be told", "unmerge it and fill every cell"
        if place in raw.marks.percentages and column.high != 1:
            remedy = (
                f"format the column as a number, and see that the cell then shows it in {column.unit or 'its unit'}"
            )
            return f"{at} is shown as a percentage, of which a workbook holds the hundredth part", remedy
        if isinstance(cell, (date, datetime)) and column.kind in TEXTS:
            remedy = "format the column as text and enter the cell again: spreadsheets turn 1-2 and MARCH1 into dates"
            return f"{at} holds a date, and {column.name} is text", remedy
        if isinstance(cell, float) and column.kind in TEXTS and abs(cell) >= 10**DIGITS:
            remedy = "format the column as text and enter the whole number again"
            return f"{at} holds a number of more than {DIGITS} digits, of which a spreadsheet loses the last", remedy
    return None


def _fields(made: Sheet) -> list[Field]:
    found = []
    for i, name in enumerate(made.header):
        column = _column(made.table, name)
        filled = made.cells.height - made.cells[str(i)].null_count()
        if column is None:
            note = "it is no column of the table"
            found.append(Field(made.file, name or f"column {place_name(1, i + 1)[:-1]}", Fate.LEFT, "", note, filled))
        else:
            found.append(Field(made.file, name, Fate.MAPPED, f"{made.table}.{name}", "", filled))
    return found


def _left(file: str, name: str) -> Field:
    note = "it explains the columns" if name == EXPLAINED else "it is not named after a table"
    return Field(file, f"sheet {name}", Fate.LEFT, "", note)


def _with_cells(faults: pl.DataFrame, sheets: Sequence[Sheet]) -> pl.Series:
    """The columns of the faults, each with the cell that it speaks of."""
    places = {(one.file, name): i + 1 for one in sheets for i, name in reversed(list(enumerate(one.header)))}
    told = []
    for file, line, column in faults.select("file", "line", "column").iter_rows():
        at = places.get((file, column))
        told.append(column if at is None or line is None else f"{column} (cell {place_name(line, at)})")
    return pl.Series("column", told, dtype=pl.String)


def _about(raw: RawSheet | None) -> _About:
    if raw is None:
        return _About()
    said: dict[str, str | None] = {}
    faults = []
    for position, row in enumerate(raw.values):
        cells = [cell_text(cell) for cell in row[:2]]
        key, value = [*cells, None, None][:2]
        if key is None or (key, value) == ("key", "value"):
            continue
        if key in said or not _is_known(key, value):
            rule = f"{key} is given twice" if key in said else f"{key} cannot be understood"
            remedy = (
                "the keys are title, simulated (yes or no), axis (calendar or relative), source:TABLE and kept:TABLE"
            )
            faults.append(Fault(raw.file, position + 1, None, key, value, rule, remedy, Used.COLUMN_NOT_USED))
        said.setdefault(key, value)
    axis = said.get("axis")
    return _About(
        said.get("title"),
        cast("Axis", axis) if axis in ("calendar", "relative") else None,
        # A label that cannot be read may have said that nobody in it is real.
        "simulated" in said and said["simulated"] != "no",
        {key[7:]: value for key, value in said.items() if key.startswith("source:") and value and key[7:] in TABLES},
        frozenset(key[5:] for key, value in said.items() if key.startswith("kept:") and value == "yes"),
        tuple(faults),
    )


def _is_known(key: str, value: str | None) -> bool:
    words = {"simulated": ("yes", "no"), "axis": ("calendar", "relative")}
    if key.startswith(("source:", "kept:")):
        return key.partition(":")[2] in TABLES
    return key == "title" or value in words.get(key, ())

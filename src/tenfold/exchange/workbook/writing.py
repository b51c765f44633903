"""Records as a workbook: one sheet a table, before them one that explains every column and one that says what they are.

Text is never a formula or a link. A number that needs more than the 15 digits that a spreadsheet keeps, and a date before
1900-03-01, which spreadsheets count wrongly, are written as text, so that they come back as they were.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from tenfold.exchange.converted import Written
from tenfold.exchange.workbook.raw import DIGITS
from tenfold.exchange.workbook.reading import ABOUT, EXPLAINED, TEXTS
from tenfold.records.completeness import statements_to_keep
from tenfold.records.registry import Registry
from tenfold.records.shape import Column, Kind
from tenfold.records.tables import TABLES

MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""
LONGEST_TEXT = 32_767
"""Characters of a cell."""
FIRST_DATE = date(1900, 3, 1)
OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "constant_memory": False,
}


def write_records(registry: Registry, path: Path) -> Written:
    """Write records as an xlsx file.

    ValueError where the name does not end in .xlsx, the file is there already, or a table has more rows, or a cell more
    characters, than a sheet holds.
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise ValueError(f"{path.name}: a workbook is written as a file whose name ends in .xlsx")
    if path.exists():
        raise ValueError(f"{path} is there already: name a new file")
    tables = dict(registry.tables)
    statements = statements_to_keep(registry)
    if statements is not None:
        tables["completeness"] = statements
    for name, frame in tables.items():
        _check(name, frame)
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), OPTIONS)
    try:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        text = book.add_format({"num_format": "@"})
        _explain(book.add_worksheet(EXPLAINED), bold, registry, tables)
        about = book.add_worksheet(ABOUT)
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 80)
        for row, (key, value) in enumerate([("key", "value"), *_about(registry, tables)]):
            about.write_string(row, 0, key, bold)
            about.write_string(row, 1, value)
        for name in TABLES:
            if name in tables:
                _write(book.add_worksheet(name), tables[name], TABLES[name].columns, (bold, day, text))
    finally:
        book.close()
    return Written((path,), _left(registry))


def _check(name: str, frame: pl.DataFrame) -> None:
    if frame.height > MOST_ROWS:
        raise ValueError(f"{name} has {frame.height:,} rows, and a sheet holds {MOST_ROWS:,}: write CSV or Parquet")
    for column, dtype in frame.schema.items():
        # A sheet counts in the units of UTF-16, of which a letter has up to two.
        if dtype == pl.String and (frame[column].str.len_chars().max() or 0) > LONGEST_TEXT // 2:  # type: ignore[operator]
            raise ValueError(f"{name}, {column}: a text is too long for the cell of a sheet: write CSV or Parquet")


def _about(registry: Registry, tables: dict[str, pl.DataFrame]) -> list[tuple[str, str]]:
    said = [("simulated", "yes" if registry.simulated else "no"), ("axis", registry.axis)]
    if registry.title:
        said.append(("title", registry.title))
    said += [(f"source:{table}", citation) for table, citation in registry.sources.items() if citation]
    return said + [(f"kept:{name}", "yes") for name in tables]


def _explain(sheet: Any, bold: Any, registry: Registry, tables: dict[str, pl.DataFrame]) -> None:
    """What each column of the sheets means."""
    if registry.simulated:
        sheet.write_string(0, 0, "SIMULATED: no patient in this workbook is real", bold)
    headings = ("table", "column", "meaning", "unit", "what a cell holds", "must be filled")
    start = 1 if registry.simulated else 0
    for place, (heading, width) in enumerate(zip(headings, (18, 28, 60, 12, 60, 14), strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(start, place, heading, bold)
    sheet.freeze_panes(start + 1, 0)
    row = start
    for name in TABLES:
        for column in TABLES[name].columns if name in tables else ():
            row += 1
            said = (
                name,
                column.named(registry.axis),
                column.meaning,
                column.unit or "",
                _held(column, registry.axis == "relative"),
                "yes" if column.required else "",
            )
            for place, text in enumerate(said):
                sheet.write_string(row, place, text)


def _held(column: Column, relative: bool) -> str:
    if column.words is not None:
        said = "one of: " + ", ".join(str(word) for word in column.words)
    elif column.kind is Kind.DATE:
        said = "days since day 0" if relative else "a date, or text such as 2024-05-03"
    else:
        said = column.kind.value
    return f"{said}; empty means {column.empty_means}" if column.empty_means else said


def _write(sheet: Any, frame: pl.DataFrame, columns: tuple[Column, ...], formats: tuple[Any, Any, Any]) -> None:
    """One table; text columns are formatted as text, so that what is typed into them later stays what it is."""
    wanted = [
        name
        for name, column in zip(frame.columns, columns, strict=True)
        if column.required or column.kind is Kind.DATE or frame[name].null_count() < frame.height
    ]
    bold, day, text = formats
    texts = {name for name, column in zip(frame.columns, columns, strict=True) if column.kind in TEXTS}
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(wanted):
        sheet.write_string(0, place, name, bold)
        sheet.set_column(place, place, max(12, min(len(name) + 2, 40)), text if name in texts else None)
        for row, value in enumerate(frame[name].to_list(), 1):
            if value is not None:
                _write_cell(sheet, row, place, value, day)


def _write_cell(sheet: Any, row: int, place: int, value: Any, day: Any) -> None:
    if isinstance(value, bool):
        sheet.write_string(row, place, "yes" if value else "no")
    elif isinstance(value, (int, float)):
        if float(f"{value:.{DIGITS}g}") == value:
            sheet.write_number(row, place, value)
        else:
            sheet.write_string(row, place, repr(value))
    elif isinstance(value, date) and value >= FIRST_DATE:
        sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), day)
    else:
        sheet.write_string(row, place, value.isoformat() if isinstance(value, date) else str(value))


def _left(registry: Registry) -> tuple[str, ...]:
    left = []
    aside = registry.set_aside.filter(~pl.col("repeat")).height
    if aside:
        left.append(f"{aside} rows set aside: only admitted rows are written; the statements on completeness say so")
    texts = [registry.title, *registry.sources.values()]
    if any(text is not None and text != text.strip() for text in texts) or "" in texts:
        left.append("blanks around the title or a source, and one that is empty")
    return tuple(left)

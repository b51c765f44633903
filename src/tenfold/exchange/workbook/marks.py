"""What stands in a sheet of an xlsx file beside its values: errors, formulas that were never calculated, hidden rows.

The reader of workbooks gives an empty cell for an error such as #N/A and for a formula without a result, which would then
pass for "not known". So the sheet's XML is looked through once more, with the reader that refuses entities. An ods file
writes such errors as text and always has results.
"""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

MANY_COLUMNS = 16_384
"""The columns of a sheet; a range of hidden columns that reaches further is all that is left of the sheet."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Places (row and column, from 1) of cells that hold no value though they seem to, and what is hidden.

    `errors`: place -> the error as it is shown; `uncalculated`: formulas without a result; `formulas`: how many there are in
    all; `percentages`: cells that are shown with a percent sign, of which 20% is held as 0.2; `hidden_rows`,
    `hidden_columns`: their numbers.
    """

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: frozenset[tuple[int, int]] = frozenset()
    formulas: int = 0
    percentages: frozenset[tuple[int, int]] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def place_name(row: int, column: int) -> str:
    """A place as spreadsheets call it: row 12, column 8 is H12."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def sheet_members(path: Path) -> dict[str, str]:
    """Name of a sheet -> its member of the archive, in the order of the book; empty for what is no xlsx workbook.

    Raises what a damaged archive or XML raises: call it only where that is caught.
    """
    from defusedxml.ElementTree import parse

    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return {}
        with archive.open("xl/workbook.xml") as xml:
            sheets = [element for element in parse(xml, forbid_dtd=True).iter() if _kind(element.tag) == "sheet"]
        targets = {}
        if "xl/_rels/workbook.xml.rels" in archive.namelist():
            with archive.open("xl/_rels/workbook.xml.rels") as xml:
                for element in parse(xml, forbid_dtd=True).iter():
                    targets[element.get("Id")] = element.get("Target") or ""
    found = {}
    for element in sheets:
        key = next((value for name, value in element.attrib.items() if name.endswith("}id")), None)
        target = targets.get(key, "")
        found[element.get("name") or ""] = posixpath.normpath(posixpath.join("xl", target)).lstrip("/")
    return found


def open_document_sheets(path: Path) -> dict[str, bool]:
    """The tables of an OpenDocument spreadsheet, and whether any cell of each is a percentage; empty for what is none."""
    from defusedxml.ElementTree import iterparse

    found: dict[str, bool] = {}
    name = ""
    with zipfile.ZipFile(path) as archive:
        if "content.xml" not in archive.namelist():
            return {}
        with archive.open("content.xml") as xml:
            for event, element in iterparse(xml, events=("start", "end"), forbid_dtd=True):
                said = {_kind(key): value for key, value in element.attrib.items()}
                if event == "end":
                    element.clear()
                elif _kind(element.tag) == "table":
                    name = said.get("name", "")
                    found[name] = False
                elif said.get("value-type") == "percentage":
                    found[name] = True
    return found


def percent_styles(path: Path) -> frozenset[int]:
    """The numbers of the cell styles of an xlsx workbook that show a percentage (ECMA-376, part 1, 18.8.30)."""
    from defusedxml.ElementTree import parse

    with zipfile.ZipFile(path) as archive:
        if "xl/styles.xml" not in archive.namelist():
            return frozenset()
        with archive.open("xl/styles.xml") as xml:
            root = parse(xml, forbid_dtd=True).getroot()
    elements = [] if root is None else list(root.iter())
    percent = {"9", "10"}
    for element in elements:
        if _kind(element.tag) == "numFmt" and "%" in (element.get("formatCode") or ""):
            percent.add(element.get("numFmtId") or "")
    formats = [list(element) for element in elements if _kind(element.tag) == "cellXfs"]
    return frozenset(i for i, one in enumerate(formats[0] if formats else []) if one.get("numFmtId") in percent)


def marks_of(path: Path, member: str) -> Marks:
    """The marks of one sheet of an xlsx file, whose archive was checked before."""
    percent = percent_styles(path)
    with zipfile.ZipFile(path) as archive:
        if member not in archive.namelist():
            return Marks()
        with archive.open(member) as xml:
            return _marks(xml, percent)


def _marks(xml: IO[bytes], percent: frozenset[int]) -> Marks:
    from defusedxml.ElementTree import iterparse

    errors: dict[tuple[int, int], str] = {}
    uncalculated: set[tuple[int, int]] = set()
    percentages: set[tuple[int, int]] = set()
    hidden_rows: set[int] = set()
    hidden_columns: set[int] = set()
    formulas = row = column = 0
    for event, element in iterparse(xml, events=("start", "end"), forbid_dtd=True):
        kind = _kind(element.tag)
        if event == "start":
            if kind == "row":
                row, column = _whole(element.get("r")) or row + 1, 0
                if element.get("hidden") in ("1", "true"):
                    hidden_rows.add(row)
            elif kind == "col" and element.get("hidden") in ("1", "true"):
                last = min(_whole(element.get("max")), MANY_COLUMNS)
                hidden_columns.update(range(_whole(element.get("min")), last + 1))
            elif kind == "c":
                column = _column(element.get("r")) or column + 1
            continue
        if kind == "c":
            held = {_kind(child.tag): child.text for child in element}
            formulas += "f" in held
            if percent and "v" in held and _whole(element.get("s")) in percent:
                percentages.add((row, column))
            if element.get("t") == "e":
                errors[row, column] = held.get("v") or "an error"
            elif "f" in held and held.get("v") is None and "is" not in held:
                uncalculated.add((row, column))
        if kind in ("c", "row"):
            element.clear()
    return Marks(
        errors,
        frozenset(uncalculated),
        formulas,
        frozenset(percentages),
        frozenset(hidden_rows),
        frozenset(hidden_columns),
    )


def _kind(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _whole(said: str | None) -> int:
    return int(said) if said is not None and said.isascii() and said.isdigit() and len(said) < 10 else 0


def _column(said: str | None) -> int:
    column = 0
    for letter in (said or "").rstrip("0123456789").upper():
        if not "A" <= letter <= "Z":
            return 0
        column = column * 26 + ord(letter) - 64
    return column

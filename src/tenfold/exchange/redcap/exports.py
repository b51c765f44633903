"""What REDCap exports, as one sheet with the names of its fields: flat CSV, one value a line (EAV), or the API's JSON.

A flat export has a row for each record, event and instance; its columns are headed by the names of the fields, or by
their labels. An EAV export has a row for each value that is filled: `record`, `field_name`, `value`, with the event
and the instance where the project has them. It is set out flat here; the line of a row is that of its first value.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tenfold.exchange.limits import checked_size
from tenfold.exchange.redcap.dictionary import COLUMNS
from tenfold.exchange.redcap.project import (
    EVENT,
    INSTANCE,
    INSTRUMENT,
    RECORD,
    REGISTRY,
    SYSTEM,
    known_items,
    names_by_label,
)
from tenfold.records.delimited import BOM, SEPARATORS, read_delimited
from tenfold.records.faults import Fault
from tenfold.records.sheets import LostRow, Sheet

EAV = ("record", "field_name", "value")
OURS_AT_LEAST = 2
"""Fields of ours that a file must hold to be an export of our project: the smallest form has two."""
HEAD = 1 << 18
"""Bytes that are read to recognise a file: a header line of the widest project is shorter."""
FOREIGN = (
    "is an export of a REDCap project that was not made from Tenfold's data dictionary: which of its fields is which"
    " cannot be known. Say it in a mapping file (tenfold convert --guess makes a first one), or enter the records into a"
    " project made from `tenfold redcap dictionary`"
)


@dataclass(frozen=True, slots=True)
class Export:
    """An export as a flat sheet.

    `names`: for each column the field's name, whatever its heading; `eav`: it came as single values, so that a field
    that is nowhere filled is not in it.
    """

    sheet: Sheet
    names: tuple[str, ...]
    eav: bool = False

    def at(self, name: str) -> str | None:
        """The column of the sheet that holds a field; None if it is not there."""
        return str(self.names.index(name)) if name in self.names else None

    def column(self, name: str) -> pl.Series:
        """The values of a field, null throughout if it is not there."""
        at = self.at(name)
        return pl.Series([None] * self.sheet.cells.height, dtype=pl.String) if at is None else self.sheet.cells[at]

    def ours(self) -> list[str]:
        """The fields that are our project's."""
        return [name for name in self.names if name in known_items() and name != RECORD]


def header_of(path: Path) -> tuple[str, ...]:
    """The first line of a delimited file, cell by cell; none if it is no such file. Never an error."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
        line = head.removeprefix(BOM).decode("utf-8", "ignore").lstrip().splitlines()[0]
    except (OSError, IndexError):
        return ()
    separator = max(SEPARATORS, key=line.count)
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=separator)))
    except (csv.Error, StopIteration):
        return ()


def is_dictionary(header: Sequence[str]) -> bool:
    """Whether a header is that of a data dictionary, which holds no records."""
    return tuple(header[:2]) == COLUMNS[:2]


def is_export(header: Sequence[str]) -> bool:
    """Whether a header is certainly that of a REDCap export: its own columns, or fields of our dictionary."""
    if set(EAV) <= set(header) or (header and set(SYSTEM) & set(header)):
        return True
    names = [named(cell) for cell in header]
    return INSTRUMENT in names or sum(name in known_items() for name in names) >= OURS_AT_LEAST


def named(heading: str) -> str:
    """The name of the field under a heading, which may be its label; as it is where it is neither."""
    return heading if heading in known_items() else names_by_label().get(heading, heading)


def read_file(path: Path) -> Export:
    """An export as a file. ValueError in plain words for one that is of another project, or cannot be read at all."""
    checked_size(path)
    known = frozenset({*known_items(), *names_by_label(), *SYSTEM, *EAV})
    found = read_delimited(path.read_bytes(), "patients", path.name, known)
    if isinstance(found, Fault):
        raise ValueError(str(found))
    if is_dictionary(found.header):
        raise ValueError(
            f"{path.name} is a data dictionary: it describes a project and holds no records; export its data"
        )
    export = flat_from_values(found) if set(EAV) <= set(found.header) else Export(found, _names(found.header))
    return checked(export, path.name)


def read_rows(rows: Sequence[Mapping[str, Any]], source: str) -> Export:
    """What the API returns as JSON, flat; a row's line is its place in the answer."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = pl.DataFrame(
        [pl.Series(str(i), [_said(row.get(name)) for row in rows], pl.String) for i, name in enumerate(names)]
    )

    def text(wanted: Sequence[int]) -> list[str]:
        return [_told(rows[i]) for i in wanted]

    lines = pl.Series("line", range(1, len(rows) + 1), dtype=pl.Int64)
    return checked(Export(Sheet("patients", source, tuple(names), cells, lines, text), _names(names)), source)


def checked(export: Export, source: str) -> Export:
    """The export, if it is one of our project. ValueError if not."""
    if len(export.ours()) < (1 if export.eav else OURS_AT_LEAST):
        others = [name for name in export.names if name not in SYSTEM][1:4]
        example = f" (it has {', '.join(others)} ...)" if others else ""
        raise ValueError(f"{source} {FOREIGN}{example}")
    return export


def _names(header: Sequence[str]) -> tuple[str, ...]:
    names = [named(heading) for heading in header]
    # A centre may have renamed the record id; REDCap puts it first, whatever its name.
    if RECORD not in names and names and names[0] not in (*SYSTEM, *known_items()):
        names[0] = RECORD
    return tuple(names)


def flat_from_values(sheet: Sheet) -> Export:
    """Single values set out as flat rows. A value that stands twice for one field loses its row, which is said."""
    keys = ("record", *(name for name in (EVENT, INSTRUMENT, INSTANCE) if name in sheet.header))
    places = [sheet.header.index(name) for name in (*keys, "field_name", "value")]
    cells = sheet.cells.select(str(place) for place in places).rows()
    rows: dict[tuple[str | None, ...], dict[str, str | None]] = {}
    first: dict[tuple[str | None, ...], int] = {}
    twice: dict[tuple[str | None, ...], tuple[int, str]] = {}
    for place, (*key, field, value) in enumerate(cells):
        group = tuple(key)
        row = rows.setdefault(group, dict(zip(keys, group, strict=True)))
        first.setdefault(group, place)
        name = named(field or "")
        if name == RECORD:
            continue
        box = _box(name, value)
        if box is not None:
            row[box] = "1"
        elif row.setdefault(name, value) != value:
            twice.setdefault(group, (place, name))
    kept = [group for group in rows if group not in twice]
    names = list(dict.fromkeys((*keys, *(name for row in rows.values() for name in row))))
    flat = pl.DataFrame(
        [pl.Series(str(i), [rows[group].get(name) for group in kept], pl.String) for i, name in enumerate(names)]
    )
    lines = [int(sheet.lines[first[group]]) for group in kept]
    lost = [
        LostRow(int(sheet.lines[place]), sheet.text([place])[0], tuple(said or "" for said in group),
                f"{name} has two values in one instance: which is right is not known", "keep the one that is right")
        for group, (place, name) in twice.items()
    ]  # fmt: skip
    starts = [first[group] for group in kept]

    def text(wanted: Sequence[int]) -> list[str]:
        return sheet.text([starts[i] for i in wanted])

    header = (RECORD, *names[1:])
    # The first cells of a lost row are the keys, as those of a row are.
    told = [LostRow(one.line, one.text, _keys(one, sheet, keys), one.rule, one.remedy) for one in sheet.lost]
    numbers = pl.Series("line", lines, dtype=pl.Int64)
    return Export(Sheet("patients", sheet.file, header, flat, numbers, text, (*told, *lost)), header, eav=True)


def _keys(lost: LostRow, sheet: Sheet, keys: Sequence[str]) -> tuple[str, ...]:
    places = [sheet.header.index(key) for key in keys]
    return tuple(lost.cells[place] for place in places) if len(lost.cells) > max(places) else ()


def _box(name: str, value: str | None) -> str | None:
    """The box of a checkbox that a value ticks: the API gives the field once for each, the value being the choice."""
    field = f"{REGISTRY}_tables"
    box = known_items().get(f"{field}___{value}") if name == field else None
    return f"{field}___{value}" if box is not None else None


def _said(value: Any) -> str | None:
    return None if value is None else str(value).strip() or None


def _told(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.items() if value not in (None, ""))

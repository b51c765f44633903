"""Workbooks (xlsx, xls) of QuantStudio, ViiA 7, 12K Flex and Design & Analysis software (Applied Biosystems).

The sheets hold the tables of the text exports, and are read by the same code; ``python-calamine`` opens the workbook. A general
converter was measured and left: it drops the quantities of the standards and calls a well without template a control, so
that no standard curve can be drawn from what it gives.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import python_calamine

from tenfold.exchange.instruments.applied_biosystems import RESULTS, read_results
from tenfold.exchange.instruments.heading import Head, heads
from tenfold.exchange.instruments.text import LARGEST_FILE, DecimalMark, Row, folded
from tenfold.exchange.instruments.text_file import TextFile
from tenfold.exchange.run import Run, RunNotUnderstood
from tenfold.exchange.workbook_limits import checked_open_workbook

FIRST = ("results", "primary_result")
"""The sheets of results; another sheet is taken only where neither is there."""


def read_workbook(data: bytes, file: str, stem: str) -> Run:
    """The run of a workbook.

    Raises:
        RunNotUnderstood: the workbook is damaged, too large, or holds no table of results.
    """
    sheets = _sheets(data, file)
    found: list[tuple[str, Head]] = []
    for name, rows in sheets.items():
        found += [(name, head) for head in heads(rows, [RESULTS])][:1]
    found.sort(key=lambda one: FIRST.index(one[0]) if one[0] in FIRST else len(FIRST))
    if not found:
        raise RunNotUnderstood(
            f"{file}: expected the workbook of a QuantStudio run, with a sheet Results that has the columns Well, Task "
            f"and CT or Cq; found the sheets {', '.join(map(repr, sheets))} without such a table. "
            "Export the results as text or CSV"
        )
    name, head = found[0]
    notes = [] if name == FIRST[0] else [f"the results are those of the sheet {name!r}"]
    notes += [
        f"the sheet {other!r} has a table of results too, which is not read"
        for other, _ in found[1:]
        if other != "standard curve result"
    ]
    return read_results(TextFile(stem, file, sheets[name], tuple(notes), DecimalMark(".")), head, sheets)


def _sheets(data: bytes, file: str) -> dict[str, Sequence[Row]]:
    """The rows of every sheet, by its folded name."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST_FILE:
                raise RunNotUnderstood(
                    f"{file}: the workbook unpacks to more than {LARGEST_FILE // 1024**2} MB, which no run needs; "
                    "it is not read"
                )
        try:
            checked_open_workbook(data, file)
        except ValueError as error:
            raise RunNotUnderstood(str(error)) from error
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return {
            folded(name): [
                Row(line, tuple(_text(cell) for cell in cells))
                for line, cells in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), 1)
            ]
            for name in book.sheet_names
        }
    except python_calamine.CalamineError as error:
        raise RunNotUnderstood(f"{file}: the workbook is damaged or cut off ({error}); export the run again") from error


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()

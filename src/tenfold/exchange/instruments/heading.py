"""Where the tables of a text export begin and end: headers, the rows below each, and rows that belong to no table.

A file may hold several tables. Each is read under its own header, whose columns may stand in another order. A header
that cannot be read ends nothing quietly: the file is refused, with both lines, so that no value is read from the column
of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tenfold.exchange.instruments.layout import Layout
from tenfold.exchange.instruments.text import Row, folded
from tenfold.exchange.instruments.wells import well_name, well_number
from tenfold.exchange.run import RunNotUnderstood


@dataclass(frozen=True)
class Head:
    """A header that was found: the layout, its line, and which columns hold which field."""

    layout: Layout
    row: Row
    columns: dict[str, list[int]]

    def name(self, column: int) -> str:
        """The header of a column as the file writes it."""
        return self.row.cell(column)


@dataclass(frozen=True)
class Body:
    """The rows below a header, and what there is to say of rows that follow and are not read."""

    rows: list[Row]
    notes: tuple[str, ...] = ()


def heads(rows: Sequence[Row], layouts: Sequence[Layout]) -> Iterator[Head]:
    """Every header of one of the layouts, from the top."""
    known = {name for layout in layouts for field in layout.needed for name in layout.fields[field] if name}
    for row in rows:
        if len(row.cells) < 2 or not any(cell.lower() in known for cell in row.cells):
            continue
        header = tuple(folded(cell) for cell in row.cells)
        for layout in layouts:
            columns = layout.matched(header)
            if columns is not None:
                yield Head(layout, row, columns)
                break


def is_section(row: Row) -> bool:
    """Whether the line is the name of a section in brackets."""
    return bool(row.cells) and row.cells[0].startswith("[") and row.cells[0].endswith("]")


def refuse_other_tables(rows: Sequence[Row], found: Sequence[Head], file: str) -> None:
    """Refuse a file in which a table of another kind follows the first, unless in a section of its own.

    Raises:
        RunNotUnderstood: there is such a table; names the lines of both headers.
    """
    first = found[0]
    end = next((row.line for row in rows if row.line > first.row.line and is_section(row)), None)
    for other in found[1:]:
        if other.layout is not first.layout and (end is None or other.row.line < end):
            raise _two_tables(file, first, other.row.line, f"of a {other.layout.format} table")


def only_table(rows: Sequence[Row], found: Sequence[Head], file: str) -> Head:
    """The one header of its section.

    Raises:
        RunNotUnderstood: another header follows in the same section; names the lines of both.
    """
    first = found[0]
    end = next((row.line for row in rows if row.line > first.row.line and is_section(row)), None)
    for other in found[1:]:
        if other.row.line > first.row.line and (end is None or other.row.line < end):
            raise _two_tables(file, first, other.row.line, "of a second one")
    return first


def _two_tables(file: str, first: Head, line: int, what: str) -> RunNotUnderstood:
    return RunNotUnderstood(
        f"{file}: line {first.row.line} is the header of a {first.layout.format} table and line {line} {what}; "
        "which rows belong to the run cannot be told: keep each table in a file of its own"
    )


def body_of(rows: Sequence[Row], head: Head, file: str) -> Body:
    """The rows of a table: to the next header, section or title, or to a blank line where the layout ends at one.

    A blank line ends no table if the next line is a well again.

    Raises:
        RunNotUnderstood: a line below is like a header, and cannot be read as one.
    """
    found: list[Row] = []
    like_wells: list[int] = []
    blank = ended = False
    for row in rows:
        if row.line <= head.row.line:
            continue
        if row.is_blank:
            blank = True
            continue
        if is_section(row) or _is_title(row, head.layout):
            break
        header = tuple(folded(cell) for cell in row.cells)
        if head.layout.matched(header) is not None:
            break
        ended = ended or (blank and head.layout.ends_at_blank and not _is_well(row, head))
        if _is_like_header(row, header, head):
            if ended:
                like_wells.append(row.line)
                break
            raise _two_tables(
                file, head, row.line, "is like another header, which lacks a column or names it otherwise"
            )
        if not ended:
            found.append(row)
            blank = False
        elif _is_well(row, head):
            like_wells.append(row.line)
    note = f"below the table, the lines from line {like_wells[0]} on are not read" if like_wells else None
    return Body(found, (note,) if note else ())


def _is_title(row: Row, layout: Layout) -> bool:
    return row.cells[0].lower().startswith(layout.titles) if layout.titles else False


def _is_well(row: Row, head: Head) -> bool:
    written = row.cell(head.columns["well"][0])
    return well_name(written) is not None or well_number(written) is not None


def _is_like_header(row: Row, header: tuple[str, ...], head: Head) -> bool:
    """Whether a row names two fields of the layout or more, and no well."""
    return not _is_well(row, head) and len(head.layout.named(header)) >= 2

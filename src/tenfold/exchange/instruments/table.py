"""A table of results, whatever instrument wrote it, found by its header and read row by row into wells or partitions.

Bad cells cost themselves: the well stays, the value is null, and the remark names line, column and value. What the
whole table lacks or leaves open is told in ``notes``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from tenfold.exchange.instruments.heading import Body, Head, body_of
from tenfold.exchange.instruments.layout import role_of
from tenfold.exchange.instruments.plausible import COLUMNS_NOT_READ, listed, not_a_cycle, settled
from tenfold.exchange.instruments.text import DecimalMark, Row, decimal_mark, folded
from tenfold.exchange.instruments.wells import COLUMNS, plate_size, plate_well, well_name, well_number
from tenfold.exchange.run import PARTITIONS, WELLS, RunNotUnderstood
from tenfold.records.nearest import nearest
from tenfold.vocabulary import CtStatus, WellRole

YES = frozenset({"true", "yes", "y", "1", "x", "ja", "oui", "si", "wahr", "vrai"})
NO = frozenset({"false", "no", "n", "0", "", "nein", "non", "falsch", "faux"})

NO_UNIT = (
    "the file names no unit for the quantities of its standards; they are read as copies per reaction. "
    "If they are anything else, give the copies in a plate map"
)
MEASURES = frozenset({"copies", "ct", "left_out", "included", "positive", "total", "partition_nl"})
MEASURES_OF_PARTITIONS = ("positive", "total", "partition_nl")
_CONTENTS = ("sample", "target", "dye", "role", "copies", "ct")
_TEXT_FIELDS = ("well", "sample", "target", "dye", "role", "comment", "flag", "merged")


@dataclass(frozen=True)
class Table:
    """The rows of one table as records, ready for a frame, and what there is to say of them."""

    records: list[dict[str, Any]]
    notes: tuple[str, ...]


def read_tables(
    rows: Sequence[Row],
    found: Sequence[Head],
    file: str,
    plate: int | None = None,
    mark: DecimalMark | None = None,
) -> list[Table]:
    """The rows below each header of a file, which is of one plate and writes its numbers in one way.

    ``plate``: 96 or 384 where the file tells it; else the highest position decides. ``mark``: the decimal mark where it
    is known; else the numbers of the tables settle it.

    Raises:
        RunNotUnderstood: a table has no rows, its last one breaks off, or a header in it cannot be read.
    """
    bodies = [_body(rows, head, file) for head in found]
    pairs = [(body.rows, head) for body, head in zip(bodies, found, strict=True)]
    mark, plate = mark or _mark(pairs), plate or _size(pairs)
    tables = []
    for body, head in zip(bodies, found, strict=True):
        reader = _Reader(head, mark, plate)
        records = [record for row in body.rows for record in reader.records(row)]
        tables.append(Table(records, (*reader.notes(), *body.notes)))
    return tables


def frame(records: list[dict[str, Any]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Records as a frame of the schema, which is ``WELLS`` or ``PARTITIONS``."""
    return pl.DataFrame([{name: record.get(name) for name in schema} for record in records], schema=schema)


def wells_and_partitions(records: list[dict[str, Any]], digital: bool) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """The frame of a run that the records of its tables fill, by name; and what there is to say of doubtful ones."""
    kept, notes = settled(records)
    return {"partitions": frame(kept, PARTITIONS)} if digital else {"wells": frame(kept, WELLS)}, list(notes)


def _body(rows: Sequence[Row], head: Head, file: str) -> Body:
    body = body_of(rows, head, file)
    if not body.rows:
        raise RunNotUnderstood(
            f"{file}: line {head.row.line} is the header of a {head.layout.format} table, and no rows follow it; "
            "the file may have been cut off, or the run not analysed. Export it again"
        )
    _refuse_cut_off(rows, body.rows, head, file)
    return body


def _refuse_cut_off(rows: Sequence[Row], body: list[Row], head: Head, file: str) -> None:
    """A last line shorter than all others, where the file ends, was cut off: wells after it may be lost."""
    last = body[-1]
    usual = min([len(head.row.cells), *(len(row.cells) for row in body[:-1])])
    if last is rows[-1] and len(last.cells) < usual:
        raise RunNotUnderstood(
            f"{file}: the file breaks off in line {last.line}, which has {len(last.cells)} cells where the others have "
            f"{usual} or more; the wells after it may be lost. Export the run again"
        )


def _mark(tables: list[tuple[list[Row], Head]]) -> DecimalMark:
    numbers: list[str] = []
    cycles: list[str] = []
    for body, head in tables:
        text = {column for name in _TEXT_FIELDS for column in head.columns.get(name, [])}
        of_cycles = head.columns.get("ct", [])
        known = {column for columns in head.columns.values() for column in columns}
        for column in range(len(head.row.cells)):
            if column in of_cycles:
                cycles += (row.cell(column) for row in body)
            elif column not in text and (column in known or _all_numbers(body, column)):
                numbers += (row.cell(column) for row in body)
    return decimal_mark(numbers, cycles)


def _all_numbers(body: list[Row], column: int) -> bool:
    point, comma = DecimalMark("."), DecimalMark(",")
    return all(
        not row.cell(column) or point.number(row.cell(column)) is not None or comma.number(row.cell(column)) is not None
        for row in body
    )


def _size(tables: list[tuple[list[Row], Head]]) -> int:
    written = (row.cell(head.columns["well"][0]) for body, head in tables for row in body)
    return plate_size(number for one in written if (number := well_number(one)) is not None)


class _Reader:
    """Reads the rows of one table, and keeps count of what its notes will tell."""

    def __init__(self, head: Head, mark: DecimalMark, plate: int) -> None:
        self.head, self.layout, self.mark, self.plate = head, head.layout, mark, plate
        self.empty = self.summaries = self.numbered = self.ignored_copies = 0
        self.copies_read = False

    def records(self, row: Row) -> Iterator[dict[str, Any]]:
        """One record for each target of the row; none for an empty well or a summary of others."""
        repeated = len(self.head.columns.get("target", []))
        measure = "positive" if self.layout.digital else "ct"
        groups = repeated if repeated > 1 and repeated == len(self.head.columns.get(measure, [])) else 1
        for group in range(groups):
            cells = {
                name: row.cell(columns[group] if len(columns) == groups else columns[0])
                for name, columns in self.head.columns.items()
            }
            record = self._record(row, cells)
            if record is not None:
                yield record

    def _record(self, row: Row, cells: dict[str, str]) -> dict[str, Any] | None:
        if folded(cells.get("well", "")) in self.layout.summaries:
            self.summaries += 1
            return None
        if self.layout.lists_empty_wells and not any(cells.get(name) for name in _CONTENTS):
            self.empty += 1
            return None
        remarks: list[str] = []
        too_wide = any(row.cells[len(self.head.row.cells) :])
        if too_wide:
            remarks.append(
                f"line {row.line} has {len(row.cells)} cells and the header {len(self.head.row.cells)}, so its values "
                "are not read; a decimal comma needs quotes in a file that is separated by commas"
            )
            cells = {name: "" if name in MEASURES else written for name, written in cells.items()}
        record: dict[str, Any] = {
            "well": self._well(row, cells["well"], remarks),
            "sample": self._sample(row, cells),
            "target": cells.get("target") or cells.get("dye") or None,
            "left_out": self._left_out(row, cells, remarks),
        }
        record["role"] = self._role(row, cells.get("role", ""), remarks)
        if self.layout.digital:
            record |= self._digital(row, cells, remarks)
        else:
            record |= self._copies(row, cells, record["role"], remarks)
            record |= self._cycle(row, cells, bool(record["left_out"]) or too_wide, remarks)
        remarks += [
            f"{self.head.name(self.head.columns[name][0])}: {cells[name]}"
            for name in ("comment", "flag")
            if cells.get(name)
        ]
        return record | {"remark": "; ".join(remarks) or None}

    def _well(self, row: Row, written: str, remarks: list[str]) -> str | None:
        number = well_number(written)
        if self.layout.rotor and number is not None:
            return str(number)
        if number is not None:
            self.numbered += 1
            return plate_well(number, COLUMNS[self.plate])
        name = well_name(written)
        if name is None:
            remarks.append(
                self._bad(row, "well", written, "is not a well such as A1") if written else "no well is named"
            )
        return name or written or None

    def _sample(self, row: Row, cells: dict[str, str]) -> str | None:
        columns = self.head.columns.get("sample", [])
        more = [row.cell(c) for name in ("sample_2", "sample_3", "sample_4") for c in self.head.columns.get(name, [])]
        return " ".join(part for part in (cells["sample"] if columns else "", *more) if part) or None

    def _left_out(self, row: Row, cells: dict[str, str], remarks: list[str]) -> bool | None:
        if cells.get("merged"):
            remarks.append(f"merged from the wells {cells['merged']}, which have rows of their own")
            return True
        for name, yes, no in (("left_out", YES, NO), ("included", NO - {""}, YES | {""})):
            word = folded(cells.get(name, ""))
            if name not in cells:
                continue
            if word in yes:
                remarks.append("left out by the operator")
                return True
            if word not in no:
                remarks.append(self._bad(row, name, cells[name], "is neither true nor false"))
                return None
        return False

    def _role(self, row: Row, written: str, remarks: list[str]) -> WellRole | None:
        if not written:
            return None
        found = role_of(folded(written), self.layout.roles)
        if found is None:
            remarks.append(self._bad(row, "role", written, "is no known kind of well"))
            return None
        role, remark = found
        if remark:
            remarks.append(remark)
        return role

    def _copies(self, row: Row, cells: dict[str, str], role: WellRole | None, remarks: list[str]) -> dict[str, Any]:
        written = cells.get("copies", "")
        if not written or (role not in (WellRole.STANDARD, None)) or folded(written) in {"nan", "n/a", "-"}:
            self.ignored_copies += bool(written) and not self.layout.standards_only
            return {"copies": None}
        value = self.mark.number(written)
        if role is None and (value == 0 or "role" in self.head.columns):
            return {"copies": None}
        if value is None or value <= 0:
            remarks.append(self._bad(row, "copies", written, "is not a number of copies above 0"))
            return {"copies": None}
        self.copies_read = True
        return {"copies": value, "role": WellRole.STANDARD}

    def _cycle(self, row: Row, cells: dict[str, str], left_out: bool, remarks: list[str]) -> dict[str, Any]:
        written = cells.get("ct", "")
        word = folded(written)
        if word in self.layout.undetermined:
            return {"ct": None, "ct_status": CtStatus.UNDETERMINED}
        if not word or word in {"n/a", "na", "nan"}:
            return {"ct": None, "ct_status": CtStatus.MISSING if word or left_out else self.layout.empty_ct}
        value = self.mark.cycle(written)
        if (why := not_a_cycle(value)) is not None:
            remarks.append(self._bad(row, "ct", written, why))
            return {"ct": None, "ct_status": CtStatus.MISSING}
        return {"ct": value, "ct_status": CtStatus.MEASURED}

    def _digital(self, row: Row, cells: dict[str, str], remarks: list[str]) -> dict[str, Any]:
        counts: dict[str, Any] = {}
        for name in ("positive", "total"):
            written = cells.get(name, "")
            value = self.mark.number(written) if written else None
            counts[name] = int(value) if value is not None and value >= 0 and value == int(value) else None
            if written and counts[name] is None:
                remarks.append(self._bad(row, name, written, "is not a count of partitions"))
        if None not in counts.values() and counts["positive"] > counts["total"]:
            remarks.append(
                f"line {row.line}: {counts['positive']:,} partitions are positive of {counts['total']:,} accepted, which "
                "cannot be; neither is read"
            )
            counts = {"positive": None, "total": None}
        volume = cells.get("partition_nl", "")
        counts["partition_nl"] = self.mark.number(volume) if volume else None
        if volume and counts["partition_nl"] is None:
            remarks.append(self._bad(row, "partition_nl", volume, "is not a volume in nL"))
        return counts

    def _bad(self, row: Row, name: str, value: str, why: str) -> str:
        column = self.head.name(self.head.columns[name][0]) or name
        return f"line {row.line}, column {column}: {value!r} {why}"

    def notes(self) -> list[str]:
        """What the table as a whole leaves open."""
        found = []
        if self.copies_read and self.layout.standards_only:
            found.append(NO_UNIT)
        if self.empty:
            found.append(f"{self.empty} rows are of empty wells and are left away")
        if self.summaries:
            found.append(f"{self.summaries} rows sum up other rows and are left away")
        if self.numbered:
            found.append(
                f"wells are numbered; they are named as on a plate of {self.plate} wells, counted along the rows"
            )
        if self.ignored_copies:
            found.append(f"copies are given in {self.ignored_copies} wells that are not standards; they are not read")
        if self.layout.notes_other_columns:
            known = {column for columns in self.head.columns.values() for column in columns}
            others = [name for i, name in enumerate(self.head.row.cells) if i not in known and name]
            if others:
                found.append(f"the columns {listed(others)} {COLUMNS_NOT_READ}{self._meant(others)}")
        return found

    def _meant(self, others: Sequence[str]) -> str:
        """What columns that are not read may be meant to be: of what the table has no column for, the nearest by name."""
        lacking = [name for name in (*_CONTENTS, *MEASURES_OF_PARTITIONS) if self._has_no(name)]
        meant = {name: near for name in others if (near := nearest(name, lacking, cutoff=0.7)) is not None}
        said = "".join(f'; if "{name}" is the {near}, call it "{near}"' for name, near in meant.items())
        unnamed = [name for name in lacking if name not in (*meant.values(), "partition_nl")]
        if unnamed and len(meant) < len(others):
            said += f"; the table has no column called {' or '.join(unnamed)}"
        return said

    def _has_no(self, name: str) -> bool:
        return name in self.layout.fields and name not in self.head.columns


def with_copies_in_copies(head: Head) -> tuple[Head, str | None]:
    """The head without its column of quantities where the header gives them a unit that is not copies, and a note."""
    columns = head.columns.get("copies", [])
    header = folded(head.name(columns[0])) if columns else ""
    unit = header[header.find("(") + 1 : header.rfind(")")] if "(" in header else ""
    if not unit or unit.startswith("cop") or unit == "sq":
        return head, None
    kept = {name: at for name, at in head.columns.items() if name != "copies"}
    note = f"the quantities of the standards are in {unit}, not in copies, and are not read; give copies in a plate map"
    return replace(head, columns=kept), note

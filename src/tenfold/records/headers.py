"""The header of a file: which of its columns are columns of the table, and what is wrong with the others."""

from collections import Counter
from collections.abc import Container, Sequence

import polars as pl

from tenfold.records.faults import Fault, Used, file_fault
from tenfold.records.nearest import bare, nearest
from tenfold.records.shape import Axis, Column, Table, date_name, day_name
from tenfold.records.sheets import Sheet

OTHER: dict[Axis, Axis] = {"calendar": "relative", "relative": "calendar"}
WRITTEN_AS: dict[Axis, str] = {"calendar": "dates", "relative": "days since day 0"}


def date_names(table: Table, axis: Axis) -> frozenset[str]:
    """The names that the table's date columns have on an axis."""
    return frozenset(column.named(axis) for column in table.dates)


def columns_of(sheet: Sheet, table: Table, axis: Axis) -> tuple[dict[str, Column], list[Fault]] | Fault:
    """Which cells belong to which column: position (as text) -> Column, with the faults of the others.

    A single Fault instead means that the file cannot be used.
    """
    by_name = {column.named(axis): column for column in table.columns}
    times = Counter(sheet.header)
    used: dict[str, Column] = {}
    faults: list[Fault] = []
    for position, name in enumerate(sheet.header):
        column = by_name.get(name)
        if column is None:
            fault = _unknown(sheet, table, axis, position, name, times)
        elif times[name] > 1:
            fault = _named_twice(sheet, table, column, name, times[name])
        elif not is_readable(sheet.cells.schema[str(position)]):
            fault = Fault(
                sheet.file, None, None, name, None, f"{name} holds lists or bytes, not single values",
                "give each row one value", Used.COLUMN_NOT_USED,
            )  # fmt: skip
            fault = _whole_file(fault) if _needed(column, table) else fault
        else:
            used[str(position)] = column
            continue
        if fault.used is Used.FILE_NOT_USED:
            return fault
        if fault not in faults:
            faults.append(fault)
    return _missing(sheet, table, axis, used) or (used, faults)


def is_readable(dtype: pl.DataType) -> bool:
    """Whether the cells of a column are single values that can be told in words."""
    return not (dtype.is_nested() or dtype in (pl.Binary, pl.Object))


def _unknown(sheet: Sheet, table: Table, axis: Axis, position: int, name: str, times: Counter[str]) -> Fault:
    if not name:
        return Fault(
            sheet.file, None, None, None, None, f"column {position + 1} has no name",
            f"name it as a column of {table.name}, or take it out", Used.COLUMN_NOT_USED,
        )  # fmt: skip
    if name in date_names(table, OTHER[axis]):
        return file_fault(
            sheet.file,
            f"{name} is in {WRITTEN_AS[OTHER[axis]]}, the registry is in {WRITTEN_AS[axis]}: "
            "both cannot stand in one registry",
            f"give {date_name(name) if axis == 'calendar' else day_name(name)} instead, "
            "or keep the two in separate folders",
            column=name,
        )
    near = nearest_column(name, table, axis, besides=times)
    rule = f"{name} is not a column of {table.name}"
    # A spelling of a column whose empty cells mean something would turn every row into that meaning.
    if near and bare(near) == bare(name) and _speaks_when_empty(table, axis, near):
        return file_fault(sheet.file, rule, f'rename it to "{near}"', column=name)
    remedy = (
        f'if it is meant to be "{near}", rename it' if near else "take it out, or leave it: nothing is read from it"
    )
    return Fault(sheet.file, None, None, name, None, rule, remedy, Used.COLUMN_NOT_USED)


def nearest_column(name: str, table: Table, axis: Axis, besides: Container[str] = ()) -> str | None:
    """The column of the table that was probably meant; none of those that the file has `besides`."""
    columns = [column.named(axis) for column in table.columns]
    if any(bare(name) == bare(column) for column in columns if column in besides):
        return None
    names = [column for column in columns if column not in besides]
    dated = table[table.dated_by].named(axis) if table.dated_by is not None else None
    if bare(name) in ("date", "day") and dated in names:
        return dated
    return nearest(name, names)


def _speaks_when_empty(table: Table, axis: Axis, name: str) -> bool:
    return any(column.named(axis) == name and column.empty_means for column in table.columns)


def _named_twice(sheet: Sheet, table: Table, column: Column, name: str, times: int) -> Fault:
    fault = Fault(
        sheet.file, None, None, name, None, f"{times} columns are named {name}",
        "keep the one that is right and take the others out", Used.COLUMN_NOT_USED,
    )  # fmt: skip
    return _whole_file(fault) if _needed(column, table) else fault


def _needed(column: Column, table: Table) -> bool:
    """Whether the rows would be worth nothing, or say something else, without the column."""
    return column.required or column.empty_means is not None or (table.date_required and column.name == table.dated_by)


def _whole_file(fault: Fault) -> Fault:
    return file_fault(fault.file, fault.rule, fault.remedy, column=fault.column)


def _missing(sheet: Sheet, table: Table, axis: Axis, used: dict[str, Column]) -> Fault | None:
    present = {column.name for column in used.values()}
    for column in table.columns:
        if column.required and column.name not in present:
            return file_fault(
                sheet.file,
                f"the column {column.name} is missing, without which no row of {table.name} can be used",
                _rename_or_add(column.name, sheet.header, table, axis),
                column=column.name,
            )
    if table.date_required and table.dated_by is not None and not present & {table.dated_by, "sequence"}:
        name = table[table.dated_by].named(axis)
        return file_fault(
            sheet.file,
            f"the column {name} is missing: a row of {table.name} needs its date",
            f"{_rename_or_add(name, sheet.header, table, axis)}; where days are not known, give a sequence",
            column=name,
        )
    return None


def _rename_or_add(name: str, header: Sequence[str], table: Table, axis: Axis) -> str:
    known = {column.named(axis) for column in table.columns}
    near = next((h for h in header if h and h not in known and nearest_column(h, table, axis) == name), None)
    return f'if "{near}" is that column, rename it to "{name}"' if near else f"add the column {name}"


def axes_named(sheet: Sheet, table: Table) -> set[Axis]:
    """The axes on which the header names date columns: none, one, or (a fault) both."""
    both: tuple[Axis, Axis] = ("calendar", "relative")
    return {axis for axis in both if date_names(table, axis) & set(sheet.header)}

"""Admission: which rows of which sheets become records, and the faults of the others.

Each sheet is examined by itself (header, cells, rows), then against the patients' own dates. A row with a
fault is set aside whole: nothing in it is corrected, blanked or guessed. What is admitted does not depend
on the order of the rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from tenfold.records.asof import known_day
from tenfold.records.cell_rules import cell_rules
from tenfold.records.cells import as_text, typed
from tenfold.records.completeness import SET_ASIDE_SCHEMA
from tenfold.records.cross_rules import against_patients, in_sequence, not_in_patients, out_of_sequence
from tenfold.records.faults import FAULT_SCHEMA, Fault, Used, fault_frame, file_fault, no_faults
from tenfold.records.headers import OTHER, WRITTEN_AS, axes_named, columns_of, date_names, is_readable
from tenfold.records.identifying_faults import identifying_faults
from tenfold.records.memory import rows_as_frame
from tenfold.records.nearest import nearest
from tenfold.records.registry import Registry
from tenfold.records.row_rules import contradictions, repeats, row_rules
from tenfold.records.rules import FILE, LINE, ROW, apply_rules, none_found, written
from tenfold.records.same_person import perhaps_one_person
from tenfold.records.shape import Axis, Column, Table
from tenfold.records.sheets import Sheet, frame_sheet
from tenfold.records.tables import TABLES


@dataclass(frozen=True, slots=True)
class _Examined:
    """One table under examination: its rows, its faults so far, and the rows that only repeat another."""

    table: Table
    sheets: tuple[Sheet, ...]
    frame: pl.DataFrame
    found: pl.DataFrame
    repeated: pl.DataFrame

    def with_found(self, *more: pl.DataFrame) -> "_Examined":
        told = [one for one in more if one.height]
        return replace(self, found=pl.concat([self.found, *told])) if told else self

    def condemned(self) -> pl.Series:
        """The rows that are set aside."""
        if self.found.is_empty():
            return self.found[ROW]
        return self.found.filter(pl.col("used") == str(Used.ROW_SET_ASIDE))[ROW].unique()

    def admitted(self) -> pl.DataFrame:
        condemned = self.condemned()
        return self.frame.filter(~pl.col(ROW).is_in(condemned.implode())) if condemned.len() else self.frame


def admit(
    sheets: Iterable[Sheet],
    faults: Iterable[Fault] = (),
    *,
    axis: Axis | None = None,
    title: str | None = None,
    simulated: bool = False,
    sources: Mapping[str, str] | None = None,
) -> Registry:
    """A registry of what the sheets hold.

    ``faults``: those already found; ``axis``: as declared, else from the headers.
    """
    sheets = list(sheets)
    told = list(faults)
    declared = axis
    axis, off_axis = _axis(sheets, declared)
    told += off_axis.values()
    tables: dict[str, _Examined] = {}
    for name, table in TABLES.items():
        mine = [sheet for sheet in sheets if sheet.table == name and (sheet.file, name) not in off_axis]
        examined, header_faults = _examine(table, mine, axis)
        told += header_faults
        if examined is not None:
            tables[name] = examined
    tables = _compare(tables, axis)
    gathered = [_gather(examined, axis) for examined in tables.values()]
    return Registry(
        tables={name: examined.admitted().select(*TABLES[name].schema(axis)) for name, examined in tables.items()},
        axis=axis,
        title=title,
        simulated=simulated,
        sources=dict(sources or {}),
        faults=pl.concat([fault_frame(told), *(found for found, _ in gathered)]),
        set_aside=pl.concat([pl.DataFrame(schema=SET_ASIDE_SCHEMA), *(aside for _, aside in gathered)]),
    )


def admit_tables(
    tables: Mapping[str, pl.DataFrame | list[dict[str, Any]]],
    *,
    relative: bool = False,
    title: str | None = None,
    simulated: bool = False,
    sources: Mapping[str, str] | None = None,
) -> Registry:
    """A registry from frames or rows in memory; a fault names the table as its file and the row as its
    line.
    """
    sheets, faults = [], []
    for name, rows in tables.items():
        if name not in TABLES:
            near = nearest(name, TABLES)
            faults.append(
                file_fault(
                    name,
                    f"{name} is not a table",
                    f'name it "{near}" if that is meant' if near else "leave it out",
                )
            )
            continue
        frame = rows if isinstance(rows, pl.DataFrame) else rows_as_frame(rows)
        if not frame.width:  # no rows in memory say no columns: an empty table, and not a missing one
            frame = TABLES[name].empty("relative" if relative else "calendar")
        sheets.append(frame_sheet(name, name, frame))
    axis: Axis = "relative" if relative else "calendar"
    return admit(sheets, faults, axis=axis, title=title, simulated=simulated, sources=sources)


def _axis(sheets: list[Sheet], declared: Axis | None) -> tuple[Axis, dict[tuple[str, str], Fault]]:
    """The axis of the registry, and by file and table the faults of those that are on both or on the other one.

    Where nothing is declared it is the axis of most files; of as many on each, the calendar.
    """
    # One file may hold several tables.
    named = {(sheet.file, sheet.table): axes_named(sheet, TABLES[sheet.table]) for sheet in sheets}
    votes = Counter(axis for axes in named.values() if len(axes) == 1 for axis in axes)
    axis: Axis = declared or ("relative" if votes["relative"] > votes["calendar"] else "calendar")
    faults = {}
    for sheet in sheets:
        axes = named[sheet.file, sheet.table]
        if OTHER[axis] in axes:
            table = TABLES[sheet.table]
            column = next(name for name in sheet.header if name in date_names(table, OTHER[axis]))
            rest = "the file also has" if len(axes) == 2 else "the registry has"
            faults[sheet.file, sheet.table] = file_fault(
                sheet.file,
                f"{column} is in {WRITTEN_AS[OTHER[axis]]}, and {rest} {WRITTEN_AS[axis]}: "
                "one registry keeps time in one way",
                f"give {WRITTEN_AS[axis]} instead, or keep the two in separate folders",
                column=column,
            )
    return axis, faults


def _examine(table: Table, sheets: list[Sheet], axis: Axis) -> tuple[_Examined | None, list[Fault]]:
    """The sheets of one table understood and held against the rules that concern that table alone."""
    faults: list[Fault] = []
    used, frames = [], []
    start = 0
    for sheet in sheets:
        faults += identifying_faults(sheet, table)
        columns = columns_of(sheet, table, axis)
        if isinstance(columns, Fault):
            faults.append(columns)
            continue
        faults += columns[1]
        used.append(sheet)
        frames.append(_understood(sheet, table, columns[0], axis, start))
        start += sheet.cells.height
    if not frames:
        return None, faults
    frame = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal_relaxed")
    if frame.is_empty():  # what has no rows breaks no rule
        return _Examined(table, tuple(used), frame, none_found(), none_found()), faults
    again = repeats(frame, table)
    found = [
        apply_rules(frame, [*cell_rules(table, frame, axis), *row_rules(table, frame, axis)]),
        contradictions(frame, table, again),
    ]
    only_repeats = again.filter(~pl.col(ROW).is_in(pl.concat(found)[ROW].implode())) if again.height else again
    return _Examined(table, tuple(used), frame, pl.concat([*found, again]), only_repeats), faults


def _understood(sheet: Sheet, table: Table, columns: dict[str, Column], axis: Axis, start: int) -> pl.DataFrame:
    """A sheet with its cells as written and as understood, and the place of every row."""
    readable = [position for position, dtype in sheet.cells.schema.items() if is_readable(dtype)]
    cells = as_text(sheet.cells.select(readable))
    names = {
        position: written(columns[position].name if position in columns else f"?{position}")
        for position in cells.columns
    }
    frame = cells.rename(names)
    known = {column.name: column for column in columns.values()}
    return frame.with_columns(
        *(
            typed(column, pl.col(written(name)), frame[written(name)].dtype, axis).alias(column.named(axis))
            if name in known
            else pl.lit(None, column.dtype(axis)).alias(column.named(axis))
            for name, column in ((column.name, column) for column in table.columns)
        ),
        pl.int_range(start, start + pl.len(), dtype=pl.Int64).alias(ROW),
        pl.lit(sheet.file).alias(FILE),
        sheet.lines.alias(LINE),
    )


def _compare(tables: dict[str, _Examined], axis: Axis) -> dict[str, _Examined]:
    """Each table held against the patients and against the sequence of their facts."""
    patients = tables.get("patients")
    sequenced = in_sequence({name: examined.frame for name, examined in tables.items()})
    compared = {}
    for name, examined in tables.items():
        if examined.frame.is_empty():
            compared[name] = examined
            continue
        more = [out_of_sequence(examined.frame, examined.table, sequenced)]
        if name == "patients":
            more.append(perhaps_one_person(examined.frame, axis))
        if patients is not None and name != "patients":
            more.append(against_patients(examined.frame, examined.table, patients.admitted(), axis))
            more.append(not_in_patients(examined.frame, examined.table, patients.frame))
        compared[name] = examined.with_found(*more)
    return compared


def _gather(examined: _Examined, axis: Axis) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The faults of one table, in the order of its lines, and its rows set aside."""
    if examined.found.is_empty() and not any(sheet.lost for sheet in examined.sheets):
        return no_faults(), pl.DataFrame(schema=SET_ASIDE_SCHEMA)
    lost_faults, lost_rows = _lost(examined)
    order = {sheet.file: i for i, sheet in enumerate(examined.sheets)}
    faults = pl.concat([examined.found.select(*FAULT_SCHEMA), lost_faults])
    faults = faults.sort(pl.col("file").replace_strict(order, return_dtype=pl.Int64), "line", maintain_order=True)
    dates = [column.name for column in examined.table.dates]
    doubtful = examined.found.filter(pl.col("column").is_in(dates))[ROW].unique()
    rows = examined.frame.filter(pl.col(ROW).is_in(examined.condemned().implode())).select(
        pl.lit(examined.table.name).alias("table"),
        pl.col(FILE).alias("file"),
        pl.col(LINE).alias("line"),
        "patient_id",
        ROW,
        pl.col(ROW).is_in(examined.repeated[ROW].implode()).alias("repeat"),
        # A row whose dates are themselves in doubt may have been known at any time.
        pl.when(~pl.col(ROW).is_in(doubtful.implode()))
        .then(known_day(examined.table, axis).cast(pl.Int32))
        .alias("known_day"),
    )
    aside = rows.with_columns(_texts(examined.sheets, rows[ROW])).select(*SET_ASIDE_SCHEMA)
    return faults, pl.concat([aside, lost_rows]).sort(
        pl.col("file").replace_strict(order, return_dtype=pl.Int64), "line", maintain_order=True
    )


def _texts(sheets: tuple[Sheet, ...], rows: pl.Series) -> pl.Series:
    """Rows of the sheets, numbered through, as they are written."""
    texts: list[str] = []
    start = 0
    for sheet in sheets:
        end = start + sheet.cells.height
        texts += sheet.text([row - start for row in rows.filter((rows >= start) & (rows < end))])
        start = end
    return pl.Series("text", texts, dtype=pl.String)


def _lost(examined: _Examined) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that could not be read into cells: their faults, and the rows themselves.

    Whose such a row is, is believed only where it names a patient whom a sound row of the file names too: a
    torn row may start anywhere.
    """
    faults, rows = [], []
    named = {cell for sheet in examined.sheets for lost in sheet.lost for cell in lost.cells}
    ids = examined.frame["patient_id"]
    known = set(ids.filter(ids.is_in(pl.Series(sorted(named), dtype=pl.String).implode()))) if named else set()
    for sheet in examined.sheets:
        at = sheet.header.index("patient_id") if "patient_id" in sheet.header else len(sheet.header)
        for lost in sheet.lost:
            patient = lost.cells[at] if at < len(lost.cells) and lost.cells[at] in known else None
            faults.append(
                Fault(
                    sheet.file,
                    lost.line,
                    patient,
                    None,
                    lost.text,
                    lost.rule,
                    lost.remedy,
                    Used.ROW_SET_ASIDE,
                )
            )
            rows.append((examined.table.name, sheet.file, lost.line, patient, lost.text, False, None))
    return fault_frame(faults), pl.DataFrame(rows, schema=SET_ASIDE_SCHEMA, orient="row")

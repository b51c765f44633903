"""What the cells of one row must be together, and what rows of one table must be to each other."""

from collections.abc import Iterator

import polars as pl

from tenfold.records.cells import date_text
from tenfold.records.faults import Used
from tenfold.records.nearest import nearest
from tenfold.records.rules import FILE, FOUND_SCHEMA, LINE, ROW, Rule, Verdict, none_found, written
from tenfold.records.shape import Axis, Table
from tenfold.records.tables import TABLES
from tenfold.vocabulary import Detection, Qualifier, Scale

CHECK_BOTH = "check both dates and correct the wrong one"

IN_ORDER: dict[str, tuple[tuple[str, str], ...]] = {
    "patients": (
        ("birth_date", "diagnosis_date"),
        ("birth_date", "last_contact_date"),
        ("birth_date", "death_date"),
        ("diagnosis_date", "last_contact_date"),
        ("diagnosis_date", "death_date"),
        ("last_contact_date", "death_date"),
    ),
    "transplants": (("transplant_date", "immunosuppression_end_date"),),
}
"""Dates of one row of which the first cannot be after the second, beside those that every table has."""


def row_rules(table: Table, frame: pl.DataFrame, axis: Axis) -> Iterator[Rule]:
    """The rules about one row of a table."""
    if table.date_required and table.dated_by is not None:
        name = table[table.dated_by].named(axis)
        yield Rule(
            table.dated_by,
            pl.col(name).is_null()
            & pl.col("sequence").is_null()
            & _blank(frame, table.dated_by)
            & _blank(frame, "sequence"),
            f"the row has neither {name} nor sequence",
            "give the day; where days are not known, give the place in the patient's course under sequence",
        )
    for earlier, later in _orders(table):
        yield _out_of_order(table, earlier, later, axis)
    if table.name == "mrd_samples":
        yield from _mrd_rules(frame)
    if table.name == "completeness":
        yield Rule("table", ~pl.col("table").is_in(list(TABLES)), _no_such_table)


def _blank(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Whether nothing is written in a column, if only because the file does not have it."""
    return pl.col(written(name)).is_null() if written(name) in frame.columns else pl.lit(True)


def _orders(table: Table) -> Iterator[tuple[str, str]]:
    if table.dated_by is not None:
        for later in ("end_date", "reported_date"):
            if later in table:
                yield table.dated_by, later
    yield from IN_ORDER.get(table.name, ())


def _out_of_order(table: Table, earlier: str, later: str, axis: Axis) -> Rule:
    """The later of two dates stands before the earlier; in the table of patients the earlier one is named
    as the cell.
    """
    first, second = table[earlier].named(axis), table[later].named(axis)
    broken = pl.col(second) < pl.col(first)
    if table.name == "patients":
        says = pl.format(
            "{} {} is after {} {}",
            pl.lit(first),
            date_text(table, earlier, axis),
            pl.lit(second),
            date_text(table, later, axis),
        )
        return Rule(earlier, broken, says, CHECK_BOTH)
    says = pl.format(
        "{} {} is before {} {}",
        pl.lit(second),
        date_text(table, later, axis),
        pl.lit(first),
        date_text(table, earlier, axis),
    )
    return Rule(later, broken, says, CHECK_BOTH)


def _mrd_rules(frame: pl.DataFrame) -> Iterator[Rule]:
    value, detected, scale = pl.col("value"), pl.col("detected"), pl.col("scale")
    as_written = pl.col(written("value")) if written("value") in frame.columns else value
    yield Rule(
        "value",
        value.is_not_null() & _blank(frame, "scale"),
        pl.format("the value {} has no scale: it cannot be compared with anything", as_written),
        f"write its scale, one of {', '.join(Scale)}",
    )
    # "<0.01" states the limit below which nothing was seen: it agrees with not detected.
    limit = (pl.col("qualifier") == Qualifier.BELOW).fill_null(False)
    yield Rule(
        "value",
        (value > 0) & (detected == Detection.NO) & ~limit,
        pl.format("the value is {} although detected is no", as_written),
        "correct the one that is wrong; leave the value of a negative sample empty",
    )
    yield Rule(
        "value",
        (value == 0) & (detected == Detection.YES),
        "the value is 0 although detected is yes",
        "correct the one that is wrong",
    )
    yield Rule(
        "value",
        (value > 100) & scale.is_in([Scale.PERCENT_VAF, Scale.PERCENT_CD45]),
        pl.format("{} is above 100, the most {} can be", as_written, "scale"),
        "correct the value or its scale",
    )
    yield Rule(
        "sensitivity",
        pl.col("sensitivity") == 0,
        "a sensitivity of 0 would see a single cell in any number",
        "write it as a fraction, for example 0.00001, or leave the cell empty if it is not known",
    )
    yield Rule(
        "replicates_positive",
        pl.col("replicates_positive") > pl.col("replicates_run"),
        pl.format("{} replicates are positive of {} run", "replicates_positive", "replicates_run"),
        "correct the one that is wrong",
    )


def _no_such_table(value: str) -> Verdict:
    near = nearest(value, TABLES)
    return Verdict(
        f"{value} is not a table; until this is mended no table counts as complete for whom it speaks of",
        f'write "{near}" if that is what it means' if near else f"write one of {', '.join(TABLES)}",
    )


def repeats(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows that say again, word for word, what an earlier row says; only the first is used
    (``FOUND_SCHEMA``).
    """
    if table.name == "patients" or frame.height < 2:
        return none_found()
    cells = [name for name in frame.columns if name.startswith("written:")]
    mark = frame.select(cells).hash_rows()
    if mark.n_unique() == frame.height:
        return none_found()
    alike = frame.filter(mark.is_duplicated())
    again = alike.with_columns(
        first_line=pl.col(LINE).first().over(cells), first_row=pl.col(ROW).first().over(cells)
    ).filter(pl.col(ROW) != pl.col("first_row"))
    return _found(
        again,
        None,
        pl.lit(None, pl.String),
        pl.format("the row says exactly what line {} says", "first_line"),
        "take one of them out; if both happened, tell them apart",
    )


def contradictions(frame: pl.DataFrame, table: Table, again: pl.DataFrame) -> pl.DataFrame:
    """Rows that share what should be theirs alone but differ: none is used, as which is right is not known.

    ``again`` holds the exact repeats found by ``repeats``, which contradict nothing. In the table of
    patients even they count: one patient, one row.
    """
    keys = [written(name) for name in table.identity if written(name) in frame.columns]
    if not keys or frame.height < 2:
        return none_found()
    key = table.identity[-1] if table.name != "completeness" else "table"
    rows = frame.filter(pl.col(written(key)).is_not_null() & ~pl.col(ROW).is_in(again[ROW].implode()))
    shared = rows.filter(pl.struct(keys).is_duplicated() if len(keys) > 1 else pl.col(keys[0]).is_duplicated())
    if shared.is_empty():
        return none_found()
    named = shared.with_columns(all_lines=pl.col(LINE).sort().cast(pl.String).str.join(", ").over(keys))
    value = pl.col(written(key)).cast(pl.String)
    return _found(
        named,
        key,
        value,
        pl.format("{} stands on lines {}: which is right is not known", value, "all_lines"),
        "keep the row that is right",
    )


def _found(rows: pl.DataFrame, column: str | None, value: pl.Expr, rule: pl.Expr, remedy: str) -> pl.DataFrame:
    patient = pl.col("patient_id") if "patient_id" in rows.columns else pl.lit(None, pl.String)
    return rows.select(
        ROW,
        pl.col(FILE).alias("file"),
        pl.col(LINE).alias("line"),
        patient.alias("patient_id"),
        pl.lit(column, pl.String).alias("column"),
        value.alias("value"),
        rule.alias("rule"),
        pl.lit(remedy).alias("remedy"),
        pl.lit(str(Used.ROW_SET_ASIDE)).alias("used"),
    ).select(*FOUND_SCHEMA)

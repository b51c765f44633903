"""Records as an import file for our REDCap project: flat CSV, codes, one row for each instance of a form.

The record `registry`, which is no patient, holds what concerns them all: the title, the axis, whether they are
simulated, which forms are kept in full, statements about everybody, and sources.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl

from tenfold.exchange.converted import Written
from tenfold.exchange.redcap.project import INSTANCE, INSTRUMENT, RECORD, REGISTRY_RECORD, SOURCES, Item, items
from tenfold.records.cells import without_guard
from tenfold.records.completeness import statements_to_keep
from tenfold.records.registry import Registry


def write_records(registry: Registry, path: Path) -> Written:
    """Write an import file. ValueError if the file is there, is not called .csv, or a patient is called registry."""
    place = Path(path)
    if place.suffix.lower() != ".csv":
        raise ValueError(f"{place}: a REDCap import is one CSV file; give a name that ends in .csv")
    if place.exists():
        raise ValueError(f"{place} is there already: name a new file")
    ids = registry.patient_ids()["patient_id"]
    if ids.str.to_lowercase().eq(REGISTRY_RECORD).any():
        raise ValueError(
            f"a patient is called {REGISTRY_RECORD}, which is the record that speaks of them all: rename the patient"
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    _kept_as_read(import_rows(registry)).write_csv(place, quote_style="necessary")
    return Written((place,), _left(registry, ids))


def import_rows(registry: Registry) -> pl.DataFrame:
    """The rows of an import file: the record, the instrument, the instance, and every field of the project, as text."""
    tables = dict(registry.tables)
    statements = statements_to_keep(registry)
    if statements is not None:
        tables["completeness"] = statements
    fields = items(registry.axis)
    parts = [_about(registry, list(tables)), _sources(registry)]
    for name, frame in tables.items():
        mine = [item for item in fields if item.table == name and item.name != RECORD]
        record = pl.col("patient_id").fill_null(REGISTRY_RECORD)
        part = frame.select(record.alias(RECORD), *(_text(item, frame[item.column]) for item in mine))
        parts.append(part if name == "patients" else _instances(part, name))
    header = [RECORD, INSTRUMENT, INSTANCE, *(name for item in fields for name in _exported(item) if name != RECORD)]
    every = pl.DataFrame(schema=dict.fromkeys(header, pl.String))
    return pl.concat([every, *parts], how="diagonal").select(header)


def _kept_as_read(rows: pl.DataFrame) -> pl.DataFrame:
    """Text that would lose an apostrophe where CSV is read, with one more.

    Nothing else is guarded against spreadsheets: REDCap would take the apostrophe before -7 for a part of the value.
    """
    read = without_guard(rows)
    return rows.with_columns(
        pl.when(rows[name].ne_missing(read[name])).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in rows.columns
    )


def _exported(item: Item) -> list[str]:
    return [f"{item.name}___{choice.code}" for choice in item.choices] if item.kind == "checkbox" else [item.name]


def _text(item: Item, values: pl.Series) -> pl.Series:
    """The values of one field as REDCap takes them: codes, 1 and 0, dates as year-month-day, plain decimals."""
    if values.dtype == pl.Boolean:
        return values.replace_strict({True: "1", False: "0"}, return_dtype=pl.String).alias(item.name)
    if values.dtype == pl.Date:
        return values.dt.to_string("%Y-%m-%d").alias(item.name)
    text = values.cast(pl.String)
    if values.dtype == pl.Float64:
        powers = text.filter(text.str.contains("e", literal=True)).unique()
        text = text.replace({said: format(Decimal(said), "f") for said in powers}).str.strip_suffix(".0")
    return (text.replace(item.codes) if item.choices else text).alias(item.name)


def _instances(part: pl.DataFrame, form: str) -> pl.DataFrame:
    """The rows as instances of a repeating form, numbered within each record."""
    number = pl.int_range(1, pl.len() + 1).over(RECORD).cast(pl.String)
    return part.with_columns(pl.lit(form).alias(INSTRUMENT), number.alias(INSTANCE))


def _about(registry: Registry, tables: list[str]) -> pl.DataFrame:
    row: dict[str, str | None] = {
        RECORD: REGISTRY_RECORD,
        "registry_title": registry.title,
        "registry_axis": registry.axis,
        "registry_simulated": "1" if registry.simulated else "0",
    }
    kept = next(item for item in items(registry.axis) if item.kind == "checkbox")
    row |= {f"{kept.name}___{choice.code}": "1" if choice.word in tables else "0" for choice in kept.choices}
    return pl.DataFrame([row], dict.fromkeys(row, pl.String))


def _sources(registry: Registry) -> pl.DataFrame:
    rows = [(REGISTRY_RECORD, table, citation) for table, citation in registry.sources.items()]
    names = (RECORD, f"{SOURCES}_table", f"{SOURCES}_citation")
    return _instances(pl.DataFrame(rows, dict.fromkeys(names, pl.String), orient="row"), SOURCES)


def _left(registry: Registry, ids: pl.Series) -> tuple[str, ...]:
    left = []
    aside = registry.set_aside.filter(~pl.col("repeat")).height
    if aside:
        left.append(f"{aside} rows set aside: only admitted rows are written; the statements on completeness say so")
    alike = ids.len() - ids.str.to_lowercase().n_unique()
    if alike:
        left.append(f"{alike} patient ids differ from another only by capitals, which REDCap may take for one record")
    padded = [text for text in (registry.title or "", *registry.sources.values()) if text != text.strip()]
    if padded or registry.title == "" or "" in registry.sources.values():
        left.append("blanks around the title or a source, and one that is empty")
    return tuple(left)

"""Small CDMs written by hand, and the comparison of two registries."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from polars.testing import assert_frame_equal

from tenfold.exchange.omop.cdm import cdm_tables
from tenfold.records import Registry

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def person(number: int = 1, sex: int = 8532, born: tuple[object, object, object] = (1960, 5, 3)) -> dict[str, Any]:
    """A row of PERSON."""
    return {
        "person_id": number,
        "gender_concept_id": sex,
        "year_of_birth": born[0],
        "month_of_birth": born[1],
        "day_of_birth": born[2],
        "person_source_value": f"hospital number {number}",
    }


def aml(number: int = 1, on: str = "2020-01-10", concept: int = 140352) -> dict[str, Any]:
    """A row of CONDITION_OCCURRENCE."""
    return {"condition_occurrence_id": number, "person_id": number, "condition_concept_id": concept} | {
        "condition_start_date": on
    }


def measured(number: int, concept: int, value: object, **more: object) -> dict[str, Any]:
    """A row of MEASUREMENT of person 1."""
    cells = {"measurement_id": number, "person_id": 1, "measurement_concept_id": concept, "value_as_number": value}
    return {**cells, "measurement_date": "2020-02-01", **more}


def write_folder(folder: Path, rows: Rows) -> Path:
    """Write tables as CSV, each with every column of the CDM."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, its_rows in rows.items():
        names = [column.name for column in cdm_tables()[table]]
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(its_rows)
    return folder


def same_records(one: Registry, other: Registry) -> None:
    """See that two registries hold the same rows, statements and words about themselves."""
    assert set(one.tables) == set(other.tables)
    for name, frame in one.tables.items():
        keys = frame.columns
        assert_frame_equal(frame.sort(keys), other.tables[name].sort(keys), check_exact=True)
    assert (one.title, one.axis, one.simulated, one.sources) == (
        other.title,
        other.axis,
        other.simulated,
        other.sources,
    )
    for name in one.tables:
        assert one.complete(name).sort("patient_id").equals(other.complete(name).sort("patient_id")), name

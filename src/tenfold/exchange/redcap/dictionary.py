"""The data dictionary to upload into an empty REDCap project, in REDCap's own 18 columns.

Which forms repeat is no part of a data dictionary: it is set in the project's setup.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tenfold.exchange.redcap.project import Item, forms, items
from tenfold.records.shape import Axis

COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
"""The header of a data dictionary, as REDCap downloads and takes it."""
NOT_REPEATING = ("patients", "registry")


def dictionary(axis: Axis = "calendar") -> pl.DataFrame:
    """The data dictionary: one row for each field, 18 text columns. A relative axis has days in place of dates."""
    rows = [[said or None for said in _row(item)] for item in items(axis)]
    return pl.DataFrame(rows, dict.fromkeys(COLUMNS, pl.String), orient="row")


def repeating_forms() -> tuple[str, ...]:
    """The forms that must be set as repeating instruments: all but the patient's own and the registry's."""
    return tuple(form for form in forms() if form not in NOT_REPEATING)


def write_dictionary(path: Path, axis: Axis = "calendar") -> None:
    """Write the data dictionary as CSV. ValueError if the file is there already."""
    if path.exists():
        raise ValueError(f"{path} is there already: name a new file")
    dictionary(axis).write_csv(path, quote_style="necessary")


def _row(item: Item) -> tuple[str, ...]:
    choices = "" if item.kind == "yesno" else " | ".join(f"{choice.code}, {choice.label}" for choice in item.choices)
    return (
        item.name,
        item.form,
        item.section,
        item.kind,
        item.label,
        choices,
        item.note,
        item.validation,
        item.low,
        item.high,
        "y" if item.identifier else "",
        item.branching,
        "y" if item.required else "",
        "",
        "",
        "",
        "",
        f"{item.table}.{item.column}",
    )

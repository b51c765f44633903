"""The words of cBioPortal's files, and the headings under which the columns of the records stand in them.

The words are data: ``attributes.toml``. A heading is the column's name in capitals, with a day in place of a date
(``reported_date`` stands under ``REPORTED_DAY``), because cBioPortal counts days and shows capitals.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from tenfold.records.shape import Axis, Column, Kind, Table, day_name
from tenfold.records.tables import TABLES

OWN = "tenfold.toml"
"""Beside the study: its title, sources, tables and their numbers of rows, as Tenfold wrote them."""
OWN_FORMAT = "tenfold-cbioportal-1"
ZERO = "DAY_ZERO_DATE"
"""The one column of a study that holds a calendar date: that of the patient's day zero."""
LISTED = "IN_PATIENTS"
"""Whether the patient stands in the table of patients, or is named by other tables only."""
SIMULATED = "SIMULATED"
SHOWN_ID = "PATIENT_DISPLAY_NAME"
NAMESPACE = "tenfold"
"""The namespace of the columns of the mutations that MAF does not have."""
UNPLACED = "data_tenfold_"
"""How the names of the files begin that hold the rows that no timeline can: those without a day."""
NEVER_IN_TIMELINES = ("genes_tested", "reported_outcomes", "completeness")


@cache
def words() -> dict[str, Any]:
    """``attributes.toml``, read once."""
    return tomllib.loads((files("tenfold.exchange.cbioportal") / "attributes.toml").read_text("utf-8"))


@cache
def missing() -> frozenset[str]:
    """Cells that stand for not known, in small letters."""
    return frozenset(words()["missing"])


@cache
def event_tables() -> dict[str, str]:
    """The name of an event, in capitals -> its table."""
    return {name: table for table, name in words()["events"].items()}


def heading(table: Table, column: Column, *, timeline: bool = False) -> str:
    """What a column is called in a file of a study; ``timeline``: in one where the row's own days have names of their own."""
    if column.name == "patient_id":
        return "PATIENT_ID"
    if timeline and column.name == table.dated_by:
        return "START_DATE"
    if timeline and column.name == "end_date":
        return "STOP_DATE"
    own: dict[str, str] = words()["headings"].get(table.name, {})
    return own.get(column.name, day_name(column.name).upper())


@cache
def headings(table: str, *, timeline: bool = False) -> dict[str, Column]:
    """What stands under each heading of a table, in the order of the table."""
    return {heading(TABLES[table], column, timeline=timeline): column for column in TABLES[table].columns}


def is_day(column: Column) -> bool:
    """Whether a column holds a day."""
    return column.kind is Kind.DATE


def target(table: str, column: Column, axis: Axis) -> str:
    """A column as reports name it: ``mrd_samples.value``."""
    return f"{table}.{column.named(axis)}"


def why_left(name: str) -> str:
    """Why an attribute is left."""
    found: str = words()["left"].get(name, "nothing in the records is meant by it for sure")
    return found


def survival_prefix(endpoint: str) -> str:
    """What an endpoint's pair of columns begins with: RFS-MRD -> RFS_MRD (_STATUS, _MONTHS)."""
    kept = "".join(letter if letter.isalnum() else " " for letter in endpoint.upper())
    return "_".join(kept.split())


ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def escaped(text: str) -> str:
    """Text for one cell: a tab, a line break or a backslash as \\t, \\n, \\r, \\\\, because the format has no quotes."""
    return text.translate(ESCAPES)


def unescaped(text: str) -> str:
    """The text that was written into a cell."""
    if "\\" not in text:
        return text
    meant = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    out, letters = [], iter(text)
    for letter in letters:
        if letter == "\\":
            after = next(letters, "")
            out.append(meant.get(after, letter + after))
        else:
            out.append(letter)
    return "".join(out)

"""Numbers that Tenfold knows by name: an input of a model's file has the unit and the range that it has everywhere else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Literal

from tenfold.catalogue import QUESTIONS
from tenfold.logic.decision import Input
from tenfold.records.nearest import one_slip
from tenfold.records.shape import Kind
from tenfold.records.tables import TABLES

PICTURES = ("present", "diagnosis")
SHORT = 3
"""A name of so few letters is one letter away from too many others."""


@cache
def known_inputs() -> dict[str, Input]:
    """Every input of the catalogue and every column of the records, also with its table: counts_wbc_e9_l, counts.wbc_e9_l."""
    known: dict[str, Input] = {}
    for table, columns in TABLES.items():
        for column in columns.columns:
            kind: Literal["number", "word"] = "number" if column.kind in (Kind.NUMBER, Kind.COUNT) else "word"
            item = Input(column.name, column.meaning, kind, column.unit, column.low, column.high)
            known |= {f"{table}{mark}{column.name}": item for mark in "_."}
            known.setdefault(column.name, item)
    asked = {item.name: item for question in QUESTIONS for item in question.inputs}
    pictured = {f"{place}{mark}{name}": item for place in PICTURES for mark in "_." for name, item in asked.items()}
    return known | asked | pictured


def number_input(name: str, wording: str, unit: str = "") -> Input:
    """A number as an input; its unit and range are those known of its name, unless `unit` is another."""
    known = known_inputs().get(name)
    if known is None or known.kind != "number" or (unit and unit != known.unit):
        return Input(name, wording, "number", unit)
    return Input(name, wording, "number", known.unit, known.low, known.high)


def refuse_what_cannot_be(item: Input, numbers: Sequence[float]) -> None:
    """ValueError for a number beyond the range of its input; 0 may stand for none."""
    low = -math.inf if item.low is None else item.low
    high = math.inf if item.high is None else item.high
    wrong = [number for number in numbers if number and not low <= number <= high]
    if wrong:
        within = f"from {low:g} to {high:g}" if math.isfinite(high) else f"{low:g} or more"
        raise ValueError(f"{item.name}: {wrong[0]:g} cannot be; it is {within} {item.unit or ''}".rstrip())


def slips(names: Sequence[str]) -> list[str]:
    """In words: the names that nothing in Tenfold has, each one letter away from one that something has."""
    known = known_inputs()
    strange = [name for name in names if name not in known and len(name) > SHORT]
    meant = {name: next((each for each in known if one_slip(name, each)), None) for name in strange}
    return [f"nothing in the records is called {name}; is {near} meant?" for name, near in meant.items() if near]

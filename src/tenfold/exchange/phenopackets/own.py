"""How the rows of the records stand in a packet of ours: one Measurement for each filled cell.

`assay` names the column (`tenfold:mrd_samples.value`), `description` the row (`mrd_samples 3`), `value` is a quantity with its
unit or an ontology class whose label is the word or text, and `timeObserved` repeats the row's date for other readers. A day
of the relative axis is an ontology class (`tenfold:day`, "120"): it is neither a timestamp nor an age. What is said of the
registry stands in the external references of metaData, in every packet, so that each stands by itself.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, cast

from tenfold.exchange.converted import as_text
from tenfold.exchange.phenopackets.packets import OURS, Json, Packet, elements, inside
from tenfold.records.registry import Registry
from tenfold.records.shape import Axis, Column, Kind, Table, date_name
from tenfold.records.tables import TABLES

AXIS, SIMULATED, TITLE = (f"{OURS}about.{name}" for name in ("axis", "simulated", "title"))
HELD, SOURCE = f"{OURS}table.", f"{OURS}source."
NO_UNIT = "UCUM:1"
Rows = dict[str, list[dict[str, str]]]
"""Table -> its rows, cells as text, of one patient."""


@cache
def terms() -> dict[str, Any]:
    """`terms.toml`, read once."""
    return tomllib.loads((files("tenfold.exchange.phenopackets") / "terms.toml").read_text("utf-8"))


def term(name: str, label: str) -> dict[str, str]:
    """An ontology class of ours."""
    return {"id": f"{OURS}{name}", "label": label}


def time_element(text: str | None, axis: Axis) -> Json | None:
    """A day of the axis as a TimeElement."""
    if text is None:
        return None
    return {"ontologyClass": term("day", text)} if axis == "relative" else {"timestamp": timestamp(text)}


def timestamp(text: str) -> str:
    """A date as a timestamp: the beginning of the day, universal time."""
    return f"{text}T00:00:00Z"


@dataclass(frozen=True, slots=True)
class About:
    """What a packet of ours says of its registry: `rows` of each table that the patient has in it."""

    axis: Axis
    simulated: bool
    title: str | None
    rows: dict[str, int] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)


def about_references(registry: Registry, tables: Mapping[str, Any], rows: Rows) -> list[Json]:
    """The external references of a patient's packet."""
    said: list[Json] = [
        {"id": AXIS, "description": registry.axis},
        {"id": SIMULATED, "description": "yes" if registry.simulated else "no"},
    ]
    if registry.title is not None:
        said.append({"id": TITLE, "description": registry.title})
    said += [{"id": HELD + name, "description": str(len(rows.get(name, [])))} for name in TABLES if name in tables]
    said += [{"id": SOURCE + name, "description": citation} for name, citation in registry.sources.items()]
    return said


def read_about(packet: Packet) -> About | None:
    """What a packet of ours says of its registry; None for another's packet."""
    said = {
        str(one.get("id")): str(one.get("description", ""))
        for one in elements(inside(packet.body, "metaData") or {}, "externalReferences")
    }
    axis = said.get(AXIS)
    if axis not in ("calendar", "relative"):
        return None
    rows = {key.removeprefix(HELD): text for key, text in said.items() if key.startswith(HELD)}
    return About(
        cast("Axis", axis),
        said.get(SIMULATED) != "no",  # a label that was lost may have said that nobody is real
        said.get(TITLE),
        {name: int(text) if text.isascii() and text.isdigit() else -1 for name, text in rows.items() if name in TABLES},
        {key.removeprefix(SOURCE): text for key, text in said.items() if key.startswith(SOURCE)},
    )


def measurements(rows: Rows, axis: Axis) -> Iterator[Json]:
    """Every filled cell of a patient's rows."""
    for name, held in rows.items():
        table = TABLES[name]
        for number, row in enumerate(held, 1):
            date = row.get(table[table.dated_by].named(axis)) if table.dated_by else None
            filled = [column for column in table.columns if column.named(axis) in row]
            # The patient is the packet's subject; a row of nothing else must still be seen, and who everybody is not be lost.
            cells = [one for one in filled if one.name != "patient_id" or len(filled) == 1 or name == "completeness"]
            for column in cells:
                made: Json = {
                    "description": f"{name} {number}",
                    "assay": term(f"{name}.{column.named(axis)}", column.meaning),
                    "value": _value(column, row[column.named(axis)], row.get("scale")),
                }
                when = time_element(date, axis)
                if when is not None:
                    made["timeObserved"] = when
                yield made


def _value(column: Column, text: str, scale: str | None) -> Json:
    if column.kind in (Kind.NUMBER, Kind.COUNT):
        unit = {"id": terms()["units"].get(column.unit, NO_UNIT), "label": column.unit or "1"}
        if column.name == "value":
            unit = term(f"Scale.{scale}", scale) if scale else term("Scale.unknown", "scale not known")
        return {"quantity": {"unit": unit, "value": float(text)}}
    kinds = {Kind.YESNO: text, Kind.DATE: "day" if text.lstrip("-").isdigit() else "date"}
    name = column.words.__name__ if column.words is not None else kinds.get(column.kind, column.kind.name.lower())
    return {"ontologyClass": term(name, text)}


def own_rows(packet: Packet, axis: Axis) -> Rows:
    """The rows of a packet of ours, cells as text; what is no cell of ours is passed over."""
    patient = str(inside(packet.body, "subject", "id") or "")
    found: dict[tuple[str, str], dict[str, str]] = {}
    for one in elements(packet.body, "measurements"):
        named = column_of(one)
        if named is None:
            continue
        table, column = named
        start: dict[str, str] = {} if table.name == "completeness" else {"patient_id": patient}
        row = found.setdefault((table.name, str(one.get("description", ""))), start)
        text = _read(one)
        if text is not None:
            row[column.named(axis)] = text
    rows: Rows = {}
    for (name, _), row in found.items():
        rows.setdefault(name, []).append(row)
    return rows


def column_of(measurement: Json) -> tuple[Table, Column] | None:
    """The table and the column that a measurement of ours is of; None for another's."""
    name = str(inside(measurement, "assay", "id") or "")
    if not name.startswith(OURS):
        return None
    table, _, column = name.removeprefix(OURS).partition(".")
    if table not in TABLES:
        return None
    known = TABLES[table]
    calendar = column if column in known else date_name(column)
    return (known, known[calendar]) if calendar in known else None


def _read(measurement: Json) -> str | None:
    quantity = inside(measurement, "value", "quantity")
    if isinstance(quantity, dict):
        # Protobuf leaves out a number that is 0, and only cells that are filled are written.
        value = quantity.get("value", 0)
        return as_text(float(value)) if isinstance(value, (int, float)) else str(value)
    label = inside(measurement, "value", "ontologyClass", "label")
    return None if label is None else str(label)

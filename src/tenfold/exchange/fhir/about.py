"""What is said of a registry as a whole: a Basic resource beside the patients' own.

Title, axis, whether it is simulated, sources, which tables are present and how many rows each has, and what is complete. The
statements of completeness hold only where the rows that are read are as many as were written: of a part of an export, a
patient's record fetched alone or resources of several registries together, nothing is said to be complete.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tenfold.exchange.fhir import elements as part
from tenfold.exchange.fhir.codes import RECORD, URN
from tenfold.exchange.fhir.elements import Json
from tenfold.exchange.fhir.facts_out import SIMULATED, identity
from tenfold.records.completeness import statements_to_keep
from tenfold.records.registry import Registry
from tenfold.records.shape import Axis

TITLE, AXIS, TABLE, STATEMENT = (URN + name for name in ("title", "axis", "table", "completeness"))
REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class About:
    """What a Basic resource says of a registry: `rows` of each table, `statements` of completeness as rows of that table."""

    axis: Axis = "calendar"
    title: str | None = None
    simulated: bool = False
    rows: dict[str, int] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    statements: tuple[dict[str, Any], ...] = ()
    resources: dict[str, int] = field(default_factory=dict)


def about_resource(registry: Registry, resources: Counter[str]) -> Json:
    """The Basic resource of a registry of which so many resources of each type were written."""
    kept = statements_to_keep(registry)
    tables = dict(registry.tables) | ({} if kept is None else {"completeness": kept})
    extensions: list[Json] = [{"url": AXIS, "valueCode": registry.axis}]
    if registry.title is not None:
        extensions.append({"url": TITLE, **part.text_value(registry.title)})
    for name, frame in tables.items():
        source = registry.sources.get(name)
        inner = [{"url": "name", "valueCode": name}, {"url": "rows", "valueInteger": frame.height}]
        inner += [] if source is None else [{"url": "source", **part.text_value(source)}]
        extensions.append({"url": TABLE, "extension": inner})
    for name in [name for name in registry.sources if name not in tables]:
        inner = [{"url": "name", "valueCode": name}, {"url": "source", **part.text_value(registry.sources[name])}]
        extensions.append({"url": TABLE, "extension": inner})
    for kind, number in sorted(resources.items()):
        inner = [{"url": "type", "valueCode": kind}, {"url": "number", "valueInteger": number}]
        extensions.append({"url": URN + "resources", "extension": inner})
    if kept is not None:
        extensions += [_statement(row, registry.axis) for row in kept.iter_rows(named=True)]
    made: Json = {
        "resourceType": "Basic",
        "id": identity("registry", registry.title, registry.axis, registry.simulated, sorted(resources.items())),
        "extension": extensions,
        "code": {"coding": [{"system": RECORD, "code": REGISTRY}], "text": "What is said of the registry as a whole"},
    }
    if registry.simulated:
        made["meta"] = {"security": [dict(SIMULATED)]}
    return made


def _statement(row: dict[str, Any], axis: Axis) -> Json:
    inner: list[Json] = [
        {"url": "table", "valueString": row["table"]},
        {"url": "complete", "valueBoolean": row["complete"]},
    ]
    if row["patient_id"] is not None:
        inner.append({"url": "patient_id", **part.text_value(row["patient_id"])})
    start = row["from_day" if axis == "relative" else "from_date"]
    if start is not None:
        inner.append(
            {"url": "from", **({"valueInteger": start} if axis == "relative" else {"valueDate": start.isoformat()})}
        )
    return {"url": STATEMENT, "extension": inner}


def is_about(resource: Json) -> bool:
    """Whether a resource is the Basic of a registry of ours."""
    return resource.get("resourceType") == "Basic" and (RECORD, REGISTRY) in part.codings(resource.get("code"))


def read_about(resource: Json) -> About:
    """What a Basic resource says. ValueError where its axis is none that there is."""
    axis: Any = "calendar"
    title: str | None = None
    rows: dict[str, int] = {}
    sources: dict[str, str] = {}
    numbers: dict[str, int] = {}
    statements: list[dict[str, Any]] = []
    for one in part.dicts(resource.get("extension")):
        inner = {str(piece.get("url")): piece for piece in part.dicts(one.get("extension"))}
        said = {name: _said(piece) for name, piece in inner.items()}
        if one.get("url") == AXIS:
            axis = one.get("valueCode")
        elif one.get("url") == TITLE:
            title = _said(one)
        elif one.get("url") == TABLE and said.get("name"):
            if isinstance(said.get("rows"), int):
                rows[str(said["name"])] = said["rows"]
            if said.get("source"):
                sources[str(said["name"])] = str(said["source"])
        elif one.get("url") == URN + "resources":
            # A number that cannot be read is one that nothing equals: then nothing is complete.
            numbers[str(said.get("type"))] = said["number"] if isinstance(said.get("number"), int) else -1
        elif one.get("url") == STATEMENT:
            statements.append(said)
    if axis not in ("calendar", "relative"):
        raise ValueError(
            f'the Basic resource {resource.get("id")} keeps time on the axis "{axis}": calendar or relative'
        )
    simulated = is_simulated(resource)
    return About(axis, None if title is None else str(title), simulated, rows, sources, tuple(statements), numbers)


def _said(piece: Json) -> Any:
    """The value of a part of an extension; None where it cannot be read."""
    try:
        return part.read_value(None, piece, "")
    except part.NotRead:
        return None


def is_simulated(resource: Json) -> bool:
    """Whether a resource is labelled as test data."""
    meta = resource.get("meta")
    labels = part.dicts(meta.get("security")) if isinstance(meta, dict) else []
    return any(one.get("system") == SIMULATED["system"] and one.get("code") == SIMULATED["code"] for one in labels)

"""The XML of an RDML file, read safely: samples and runs as written.

A file with a document type or entities, or one that unpacks to more than ``LARGEST_XML`` bytes, is refused. Each
reaction is let go as soon as it is read, so that the largest files need little memory.
"""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from tenfold.exchange.instruments.wells import plate_well, well_name, well_number
from tenfold.exchange.run import RunNotUnderstood

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST_XML = 128 * 1024 * 1024
"""Bytes of XML that are read at most. The largest public files have 20 MB."""


@dataclass
class Sample:
    """A sample: its name in words, its types and quantities (value, unit), for one target or for all (``""``)."""

    name: str
    types: dict[str, str] = field(default_factory=dict)
    quantities: dict[str, tuple[float | None, str]] = field(default_factory=dict)


@dataclass
class RunElement:
    """A run of an experiment: what it tells of itself, the shape of its plate, and its reactions."""

    name: str
    instrument: str | None = None
    software: str | None = None
    started: datetime | None = None
    columns: int = 12
    rows: int = 8
    lettered: bool = True
    reacts: list[Reaction] = field(default_factory=list)

    def well(self, react: str) -> str:
        """The name of the well of a reaction."""
        number = well_number(react)
        if number is None:
            return well_name(react) or react
        return plate_well(number, self.columns) if self.lettered and self.columns > 1 else str(number)


@dataclass(frozen=True)
class Reaction:
    """One well: what was measured for each target, or counted in its partitions."""

    id: str
    sample: str
    data: tuple[Measured, ...]
    partitions: tuple[Counted, ...]


@dataclass(frozen=True)
class Measured:
    """One target of a well: ``left_out`` is the reason of an exclusion, None where there is none."""

    target: str
    cq: str | None
    left_out: str | None
    note: str | None
    curve: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Counted:
    """One target of the partitions of a well; ``volume`` of a partition is in nL."""

    target: str
    positive: int | None
    negative: int | None
    volume: float | None
    left_out: str | None
    note: str | None


@dataclass
class Document:
    """What one file holds; ``faults`` are reactions with points that are no numbers."""

    version: str = ""
    samples: dict[str, Sample] = field(default_factory=dict)
    runs: list[RunElement] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_document(data: bytes, file: str) -> Document:
    """The samples and runs of an RDML file.

    Raises:
        RunNotUnderstood: it is no RDML, damaged, unsafe or too large.
    """
    return _parsed(_xml(data, file), file)


def _xml(data: bytes, file: str) -> bytes:
    """The XML of a file that may be a zip archive.

    Raises:
        RunNotUnderstood: the archive is damaged, holds no XML, or unpacks to too much.
    """
    if not data.startswith(b"PK"):
        if len(data) > LARGEST_XML:
            raise _too_large(file)
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if info.filename.lower().endswith(".xml")]
            members.sort(key=lambda info: info.filename.lower() != "rdml_data.xml")
            if not members:
                raise RunNotUnderstood(
                    f"{file}: expected an RDML archive with rdml_data.xml in it, found {len(archive.namelist())} other "
                    "files; export the run as RDML again"
                )
            if members[0].file_size > LARGEST_XML:
                raise _too_large(file)
            # zipfile never unpacks more than the size that was just checked, even where the archive states it falsely.
            return archive.read(members[0])
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, RunNotUnderstood):
            raise
        raise RunNotUnderstood(
            f"{file}: the RDML archive is damaged or cut off ({error}); export the run again"
        ) from error
    except zlib.error as error:
        raise RunNotUnderstood(f"{file}: the RDML archive is damaged ({error}); export the run again") from error


def _too_large(file: str) -> RunNotUnderstood:
    return RunNotUnderstood(
        f"{file}: the RDML unpacks to more than {LARGEST_XML // 1024**2} MB, which no run needs; it is not read. "
        "Export fewer runs to one file"
    )


def _parsed(xml: bytes, file: str) -> Document:
    document = Document()
    experiment = ""
    path: list[str] = []
    try:
        for event, element in iterparse(io.BytesIO(xml), events=("start", "end"), forbid_dtd=True):
            tag = _local(element)
            if event == "start":
                if not path and tag != "rdml":
                    raise RunNotUnderstood(f"{file}: expected RDML, found XML whose root is <{tag}>")
                if not path:
                    document.version = element.get("version", "")
                path.append(tag)
                if path == ["rdml", "experiment"]:
                    experiment = element.get("id", "")
                elif path == ["rdml", "experiment", "run"]:
                    document.runs.append(RunElement(_full_name(experiment, element.get("id", ""))))
                continue
            if path == ["rdml", "sample"]:
                document.samples[element.get("id", "")] = _sample(element)
            elif path == ["rdml", "experiment", "run", "react"]:
                document.runs[-1].reacts.append(_react(element, document.faults))
                element.clear()
            elif path == ["rdml", "experiment", "run"]:
                _describe(document.runs[-1], element)
                element.clear()
            path.pop()
    except DefusedXmlException as error:
        raise RunNotUnderstood(
            f"{file}: the XML declares a document type or entities, which RDML never needs and an attack does; "
            "it is not read"
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        if isinstance(error, RunNotUnderstood):
            raise
        raise RunNotUnderstood(
            f"{file}: expected RDML, found XML that is damaged or cut off ({error}); export the run again"
        ) from error
    return document


def _full_name(experiment: str, run: str) -> str:
    return f"{experiment} / {run}" if experiment else run


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _local(child) == name)


def _child(element: Element, name: str) -> Element | None:
    return next(_children(element, name), None)


def _text(element: Element, *path: str) -> str | None:
    """The text at a path of children, stripped; None where there is none."""
    found: Element | None = element
    for name in path:
        found = None if found is None else _child(found, name)
    return ((found.text or "").strip() or None) if found is not None else None


def number(text: str | None) -> float | None:
    """The finite number that a text is; None where it is none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _count(text: str | None) -> int | None:
    value = number(text)
    return int(value) if value is not None and value >= 0 and value == int(value) else None


def _sample(element: Element) -> Sample:
    name = element.get("id", "")
    described = _text(element, "description")
    sample = Sample(described if described and _is_random(name) else name)
    for kind in _children(element, "type"):
        sample.types[kind.get("targetId", "")] = (kind.text or "").strip()
    for quantity in _children(element, "quantity"):
        value = number(_text(quantity, "value"))
        sample.quantities[quantity.get("targetId", "")] = value, _text(quantity, "unit") or "other"
    return sample


def _is_random(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def _react(element: Element, faults: list[str]) -> Reaction:
    sample = _child(element, "sample")
    react = element.get("id", "")
    data = []
    for one in _children(element, "data"):
        points = [(number(_text(point, "cyc")), number(_text(point, "fluor"))) for point in _children(one, "adp")]
        curve = tuple(
            (cycle, fluorescence) for cycle, fluorescence in points if cycle is not None and fluorescence is not None
        )
        if len(curve) < len(points):
            faults.append(react)
        data.append(Measured(_reference(one, "tar"), _text(one, "cq"), _mark(one, "excl"), _text(one, "note"), curve))
    return Reaction(react, sample.get("id", "") if sample is not None else "", tuple(data), tuple(_partitions(element)))


def _partitions(react: Element) -> Iterator[Counted]:
    for partitions in _children(react, "partitions"):
        volume = number(_text(partitions, "volume"))
        for one in _children(partitions, "data"):
            yield Counted(
                _reference(one, "tar"), _count(_text(one, "pos")), _count(_text(one, "neg")), volume,
                _mark(one, "excluded"), _text(one, "note"),
            )  # fmt: skip


def _reference(element: Element, name: str) -> str:
    child = _child(element, name)
    return child.get("id", "") if child is not None else ""


def _mark(element: Element, name: str) -> str | None:
    """The reason of an exclusion, empty where none is given; None where nothing is excluded."""
    child = _child(element, name)
    return None if child is None else (child.text or "").strip()


def _describe(run: RunElement, element: Element) -> None:
    run.instrument = _text(element, "instrument")
    software = (_text(element, "dataCollectionSoftware", "name"), _text(element, "dataCollectionSoftware", "version"))
    run.software = " ".join(part for part in software if part) or None
    try:
        run.started = datetime.fromisoformat(_text(element, "runDate") or "").replace(tzinfo=None)
    except ValueError:
        run.started = None
    layout = _child(element, "pcrFormat")
    if layout is not None and _child(layout, "columns") is not None:
        run.columns, run.rows = _count(_text(layout, "columns")) or 12, _count(_text(layout, "rows")) or 8
        run.lettered = _text(layout, "rowLabel") != "123"

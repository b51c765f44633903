"""The FHIR resources in a path, each with the file and line it stands on.

A path is a Bundle or a single resource (`.json`), resources or Bundles one a line (`.ndjson`), or a folder of such files. The
line of a resource is the line of its file; in a Bundle of one file it is the number of the entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenfold.exchange.fhir.elements import Json, dicts
from tenfold.exchange.limits import checked_size
from tenfold.records.faults import Fault, Used

ENDINGS = (".json", ".ndjson", ".jsonl")
HEAD = 65_536
DEEPEST = 3
"""How many Bundles may stand in one another."""


@dataclass(frozen=True, slots=True)
class Source:
    """A resource, and where it stands. `url`: its fullUrl in a Bundle."""

    file: str
    line: int
    url: str | None
    resource: Json

    @property
    def kind(self) -> str:
        """The type of resource."""
        return str(self.resource["resourceType"])


def recognises(path: Path) -> bool:
    """Whether a path is a FHIR resource in JSON, or a folder that holds one. Never raises."""
    try:
        if path.is_dir():
            return any(_is_fhir(file) for file in _files(path)[:20])
        return path.suffix.lower() in ENDINGS and _is_fhir(path)
    except OSError:
        return False


def _is_fhir(file: Path) -> bool:
    with file.open("rb") as opened:
        head = opened.read(HEAD).decode("utf-8-sig", "replace").lstrip()
    # A CDS Hooks request holds resources too, but is none.
    return head.startswith("{") and '"resourceType"' in head and '"hookInstance"' not in head


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and file.suffix.lower() in ENDINGS)


def sources_in(path: Path) -> tuple[list[Source], list[Fault]]:
    """Every resource in a path, and what could not be read as one.

    FileNotFoundError if nothing is there; ValueError if there is no resource at all, or a file is larger than is read.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no {path}")
    files = _files(path) if path.is_dir() else [path]
    found, faults = _parted(one for file in files for one in _read(file))
    if not found:
        told = f": {faults[0].file}: {faults[0].rule}" if faults else ""
        raise ValueError(f"{path} holds no FHIR resource in JSON{told}. XML and Turtle are not read: export JSON")
    return found, faults


def sources_of(resources: Iterable[Json], name: str) -> tuple[list[Source], list[Fault]]:
    """The same of resources or Bundles in memory, numbered in order; `name` stands in faults for a file.

    ValueError if there is no resource at all.
    """
    parts = (
        _resources(value, name, number, value.get("resourceType") == "Bundle")
        for number, value in enumerate(resources, 1)
    )
    found, faults = _parted(one for part in parts for one in part)
    if not found:
        raise ValueError(f"{name} holds no FHIR resource" + (f": {faults[0].rule}" if faults else ""))
    return found, faults


def _parted(read: Iterable[Source | Fault]) -> tuple[list[Source], list[Fault]]:
    found: list[Source] = []
    faults: list[Fault] = []
    for one in read:
        if isinstance(one, Source):
            found.append(one)
        else:
            faults.append(one)
    return found, faults


def _read(file: Path) -> Iterator[Source | Fault]:
    checked_size(file)
    if file.suffix.lower() != ".json":
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield from _resources(_parsed(line), file.name, number, False)
        return
    yield from _resources(_parsed(file.read_bytes()), file.name, 1, True)


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_number, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        return error


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = next(name for i, (name, _) in enumerate(pairs) if name in dict(pairs[:i]))
        raise ValueError(f'"{twice}" stands twice in one object: which of the two is meant cannot be told')
    return made


def _resources(
    value: Any, file: str, line: int, by_entry: bool, url: str | None = None, depth: int = 0
) -> Iterator[Source | Fault]:
    """The resources of a parsed value: itself, or the entries of a Bundle (numbered as lines where `by_entry`)."""
    if isinstance(value, Exception):
        reason = "too deeply nested" if isinstance(value, RecursionError) else str(value)[:120]
        yield _fault(
            file, line, f"it is not JSON in UTF-8 ({reason})", "export it again, one resource a line in .ndjson"
        )
    elif not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        yield _fault(
            file, line, "it is no FHIR resource: resourceType is missing", "export resources, or one Bundle of them"
        )
    elif value["resourceType"] != "Bundle":
        yield Source(file, line, url, value)
    elif value.get("type") == "history":
        yield _fault(
            file, line, "it is a history: old versions stand beside new ones", "export the resources as they are now"
        )
    elif depth >= DEEPEST:
        yield _fault(file, line, "Bundles stand in Bundles", "export one Bundle")
    else:
        for number, entry in enumerate(dicts(value.get("entry")), 1):
            if "resource" in entry:
                at = number if by_entry else line
                full = entry.get("fullUrl")
                url = full if isinstance(full, str) else None
                yield from _resources(entry["resource"], file, at, False, url, depth + 1)


def _fault(file: str, line: int, rule: str, remedy: str) -> Fault:
    return Fault(file, line, None, None, None, rule, remedy, Used.ROW_SET_ASIDE)

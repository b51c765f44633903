"""Files of phenopackets as plain JSON that was held against the schema.

The JSON is kept beside the message: protobuf cannot tell a number that is 0 from one that is not there. Field names may be
written in either way that protobuf allows (timeObserved, time_observed); they are read as the first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenfold.exchange.limits import GB, checked_size
from tenfold.records.faults import Fault, file_fault

Json = dict[str, Any]
MARKS = (b'"phenopacketSchemaVersion"', b'"phenopacket_schema_version"')
OURS = "tenfold:"
"""How the terms of Tenfold begin."""
ENDS = 65_536
"""Bytes at either end of a file in which the version of the schema is looked for."""
LARGEST_FILE = GB
NEEDED = "reading and writing phenopackets needs a library that is not installed: pip install 'tenfold[formats]'"


@dataclass(frozen=True, slots=True)
class Packet:
    """One phenopacket: where it stands, and what it holds."""

    place: str
    body: Json


def recognises(path: Path) -> bool:
    """Whether a JSON file, or the first in a folder, names the version of the phenopacket schema that it follows."""
    try:
        if path.is_dir():
            first = next((file for file in sorted(path.glob("*.json"))), None)
            return first is not None and recognises(first)
        if path.suffix.lower() != ".json" or not path.is_file():
            return False
        with path.open("rb") as data:
            start = data.read(ENDS)
            data.seek(max(0, path.stat().st_size - ENDS))
            both = start + data.read(ENDS)
    except OSError:
        return False
    return any(mark in both for mark in MARKS) and b'"resourceType"' not in both and b'"subject"' in both


def packets_of(path: Path) -> tuple[list[Packet], list[Fault], list[str]]:
    """The packets of a file or a folder, the faults of those that cannot be read, and notes.

    ValueError if there is none; ModuleNotFoundError, saying what to install, without the library.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}")
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    found: list[Packet] = []
    faults: list[Fault] = []
    notes: dict[str, None] = {}
    for file in files:
        for one in _in_file(file, notes):
            if isinstance(one, Fault):
                faults.append(one)
            else:
                found.append(one)
    if not found:
        told = "".join(f"; {fault.file}: {fault.rule}" for fault in faults[:3])
        raise ValueError(f"{path} holds no phenopacket (version 2, JSON) that can be read{told}")
    return found, faults, list(notes)


def _in_file(file: Path, notes: dict[str, None]) -> Iterator[Packet | Fault]:
    try:
        checked_size(file, LARGEST_FILE)
        body = _camel(json.loads(file.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError, RecursionError, ValueError) as error:
        yield file_fault(file.name, f"it is not JSON that can be read ({error})", "export it again, in UTF-8")
        return
    if not isinstance(body, dict):
        yield file_fault(file.name, "it holds no phenopacket", "give one packet, or a Cohort, a file")
        return
    if "members" in body:
        members = body["members"] if isinstance(body["members"], list) else []
        held = [(f"{file.name}, member {number}", member) for number, member in enumerate(members, 1)]
    elif isinstance(body.get("proband"), dict):
        held = [(file.name, body["proband"])]
        notes[f"{file.name} is of a family: only the proband is read"] = None
    else:
        held = [(file.name, body)]
    for place, member in held:
        yield _checked(place, member, notes)


def _checked(place: str, body: Any, notes: dict[str, None]) -> Packet | Fault:
    if not isinstance(body, dict) or not ({"subject", "metaData"} & set(body)):
        return file_fault(place, "it is no phenopacket: it has neither subject nor metaData", "take it out")
    version = _dict(body.get("metaData")).get("phenopacketSchemaVersion")
    if isinstance(version, str) and not version.startswith("2"):
        return file_fault(place, f"it is of version {version} of the schema", "convert it to version 2 first")
    # Cells of ours are many and all alike: they are read as they are, without a message of each.
    others = [one for one in elements(body, "measurements") if not str(inside(one, "assay", "id")).startswith(OURS)]
    checked = {**body, "measurements": others} if isinstance(body.get("measurements"), list) else body
    try:
        message(checked)
    except ValueError as strict:
        try:
            message(checked, ignore_unknown=True)
        except ValueError:
            reason = str(strict).splitlines()[0]
            return file_fault(place, f"it does not follow the schema ({reason})", "export it again")
        notes[f"{place} has fields that version 2 of the schema does not: they are not read"] = None
    return Packet(place, body)


def message(body: Json, ignore_unknown: bool = False) -> Any:
    """The protobuf message of a packet. ValueError where it does not follow the schema."""
    try:
        import phenopackets  # type: ignore[import-untyped]
        from google.protobuf import json_format  # type: ignore[import-untyped]
    except ImportError as error:
        raise ModuleNotFoundError(NEEDED) from error
    try:
        return json_format.ParseDict(body, phenopackets.Phenopacket(), ignore_unknown_fields=ignore_unknown)
    except (json_format.ParseError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def normal(body: Json) -> Json:
    """A packet as protobuf itself writes it: what another program read and wrote unchanged is the same."""
    from google.protobuf import json_format

    made: Json = json_format.MessageToDict(message(body, ignore_unknown=True))
    return made


def elements(body: Json, name: str) -> list[Json]:
    """The elements of a list of a packet."""
    held = body.get(name)
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def inside(body: Any, *path: str) -> Any:
    """What stands at a path; None where it is not there."""
    for name in path:
        body = _dict(body).get(name)
    return body


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _camel(value: Any) -> Any:
    """The same with its names written as protobuf writes them."""
    if isinstance(value, dict):
        return {_name(key): _camel(held) for key, held in value.items()}
    return [_camel(one) for one in value] if isinstance(value, list) else value


def _name(key: str) -> str:
    if "_" not in key:
        return key
    first, *rest = key.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)

"""A centre's records as an archive in any format that can be written, as they are or de-identified."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenfold.exchange.converted import Written
from tenfold.exchange.formats import FORMATS, OWN, format_named
from tenfold.records.csv_out import write_csv
from tenfold.records.deidentify import Deidentified, Rules, deidentify
from tenfold.records.registry import Registry
from tenfold.reports.simulated import mark
from tenfold.service.store.outcome import Refused

WRITABLE = {
    "tables": "our own tables, as CSV",
    "parquet": "our own tables, as Parquet",
    **{one.name: one.title for one in FORMATS if one.writes},
    "omop": "OMOP CDM 5.4, a folder of CSV",
}
"""The formats that can be written, with their titles."""
ENDINGS = {"redcap": "records.csv", "workbook": "records.xlsx"}
"""Formats of one file; every other is a folder."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What stands in an archive: `left` says what the format cannot hold."""

    files: int
    patients: int
    left: tuple[str, ...]


def in_file_names(about: Mapping[str, Any]) -> str:
    """A centre's name as it may stand in the name of a file: letters of ASCII, digits and hyphens; its number where none is left."""
    plain = unicodedata.normalize("NFKD", about["name"]).encode("ascii", "ignore").decode().lower()
    words = "".join(sign if sign.isalnum() else " " for sign in plain)[:60].split()
    return "-".join(words) or f"centre-{about['id']}"


def key_of(secret: bytes, centre: int, *, lasting: bool) -> bytes:
    """The key of the pseudonyms: of the centre, the same at each export; or a new one, which nobody has afterwards."""
    if not lasting:
        return secrets.token_hex(32).encode()
    return hmac.new(secret, f"pseudonyms of centre {centre}".encode(), hashlib.sha256).hexdigest().encode()


def export(
    registry: Registry, format: str, folder: Path, archive: Path, key: bytes | None = None, rules: Rules | None = None
) -> Exported:
    """Write records into an archive by way of an empty folder; with a key they are de-identified first. Refused in words.

    The archive holds the records, what the format cannot hold, and what de-identification did; never a list that leads back.
    """
    if format not in WRITABLE:
        raise Refused(f"records are not written as {format[:40]}; there are {', '.join(WRITABLE)}")
    if not registry.patient_ids().height:
        raise Refused("there is nobody in this centre yet, so that there is nothing to export")
    try:
        made: Deidentified | None = None
        if key is not None:
            made = deidentify(registry, key, rules or Rules())
            registry = made.registry
        written = _write(registry, format, folder / "records")
    except (OSError, ValueError) as error:
        raise Refused(str(error).replace(f"{folder}/", "")) from error
    left = list(written.left)
    if made is not None:
        write_csv(made.done, folder / "what_was_done.csv")
        left += [
            *made.notes,
            "Read a part of what was written before it leaves the house: a rare course may still point to one person.",
        ]
    if left:
        (folder / "notes.txt").write_text("\n".join(left) + "\n", "utf-8")
    mark(folder, registry.simulated)
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            packed.write(file, file.relative_to(folder))
    return Exported(len(files), registry.patient_ids().height, tuple(left))


def _write(registry: Registry, format: str, folder: Path) -> Written:
    if format in OWN:
        registry.write(folder, "parquet" if format == "parquet" else "csv")
        return Written(tuple(folder.iterdir()))
    if format in ENDINGS:
        folder.mkdir()
        return format_named(format).write(registry, folder / ENDINGS[format])
    return format_named(format).write(registry, folder)

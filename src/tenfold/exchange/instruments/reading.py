"""Which format a run's file has, told from its content, and the run that it holds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tenfold.exchange.instruments import applied_biosystems, lightcycler480, plain, rotorgene
from tenfold.exchange.instruments.heading import Head, heads, refuse_other_tables
from tenfold.exchange.instruments.layout import Layout
from tenfold.exchange.instruments.plate_map import read_plate_map, with_plate_map
from tenfold.exchange.instruments.rdml import read_rdml
from tenfold.exchange.instruments.single_tables import SINGLE_TABLES
from tenfold.exchange.instruments.text import SEPARATORS, decoded, folded, read_bytes, rows_of
from tenfold.exchange.instruments.text_file import TextFile, tables_run
from tenfold.exchange.instruments.vendor import read_workbook
from tenfold.exchange.limits import checked_archive
from tenfold.exchange.run import Run, RunNotUnderstood

Reader = Callable[[TextFile, list[Head]], Run]

READERS: Mapping[Layout, Reader] = {
    lightcycler480.RAW: lightcycler480.read_raw,
    lightcycler480.ANALYSIS: lightcycler480.read_analysis,
    rotorgene.ANALYSIS: rotorgene.read_rotorgene,
    **dict.fromkeys(SINGLE_TABLES, tables_run),
    applied_biosystems.RESULTS: applied_biosystems.read_text,
    plain.CYCLES: plain.read_plain,
    plain.COUNTS: plain.read_plain,
}
"""The readers of text exports, the plain table last."""

EXPECTED = (
    "RDML; a text or CSV export of QuantStudio, ViiA 7, StepOne, 7500, LightCycler 480, Rotor-Gene, Bio-Rad CFX or "
    "QuantaSoft, QIAcuity, Absolute Q or MxPro; a QuantStudio workbook; or a table with the columns well and ct "
    "(digital PCR: well, positive and total)"
)

_BINARY = {
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"7z\xbc\xaf": "a 7-Zip archive; unpack it first",
    b"Rar!": "a RAR archive; unpack it first",
    b"{\\rtf": "a word processor's document",
    b"<!DOCTYPE html": "a web page",
    b"<html": "a web page",
}


def read_run(path: str | Path, run: str | None = None, plate_map: str | Path | None = None) -> Run:
    """Read a laboratory run, whatever instrument wrote it.

    ``run``: the name of the run, where a file holds several. ``plate_map``: a CSV that names samples and roles
    (``plate_map.read_plate_map``); what it tells of a well takes the place of what the file tells.

    Raises:
        RunNotUnderstood: the file is missing, empty, unsafe, cut off, or of no known format, or the plate map does not
            fit it. Says what was expected, what was found, and where.
    """
    path = Path(path)
    found = _read(read_bytes(path), path, run)
    return found if plate_map is None else with_plate_map(found, read_plate_map(plate_map))


def _read(data: bytes, path: Path, run: str | None) -> Run:
    if data.startswith(b"PK"):
        return _from_archive(data, path, run)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _only(read_workbook(data, path.name, path.stem), run, path)
    for start, what in _BINARY.items():
        if data.lstrip()[: len(start)] == start:
            raise RunNotUnderstood(f"{path.name}: expected {EXPECTED}. Found {what}")
    text, note = decoded(data, path.name)
    if text.lstrip().startswith("<"):
        return read_rdml(data, path.name, path.stem, run)
    return _only(_from_text(text, note, path), run, path)


def _only(found: Run, name: str | None, path: Path) -> Run:
    if name is not None and name != found.name:
        raise RunNotUnderstood(f"{path.name}: no run is called {name!r}; the file holds one run, {found.name!r}")
    return found


def _from_archive(data: bytes, path: Path, run: str | None) -> Run:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise RunNotUnderstood(
            f"{path.name}: the archive is damaged or cut off ({error}); export the run again"
        ) from error
    try:
        checked_archive(data, path.name)
    except ValueError as error:
        raise RunNotUnderstood(str(error)) from error
    if any(name.startswith("xl/") for name in names):
        return _only(read_workbook(data, path.name, path.stem), run, path)
    if any(name.startswith("apldbio/") for name in names):
        raise RunNotUnderstood(
            f"{path.name}: this is an experiment file (.eds) of Applied Biosystems, whose format is not public; "
            "open it in the instrument's software and export the results as text, CSV or RDML"
        )
    return read_rdml(data, path.name, path.stem, run)


def _from_text(text: str, note: str | None, path: Path) -> Run:
    notes = tuple(filter(None, (note, _open_end(text))))
    nearest: list[tuple[int, str]] = []
    for separator in SEPARATORS:
        if separator not in text:
            continue
        rows = rows_of(text, separator)
        found = list(heads(rows, list(READERS)))
        if found:
            refuse_other_tables(rows, found, path.name)
            layout = found[0].layout
            same = [head for head in found if head.layout is layout]
            return READERS[layout](TextFile(path.stem, path.name, rows, notes), same)
        for row in rows:
            header = tuple(folded(cell) for cell in row.cells)
            nearest += [
                (len(lacking), f"line {row.line} is like the header of {layout.format}, but lacks {', '.join(lacking)}")
                for layout in READERS
                if (lacking := layout.lacking(header))
            ]
    first = next((line.strip() for line in text.split("\n") if line.strip()), "")
    told = min(nearest, default=(0, f"the first line is {first[:120]!r}"))[1]
    raise RunNotUnderstood(f"{path.name}: expected {EXPECTED}. Found none of them: {told}")


def _open_end(text: str) -> str | None:
    if text.endswith("\n") or "\n" not in text:
        return None
    return "the last line has no line end: if the file was cut off there, its last cell may lack digits"

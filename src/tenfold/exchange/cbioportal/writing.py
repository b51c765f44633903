"""Writing a registry as a cBioPortal study folder.

Every dated row stands in a timeline, in days since the patient's day zero; the patient's own facts are attributes; variants
stand in the mutations. A row without a day cannot stand in a timeline, and no day is made up for it: it stands in a file
beside (``data_tenfold_...``), which cBioPortal does not read and Tenfold does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from tenfold.exchange.cbioportal.files import Folder
from tenfold.exchange.cbioportal.places import Places, in_days, places_of
from tenfold.exchange.cbioportal.words import (
    NEVER_IN_TIMELINES,
    OWN,
    OWN_FORMAT,
    UNPLACED,
    ZERO,
    event_tables,
    headings,
)
from tenfold.exchange.cbioportal.writing_clinical import write_patients, write_samples
from tenfold.exchange.cbioportal.writing_genomics import write_genomics
from tenfold.exchange.converted import Written
from tenfold.records.completeness import statements_to_keep
from tenfold.records.registry import Registry
from tenfold.records.tables import TABLES

UNTITLED = "AML registry"
CANCER_TYPE = "aml"
CANCER_TYPES = (
    ("myeloid", "Myeloid", "LightSalmon", "tissue"),
    ("mnm", "Myeloid Neoplasm", "LightSalmon", "myeloid"),
    ("aml", "Acute Myeloid Leukemia", "LightSalmon", "mnm"),
)
"""The place of AML in OncoTree, for a portal that does not have it [names of the portal's own table unverified]."""
SAYS_SIMULATED = "Simulated patients: no real patient is in this study."


def write_records(registry: Registry, path: Path) -> Written:
    """Write a study folder. ValueError if the path holds something already, or there is no patient."""
    folder = _folder(registry, Path(path))
    statements = statements_to_keep(registry)
    tables = dict(registry.tables) if statements is None else {**registry.tables, "completeness": statements}
    places = places_of(registry)
    _write_study(folder, registry)
    write_patients(folder, registry, places)
    write_samples(folder, registry, places)
    write_genomics(folder, registry, places)
    left = []
    for name, frame in tables.items():
        if name not in ("patients", "variants"):
            left += _write_table(folder, registry, places, name, frame)
    _write_own(folder, registry, tables)
    left += _not_shown(registry, places)
    return Written(tuple(folder.written), tuple(left))


def _folder(registry: Registry, path: Path) -> Folder:
    if registry.patient_ids().is_empty():
        raise ValueError("the registry has no patient, and a study needs one: nothing is written")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ValueError(f"{path} holds something already: name an empty or a new folder")
    path.mkdir(parents=True, exist_ok=True)
    return Folder(path, study_id(registry.title))


def study_id(title: str | None) -> str:
    """The study's identifier: small letters, digits and underscores of the title, at most 60 characters."""
    kept = "".join(
        letter if letter.isascii() and letter.isalnum() else " " for letter in (title or UNTITLED).casefold()
    )
    return "_".join(["aml", *kept.split()])[:60].rstrip("_")


def _write_study(folder: Folder, registry: Registry) -> None:
    name = " ".join((registry.title or UNTITLED).split())
    days = (
        "since day 0 of each patient"
        if registry.axis == "relative"
        else "since each patient's day zero (the diagnosis, else the first date known)"
    )
    described = f"{registry.patient_ids().height} patients with acute myeloid leukaemia. Timelines are in days {days}."
    if registry.simulated:
        described = f"{SAYS_SIMULATED} {described}"
        name = name if "simulated" in name.casefold() else f"{name} (simulated)"
    folder.fields(
        "meta_study.txt",
        {
            "type_of_cancer": CANCER_TYPE,
            "cancer_study_identifier": folder.study,
            "name": name,
            "description": described,
            "reference_genome": "hg38",
        },
    )
    folder.cells("data_cancer_type.txt", CANCER_TYPES[0], CANCER_TYPES[1:])
    folder.meta("meta_cancer_type.txt", "CANCER_TYPE", "CANCER_TYPE", "data_cancer_type.txt")


def _write_table(folder: Folder, registry: Registry, places: Places, name: str, frame: pl.DataFrame) -> list[str]:
    """The rows of a table: those with a day in a timeline, the others in a file beside."""
    table = TABLES[name]
    if name in NEVER_IN_TIMELINES or table.dated_by is None:
        dated, undated = frame.clear(), frame
    else:
        day = table[table.dated_by].named(registry.axis)
        dated, undated = frame.filter(pl.col(day).is_not_null()), frame.filter(pl.col(day).is_null())
    if dated.height:
        _write_timeline(folder, registry, places, name, dated)
    if not undated.height:
        return []
    _write_beside(folder, registry, places, name, undated)
    if name in NEVER_IN_TIMELINES:
        return []
    return [
        f"{undated.height} rows of {name} have no day, so that no timeline of cBioPortal shows them; "
        f"they stand in {UNPLACED}{name}.txt, which only Tenfold reads"
    ]


def _write_timeline(folder: Folder, registry: Registry, places: Places, name: str, frame: pl.DataFrame) -> None:
    columns = headings(name, timeline=True)
    event = next(event for event, table in event_tables().items() if table == name)
    fixed = {"PATIENT_ID", "START_DATE", "STOP_DATE"}
    others = [
        heading
        for heading, column in columns.items()
        if heading not in fixed and frame[column.named(registry.axis)].null_count() < frame.height
    ]
    rows = []
    for row in frame.iter_rows(named=True):
        patient = row["patient_id"]
        cells = {
            heading: in_days(places, column, patient, row[column.named(registry.axis)])
            for heading, column in columns.items()
        }
        line = [places.called[patient], cells["START_DATE"], cells.get("STOP_DATE"), event]
        rows.append([*line, *(cells[heading] for heading in others)])
    data = f"data_timeline_{name}.txt"
    folder.cells(data, ["PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE", *others], rows)
    folder.meta(f"meta_timeline_{name}.txt", "CLINICAL", "TIMELINE", data)


def _write_beside(folder: Folder, registry: Registry, places: Places, name: str, frame: pl.DataFrame) -> None:
    """Rows that no timeline holds; those of completeness keep their dates, because not each is about one patient."""
    literal = name == "completeness"
    columns = headings(name)
    if literal:
        columns = {column.named(registry.axis).upper(): column for column in columns.values()}
    used = [
        heading
        for heading, column in columns.items()
        if column.required or heading == "PATIENT_ID" or frame[column.named(registry.axis)].null_count() < frame.height
    ]
    rows: list[list[Any]] = []
    for row in frame.iter_rows(named=True):
        patient = row["patient_id"]
        line: list[Any] = []
        for heading in used:
            column = columns[heading]
            value = row[column.named(registry.axis)]
            if column.name == "patient_id":
                value = places.called.get(patient, patient)
            elif not literal:
                value = in_days(places, column, patient, value)
            line.append(value)
        rows.append(line)
    folder.cells(f"{UNPLACED}{name}.txt", used, rows)


def _write_own(folder: Folder, registry: Registry, tables: dict[str, pl.DataFrame]) -> None:
    """What Tenfold needs to read the study back as it was."""
    lines = [f'format = "{OWN_FORMAT}"']
    lines += [] if registry.title is None else [f"title = {_quoted(registry.title)}"]
    lines += [f"simulated = {'true' if registry.simulated else 'false'}", "", "[rows]"]
    lines += [f"{name} = {frame.height}" for name, frame in tables.items()]
    lines += ["", "[sources]", *(f"{_quoted(name)} = {_quoted(said)}" for name, said in registry.sources.items())]
    folder.text(OWN, "\n".join(lines) + "\n")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _not_shown(registry: Registry, places: Places) -> list[str]:
    """What else of the records cBioPortal does not show, or should not be shown."""
    said = []
    if registry.axis == "calendar":
        said.append(
            f"calendar dates: timelines hold days since each patient's day zero, whose date stands in {ZERO} alone "
            "(and in data_tenfold_completeness.txt, if from_date is filled); take that column out before sharing the study"
        )
    renamed = sum(patient != name for patient, name in places.called.items())
    if renamed:
        said.append(
            f"{renamed} patient ids that cBioPortal does not take: they are numbered, and shown as PATIENT_DISPLAY_NAME"
        )
    if registry.sources:
        said.append(f"the sources of the tables: they stand in {OWN}, which only Tenfold reads")
    if registry.table("genes_tested").height:
        said.append(
            "how and when each gene was tested: cBioPortal's panels list genes alone; "
            f"the rows stand in {UNPLACED}genes_tested.txt, which only Tenfold reads"
        )
    if registry.set_aside.filter(~pl.col("repeat")).height:
        said.append("rows that were set aside on admission: only those admitted are written")
    return said

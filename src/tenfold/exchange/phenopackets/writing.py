"""Records as phenopackets: a folder of JSON files, one a patient, or one file that is a Cohort."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from tenfold.exchange.converted import Written, as_text
from tenfold.exchange.phenopackets.own import Rows, about_references, measurements
from tenfold.exchange.phenopackets.packets import Json, message
from tenfold.exchange.phenopackets.view import view
from tenfold.records.completeness import statements_to_keep
from tenfold.records.registry import Registry
from tenfold.records.tables import TABLES

VERSION = "2.0"
BY = "Tenfold"
RESOURCES = (
    ("tenfold", "Tenfold's tables and words", "urn:tenfold:phenopackets", "1", "tenfold", "urn:tenfold:phenopackets:"),
    (
        "ucum",
        "Unified Code for Units of Measure",
        "https://ucum.org",
        "not stated",
        "UCUM",
        "https://units-of-measurement.org/",
    ),
    (
        "mondo",
        "Mondo Disease Ontology",
        "http://purl.obolibrary.org/obo/mondo.obo",
        "not stated",
        "MONDO",
        "http://purl.obolibrary.org/obo/MONDO_",
    ),
    (
        "ncit",
        "NCI Thesaurus",
        "http://purl.obolibrary.org/obo/ncit.obo",
        "not stated",
        "NCIT",
        "http://purl.obolibrary.org/obo/NCIT_",
    ),
    (
        "hgnc",
        "HUGO Gene Nomenclature Committee",
        "https://www.genenames.org",
        "not stated",
        "HGNC",
        "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/",
    ),
)


def write_records(registry: Registry, path: Path) -> Written:
    """Write records: a path that ends in .json is one file that holds a Cohort, any other a folder with a packet a patient.

    ValueError where there is no patient, or the path holds something already.
    """
    path = Path(path)
    patients = registry.patient_ids()["patient_id"].to_list()
    if not patients:
        raise ValueError("the records have no patient, and a phenopacket is of one")
    one_file = path.suffix.lower() == ".json"
    if path.exists() and (one_file or not path.is_dir() or any(path.iterdir())):
        raise ValueError(f"{path} holds something already: name an empty folder, or a new file")
    tables = dict(registry.tables)
    statements = statements_to_keep(registry)
    if statements is not None:
        tables["completeness"] = statements
    by_patient = _rows(tables)
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = (_packet(registry, tables, patient, by_patient, created) for patient in patients)
    if one_file:
        path.parent.mkdir(parents=True, exist_ok=True)
        cohort = {"metaData": _meta(created, []), "id": "cohort", "members": list(made)}
        path.write_text(json.dumps(cohort, ensure_ascii=False, indent=1), "utf-8")
        return Written((path,), _left(registry))
    path.mkdir(parents=True, exist_ok=True)
    written = []
    for number, packet in enumerate(made, 1):
        file = path / f"packet-{number:06}.json"
        file.write_text(json.dumps(packet, ensure_ascii=False, indent=1), "utf-8")
        written.append(file)
    return Written(tuple(written), _left(registry))


def _rows(tables: dict[str, pl.DataFrame]) -> dict[str | None, Rows]:
    """Each patient's rows; under no patient, the statements that are made of everybody."""
    found: dict[str | None, Rows] = defaultdict(dict)
    for name in TABLES:
        for row in tables[name].iter_rows(named=True) if name in tables else ():
            cells = {column: text for column, value in row.items() if (text := as_text(value)) is not None}
            found[row["patient_id"]].setdefault(name, []).append(cells)
    return found


def _packet(
    registry: Registry, tables: dict[str, pl.DataFrame], patient: str, by_patient: dict[str | None, Rows], created: str
) -> Json:
    rows = dict(by_patient.get(patient, {}))
    stated = [*by_patient.get(None, {}).get("completeness", []), *rows.get("completeness", [])]
    if stated:
        rows["completeness"] = stated
    packet: Json = {
        "metaData": _meta(created, about_references(registry, tables, rows)),
        "id": f"tenfold.{patient}",
        **view(patient, rows, registry.axis),
    }
    message(packet)
    packet["measurements"] = list(measurements(rows, registry.axis))
    return packet


def _meta(created: str, references: list[Json]) -> Json:
    names = ("id", "name", "url", "version", "namespacePrefix", "iriPrefix")
    made: Json = {
        "phenopacketSchemaVersion": VERSION,
        "created": created,
        "createdBy": BY,
        "resources": [dict(zip(names, one, strict=True)) for one in RESOURCES],
    }
    return made | ({"externalReferences": references} if references else {})


def _left(registry: Registry) -> tuple[str, ...]:
    left = []
    aside = registry.set_aside.filter(~pl.col("repeat")).height
    if aside:
        left.append(f"{aside} rows set aside: only admitted rows are written; the statements on completeness say so")
    if registry.axis == "relative":
        left.append(
            "days since day 0 stand as tenfold:day: other readers see no time, as the format has timestamps and ages only"
        )
    return tuple(left)

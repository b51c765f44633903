"""The clinical files of a study: every fact about the patient himself or herself, and the samples.

Overall survival is given for cBioPortal's curves: as reported from the diagnosis, else from the days of diagnosis, of
death and of last contact, in months of 30.4375 days. On reading a study back, it is the tables that count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tenfold.exchange.cbioportal.files import Attribute, Folder
from tenfold.exchange.cbioportal.places import Places, in_days
from tenfold.exchange.cbioportal.words import LISTED, SHOWN_ID, SIMULATED, ZERO, heading, survival_prefix
from tenfold.records.registry import Registry
from tenfold.records.shape import Kind
from tenfold.records.tables import TABLES
from tenfold.records.timeline import DAYS_PER_MONTH
from tenfold.vocabulary import Endpoint

STATES = {Endpoint.OS: ("0:LIVING", "1:DECEASED")}
CANCER = ("AML", "Leukemia", "Acute Myeloid Leukemia")
"""OncoTree's code, main type and name."""

Survival = tuple[bool | None, float | None]


def write_patients(folder: Folder, registry: Registry, places: Places) -> None:
    """Write the file of patients: every column of the table of patients that is filled, and the survival attributes."""
    table, frame = TABLES["patients"], registry.table("patients")
    rows = {row["patient_id"]: row for row in frame.iter_rows(named=True)}
    attributes = [Attribute("PATIENT_ID", "Patient Identifier", "Identifier of the patient")]
    renamed = any(name != patient for patient, name in places.called.items())
    calendar = registry.axis == "calendar"
    if renamed:
        attributes.append(
            Attribute(SHOWN_ID, "Patient Display Name", "The patient's id in the registry, where it is another")
        )
    attributes.append(Attribute(LISTED, "In the table of patients", "yes, or no: only other tables name the patient"))
    if calendar:
        said = "The date of day zero: the diagnosis, else the first date known. The one calendar date of the study"
        attributes.append(Attribute(ZERO, "Date of day zero", said))
    if registry.simulated:
        attributes.append(Attribute(SIMULATED, "Simulated", "yes: no real patient is in this study"))
    columns = [
        column
        for column in table.columns
        if column.name != "patient_id" and frame[column.named(registry.axis)].null_count() < frame.height
    ]
    attributes += [_attribute(heading(table, column), column.kind, column.meaning, column.unit) for column in columns]
    survival = _survival(registry)
    for endpoint in survival:
        attributes += _survival_attributes(registry, endpoint)
    lines = []
    for patient, name in places.called.items():
        row = rows.get(patient)
        line: list[Any] = [name]
        line += [patient if patient != name else None] if renamed else []
        line.append(row is not None)
        line += [places.zero.get(patient)] if calendar else []
        line += [True] if registry.simulated else []
        line += [
            None
            if row is None
            else _shown(in_days(places, column, patient, row[column.named(registry.axis)]), column.name)
            for column in columns
        ]
        for endpoint, found in survival.items():
            line += _survival_cells(endpoint, found.get(patient))
        lines.append(line)
    folder.clinical("data_clinical_patient.txt", attributes, lines)
    folder.meta("meta_clinical_patient.txt", "CLINICAL", "PATIENT_ATTRIBUTES", "data_clinical_patient.txt")


def _attribute(name: str, kind: Kind, meaning: str, unit: str | None) -> Attribute:
    day = kind is Kind.DATE
    described = f"{meaning}, in days since day zero" if day else meaning + (f" ({unit})" if unit else "")
    shown = name.replace("_", " ").capitalize()
    return Attribute(name, shown, described[0].upper() + described[1:], kind in (Kind.NUMBER, Kind.COUNT) or day)


def _shown(value: Any, column: str) -> Any:
    """Male and Female as cBioPortal shows them."""
    return value.capitalize() if column == "sex" and value is not None else value


def _survival_attributes(registry: Registry, endpoint: str) -> list[Attribute]:
    prefix = survival_prefix(endpoint)
    if endpoint == Endpoint.OS:
        since = "since diagnosis: as reported, else from the days of diagnosis, death and last contact"
    else:
        rows = registry.table("reported_outcomes").filter(pl.col("endpoint") == endpoint)
        clocks = sorted(rows["clock_start"].drop_nulls().unique())
        since = f"as reported, since: {', '.join(clocks)}" if clocks else "as reported; since when is not said"
    return [
        Attribute(f"{prefix}_STATUS", f"{endpoint} status", f"{endpoint}, {since}"),
        Attribute(f"{prefix}_MONTHS", f"{endpoint} (months)", f"{endpoint} in months, {since}", number=True),
    ]


def _survival_cells(endpoint: str, found: Survival | None) -> list[Any]:
    happened, months = found or (None, None)
    no, yes = STATES.get(Endpoint(endpoint), ("0:NO EVENT", "1:EVENT"))
    return [None if happened is None else yes if happened else no, months]


def _survival(registry: Registry) -> dict[str, dict[str, Survival]]:
    """For each endpoint: patient -> whether it happened and after how many months. Two rows for one patient give none."""
    found: dict[str, dict[str, Survival]] = {}
    computed = _overall(registry)
    if computed:
        found[Endpoint.OS] = computed
    outcomes = registry.table("reported_outcomes")
    alone = outcomes.filter(pl.len().over("patient_id", "endpoint") == 1)
    for row in alone.iter_rows(named=True):
        if row["endpoint"] == Endpoint.OS and "diagnos" not in (row["clock_start"] or "").casefold():
            continue
        found.setdefault(row["endpoint"], {})[row["patient_id"]] = (row["event"], row["time_months"])
    return found


def _overall(registry: Registry) -> dict[str, Survival]:
    found: dict[str, Survival] = {}
    for row in registry.days("patients").iter_rows(named=True):
        ended = row["death_day"] if row["death_day"] is not None else row["last_contact_day"]
        if ended is None or row["diagnosis_day"] is None:
            continue
        months = (ended - row["diagnosis_day"]) / DAYS_PER_MONTH
        found[row["patient_id"]] = (row["death_day"] is not None, round(months, 4))
    return found


def write_samples(folder: Folder, registry: Registry, places: Places) -> None:
    """Write the file of samples: whose each is, its day, and the karyotype where the sample has one."""
    karyotypes = _karyotypes(registry, places)
    attributes = [
        Attribute("PATIENT_ID", "Patient Identifier", "Identifier of the patient"),
        Attribute("SAMPLE_ID", "Sample Identifier", "What was taken of the patient on one day"),
        Attribute("SAMPLE_DAY", "Day of the sample", "Day of the sample, in days since day zero", number=True),
        Attribute("ONCOTREE_CODE", "Oncotree Code", "Oncotree code"),
        Attribute("CANCER_TYPE", "Cancer Type", "Cancer type"),
        Attribute("CANCER_TYPE_DETAILED", "Cancer Type Detailed", "Cancer type detailed"),
    ]
    if karyotypes:
        attributes.append(Attribute("KARYOTYPE", "Karyotype", "Karyotype (ISCN) of the sample, where it has one"))
    lines = [
        [places.called[patient], sample, day, *CANCER, *([karyotypes.get(sample)] if karyotypes else [])]
        for patient, day, sample in places.of_patient()
    ]
    folder.clinical("data_clinical_sample.txt", attributes, lines)
    folder.meta("meta_clinical_sample.txt", "CLINICAL", "SAMPLE_ATTRIBUTES", "data_clinical_sample.txt")


def _karyotypes(registry: Registry, places: Places) -> Mapping[str, str]:
    """Sample -> its karyotype, where it has exactly one."""
    day = TABLES["karyotypes"]["sample_date"].named(registry.axis)
    found: dict[str, set[str]] = {}
    for row in registry.table("karyotypes").iter_rows(named=True):
        found.setdefault(places.sample(row, day), set()).add(row["iscn"])
    return {sample: next(iter(texts)) for sample, texts in found.items() if len(texts) == 1}

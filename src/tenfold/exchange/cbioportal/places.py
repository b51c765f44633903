"""Where the facts of a registry stand in a study: what each patient is called, the day zero, and the samples.

A study knows patients and samples. A sample here is what was taken of a patient on one day for genetics; a patient without
any has one sample without a day, because cBioPortal shows nobody who has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tenfold.exchange.cbioportal.words import missing
from tenfold.records.registry import Registry
from tenfold.records.shape import Column, Kind
from tenfold.records.tables import TABLES

GENETICS = ("variants", "genes_tested", "karyotypes", "fusions")
ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
LONGEST = 50
"""Characters of a patient's id that leave room for the sample's number: cBioPortal's samples have 63 at most."""
SPREADSHEET_MONTHS = frozenset("jan feb mar apr may jun jul aug sep oct nov dec".split())  # noqa: SIM905


@dataclass(frozen=True)
class Places:
    """Where facts stand. `called`: patient -> name in the study; `zero`: patient -> the date from which days are counted (empty
    on the relative axis); `samples`: (patient, day) -> sample, `listed` in the order of the patients.
    """

    called: dict[str, str]
    zero: dict[str, date]
    samples: dict[tuple[str, int | None], str]

    def day(self, patient: str | None, value: date | int | None) -> int | None:
        """A day as days since the patient's day zero."""
        if value is None or isinstance(value, int):
            return value
        return (value - self.zero[patient or ""]).days

    def sample(self, row: dict[str, Any], day_column: str) -> str:
        """The sample that a row speaks of."""
        return self.samples[row["patient_id"], self.day(row["patient_id"], row[day_column])]

    def of_patient(self) -> Iterator[tuple[str, int | None, str]]:
        """Patient, day and sample, in order."""
        for (patient, day), sample in self.samples.items():
            yield patient, day, sample


def places_of(registry: Registry) -> Places:
    """The places of a registry's facts."""
    patients = registry.patient_ids()["patient_id"].to_list()
    zero = _zero(registry) if registry.axis == "calendar" else {}
    unnumbered = Places(_called(patients), zero, {})
    return Places(unnumbered.called, zero, _samples(registry, patients, unnumbered))


def is_fit(name: str) -> bool:
    """Whether cBioPortal takes a patient's id as it is: letters, digits, points, underscores, hyphens, and no word for not known."""
    months = {part.casefold() for part in name.split("-")} & SPREADSHEET_MONTHS
    return 0 < len(name) <= LONGEST and set(name) <= ALLOWED and name.casefold() not in missing() and not months


def _called(patients: list[str]) -> dict[str, str]:
    taken = {name for name in patients if is_fit(name)}
    called, number = {}, 0
    for patient in patients:
        if patient in taken:
            called[patient] = patient
            continue
        number += 1
        while f"PATIENT_{number}" in taken:
            number += 1
        called[patient] = f"PATIENT_{number}"
    return called


def _zero(registry: Registry) -> dict[str, date]:
    """Each patient's day zero: the diagnosis, else the first date that any of their rows has."""
    found: dict[str, date] = {}
    for name, frame in registry.tables.items():
        if name == "completeness":
            continue
        for column in TABLES[name].dates:
            firsts = frame.group_by("patient_id").agg(pl.col(column.name).min()).drop_nulls()
            for patient, day in firsts.iter_rows():
                found[patient] = min(day, found.get(patient, day))
    diagnosed = registry.table("patients").select("patient_id", "diagnosis_date").drop_nulls()
    return found | dict(diagnosed.iter_rows())


def _samples(registry: Registry, patients: list[str], places: Places) -> dict[tuple[str, int | None], str]:
    days: dict[str, set[int | None]] = {patient: set() for patient in patients}
    for name in GENETICS:
        if registry.recorded(name):
            column = TABLES[name]["sample_date"].named(registry.axis)
            for patient, day in registry.table(name).select("patient_id", column).unique().iter_rows():
                days[patient].add(places.day(patient, day))
    samples: dict[tuple[str, int | None], str] = {}
    for patient in patients:
        ordered = sorted(days[patient] or {None}, key=lambda day: (day is None, day or 0))
        for number, day in enumerate(ordered, 1):
            samples[patient, day] = f"{places.called[patient]}-S{number}"
    return samples


def in_days(places: Places, column: Column, patient: str | None, value: Any) -> Any:
    """A value as the study holds it: a date as days since day zero, all else as it is."""
    return places.day(patient, value) if column.kind is Kind.DATE else value

"""The clinical files: a row for each patient, a row for each sample.

Traps: an age is that at diagnosis only where the attribute's description says so; overall survival begins where the
description says; a measurement of a sample that has no day is not placed; units are those that the attribute states.
"""

from __future__ import annotations

from datetime import date

from tenfold.exchange.cbioportal.gathered import Gathered, Row
from tenfold.exchange.cbioportal.study import Cells, read_cells
from tenfold.exchange.cbioportal.words import (
    LISTED,
    SHOWN_ID,
    SIMULATED,
    ZERO,
    survival_prefix,
    target,
    why_left,
    words,
)
from tenfold.exchange.converted import Fate, Field
from tenfold.records.lexicon import synonyms
from tenfold.records.tables import TABLES
from tenfold.vocabulary import Endpoint

ENDPOINTS = {survival_prefix(endpoint): str(endpoint) for endpoint in Endpoint}


def read_patients(gathered: Gathered) -> None:
    """The patients, their reported outcomes, and a karyotype that is an attribute of the patient."""
    for path in gathered.study.of("CLINICAL", "PATIENT_ATTRIBUTES"):
        cells, faults = read_cells(path)
        gathered.faults += faults
        if cells is None or "PATIENT_ID" not in cells.header:
            continue
        _identities(gathered, cells)
        unsure = _named_twice(gathered, cells)
        handled = _say_patient_columns(gathered, cells)
        for line, row in cells.rows:
            named = gathered.cell(row, "PATIENT_ID")
            if named is None:
                gathered.not_used(
                    cells.file,
                    line,
                    None,
                    "PATIENT_ID",
                    "",
                    "PATIENT_ID is empty",
                    "name the patient, or take the row out",
                )
                continue
            patient = gathered.patient(named)
            gathered.patients.setdefault(patient, {})
            if gathered.own and row.get(LISTED) == "no":
                continue
            made = gathered.patients[patient] = _patient(gathered, cells, line, row, patient, handled)
            gathered.add("patients", cells.file, line, made)
            if not gathered.own and patient not in unsure:
                _outcomes(gathered, cells, line, row, patient)
                _karyotype(gathered, cells, line, row, patient, None)


def _named_twice(gathered: Gathered, cells: Cells) -> set[str]:
    """The patients on several lines that differ: which is right is not known, so that no line tells what became of them."""
    lines: dict[str, set[tuple[tuple[str, str], ...]]] = {}
    for _, row in cells.rows:
        lines.setdefault(gathered.patient(row["PATIENT_ID"]), set()).add(tuple(sorted(row.items())))
    unsure = set() if gathered.own else {patient for patient, said in lines.items() if patient and len(said) > 1}
    if unsure:
        gathered.notes[
            f"{cells.file}: {len(unsure)} patients stand on several lines that differ: neither their outcomes nor their "
            "karyotypes are read"
        ] = None
    return unsure


def _identities(gathered: Gathered, cells: Cells) -> None:
    """What the file calls each patient, and the date of day zero where the study holds it."""
    if ZERO in cells.header:
        gathered.axis = "calendar"
    for line, row in cells.rows:
        named = row["PATIENT_ID"].strip()
        shown = gathered.cell(row, SHOWN_ID) if gathered.own else None
        gathered.ids[named] = shown or named
        start = gathered.cell(row, ZERO) if ZERO in cells.header else None
        if start is None:
            continue
        try:
            gathered.zero[gathered.ids[named]] = date.fromisoformat(start)
        except ValueError:
            gathered.not_used(
                cells.file, line, gathered.ids[named], ZERO, start, f"{start} is not a date", "write it as 2024-05-03"
            )


def _say_patient_columns(gathered: Gathered, cells: Cells) -> dict[str, str]:
    """Say what becomes of each column; returned are those that go into the table of patients: heading -> column."""
    handled: dict[str, str] = {}
    columns = gathered.plain(cells, "patients")
    for name in cells.header:
        if name == "AGE" and not gathered.own and _not_in_years(cells.described.get(name, "")):
            gathered.tell(cells, name, Fate.LEFT, "", "its description names another unit than years")
        elif name == "AGE" and not gathered.own and not _of_diagnosis(cells.described.get(name, "")):
            handled[name] = "age_years"
            gathered.tell(
                cells,
                name,
                Fate.GUESSED,
                "patients.age_years",
                "the description does not say that it is the age at diagnosis",
            )
        elif name in columns:
            handled[name] = columns[name].name
            gathered.tell(cells, name, Fate.MAPPED, target("patients", columns[name], gathered.axis))
        elif name == "GENDER" and "SEX" not in cells.header and not gathered.own:
            handled[name] = "sex"
            gathered.tell(cells, name, Fate.GUESSED, "patients.sex", "the gender was taken for the sex")
        elif name == ZERO:
            gathered.tell(cells, name, Fate.MAPPED, "", "the date from which the patient's days are counted")
        elif name == SIMULATED:
            gathered.tell(cells, name, Fate.MAPPED, "", "the patients are simulated")
        elif name in (LISTED, SHOWN_ID) and gathered.own:
            gathered.tell(cells, name, Fate.MAPPED, "patients.patient_id")
        elif _endpoint(name) is not None and _pair(cells, name):
            _say_outcome(gathered, cells, name)
        elif name in words()["karyotype"]["columns"] and not gathered.own:
            _say_karyotype(gathered, cells, name)
        else:
            gathered.tell(cells, name, Fate.LEFT, "", why_left(name))
    return handled


def _say_outcome(gathered: Gathered, cells: Cells, name: str) -> None:
    if gathered.own:
        gathered.tell(
            cells, name, Fate.LEFT, "", "for cBioPortal's curves; it stands in reported_outcomes, or is computed"
        )
    else:
        column = "time_months" if name.endswith("_MONTHS") else "event"
        gathered.tell(cells, name, Fate.MAPPED, f"reported_outcomes.{column}")


def _endpoint(name: str) -> str | None:
    for ending in ("_STATUS", "_MONTHS"):
        if name.endswith(ending):
            return ENDPOINTS.get(name.removesuffix(ending))
    return None


def _pair(cells: Cells, name: str) -> bool:
    prefix = name.rsplit("_", 1)[0]
    return {f"{prefix}_STATUS", f"{prefix}_MONTHS"} <= set(cells.header)


def _patient(
    gathered: Gathered, cells: Cells, line: int, row: dict[str, str], patient: str, handled: dict[str, str]
) -> Row:
    made: Row = {}
    for name, calendar_name in handled.items():
        column = TABLES["patients"][calendar_name]
        if calendar_name in ("age_years", "age_at_diagnosis_years", "hct_ci"):
            text = gathered.number(cells, line, row, name, patient)
        else:
            text = gathered.cell(row, name)
        if calendar_name == "sex":
            text = _sex(text)
        made[column.named(gathered.axis)] = gathered.value(column, text, patient)
    made["patient_id"] = patient
    return made


def _of_diagnosis(said: str) -> bool:
    return any(word in said.casefold() for word in words()["diagnosis"]["words"])


def _not_in_years(said: str) -> bool:
    words = "".join(letter if letter.isalpha() else " " for letter in said.casefold()).split()
    return not any(word.startswith("year") for word in words) and bool({"days", "months", "weeks"} & set(words))


def _sex(text: str | None) -> str | None:
    if text is None:
        return None
    for word, spellings in words()["sex"].items():
        if text.casefold() in spellings:
            return str(word)
    return synonyms("Sex").get(text.casefold(), text)


def _outcomes(gathered: Gathered, cells: Cells, line: int, row: dict[str, str], patient: str) -> None:
    for name in cells.header:
        endpoint = _endpoint(name) if name.endswith("_STATUS") and _pair(cells, name) else None
        if endpoint is None:
            continue
        prefix = name.removesuffix("_STATUS")
        status = gathered.cell(row, name)
        months = gathered.number(cells, line, row, f"{prefix}_MONTHS", patient)
        if status is None and months is None:
            continue
        said = " ".join(cells.described.get(f"{prefix}_{which}", "") for which in ("STATUS", "MONTHS"))
        clock = "diagnosis" if _of_diagnosis(said) else None
        if clock is None:
            gathered.notes[f"{cells.file} does not say where {prefix}_MONTHS begins: clock_start is left empty"] = None
        outcome: Row = {"patient_id": patient, "endpoint": endpoint, "clock_start": clock, "time_months": months}
        outcome["event"] = _happened(gathered, cells, line, name, status, patient)
        gathered.add("reported_outcomes", cells.file, line, outcome)


def _happened(gathered: Gathered, cells: Cells, line: int, name: str, status: str | None, patient: str) -> str | None:
    """Whether the event happened: the number before the colon, else the word."""
    if status is None:
        return None
    said = status.split(":")[0].strip().casefold()
    if said in words()["survival"]["event"]:
        return "yes"
    if said in words()["survival"]["no_event"]:
        return "no"
    gathered.not_used(
        cells.file,
        line,
        patient,
        name,
        status,
        f"{status} is neither 0 nor 1",
        "write 0:LIVING or 1:DECEASED, or its like",
    )
    return None


def _say_karyotype(gathered: Gathered, cells: Cells, name: str) -> None:
    if "KARYOTYPE" in gathered.events:
        gathered.tell(cells, name, Fate.LEFT, "", "the timeline has each karyotype with its day")
    else:
        gathered.tell(cells, name, Fate.MAPPED, "karyotypes.iscn")


def _karyotype(gathered: Gathered, cells: Cells, line: int, row: dict[str, str], patient: str, day: str | None) -> None:
    if "KARYOTYPE" in gathered.events:
        return  # the timeline has each with its day
    for name in words()["karyotype"]["columns"]:
        text = gathered.cell(row, name)
        if text is not None:
            made: Row = {"patient_id": patient, gathered.name("karyotypes", "sample_date"): gathered.day(day, patient)}
            gathered.add("karyotypes", cells.file, line, made | {"iscn": text})


def read_samples(gathered: Gathered) -> None:
    """The samples: whose each is, its day where the study says it, and what was measured on it."""
    for path in gathered.study.of("CLINICAL", "SAMPLE_ATTRIBUTES"):
        cells, faults = read_cells(path)
        gathered.faults += faults
        if cells is None or not {"PATIENT_ID", "SAMPLE_ID"} <= set(cells.header):
            continue
        for _, row in cells.rows:
            sample, named = row["SAMPLE_ID"].strip(), row["PATIENT_ID"].strip()
            if sample and named:
                gathered.samples[sample] = gathered.patient(named)
                days = (gathered.cell(row, name) for name in words()["sample_day"]["columns"])
                day = next((day for day in days if day is not None), None)
                if day is not None:
                    gathered.sample_days.setdefault(sample, day)
        used = _say_sample_columns(gathered, cells)
        _patients_of_samples(gathered, cells)
        if not gathered.own:
            _measure(gathered, cells, used)


def _say_sample_columns(gathered: Gathered, cells: Cells) -> dict[str, str]:
    """Say what becomes of each column; returned are the measurements: heading -> table and column."""
    used: dict[str, str] = {}
    for name in cells.header:
        measured = words()["measured"].get(name)
        if name in ("PATIENT_ID", "SAMPLE_ID"):
            gathered.tell(
                cells, name, Fate.MAPPED, "patients.patient_id" if name == "PATIENT_ID" else "", "whose sample it is"
            )
        elif name == "SAMPLE_DAY":
            gathered.tell(
                cells, name, Fate.MAPPED, "variants.sample_day", "the day of the sample, for what was found in it"
            )
        elif name in words()["sample_day"]["columns"]:
            gathered.tell(cells, name, Fate.GUESSED, "variants.sample_day", "taken for days since day zero")
        elif gathered.own:
            gathered.tell(cells, name, Fate.LEFT, "", "for cBioPortal's pages; it stands in the tables themselves")
        elif name in words()["karyotype"]["columns"]:
            _say_karyotype(gathered, cells, name)
        elif measured is None:
            gathered.tell(cells, name, Fate.LEFT, "", why_left(name))
        elif not _states(measured["unit"], f"{name} {cells.described.get(name, '')}"):
            gathered.tell(cells, name, Fate.LEFT, "", f"its unit is not stated (wanted: {', '.join(measured['unit'])})")
        elif not any(row["SAMPLE_ID"].strip() in gathered.sample_days for _, row in cells.rows):
            gathered.tell(
                cells, name, Fate.LEFT, "", "the study does not give the day of the sample: it cannot be placed"
            )
        else:
            used[name] = measured["into"]
            _say_measured(gathered, cells, name, measured["into"])
    return used


def _say_measured(gathered: Gathered, cells: Cells, name: str, into: str) -> None:
    """A measurement: how many were placed, and how many belong to samples whose day is not known."""
    filled = [row["SAMPLE_ID"].strip() for _, row in cells.rows if gathered.cell(row, name) is not None]
    placed = sum(sample in gathered.sample_days for sample in filled)
    gathered.fields.append(Field(cells.file, name, Fate.MAPPED, into, "where the day of the sample is known", placed))
    if placed < len(filled):
        note = "the study does not give the day of the sample: it cannot be placed"
        named = f"{name} (samples without a day)"
        gathered.fields.append(Field(cells.file, named, Fate.LEFT, "", note, len(filled) - placed))


def _states(units: list[str], said: str) -> bool:
    # "percent" stands in names, "%" and units of concentration in descriptions.
    return any(unit in said.casefold() for unit in units)


def _patients_of_samples(gathered: Gathered, cells: Cells) -> None:
    """Patients whom only their samples name."""
    if gathered.own or gathered.study.of("CLINICAL", "PATIENT_ATTRIBUTES"):
        return
    for line, row in cells.rows:
        patient = gathered.samples.get(row["SAMPLE_ID"].strip())
        if patient is not None and patient not in gathered.patients:
            made = gathered.patients[patient] = {"patient_id": patient}
            gathered.add("patients", cells.file, line, made)


def _measure(gathered: Gathered, cells: Cells, used: dict[str, str]) -> None:
    for line, row in cells.rows:
        sample = row["SAMPLE_ID"].strip()
        patient = gathered.samples.get(sample)
        if patient is None:
            continue
        day = gathered.sample_days.get(sample)
        _karyotype(gathered, cells, line, row, patient, day)
        if day is None:
            continue
        rows: dict[str, Row] = {}
        for name, into in used.items():
            text = gathered.number(cells, line, row, name, patient)
            table, column = into.split(".")
            if text is not None:
                start: Row = {"patient_id": patient, gathered.name(table, "sample_date"): gathered.day(day, patient)}
                rows.setdefault(table, start)[column] = text
        for table, made in rows.items():
            gathered.add(table, cells.file, line, made)

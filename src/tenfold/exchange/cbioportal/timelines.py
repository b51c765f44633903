"""The timelines: a row for each event of a patient, in days since day zero.

Traps: of a STATUS event only the words for diagnosis, death and last contact are read; a laboratory test is used only with
a unit that it states; an agent is one drug, so that a regimen of three stands in three rows.
"""

from __future__ import annotations

from tenfold.exchange.cbioportal.gathered import Gathered, Row
from tenfold.exchange.cbioportal.study import Cells, read_cells
from tenfold.exchange.cbioportal.words import event_tables, target, why_left, words
from tenfold.exchange.converted import Fate, Field
from tenfold.records.lexicon import drug_aliases, drugs
from tenfold.records.nearest import bare
from tenfold.records.shape import Column
from tenfold.records.tables import TABLES

PLACES = ("PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE")
DAY_ZERO = "day zero of the study's timelines: by cBioPortal's definition the diagnosis; the study itself does not say"


def read_specimens(gathered: Gathered) -> list[Cells]:
    """Read the timelines, note the days of samples (events called SPECIMEN), and return the files for `read_timelines`."""
    files = []
    for path in gathered.study.of("CLINICAL", "TIMELINE"):
        cells, faults = read_cells(path)
        gathered.faults += faults
        if cells is None:
            continue
        if not {"PATIENT_ID", "START_DATE", "EVENT_TYPE"} <= set(cells.header):
            for name in cells.header:
                gathered.tell(cells, name, Fate.LEFT, "", "the file lacks PATIENT_ID, START_DATE or EVENT_TYPE")
            continue
        files.append(cells)
        gathered.events |= {row["EVENT_TYPE"].strip().upper() for _, row in cells.rows}
        for _, row in cells.rows:
            sample, day = row.get("SAMPLE_ID", "").strip(), gathered.cell(row, "START_DATE")
            if (
                row["EVENT_TYPE"].strip().casefold() in ("specimen", "sample acquisition")
                and sample
                and day is not None
            ):
                gathered.sample_days[sample] = day
    return files


def read_timelines(gathered: Gathered, files: list[Cells]) -> None:
    """The events of all timelines, each in the table that its name stands for."""
    for cells in files:
        kinds: dict[str, list[tuple[int, dict[str, str]]]] = {}
        for line, row in cells.rows:
            kinds.setdefault(row["EVENT_TYPE"].strip().upper(), []).append((line, row))
        fates: dict[str, tuple[Fate, str, str]] = {}
        for kind, rows in kinds.items():
            _read_kind(gathered, cells, kind, rows, fates)
        for name in cells.header:
            fate, into, note = fates.get(name, (Fate.LEFT, "", why_left(name)))
            if name in PLACES and fate is Fate.LEFT:
                note = (
                    "the records keep no last day of these" if name == "STOP_DATE" else "of events that are not mapped"
                )
            gathered.tell(cells, name, fate, into, note)


def _read_kind(
    gathered: Gathered,
    cells: Cells,
    kind: str,
    rows: list[tuple[int, dict[str, str]]],
    fates: dict[str, tuple[Fate, str, str]],
) -> None:
    """The events of one name: as one of our tables, as a status, as laboratory tests, or left."""
    table = event_tables().get(kind)
    columns = gathered.plain(cells, table, timeline=True) if table is not None else {}
    if table is not None and _says_something(table, columns):
        for name, column in columns.items():
            into = target(table, column, gathered.axis)
            guessed = name == "AGENT" and not gathered.own
            note = "drugs read without regard to case, and under their brand names" if guessed else ""
            before = fates.get(name)
            into = into if before is None or into in before[1] else f"{before[1]}, {into}"
            fates[name] = (Fate.GUESSED if guessed else Fate.MAPPED, into, note)
        fates["EVENT_TYPE"] = (Fate.MAPPED, "", "which table the event belongs to")
        for line, row in rows:
            gathered.add(table, cells.file, line, _event(gathered, row, columns))
        if not gathered.own:
            _name_day_zero(gathered, cells, rows)
    elif kind in ("SPECIMEN", "SAMPLE ACQUISITION"):
        fates.update(dict.fromkeys(PLACES, (Fate.MAPPED, "variants.sample_day", "the day of the sample")))
        fates["SAMPLE_ID"] = (Fate.MAPPED, "", "the sample whose day it is")
    elif kind == "STATUS" and "STATUS" in cells.header:
        _statuses(gathered, cells, rows, fates)
    elif kind == "LAB_TEST" and {"TEST", "RESULT"} <= set(cells.header):
        _laboratory(gathered, cells, rows, fates)
    else:
        gathered.notes[f"{cells.file}: {len(rows)} events called {kind} were left: no table is known for them"] = None


def _says_something(table: str, columns: dict[str, Column]) -> bool:
    """Whether the file has a column of the table's own, and each that a row needs: another study's event of that name may not."""
    names = {column.name for column in columns.values()}
    general = {"patient_id", "reported_date", "sequence", "end_date", TABLES[table].dated_by}
    needed = {column.name for column in TABLES[table].columns if column.required}
    return bool(names - general) and needed <= names


def _event(gathered: Gathered, row: dict[str, str], columns: dict[str, Column]) -> Row:
    patient = gathered.patient(row["PATIENT_ID"])
    made: Row = {}
    for name, column in columns.items():
        text = gathered.cell(row, name)
        if name == "AGENT" and not gathered.own and text is not None:
            text = _drugs(text)
        made[column.named(gathered.axis)] = gathered.value(column, text, patient)
    return made | {"patient_id": patient}


def _drugs(text: str) -> str:
    """Generic names of agents; one that is not known stays as it is written, for admission to judge."""
    read = []
    for part in text.replace(" / ", "+").split("+"):
        name = part.strip()
        read.append(name.casefold() if name.casefold() in drugs() else drug_aliases().get(bare(name), name))
    return "+".join(read)


def _name_day_zero(gathered: Gathered, cells: Cells, rows: list[tuple[int, dict[str, str]]]) -> None:
    if gathered.axis == "calendar":
        return
    guessed = False
    for _, row in rows:
        patient = gathered.patients.get(gathered.patient(row["PATIENT_ID"]))
        if patient is not None and not patient.get("day_zero"):
            patient["day_zero"] = DAY_ZERO
            guessed = True
    if guessed:
        gathered.fields.append(
            Field(
                cells.file,
                "(day zero)",
                Fate.GUESSED,
                "patients.day_zero",
                "what day zero is, is not said by the study",
            )
        )


def _statuses(
    gathered: Gathered,
    cells: Cells,
    rows: list[tuple[int, dict[str, str]]],
    fates: dict[str, tuple[Fate, str, str]],
) -> None:
    """Diagnosis, death and last contact, where a status names one and the patient's row has no such day yet."""
    meant = {bare(word): column for column, spellings in words()["status"].items() for word in spellings}
    left = 0
    for _, row in rows:
        patient = gathered.patient(row["PATIENT_ID"])
        made, column = gathered.patients.get(patient), meant.get(bare(row["STATUS"]))
        day = gathered.cell(row, "START_DATE")
        if made is None or column is None or day is None:
            left += 1
            continue
        name = gathered.name("patients", column)
        told = gathered.day(day, patient)
        if made.get(name) in (None, told):
            made[name] = told
        else:
            gathered.notes[f"{patient} has two days of {column.replace('_', ' ')}; the first is kept"] = None
    if left < len(rows):
        fates["STATUS"] = (Fate.GUESSED, "patients", "words for diagnosis, death and last contact")
        for name in ("PATIENT_ID", "START_DATE", "EVENT_TYPE"):
            fates.setdefault(name, (Fate.GUESSED, "patients", "the day of diagnosis, of death or of last contact"))
        _name_day_zero(gathered, cells, rows)
    if left:
        gathered.notes[
            f"{cells.file}: {left} events called STATUS were left: they name no day of diagnosis or death"
        ] = None


def _laboratory(
    gathered: Gathered,
    cells: Cells,
    rows: list[tuple[int, dict[str, str]]],
    fates: dict[str, tuple[Fate, str, str]],
) -> None:
    """Laboratory tests whose unit is stated and is ours; tests of one patient and day share a row of their table."""
    tests = {bare(name): test for test in words()["laboratory"].values() for name in test["names"]}
    made: dict[tuple[str, str, str], tuple[int, Row]] = {}
    left = 0
    for line, row in rows:
        test = tests.get(bare(row["TEST"]))
        unit = row.get("UNIT", row.get("UNITS", "")).strip().casefold()
        value, day = gathered.cell(row, "RESULT"), gathered.cell(row, "START_DATE")
        patient = gathered.patient(row["PATIENT_ID"])
        if test is None or unit not in test["unit"] or value is None or day is None:
            left += 1
            continue
        table, column = test["into"].split(".")
        start: Row = {"patient_id": patient, gathered.name(table, "sample_date"): gathered.day(day, patient)}
        _, found = made.setdefault((table, patient, day), (line, start))
        if column in found:
            gathered.add(table, cells.file, line, start | {column: value})
        else:
            found[column] = value
    for (table, _, _), (line, found) in made.items():
        gathered.add(table, cells.file, line, found)
    if made:
        for name in ("PATIENT_ID", "START_DATE", "EVENT_TYPE", "TEST", "RESULT", "UNIT", "UNITS"):
            if name in cells.header:
                fates[name] = (
                    Fate.GUESSED,
                    "counts, chemistry",
                    "tests known by their names, where the unit is stated",
                )
        _name_day_zero(gathered, cells, rows)
    if left:
        gathered.notes[
            f"{cells.file}: {left} laboratory tests were left: not known, or without a unit that is known"
        ] = None

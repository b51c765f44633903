"""A study folder read: the records, and what became of every column of every file.

What Tenfold wrote beside a study of its own (``tenfold.toml``) tells its tables and how many rows each has, so that it is
read back as it was; where the numbers do not agree, that table counts as complete for nobody. Another's study promises
nothing about what it does not list: every table made of it is stated as not complete, but for the variants of patients
whose every sample has a gene panel that the folder defines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tenfold.exchange.cbioportal.clinical import read_patients, read_samples
from tenfold.exchange.cbioportal.gathered import Gathered, Row
from tenfold.exchange.cbioportal.genomics import read_mutations, read_panels, read_structural
from tenfold.exchange.cbioportal.study import Study, open_study, read_cells
from tenfold.exchange.cbioportal.timelines import read_specimens, read_timelines
from tenfold.exchange.cbioportal.words import OWN, SIMULATED, UNPLACED, headings, target, why_left
from tenfold.exchange.converted import Converted, Fate, Field, converted
from tenfold.records.faults import Fault, file_fault
from tenfold.records.tables import TABLES

NAME, TITLE = "cbioportal", "cBioPortal study"
USED = {
    ("CLINICAL", "PATIENT_ATTRIBUTES"),
    ("CLINICAL", "SAMPLE_ATTRIBUTES"),
    ("CLINICAL", "TIMELINE"),
    ("MUTATION_EXTENDED", "MAF"),
    ("GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX"),
    ("STRUCTURAL_VARIANT", "SV"),
    ("CANCER_TYPE", "CANCER_TYPE"),
}


def read_records(path: Path) -> Converted:
    """The records of a study folder. FileNotFoundError if it is none."""
    study, faults = open_study(Path(path))
    gathered = Gathered(study, faults=faults)
    timelines = read_specimens(gathered)
    read_patients(gathered)
    read_samples(gathered)
    read_timelines(gathered, timelines)
    lost = read_mutations(gathered)
    covered = read_panels(gathered)
    read_structural(gathered)
    _say_files_left(gathered)
    if study.own is not None:
        _own_tables(gathered, study.own)
    else:
        _not_complete(gathered, set() if "" in lost else covered - lost)
    made = converted(
        gathered.sheets(),
        NAME,
        gathered.fields,
        notes=gathered.notes,
        faults=gathered.faults,
        axis=gathered.axis,
        title=_title(study),
        sources=_sources(gathered),
    )
    return replace(made, registry=replace(made.registry, simulated=_simulated(gathered)))


def _title(study: Study) -> str | None:
    return study.about.get("name") if study.own is None else study.own.get("title")


def _sources(gathered: Gathered) -> dict[str, str]:
    """The source of each table: as Tenfold wrote it, else the study's name and citation."""
    if gathered.study.own is not None:
        return {str(table): str(source) for table, source in gathered.study.own.get("sources", {}).items()}
    about = gathered.study.about
    cited = [about[name] for name in ("name", "citation") if about.get(name)]
    if about.get("pmid"):
        cited.append(f"PMID {about['pmid']}")
    said = "; ".join(cited)
    return {table: said for table in gathered.heights() if table != "completeness"} if said else {}


def _simulated(gathered: Gathered) -> bool:
    """Whether the study says that its patients are simulated, beside it or in its own files."""
    if gathered.own:
        return bool(gathered.study.own and gathered.study.own.get("simulated"))
    return any(one.field == SIMULATED and one.filled for one in gathered.fields)


def _say_files_left(gathered: Gathered) -> None:
    """One line for each data file that holds nothing for the records."""
    for kind, paths in gathered.study.data.items():
        for path in paths if kind not in USED else ():
            gathered.fields.append(
                Field(
                    path.name,
                    "(the whole file)",
                    Fate.LEFT,
                    "",
                    f"{' '.join(kind).strip()}: the records have no such table",
                )
            )


def _not_complete(gathered: Gathered, variants_known: set[str]) -> None:
    """State that no table is complete, but for the variants of those whom panels cover."""
    tables = [table for table in gathered.heights() if table not in ("patients", "completeness")]
    line = 0
    for table in tables:
        line += 1
        gathered.add("completeness", TITLE, line, {"patient_id": None, "table": table, "complete": "no"})
    if variants_known and "variants" not in tables:
        # No mutation in anybody, and yet each was looked for: the table is there, and empty.
        gathered.rows.setdefault(("variants", TITLE), [])
        line += 1
        gathered.add("completeness", TITLE, line, {"patient_id": None, "table": "variants", "complete": "no"})
    for patient in sorted(variants_known):
        line += 1
        gathered.add("completeness", TITLE, line, {"patient_id": patient, "table": "variants", "complete": "yes"})


def _own_tables(gathered: Gathered, own: Mapping[str, Any]) -> None:
    """The rows that no timeline holds, the tables without rows, and what is missing of those with."""
    stated: dict[str, int] = {str(table): int(rows) for table, rows in own.get("rows", {}).items() if table in TABLES}
    for table in TABLES:
        _unplaced(gathered, table)
    heights = gathered.heights()
    doubtful = [table for table in stated if table != "patients" and heights[table] != stated[table]]
    for table in stated:
        if not heights[table]:
            gathered.rows.setdefault((table, OWN), [])
    doubtful += [table for table in heights if table not in stated]
    if doubtful:
        _doubt(gathered, doubtful, heights, stated)


def _doubt(gathered: Gathered, doubtful: list[str], heights: Mapping[str, int], stated: Mapping[str, int]) -> None:
    """Take back what is stated of tables of which rows are missing, or of every table if a statement itself is."""
    for table in doubtful:
        gathered.faults.append(_miscounted(table, heights.get(table, 0), stated.get(table, 0)))
    if "completeness" in doubtful:
        doubtful = [table for table in TABLES if table not in ("patients", "completeness")]
    for (table, _), rows in gathered.rows.items():
        if table == "completeness":
            rows[:] = [(line, row) for line, row in rows if row.get("table") not in doubtful]
    for line, table in enumerate(sorted(set(doubtful)), 1):
        gathered.add("completeness", OWN, line, {"patient_id": None, "table": table, "complete": "no"})


def _miscounted(table: str, found: int, stated: int) -> Fault:
    return file_fault(
        OWN,
        f"the study holds {found} rows of {table} and states {stated}: the table counts as complete for nobody",
        "bring back the file that is missing, or state the number of rows that is right",
        column=table,
        value=str(stated),
    )


def _unplaced(gathered: Gathered, table: str) -> None:
    path = gathered.study.folder / f"{UNPLACED}{table}.txt"
    if not path.is_file():
        return
    cells, faults = read_cells(path)
    gathered.faults += faults
    if cells is None:
        return
    columns = headings(table)
    literal = table == "completeness"
    if literal:
        columns = {column.named(gathered.axis).upper(): column for column in columns.values()}
    for name in cells.header:
        if name in columns:
            gathered.tell(cells, name, Fate.MAPPED, target(table, columns[name], gathered.axis))
        else:
            gathered.tell(cells, name, Fate.LEFT, "", why_left(name))
    for line, row in cells.rows:
        named = gathered.cell(row, "PATIENT_ID")
        patient = None if named is None else gathered.patient(named)
        made: Row = {"patient_id": patient}
        for name, column in columns.items():
            if name != "PATIENT_ID" and name in cells.header:
                text = gathered.cell(row, name)
                made[column.named(gathered.axis)] = text if literal else gathered.value(column, text, patient or "")
        if literal and "FROM_DATE" in cells.header and gathered.axis == "relative" and gathered.cell(row, "FROM_DATE"):
            # The date has no place once the dates of day zero were taken out: from when it is complete is then not known.
            made["complete"] = "no"
        gathered.add(table, path.name, line, made)

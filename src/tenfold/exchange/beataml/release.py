"""The files of the release: which they are, and the rows of the clinical workbook as specimens, in text.

Traps: the workbook keeps numbers as numbers ("2476.0" is patient 2476) and missing values as blanks, N/A and Unknown in
several spellings; the first sheet holds the specimens, "dataDictionary" what its columns mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import python_calamine

from tenfold.exchange.converted import as_text
from tenfold.exchange.limits import checked_size
from tenfold.exchange.workbook_limits import checked_workbook

SUMMARY = "summary"
MARKERS = ("dbgap_sample_id", "t_vaf", "variant_classification")
"""Columns by which the table of mutations is known."""
NEEDED = (
    "dbgap_subject_id",
    "dbgap_dnaseq_sample",
    "diseaseStageAtSpecimenCollection",
    "dxAtSpecimenAcquisition",
    "timeOfSampleCollectionRelativeToInclusion",
    "overallSurvival",
    "vitalStatus",
)
"""Columns without which nothing can be placed."""
NOTHING = frozenset({"", "n/a", "unknown", "none"})
ACUTE_MYELOID = "ACUTE MYELOID LEUKAEMIA"


@dataclass(frozen=True, slots=True)
class Specimen:
    """One row of the workbook: its line in the sheet, its patient, and its cells as text (those that hold something)."""

    line: int
    patient: str
    cells: Mapping[str, str]

    def get(self, column: str) -> str | None:
        """A cell, null where it holds nothing or a word for nothing."""
        value = self.cells.get(column)
        return None if value is None or value.casefold() in NOTHING else value

    @property
    def day(self) -> int | None:
        """Days since the patient's earliest specimen was taken."""
        value = self.cells.get("timeOfSampleCollectionRelativeToInclusion", "")
        return int(value) if value.isdigit() else None

    @property
    def dna(self) -> str | None:
        """The specimen's name in the table of mutations."""
        return self.get("dbgap_dnaseq_sample")

    @property
    def sequenced(self) -> bool:
        """Whether its exome was sequenced."""
        return self.get("exomeSeq") == "y"

    @property
    def of_the_diagnosis(self) -> bool:
        """Whether it was taken at the first diagnosis of acute myeloid leukaemia."""
        initial = self.get("diseaseStageAtSpecimenCollection") == "Initial Diagnosis"
        return initial and (self.get("dxAtSpecimenAcquisition") or "").startswith(ACUTE_MYELOID)


@dataclass(frozen=True, slots=True)
class Release:
    """The two files, the columns of the workbook's first sheet in order, and its specimens.

    `filled`: column -> how many cells hold anything at all.
    """

    workbook: Path
    mutations: Path
    columns: tuple[str, ...]
    specimens: tuple[Specimen, ...]
    filled: Mapping[str, int]

    def by_patient(self) -> dict[str, tuple[Specimen, ...]]:
        """Patient -> the specimens in the order of the sheet."""
        found: dict[str, list[Specimen]] = {}
        for one in self.specimens:
            found.setdefault(one.patient, []).append(one)
        return {patient: tuple(rows) for patient, rows in found.items()}


def recognises(path: Path) -> bool:
    """Whether a folder is the release: a clinical workbook and a table of mutations by their names and marker columns."""
    try:
        return path.is_dir() and bool(_workbooks(path)) and bool(list(_mutation_tables(path)))
    except OSError:
        return False


def open_release(folder: Path) -> Release:
    """Read the workbook of a release. ValueError where a file or a needed column is missing, with what to do."""
    workbooks, tables = _workbooks(folder), list(_mutation_tables(folder))
    if len(workbooks) != 1 or len(tables) != 1:
        raise ValueError(
            f"{folder}: a Beat AML release has one clinical workbook (beataml_..._clinical.xlsx) and one table of mutations "
            f"(beataml..._mutations.txt); found {len(workbooks)} and {len(tables)}: put just these two into one folder"
        )
    for file in (workbooks[0], tables[0]):
        checked_size(file)
    checked_workbook(workbooks[0])
    try:
        sheet = python_calamine.CalamineWorkbook.from_path(str(workbooks[0])).get_sheet_by_name(SUMMARY)
    except (python_calamine.CalamineError, ValueError) as error:
        raise ValueError(f"{workbooks[0].name} cannot be read as the clinical workbook of Beat AML: {error}") from error
    # Without `skip_empty_area` the first row is line 1 of the sheet.
    rows = sheet.to_python(skip_empty_area=False)
    columns = tuple(as_text(cell) or "" for cell in rows[0]) if rows else ()
    twice = [name for name, times in Counter(columns).items() if name and times > 1]
    missing = [name for name in NEEDED if name not in columns]
    if missing or twice:
        what = f"has no column {missing[0]}" if missing else f"has two columns called {twice[0]}"
        raise ValueError(f'{workbooks[0].name}, sheet "{SUMMARY}": it {what}; fetch the release anew')
    specimens = tuple(_specimens(columns, rows[1:]))
    filled = Counter(name for one in specimens for name in one.cells)
    return Release(workbooks[0], tables[0], columns, specimens, filled)


def _specimens(columns: tuple[str, ...], rows: Sequence[Sequence[object]]) -> Iterator[Specimen]:
    for line, row in enumerate(rows, start=2):
        texts = {name: as_text(cell) for name, cell in zip(columns, row, strict=True)}
        cells = {name: text for name, text in texts.items() if name and text is not None}
        if cells:
            yield Specimen(line, cells.get("dbgap_subject_id", ""), cells)


def _workbooks(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("beataml*clinical*.xlsx") if file.is_file())


def _mutation_tables(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.glob("beataml*mutations*.txt")):
        if file.is_file():
            with file.open("r", encoding="utf-8", errors="replace") as text:
                header = text.readline(10_000).rstrip("\n").split("\t")
            if all(name in header for name in MARKERS):
                yield file

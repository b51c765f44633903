"""The release as records: what was mapped, guessed and left of each column, and what is worth knowing of the rest."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import polars as pl

from tenfold.exchange.beataml.course import Course, course_of
from tenfold.exchange.beataml.genetics import Found, genetics
from tenfold.exchange.beataml.laboratory import COLUMNS, laboratory
from tenfold.exchange.beataml.people import People, people
from tenfold.exchange.beataml.release import Release, open_release
from tenfold.exchange.beataml.rows import Row, as_sheet, frame_as_sheet
from tenfold.exchange.converted import Converted, Fate, Field, converted
from tenfold.exchange.variant_files import read_maf
from tenfold.exchange.variant_files.report import opened
from tenfold.records.faults import Fault, each_fault
from tenfold.records.sheets import Sheet

FORMAT = "beataml"
TITLE = "Beat AML 2.0"
SOURCE = "Bottomly et al., Cancer Cell 2022;40:850-864 (release biodev/beataml2.0_data, CC BY 4.0)"
INCOMPLETE = (
    "treatments",
    "marrows",
    "counts",
    "variants",
    "genes_tested",
    "karyotypes",
    "fusions",
    "chemistry",
    "transplants",
    "responses",
    "reported_outcomes",
)
"""The tables that are made, of which the release does not say that they hold everything."""


def read_records(path: Path | str) -> Converted:
    """Read the folder of the release. ValueError or FileNotFoundError where it cannot be read at all."""
    release = open_release(Path(path))
    courses = {patient: course_of(rows) for patient, rows in release.by_patient().items()}
    exome, faults = _exome(release)
    found = genetics(release, courses, exome)
    persons = people(release, courses)
    sheets = [
        *_sheets(release, persons, found, laboratory(release, courses)),
        as_sheet("completeness", release.workbook.name, list(_completeness(found)), ("table", "complete", "from_day")),
    ]
    made = [name for name in INCOMPLETE if any(sheet.table == name for sheet in sheets)]
    return converted(
        sheets,
        FORMAT,
        _fields(release),
        notes=_notes(release, courses, persons, found, exome),
        faults=[*faults, *persons.faults, *found.faults],
        axis="relative",
        title=TITLE,
        sources=dict.fromkeys(["patients", *made], SOURCE),
    )


def _exome(release: Release) -> tuple[pl.DataFrame, list[Fault]]:
    """The table of mutations under the specimens' names, with the line of each row, and the rows that give no variant."""
    names = {one.dna: one.dna for one in release.specimens if one.dna is not None}
    frame, report = read_maf(release.mutations, patients=names)
    aside = set(report.set_aside.filter(pl.col("used") == "row set aside")["line"].to_list())
    with opened(release.mutations) as text:
        filled = [number for number, line in enumerate(text, start=1) if line.strip() and not line.startswith("#")]
    lines = [number for number in filled[1:] if number not in aside]
    return frame.with_columns(line=pl.Series(lines, dtype=pl.Int64)), list(each_fault(report.set_aside))


def _sheets(release: Release, persons: People, found: Found, tables: Mapping[str, list[Row]]) -> Iterator[Sheet]:
    workbook = release.workbook.name
    yield as_sheet("patients", workbook, persons.patients)
    outcome = ("endpoint", "clock_start", "time_months", "event", "event_kind")
    yield as_sheet("reported_outcomes", workbook, persons.reported_outcomes, outcome)
    yield as_sheet("treatments", workbook, persons.treatments, ("intent", "regimen", "sequence"))
    yield as_sheet("responses", workbook, persons.responses, ("reported_response", "sequence"))
    yield as_sheet("transplants", workbook, persons.transplants, ("donor", "sequence"))
    yield as_sheet("karyotypes", workbook, found.karyotypes, ("sample_day", "iscn", "sequence"))
    yield as_sheet("fusions", workbook, found.fusions, ("sample_day", "fusion", "result", "sequence"))
    yield frame_as_sheet("variants", release.mutations.name, found.of_the_exome)
    yield as_sheet("variants", workbook, found.reviewed, ("sample_day", "gene", "sequence"))
    yield frame_as_sheet("genes_tested", workbook, found.tested)
    for name, rows in tables.items():
        yield as_sheet(name, workbook, rows, ("sample_day", "sequence", *COLUMNS[name].values()))


def _completeness(found: Found) -> Iterator[Row]:
    """No table is complete, but variants are from the first day on which genes were looked at: of those, all are listed."""
    for name in INCOMPLETE:
        yield Row(1, {"table": name, "complete": False})
    first = found.tested.group_by("patient_id", maintain_order=True).agg(
        pl.col("line").first(), pl.col("sample_day").min()
    )
    for line, patient, day in first.select("line", "patient_id", "sample_day").drop_nulls().iter_rows():
        yield Row(line, {"patient_id": patient, "table": "variants", "complete": True, "from_day": day})


@cache
def known_fields() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Sheet or table -> column -> its `fate`, where it goes (`into`) and a `note`, as `fields.toml` lists them."""
    return tomllib.loads((files("tenfold.exchange.beataml") / "fields.toml").read_text("utf-8"))


def _fields(release: Release) -> Iterator[Field]:
    known = known_fields()
    with opened(release.mutations) as text:
        header = next(text, "").rstrip("\n").split("\t")
        cells = [0] * len(header)
        for line in text:
            for at, cell in enumerate(line.rstrip("\n").split("\t")[: len(header)]):
                cells[at] += cell not in ("", '""')
    counted = dict(zip(header, cells, strict=True))
    for source, columns, filled, about in (
        (release.workbook.name, release.columns, release.filled, known["summary"]),
        (release.mutations.name, header, counted, known["mutations"]),
    ):
        yield from _of_columns(source, columns, filled, about)


def _of_columns(
    source: str, columns: Iterable[str], filled: Mapping[str, int], about: Mapping[str, Mapping[str, str]]
) -> Iterator[Field]:
    for name in columns:
        said = about.get(name, {"fate": "left", "note": "not a column of the release as it is known"})
        fate = Fate(said["fate"])
        yield Field(source, name, fate, said.get("into", ""), said.get("note", ""), filled.get(name, 0))


def _notes(
    release: Release, courses: Mapping[str, Course], persons: People, found: Found, exome: pl.DataFrame
) -> Iterator[str]:
    patients = release.by_patient()
    diagnosed = sum(any(one.of_the_diagnosis for one in rows) for rows in patients.values())
    placed = sum(bool(course.places) for course in courses.values())
    yield (
        f"{len(release.specimens)} specimens of {len(patients)} patients. {diagnosed} patients have a specimen of the "
        f"diagnosis of AML; the facts of {placed} of them are in an order (sequence), the others' have days only"
    )
    yield (
        "the release has no dates: day 0 is the day of the earliest specimen. The day of diagnosis is not told, and none was "
        "made; survival is given as reported, counted from the diagnosis"
    )
    yield (
        f"a first treatment is on record for {len(persons.treatments)} patients. Who has none recorded, or no specimen of "
        "the diagnosis, has genetics that cannot be said to describe the diagnosis"
    )
    yield (
        f"{found.left_open} times a gene counts as not looked at, because the clinical report or the study's review names it "
        "and the exome does not show it"
    )
    yield (
        f"{exome.height - found.of_the_exome.height} of {exome.height} variants are left: they are in genes that Tenfold does "
        "not know, say what another row says, or contradict the study's review"
    )
    yield (
        f"{found.later_karyotypes} karyotypes beside a later specimen of a patient with a specimen of the diagnosis are left: "
        "they may be of any time before"
    )
    yield (
        f"{persons.unplaced} responses and grafts are left: later specimens of these patients may lie before or after them"
    )

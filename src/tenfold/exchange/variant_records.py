"""A MAF or an annotated VCF as records: its variants, and what was looked at where a panel beside the file says so.

Beside `calls.maf` or `calls.vcf` may stand `calls.samples.csv` (columns sample, patient_id and, if known, sample_date) and
either `calls.panel.txt` (one gene a line) or `calls.bed` (the gene in the fourth column). Without the first, a sample's name is
the patient's id; without the second, a gene without a variant is not known, for a file of variants does not say which genes
were looked at.

With a panel, `variants` counts as complete for the samples of the file, or of the list of samples, and `genes_tested` names the
panel's genes, but for a patient of whom any record was set aside (no call, for instance), or if a row cannot be placed. What
a caller's own filter refused, and what lies outside what is translated, is the laboratory's negative and takes nothing away.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from tenfold.exchange.converted import Converted, Fate, Field, converted, sheet
from tenfold.exchange.limits import MB, checked_size
from tenfold.exchange.variant_files import Report, read_maf, read_vcf
from tenfold.exchange.variant_files.report import DECIDES, GZIP, HARMLESS, lines_of, opened
from tenfold.records.faults import Fault, Used, each_fault
from tenfold.records.laboratory_tables import VARIANTS

FORMAT = "variants"
GENE, SAMPLE = "Hugo_Symbol", "Tumor_Sample_Barcode"
VCF = "##fileformat=VCF"
LOOKED_AT = 4096
LARGEST_LIST = 64 * MB
METHOD = "NGS panel"


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the files beside a variant file say."""

    patients: dict[str, str] | None
    dates: dict[str, date]
    genes: tuple[str, ...] | None
    panel: str
    faults: tuple[Fault, ...]


def recognises(path: Path) -> bool:
    """Whether a file is a VCF by its first line, or a MAF by its header; plain or gzip."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as raw:
            start = raw.read(LOOKED_AT)
        if start.startswith(GZIP):
            with gzip.open(path, "rb") as data:
                start = data.read(LOOKED_AT)
    except (OSError, EOFError, ValueError):
        return False
    text = start.decode("utf-8", "replace").removeprefix("﻿")
    if text.startswith(VCF):
        return True
    header = next((line for line in text.splitlines() if line and not line.startswith("#")), "")
    cells = [cell.strip().strip('"') for cell in header.split("\t")]
    return GENE in cells and SAMPLE in cells


def read_records(path: Path) -> Converted:
    """Read a MAF or VCF. ValueError where it is neither, or a list beside it cannot be read."""
    path = Path(path)
    beside = _beside(path)
    with opened(path) as text:
        is_vcf = text.read(len(VCF)) == VCF
    frame, report = (read_vcf if is_vcf else read_maf)(path, beside.patients, beside.dates)
    samples = _samples(report.samples, is_vcf, frame, beside)
    named = [*frame["patient_id"].drop_nulls(), *report.set_aside["patient_id"].drop_nulls()]
    seen = dict.fromkeys(named) | dict.fromkeys(samples.values())
    rows = [{"patient_id": one} for one in seen]
    sheets = [
        sheet("patients", path.name, rows, columns=("patient_id",)),
        sheet("variants", path.name, frame.to_dicts(), columns=VARIANTS.schema()),
    ]
    stated: list[dict[str, str | None]] = [
        {"patient_id": None, "table": one, "complete": "no"} for one in ("patients", "variants")
    ]
    notes = [*report.notes]
    if beside.genes is not None:
        doubtful = _doubtful(report)
        sure = {sample: one for sample, one in samples.items() if doubtful is not None and one not in doubtful}
        tested = [
            {"patient_id": one, "sample_date": beside.dates.get(sample), "gene": gene, "method": METHOD}
            for sample, one in sure.items()
            for gene in beside.genes
        ]
        sheets.append(sheet("genes_tested", beside.panel, tested, columns=("patient_id", "gene")))
        stated.append({"patient_id": None, "table": "genes_tested", "complete": "no"})
        stated += [{"patient_id": one, "table": "variants", "complete": "yes"} for one in dict.fromkeys(sure.values())]
        notes.append(
            f"{beside.panel}: {len(beside.genes)} genes were looked at in {len(sure)} of {len(samples)} samples"
        )
        if len(sure) < len(samples):
            notes.append("of the other samples records were set aside: there a gene without a variant is not known")
    else:
        notes.append(
            "which genes were looked at is not said (no .panel.txt or .bed beside the file): a gene without a variant is not known"
        )
    sheets.append(sheet("completeness", f"{path.name} (not stated)", stated))
    return converted(
        sheets, FORMAT, _fields(report), notes=notes, faults=[*each_fault(report.set_aside), *beside.faults]
    )


def _stem(path: Path) -> str:
    name = path.name
    for ending in (".gz", ".maf", ".vcf", ".txt", ".tsv"):
        name = name.removesuffix(ending)
    return name


def _beside(path: Path) -> _Beside:
    stem = _stem(path)
    listed, panel, bed = (path.with_name(stem + ending) for ending in (".samples.csv", ".panel.txt", ".bed"))
    faults: list[Fault] = []
    patients, dates = _listed(listed, faults) if listed.is_file() else (None, {})
    if panel.is_file() and bed.is_file():
        raise ValueError(f"{panel.name} and {bed.name} both name a panel: keep the one that is right")
    genes = _genes(panel) if panel.is_file() else _genes_of_bed(bed) if bed.is_file() else None
    return _Beside(patients, dates, genes, (panel if panel.is_file() else bed).name, tuple(faults))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    checked_size(path, LARGEST_LIST)
    with opened(path) as text:
        yield from ((number, line.strip()) for number, line in lines_of(text, path.name) if line.strip())


def _listed(path: Path, faults: list[Fault]) -> tuple[dict[str, str], dict[str, date]]:
    lines = list(_lines(path))
    rows = csv.DictReader([line for _, line in lines])
    if rows.fieldnames is None or not {"sample", "patient_id"} <= set(rows.fieldnames):
        raise ValueError(f"{path.name}: the header must name sample and patient_id, and may name sample_date")
    patients: dict[str, str] = {}
    dates: dict[str, date] = {}
    for (number, _), row in zip(lines[1:], rows, strict=False):
        sample, patient = (row["sample"] or "").strip(), (row["patient_id"] or "").strip()
        if not sample or not patient or patients.get(sample, patient) != patient:
            rule = (
                "the row names no sample and patient" if not sample or not patient else f"{sample} is of two patients"
            )
            faults.append(
                Fault(path.name, number, patient or None, "sample", sample, rule, "correct the row", Used.ROW_SET_ASIDE)
            )
            continue
        patients[sample] = patient
        day = (row.get("sample_date") or "").strip()
        try:
            if day:
                dates[sample] = date.fromisoformat(day)
        except ValueError:
            remedy = "write it as 2024-05-03 (year, month, day)"
            faults.append(
                Fault(path.name, number, patient, "sample_date", day, f"{day} is not a date", remedy, Used.KEPT)
            )
    return patients, dates


def _genes(path: Path) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for _, line in _lines(path) if not line.startswith("#")))


def _genes_of_bed(path: Path) -> tuple[str, ...]:
    """The names of a BED's regions. ValueError where a region has none: a panel that is half read says too little."""
    found: dict[str, None] = {}
    for number, line in _lines(path):
        if line.startswith(("#", "track", "browser")):
            continue
        cells = line.split("\t")
        if len(cells) < 4 or not cells[3].strip():
            raise ValueError(
                f"{path.name} line {number}: the region has no gene in its fourth column; list the genes instead"
            )
        found[cells[3].strip()] = None
    return tuple(found)


def _samples(samples: tuple[str, ...], is_vcf: bool, frame: pl.DataFrame, beside: _Beside) -> dict[str, str]:
    """The samples that the file speaks of, with their patients: in a MAF, which names carriers only, those of the list."""
    if beside.patients is not None and not is_vcf:
        return beside.patients
    if not is_vcf:
        return {one: one for one in frame["patient_id"].drop_nulls().unique(maintain_order=True)}
    patients = beside.patients
    return {one: one if patients is None else patients[one] for one in samples}


def _doubtful(report: Report) -> set[str] | None:
    """The patients of whom a record was set aside that may have held a variant; None where one may be of anybody."""
    found: set[str] = set()
    for patient, rule, used in report.set_aside.select("patient_id", "rule", "used").iter_rows():
        if used != str(Used.ROW_SET_ASIDE) or rule.startswith(HARMLESS):
            continue
        if patient is None and "is not in the list of patients" not in rule:
            return None
        found.add(patient)
    return found


def _fields(report: Report) -> Iterator[Field]:
    listed = report.targets()
    for source, into in listed.items():
        yield Field(report.file, source, Fate.MAPPED, into, "" if into else DECIDES, report.rows_read)
    for number, sentence in enumerate(report.guessed, 1):
        yield Field(report.file, f"reading {number}", Fate.GUESSED, "variants", sentence)
    for name in report.left:
        if name not in listed:
            yield Field(report.file, name, Fate.LEFT, "", "the table of variants has no such column", report.rows_read)

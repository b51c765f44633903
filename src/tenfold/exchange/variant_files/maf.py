"""Mutation Annotation Format, and tables like it (cBioPortal's, Beat AML's): one row for each variant of a sample.

Traps: a row need not be a mutation: its status may be wild type, none or loss of heterozygosity, a filter may have refused
it, its alleles may be those of the reference, or no read may carry it; such rows are set aside, with the reason, and so is
a variant outside the coding sequence and the splice sites. VAF may be given, or only reads; of several protein columns each
row's first that is filled is taken. The columns are data: ``columns.toml``.

Format: https://docs.gdc.cancer.gov/Data/File_Formats/MAF_Format/
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

import polars as pl

from tenfold.exchange.variant_files.consequences import OUTSIDE, kind_of
from tenfold.exchange.variant_files.report import (
    WILD_TYPE,
    Gathered,
    Report,
    Samples,
    VariantFileNotUnderstood,
    lines_of,
    opened,
)
from tenfold.exchange.variant_files.symbols import read_symbol
from tenfold.records.nearest import bare


@cache
def _known() -> tuple[dict[str, list[str]], dict[str, frozenset[str]]]:
    table = tomllib.loads((files("tenfold.exchange.variant_files") / "columns.toml").read_text("utf-8"))
    words = {name: frozenset(word.casefold() for word in words) for name, words in table.pop("words").items()}
    return table, words


def read_maf(
    path: Path | str, patients: Mapping[str, str] | None = None, dates: Mapping[str, date] | None = None
) -> tuple[pl.DataFrame, Report]:
    """The variants of a MAF file or a table like it, plain or gzip, and what became of each column and row.

    Without `patients` (sample name -> patient id) and without a patient column, the sample's name is the patient's id;
    with it, a sample that is not in it is set aside. `dates`: sample name -> date of sampling, where the file has none.
    VariantFileNotUnderstood where there is no header with a gene and a sample or patient.
    """
    path = Path(path)
    gathered = Gathered(path.name)
    samples = Samples(patients, dates)
    read = 0
    with opened(path) as text:
        lines = ((number, line) for number, line in lines_of(text, path.name) if line.strip())
        header, separator, first = _header(lines, path.name)
        columns = _columns(header, gathered)
        if "gene" not in columns.places or not {"patient_id", "sample"} & set(columns.places):
            raise VariantFileNotUnderstood(
                f"{path.name} line {first} is not the header of a MAF: expected a gene (Hugo_Symbol) and a sample "
                f"(Tumor_Sample_Barcode) or patient_id, found {', '.join(header[:8])}"
            )
        for number, line in lines:
            if line.startswith("#"):
                continue
            read += 1
            cells = [cell.strip().strip('"') for cell in line.split(separator)]
            if len(cells) != len(header):
                gathered.set_aside(
                    number,
                    None,
                    f"the row has {len(cells)} cells, the header {len(header)}",
                    "look for a missing or an extra separator in the row",
                )
                continue
            _read_row(number, columns.row(cells), samples, gathered)
    frame = gathered.frame()
    used = {place for places in columns.places.values() for place in places}
    report = Report(
        file=path.name,
        format="MAF",
        rows_read=read,
        variants=frame.height,
        mapped={name: tuple(header[place] for place in places) for name, places in columns.places.items()},
        guessed=tuple(gathered.guessed),
        left=tuple(name for place, name in enumerate(header) if place not in used),
        set_aside=gathered.fault_frame(),
        notes=_notes(columns),
    )
    return frame, report


def _header(lines: Iterator[tuple[int, str]], file: str) -> tuple[list[str], str, int]:
    for number, line in lines:
        if not line.startswith("#"):
            separator = "\t" if "\t" in line else ","
            return [cell.strip().strip('"') for cell in line.split(separator)], separator, number
    raise VariantFileNotUnderstood(f"{file} has no header: it is empty, or has comments only")


@dataclass(frozen=True)
class _Columns:
    """Where in a row each thing that is asked for stands, the best place first."""

    places: Mapping[str, tuple[int, ...]]

    def row(self, cells: list[str]) -> dict[str, str]:
        """What a row says: each thing that it fills in."""
        words = _known()[1]
        missing = words["missing"]
        filled = {
            name: next((cells[place] for place in places if cells[place].casefold() not in missing), None)
            for name, places in self.places.items()
        }
        row = {name: value for name, value in filled.items() if value is not None}
        # What elsewhere is a blank, none, is a status: that the row is no mutation.
        for place in self.places.get("status", ()):
            if cells[place].casefold() in words["no_mutation"]:
                row["status"] = cells[place]
        return row


def _columns(header: list[str], gathered: Gathered) -> _Columns:
    exactly = {name.casefold(): place for place, name in reversed(list(enumerate(header)))}
    nearly = {bare(name): place for place, name in reversed(list(enumerate(header)))}
    places: dict[str, tuple[int, ...]] = {}
    for asked, names in _known()[0].items():
        found: dict[int, None] = {}
        for name in names:
            place = exactly.get(name.casefold())
            if place is None:
                place = nearly.get(bare(name))
                if place is not None and place not in found:
                    gathered.guess(f'the column "{header[place]}" was taken for {name} ({asked})')
            if place is not None:
                found[place] = None
        if found:
            places[asked] = tuple(found)
    return _Columns(places)


def _notes(columns: _Columns) -> tuple[str, ...]:
    notes = []
    if "patient_id" not in columns.places:
        notes.append("the sample's name serves as the patient's id unless a list of patients is given")
    if "sample_date" not in columns.places:
        notes.append("the file has no date of sampling")
    if not {"hgvs_c", "hgvs_p"} & set(columns.places):
        notes.append("the file names neither coding nor protein changes: only genes and kinds are known")
    return tuple(notes)


def _read_row(number: int, row: dict[str, str], samples: Samples, gathered: Gathered) -> None:
    sample = row.get("sample") or row.get("patient_id", "")
    patient = row.get("patient_id") or samples.patient(sample) if sample else None
    if samples.patients is not None:
        patient = samples.patient(sample) or samples.patient(row.get("patient_id", ""))
    if not patient:
        rule = f"sample {sample} is not in the list of patients" if sample else "no sample or patient is named"
        gathered.set_aside(number, None, rule, "name the patient whose sample it is", "sample", sample or None)
        return
    if row.get("gene", "ENSG").startswith("ENSG"):
        gathered.set_aside(number, patient, "no gene symbol is named", "write the HGNC symbol", "gene", row.get("gene"))
        return
    refused = _no_mutation(row)
    if refused is not None:
        gathered.set_aside(number, patient, *refused)
        return
    if "status" in row and _either(row, "status", "germline", "somatic") is None:
        gathered.guess(f"Mutation_Status {row['status']} is not known: its rows were taken for mutations")
    symbol = read_symbol(row["gene"])
    if symbol.guessed:
        of_kind = f", kind {symbol.kind}" if symbol.kind else ""
        gathered.guess(f"the gene {row['gene']} was read as {symbol.gene}{of_kind}")
    kind = kind_of(row["kind"]) if "kind" in row else None
    if kind in OUTSIDE:
        gathered.set_aside(
            number,
            patient,
            f"the variant is {kind}: neither in the coding sequence nor in a splice site",
            "enter it by hand if it matters",
            "kind",
            row["kind"],
        )
        return
    vaf = _vaf(number, patient, row, gathered)
    if vaf == 0 and row.get("validation", "").casefold() in _known()[1]["valid"]:
        # Reads that were counted base by base miss long insertions, which another method has shown.
        rule = "no read carries the variant, and another method found it: the fraction is not known"
        name = "vaf" if "vaf" in row else "alternate_reads"
        gathered.not_used(number, patient, name, row[name], rule, "correct the reads, or leave them empty")
        vaf = None
    elif vaf == 0:
        gathered.set_aside(
            number,
            patient,
            "no read carries the variant, and the file lists it as one: whether it is there is not known",
            "correct the reads, or take the row out",
            "vaf" if "vaf" in row else "alternate_reads",
            row.get("vaf", row.get("alternate_reads")),
        )
        return
    gathered.rows.append(
        {
            "patient_id": patient,
            "sample_date": _date(number, patient, row, samples.date(sample), gathered),
            "gene": symbol.gene,
            "hgvs_c": row.get("hgvs_c"),
            "hgvs_p": row.get("hgvs_p"),
            "kind": symbol.kind or kind,
            "vaf": vaf,
            "allelic_ratio": _number(number, patient, row, "allelic_ratio", gathered),
            "germline": _either(row, "origin", "germline", "somatic"),
            "pathogenic": _either(row, "pathogenic", "yes", "no"),
        }
    )


def _no_mutation(row: dict[str, str]) -> tuple[str, str, str, str] | None:
    """Why a row is no mutation: reason, remedy, column and value; None where nothing speaks against it."""
    words, remedy = _known()[1], "write Somatic there if it is a mutation"
    written = row.get("status", "")
    status = written.replace("_", " ").casefold()
    if status in words["wild_type"]:
        return f"{WILD_TYPE}: it is no mutation", remedy, "Mutation_Status", written
    if status in words["no_mutation"]:
        return f"Mutation_Status is {written}: it is no mutation that was found", remedy, "Mutation_Status", written
    if status in words["loss_of_heterozygosity"]:
        return (
            f"Mutation_Status is {written}: a loss of heterozygosity is no mutation",
            remedy,
            "Mutation_Status",
            written,
        )
    if status in words["of_rna"]:
        return f"Mutation_Status is {written}: the change is of the RNA alone", remedy, "Mutation_Status", written
    if row.get("validation", "").casefold() in words["invalid"]:
        rule = f"Validation_Status is {row['validation']}: another method did not find the mutation"
        return rule, "take the row out, or correct the status", "Validation_Status", row["validation"]
    told = row.get("filter")
    if told is not None and told.casefold() not in words["passed"]:
        rule = f"a filter refused it ({told}), and the file lists it all the same: whether it is a finding is not said"
        return rule, "write PASS there if it is a finding, or take the row out", "FILTER", told
    second, reference = row.get("second_allele"), row.get("reference_allele")
    if second is not None and second == reference and row.get("first_allele", reference) == reference:
        rule = "both alleles of the sample are that of the reference: it is no mutation"
        return rule, "correct the alleles, or take the row out", "Tumor_Seq_Allele2", second
    return None


def _date(number: int, patient: str, row: dict[str, str], known: date | None, gathered: Gathered) -> date | None:
    written = row.get("sample_date")
    if written is None:
        return known
    try:
        return date.fromisoformat(written)
    except ValueError:
        gathered.not_used(
            number,
            patient,
            "sample_date",
            written,
            f"{written} is not a date",
            "write it as 2024-05-03 (year, month, day)",
        )
        return known


def _either(row: dict[str, str], name: str, yes: str, no: str) -> bool | None:
    words, written = _known()[1], row.get(name, "").replace("_", " ").casefold()
    if written in words[yes]:
        return True
    return False if written in words[no] else None


def _number(number: int, patient: str, row: dict[str, str], name: str, gathered: Gathered) -> float | None:
    written = row.get(name)
    if written is None:
        return None
    try:
        value = float(written)
    except ValueError:
        value = -1.0
    if value >= 0:
        return value
    gathered.not_used(number, patient, name, written, f"{written} is not a number from 0", "write a plain number")
    return None


def _vaf(number: int, patient: str, row: dict[str, str], gathered: Gathered) -> float | None:
    """The variant allele fraction as written (a percentage only with its sign), else from the reads."""
    written = row.get("vaf")
    if written is not None:
        percent = written.endswith("%")
        try:
            value = float(written.rstrip("% ")) / (100 if percent else 1)
        except ValueError:
            value = -1.0
        if 0 <= value <= 1:
            return value
        gathered.not_used(
            number,
            patient,
            "vaf",
            written,
            f"{written} is not a fraction from 0 to 1",
            "write a fraction (0.35) or a percentage with its sign (35%)",
        )
        return None
    alternate = _number(number, patient, row, "alternate_reads", gathered)
    reference = _number(number, patient, row, "reference_reads", gathered)
    total = _number(number, patient, row, "total_reads", gathered)
    if total is None and alternate is not None and reference is not None:
        total = alternate + reference
    if alternate is None or (total is not None and alternate > total):
        if alternate is not None and total is not None:
            rule = f"{alternate:g} of {total:g} reads cannot be: the fraction is not known"
            gathered.not_used(number, patient, "alternate_reads", row["alternate_reads"], rule, "correct the reads")
        return None
    if total is None:
        return 0.0 if alternate == 0 else None
    if total == 0:
        return None
    gathered.guess("the variant allele fraction was computed from the reads: alternate / all")
    return alternate / total

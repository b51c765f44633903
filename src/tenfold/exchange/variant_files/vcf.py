"""Variant Call Format whose consequences are annotated (VEP's CSQ or SnpEff's ANN), plain or gzip, any samples.

Traps: a record may hold several alleles and several samples, each read on its own; one of them may be a tumour's matched
normal, and only some headers say which; a sample that does not carry an allele (0/0) gives no variant, a sample without a call (./.) is reported, not taken for one without; what the caller's
own filter refused is set aside; the alleles themselves are not translated, so that a file without annotation is refused.

VCF 4.3, https://samtools.github.io/hts-specs/VCFv4.3.pdf
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from tenfold.exchange.variant_files.annotation import Annotation, Annotator, annotator, of_allele
from tenfold.exchange.variant_files.report import (
    Gathered,
    Report,
    Samples,
    VariantFileNotUnderstood,
    lines_of,
    opened,
)
from tenfold.exchange.variant_files.symbols import read_symbol

FIXED = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
PASSED = frozenset({"PASS", ".", ""})
MAPPED = {
    "patient_id": ("the sample's column",),
    "gene": ("SYMBOL or Gene_Name of the annotation",),
    "hgvs_c": ("HGVSc or HGVS.c",),
    "hgvs_p": ("HGVSp or HGVS.p",),
    "kind": ("Consequence or Annotation",),
    "vaf": ("AF", "VAF", "AD", "FREQ"),
    "germline": ("INFO SOMATIC, INFO GERMLINE",),
}
TANDEM = {"<DUP:TANDEM>": "tandem duplication", "<DUP>": "duplication", "<INS>": "insertion"}


@dataclass(frozen=True)
class _Record:
    """One line of a VCF."""

    line: int
    place: str
    ref: str
    alts: list[str]
    filter: str
    info: dict[str, str]
    calls: list[dict[str, str]]


def read_vcf(
    path: Path | str,
    patients: Mapping[str, str] | None = None,
    dates: Mapping[str, date] | None = None,
    filtered_too: bool = False,
) -> tuple[pl.DataFrame, Report]:
    """The variants of an annotated VCF and what became of each record.

    Without `patients` (sample name -> patient id) the sample's name is the patient's id; with it, only the samples in
    it are read and the others are named in the notes (a matched normal, say). `dates`: sample name -> date of sampling.
    `filtered_too` keeps records that the caller's filter refused. VariantFileNotUnderstood where the header, the
    samples or the annotation are missing.
    """
    path = Path(path)
    gathered = Gathered(path.name)
    read = 0
    with opened(path) as text:
        lines = lines_of(text, path.name)
        header, columns = _header(lines, path.name)
        by = annotator(header)
        if by is None:
            raise VariantFileNotUnderstood(
                f"{path.name} has no annotated consequences: no INFO line for CSQ or ANN; annotate it with Ensembl VEP "
                "(--vcf --hgvs --symbol) or SnpEff first"
            )
        names = columns[len(FIXED) + 1 :]
        normal = _normals(header, names) if patients is None else ()
        known = names if patients is None else patients
        wanted = {place: name for place, name in enumerate(names) if name in known and name not in normal}
        if not wanted:
            raise VariantFileNotUnderstood(
                f"{path.name} holds no sample to read: its samples are {', '.join(names) or 'none'}"
            )
        samples = Samples(patients, dates)
        for number, line in lines:
            if not line.strip():
                continue
            read += 1
            cells = line.split("\t")
            if len(cells) != len(columns):
                gathered.set_aside(
                    number,
                    None,
                    f"the record has {len(cells)} columns, the header {len(columns)}",
                    "write the record out again from the caller",
                )
                continue
            _read_record(_record(number, cells), by, wanted, samples, filtered_too, gathered)
    frame = gathered.frame()
    others = [name for place, name in enumerate(names) if place not in wanted and name not in normal]
    notes = [f"read by {by.key}; fields: {', '.join(by.places)}"]
    if patients is None:
        notes.append("the sample's name serves as the patient's id unless a list of patients is given")
    if normal:
        notes.append(f"the matched normal of a tumour is not read: {', '.join(normal)}")
    if patients is None and len(wanted) > 1:
        several = ", ".join(wanted.values())
        notes.append(
            f"each of {several} is taken for a patient of their own; if one is the matched normal of another, or two are of one "
            "patient, give a list of patients"
        )
    if others:
        notes.append(f"samples not read, because they are not in the list of patients: {', '.join(others)}")
    report = Report(
        file=path.name,
        format="VCF",
        rows_read=read,
        variants=frame.height,
        mapped=MAPPED,
        guessed=tuple(gathered.guessed),
        left=("ID", "QUAL", "every key of INFO but the annotation, SOMATIC and GERMLINE"),
        set_aside=gathered.fault_frame(),
        notes=tuple(notes),
        samples=tuple(wanted.values()),
    )
    return frame, report


def _normals(header: list[str], names: list[str]) -> tuple[str, ...]:
    """The samples that are a tumour's matched normal: those that Mutect2's header names, or that callers call NORMAL."""
    told = {line.partition("=")[2].strip() for line in header if line.startswith("##normal_sample=")}
    found = [name for name in names if name in told or name.casefold() == "normal"]
    return tuple(found) if len(found) < len(names) else ()


def _header(lines: Iterator[tuple[int, str]], file: str) -> tuple[list[str], list[str]]:
    header: list[str] = []
    for number, line in lines:
        if line.startswith("##"):
            header.append(line)
            continue
        columns = line.split("\t")
        if tuple(columns[: len(FIXED)]) != FIXED:
            raise VariantFileNotUnderstood(
                f"{file} line {number} is not the header of a VCF: expected {' '.join(FIXED)}, found {line[:60]}"
            )
        if len(columns) <= len(FIXED) + 1:
            raise VariantFileNotUnderstood(f"{file} has no samples: whose the variants are is not told")
        return header, columns
    raise VariantFileNotUnderstood(f"{file} has no #CHROM line: it is empty, or not a VCF")


def _record(line: int, cells: list[str]) -> _Record:
    info = dict(part.partition("=")[::2] for part in cells[7].split(";"))
    keys = cells[8].split(":")
    # Trailing values of a sample may be left out.
    calls = [dict(zip(keys, cell.split(":"), strict=False)) for cell in cells[9:]]
    return _Record(line, f"{cells[0]}:{cells[1]}", cells[3], cells[4].split(","), cells[6], info, calls)


def _read_record(
    record: _Record,
    by: Annotator,
    wanted: Mapping[int, str],
    samples: Samples,
    filtered_too: bool,
    gathered: Gathered,
) -> None:
    if record.filter not in PASSED and not filtered_too:
        gathered.set_aside(
            record.line,
            None,
            f"refused by the caller's filter: {record.filter}",
            "read it with filtered_too if it matters",
            "FILTER",
            record.place,
        )
        return
    for number, alt in enumerate(record.alts, start=1):
        if alt in (".", "*", "<NON_REF>", "<*>"):
            continue
        found = of_allele(by, record.info.get(by.key, ""), record.ref, alt, number)
        inside = [annotation for annotation in found if not annotation.outside]
        if not inside:
            rule = (
                "no gene is annotated" if not found else f"the variant is {found[0].kind}, outside what is translated"
            )
            gathered.set_aside(
                record.line, None, rule, "enter it by hand if it matters", by.key, f"{record.place} {alt}"
            )
            continue
        for place, name in wanted.items():
            _read_call(record, alt, number, inside, record.calls[place], name, samples, gathered)


def _read_call(
    record: _Record,
    alt: str,
    number: int,
    found: list[Annotation],
    call: dict[str, str],
    name: str,
    samples: Samples,
    gathered: Gathered,
) -> None:
    patient = samples.patient(name)
    vaf = _fraction(call, number)
    carried = _carried(call, number, vaf)
    if carried is None:
        gathered.set_aside(
            record.line,
            patient,
            f"sample {name} has no call here: not known, which is not the same as not mutated",
            "look at the reads, or test again",
            "GT",
            f"{record.place} {alt}",
        )
    if not carried:
        return
    for annotation in found:
        symbol = read_symbol(annotation.gene)
        if symbol.guessed:
            gathered.guess(f"the gene {annotation.gene} was read as {symbol.gene}")
        gathered.rows.append(
            {
                "patient_id": patient,
                "sample_date": samples.date(name),
                "gene": symbol.gene,
                "hgvs_c": annotation.hgvs_c,
                "hgvs_p": annotation.hgvs_p,
                "kind": TANDEM.get(alt, annotation.kind),
                "vaf": vaf,
                "germline": False if "SOMATIC" in record.info else True if "GERMLINE" in record.info else None,
            }
        )


def _carried(call: dict[str, str], number: int, vaf: float | None) -> bool | None:
    """Whether a sample carries an allele: by its genotype, else by its reads; None where neither tells."""
    alleles = call.get("GT", "").replace("|", "/").split("/")
    if str(number) in alleles:
        return True
    if any(allele.isdigit() for allele in alleles):
        return None if "." in alleles else False
    return None if vaf is None else vaf > 0


def _fraction(call: dict[str, str], number: int) -> float | None:
    """The variant allele fraction that a sample states (AF, VAF, FREQ), else alternate reads over all (AD)."""
    for key in ("AF", "VAF", "FREQ"):
        values = call.get(key, ".").split(",")
        if len(values) >= number:
            value = _as_fraction(values[number - 1])
            if value is not None:
                return value
    depths = call.get("AD", ".").split(",")
    if "RD" in call and len(depths) == 1:
        depths = [call["RD"], *depths]
    if len(depths) <= number or not all(depth.isdigit() for depth in depths):
        return None
    total = sum(int(depth) for depth in depths)
    return int(depths[number]) / total if total else None


def _as_fraction(text: str) -> float | None:
    try:
        value = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None

"""What became of a variant file: what was mapped, what was guessed, what was left, and which rows were set aside and why."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TextIO

import polars as pl

from tenfold.exchange.limits import LARGEST_TEXT, bounded_lines, most_unpacked
from tenfold.records.faults import Fault, Used, fault_frame, no_faults
from tenfold.records.laboratory_tables import VARIANTS

GZIP = b"\x1f\x8b"
WILD_TYPE = "Mutation_Status calls it wild type"
HARMLESS = ("refused by the caller's filter", "the variant is ", "no gene is annotated", WILD_TYPE)
"""How the reasons begin for which a record is set aside that leaves no gene in doubt."""
DECIDES = "it decides which rows are variants"
ASKED = {
    "sample": "patient_id",
    "origin": "germline",
    "alternate_reads": "vaf",
    "reference_reads": "vaf",
    "total_reads": "vaf",
}
"""What the readers ask for under another name than that of the column of the variants table."""


class VariantFileNotUnderstood(ValueError):
    """A file that cannot be read as variants at all: says what was expected, what was found, and what to do."""


@dataclass(frozen=True)
class Report:
    """What a reader did with one file.

    `mapped`: column of the variants table -> where its values came from; `guessed`: what was taken without being named
    outright; `left`: columns of the file that were not used; `set_aside`: a frame of faults, one for each record (or
    sample of a record) that gave no variant, and for each value that was not used; `notes`: what else is worth knowing;
    `samples`: those of a VCF that were read.
    """

    file: str
    format: str
    rows_read: int
    variants: int
    mapped: Mapping[str, tuple[str, ...]]
    guessed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    set_aside: pl.DataFrame = field(default_factory=no_faults)
    notes: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()

    def targets(self) -> dict[str, str]:
        """Column of the file -> the columns of the variants table that it goes into; empty where it only decides on rows."""
        found: dict[str, dict[str, None]] = {}
        for into, sources in self.mapped.items():
            for source in sources:
                name = ASKED.get(into, into)
                found.setdefault(source, {}).update({f"variants.{name}": None} if name in VARIANTS else {})
        return {source: " and ".join(names) for source, names in found.items()}

    def reasons(self) -> pl.DataFrame:
        """The reasons for which rows were set aside or values not used, with how often each, the most frequent first."""
        counted = self.set_aside.group_by("rule", "used").len("times")
        return counted.sort(["times", "rule"], descending=[True, False])


@dataclass
class Gathered:
    """Variants and faults as they are read, until they become frames."""

    file: str
    rows: list[dict[str, object]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    guessed: dict[str, None] = field(default_factory=dict)

    def set_aside(
        self,
        line: int,
        patient: str | None,
        rule: str,
        remedy: str,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """A record that gives no variant."""
        self.faults.append(Fault(self.file, line, patient, column, value, rule, remedy, Used.ROW_SET_ASIDE))

    def not_used(self, line: int, patient: str | None, column: str, value: str, rule: str, remedy: str) -> None:
        """A value that is not used; its record is kept without it."""
        self.faults.append(Fault(self.file, line, patient, column, value, rule, remedy, Used.KEPT))

    def guess(self, sentence: str) -> None:
        """Something taken without being named outright; said once."""
        self.guessed[sentence] = None

    def frame(self) -> pl.DataFrame:
        """The variants, in the columns of the variants table."""
        return pl.DataFrame(self.rows, schema=VARIANTS.schema("calendar"), orient="row")

    def fault_frame(self) -> pl.DataFrame:
        """The faults, in the order of the file."""
        return fault_frame(self.faults)


@dataclass(frozen=True)
class Samples:
    """Whose sample is whose: `patients` maps the file's sample names to patient ids, `dates` to dates of sampling.

    Without `patients` a sample's name serves as the patient's id.
    """

    patients: Mapping[str, str] | None = None
    dates: Mapping[str, date] | None = None

    def patient(self, sample: str) -> str | None:
        """The patient's id, or None where the sample is not in the list given."""
        return sample if self.patients is None else self.patients.get(sample)

    def date(self, sample: str) -> date | None:
        """The date of sampling where it is known."""
        return None if self.dates is None else self.dates.get(sample)


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The file as text, unpacked if it is gzip (told by its first bytes, not by its name); any line end is read."""
    if not path.is_file():
        raise VariantFileNotUnderstood(f"{path} is not there, or is a folder: name one file")
    with path.open("rb") as raw:
        packed = raw.read(2) == GZIP
    # utf-8-sig: files saved by Excel begin with a byte order mark.
    if packed:
        with gzip.open(path, "rt", encoding="utf-8-sig", errors="replace") as text:
            yield text
    else:
        with path.open("r", encoding="utf-8-sig", errors="replace") as text:
            yield text


def lines_of(text: TextIO, file: str) -> Iterator[tuple[int, str]]:
    """Number and text of each line. A packed file that breaks off is said to, and one without an end is not read on."""
    number = 0
    buffer = getattr(text, "buffer", None)
    packed = isinstance(buffer, gzip.GzipFile)
    try:
        size = os.fstat(buffer.fileno()).st_size if packed and buffer is not None else 0
        for number, line in bounded_lines(text, file, most=most_unpacked(size) if packed else LARGEST_TEXT):
            yield number, line
    except ValueError as fault:
        raise VariantFileNotUnderstood(str(fault)) from fault
    except (EOFError, OSError, zlib.error) as fault:
        raise VariantFileNotUnderstood(
            f"{file} breaks off after line {number}: it is not a whole gzip file; fetch it again"
        ) from fault

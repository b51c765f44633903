"""A study folder as it stands: its meta files, and the tab-separated files that they name.

Every file is UTF-8; lines that begin with ``#`` above a clinical file's header give its attributes' display names,
descriptions, types and priorities. There are no quotes: a cell is what stands between two tabs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from tenfold.exchange.cbioportal.words import OWN, OWN_FORMAT, missing, unescaped
from tenfold.exchange.limits import MB, checked_size
from tenfold.records.faults import Fault, Used, file_fault

MARKER = "cancer_study_identifier"
SMALL_TEXT = MB
KNOWN_NAMES = {
    "data_clinical_patient.txt": ("CLINICAL", "PATIENT_ATTRIBUTES"),
    "data_clinical_patients.txt": ("CLINICAL", "PATIENT_ATTRIBUTES"),
    "data_clinical_sample.txt": ("CLINICAL", "SAMPLE_ATTRIBUTES"),
    "data_clinical_samples.txt": ("CLINICAL", "SAMPLE_ATTRIBUTES"),
    "data_mutations.txt": ("MUTATION_EXTENDED", "MAF"),
    "data_mutations_extended.txt": ("MUTATION_EXTENDED", "MAF"),
    "data_gene_panel_matrix.txt": ("GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX"),
    "data_sv.txt": ("STRUCTURAL_VARIANT", "SV"),
}
"""What a data file is where no meta file says so."""


@dataclass(frozen=True)
class Cells:
    """A tab-separated file: its header, its rows with their lines, and what was said of its columns above the header."""

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    described: Mapping[str, str] = field(default_factory=dict)

    def filled(self, heading: str) -> int:
        """How many rows have a value under a heading."""
        return sum(row.get(heading, "").strip().casefold() not in missing() for _, row in self.rows)


@dataclass(frozen=True)
class Study:
    """A study folder: what its meta files say, and its data files by kind (alteration type, datatype)."""

    folder: Path
    about: Mapping[str, str]
    data: Mapping[tuple[str, str], tuple[Path, ...]]
    own: Mapping[str, Any] | None = None
    """What Tenfold wrote beside a study of its own; None for another's."""

    def of(self, alteration: str, datatype: str) -> tuple[Path, ...]:
        """The data files of a kind, by name."""
        return self.data.get((alteration, datatype), ())

    def cell(self, text: str) -> str | None:
        """What a cell says; None for not known. In a study of our own only an empty cell does."""
        if self.own is not None:
            return unescaped(text) or None
        bare = text.strip()
        return None if bare.casefold() in missing() else bare


def recognises(path: Path) -> bool:
    """Whether a path is a study folder: its meta file, or a clinical file of that name with its key column, says so."""
    try:
        if not path.is_dir():
            return False
        meta = path / "meta_study.txt"
        if meta.is_file():
            return any(line.startswith(MARKER) for line in _beginning(meta).splitlines())
        return any(
            line.startswith(("PATIENT_ID\t", "SAMPLE_ID\t")) or "\tPATIENT_ID\t" in line
            for name in ("data_clinical_patient.txt", "data_clinical_sample.txt")
            if (path / name).is_file()
            for line in _beginning(path / name).splitlines()[:6]
        )
    except OSError:
        return False


def _beginning(path: Path) -> str:
    with path.open("rb") as raw:
        return raw.read(SMALL_TEXT).decode("utf-8", "replace")


def open_study(folder: Path) -> tuple[Study, list[Fault]]:
    """The files of a study folder. FileNotFoundError if it is none; faults for meta files that cannot be used."""
    if not recognises(folder):
        raise FileNotFoundError(
            f"{folder} is not a cBioPortal study: it has neither a meta_study.txt with a {MARKER} nor a "
            "data_clinical_patient.txt or data_clinical_sample.txt with a PATIENT_ID; name the study's folder"
        )
    faults: list[Fault] = []
    about: Mapping[str, str] = {}
    found: dict[tuple[str, str], set[Path]] = {}
    named: set[str] = set()
    for path in sorted(folder.iterdir()):
        if not path.is_file() or not path.name.startswith("meta_") or path.suffix != ".txt":
            continue
        fields = meta_fields(path)
        if path.name == "meta_study.txt":
            about = fields
            continue
        name = fields.get("data_filename", "")
        kind = (fields.get("genetic_alteration_type", ""), fields.get("datatype", ""))
        if not name:
            continue
        if Path(name).name != name:
            faults.append(
                file_fault(path.name, f"it names a file outside the study, {name}", "name a file of the folder")
            )
        elif not (folder / name).is_file():
            faults.append(file_fault(path.name, f"the file {name} that it names is not there", "add it to the folder"))
        else:
            found.setdefault(kind, set()).add(folder / name)
            named.add(name)
    for path in sorted(folder.iterdir()):
        unnamed_kind = _kind_by_name(path.name)
        if unnamed_kind is not None and path.is_file() and path.name not in named:
            found.setdefault(unnamed_kind, set()).add(path)
    data = {kind: tuple(sorted(paths)) for kind, paths in sorted(found.items())}
    return Study(folder, about, data, _own(folder, faults)), faults


def _kind_by_name(name: str) -> tuple[str, str] | None:
    if name.startswith("data_timeline") and name.endswith(".txt"):
        return ("CLINICAL", "TIMELINE")
    return KNOWN_NAMES.get(name)


def _own(folder: Path, faults: list[Fault]) -> Mapping[str, Any] | None:
    path = folder / OWN
    if not path.is_file():
        return None
    try:
        checked_size(path, SMALL_TEXT)
        read = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError) as error:
        faults.append(
            file_fault(
                OWN, f"it cannot be read ({error})", "write the study again; until then no table counts as complete"
            )
        )
        return None
    return read if read.get("format") == OWN_FORMAT else None


def meta_fields(path: Path) -> dict[str, str]:
    """The fields of a meta file: ``name: value``, one a line."""
    checked_size(path, SMALL_TEXT)
    fields = {}
    for line in path.read_text("utf-8-sig", errors="replace").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields[name.strip()] = value.strip()
    return fields


def read_cells(path: Path) -> tuple[Cells | None, list[Fault]]:
    """A tab-separated file, and the faults of its rows; None and one fault where it cannot be used at all."""
    checked_size(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None, [file_fault(path.name, "the file is not in UTF-8", "save the file again in UTF-8")]
    above: list[list[str]] = []
    header: list[str] | None = None
    rows: list[tuple[int, dict[str, str]]] = []
    faults: list[Fault] = []
    for number, line in enumerate(StringIO(text, newline=None), 1):
        bare = line.rstrip("\n")
        if header is None:
            if bare.startswith("#"):
                above.append(bare[1:].split("\t"))
            elif bare.strip():
                header = [name.strip() for name in bare.split("\t")]
                twice = sorted({name for name in header if header.count(name) > 1})
                if twice:
                    rule = f"the column {twice[0]} stands twice: which is meant is not known"
                    return None, [file_fault(path.name, rule, "take one of them out", column=twice[0])]
            continue
        if not bare.strip():
            continue
        cells = bare.split("\t")
        if len(cells) != len(header):
            rule = f"the row has {len(cells)} cells, the header has {len(header)}"
            remedy = "give the row its missing cells, or take the surplus ones out"
            faults.append(Fault(path.name, number, None, None, bare[:200], rule, remedy, Used.ROW_SET_ASIDE))
            continue
        rows.append((number, dict(zip(header, cells, strict=True))))
    if header is None:
        return None, [file_fault(path.name, "the file has no header", "export the file again")]
    described = {
        name: " ".join(line[i].strip() for line in above[:2] if i < len(line)) for i, name in enumerate(header)
    }
    return Cells(path.name, tuple(header), tuple(rows), described if len(above) >= 2 else {}), faults

"""The formats that records come in and go out in, and which of them a path is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tenfold.exchange.converted import Converted, Written
from tenfold.exchange.unrecognised import unrecognised
from tenfold.records.reading import DELIMITED, SPREADSHEETS, read
from tenfold.records.registry import Registry

OTHER_TABLES = (*DELIMITED, *SPREADSHEETS, ".parquet")
DRAFT = "If its files are tables of another shape: tenfold convert {folder} {mapping} --guess drafts a mapping by which they are read"


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, what it is in words, and the module of this room that reads and writes it.

    The module has `recognises(path) -> bool`, which looks at no more than it must, `read_records(path) -> Converted`, and,
    where `writes`, `write_records(registry, path) -> Written`. It is loaded when it is asked for.
    """

    name: str
    title: str
    module: str
    writes: bool = False

    def recognises(self, path: Path) -> bool:
        """Whether a path is of this format."""
        return bool(self._call("recognises")(path))

    def read(self, path: Path) -> Converted:
        """Read a path of this format. ValueError, FileNotFoundError where it cannot be read at all."""
        found: Converted = self._call("read_records")(path)
        return found

    def write(self, registry: Registry, path: Path) -> Written:
        """Write records. ValueError where the format is only read, or the path holds something already."""
        if not self.writes:
            raise ValueError(f"{self.title} is read, not written")
        made: Written = self._call("write_records")(registry, path)
        return made

    def _call(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(import_module(f"tenfold.exchange.{self.module}"), name)
        return found


OWN = ("tables", "parquet")
"""A folder of our own tables, as CSV or Parquet."""

FORMATS: tuple[Format, ...] = (
    Format("mapped", "a folder of any tables with a tenfold-mapping.toml that says which column is which", "mapping"),
    Format("cbioportal", "a study folder of cBioPortal", "cbioportal", writes=True),
    Format("beataml", "Beat AML 2.0, the release as published", "beataml"),
    Format("redcap", "a REDCap project made from our data dictionary, as CSV", "redcap", writes=True),
    Format("fhir", "FHIR R4 in JSON: a Bundle, resources one a line, or a folder of them", "fhir", writes=True),
    Format("omop", "OMOP CDM 5.4: DuckDB, a folder of CSV or Parquet, PostgreSQL by *.omop.toml", "omop", writes=True),
    Format("phenopackets", "GA4GH Phenopackets 2 in JSON: packets, or a Cohort", "phenopackets", writes=True),
    Format("workbook", "a workbook (xlsx, ods) whose sheets are named after our tables", "workbook", writes=True),
    Format("variants", "a MAF, or a VCF annotated by VEP or SnpEff", "variant_records"),
)


def format_named(name: str) -> Format:
    """The format of a name. LookupError naming those there are."""
    for one in FORMATS:
        if one.name == name:
            return one
    raise LookupError(f"no format is called {name}; there are {', '.join((*OWN, *(one.name for one in FORMATS)))}")


def recognised(path: Path) -> Format | None:
    """The format of a path; None for a folder of our own tables, or nothing that is known."""
    return next((one for one in FORMATS if one.recognises(path)), None)


def open_records(path: str | Path) -> Converted:
    """Read records of any format. FileNotFoundError or ValueError where that cannot be done, with what to do."""
    place = Path(path)
    found = recognised(place) if place.exists() else None
    if found is not None:
        return found.read(place)
    if place.exists() and not place.is_dir():
        raise ValueError(unrecognised(place))
    try:
        return Converted(read(place), "tables")
    except ValueError as error:
        if place.is_dir() and any(entry.suffix.lower() in OTHER_TABLES for entry in place.iterdir()):
            said = DRAFT.format(folder=place, mapping=place / "tenfold-mapping.toml")
            raise ValueError(f"{error}. {said}") from error
        raise


def read_as(path: str | Path, name: str) -> Converted:
    """Read records as the format of a name; `tables` and `parquet` are a folder of our own tables.

    LookupError naming the formats there are; FileNotFoundError or ValueError where it cannot be read as that.
    """
    place = Path(path)
    found = None if name in OWN else format_named(name)
    if not place.exists() and ":/" not in str(path):
        raise FileNotFoundError(f"there is no file or folder {place}")
    if found is None:
        return Converted(read(place), "tables")
    if name == "mapped" and not found.recognises(place):
        raise FileNotFoundError(
            f"{place} is no folder that holds a tenfold-mapping.toml: put the mapping into it, or name one with --mapping"
        )
    return found.read(place)

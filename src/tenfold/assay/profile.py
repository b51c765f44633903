"""The laboratory profile: which assay each target name stands for, its control materials, and every number it sets.

A profile is one TOML file: `[profile]` (name, laboratory), `[[target]]` (name, marker, perhaps assay and kind),
`[[control_gene]]` (name, gene), `[[control_material]]` (name, marker, low, high in % of the control gene),
`[[stored_curve]]` (target, slope, intercept, source), `[[alignment]]`, and settings by section (`[assay]`, `[mrd]`).
Without a file, target names are read as they stand: ABL is ABL1, GUS is GUSB, the rest must be known markers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from tenfold.records.names import known_names
from tenfold.records.nearest import nearest
from tenfold.records.shape import Kind
from tenfold.settings import DEFAULTS, Settings, parsed
from tenfold.vocabulary import ControlGene

CONTROL_GENE_NAMES: dict[str, ControlGene] = {
    **dict.fromkeys(("ABL", "ABL1", "CABL", "CABL1"), ControlGene.ABL1),
    **dict.fromkeys(("GUS", "GUSB"), ControlGene.GUSB),
    **dict.fromkeys(("B2M", "BETA2M", "B2MICROGLOBULIN", "BETA2MICROGLOBULIN"), ControlGene.B2M),
}
ENTRIES = ("target", "control_gene", "control_material", "stored_curve", "alignment")
"""The sections of a profile that may stand in it several times, in double brackets."""
LEAST_COPIES = {
    ControlGene.ABL1: "mrd.control_copies_for_negative",
    ControlGene.GUSB: "assay.gusb_copies_for_negative",
    ControlGene.B2M: "assay.b2m_copies_for_negative",
}
"""The setting that holds how many copies of each control gene a negative needs."""


@dataclass(frozen=True)
class Target:
    """What a target name of the run stands for; `kind` is the transcript or mutation type that the primers amplify."""

    name: str
    marker: str
    assay: str | None = None
    kind: str | None = None


@dataclass(frozen=True)
class ControlMaterial:
    """A control sample of known level: between `low` and `high`, in percent of the control gene."""

    name: str
    marker: str
    low: float
    high: float


@dataclass(frozen=True)
class StoredCurve:
    """A standard curve of an earlier run, for runs that carry no standards of that target."""

    target: str
    slope: float
    intercept: float
    source: str


@dataclass(frozen=True)
class Profile:
    """A laboratory's profile; `origin` is the file it was read from."""

    name: str
    laboratory: str | None
    origin: str
    settings: Settings = DEFAULTS
    targets: tuple[Target, ...] = ()
    control_genes: Mapping[str, ControlGene] = field(default_factory=dict)
    control_materials: tuple[ControlMaterial, ...] = ()
    stored_curves: tuple[StoredCurve, ...] = ()

    def control_gene(self, target: str) -> ControlGene | None:
        """The control gene that a target name stands for; None if it stands for none."""
        return self.control_genes.get(plain(target)) or CONTROL_GENE_NAMES.get(plain(target))

    def target(self, name: str) -> Target | None:
        """What a target name stands for: as the profile says, else the known marker that it spells; None if neither."""
        for target in self.targets:
            if plain(target.name) == plain(name):
                return target
        if self.control_gene(name) is not None:
            return None
        for marker, kind in _spelled(name):
            if known_names(Kind.MARKER, pl.Series([marker])):
                return Target(name, marker, kind=kind)
        return None

    def least_control_copies(self, gene: ControlGene) -> float:
        """How many copies of a control gene a negative needs; 0 where no number is known."""
        return float(self.settings[LEAST_COPIES[gene]])

    def changed(self) -> list[tuple[str, Any, str]]:
        """The settings of a run that differ from the defaults: (name, value, unit)."""
        return [
            (name, entry.value, entry.unit)
            for name, entry in self.settings.entries.items()
            if entry.value != DEFAULTS[name]
        ]


DEFAULT = Profile("Tenfold's defaults", None, "as shipped")
"""What is used where a laboratory gives no profile."""


def plain(name: str) -> str:
    """A target name without case and punctuation, for comparing."""
    return "".join(letter for letter in name.upper() if letter.isalnum())


def _spelled(name: str) -> Iterator[tuple[str, str | None]]:
    """The markers that a target name may spell, each with the type that follows it: NPM1 A, PML-RARA bcr1, NPM1-mutA."""
    words = name.replace("::", " ").replace("-", " ").replace("_", " ").replace("/", " ").split()
    yield name.strip(), None
    if len(words) >= 2:
        yield "::".join(words[:2]), " ".join(words[2:]) or None
        # What follows a gene may be a partner that is not known here; only what is plainly a type is read as one.
        if len(words[1]) == 1 or words[1].lower().startswith(("mut", "type")):
            yield words[0], " ".join(words[1:])


def read_profile(path: str | Path) -> Profile:
    """Read a profile. OSError if it cannot be opened; ValueError or KeyError in words for what cannot stand."""
    sections = parsed(Path(path).read_text("utf-8-sig"))
    _refuse_unknown_sections(sections)
    heading = sections.pop("profile", {})
    if not isinstance(heading, dict) or not str(heading.get("name", "")).strip():
        raise ValueError('the file must begin with [profile] and name = "..."; the report prints it')
    if unknown := set(heading) - {"name", "laboratory"}:
        raise ValueError(f"[profile] has {', '.join(sorted(unknown))}; it may have name and laboratory")
    targets = _entries(sections.pop("target", []), "target", Target)
    _refuse_unknown_markers(targets)
    genes = {}
    for entry in sections.pop("control_gene", []):
        if not isinstance(entry, dict) or set(entry) != {"name", "gene"} or entry["gene"] not in set(ControlGene):
            raise ValueError(f"[[control_gene]] needs name and gene ({', '.join(ControlGene)}); it has {entry!r}")
        genes[plain(entry["name"])] = ControlGene(entry["gene"])
    materials = _entries(sections.pop("control_material", []), "control_material", ControlMaterial)
    for material in materials:
        if not 0 <= material.low <= material.high:
            raise ValueError(f"[[control_material]] {material.name}: low must be 0 or more and not above high")
    curves = _entries(sections.pop("stored_curve", []), "stored_curve", StoredCurve)
    for curve in curves:
        if not (curve.slope < 0 and math.isfinite(curve.slope) and math.isfinite(curve.intercept)):
            raise ValueError(f"[[stored_curve]] {curve.target}: the slope must be below 0, and both numbers finite")
    settings = DEFAULTS.with_sections(sections, str(path))
    if settings["assay.replicates_positive"] > settings["assay.replicates"]:
        raise ValueError("[assay] replicates_positive is more than replicates: no sample could be positive")
    _refuse_twice([*(plain(target.name) for target in targets), *genes])
    return Profile(
        name=heading["name"],
        laboratory=heading.get("laboratory"),
        origin=str(path),
        settings=settings,
        targets=targets,
        control_genes=genes,
        control_materials=materials,
        stored_curves=curves,
    )


def _refuse_unknown_sections(sections: Mapping[str, Any]) -> None:
    """Refuse a section that a profile does not have, before its content is taken for settings."""
    settings = {name.partition(".")[0] for name in DEFAULTS.entries}
    for name, content in sections.items():
        if not isinstance(content, dict | list) or name in {"profile", *ENTRIES, *settings}:
            continue
        written = f"[[{name}]]" if isinstance(content, list) else f"[{name}]"
        meant = nearest(name, ENTRIES)
        remedy = f"write [[{meant}]] if that is what it means" if meant else f"there are [[{']], [['.join(ENTRIES)}]]"
        raise ValueError(f"{written} is no section of a profile; {remedy}")


Entry = TypeVar("Entry", Target, ControlMaterial, StoredCurve)


def _entries(given: Any, section: str, made: type[Entry]) -> tuple[Entry, ...]:
    """The entries of one [[section]] as dataclasses. ValueError in words for what is missing, unknown or of a wrong type."""
    kinds = {item.name: str(item.type) for item in fields(made)}
    needed = {name for name, kind in kinds.items() if "None" not in kind}
    read = []
    for entry in given if isinstance(given, list) else [given]:
        if not isinstance(entry, dict) or not needed <= set(entry) <= set(kinds):
            optional = ", ".join(sorted(set(kinds) - needed)) or "nothing else"
            raise ValueError(
                f"[[{section}]] needs {', '.join(sorted(needed))} and may have {optional}; it has {entry!r}"
            )
        for name, value in entry.items():
            number = kinds[name] == "float"
            if isinstance(value, bool) or not isinstance(value, int | float if number else str):
                raise ValueError(f"[[{section}]] {name} must be {'a number' if number else 'text'}, not {value!r}")
        read.append(made(**entry))
    return tuple(read)


def _refuse_twice(names: list[str]) -> None:
    """A name may stand for one thing only, case and punctuation aside."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name} is named more than once under [[target]] and [[control_gene]]; keep one")


def _refuse_unknown_markers(targets: tuple[Target, ...]) -> None:
    markers = [target.marker for target in targets]
    known = set(known_names(Kind.MARKER, pl.Series(markers, dtype=pl.String)))
    for target in targets:
        if target.marker not in known:
            raise ValueError(
                f"[[target]] {target.name}: {target.marker} is not a known marker; write NPM1, RUNX1::RUNX1T1 ..."
            )

"""What is known of genes as data: groups, thresholds, hotspots, the residues of regions, common polymorphisms.

``genes.toml`` and ``regions.toml`` carry the source of each entry, and say "unverified" where it was not checked.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tenfold.genetics.variants.protein import read_protein

PARTIAL_TANDEM_DUPLICATION = "KMT2A-PTD"


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of residues, both ends within it."""

    first: int
    last: int
    source: str

    def touches(self, first: int, last: int) -> bool:
        """Whether any residue from first to last lies in it."""
        return first <= self.last and last >= self.first

    def holds(self, first: int, last: int) -> bool:
        """Whether all residues from first to last lie in it."""
        return self.first <= first and last <= self.last


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("tenfold.genetics.variants") / name).read_text("utf-8"))


@cache
def _regions() -> dict[str, Any]:
    return _table("regions.toml")


@cache
def _genes() -> dict[str, Any]:
    return _table("genes.toml")


@cache
def region(gene: str, name: str) -> Region:
    """A named region of a gene's protein; KeyError if there is none."""
    return Region(**_regions()[gene][name])


@cache
def hotspots() -> dict[str, dict[int, str]]:
    """Gene -> codon that is mutated again and again -> its residue. Shown; no definition but IDH's rests on them."""
    return {
        gene: {int(codon[1:]): codon[0] for codon in entry["codons"]} for gene, entry in _regions()["hotspots"].items()
    }


@cache
def myelodysplasia_related(edition: str) -> tuple[str, ...]:
    """The myelodysplasia-related genes of an edition: "ELN-2022" (nine, also the ICC's) or "WHO-2022" (eight)."""
    return tuple(_genes()["myelodysplasia_related"][edition]["genes"])


@cache
def feature_genes() -> tuple[str, ...]:
    """The genes that each patient's findings tell of, beside those with findings of their own."""
    return tuple(_genes()["features"]["genes"])


@cache
def predisposition_genes() -> frozenset[str]:
    """Genes in which an inherited variant predisposes to myeloid neoplasms."""
    return frozenset(_genes()["predisposition"]["genes"])


@cache
def mostly_germline_when_truncated() -> frozenset[str]:
    """Genes of which a truncating variant is nearly always inherited."""
    return frozenset(_genes()["suspected_germline"]["truncating"])


@cache
def suspected_germline_above() -> float:
    """The variant allele fraction above which a variant of a predisposition gene may be inherited."""
    return float(_genes()["suspected_germline"]["above"])


@cache
def tp53_threshold(name: str) -> float:
    """A threshold of TP53's variant allele fraction: at_least, loss_above_icc or loss_above_who."""
    return float(_genes()["TP53"][name])


@cache
def categories() -> dict[str, tuple[str, ...]]:
    """Category of function -> its genes, KMT2A-PTD among them. Membership is not verified."""
    return {category: tuple(genes) for category, genes in _genes()["categories"].items()}


@cache
def coding_polymorphisms() -> frozenset[tuple[str, str]]:
    """Common inherited variants by their change in the coding sequence: gene, and HGVS without a reference."""
    return frozenset((entry["gene"], entry["coding"]) for entry in _genes()["polymorphisms"] if "coding" in entry)


@cache
def polymorphisms() -> frozenset[tuple[str, str, int, int, str | None]]:
    """Common inherited variants: gene, effect, first and last residue, and the residue that comes in."""
    changes = [(entry["gene"], read_protein(entry["change"])) for entry in _genes()["polymorphisms"]]
    return frozenset(
        (gene, change.effect, change.start, change.end, change.inserted)
        for gene, change in changes
        if change.effect is not None and change.start is not None and change.end is not None
    )

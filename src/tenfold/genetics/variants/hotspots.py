"""At which codon a mutation sits, where the codon has a name of its own: IDH1 R132, IDH2 R140 and R172, SRSF2 P95.

Traps: IDH2 R140 and R172 are different diseases in several models; a text that names another residue at the codon
(IDH1 "p.A132V") was numbered on something else and is no hotspot. ELN 2022 counts any pathogenic SRSF2 or SF3B1
mutation, so their hotspots are only shown.
"""

from __future__ import annotations

from tenfold.genetics.variants.change import Change
from tenfold.genetics.variants.genes import hotspots
from tenfold.genetics.variants.protein import Effect

BY_CODON = ("IDH1", "IDH2")
"""Genes whose findings are told apart by codon."""


def hotspot(gene: str, change: Change) -> tuple[str | None, bool | None, str | None]:
    """The name of the hotspot ("R132") or None, whether the change is one (None where open), and a remark."""
    named = hotspots().get(gene)
    if named is None:
        return None, None, None
    if change.effect not in (None, Effect.MISSENSE):
        return None, False, None
    if change.codon is None:
        return None, None, None
    residue = named.get(change.codon)
    if residue is None:
        return None, False, None
    if change.residue is not None and change.residue != residue:
        return None, False, f"residue {change.codon} of {gene} is {residue}, not {change.residue}"
    return f"{residue}{change.codon}", True, None


def hotspot_finding(gene: str, change: Change) -> tuple[str, bool | None, str | None]:
    """The finding ("IDH1 R132", "SRSF2 P95", "TP53"), whether it is a hotspot, and a remark."""
    name, found, remark = hotspot(gene, change)
    if name is not None:
        return f"{gene} {name}", found, remark
    if gene in BY_CODON:
        return (f"{gene}, codon not known" if found is None else f"{gene} other"), found, remark
    return gene, found, remark

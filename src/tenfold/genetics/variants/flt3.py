"""What kind of FLT3 mutation: internal tandem duplication, D835 or I836 of the kinase domain, or an atypical one.

Traps: "FLT3 mutated" is not "FLT3-ITD" (VEN-PRS counts all three kinds, ELN only the ITD); an in-frame insertion in the
juxtamembrane domain or the first kinase domain is an ITD though the report calls it an insertion; a short in-frame
deletion there is atypical, not an ITD; a truncating FLT3 variant does not activate the kinase.

Kayser et al., Blood 2009;114:2386-2392 (sites of insertion); Shahswar et al., Leukemia 2025;39:614-622 (ITD, TKD and
atypical).
"""

from __future__ import annotations

from tenfold.genetics.variants.change import Change
from tenfold.genetics.variants.coding import Edit
from tenfold.genetics.variants.genes import region
from tenfold.genetics.variants.protein import TRUNCATING, Effect
from tenfold.records.nearest import bare

ITD = "FLT3-ITD"
TKD = "FLT3-TKD"
ATYPICAL = "FLT3 atypical"
TRUNCATED = "FLT3 truncated"
OTHER = "FLT3 other"
NOT_NAMED = "FLT3, kind not known"


def flt3_finding(change: Change, kind: str | None = None) -> tuple[str, str | None]:
    """The finding and a remark (None where there is none to make). The kind that the laboratory names comes first."""
    by_kind = _by_kind(kind)
    by_change = _by_change(change)
    if by_kind is None:
        return by_change
    if by_change[0] not in (by_kind, NOT_NAMED):
        return by_kind, f"reported as {by_kind}, though the change reads as {by_change[0]}"
    return by_kind, None


def _by_kind(kind: str | None) -> str | None:
    words = bare(kind or "")
    if "itd" in words or "internaltandem" in words or "lengthmutation" in words:
        return ITD
    return TKD if "tkd" in words or "d835" in words or "i836" in words else None


def _by_change(change: Change) -> tuple[str, str | None]:
    if change.effect in TRUNCATING:
        return TRUNCATED, "does not activate the kinase as far as is known"
    if change.codon is None:
        return NOT_NAMED, None
    first, last = change.codon, change.last_codon or change.codon
    gained = change.net_residues is not None and change.net_residues > 0
    lengthened = gained or change.edit in (Edit.INSERTION, Edit.DUPLICATION)
    if lengthened and change.in_frame and region("FLT3", "itd").touches(first, last):
        return ITD, None
    if lengthened and change.in_frame is None and region("FLT3", "itd").touches(first, last):
        return NOT_NAMED, "an insertion where ITDs lie, its length not known"
    if change.effect is Effect.SYNONYMOUS:
        return OTHER, None
    if region("FLT3", "tkd").touches(first, last) and not lengthened:
        return TKD, None
    return (ATYPICAL if region("FLT3", "kinase").touches(first, last) else OTHER), None
